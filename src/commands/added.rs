//! `polity check --fix --unsafe`: template layers that bring what policies miss. A layer is a merge of its own, so it is added where everything is committed,
//! and taken back when it clashes or when the findings stay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::cli::{CheckArgs, UpdateArgs};
use crate::error::{Error, Exit};
use crate::finding::Finding;
use crate::policy::Outcome;
use crate::policy::fix::Made;

use super::{Env, governed, update};

/// The findings that a layer of this name ends, by service and layer.
pub(super) type Missing = BTreeMap<(String, String), Vec<Finding>>;

/// What layers would bring.
pub(super) fn missing(outcome: &Outcome) -> Missing {
    let mut missing = Missing::new();
    for finding in outcome.findings.iter().filter(|finding| finding.counts()) {
        if let Some(layer) = finding.fix.as_ref().and_then(|fix| fix.layer.clone()) {
            missing.entry((finding.service.clone(), layer)).or_default().push(finding.clone());
        }
    }
    missing
}

/// What came of adding layers.
#[derive(Default)]
pub(super) struct Added {
    pub(super) made: Vec<Made>,
    pub(super) refused: Vec<(Finding, String)>,
}

/// Shows what layers would change.
pub(super) fn show(args: &CheckArgs, missing: &Missing, env: &mut Env<'_>) -> Added {
    let mut added = Added::default();
    for ((service, layer), findings) in missing {
        match update::run(&UpdateArgs { add: vec![layer.clone()], dry_run: true, diff: true, ..of(args, service) }, env) {
            Ok(_) => added.made.push(made(service, layer, findings)),
            Err(error) => added.refuse(findings, &error.to_string()),
        }
    }
    added
}

/// Adds layers, each for itself, and holds each to what it is for.
pub(super) fn add(args: &CheckArgs, missing: &Missing, env: &mut Env<'_>) -> Result<Added, Error> {
    let mut added = Added::default();
    for ((service, layer), findings) in missing {
        match aside(env, |env| update::run(&UpdateArgs { add: vec![layer.clone()], ..of(args, service) }, env)) {
            Ok(Exit::Clean) if !self::missing(&governed::check(args, env)?.outcome).contains_key(&(service.clone(), layer.clone())) => {
                added.made.push(made(service, layer, findings));
            }
            Ok(exit) => {
                aside(env, |env| update::run(&UpdateArgs { abort: true, ..of(args, service) }, env))?;
                let why = if exit == Exit::Clean { "the finding was still there" } else { "the layer clashes with what stands there" };
                added.refuse(findings, &format!("{why}: polity update --add {layer}"));
            }
            Err(error) => added.refuse(findings, &error.to_string()),
        }
    }
    Ok(added)
}

impl Added {
    fn refuse(&mut self, findings: &[Finding], why: &str) {
        self.refused.extend(findings.iter().map(|finding| (finding.clone(), why.to_owned())));
    }
}

fn made(service: &str, layer: &str, findings: &[Finding]) -> Made {
    let policies: BTreeSet<_> = findings.iter().map(|finding| finding.policy.as_str()).collect();
    let policy = policies.into_iter().collect::<Vec<_>>().join(", ");
    let path = if service.is_empty() { "." } else { service };
    Made { policy, does: format!("add the layer {layer}"), paths: vec![path.to_owned()] }
}

fn of(args: &CheckArgs, service: &str) -> UpdateArgs {
    UpdateArgs {
        dir: if service.is_empty() { args.path.clone() } else { args.path.join(service) },
        defaults: true,
        ..UpdateArgs::default()
    }
}

/// Nobody is asked, and what it says is no report.
fn aside<T>(env: &mut Env<'_>, of: impl FnOnce(&mut Env<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let (interactive, subject): (bool, Option<PathBuf>) = (std::mem::take(&mut env.interactive), env.subject.clone());
    std::mem::swap(&mut env.stdout, &mut env.stderr);
    let done = of(env);
    std::mem::swap(&mut env.stdout, &mut env.stderr);
    (env.interactive, env.subject) = (interactive, subject);
    done
}
