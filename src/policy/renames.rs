//! Files that have another name: the old name is gone, and most lines are the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::finding::one_blank;
use crate::tree::{Digest, RepoPath, Tree};

/// How many hashes of lines stand for a file.
const SKETCH: usize = 24;
/// How many of them must be the same in a file that was renamed.
const SAME: usize = SKETCH / 2;

/// The most old files that one new file is compared with line by line.
const COMPARED: usize = 64;
/// The most equal files that are tried for one new file.
const TRIED: usize = 64;

/// Whether a file may have moved from its first name to its second.
type May<'a> = &'a dyn Fn(&str, &str) -> bool;
/// Files by name, with their sketches.
type Sketches<'a> = BTreeMap<&'a str, &'a str>;

/// The old names of files, by new name, from the sketches of both: the most alike pair first, each name once. `may` says whether a file may have
/// moved from its first name to its second. Time and memory grow with the number of files, and not with that of pairs.
pub(super) fn moves(old: &Sketches<'_>, new: &Sketches<'_>, may: May<'_>) -> BTreeMap<String, String> {
    let mut found = equal(old, new, may);
    let used: BTreeSet<&str> = found.values().copied().collect();
    let left: Vec<_> = old.iter().filter(|(was, _)| !used.contains(*was)).map(|(was, sketch)| (*was, hashes(sketch))).collect();
    let open: Vec<_> = new.iter().filter(|(now, _)| !found.contains_key(*now)).map(|(now, sketch)| (*now, hashes(sketch))).collect();
    let candidates = Candidates::of(&left);
    let mut pairs = Vec::new();
    for (number, (now, sketch)) in open.iter().enumerate() {
        for at in candidates.like(now, sketch, number * left.len() / open.len()) {
            let (was, before) = &left[at];
            let alike = alike(sketch, before);
            if alike >= SAME && may(was, now) {
                pairs.push((Reverse(alike), file_name(was) != file_name(now), *now, *was));
            }
        }
    }
    pairs.sort_unstable();
    let mut used = BTreeSet::new();
    for (_, _, now, was) in pairs {
        if !found.contains_key(now) && used.insert(was) {
            found.insert(now, was);
        }
    }
    found.into_iter().map(|(now, was)| (now.to_owned(), was.to_owned())).collect()
}

/// Files with the same sketch, those with the same file name first.
fn equal<'a>(old: &Sketches<'a>, new: &Sketches<'a>, may: May<'_>) -> BTreeMap<&'a str, &'a str> {
    let mut found = BTreeMap::new();
    let mut used = BTreeSet::new();
    for with_name in [true, false] {
        let key = |path: &'a str, sketch: &'a str| (sketch, if with_name { file_name(path) } else { "" });
        let mut free: BTreeMap<_, VecDeque<&str>> = BTreeMap::new();
        for (was, sketch) in old.iter().filter(|(was, sketch)| !sketch.is_empty() && !used.contains(*was)) {
            free.entry(key(was, sketch)).or_default().push_back(was);
        }
        for (now, sketch) in new {
            let Some(free) = free.get_mut(&key(now, sketch)).filter(|_| !found.contains_key(now)) else { continue };
            if let Some(at) = free.iter().take(TRIED).position(|was| may(was, now)) {
                found.insert(*now, free[at]);
                used.extend(free.remove(at));
            }
        }
    }
    found
}

/// Old files, by what they may be known again by.
struct Candidates<'a> {
    by_name: BTreeMap<&'a str, Vec<usize>>,
    by_hash: BTreeMap<&'a [u8], Vec<usize>>,
    count: usize,
}

impl<'a> Candidates<'a> {
    fn of(files: &[(&'a str, BTreeSet<&'a [u8]>)]) -> Self {
        let (mut by_name, mut by_hash) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (at, (path, hashes)) in files.iter().enumerate() {
            by_name.entry(file_name(path)).or_default().push(at);
            hashes.iter().for_each(|hash| by_hash.entry(*hash).or_default().push(at));
        }
        Self { by_name, by_hash, count: files.len() }
    }

