//! `polity check --fix --unsafe`: template layers that bring what policies miss. Adding them is a merge of its own, so it is done where everything is
//! committed, and taken back when it clashes or ends no finding.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::cli::{CheckArgs, UpdateArgs};
use crate::config::LOCK_FILE;
use crate::error::{Error, Exit};
use crate::finding::Finding;
use crate::policy::Outcome;
use crate::policy::fix::Made;

use super::{Env, governed, update};

/// The findings that a layer ends, with its name, by service.
pub(super) type Missing = BTreeMap<String, Vec<(String, Finding)>>;

/// What layers would bring.
pub(super) fn missing(outcome: &Outcome) -> Missing {
    let mut missing = Missing::new();
    for finding in outcome.findings.iter().filter(|finding| finding.counts()) {
        if let Some(layer) = finding.fix.as_ref().and_then(|fix| fix.layer.clone()) {
            missing.entry(finding.service.clone()).or_default().push((layer, finding.clone()));
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
    for (service, findings) in missing {
        match update::run(&UpdateArgs { add: layers(findings), dry_run: true, diff: true, ..of(args, service) }, env) {
            Ok(_) => added.made.extend(findings.iter().map(|(layer, finding)| made(service, layer, finding))),
            Err(error) => added.refuse(findings, &error.to_string()),
        }
    }
    added
}

/// Adds layers, those of each service at once, and holds them to what they are for.
pub(super) fn add(args: &CheckArgs, missing: &Missing, env: &mut Env<'_>) -> Result<Added, Error> {
    let mut added = Added::default();
    for (service, findings) in missing {
        let lock = env.cwd.join(of(args, service).dir).join(LOCK_FILE);
        let before = std::fs::read(&lock).ok();
        let done = aside(env, |env| update::run(&UpdateArgs { add: layers(findings), ..of(args, service) }, env));
        let is_changed = std::fs::read(&lock).ok() != before;
        match done {
            Err(error) => added.refuse(findings, &error.to_string()),
            Ok(_) if !is_changed => added.refuse(findings, "the service has this layer"),
            Ok(exit) => {
                let left = self::missing(&governed::check(args, env)?.outcome).remove(service).unwrap_or_default();
                let is_left = |finding: &Finding| left.iter().any(|(_, other)| other.diagnostic.title == finding.diagnostic.title);
                let (open, ended): (Vec<_>, Vec<_>) = findings.iter().cloned().partition(|(_, finding)| is_left(finding));
                if exit == Exit::Clean && !ended.is_empty() {
                    added.made.extend(ended.iter().map(|(layer, finding)| made(service, layer, finding)));
                    added.refuse(&open, "the finding was still there");
                    continue;
                }
                // Nothing but what was added a moment ago is taken back.
                aside(env, |env| update::run(&UpdateArgs { abort: true, ..of(args, service) }, env))?;
                added.refuse(
                    findings,
                    if exit == Exit::Clean { "the finding was still there" } else { "it clashes with what stands there" },
                );
            }
        }
    }
    Ok(added)
}

impl Added {
    fn refuse(&mut self, findings: &[(String, Finding)], why: &str) {
        self.refused.extend(findings.iter().map(|(layer, finding)| (finding.clone(), format!("{why} (polity update --add {layer})"))));
    }
}

fn layers(findings: &[(String, Finding)]) -> Vec<String> {
    findings.iter().map(|(layer, _)| layer.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn made(service: &str, layer: &str, finding: &Finding) -> Made {
    let path = if service.is_empty() { "." } else { service };
    Made { policy: finding.policy.clone(), does: format!("add the layer {layer}"), paths: vec![path.to_owned()] }
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
