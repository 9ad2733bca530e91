//! The local cache: bytes by digest, a log of statements for each namespace, and when each was last synced.
//!
//! Any number of processes may use it at once. What is damaged is noticed when it is read and counts as absent: it is fetched again.

mod judged;
mod log;
mod objects;
mod record;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Error;

pub use log::Log;
pub use objects::{StoreError, object_name, parse_list};
pub use record::{CachedUnit, Queued, SyncRecord, Synced};

/// The cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// A namespace of a federation: what statements and syncs are kept by. Both names are checked by the federation file's reader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Space {
    /// The federation.
    pub federation: String,
    /// The namespace.
    pub namespace: String,
}

/// The cache folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{}`: {cause}", path.display())]
pub struct CacheError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the operating system said.
    pub cause: io::Error,
}

impl From<CacheError> for Error {
    fn from(error: CacheError) -> Self {
        let told = Self::io(format!("use `{}`", error.path.display()), &error.cause);
        match error.cause.kind() {
            io::ErrorKind::IsADirectory => {
                told.help("a file is to be there: remove the folder; `polity registry sync` fetches again what the cache lacks")
            }
            _ => told,
        }
    }
}

/// Held while the statements of a namespace are written; the operating system lets it go when the process ends, however it ends.
#[derive(Debug)]
pub struct Guard(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

impl Cache {
    /// The cache at `root`, which need not exist yet.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The platform's place for it: `POLITY_CACHE`, else `polity` below the user's cache folder (XDG Base Directory, Apple, Windows).
    #[must_use]
    pub fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(own) = set("POLITY_CACHE") {
            return Some(own);
        }
        let home = || set(if cfg!(windows) { "LOCALAPPDATA" } else { "HOME" });
        // The XDG specification has relative values ignored.
        let folder = match set("XDG_CACHE_HOME").filter(|path| path.is_absolute()) {
            Some(folder) => folder,
            None if cfg!(windows) => home()?,
            None if cfg!(target_os = "macos") => home()?.join("Library/Caches"),
            None => home()?.join(".cache"),
        };
        Some(folder.join("polity"))
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A bare git repository of the cache's own for what comes from `url`.
    #[must_use]
    pub fn git_folder(&self, url: &str) -> PathBuf {
        self.root.join("git").join(crate::tree::Digest::of(url.as_bytes()).as_str())
    }

    /// Waits until nobody else writes to the namespace, and keeps it so.
    ///
    /// # Errors
    /// [`CacheError`] when the folder cannot be written.
    pub fn lock(&self, space: &Space) -> Result<Guard, CacheError> {
        guard(self.folder(space)?.join("lock"))
    }

    /// Waits until nobody else uses the git repository for `url`, and keeps it so.
    ///
    /// # Errors
    /// [`CacheError`] when the folder cannot be written.
    pub fn lock_git(&self, url: &str) -> Result<Guard, CacheError> {
        self.make("git")?;
        guard(self.git_folder(url).with_extension("lock"))
    }

    /// Waits until nobody else publishes from the working copy of a registry at `root`, and keeps it so.
    ///
    /// # Errors
    /// [`CacheError`] when the folder cannot be written.
    pub fn lock_checkout(&self, root: &Path) -> Result<Guard, CacheError> {
        let place = crate::tree::Digest::of(root.as_os_str().as_encoded_bytes());
        guard(self.make("checkouts")?.join(format!("{place}.lock")))
    }

    /// A new empty folder of the cache, removed again unless it is moved away.
    ///
    /// # Errors
    /// [`CacheError`] when it cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir, CacheError> {
        let path = self.make("tmp")?;
        tempfile::TempDir::new_in(&path).map_err(|cause| CacheError { path, cause })
    }

    /// Finds out whether anything can be kept here, before somebody is asked for it.
    ///
    /// # Errors
    /// [`CacheError`] when the folder cannot be written or is full.
    pub fn probe(&self) -> Result<(), CacheError> {
        let scratch = self.scratch()?;
        let path = scratch.path().join("probe");
        fs::write(&path, [0; 1 << 16]).map_err(|cause| CacheError { path: self.root.clone(), cause })
    }

    /// The folder of a namespace. Whoever only reads makes none: the cache may not be this user's to write.
    fn place_of(&self, space: &Space) -> PathBuf {
        self.root.join("namespaces").join(&space.federation).join(&space.namespace)
    }

    /// The folder of a namespace, made when it is not there.
    fn folder(&self, space: &Space) -> Result<PathBuf, CacheError> {
        self.make(&format!("namespaces/{}/{}", space.federation, space.namespace))
    }

    fn make(&self, name: &str) -> Result<PathBuf, CacheError> {
        let path = self.root.join(name);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(cause) => Err(CacheError { path, cause }),
        }
    }

    /// Writes a whole file beside its place and renames it there: a reader sees the old bytes or the new ones.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), CacheError> {
        let temporary = self.make("tmp")?;
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&temporary)?;
            file.write_all(bytes)?;
            match file.persist(path) {
                Ok(_) => Ok(()),
                // Whatever made a folder of it: a file is wanted here.
                Err(refused) if path.is_dir() => {
                    std::fs::remove_dir_all(path)?;
                    refused.file.persist(path).map(drop).map_err(|e| e.error)
                }
                Err(refused) => Err(refused.error),
            }
        };
        write().map_err(|cause| CacheError { path: path.to_owned(), cause })
    }
}

fn guard(path: PathBuf) -> Result<Guard, CacheError> {
    let file = File::options().create(true).truncate(false).write(true).open(&path).and_then(|file| file.lock().map(|()| file));
    file.map(Guard).map_err(|cause| CacheError { path, cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[(&str, &str)], expected: Option<&str>) {
        let found = Cache::place(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()));
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_place_is_the_platforms() {
        check(&[("HOME", "/home/ana")], Some("/home/ana/.cache/polity"));
        check(&[("HOME", "/home/ana"), ("XDG_CACHE_HOME", "/x")], Some("/x/polity"));
        check(&[("HOME", "/home/ana"), ("XDG_CACHE_HOME", "x")], Some("/home/ana/.cache/polity"));
        check(&[("HOME", "/home/ana"), ("POLITY_CACHE", "/c"), ("XDG_CACHE_HOME", "/x")], Some("/c"));
        check(&[("HOME", ""), ("POLITY_CACHE", "")], None);
    }
}
