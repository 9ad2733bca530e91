//! Files that have another name: the old name is gone, and most lines are the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::one_blank;
use crate::tree::{Digest, RepoPath, Tree};

/// How many hashes of lines stand for a file.
const SKETCH: usize = 24;
/// How many of them must be the same in a file that was renamed.
const SAME: usize = SKETCH / 2;

/// The old names of files, by new name, from the sketches of both: the most alike pair first, each name once. `may` says whether a file may have
/// moved from its first name to its second.
pub(super) fn moves(old: &BTreeMap<&str, &str>, new: &BTreeMap<&str, &str>, may: &dyn Fn(&str, &str) -> bool) -> BTreeMap<String, String> {
    let mut pairs = Vec::new();
    for (now, sketch) in new {
        let alike = old.iter().map(|(was, before)| (alike(sketch, before), *was)).filter(|(alike, was)| *alike >= SAME && may(was, now));
        pairs.extend(alike.map(|(alike, was)| (Reverse(alike), file_name(was) != file_name(now), *now, was)));
    }
    pairs.sort_unstable();
    let (mut found, mut used) = (BTreeMap::new(), BTreeSet::new());
    for (_, _, now, was) in pairs {
        if !found.contains_key(now) && used.insert(was) {
            found.insert(now.to_owned(), was.to_owned());
        }
    }
    found
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

/// How many of the smallest hashes of two files together are in both, of [`SKETCH`].
fn alike(a: &str, b: &str) -> usize {
    let hashes =
        |text: &str| -> BTreeSet<String> { text.as_bytes().chunks(8).map(|chunk| String::from_utf8_lossy(chunk).into_owned()).collect() };
    let (a, b) = (hashes(a), hashes(b));
    let smallest: Vec<_> = a.union(&b).take(SKETCH).collect();
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
}
