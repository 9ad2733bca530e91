//! A check as it is governed: policies that layers grade, waivers, and the baseline or a revision that knew findings before.

use std::path::Path;
use std::sync::Arc;

use crate::cli::CheckArgs;
use crate::config::BASELINE_FILE;
use crate::disk::{Footprint, TraceFile};
use crate::error::Error;
use crate::policy::{Outcome, Repository, Rules, Whole, baseline};

use super::asked::{Asked, Checked};
use super::locked::Pins;
use super::survey::surveyed;
use super::traces::{keep, traced};
use super::{Env, elsewhere, known, layers, locked};

/// A check with everything that a report is made of.
pub(super) struct Governed {
    pub(super) repository: Arc<Repository>,
    /// What was looked at for the repository.
    pub(super) footprint: Footprint,
    pub(super) outcome: Outcome,
    pub(super) asked: Asked,
    /// Where what this run learnt is to be kept.
    pub(super) traces: Option<TraceFile>,
    rules: Rules,
}

impl Governed {
    /// The same check of another repository, such as this one after repairs.
    pub(super) fn again(&self, args: &CheckArgs, env: &Env<'_>, folder: &Path, repository: &Arc<Repository>) -> Result<Outcome, Error> {
        judge(&Checked { args, env, asked: &self.asked, rules: &self.rules, folder, repository })
    }
}

/// Checks a folder.
pub(super) fn check(args: &CheckArgs, env: &mut Env<'_>) -> Result<Governed, Error> {
    // What a lock names is known after the walk.
    let early = |is_over: &dyn Fn() -> bool| (!args.locked).then(|| Asked::ahead(args, env, is_over));
    let (repository, mut footprint, early) = surveyed(&args.path, env, early)?;
    let folder = env.cwd.join(&args.path);
    let (repository, traces) = traced(repository, &folder, args);
    let repository = Arc::new(repository);
    locked::watch(env, &args.path, repository.roots())?;
    let late = || Asked::of(args, env, if args.locked { Some(Pins::of(&repository)?) } else { None });
    let asked = early.unwrap_or_else(late)?;
    let rules = asked.rules(args, env, &repository)?;
    layers::compare(env, &repository, asked.pins.as_ref())?;
    let outcome = judge(&Checked { args, env, asked: &asked, rules: &rules, folder: &folder, repository: &repository })?;
    if let Some(around) = asked.around.get() {
        footprint.around(&around.footprint, around.repository.tree(), &repository.above().prefix);
        keep(around.traces.as_ref(), &around.repository);
    }
    Ok(Governed { repository, footprint, outcome, asked, traces, rules })
}

fn judge(checked: &Checked<'_, '_>) -> Result<Outcome, Error> {
    let mut outcome = checked.look_around(|whole| checked.asked.evaluate(checked.repository, whole, checked.rules))?;
    match &checked.args.since {
        Some(revision) => since(checked, &mut outcome, revision)?,
        None => known::apply(checked, &mut outcome)?,
    }
    Ok(outcome)
}

/// Lets be what a revision had already: the same policies and layers on its files.
fn since(checked: &Checked<'_, '_>, outcome: &mut Outcome, revision: &str) -> Result<(), Error> {
    let (asked, repository) = (checked.asked, checked.repository);
    let past = Arc::new(elsewhere::past(checked.folder, revision)?.below(repository.above().clone()));
    let around = checked.looked_around(revision, &past);
    let whole = around.as_ref().map(|(repository, rules)| Whole { repository, rules });
    let states = [(&**repository, asked.around.get().map(|around| &*around.repository)), (&*past, whole.map(|whole| &**whole.repository))];
    let before = asked.evaluate(&past, whole, checked.rules)?;
    let mut known = baseline::earlier(&before, &past);
    let names = checked.moved_since(outcome, revision, &mut known)?;
    baseline::since(outcome, (&known, &names), &before, states, BASELINE_FILE);
    known::may_only_shrink(checked, outcome, revision)
}
