//! How the working tree stands to the last commit: what git is in the middle of, what is not committed, and what git overlooks.

use std::path::Path;

use git2::{Index, ObjectType, RepositoryState, Status, StatusOptions};

use crate::tree::{Mode, RepoPath};

use super::ground::{Git, command};
use super::{Ground, UpdateError, mode_of};

/// `CE_VALID` and `CE_SKIP_WORKTREE` of gitformat-index(5): git was told not to look at the file.
const ASSUMED: u16 = 0x8000;
pub(super) const SKIPPED: u16 = 0x4000;

impl Ground {
    /// What stands between this working tree and a merge: half-done work of git's, in one word.
    #[must_use]
    pub fn occupied(&self) -> Option<&'static str> {
        let repository = self.repository()?;
        if self.index().is_ok_and(|index| index.is_some_and(|index| index.has_conflicts())) {
            return Some("conflicts that are not resolved");
        }
        match repository.state() {
            RepositoryState::Clean => None,
            RepositoryState::Merge => Some("a merge that is not finished"),
            RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => Some("a rebase"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("a cherry-pick that is not finished"),
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("a revert that is not finished"),
            RepositoryState::Bisect => Some("a bisection that is not finished"),
            RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("patches that are being applied"),
        }
    }

    /// The index, also where it has a form that libgit2 does not read, such as that of a sparse index or a split one.
    ///
    /// # Errors
    /// [`UpdateError`] when it cannot be read.
    pub(super) fn index(&self) -> Result<Option<Index>, UpdateError> {
        let Some(repository) = self.repository() else { return Ok(None) };
        if let Ok(index) = repository.index() {
            return Ok(Some(index));
        }
        let folder = tempfile::tempdir().map_err(UpdateError::io("make", Path::new("a folder")))?;
        let copied = folder.path().join("index");
        let real = repository.path().join("index");
        std::fs::copy(&real, &copied).map_err(UpdateError::io("copy", &real))?;
        self.open_index(&copied).map(Some)
    }

    /// Opens a copy of the index; one of another form is written anew in the plain one before.
    pub(super) fn open_index(&self, copied: &Path) -> Result<Index, UpdateError> {
        let error = match Index::open(copied) {
            Ok(index) => return Ok(index),
            Err(error) => error,
        };
        let args = ["-c", "index.sparse=false", "-c", "core.splitIndex=false", "update-index", "--no-split-index", "--force-write-index"];
        let output = command(&self.folder, &args).env("GIT_INDEX_FILE", copied).output();
        if output.is_ok_and(|output| output.status.success()) { Ok(Index::open(copied)?) } else { Err(error.into()) }
    }

    /// The paths of the service that are not as they were committed; of files that git does not know, those in `ours`.
    ///
    /// # Errors
    /// [`UpdateError`] when the repository cannot be read.
    pub fn dirty(&self, ours: &mut dyn FnMut(&RepoPath) -> bool) -> Result<Vec<String>, UpdateError> {
        let Some(git) = &self.git else { return Ok(Vec::new()) };
        let mut is_dirty = |path: &str, is_new: bool| !is_new || ours(&RepoPath::found(path.to_owned()));
        let mut dirty = |found: Vec<(String, bool)>| -> Vec<String> {
            found.into_iter().filter(|(path, is_new)| is_dirty(path, *is_new)).map(|(path, _)| path).collect()
        };
        let found = statuses(git).map(&mut dirty);
        if found.as_ref().is_ok_and(Vec::is_empty) {
            return found;
        }
        // The command knows filters, encodings and sparse checkouts, and takes its time.
        self.asked().map_or(found, |asked| Ok(dirty(asked)))
    }

