//! `polity why`: who asks for which version of a layer, which demand won, who signed the release, and how fresh that knowledge is.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalog::Demand;
use crate::cli::{OutputFormat, WhyArgs};
use crate::config::{Format, LockedKnowledge, Requirement, SERVICE_FILE, ServiceFile, TemplateRecord, load};
use crate::error::{Error, Exit};
use crate::finding::nearest;

use super::resolve::{Held, Resolved, resolve};
use super::shelf::{self, Shelf};
use super::{Env, locked, own, print};

/// Explains one layer, or all layers of a template.
pub(super) fn run(args: &WhyArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (shelf, resolved, is_locked) = resolved(args, env)?;
    resolved.notices.iter().for_each(|notice| env.notice(notice.clone()));
    let order = &resolved.selection.order;
    let top = &resolved.stack.top().name;
    let named = |taken: &&Requirement| taken.name == args.name || taken.name.ends_with(&format!("/{}", args.name));
    let is_top = top == &args.name
        || args.name.starts_with(['.', '/'])
        || args.name.contains('@')
        || order.iter().find(named).is_none_or(|t| t.name == *top);
    let wanted: Vec<&Requirement> = if is_top && args.template.is_none() && !is_locked {
        order.iter().collect()
    } else {
        let missing = || {
            let error = Error::usage(format!("`{}` is no layer of {top}", args.name));
            let near = nearest(&args.name, order.iter().map(|taken| taken.name.as_str()));
            near.map_or(error.clone(), |near| error.help(format!("did you mean `{near}`?")))
        };
        vec![order.iter().find(named).ok_or_else(missing)?]
    };
    let text = match args.format {
        OutputFormat::Human => wanted.iter().map(|taken| human(taken, &resolved, &shelf)).collect(),
        OutputFormat::Json => {
            let rows: Vec<_> = wanted.iter().map(|taken| row(taken, &resolved, &shelf)).collect();
            env.document(json!({"schema": "polity/why/1", "template": top, "locked": is_locked, "layers": rows}))
        }
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

/// What is explained: the locked layers of the service around, or what would be selected now.
fn resolved(args: &WhyArgs, env: &Env<'_>) -> Result<(Shelf, Resolved, bool), Error> {
    let service = if args.template.is_some() { None } else { template_of(env)? };
    if let (Some(template), Some(lock)) = (&service, locked::read(&env.cwd, "".as_ref())?) {
        let (shelf, resolved) = locked::open(env, &lock, &template.from, &template.layers)?;
        return Ok((shelf, resolved, true));
    }
    let (shelf, unit) = shelf::open(env, args.template.as_deref().unwrap_or(&args.name))?;
    let resolved = resolve(&shelf, shelf.layer(&unit)?, Vec::new(), Held::Nothing)?;
    Ok((shelf, resolved, false))
}

/// The template of the service in the working directory.
fn template_of(env: &Env<'_>) -> Result<Option<TemplateRecord>, Error> {
    let Some(text) = own::read(&env.cwd.join(SERVICE_FILE), SERVICE_FILE)? else { return Ok(None) };
    let (file, _) = load::<ServiceFile>(&text, Format::Yaml)?;
    Ok(file.template)
}

fn human(taken: &Requirement, resolved: &Resolved, shelf: &Shelf) -> String {
    let mut text = format!("{} {}\n", taken.name, taken.version);
    for demand in resolved.selection.demands_of(&taken.name) {
        let mark = if demand.met == taken.version { "decides" } else { "also asks for" };
        let path: Vec<_> = demand.path.iter().map(|r| format!("{} {}", r.name, r.version)).collect();
        let line = match path.is_empty() {
            true if resolved.stack.is_extra(&taken.name) => "was added to the service with `polity update --add`".to_owned(),
            true => "is the template itself".to_owned(),
            false => format!("{mark} {}: {}", demand.wanted.version, path.join(" → ")),
        };
        let _ = writeln!(text, "  {line}{}", met(&demand));
    }
    let _ = match resolved.known.get(&taken.name) {
        None => writeln!(text, "  from {}", origin(taken, resolved)),
        Some(known) => writeln!(text, "  {}, {}", voice(known), freshness(taken, known, shelf)),
    };
    text
}

/// A minimum that was never released, or was taken back, leads to the next version.
fn met(demand: &Demand) -> String {
    if demand.met == demand.wanted.version { String::new() } else { format!(" ({} is the lowest that may be chosen)", demand.met) }
}

fn voice(known: &LockedKnowledge) -> String {
    match (&known.signer, known.seq) {
        (Some(signer), Some(seq)) => format!("released by {signer}, statement {seq}"),
        _ => "released by whoever can write to the registry: the namespace has no signers".to_owned(),
    }
}

fn freshness(taken: &Requirement, known: &LockedKnowledge, shelf: &Shelf) -> String {
    shelf.namespace_of(&taken.name).map_or_else(|| known.freshness.clone(), |namespace| namespace.known.freshness.to_string())
}

fn origin<'a>(taken: &Requirement, resolved: &'a Resolved) -> &'a str {
    resolved.stack.layers.iter().find(|layer| layer.name == taken.name).map_or("", |layer| &layer.registry)
}

fn row(taken: &Requirement, resolved: &Resolved, shelf: &Shelf) -> Value {
    let demands = resolved.selection.demands_of(&taken.name).map(|demand| {
        let path: Vec<_> = demand.path.iter().map(ToString::to_string).collect();
        json!({"wanted": demand.wanted.version.to_string(), "met": demand.met.to_string(), "path": path, "decides": demand.met == taken.version})
    });
    let known = resolved.known.get(&taken.name);
    json!({
        "name": taken.name, "version": taken.version.to_string(), "registry": origin(taken, resolved),
        "demands": demands.collect::<Vec<_>>(), "known": known,
        "freshness": known.map(|known| freshness(taken, known, shelf)),
    })
}
