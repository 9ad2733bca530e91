//! The baseline over its versions: it begins once, and from then on every version may only lose entries. What it lost does not come back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{BaselineFile, KnownFinding};

/// A policy, and the fingerprint of what it found.
type Entry = (String, String);

/// What came of the versions until now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ratchet {
    /// Whether there was a version.
    has_begun: bool,
    /// The entries of the last version, and how often it has each: two files may hold equal findings.
    entries: BTreeMap<Entry, usize>,
    /// Who brought in those of them that an earlier version did not have any more, or never had.
    grown: BTreeMap<Entry, Vec<String>>,
}

/// Another side of a merge: what the baseline was there, and where the sides parted.
#[derive(Clone, Debug)]
pub struct Side {
    /// The side's version.
    pub now: BaselineFile,
    /// The version that both sides began from; `None` where there was none yet.
    pub before: Option<BaselineFile>,
}

impl Ratchet {
    /// Whether there was a version of the baseline.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Goes on to the version that `who` made; `None` removes the baseline, and what comes after it is growth.
    ///
    /// What one side of a merge dropped, the merge may not keep. Sides that began baselines of their own come together with all of their entries.
    #[must_use]
    pub fn then(mut self, who: &str, version: Option<&BaselineFile>, sides: &[Side]) -> Self {
        let entries = version.map(counted).unwrap_or_default();
        if !self.has_begun {
            return Self { has_begun: version.is_some(), entries, grown: BTreeMap::new() };
        }
        let sides: Vec<_> = sides.iter().map(|side| (counted(&side.now), side.before.as_ref().map(counted))).collect();
        let mut grown = BTreeMap::new();
        for (entry, now) in &entries {
            let of = |counts: &BTreeMap<Entry, usize>| counts.get(entry).copied().unwrap_or_default();
            let began = sides.iter().filter(|(_, before)| before.is_none()).map(|(side, _)| of(side)).max().unwrap_or_default();
            let dropped = sides.iter().filter(|(side, before)| before.as_ref().is_some_and(|before| of(before) > of(side)));
            let kept = dropped.map(|(side, _)| of(side)).chain([of(&self.entries).max(began)]).min().unwrap_or_default();
            let mut by = self.grown.remove(entry).unwrap_or_default();
            by.truncate(*now);
            by.resize((*now).min(by.len() + now.saturating_sub(kept)), who.to_owned());
            if !by.is_empty() {
                grown.insert(entry.clone(), by);
            }
        }
        Self { has_begun: true, entries, grown }
    }

    /// The entries of the last version that are growth: its file, the entry, and who brought it in. Of equal ones the last are.
    #[must_use]
    pub fn grown(&self, version: &BaselineFile) -> Vec<(String, KnownFinding, String)> {
        let mut left = self.grown.clone();
        let mut found = Vec::new();
        for (path, file) in version.files.iter().rev() {
            for known in file.findings.iter().rev() {
                let by = left.get_mut(&(known.policy.clone(), known.fingerprint.clone())).and_then(Vec::pop);
                found.extend(by.map(|by| (path.clone(), known.clone(), by)));
            }
        }
        found.reverse();
        found
    }
}

fn counted(version: &BaselineFile) -> BTreeMap<Entry, usize> {
    let mut entries = BTreeMap::new();
    for known in version.files.values().flat_map(|file| &file.findings) {
        *entries.entry((known.policy.clone(), known.fingerprint.clone())).or_default() += 1;
    }
    entries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::KnownFile;

    /// A baseline of entries that have a letter each, all of one file.
    fn version(entries: &str) -> BaselineFile {
        let known = |c: char| KnownFinding { policy: "a/p".to_owned(), fingerprint: c.to_string(), message: String::new() };
        let file = KnownFile { sketch: String::new(), findings: entries.chars().map(known).collect() };
        BaselineFile { files: [("f".to_owned(), file)].into(), ..BaselineFile::empty() }
    }

    /// The growth after some versions, each with its number: entry and who brought it in. A `-` is a commit without the file.
    #[track_caller]
    fn check(versions: &[&str], expected: &str) {
        let file = |text: &str| (text != "-").then(|| version(text));
        let each = versions.iter().enumerate();
        let ratchet = each.fold(Ratchet::default(), |ratchet, (n, text)| ratchet.then(&n.to_string(), file(text).as_ref(), &[]));
        let grown = ratchet.grown(&version(versions.last().unwrap()));
        let said: Vec<_> = grown.iter().map(|(_, known, by)| format!("{}{by}", known.fingerprint)).collect();
        assert_eq!(said.join(" "), expected, "{versions:?}");
    }

    #[test]
    fn what_came_or_came_back_is_growth_for_as_long_as_it_stays() {
        check(&["ab", "a", ""], "");
        check(&["a", "ab", "abc"], "b1 c2");
        check(&["ab", "a", "ab"], "b2");
        check(&["a", "ab", "a", "a"], "");
        check(&["a", "ab", "a", "ab"], "b3");
        check(&["aa", "a", "aa"], "a2");
        check(&["-", "ab"], "");
        check(&["ab", "-", "ab"], "a2 b2");
        check(&["ab", "-", "-", "a", "a"], "a3");
    }

    #[test]
    fn a_merge_keeps_what_no_side_dropped() {
        let merged = |first: &str, other: &str, before: Option<&str>, result: &str| {
            let begun = Ratchet::default().then("1", Some(&version(first)), &[]);
            let side = Side { now: version(other), before: before.map(version) };
            let grown = begun.then("m", Some(&version(result)), &[side]).grown(&version(result));
            grown.into_iter().map(|(_, known, _)| known.fingerprint).collect::<String>()
        };
        assert_eq!(merged("ac", "bc", Some("abc"), "c"), "", "both shrank");
        assert_eq!(merged("ac", "bc", Some("abc"), "abc"), "ab");
        assert_eq!(merged("a", "ab", Some("a"), "ab"), "b", "the other side grew");
        assert_eq!(merged("ab", "b", Some("ab"), "ab"), "a", "the first side is taken as it is");
        assert_eq!(merged("a", "b", None, "ab"), "", "both began");
    }

    proptest! {
        #[test]
        fn shrinking_is_never_growth(start in "[a-d]{0,8}", cuts in proptest::collection::vec(0usize..8, 0..6)) {
            let mut text = start;
            let mut ratchet = Ratchet::default().then("0", Some(&version(&text)), &[]);
            for cut in cuts {
                if cut < text.len() {
                    text.remove(cut);
                }
                ratchet = ratchet.then("n", Some(&version(&text)), &[]);
            }
            prop_assert!(ratchet.grown(&version(&text)).is_empty());
            let more = format!("{text}z");
            prop_assert_eq!(ratchet.then("m", Some(&version(&more)), &[]).grown(&version(&more)).len(), 1);
        }
    }
}
