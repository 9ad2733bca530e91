//! `polity promote`: an improvement of a service's file as a change of the template that rendered it.

mod branch;
mod checkouts;
mod report;

use serde_json::Value;

use crate::cli::{OutputFormat, PromoteArgs};
use crate::config::LOCK_FILE;
use crate::error::{Error, Exit};
use crate::template::Stack;
use crate::template::life::{Proposal, propose};
use crate::tree::{Mode, RepoPath};

use super::provenance::{self, Traced};
use super::{Env, show};

/// The fewest characters of an answer that is looked for in new lines.
const TELLING: usize = 3;

/// Shows the change of the template, or commits it to a branch of a registry's checkout.
pub(super) fn run(args: &PromoteArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let checkouts = checkouts::named(env)?;
    let traced = provenance::look(env, &args.file)?;
    let (stack, rendered) = ready(&traced)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| Error::usage(format!("`{}` is no text", traced.path)));
    let (rendered, now) = (text(rendered)?, text(&traced.now)?);
    if rendered == now {
        return Err(unchanged(&traced));
    }
    let answers = traced.service.record.answers.iter().filter_map(|(name, value)| match value {
        Value::String(text) if text.chars().count() >= TELLING => Some((name.clone(), text.clone())),
        _ => None,
    });
    let proposal = propose(stack, &traced.origins, &rendered, &now, &answers.collect::<Vec<_>>());
    let is_proven =
        provenance::render(&traced.service, &changed(stack, &proposal), &traced.origin).is_some_and(|bytes| bytes == traced.now);
    let branch = if args.diff { None } else { branch::commit(args, env, &checkouts, &traced, stack, &proposal)? };
    let text = match args.format {
        OutputFormat::Json => env.document(report::json(&traced, stack, &proposal, is_proven, branch.as_deref())?),
        OutputFormat::Human => report::human(&traced, stack, &proposal, is_proven, branch.as_deref())?,
    };
    show(env, &text)?;
    Ok(if is_proven { Exit::Clean } else { Exit::Findings })
}

/// The text is what was rendered. A mode is no line that could be traced, so it is only told of.
fn unchanged(traced: &Traced) -> Error {
    let path = &traced.path;
    let is_executable = traced.service.ground.file(path).is_some_and(|(mode, _)| mode == Mode::Executable);
    if is_executable == traced.service.lock.files[&traced.origin].executable {
        return Error::usage(format!("`{path}` is as it was rendered: there is nothing to promote"));
    }
    let sources: Vec<_> = traced.sources().map(|(layer, file)| format!("`{file}` of {layer}")).collect();
    let change = if is_executable { "chmod +x" } else { "chmod -x" };
    Error::usage(format!("`{path}` differs from what was rendered in its mode alone")).help(format!("`{change}` {}", sources.join(", ")))
}

fn ready(traced: &Traced) -> Result<(&Stack, &[u8]), Error> {
    let path = &traced.path;
    if path.as_str() == LOCK_FILE || !traced.service.lock.files.contains_key(&traced.origin) {
        return Err(Error::usage(format!("`{path}` was not rendered by a template")));
    }
    let from = format!("{} {}", traced.service.record.from, traced.service.record.version);
    let stack = traced.stack.as_ref().ok_or_else(|| {
        Error::config(traced.lost.clone().unwrap_or_else(|| format!("{from} is not at hand")))
            .help("name the folder of its registry with `--registry`, or update the service first")
    })?;
    let rendered = traced.rendered.as_deref().ok_or_else(|| Error::config(format!("what {from} rendered for `{path}` is not at hand")))?;
    Ok((stack, rendered))
}

/// The layers with the proposed files.
fn changed(stack: &Stack, proposal: &Proposal) -> Stack {
    let mut stack = stack.clone();
    for ((layer, file), text) in &proposal.files {
        if let Some(layer) = stack.layers.iter_mut().find(|other| other.name == *layer) {
            let path = RepoPath::found(file.clone());
            let mode = layer.tree.get(&path).map_or(Mode::File, |entry| entry.mode);
            layer.write(path, mode, text.clone().into_bytes());
        }
    }
    stack
}
