//! Chart templates with conditions that are not known: what a rule finds only when they turn out the other way is neither a finding nor a pass.
//!
//! Conditions that stand inside of equally many others are turned together, those around them and inside of them are not: so a document that depends
//! on one condition as a whole is still there when another one inside of it is turned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::config::SERVICE_FILE;
use crate::finding::{Diagnostic, Finding, Position};
use crate::tree::RepoPath;

use super::evidence::{Problem, Seen, Weight};
use super::helm;
use super::host::Session;
use super::purpose::is_of_product;
use super::repository::{join, lock, relative};

/// The most levels of conditions that are turned.
const LEVELS: usize = 3;

/// Asks a rule again with conditions turned, and reports what it finds only then. `ask` evaluates it.
///
/// # Errors
/// What `ask` says.
pub(super) fn look<E>(session: &Session, findings: &[Finding], ask: impl Fn(&Arc<Session>) -> Result<Vec<Finding>, E>) -> Result<(), E> {
    let known: BTreeSet<_> = findings.iter().map(key).collect();
    let mut unknown: BTreeMap<String, Finding> = BTreeMap::new();
    for level in 0..session.levels.load(Ordering::Relaxed).min(LEVELS) {
        if !is_another(session, level) {
            continue;
        }
        let turned = Arc::new(session.turned(level));
        for finding in ask(&turned)?.into_iter().filter(|finding| !known.contains(&key(finding))) {
            let path = finding.diagnostic.locations.first().map_or_else(|| join(&session.root, SERVICE_FILE), |place| place.path.clone());
            let first = unknown.entry(path).or_insert_with(|| finding.clone());
            if key(&finding) < key(first) {
                *first = finding;
            }
        }
        // The verdict rests on what was read here, too.
        let mut reads = lock(&session.reads);
        for (path, seen) in lock(&turned.reads).iter() {
            reads.entry(path.clone()).or_insert(*seen);
        }
    }
    for (path, finding) in unknown {
        session.report(&problem(finding), &path);
    }
    Ok(())
}

/// Reports the workloads in templates of charts of which a rule cannot see what it asks for.
pub(super) fn look_for_unseen(session: &Session, rule: &str) {
    let reads = lock(&session.reads).clone();
    let is_judged = |path: &RepoPath| is_of_product(relative(&session.root, path.as_str()).unwrap_or(path.as_str()));
    for (path, _) in reads.iter().filter(|(path, seen)| **seen == Some(Seen::Manifests) && is_judged(path)) {
        let Some(evidence) = session.repository.evidence(path) else { continue };
        let Ok(parsed) = helm::manifests(&session.repository, &evidence, None) else { continue };
        if let Some(unseen) = parsed.unseen.iter().find(|unseen| unseen.concerns(rule)) {
            let place = parsed.source.location(unseen.range.clone(), "");
            let diagnostic = Diagnostic::new(unseen.title()).at(place).help("write it out in this file, or check the rendered chart");
            session.report(&Problem { weight: Weight::Warning, diagnostic }, path.as_str());
        }
    }
}

/// Whether turning conditions changes any object that was read.
fn is_another(session: &Session, level: usize) -> bool {
    let reads = lock(&session.reads).clone();
    let of_charts = reads.into_iter().filter(|(_, seen)| *seen == Some(Seen::Manifests));
    let mut files = of_charts.filter_map(|(path, _)| session.repository.evidence(&path));
    files.any(|evidence| {
        let of = |turned| helm::manifests(&session.repository, &evidence, turned);
        matches!((of(None), of(Some(level))), (Ok(first), Ok(other)) if !Arc::ptr_eq(&first, &other) && first.values != other.values)
    })
}

fn key(finding: &Finding) -> (String, String, Position) {
    let place = finding.diagnostic.locations.first();
    let (path, start) = place.map_or((String::new(), Position { line: 0, column: 0 }), |place| (place.path.clone(), place.start));
    (path, finding.diagnostic.title.clone(), start)
}

fn problem(finding: Finding) -> Problem {
    let Diagnostic { title, locations, .. } = finding.diagnostic;
    let mut diagnostic = Diagnostic::new(format!("a condition that is not known decides this: {title}"));
    diagnostic.locations = locations.into_iter().take(1).collect();
    let help = "let the chart's own values decide the condition, or check the rendered chart";
    Problem { weight: Weight::Warning, diagnostic: diagnostic.help(help) }
}
