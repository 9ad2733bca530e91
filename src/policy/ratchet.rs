//! The baseline over its versions: it begins once, and from then on every version may only lose entries. What it lost does not come back.
//!
//! An entry is one of its file. It goes with the file to another name, and to no other file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{BaselineFile, Date, KnownFinding, TrendPoint};
use crate::finding::local;

use super::baseline::without;
use super::renames::moves;

/// A file, a policy, and the fingerprint of what it found.
type Entry = [String; 3];

/// What begins the name of a policy of a plain folder in older baselines.
const SHARED: &str = "local/";

/// Whether a file may have moved from its first name to its second, as far as the files that there are tell.
pub type IsMoved<'a> = &'a dyn Fn(&str, &str) -> bool;

/// What came of the versions until now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ratchet {
    /// Whether there was a version.
    has_begun: bool,
    /// The last version.
    last: Listed,
    /// Who brought in those of its entries that an earlier version did not have any more, or never had.
    grown: BTreeMap<Entry, Vec<String>>,
}

/// What a version lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Listed {
    /// The entries, and how often it has each.
    entries: BTreeMap<Entry, usize>,
    /// What each file looked like.
    sketches: BTreeMap<String, String>,
    /// The messages of entries whose policy stands in a plain folder, by whatever name.
    messages: BTreeMap<Entry, String>,
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
    /// What one side of a merge dropped, the merge may not keep. Where the other side began a baseline of its own, the merge may keep what both list: which of
    /// the two was first nobody can tell.
    #[must_use]
    pub fn then(self, who: &str, version: Option<&BaselineFile>, sides: &[Side], is_moved: IsMoved<'_>) -> Self {
        let now = version.map(Listed::of).unwrap_or_default();
        if !self.has_begun {
            return Self { has_begun: version.is_some(), last: now, grown: BTreeMap::new() };
        }
        let names = self.last.names(&now, is_moved);
        let mut freed = self.freed(&now, &names);
        let (last, mut known) = (renamed(self.last.entries, &names), renamed(self.grown, &names));
        let as_now = |version: &BaselineFile| {
            let listed = Listed::of(version);
            let names = listed.names(&now, is_moved);
            renamed(listed.entries, &names)
        };
        let sides: Vec<_> = sides.iter().map(|side| (as_now(&side.now), side.before.as_ref().map(as_now))).collect();
        let mut grown = BTreeMap::new();
        for (entry, count) in &now.entries {
            let of = |counts: &BTreeMap<Entry, usize>| counts.get(entry).copied().unwrap_or_default();
            let lost = sides.iter().filter(|(side, before)| before.as_ref().is_none_or(|before| of(before) > of(side)));
            let kept = lost.map(|(side, _)| of(side)).chain([of(&last)]).min().unwrap_or_default();
            let kept = kept + now.named(entry).map_or(0, |was| take(&mut freed, &was, count.saturating_sub(kept)));
            let mut by = known.remove(entry).unwrap_or_default();
            by.truncate(*count);
            by.resize((*count).min(by.len() + count.saturating_sub(kept)), who.to_owned());
            if !by.is_empty() {
                grown.insert(entry.clone(), by);
            }
        }
        Self { has_begun: true, last: now, grown }
    }

    /// How many entries a later version has no more whose policy was called by what all plain folders share: by file, policy and message. They
    /// may be there under the folder's name.
    fn freed(&self, now: &Listed, names: &BTreeMap<String, String>) -> BTreeMap<Entry, usize> {
        let mut freed = BTreeMap::new();
        for (entry, count) in &self.last.entries {
            let Some([path, policy, message]) = self.last.shared(entry) else { continue };
            let path = names.get(&path).cloned().unwrap_or(path);
            let grown = self.grown.get(entry).map_or(0, Vec::len);
            *freed.entry([path, policy, message]).or_default() += count.saturating_sub(grown);
        }
        for (entry, count) in &now.entries {
            now.shared(entry).map(|was| take(&mut freed, &was, *count));
        }
        freed
    }

    /// The entries of the last version that are growth: its file, the entry, and who brought it in. Of equal ones the last are.
    #[must_use]
    pub fn grown(&self, version: &BaselineFile) -> Vec<(String, KnownFinding, String)> {
        let mut left = self.grown.clone();
        let mut found = Vec::new();
        for (path, file) in version.files.iter().rev() {
            for known in file.findings.iter().rev() {
                let by = left.get_mut(&entry(path, known)).and_then(Vec::pop);
                found.extend(by.map(|by| (path.clone(), known.clone(), by)));
            }
        }
        found.reverse();
        found
    }
}

