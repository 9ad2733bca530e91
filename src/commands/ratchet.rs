//! The baseline over the commits of its repository: what they make of it, remembered for the next run, and what is growth in it now.

use std::path::Path;

use crate::cli::CheckArgs;
use crate::config::{BASELINE_FILE, BaselineFile, KnownFinding};
use crate::disk::{self, Earlier, PastError, TraceFile, Version};
use crate::finding::Finding;
use crate::policy::baseline::{growth, lost};
use crate::policy::ratchet::{Ratchet, Side, grown};

use super::baseline::parse;
use super::{own, traces};

/// Whether a file may have moved from its first name to its second.
type IsMoved<'a> = &'a dyn Fn(&str, &str) -> bool;

/// The most heads whose past is remembered.
const HEADS: usize = 8;
/// The digits that name a commit.
const DIGITS: usize = 12;

/// What the commits came to.
pub(super) struct Past {
    pub(super) ratchet: Ratchet,
    /// What is not known of it, as a finding.
    unknown: Option<Finding>,
}

/// What the commits of the repository around a folder make of its baseline. Only those are read that no earlier run has gone through.
pub(super) fn past(folder: &Path, args: &CheckArgs) -> Past {
    let kept = traces::of_baseline(folder).filter(|_| !args.no_cache);
    let mut known: Vec<(String, Ratchet)> = kept.as_ref().map(TraceFile::read).unwrap_or_default();
    let found = match disk::versions(folder, BASELINE_FILE, &|commit| known.iter().any(|(head, _)| head == commit)) {
        Ok(found) => found,
        Err(error) => return Past { ratchet: Ratchet::default(), unknown: Some(closed(&error)) },
    };
    let start = found.known.and_then(|commit| known.iter().find(|(head, _)| *head == commit)).map(|(_, ratchet)| ratchet.clone());
    let commits = disk::Commits::of(folder);
    let has = |commit: &str, path: &str| commits.as_ref().is_some_and(|commits| commits.has(commit, path));
    let ratchet = found.all.iter().fold(start.unwrap_or_default(), |ratchet, version| next(ratchet, version, &has));
    // Where a link stands, its target may grow and no commit tells.
    let is_strange = !ratchet.has_begun() && found.all.iter().any(|version| version.bytes.is_some());
    if let (Some(kept), Some(head), false) = (kept, found.head, found.is_cut || is_strange)
        && known.first().is_none_or(|(first, _)| *first != head)
    {
        known.retain(|(commit, _)| *commit != head);
        known.insert(0, (head, ratchet.clone()));
        known.truncate(HEADS);
        kept.write(&known);
    }
    let strange = || is_strange.then(|| lost(BASELINE_FILE, Some(("the commits hold something else in its place, such as a link", None))));
    let unknown = if found.is_cut { Some(lost(BASELINE_FILE, None)) } else { strange() };
    Past { ratchet, unknown }
}

/// What one commit makes of the baseline. A version that nobody can read says nothing of what may come after it.
/// Where sides of a merge call a file by different names, either may be the one that the merge went on with.
fn next(ratchet: Ratchet, version: &Version, has: &dyn Fn(&str, &str) -> bool) -> Ratchet {
    let is_moved = |old: &str, new: &str| !has(&version.commit, old) || (!version.sides.is_empty() && !has(&version.commit, new));
    let of = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| parse(bytes)).transpose().ok();
    let side = |(now, before): &disk::Side| Some(Side { now: of(now)?.unwrap_or_else(BaselineFile::empty), before: of(before)? });
    let sides: Vec<_> = version.sides.iter().filter_map(side).collect();
    match version.bytes.as_ref().map(|bytes| parse(bytes)).transpose() {
        Ok(file) => ratchet.then(&version.commit, file.as_ref(), &sides, &is_moved),
        Err(_) => ratchet,
    }
}

impl Past {
    /// What a baseline would have that it did not have before; `before` stands for the commits where there are none.
    pub(super) fn beyond(&self, fresh: &BaselineFile, before: Option<&BaselineFile>, is_moved: IsMoved<'_>) -> Vec<(String, KnownFinding)> {
        let begun = if self.ratchet.has_begun() { self.ratchet.clone() } else { self.ratchet.clone().then("", before, &[], is_moved) };
        let all = begun.then("", Some(fresh), &[], is_moved).grown(fresh);
        all.into_iter().filter(|(_, _, by)| by.is_empty()).map(|(path, known, _)| (path, known)).collect()
    }

    /// Findings for what is growth in the baseline as it stands, and for what nobody knows of it.
    pub(super) fn growth(self, folder: &Path, baseline: &BaselineFile, is_moved: IsMoved<'_>) -> Vec<Finding> {
        let all = self.ratchet.then("", Some(baseline), &[], is_moved).grown(baseline);
        let how = |by: String| match by.get(..DIGITS) {
            Some(commit) => format!("commit {commit} brought it in"),
            None => "no commit has it yet".to_owned(),
        };
        let all: Vec<_> = all.into_iter().map(|(path, known, by)| (path, known, how(by))).collect();
        let unknown = self.unknown.filter(|_| baseline.count() > 0);
        growth(&all, &text(folder), BASELINE_FILE).into_iter().chain(unknown).collect()
    }
}

/// Findings for what the baseline did not know where a revision and `HEAD` part.
pub(super) fn since(folder: &Path, baseline: &BaselineFile, revision: &str, is_moved: IsMoved<'_>) -> Vec<Finding> {
    match disk::earlier(folder, BASELINE_FILE, revision) {
        Earlier::Nothing => Vec::new(),
        Earlier::Lost => vec![lost(BASELINE_FILE, None)],
        Earlier::Closed(error) => vec![closed(&error)],
        Earlier::Was(bytes) => parse(&bytes).map_or_else(
            |_| vec![lost(BASELINE_FILE, None)],
            |was| {
                let how = format!("it was not there at `{revision}`");
                let all = grown(&was, baseline, is_moved).into_iter();
                let all: Vec<_> = all.map(|(path, known)| (path, known, how.clone())).collect();
                growth(&all, &text(folder), BASELINE_FILE)
            },
        ),
    }
}

fn closed(error: &PastError) -> Finding {
    lost(BASELINE_FILE, Some((&error.to_string(), error.help())))
}

fn text(folder: &Path) -> String {
    own::read(&folder.join(BASELINE_FILE), BASELINE_FILE).ok().flatten().map(|text| text.text().to_owned()).unwrap_or_default()
}
