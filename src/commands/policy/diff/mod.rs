//! `polity policy diff`: what a new version of a policy changes on repositories, and which version number says so.

mod report;
mod stages;
mod version;

use serde_json::Value as Json;

use crate::catalog::{Bump, UnitKind, changes, unannounced};
use crate::cli::{OutputFormat, PolicyDiffArgs};
use crate::config::{Format, parse};
use crate::error::{Error, Exit};
use crate::finding::{Severity, SourceText};
use crate::policy::Policy;
use crate::policy::difference::Difference;
use crate::report::human::count;
use crate::report::json::pretty;
use crate::tree::{RepoPath, Tree};

use super::policies::compile;
use super::{Env, layers, outcomes, policies, print, refusal, shelf};

use report::Graded;

/// Prints what changes on each repository, and grades the version number.
pub(super) fn run(args: &PolicyDiffArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let old = version::find(&args.old, &args.new, env)?;
    let new = version::find(&args.new, &args.old, env)?;
    if old.id != new.id {
        return Err(Error::usage(format!("`{}` and `{}` are two policies", old.id, new.id)).help("name two versions of one policy"));
    }
    let (before, after) = (one(&old)?, one(&new)?);
    let (was, is) = (outcomes(std::slice::from_ref(&before), &args.on, env)?, outcomes(std::slice::from_ref(&after), &args.on, env)?);
    let pairs = was.iter().zip(&is);
    let rows: Vec<_> = pairs.map(|((path, was), (_, is))| (path.display().to_string(), Difference::between(was, is))).collect();
    let mut found = changes(&manifest(&old.tree), &manifest(&new.tree));
    found.extend(stages::changes(&before.file, &after.file, layers::today(None)));
    found.extend(rows.iter().flat_map(|(path, difference)| heard(path, difference)));
    if found.is_empty() && digests(&old.tree) != digests(&new.tree) {
        found.push((Bump::Patch, "no verdict and no finding changes".to_owned()));
    }
    let versions = (before.file.version.clone(), after.file.version.clone());
    let deserved = found.iter().map(|(bump, _)| *bump).max();
    // A number that stays the same announces nothing, not even a patch.
    let is_announced = deserved.is_none() || (versions.0 < versions.1 && unannounced(&versions.0, &versions.1, &found).is_none());
    let graded = Graded { policy: after.name(), versions, rows, changes: found, deserved, is_announced };
    let text = match args.format {
        OutputFormat::Human => report::table(&graded),
        OutputFormat::Json => pretty(&report::as_json(&graded)),
    };
    print(env, &text)?;
    Ok(if is_announced { Exit::Clean } else { Exit::Findings })
}

/// One policy, under a name that both versions share: findings are the same when they are about the same place.
fn one(source: &policies::Source) -> Result<Policy, Error> {
    let mut policy = compile(std::slice::from_ref(source))?.pop().ok_or_else(|| Error::usage("there is no policy"))?;
    policy.namespace = "local".to_owned();
    Ok(policy)
}

/// What a repository hears, each with the least bump that announces it: errors that were none before break builds.
fn heard(path: &str, difference: &Difference) -> Vec<(Bump, String)> {
    let errors = difference.new_errors().count();
    let milder = difference.added.len() + difference.regraded.len() - errors;
    let renamed = difference.renamed.iter().filter(|finding| finding.severity == Severity::Error).count();
    let sums = [
        (Bump::Major, errors, "new error", "new errors"),
        (Bump::Minor, milder, "new or regraded finding that fails nothing", "new or regraded findings that fail nothing"),
        (Bump::Major, renamed, "error that baselines do not know in its new words", "errors that baselines do not know in their new words"),
        (
            Bump::Minor,
            difference.renamed.len() - renamed,
            "finding that baselines do not know in its new words",
            "findings that baselines do not know in their new words",
        ),
        (Bump::Minor, difference.removed.len(), "finding is gone", "findings are gone"),
        (Bump::Minor, difference.moved.len(), "verdict moves", "verdicts move"),
    ];
    let sums = sums.into_iter().filter(|(_, number, ..)| *number > 0);
    sums.map(|(bump, number, one, many)| (bump, format!("{} in {path}", count(number, one, many)))).collect()
}

fn manifest(tree: &Tree) -> Json {
    let read = || {
        let bytes = tree.read(&RepoPath::found(UnitKind::Policy.manifest().to_owned())).ok()?;
        let source = SourceText::new(UnitKind::Policy.manifest(), String::from_utf8_lossy(&bytes).into_owned());
        Some(parse(&source, Format::Yaml).ok()?.first()?.to_json())
    };
    read().unwrap_or_default()
}

/// What a policy is made of, its cases apart.
fn digests(tree: &Tree) -> Vec<(String, Option<Vec<u8>>)> {
    let own = tree.iter().filter(|(path, _)| !path.as_str().starts_with("cases/"));
    own.map(|(path, _)| (path.to_string(), tree.read(path).ok().map(|bytes| bytes.to_vec()))).collect()
}
