//! Chart templates with conditions that are not known: what a rule finds only when they turn out the other way is neither a finding nor a pass.
//!
//! Each condition is turned alone, with those that it needs to be asked at all; one of each file at a time, so that a rule is asked as often as the
//! file with the most of them has some.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::config::SERVICE_FILE;
use crate::finding::{Diagnostic, Finding, Location, Position};
use crate::tree::RepoPath;

use super::evidence::{Problem, Seen, Weight};
use super::helm;
use super::host::Session;
use super::purpose::is_of_product;
use super::repository::{join, lock, relative};

/// The findings but for those in blocks that a list which is not known may well leave out: these are reported as unknown.
pub(super) fn without_unknown_lists(session: &Session, findings: Vec<Finding>) -> Vec<Finding> {
    let is_open = |place: &Location| {
        let evidence = session.repository.evidence(&RepoPath::found(place.path.clone()))?;
        let is_manifest = lock(&session.reads).get(evidence.path()) == Some(&Some(Seen::Manifests));
        let parsed = helm::manifests(&session.repository, &evidence, None).ok().filter(|_| is_manifest)?;
        let at = parsed.source.offset(place.start);
        Some(parsed.open.iter().any(|block| block.contains(&at)))
    };
    let (open, known): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.diagnostic.locations.first().and_then(is_open) == Some(true));
    for finding in open {
        let path = finding.diagnostic.locations.first().map(|place| place.path.clone()).unwrap_or_default();
        session.report(&problem("list", finding), &path);
    }
    known
}

/// Asks a rule again with conditions turned, and reports what it finds only then. `ask` evaluates it.
///
/// # Errors
/// What `ask` says.
pub(super) fn look<E>(session: &Session, findings: &[Finding], ask: impl Fn(&Arc<Session>) -> Result<Vec<Finding>, E>) -> Result<(), E> {
    let known: BTreeSet<_> = findings.iter().map(key).collect();
    let mut unknown: BTreeMap<String, Finding> = BTreeMap::new();
    for way in 0..session.ways.load(Ordering::Relaxed) {
        if !is_another(session, way) {
            continue;
        }
        let turned = Arc::new(session.turned(way));
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
        session.report(&problem("condition", finding), &path);
    }
    Ok(())
}

/// Reports the workloads in templates of charts of which a rule cannot see what it asks for.
pub(super) fn look_for_unseen(session: &Session, rule: &str) {
    let reads = lock(&session.reads).clone();
    let is_aside = |path: &str| session.named(path, |path| !is_of_product(path));
    let is_judged = |path: &RepoPath| !is_aside(relative(&session.root, path.as_str()).unwrap_or(path.as_str()));
    for (path, _) in reads.iter().filter(|(path, seen)| **seen == Some(Seen::Manifests) && is_judged(path)) {
        let Some(evidence) = session.repository.evidence(path) else { continue };
        let Ok(parsed) = helm::manifests(&session.repository, &evidence, None) else { continue };
        if let Some(unseen) = parsed.unseen.iter().find(|unseen| unseen.concerns(rule)) {
            let place = parsed.source.location(unseen.range.clone(), "");
            let diagnostic = Diagnostic::new(unseen.title()).at(place).help("write it out in this file, or check the rendered chart");
            session.report(&Problem { weight: Weight::Own, diagnostic }, path.as_str());
        }
    }
}

/// Whether turning conditions changes any object that was read.
fn is_another(session: &Session, way: usize) -> bool {
    let reads = lock(&session.reads).clone();
    let of_charts = reads.into_iter().filter(|(_, seen)| *seen == Some(Seen::Manifests));
    let mut files = of_charts.filter_map(|(path, _)| session.repository.evidence(&path));
    files.any(|evidence| {
        let of = |turned| helm::manifests(&session.repository, &evidence, turned);
        matches!((of(None), of(Some(way))), (Ok(first), Ok(other)) if !Arc::ptr_eq(&first, &other) && first.values != other.values)
    })
}

fn key(finding: &Finding) -> (String, String, Position) {
    let place = finding.diagnostic.locations.first();
    let (path, start) = place.map_or((String::new(), Position { line: 0, column: 0 }), |place| (place.path.clone(), place.start));
    (path, finding.diagnostic.title.clone(), start)
}

fn problem(unknown: &str, finding: Finding) -> Problem {
    let Diagnostic { title, locations, .. } = finding.diagnostic;
    let mut diagnostic = Diagnostic::new(format!("a {unknown} that is not known decides this: {title}"));
    diagnostic.locations = locations.into_iter().take(1).collect();
    let help = format!("let the chart's own values decide the {unknown}, or check the rendered chart");
    Problem { weight: Weight::Own, diagnostic: diagnostic.help(help) }
}
