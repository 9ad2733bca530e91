//! `polity check`: every policy on every service of a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::{CheckArgs, FailOn};
use crate::contract::{self, ContractError};
use crate::error::{Error, Exit, Kind};
use crate::finding::{Diagnostic, Severity, SourceText};
use crate::policy::{Outcome, Policy, PolicyError, Repository, check};
use crate::report::Bar;

use super::Env;
use super::fix;
use super::governed::{self, Governed};
use super::output::Heard;
use super::repeated::Repeated;
use super::reports::publish;
use super::survey::surveyed;
use super::{outermost, targets, traces};

/// Checks a folder and prints what was found.
pub(super) fn run(args: &CheckArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    targets::refuse(args, env)?;
    // What stands above it is looked for before anything walks it.
    folder(&args.path, env)?;
    // What is repaired is read when it is this run's turn.
    let _turn = fix::turn(args, env)?;
    env.subject = env.cwd.join(&args.path).canonicalize().ok();
    let repeated = Repeated::of(args, env)?;
    if let Some(exit) = repeated.as_ref().map_or(Ok(None), |repeated| repeated.again(env))? {
        return Ok(exit);
    }
    let governed = governed::check(args, env)?;
    if let Some(folder) = &env.subject {
        outermost::name_those_below(env, folder, governed.repository.tree());
    }
    if args.fix {
        traces::keep(governed.traces.as_ref(), &governed.repository);
        return fix::run(args, governed, env);
    }
    let Governed { repository, footprint, asked, outcome, traces, .. } = governed;
    let exit = exit(args, &outcome);
    traces::keep_beside(traces.as_ref(), &repository, || {
        let mut heard = Heard::default();
        publish(args, &outcome, &asked.policies, &repository, env, repeated.is_some().then_some(&mut heard))?;
        if let Some(repeated) = repeated {
            repeated.keep(heard, footprint, &repository, env, exit);
        }
        Ok::<_, Error>(())
    })?;
    // The process ends: to take thousands of paths and findings apart would only cost time.
    std::mem::forget((repository, asked, outcome));
    Ok(exit)
}

/// What counts against a run, by the command line.
pub(super) fn bar(args: &CheckArgs) -> Bar {
    let least = match args.fail_on {
        FailOn::Never => None,
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Advice => Some(Severity::Advice),
    };
    Bar { least, most_warnings: args.max_warnings }
}

/// The exit code.
pub(super) fn exit(args: &CheckArgs, outcome: &Outcome) -> Exit {
    if bar(args).fails(outcome) { Exit::Findings } else { Exit::Clean }
}

/// Every policy on every subject of a repository.
pub(super) fn evaluate(policies: &[Policy], repository: &Arc<Repository>) -> Result<Outcome, Error> {
    check(policies, repository, contract).map_err(policy_errors)
}

/// Bad policies as one error of the run.
pub(super) fn policy_errors(errors: Vec<PolicyError>) -> Error {
    Error { kind: Kind::Config, diagnostics: errors.into_iter().map(PolicyError::into_diagnostic).collect() }
}

/// A folder that was named, when it is there.
pub(super) fn folder(path: &Path, env: &Env<'_>) -> Result<PathBuf, Error> {
    let folder = env.cwd.join(path);
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Error::usage(format!("`{}` is not a folder", path.display())).help("name the folder of a repository or of a service"))
}

/// A folder as a repository of services.
pub(super) fn repository(path: &Path, env: &Env<'_>) -> Result<Repository, Error> {
    surveyed(path, env, |_| ()).map(|(repository, ..)| repository)
}

/// `repo.contract` for rules: the two jobs of the product meet here.
pub(super) fn contract(source: &SourceText) -> Result<serde_json::Value, Box<Diagnostic>> {
    contract::evidence(source).map_err(|error| match error {
        ContractError::Syntax(diagnostic) => diagnostic,
        ContractError::Kind { ref place, .. } => Box::new(Diagnostic::new(error.to_string()).at((**place).clone())),
    })
}
