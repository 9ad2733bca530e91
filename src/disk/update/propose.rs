//! A change on a branch of its own, made of objects alone: neither the index nor the working tree of the checkout is touched.

use std::path::Path;

use git2::Oid;

use crate::tree::RepoPath;

use super::scratch::entry;
use super::{Ground, UpdateError, merge_text};

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// It is on the branch.
    Committed,
    /// There is a branch of that name.
    Exists,
    /// This file has changed so that the proposal does not fit.
    Conflict(String),
}

impl Ground {
    /// Commits files to a new branch over the last commit; each with its old and its new bytes. A file that has other bytes than the old
    /// ones there is merged.
    ///
    /// # Errors
    /// [`UpdateError`] when the folder is no repository with a commit, or cannot be written.
    pub fn propose(&self, branch: &str, files: &[(RepoPath, Vec<u8>, Vec<u8>)], message: &str) -> Result<Proposed, UpdateError> {
        let Some(git) = &self.git else { return Err(UpdateError::Command(format!("`{}` is no repository", self.folder.display()))) };
        let repository = &git.repository;
        if repository.find_branch(branch, git2::BranchType::Local).is_ok() {
            return Ok(Proposed::Exists);
        }
        let head = repository.head()?.peel_to_commit()?;
        let mut index = git2::Index::new()?;
        index.read_tree(&head.tree()?)?;
        for (path, old, new) in files {
            let whole = format!("{}{path}", git.prefix);
            let Some(there) = index.get_path(Path::new(&whole), 0) else { return Ok(Proposed::Conflict(whole)) };
            let bytes = match fitted(repository.find_blob(there.id)?.content(), old, new)? {
                Some(bytes) => bytes,
                None => return Ok(Proposed::Conflict(whole)),
            };
            index.add(&entry(&whole, there.mode, repository.blob(&bytes)?, 0))?;
        }
        let tree: Oid = index.write_tree_to(repository)?;
        let who = repository.signature().or_else(|_| git2::Signature::now("polity", "polity@localhost"))?;
        let reference = format!("refs/heads/{branch}");
        repository.commit(Some(&reference), &who, &who, message, &repository.find_tree(tree)?, &[&head])?;
        Ok(Proposed::Committed)
    }
}

/// The new bytes for what is there.
fn fitted(there: &[u8], old: &[u8], new: &[u8]) -> Result<Option<Vec<u8>>, UpdateError> {
    if there == old {
        return Ok(Some(new.to_vec()));
    }
    let (bytes, fits) = merge_text(old, [there, new], ["", ""])?;
    Ok(fits.then_some(bytes))
}
