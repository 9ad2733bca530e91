//! A check as it is governed: policies that layers grade, waivers, and the baseline or a revision that knew findings before.

use std::path::Path;
use std::sync::Arc;

use crate::cli::CheckArgs;
use crate::config::BASELINE_FILE;
use crate::disk::{self, Footprint, Point, TraceFile};
use crate::error::Error;
use crate::policy::waivers::{self, Run};
use crate::policy::{Outcome, Policy, Repository, Rules, baseline, check_by};

use super::check::{contract, policy_errors};
use super::locked::Pins;
use super::selected::{ahead, selected};
use super::survey::{surveyed, walked};
use super::traces::traced;
use super::{Env, known, layers, locked, releases};

/// A check with everything that a report is made of.
pub(super) struct Governed {
    pub(super) repository: Arc<Repository>,
    /// What was looked at for the repository.
    pub(super) footprint: Footprint,
    pub(super) policies: Vec<Policy>,
    pub(super) outcome: Outcome,
    /// Where what this run learnt is to be kept.
    pub(super) traces: Option<TraceFile>,
    rules: Rules,
    run: Run,
}

impl Governed {
    /// The same check of another repository, such as this one after repairs.
    pub(super) fn again(&self, args: &CheckArgs, folder: &Path, repository: &Arc<Repository>) -> Result<Outcome, Error> {
        judge(args, folder, &self.policies, repository, &self.rules, &self.run)
    }
}

/// Checks a folder.
pub(super) fn check(args: &CheckArgs, env: &mut Env<'_>) -> Result<Governed, Error> {
    // What a lock names is known after the walk.
    let early = |is_over: &dyn Fn() -> bool| (!args.locked).then(|| ahead(args, env, is_over));
    let (repository, footprint, early) = surveyed(&args.path, env, early)?;
    let (repository, traces) = traced(repository, args, env);
    let repository = Arc::new(repository);
    locked::watch(env, &args.path, repository.roots())?;
    let pins = if args.locked { Some(Pins::of(&repository)?) } else { None };
    let (policies, run, names) = early.unwrap_or_else(|| selected(args, env, pins.as_ref()))?;
    let today = layers::today(args.today);
    let mut rules = layers::rules(env, &repository, &policies, &names, today, pins.as_ref())?;
    layers::compare(env, &repository, pins.as_ref())?;
    rules.facts = releases::facts(env, &repository, &policies, today)?;
    let outcome = judge(args, &env.cwd.join(&args.path), &policies, &repository, &rules, &run)?;
    Ok(Governed { repository, footprint, policies, outcome, traces, rules, run })
}

fn judge(
    args: &CheckArgs,
    folder: &Path,
    policies: &[Policy],
    repository: &Arc<Repository>,
    rules: &Rules,
    run: &Run,
) -> Result<Outcome, Error> {
    let mut outcome = evaluate(policies, repository, rules, run)?;
    match &args.since {
        Some(revision) => since(args, &mut outcome, (folder, revision), repository, policies, rules, run)?,
        None => known::apply(args, &mut outcome, folder, repository, rules, run)?,
    }
    Ok(outcome)
}

fn evaluate(policies: &[Policy], repository: &Arc<Repository>, rules: &Rules, run: &Run) -> Result<Outcome, Error> {
    let mut outcome = check_by(policies, repository, contract, rules).map_err(policy_errors)?;
    waivers::apply(&mut outcome, repository, rules, run);
    Ok(outcome)
}

/// Lets be what a revision had already: the same policies and layers on its files.
fn since(
    args: &CheckArgs,
    outcome: &mut Outcome,
    (folder, revision): (&Path, &str),
    repository: &Repository,
    policies: &[Policy],
    rules: &Rules,
    run: &Run,
) -> Result<(), Error> {
    let walk = disk::past(folder, revision, Point::Parting).map_err(|error| {
        let help = error.help().unwrap_or_else(|| "`--since` compares with a commit of the repository around the folder".to_owned());
        Error::usage(error.to_string()).help(help)
    })?;
    let past = Arc::new(walked(walk).below(repository.above().clone()));
    let before = evaluate(policies, &past, rules, run)?;
    baseline::since(outcome, &before, [repository, &past], BASELINE_FILE);
    known::may_only_shrink(args, outcome, folder, repository, revision)
}
