//! Changing a living service on the disk: what git has of it, a merge of three trees, and a way back from every moment.
//!
//! Nothing here knows of templates: `commands` says what the sides are, this module merges and writes them.

mod apply;
mod ends;
mod fallback;
mod filters;
mod ground;
mod journal;
mod merge;
mod propose;
mod recall;
mod scratch;
mod since;
mod standing;
mod stash;
mod unmerged;

pub use ground::Ground;
pub(super) use ground::{PRISTINE, pristine};
pub use journal::{Journal, Undone};
pub use merge::{Clash, Merged, Sides, merge};
pub use propose::Proposed;
pub use recall::Recall;
pub use since::Since;
pub use stash::Back;
pub use unmerged::{Stages, merge_text};

use std::path::{Path, PathBuf};

use crate::tree::Mode;

/// Why a service was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The repository cannot be read or written.
    #[error("git: {}", .0.message())]
    Git(#[from] git2::Error),
    /// The git command failed; the text is what it said.
    #[error("git: {0}")]
    Command(String),
    /// What was put aside does not fit any more; git keeps it.
    #[error("git: {reason}")]
    Stash {
        /// What the stash says.
        message: String,
        /// What git says.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} `{}`: {cause}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// These paths hold something that git does not know, where a file is to be.
    #[error("files that git does not know are in the way: {}", .0.join(", "))]
    InTheWay(Vec<String>),
    /// Another process works on the repository.
    #[error("another process is at work: `{}` exists", .0.display())]
    Busy(PathBuf),
    /// The journal is not what this program writes.
    #[error("the journal `{}` cannot be read: {reason}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl UpdateError {
    /// Whether a repository names its objects by another digest than SHA-1, which libgit2 does not read yet.
    #[must_use]
    pub fn is_format(&self) -> bool {
        matches!(self, Self::Git(error) if error.message().contains("object format"))
    }

    fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |cause| Self::Io { doing, path: path.to_owned(), cause }
    }
}

/// The kind of a file by git's number for it; `None` for a folder or a submodule.
fn mode_of(filemode: i32) -> Option<Mode> {
    match filemode {
        0o100_755 => Some(Mode::Executable),
        0o120_000 => Some(Mode::Symlink),
        mode if mode & 0o170_000 == 0o100_000 => Some(Mode::File),
        _ => None,
    }
}

/// Git's number for a kind of file.
fn filemode(mode: Mode) -> u32 {
    match mode {
        Mode::File => 0o100_644,
        Mode::Executable => 0o100_755,
        Mode::Symlink => 0o120_000,
    }
}