impl Listed {
    fn of(version: &BaselineFile) -> Self {
        let mut entries = BTreeMap::new();
        for (path, file) in &version.files {
            file.findings.iter().for_each(|known| *entries.entry(entry(path, known)).or_default() += 1);
        }
        let sketches = version.files.iter().map(|(path, file)| (path.clone(), file.sketch.clone())).collect();
        let all = version.files.iter().flat_map(|(path, file)| file.findings.iter().map(move |known| (path, known)));
        let of_folders = all.filter(|(_, known)| known.policy.starts_with(SHARED) || local(&known.policy).is_some());
        let messages = of_folders.map(|(path, known)| (entry(path, known), known.message.clone())).collect();
        Self { entries, sketches, messages }
    }

    /// File, policy and message of an entry that names its policy by what all plain folders share.
    fn shared(&self, entry: &Entry) -> Option<Entry> {
        let [path, policy, _] = entry;
        policy.starts_with(SHARED).then(|| Some([path.clone(), policy.clone(), self.messages.get(entry)?.clone()]))?
    }

    /// The same for one that names the folder, as it would have been named.
    fn named(&self, entry: &Entry) -> Option<Entry> {
        let [path, policy, _] = entry;
        Some([path.clone(), local(policy)?, self.messages.get(entry)?.clone()])
    }

    /// What files of this version are called in a later one, by the name that they have here: one that both list is the same file.
    fn names(&self, now: &Self, is_moved: IsMoved<'_>) -> BTreeMap<String, String> {
        let (old, new) = (self.apart(now), now.apart(self));
        if old.is_empty() || new.is_empty() {
            return BTreeMap::new();
        }
        moves(&old, &new, is_moved).into_iter().map(|(now, was)| (was, now)).collect()
    }

    /// The files that another version does not list.
    fn apart(&self, other: &Self) -> BTreeMap<&str, &str> {
        let apart = self.sketches.iter().filter(|(path, _)| !other.sketches.contains_key(*path));
        apart.map(|(path, sketch)| (path.as_str(), sketch.as_str())).collect()
    }
}

/// Takes as many as there are, up to a number.
fn take(from: &mut BTreeMap<Entry, usize>, what: &Entry, most: usize) -> usize {
    from.get_mut(what).map_or(0, |left| {
        let taken = most.min(*left);
        *left -= taken;
        taken
    })
}

fn entry(path: &str, known: &KnownFinding) -> Entry {
    [path, &known.policy, &known.fingerprint].map(str::to_owned)
}

fn renamed<T>(entries: BTreeMap<Entry, T>, names: &BTreeMap<String, String>) -> BTreeMap<Entry, T> {
    if names.is_empty() {
        return entries;
    }
    let entries =
        entries.into_iter().map(|([path, policy, print], value)| ([names.get(&path).cloned().unwrap_or(path), policy, print], value));
    entries.collect()
}

/// What a baseline knows and an older one did not.
#[must_use]
pub fn grown(older: &BaselineFile, newer: &BaselineFile, is_moved: IsMoved<'_>) -> Vec<(String, KnownFinding)> {
    let both = Ratchet::default().then("", Some(older), &[], is_moved).then("", Some(newer), &[], is_moved);
    both.grown(newer).into_iter().map(|(path, known, _)| (path, known)).collect()
}

