//! `polity policy`: the verbs of those who write policies.

mod diff;
mod effective;
mod list;
mod new;
mod simulate;
mod test;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::{PolicyArgs, PolicyVerb};
use crate::error::{Error, Exit};
use crate::policy::{Outcome, Policy, Rules, check_by};

use super::policies::{Source, in_folder};
use super::resolve::refusal;
use super::shelf::shelf;
use super::{Env, check, facts, layers, policies, print};

/// Runs the verb.
pub(super) fn run(args: &PolicyArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    match &args.verb {
        PolicyVerb::List { effective: Some(dir), today, format } => effective::run(dir, *today, *format, env),
        PolicyVerb::List { format, .. } => list::run(*format, env),
        PolicyVerb::Diff(args) => diff::run(args, env),
        PolicyVerb::Simulate(args) => simulate::run(args, env),
        PolicyVerb::New { dir } => new::run(dir, env),
        PolicyVerb::Test(args) => test::run(args, env),
    }
}

/// The policies beside the one in `dir`: those of its registry, or of the folder `policies` that it stands in.
fn neighbours(env: &Env<'_>, dir: &Path) -> Result<Vec<Source>, Error> {
    let Some(parent) = dir.parent() else { return Ok(Vec::new()) };
    let shown = if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() };
    let full = env.cwd.join(&shown);
    let real = full.canonicalize().unwrap_or(full);
    let is_registry = real.parent().is_some_and(|above| above.join("registry.yaml").is_file());
    if !real.is_dir() || !(is_registry || real.file_name().is_some_and(|name| name == "policies")) {
        return Ok(Vec::new());
    }
    // A folder without a policy yet is no error here.
    Ok(in_folder(env, &shown).unwrap_or_default())
}

/// What policies say about each repository. Folders that are not there are named all together, before the first one is looked at.
fn outcomes<'a>(policies: &[Policy], on: &'a [PathBuf], env: &Env<'_>) -> Result<Vec<(&'a PathBuf, Outcome)>, Error> {
    let missing = on.iter().filter_map(|path| check::folder(path, env).err());
    if let Some(error) = missing.reduce(|all, one| Error { kind: all.kind, diagnostics: [all.diagnostics, one.diagnostics].concat() }) {
        return Err(error);
    }
    let mut rows = Vec::new();
    for path in on {
        let repository = Arc::new(check::repository(path, env)?);
        let facts = facts::facts(env, &repository, policies, layers::today(None))?;
        let rules = Rules { facts, above: repository.above().clone(), ..Rules::default() };
        rows.push((path, check_by(policies, &repository, check::contract, &rules).map_err(check::policy_errors)?));
    }
    Ok(rows)
}
