//! What `polity new` says: the files, or what was done with them.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::cli::{NewArgs, OutputFormat};
use crate::config::{self, Format, SERVICE_FILE, ServiceFile};
use crate::error::Error;
use crate::template::{Rendered, Stack};
use crate::tree::{Digest, Tree};

use super::super::own;
use super::Env;
use super::listing::listing;
use super::place::{Git, Placed};

/// The text for standard output.
pub(super) fn text(args: &NewArgs, env: &Env<'_>, stack: &Stack, rendered: &Rendered, placed: Option<&Placed>) -> Result<String, Error> {
    if args.format == OutputFormat::Json {
        return Ok(env.document(json(args, stack, rendered, placed)));
    }
    let Some(placed) = placed else {
        if args.diff {
            return rendered.plan().diff(&Tree::new()).map_err(|error| Error::io("compare", error));
        }
        return Ok(listing(args, env, stack, rendered));
    };
    Ok(done(args, env, stack, rendered, placed))
}

fn done(args: &NewArgs, env: &Env<'_>, stack: &Stack, rendered: &Rendered, placed: &Placed) -> String {
    let mut text = String::new();
    for folder in &placed.swept {
        let _ = writeln!(text, "removed what a killed run left behind: {}", folder.display());
    }
    for path in &placed.kept {
        let _ = writeln!(text, "kept {path}, which existed");
    }
    let written = rendered.files.len() - placed.kept.len();
    let top = stack.top();
    let _ = writeln!(text, "created {}: {} from {} {}", args.dir.display(), count(written, "file"), top.name, top.file.version);
    if placed.kept.iter().any(|path| path.as_str() == SERVICE_FILE) && !is_recorded(&env.cwd.join(&args.dir)) {
        let _ = writeln!(text, "  your {SERVICE_FILE} does not say what the service was made from: `polity adopt {}` lets it", top.name);
    }
    if env.quiet {
        return text;
    }
    if rendered.layers.len() > 1 {
        let names: Vec<_> = rendered.layers.iter().map(|layer| format!("{} {}", layer.name, layer.version)).collect();
        let _ = writeln!(text, "  layers: {}", names.join(", "));
    }
    let _ = match &placed.git {
        Git::Committed => writeln!(text, "  git: new repository with a first commit"),
        Git::Inside(root) => writeln!(text, "  git: part of the repository {}, nothing committed", root.display()),
        Git::Unwanted => Ok(()),
        Git::Addition => writeln!(text, "  git: no repository made, because files were added to a folder"),
    };
    if let Some(steps) = &rendered.next_steps {
        let _ = writeln!(text, "\nnext steps:");
        for line in steps.trim_end().lines() {
            let _ = writeln!(text, "{}", if line.is_empty() { String::new() } else { format!("  {line}") });
        }
    }
    text
}

/// Whether a folder's own `polity.yaml` has a record of a template.
fn is_recorded(folder: &Path) -> bool {
    let Ok(Some(text)) = own::read(&folder.join(SERVICE_FILE), SERVICE_FILE) else { return false };
    config::load::<ServiceFile>(&text, Format::Yaml).is_ok_and(|(file, _)| file.template.is_some())
}

fn json(args: &NewArgs, stack: &Stack, rendered: &Rendered, placed: Option<&Placed>) -> serde_json::Value {
    let files = rendered.files.iter().map(|(path, file)| {
        json!({
            "path": path,
            "class": file.class,
            "mode": file.mode.as_git(),
            "sha256": Digest::of(&file.bytes),
            "layers": file.layers,
        })
    });
    let git = placed.map(|placed| match &placed.git {
        Git::Committed => json!({"state": "committed"}),
        Git::Inside(root) => json!({"state": "inside", "repository": root}),
        Git::Unwanted => json!({"state": "unwanted"}),
        Git::Addition => json!({"state": "addition"}),
    });
    json!({
        "schema": "polity/new/1",
        "template": {"name": stack.top().name, "version": stack.top().file.version.to_string()},
        "dir": args.dir,
        "written": placed.is_some(),
        "answers": rendered.answers,
        "layers": rendered.layers,
        "files": files.collect::<Vec<_>>(),
        "kept": placed.map(|placed| &placed.kept[..]).unwrap_or_default(),
        "removed_leftovers": placed.map(|placed| &placed.swept[..]).unwrap_or_default(),
        "git": git,
        "next_steps": rendered.next_steps,
    })
}

/// A number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
