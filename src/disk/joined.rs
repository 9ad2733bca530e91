//! Two commits of a repository as one tree, merged in memory by libgit2: nothing is checked out, and any version of git will do.

use std::path::Path;

use git2::{Oid, Repository};

/// Why two commits do not merge.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Both changed the same lines.
    #[error("both changed `{0}`")]
    Conflict(String),
    /// What libgit2 says.
    #[error("cannot merge: {0}")]
    Git(String),
}

impl From<git2::Error> for JoinError {
    fn from(error: git2::Error) -> Self {
        Self::Git(error.message().to_owned())
    }
}

/// Writes the tree of two commits merged, into the repository of a working copy; returns its id. `ours` and `theirs` are full ids.
///
/// # Errors
/// [`JoinError`]; nothing is kept then.
pub fn joined(folder: &Path, ours: &str, theirs: &str) -> Result<String, JoinError> {
    let repository = Repository::open(folder)?;
    let commit = |id: &str| repository.find_commit(Oid::from_str(id)?);
    let mut index = repository.merge_commits(&commit(ours)?, &commit(theirs)?, None)?;
    if let Some(conflict) = index.conflicts()?.next() {
        let conflict = conflict?;
        let entry = [conflict.our, conflict.their, conflict.ancestor].into_iter().flatten().next();
        return Err(JoinError::Conflict(entry.map_or_else(String::new, |entry| String::from_utf8_lossy(&entry.path).into_owned())));
    }
    Ok(index.write_tree_to(&repository)?.to_string())
}
