//! From a snapshot to the cache: statements are united, bytes are proven, and the sync is recorded if the snapshot may be believed.

use crate::catalog::trust::{StatementSet, judge};
use crate::disk::{Cache, SyncRecord, Synced};
use crate::error::Error;
use crate::tree::Digest;

use super::federation::{Known, now};
use super::fetch::Fetched;
use super::left::Left;
use super::{bring, inspect, list};

/// What became of one namespace.
#[derive(Default)]
pub(super) struct Report {
    pub(super) namespace: String,
    /// The address that answered and was believed.
    pub(super) source: Option<String>,
    /// Addresses that were not believed or not reached; `true` for the former.
    pub(super) failures: Vec<(String, String, bool)>,
    /// Statements that were not known before.
    pub(super) news: StatementSet,
    /// What was refused of what is otherwise believed.
    pub(super) problems: Vec<String>,
    /// What is worth knowing and wrong of nobody.
    pub(super) notes: Vec<String>,
    /// The trees that the source does not have, and what there is to say of each.
    pub(super) lacking: Vec<(Digest, String)>,
}

/// Takes over what a snapshot holds. The outer error is a refusal of the registry, the inner one a failure of this machine.
pub(super) fn take(
    fetched: &Fetched,
    cache: &Cache,
    known: &Known,
    (url, source): (&str, &str),
    report: &mut Report,
) -> Result<Result<(), Error>, String> {
    let (url, source) = (url.to_owned(), source.to_owned());
    let how = Some(Synced::by(known.trust.as_ref()));
    let mut record = SyncRecord { url, how, at: now(), source, tags: Default::default(), units: Vec::new(), checkpoint: None };
    let snapshot = &fetched.snapshot;
    let Some(trust) = &known.trust else {
        return unsigned(fetched, cache, known, record, report);
    };
    let served = inspect::inspect(snapshot, trust, known, record.at)?;
    let mut all = known.set().clone();
    all.merge(&served.set);
    let left = Left::of(trust, known.set(), &served.set);
    report.notes = left.notes();
    let ignored = served.ignored.iter().filter(|ignored| !left.is_of(ignored));
    report.problems.extend(ignored.map(|i| format!("statements/{} is ignored: {}", i.file, i.reason)));
    report.problems.extend(inspect::clocks(&served.state, record.at));
    let refused = served.state.refused.iter().filter(|(id, _)| !left.has(id));
    report.problems.extend(refused.map(|(id, why)| format!("statement {id} does not count: {why}")));
    let mut keep = || -> Result<(), Error> {
        let guard = cache.lock(&known.space)?;
        // Another process may have added some of it meanwhile.
        let (mut present, damaged) = cache.statements(&known.space)?;
        report.news.merge(&served.set.beyond(known.set()));
        cache.append(&known.space, &served.set.beyond(&present), &guard)?;
        let state = judge(&all, trust, record.at);
        if damaged > 0 && served.refusal.is_none() && state.missing.is_empty() {
            // The registry has served what the damaged lines said.
            present.merge(&served.set);
            cache.rewrite(&known.space, &present, &guard)?;
        }
        report.problems.extend(state.equivocations().iter().map(list::equivocation));
        let before = known.record.as_ref().map(|r| r.tags.clone()).unwrap_or_default();
        let brought = bring::bring(cache, fetched, &state, &before, &left.tags())?;
        report.problems.extend(brought.problems);
        report.lacking = brought.lacking;
        record.tags = brought.tags;
        // A registry that is not believed leaves its statements here, for they prove themselves, and no mark of freshness.
        if served.refusal.is_none() {
            record.checkpoint = served.state.checkpoint.as_ref().map(|newest| newest.id.clone());
            cache.record_sync(&known.space, &record)?;
        }
        Ok(())
    };
    match (keep(), served.refusal) {
        (Ok(()), Some(refusal)) => Err(refusal),
        (kept, _) => Ok(kept),
    }
}

/// The same of a namespace without signers, whose releases are what its address says.
fn unsigned(
    fetched: &Fetched,
    cache: &Cache,
    known: &Known,
    mut record: SyncRecord,
    report: &mut Report,
) -> Result<Result<(), Error>, String> {
    if fetched.site.is_some() {
        return Err("is plain files, of which nothing but signed statements says what they are; the namespace has no signers".to_owned());
    }
    Ok(bring::bring_unsigned(cache, &fetched.snapshot).and_then(|(units, problems)| {
        report.problems.extend(problems);
        record.units = units;
        Ok(cache.record_sync(&known.space, &record)?)
    }))
}
