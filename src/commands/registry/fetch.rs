//! From an address to what is served there.

use std::path::Path;
use std::time::Duration;

use crate::config::Address;
use crate::disk::{Cache, Guard, Snapshot};
use crate::net::git::{self, GitError};

/// The tags that name releases; no others are fetched.
const TAGS: [&str; 3] = ["templates/*", "policies/*", "layers/*"];

/// Why nothing came from an address, and whether something came that git would not take.
pub(super) struct Failure {
    pub(super) why: String,
    pub(super) refused: bool,
}

fn failure(error: &impl ToString) -> Failure {
    let why = error.to_string();
    Failure { refused: why.contains("fsck") || why.contains("git: object "), why }
}

/// What is served at `address`, and the guard that keeps others from changing it meanwhile.
pub(super) fn fetch(address: &Address, cache: &Cache, deadline: Duration) -> Result<(Snapshot, Option<Guard>), Failure> {
    match address {
        Address::Folder(path) => Snapshot::folder(Path::new(path)).map(|snapshot| (snapshot, None)).map_err(|e| failure(&e)),
        Address::Git { url, .. } => {
            let guard = cache.lock_git(url).map_err(|e| failure(&e))?;
            let folder = cache.git_folder(url);
            let existed = folder.exists();
            match git::fetch(&folder, url, &TAGS, deadline) {
                // What a killed process left behind, such as a lock file of git's, must not stand in the way for ever.
                Err(GitError::Refused(_)) if existed => replace(&folder, url, cache, deadline)?,
                fetched => fetched.map_err(|e| failure(&e))?,
            }
            Snapshot::git(&folder).map(|snapshot| (snapshot, Some(guard))).map_err(|e| failure(&e))
        }
    }
}

/// Fetches into a new repository, and puts it in the place of the old one.
fn replace(folder: &Path, url: &str, cache: &Cache, deadline: Duration) -> Result<(), Failure> {
    let scratch = cache.scratch().map_err(|e| failure(&e))?;
    git::fetch(scratch.path(), url, &TAGS, deadline).map_err(|e| failure(&e))?;
    // Moved, not removed: a git that outlived its polity may still be writing there.
    let old = cache.scratch().map_err(|e| failure(&e))?;
    std::fs::rename(folder, old.path().join("old")).map_err(|e| failure(&e))?;
    std::fs::rename(scratch.keep(), folder).map_err(|e| failure(&e))
}
