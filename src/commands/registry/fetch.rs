//! From an address to what is served there.

use std::path::Path;
use std::time::Duration;

use crate::config::Address;
use crate::disk::{Cache, Guard, Snapshot};
use crate::net::{ProgramError, git};

use super::site::Site;

/// The tags that name releases; no others are fetched.
const TAGS: [&str; 3] = ["templates/*", "policies/*", "layers/*"];

/// Why nothing came from an address, and whether something came that git would not take.
pub(super) struct Failure {
    pub(super) why: String,
    pub(super) refused: bool,
}

/// What came from an address.
pub(super) struct Fetched {
    /// What is served there.
    pub(super) snapshot: Snapshot,
    /// Where bytes are had by their digest, if the registry is plain files.
    pub(super) site: Option<Site>,
    /// Keeps others from changing it meanwhile.
    _guard: Option<Guard>,
}

pub(super) fn failure(error: &impl ToString) -> Failure {
    Failure { refused: false, why: error.to_string() }
}

fn failed(error: &ProgramError) -> Failure {
    Failure { refused: git::is_refusal(error), why: error.to_string() }
}

/// What is served at `address`.
pub(super) fn fetch(address: &Address, cache: &Cache, deadline: Duration) -> Result<Fetched, Failure> {
    match address {
        Address::Folder(path) => match Site::folder(Path::new(path), cache)? {
            Some(site) => plain(site),
            None => {
                let snapshot = Snapshot::folder(Path::new(path)).map_err(|e| failure(&e))?;
                Ok(Fetched { snapshot, site: None, _guard: None })
            }
        },
        Address::Static { url, .. } => plain(Site::web(url, cache, deadline)?),
        Address::Git { url, .. } => {
            let guard = cache.lock_git(url).map_err(|e| failure(&e))?;
            let folder = cache.git_folder(url);
            let existed = folder.exists();
            match git::fetch(&folder, url, &TAGS, deadline) {
                // What a killed process left behind, such as a lock file of git's, must not stand in the way for ever.
                Err(ProgramError::Refused(..)) if existed => replace(&folder, url, cache, deadline)?,
                fetched => fetched.map_err(|e| failed(&e))?,
            }
            let snapshot = Snapshot::git(&folder).map_err(|e| failure(&e))?;
            Ok(Fetched { snapshot, site: None, _guard: Some(guard) })
        }
    }
}

/// Whether nothing came because this machine has no room for it.
pub(super) fn is_full(failure: &Failure) -> bool {
    failure.why.contains("No space left on device")
}

/// Throws away what was fetched from an address before, if its own bytes are not whole; says whether it did.
pub(super) fn mend(address: &Address, cache: &Cache, deadline: Duration) -> bool {
    let Address::Git { url, .. } = address else { return false };
    let (Ok(_guard), folder) = (cache.lock_git(url), cache.git_folder(url)) else { return false };
    // Only what git says of the bytes counts, and not that it took too long to say it.
    let is_damaged = || {
        matches!(
            git::run(&folder, &[git::OWN[0], git::OWN[1], "fsck", "--no-dangling", "--no-progress"], deadline),
            Err(ProgramError::Refused(..))
        )
    };
    let away = || cache.scratch().is_ok_and(|old| std::fs::rename(&folder, old.path().join("old")).is_ok());
    folder.exists() && is_damaged() && away()
}

fn plain(site: Site) -> Result<Fetched, Failure> {
    Ok(Fetched { snapshot: site.snapshot()?, site: Some(site), _guard: None })
}

/// Fetches into a new repository, and puts it in the place of the old one.
fn replace(folder: &Path, url: &str, cache: &Cache, deadline: Duration) -> Result<(), Failure> {
    let scratch = cache.scratch().map_err(|e| failure(&e))?;
    git::fetch(scratch.path(), url, &TAGS, deadline).map_err(|e| failed(&e))?;
    // Moved, not removed: a git that outlived its polity may still be writing there.
    let old = cache.scratch().map_err(|e| failure(&e))?;
    std::fs::rename(folder, old.path().join("old")).map_err(|e| failure(&e))?;
    std::fs::rename(scratch.keep(), folder).map_err(|e| failure(&e))
}