    /// What the git command says is not committed, and whether git knows it at all; `None` when there is no such command.
    fn asked(&self) -> Option<Vec<(String, bool)>> {
        let args =
            ["--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"];
        let output = command(&self.folder, &[&args[..], &["--", "."]].concat()).output().ok()?;
        let text = output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())?;
        let row = |row: &str| Some((row.get(3..)?.strip_prefix(self.prefix())?.to_owned(), row.starts_with("??")));
        Some(text.split('\0').filter_map(row).collect())
    }

    /// Whether a file holds changes that git was told not to look at: a merge by git's word alone would write over them.
    pub(super) fn is_overlooked(&self, path: &RepoPath) -> Result<bool, UpdateError> {
        let is_marked = self
            .index()?
            .and_then(|index| index.get_path(Path::new(&self.whole(path.as_str())), 0))
            .is_some_and(|entry| entry.flags & ASSUMED != 0 || entry.flags_extended & SKIPPED != 0);
        let Some((_, now)) = self.file(path).filter(|_| is_marked) else { return Ok(false) };
        let is_committed = |bytes: &[u8]| Ok::<_, UpdateError>(self.committed(path)?.is_some_and(|(_, committed)| committed == bytes));
        Ok(!is_committed(&now)? && !self.kept(path, &now).map_or(Ok(false), |kept| is_committed(&kept))?)
    }

    /// Whether a path is a submodule of the last commit, or lies in one.
    pub(super) fn is_in_submodule(&self, path: &RepoPath) -> Result<bool, UpdateError> {
        let Some(git) = &self.git else { return Ok(false) };
        let Some(root) = super::ground::head(&git.repository)? else { return Ok(false) };
        let (root, whole) = (git.repository.find_tree(root)?, self.whole(path.as_str()));
        let is_one = |path: &Path| root.get_path(path).is_ok_and(|entry| entry.kind() == Some(ObjectType::Commit));
        Ok(Path::new(&whole).ancestors().filter(|path| !path.as_os_str().is_empty()).any(is_one))
    }

    /// Whether the working tree holds a part of what is committed.
    pub(super) fn is_sparse(&self) -> bool {
        let is_set = |git: &Git| git.repository.config().and_then(|mut config| config.snapshot()?.get_bool("core.sparseCheckout"));
        self.git.as_ref().is_some_and(|git| is_set(git).unwrap_or(false))
    }

    /// Whether the clone leaves contents out until git needs them.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let config = self.repository().and_then(|repository| repository.config().ok());
        let is_promised =
            |config: git2::Config| config.entries(Some(r"^remote\..*\.promisor$")).is_ok_and(|mut found| found.next().is_some());
        config.is_some_and(is_promised)
    }

    /// A file that a sparse checkout leaves out, as it was committed; `None` also where a clone has not its contents.
    #[must_use]
    pub fn left_out(&self, path: &RepoPath) -> Option<(Mode, Vec<u8>)> {
        self.left_out_as(path).and_then(|_| self.committed(path).ok()?)
    }

    /// The kind of a file that a sparse checkout leaves out, and the name of its contents in git.
    #[must_use]
    pub fn left_out_as(&self, path: &RepoPath) -> Option<(Mode, String)> {
        let entry = self.index().ok()??.get_path(Path::new(&self.whole(path.as_str())), 0)?;
        let is_out = entry.flags_extended & SKIPPED != 0 && self.is_sparse();
        mode_of(i32::try_from(entry.mode).ok()?).filter(|_| is_out).map(|mode| (mode, entry.id.to_string()))
    }
}

/// What libgit2 finds, in a fraction of the command's time.
fn statuses(git: &Git) -> Result<Vec<(String, bool)>, UpdateError> {
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false).exclude_submodules(true);
    if !git.prefix.is_empty() {
        options.pathspec(git.prefix.trim_end_matches('/')).disable_pathspec_match(true);
    }
    let mut found = Vec::new();
    for entry in git.repository.statuses(Some(&mut options))?.iter() {
        let Some(path) = entry.path().ok().and_then(|path| path.strip_prefix(&git.prefix)) else { continue };
        found.push((path.to_owned(), entry.status() == Status::WT_NEW));
    }
    Ok(found)
}
