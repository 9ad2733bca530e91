//! How far a service is from what its template rendered: file by file against the digests of the lock.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use crate::config::{FileClass, Lock};
use crate::tree::{Digest, Mode, RepoPath};

/// A file of the working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// There is none.
    Gone,
    /// With these bytes.
    There(Mode, Vec<u8>),
    /// It is left out, and a clone without contents has not its bytes; its name in git says whether they are those that were rendered.
    Unread {
        /// Its kind.
        mode: Mode,
        /// Whether it is as it was rendered.
        is_rendered: bool,
    },
}

/// What became of one rendered file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It holds other bytes, or something else stands there.
    Changed,
    /// It is executable and was not, or the other way round.
    Mode,
    /// It is gone.
    Missing,
}

/// A file that is not as it was rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftedFile {
    /// Whose file it is.
    pub class: FileClass,
    /// What became of it.
    pub state: State,
    /// Lines of the rendered file that are gone, and lines that are new; `None` when that cannot be known.
    pub lines: Option<Share>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many are not as they were rendered.
    pub drifted: usize,
    /// How many there are.
    pub all: usize,
}

impl Share {
    /// The share in per cent, rounded up: what drifted is never 0 %.
    #[must_use]
    pub fn percent(self) -> usize {
        if self.all == 0 { 0 } else { (self.drifted * 100).div_ceil(self.all).min(100) }
    }
}

/// How far a service has drifted.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// The files that are not as they were rendered.
    pub files: BTreeMap<RepoPath, DriftedFile>,
    /// How many files of each class there are, and how many of them drifted.
    pub classes: BTreeMap<FileClass, Share>,
}

/// Compares the working tree with the lock. `ours` is asked for a file of the working tree, `rendered` for what was rendered, if that is at
/// hand: digests alone decide what drifted, the bytes say by how much.
pub fn drift(lock: &Lock, ours: &mut dyn FnMut(&RepoPath) -> Now, rendered: &mut dyn FnMut(&RepoPath) -> Option<Vec<u8>>) -> Drift {
    let mut drift = Drift::default();
    for (path, locked) in &lock.files {
        let share = drift.classes.entry(locked.class).or_default();
        share.all += 1;
        let now = ours(path);
        let state = match &now {
            Now::Gone => State::Missing,
            Now::There(mode, bytes) if *mode == Mode::Symlink || Digest::of(bytes) != locked.sha256 => State::Changed,
            Now::Unread { is_rendered: false, .. } => State::Changed,
            Now::There(mode, _) | Now::Unread { mode, .. } if (*mode == Mode::Executable) != locked.executable => State::Mode,
            _ => continue,
        };
        share.drifted += 1;
        let lines = match &now {
            Now::Gone => rendered(path).and_then(|old| lines(&old, b"")),
            Now::There(_, bytes) => rendered(path).and_then(|old| lines(&old, bytes)),
            Now::Unread { .. } => None,
        };
        drift.files.insert(path.clone(), DriftedFile { class: locked.class, state, lines });
    }
    drift
}

/// The lines that differ, of those of both texts together; `None` for a binary file.
fn lines(old: &[u8], new: &[u8]) -> Option<Share> {
    let text = |bytes| std::str::from_utf8(bytes).ok().filter(|text: &&str| !text.contains('\0'));
    let diff = TextDiff::from_lines(text(old)?, text(new)?);
    let mut share = Share::default();
    for change in diff.iter_all_changes() {
        share.all += 1;
        share.drifted += usize::from(change.tag() != ChangeTag::Equal);
    }
    Some(share)
}
