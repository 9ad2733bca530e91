//! `polity check`: every policy on every service of a folder.

use std::path::Path;
use std::sync::Arc;

use crate::cli::CheckArgs;
use crate::contract::{self, ContractError};
use crate::disk;
use crate::error::{Error, Exit, Kind};
use crate::finding::{Diagnostic, Severity, SourceText, nearest};
use crate::policy::{LeftOut, Outcome, Policy, PolicyError, Repository, check, check_by};

use super::reports::publish;
use super::{Env, layers, locked, policies};

/// Checks a folder and prints what was found.
pub(super) fn run(args: &CheckArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let repository = Arc::new(repository(&args.path, env)?);
    env.subject = env.cwd.join(&args.path).canonicalize().ok();
    locked::watch(env, &env.cwd.join(&args.path), &args.path)?;
    let policies = without(policies::load(env, &args.policies, &args.only)?, &args.skip, env)?;
    let rules = layers::rules(env, &repository, &policies, layers::today(args.today))?;
    let outcome = check_by(&policies, &repository, contract, &rules).map_err(policy_errors)?;
    publish(args, &outcome, &policies, &repository, env)?;
    Ok(if outcome.count(Severity::Error) > 0 { Exit::Findings } else { Exit::Clean })
}

/// The policies that are not skipped; what is skipped is said.
fn without(policies: Vec<Policy>, skip: &[String], env: &Env<'_>) -> Result<Vec<Policy>, Error> {
    for name in skip {
        if !policies.iter().any(|policy| policy.id == *name || policy.name() == *name) {
            let near = nearest(name, policies.iter().map(|policy| policy.id.as_str()));
            let help = near.map_or("`polity policy list` shows what there is".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(Error::usage(format!("there is no policy `{name}` to skip")).help(help));
        }
        env.notice(format!("policy `{name}` was skipped, as `--skip` says"));
    }
    Ok(policies.into_iter().filter(|policy| !skip.iter().any(|name| *name == policy.id || *name == policy.name())).collect())
}

/// Every policy on every subject of a repository.
pub(super) fn evaluate(policies: &[Policy], repository: &Arc<Repository>) -> Result<Outcome, Error> {
    check(policies, repository, contract).map_err(policy_errors)
}

/// Bad policies as one error of the run.
pub(super) fn policy_errors(errors: Vec<PolicyError>) -> Error {
    Error { kind: Kind::Config, diagnostics: errors.into_iter().map(PolicyError::into_diagnostic).collect() }
}

/// A folder as a repository of services.
pub(super) fn repository(path: &Path, env: &Env<'_>) -> Result<Repository, Error> {
    let folder = env.cwd.join(path);
    if !folder.is_dir() {
        return Err(Error::usage(format!("`{}` is not a folder", path.display())).help("name the folder of a repository or of a service"));
    }
    let walk = disk::walk(&folder).map_err(|error| Error::io(format!("read `{}`", error.path.display()), error.cause))?;
    let left_out = walk.skipped.into_iter().map(|item| LeftOut { path: item.path, reason: item.reason, folder: item.folder });
    Ok(Repository::new(walk.tree, left_out.collect()))
}

/// `repo.contract` for rules: the two jobs of the product meet here.
pub(super) fn contract(source: &SourceText) -> Result<serde_json::Value, Box<Diagnostic>> {
    contract::evidence(source).map_err(|error| match error {
        ContractError::Syntax(diagnostic) => diagnostic,
        ContractError::Kind { ref place, .. } => Box::new(Diagnostic::new(error.to_string()).at((**place).clone())),
    })
}
