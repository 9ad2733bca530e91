//! Bytes that were rendered and are in no commit as they were, since an update merged them with somebody's edits: worked out backwards from
//! the commit that has the result, and proven by their digest.
//!
//! A clone has the branch and not `refs/polity/pristine`. The branch has a file before the update and after it, and what was rendered
//! before: what the update did to the first is done to that. A commit may hold edits beside the update, so any part of the change may be it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use git2::{Oid, Repository};
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

use crate::config::{LOCK_FILE, Lock, LockedFile};
use crate::finding::SourceText;
use crate::tree::{Digest, RepoPath};

use super::ground::{Git, command};
use super::{Ground, merge_text};

/// The most commits that are looked at.
const COMMITS: &str = "--max-count=2000";
/// The longest chain of updates that is gone back.
const DEPTH: usize = 200;
/// The most changes of a commit of which every selection is tried.
const CHANGES: usize = 10;

/// The commits of a history that changed the lock of a service, newest first.
pub struct Recall {
    steps: Vec<[Oid; 2]>,
    locks: RefCell<BTreeMap<Oid, Option<Rc<Lock>>>>,
}

impl Recall {
    /// Looks the history up; empty where git keeps nothing.
    #[must_use]
    pub fn of(ground: &Ground) -> Self {
        let args = ["log", "--full-history", COMMITS, "--format=%H %P", "HEAD", "--", LOCK_FILE];
        let output = ground.repository().and_then(|_| command(ground.folder(), &args).output().ok());
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let ids = |line: &str| line.split(' ').filter_map(|id| Oid::from_str(id).ok()).collect::<Vec<_>>();
        let steps = text.lines().flat_map(|line| match &ids(line)[..] {
            [commit, parents @ ..] => parents.iter().map(|parent| [*commit, *parent]).collect::<Vec<_>>(),
            [] => Vec::new(),
        });
        Self { steps: steps.collect(), locks: RefCell::default() }
    }

    /// The bytes of a file with this digest.
    #[must_use]
    pub fn file(&self, ground: &Ground, path: &RepoPath, digest: &Digest) -> Option<Vec<u8>> {
        self.find(ground.git.as_ref()?, path, digest, &mut BTreeSet::new())
    }

    /// `sought` are the digests on the way here and those that nothing leads to: a file that went to and fro is looked for once each.
    fn find(&self, git: &Git, path: &RepoPath, digest: &Digest, sought: &mut BTreeSet<Digest>) -> Option<Vec<u8>> {
        if sought.len() >= DEPTH || !sought.insert(digest.clone()) {
            return None;
        }
        let locked = |commit: Oid| self.lock(git, commit)?.files.get(path).cloned();
        self.steps.iter().find_map(|[commit, parent]| {
            locked(*commit).filter(|file| file.sha256 == *digest)?;
            let before = locked(*parent).filter(|file| file.sha256 != *digest)?;
            let rendered = kept(git, &before).or_else(|| self.find(git, path, &before.sha256, sought))?;
            let [old, new] = [*parent, *commit].map(|commit| content(git, commit, path.as_str()));
            redone(&old?, &new?, &rendered, digest)
        })
    }

    fn lock(&self, git: &Git, commit: Oid) -> Option<Rc<Lock>> {
        if let Some(known) = self.locks.borrow().get(&commit) {
            return known.clone();
        }
        let read = || {
            let text = String::from_utf8(content(git, commit, LOCK_FILE)?).ok()?;
            Lock::read(&SourceText::new(LOCK_FILE, text)).ok().map(Rc::new)
        };
        let lock = read();
        self.locks.borrow_mut().insert(commit, lock.clone());
        lock
    }
}

/// A file of the service as a commit has it.
fn content(git: &Git, commit: Oid, path: &str) -> Option<Vec<u8>> {
    let tree = git.repository.find_commit(commit).ok()?.tree().ok()?;
    let entry = tree.get_path(Path::new(&format!("{}{path}", git.prefix))).ok()?;
    blob(&git.repository, entry.id())
}

