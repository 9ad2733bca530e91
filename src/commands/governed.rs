//! A check as it is governed: policies that layers grade, waivers, and the baseline or a revision that knew findings before.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::cli::CheckArgs;
use crate::config::BASELINE_FILE;
use crate::disk::{self, Footprint, Point, TraceFile};
use crate::error::Error;
use crate::finding::{calls, nearest};
use crate::policy::waivers::{self, Run};
use crate::policy::{Outcome, Policy, Repository, Rules, baseline, check_by};

use super::check::{contract, policy_errors};
use super::locked::Pins;
use super::survey::{surveyed, walked};
use super::traces::traced;
use super::{Env, known, layers, locked, policies, releases};

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
    let early = || (!args.locked).then(|| chosen(args, env, None));
    let (repository, footprint, early) = surveyed(&args.path, env, early)?;
    let (repository, traces) = traced(repository, args, env);
    let repository = Arc::new(repository);
    locked::watch(env, &args.path, repository.roots())?;
    let pins = if args.locked { Some(Pins::of(&repository)?) } else { None };
    let (policies, run, names) = early.unwrap_or_else(|| chosen(args, env, pins.as_ref()))?;
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

/// The policies of this run, and the names of all that are at hand, whether or not this run leaves them out; what is skipped is said.
fn chosen(args: &CheckArgs, env: &Env<'_>, pins: Option<&Pins>) -> Result<(Vec<Policy>, Run, Vec<layers::Name>), Error> {
    let at_hand = policies::sources(env, &args.path, &args.policies, &[])?;
    let sources = pins.map_or(Ok(at_hand.clone()), |pins| pins.sources(env, at_hand))?;
    let names = layers::names(&sources);
    let all = policies::compile(&policies::chosen(sources, &args.only)?)?;
    let is = |policy: &Policy, name: &String| calls(name, &policy.name());
    for name in &args.skip {
        if !all.iter().any(|policy| is(policy, name)) {
            let near = nearest(name, all.iter().map(|policy| policy.id.as_str()));
            let help = near.map_or("`polity policy list` shows what there is".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(Error::usage(format!("there is no policy `{name}` to skip")).help(help));
        }
        env.notice(format!("policy `{name}` was skipped, as `--skip` says"));
    }
    let known: BTreeSet<String> = names.iter().map(|(namespace, id)| format!("{namespace}/{id}")).collect();
    let policies: Vec<_> = all.into_iter().filter(|policy| !args.skip.iter().any(|name| is(policy, name))).collect();
    let evaluated = policies.iter().map(Policy::name).collect();
    Ok((policies, Run { evaluated, known }, names))
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
