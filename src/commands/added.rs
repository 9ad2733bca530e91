//! `polity check --fix --unsafe`: template layers that bring what policies miss. Adding them is a merge of its own, so it is done where everything is
//! committed, and taken back when it clashes or ends no finding.

use std::collections::BTreeSet;

use crate::cli::{CheckArgs, UpdateArgs};
use crate::config::LOCK_FILE;
use crate::error::{Error, Exit};
use crate::finding::Finding;
use crate::policy::Outcome;
use crate::policy::fix::{Attempt, Made, Missing, STILL_THERE, proven, wanted_still};

use super::{Env, governed, update};

/// What came of adding layers.
#[derive(Default)]
pub(super) struct Added {
    pub(super) made: Vec<Made>,
    pub(super) refused: Vec<(Finding, String)>,
}

/// Shows what layers would change.
pub(super) fn show(args: &CheckArgs, missing: &Missing, env: &mut Env<'_>) -> Added {
    let mut added = Added::default();
    for (service, wanted) in missing {
        match update::run(&UpdateArgs { add: layers(wanted), dry_run: true, diff: true, ..of(args, service) }, env) {
            Ok(_) => added.made.extend(wanted.iter().map(|one| made(service, one))),
            Err(error) => added.refuse(wanted, &error.to_string()),
        }
    }
    added
}

/// Adds layers, and holds them to what they are for: those of a service at once, and where that does not do, the first that does alone. `before` is what a
/// check says without them.
pub(super) fn add(args: &CheckArgs, (missing, before): (&Missing, &Outcome), env: &mut Env<'_>) -> Result<Added, Error> {
    let (mut added, before) = (Added::default(), &mut before.clone());
    for (service, wanted) in missing {
        if layers(wanted).len() > 1 && added.tries(args, (service, wanted), before, env)?.is_none() {
            continue;
        }
        let mut is_changed = false;
        for layer in layers(wanted) {
            let own: Vec<_> = wanted_still(wanted, before).filter(|one| one.layer() == layer).cloned().collect();
            let why = match is_changed {
                _ if own.is_empty() => continue,
                true => Some("commit what was added before".to_owned()),
                false => added.tries(args, (service, &own), before, env)?,
            };
            is_changed |= why.is_none();
            why.iter().for_each(|why| added.refuse(&own, why));
        }
    }
    Ok(added)
}

impl Added {
    /// Adds the layers of some findings to their service. Where they do not do, all is as it was before, and it says why.
    fn tries(
        &mut self,
        args: &CheckArgs,
        (service, wanted): (&str, &[Attempt]),
        before: &mut Outcome,
        env: &mut Env<'_>,
    ) -> Result<Option<String>, Error> {
        let lock = env.cwd.join(of(args, service).dir).join(LOCK_FILE);
        let was = std::fs::read(&lock).ok();
        let done = aside(env, |env| update::run(&UpdateArgs { add: layers(wanted), ..of(args, service) }, env));
        let held = match done {
            Err(error) => return Ok(Some(error.to_string())),
            Ok(_) if std::fs::read(&lock).ok() == was => return Ok(Some("the service has this layer".to_owned())),
            Ok(Exit::Clean) => governed::check(args, env)
                .map_err(|error| format!("the check comes to no end with it: {error}"))
                .and_then(|now| Ok((proven(before, &now.outcome, wanted)?, now.outcome))),
            Ok(_) => Err("it clashes with what stands there".to_owned()),
        };
        match held {
            Ok((open, now)) => {
                *before = now;
                let (left, ended): (Vec<_>, Vec<_>) = wanted.iter().cloned().partition(|one| open.contains_key(&one.print));
                self.made.extend(ended.iter().map(|one| made(service, one)));
                self.refuse(&left, STILL_THERE);
                Ok(None)
            }
            Err(why) => {
                // Nothing but what was added a moment ago is taken back.
                aside(env, |env| update::run(&UpdateArgs { abort: true, ..of(args, service) }, env))?;
                Ok(Some(why))
            }
        }
    }

    fn refuse(&mut self, wanted: &[Attempt], why: &str) {
        self.refused.extend(wanted.iter().map(|one| (one.finding.clone(), format!("{why} (polity update --add {})", one.layer()))));
    }
}

fn layers(wanted: &[Attempt]) -> Vec<String> {
    wanted.iter().map(|one| one.layer().to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn made(service: &str, one: &Attempt) -> Made {
    let path = if service.is_empty() { "." } else { service };
    Made { policy: one.finding.policy.clone(), does: format!("add the layer {}", one.layer()), paths: vec![path.to_owned()] }
}

fn of(args: &CheckArgs, service: &str) -> UpdateArgs {
    let dir = if service.is_empty() { args.path.clone() } else { args.path.join(service) };
    UpdateArgs { dir, defaults: true, ..UpdateArgs::default() }
}

/// Nobody is asked, and what it says is no report.
fn aside<T>(env: &mut Env<'_>, of: impl FnOnce(&mut Env<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let (interactive, subject) = (std::mem::take(&mut env.interactive), env.subject.clone());
    std::mem::swap(&mut env.stdout, &mut env.stderr);
    let done = of(env);
    std::mem::swap(&mut env.stdout, &mut env.stderr);
    (env.interactive, env.subject) = (interactive, subject);
    done
}