/// Two baselines that one became: what both know, and the days of both.
#[must_use]
pub fn settled(ours: &BaselineFile, theirs: &BaselineFile, is_moved: IsMoved<'_>) -> BaselineFile {
    let added = grown(theirs, ours, is_moved);
    let mut baseline = without(ours, &added);
    let days: BTreeMap<Date, usize> = theirs.trend.iter().chain(&ours.trend).map(|point| (point.date, point.findings)).collect();
    baseline.trend = days.into_iter().map(|(date, findings)| TrendPoint { date, findings }).collect();
    baseline
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
        let ratchet =
            each.fold(Ratchet::default(), |ratchet, (n, text)| ratchet.then(&n.to_string(), file(text).as_ref(), &[], &|_, _| true));
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
            let begun = Ratchet::default().then("1", Some(&version(first)), &[], &|_, _| true);
            let side = Side { now: version(other), before: before.map(version) };
            let grown = begun.then("m", Some(&version(result)), &[side], &|_, _| true).grown(&version(result));
            grown.into_iter().map(|(_, known, _)| known.fingerprint).collect::<String>()
        };
        assert_eq!(merged("ac", "bc", Some("abc"), "c"), "", "both shrank");
        assert_eq!(merged("ac", "bc", Some("abc"), "abc"), "ab");
        assert_eq!(merged("a", "ab", Some("a"), "ab"), "b", "the other side grew");
        assert_eq!(merged("ab", "b", Some("ab"), "ab"), "a", "the first side is taken as it is");
        assert_eq!(merged("ac", "bc", None, "abc"), "ab", "both began");
        assert_eq!(merged("ac", "bc", None, "c"), "");
        assert_eq!(merged("abc", "", Some("ab"), "abc"), "ab", "the other side dropped all of it");
    }

    #[test]
    fn an_entry_goes_with_its_file_and_to_no_other() {
        let text = "0123456789abcdef01234567";
        let of = |path: &str, sketch: &str| {
            let known = KnownFinding { policy: "a/p".to_owned(), fingerprint: "1".to_owned(), message: String::new() };
            let file = KnownFile { sketch: sketch.to_owned(), findings: vec![known] };
            BaselineFile { files: [(path.to_owned(), file)].into(), ..BaselineFile::empty() }
        };
        let count = |older: &BaselineFile, newer: &BaselineFile, may: bool| grown(older, newer, &|_, _| may).len();
        assert_eq!(count(&of("a", text), &of("b", text), true), 0);
        assert_eq!(count(&of("a", text), &of("b", text), false), 1, "the first file is still there");
        assert_eq!(count(&of("a", text), &of("b", "aaaaaaaabbbbbbbbcccccccc"), true), 1, "it looks like another one");
        assert_eq!(count(&of("a", ""), &of("b", ""), true), 1, "nobody knows what it looked like");
        let side = Side { now: BaselineFile::empty(), before: Some(of("a", text)) };
        let merged =
            Ratchet::default().then("1", Some(&of("b", text)), &[], &|_, _| true).then("m", Some(&of("b", text)), &[side], &|_, _| true);
        assert_eq!(merged.grown(&of("b", text)).len(), 1, "the other side repaired it under the old name");
    }

    #[test]
    fn an_entry_may_name_the_folder_that_it_was_always_about() {
        let of = |entries: &[(&str, &str, &str)]| {
            let known = |(policy, fingerprint, message): &(&str, &str, &str)| {
                let [policy, fingerprint, message] = [policy, fingerprint, message].map(|text| (*text).to_owned());
                KnownFinding { policy, fingerprint, message }
            };
            let file = KnownFile { sketch: String::new(), findings: entries.iter().map(known).collect() };
            BaselineFile { files: [("f".to_owned(), file)].into(), ..BaselineFile::empty() }
        };
        let (was, is) = (("local/p", "1", "m"), ("./r/p", "2", "m"));
        let rows: [(&[_], &[_], usize); 8] = [
            (&[was], &[is], 0),
            (&[was, was], &[is, is], 0),
            (&[was], &[("x/r/p", "2", "m")], 0),
            (&[was], &[is, is], 1),
            (&[was], &[was, is], 1),
            (&[was], &[("./r/p", "2", "n")], 1),
            (&[was], &[("./r/q", "2", "m")], 1),
            (&[was], &[("acme/p", "2", "m")], 1),
        ];
        for (older, newer, expected) in rows {
            assert_eq!(grown(&of(older), &of(newer), &|_, _| true).len(), expected, "{older:?} {newer:?}");
        }
        let versions = [of(&[]), of(&[was]), of(&[is])];
        let all = versions.iter().fold(Ratchet::default(), |ratchet, version| ratchet.then("n", Some(version), &[], &|_, _| true));
        assert_eq!(all.grown(&versions[2]).len(), 1, "another name forgives no growth");
    }

    proptest! {
        #[test]
        fn shrinking_is_never_growth(start in "[a-d]{0,8}", cuts in proptest::collection::vec(0usize..8, 0..6)) {
            let mut text = start;
            let mut ratchet = Ratchet::default().then("0", Some(&version(&text)), &[], &|_, _| true);
            for cut in cuts {
                if cut < text.len() {
                    text.remove(cut);
                }
                ratchet = ratchet.then("n", Some(&version(&text)), &[], &|_, _| true);
            }
            prop_assert!(ratchet.grown(&version(&text)).is_empty());
            let more = format!("{text}z");
            prop_assert_eq!(ratchet.then("m", Some(&version(&more)), &[], &|_, _| true).grown(&version(&more)).len(), 1);
        }
    }
}