/// What was rendered, as far as git has it under its name.
fn kept(git: &Git, file: &LockedFile) -> Option<Vec<u8>> {
    let bytes = blob(&git.repository, Oid::from_str(file.blob.as_ref()?.as_str()).ok()?)?;
    (Digest::of(&bytes) == file.sha256).then_some(bytes)
}

fn blob(repository: &Repository, id: Oid) -> Option<Vec<u8>> {
    Some(repository.find_blob(id).ok()?.content().to_vec())
}

/// Does to `rendered` what was done from `old` to `new`, or a part of it, until the digest fits.
fn redone(old: &[u8], new: &[u8], rendered: &[u8], digest: &Digest) -> Option<Vec<u8>> {
    let [before, after] = [old, new].map(|bytes| bytes.split_inclusive(|b| *b == b'\n').collect::<Vec<_>>());
    let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
    let changes = ops.iter().filter(|op| op.tag() != DiffTag::Equal).count();
    let all = if changes > CHANGES { 1 } else { 1_usize << changes };
    // The whole change first: a commit mostly is the update alone.
    (0..all).find_map(|left_out| {
        let part = part(&ops, &before, &after, left_out);
        let (bytes, fits) = merge_text(old, [&part, rendered], ["", ""]).ok()?;
        (fits && Digest::of(&bytes) == *digest).then_some(bytes)
    })
}

/// The old lines with the changes that are not left out; a bit of `left_out` stands for a change.
fn part(ops: &[DiffOp], before: &[&[u8]], after: &[&[u8]], left_out: usize) -> Vec<u8> {
    let (mut text, mut number) = (Vec::new(), 0);
    for op in ops {
        let is_left_out = op.tag() != DiffTag::Equal && {
            number += 1;
            left_out >> (number - 1) & 1 == 1
        };
        let lines = if is_left_out { &before[op.old_range()] } else { &after[op.new_range()] };
        lines.iter().for_each(|line| text.extend_from_slice(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FileClass;

    /// With each step looked into for each way to it, this would take the age of the universe.
    #[test]
    fn a_file_that_went_to_and_fro_is_looked_for_once() {
        let folder = tempfile::tempdir().unwrap();
        Repository::init(folder.path()).unwrap();
        let path = RepoPath::new("a").unwrap();
        let lock = |text: &str| {
            let (sha256, class) = (Digest::of(text.as_bytes()), FileClass::Managed);
            let file = LockedFile { class, sha256, blob: None, executable: false, from: Vec::new() };
            Some(Rc::new(Lock::new(Digest::of(b"{}"), Vec::new(), [(path.clone(), file)].into())))
        };
        let commits: Vec<_> = (1..=60_u8).map(|number| Oid::from_bytes(&[number; 20]).unwrap()).collect();
        let locks = commits.iter().enumerate().map(|(index, commit)| (*commit, lock(["one", "two", "three"][index % 3]))).collect();
        let steps = commits.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        let recall = Recall { steps, locks: RefCell::new(locks) };
        let ground = Ground::open(folder.path()).unwrap();
        assert_eq!(recall.file(&ground, &path, &Digest::of(b"one")), None);
    }

    #[test]
    fn the_part_of_a_commit_that_was_the_update_is_found() {
        let lines = |text: &str| text.replace(' ', "\n").into_bytes();
        let (rendered, wanted) = (lines("1 2 3 4 5 6 7 8 9 "), lines("one 2 3 4 5 6 7 8 nine "));
        let (old, new) = (lines("1 2 3 mine 5 6 7 8 9 "), lines("one 2 3 mine 5 6 too 8 nine "));
        assert_eq!(redone(&old, &new, &rendered, &Digest::of(&wanted)), Some(wanted.clone()));
        let solved = lines("one 2 3 mine 5 6 7 8 nine! ");
        assert_eq!(redone(&old, &solved, &rendered, &Digest::of(&wanted)), None, "what somebody solved by hand is not guessed");
        assert_eq!(redone(&lines("x "), &lines("1 "), b"", &Digest::of(&wanted)), None);
    }
}