    /// The files that are most likely like another one: those with its rarest lines, and of many with the same ones those with its name and those near
    /// its own place in the order of names.
    fn like(&self, path: &str, hashes: &BTreeSet<&[u8]>, place: usize) -> BTreeSet<usize> {
        if self.count <= COMPARED {
            return (0..self.count).collect();
        }
        let mut lists: Vec<_> = hashes.iter().filter_map(|hash| self.by_hash.get(hash)).collect();
        lists.sort_by_key(|list| list.len());
        let mut found = BTreeSet::new();
        for list in self.by_name.get(file_name(path)).into_iter().chain(lists) {
            let room = COMPARED.saturating_sub(found.len());
            let start = list.partition_point(|at| *at < place).saturating_sub(room / 2).min(list.len().saturating_sub(room));
            found.extend(&list[start..list.len().min(start + room)]);
        }
        found
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The smallest hashes of a file's lines, whose white space does not matter.
pub(super) fn sketch(tree: &Tree, path: &str) -> String {
    let Ok(bytes) = tree.read(&RepoPath::found(path.to_owned())) else { return String::new() };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(one_blank).filter(|line| line.len() > 1);
    let hashes: BTreeSet<String> = lines.map(|line| Digest::of(line.as_bytes()).as_str()[..8].to_owned()).collect();
    hashes.into_iter().take(SKETCH).collect::<Vec<_>>().join("")
}

fn hashes(sketch: &str) -> BTreeSet<&[u8]> {
    sketch.as_bytes().chunks(8).collect()
}

/// How many of the smallest hashes of two files together are in both, of [`SKETCH`].
fn alike(a: &BTreeSet<&[u8]>, b: &BTreeSet<&[u8]>) -> usize {
    let smallest: Vec<_> = a.union(b).take(SKETCH).collect();
    let both = smallest.iter().filter(|hash| a.contains(**hash) && b.contains(**hash)).count();
    // A file of few lines has few hashes; what counts is the share.
    if smallest.is_empty() { 0 } else { both * SKETCH / smallest.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_by_its_lines() {
        let tree = |text: &str| {
            let mut tree = Tree::new();
            tree.insert(RepoPath::new("f").unwrap(), crate::tree::Mode::File, text.as_bytes());
            tree
        };
        let long: String = (0..80).map(|n| format!("line {n}\n")).collect();
        let with = |more: &str| sketch(&tree(&format!("{more}{long}")), "f");
        let alike = |a: &str, b: &str| alike(&hashes(a), &hashes(b));
        assert_eq!(alike(&with(""), &with("")), SKETCH);
        assert!(alike(&with(""), &with(&(0..30).map(|n| format!("new {n}\n")).collect::<String>())) >= SAME);
        let other: String = (0..80).map(|n| format!("another {n}\n")).collect();
        assert!(alike(&with(""), &sketch(&tree(&other), "f")) < SAME);
        assert_eq!(alike("", ""), 0, "what is empty is like nothing");
    }

    #[test]
    fn equal_files_move_with_their_names() {
        let text = "0123456789abcdef";
        let of = |paths: [&'static str; 2]| paths.map(|path| (path, text)).into();
        let found = moves(&of(["a/x", "b/y"]), &of(["c/y", "d/x"]), &|_, _| true);
        assert_eq!(found, [("c/y", "b/y"), ("d/x", "a/x")].map(|(now, was)| (now.to_owned(), was.to_owned())).into());
        assert_eq!(moves(&of(["a/x", "b/y"]), &of(["c/y", "d/x"]), &|was, _| was == "a/x").len(), 1);
    }

    fn refs(all: &[(String, String)]) -> Sketches<'_> {
        all.iter().map(|(path, sketch)| (path.as_str(), sketch.as_str())).collect()
    }

    #[test]
    fn many_alike_files_are_compared_with_few() {
        // Twelve lines that all files have, and one of each file's own; every second file has another line since.
        let sketch = |n: usize, is_changed: bool| {
            let common: String = (0..12).map(|line| format!("{line:08}")).collect();
            format!("{common}{n:08}{}", if is_changed { "99999999" } else { "" })
        };
        let named = |folder: &str, changed: bool| -> Vec<(String, String)> {
            (0..3_000).map(|n| (format!("{folder}/{n:04}"), sketch(n + 100, changed && n % 2 == 0))).collect()
        };
        let (old, new) = (named("a", false), named("b", true));
        let asked = std::cell::Cell::new(0);
        let may = |_: &str, _: &str| {
            asked.set(asked.get() + 1);
            true
        };
        let found = moves(&refs(&old), &refs(&new), &may);
        assert_eq!(found.len(), 3_000);
        assert!(found.iter().all(|(now, was)| now[1..] == was[1..]));
        assert!(asked.get() <= 3_000 * (COMPARED + TRIED), "{}", asked.get());
    }
}
