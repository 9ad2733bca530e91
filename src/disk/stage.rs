//! All or nothing: a new folder is written beside its target and appears there by one rename.
//!
//! A run that is killed leaves at most its staging folder. It held a lock on that folder, which died with it: so the next run
//! knows a leftover from the folder of a run that is still at work.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::tree::{Change, Mode, Plan};

/// How the names of staging folders begin.
const PREFIX: &str = ".polity-staging-";
/// A staging folder with this file is no mere leftover: files that stood elsewhere were changed from it.
pub(super) const JOURNAL: &str = "journal.json";
/// The most characters of the target's name that a staging folder's name repeats.
const NAME: usize = 100;

/// A folder that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something stands where the folder is to be.
    #[error("`{}` exists already", .0.display())]
    Taken(PathBuf),
    /// The operating system refused.
    #[error("cannot {doing} `{}`: {cause}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

impl WriteError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { doing, path: path.to_owned(), cause }
    }
}

/// A folder in the making.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    target: PathBuf,
    /// Held until the folder is gone; the operating system lets it go when the process dies.
    _lock: File,
}

impl Staging {
    /// Begins a folder that is to appear at `target`.
    ///
    /// # Errors
    /// [`WriteError::Io`] when the parent cannot be written to.
    pub fn begin(target: &Path) -> Result<Self, WriteError> {
        let parent = parent_of(target);
        fs::create_dir_all(&parent).map_err(WriteError::io("make the folder", &parent))?;
        let name: String = target.file_name().map(|n| n.to_string_lossy().chars().take(NAME).collect()).unwrap_or_default();
        for attempt in 0_u32.. {
            let folder = parent.join(format!("{PREFIX}{name}-{}-{attempt}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(WriteError::io("make the folder", &folder)(error)),
            }
            match claim(&folder) {
                Ok(Some(lock)) => {
                    let staging = Self { folder, target: target.to_owned(), _lock: lock };
                    let tree = staging.tree();
                    fs::create_dir(&tree).map_err(WriteError::io("make the folder", &tree))?;
                    return Ok(staging);
                }
                // Between making and locking another run took the folder for a leftover and removed it.
                Ok(None) => {}
                // A folder that cannot be opened or locked now (an odd umask, a file system without locks) never can.
                Err(error) => {
                    let _ = fs::remove_dir(&folder);
                    return Err(WriteError::io("lock the folder", &folder)(error));
                }
            }
        }
        unreachable!("one of the attempts finds a free name")
    }

    /// The folder whose contents are to appear at the target.
    #[must_use]
    pub fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// The staging folder itself.
    pub(super) fn place(&self) -> &Path {
        &self.folder
    }

    /// Leaves the folder where it is, for the next run.
    pub(super) fn leave<T>(self, what: T) -> T {
        std::mem::forget(self);
        what
    }

    /// Writes what a plan writes.
    ///
    /// # Errors
    /// [`WriteError::Io`].
    pub fn write(&self, plan: &Plan) -> Result<(), WriteError> {
        let tree = self.tree();
        let files: Vec<_> = plan.iter().filter(|(_, change)| matches!(change, Change::Write { .. })).collect();
        for parent in files.iter().map(|(path, _)| path.parent()).filter(|parent| !parent.is_empty()).collect::<BTreeSet<_>>() {
            let folder = tree.join(parent);
            fs::create_dir_all(&folder).map_err(WriteError::io("make the folder", &folder))?;
        }
        files.par_iter().try_for_each(|(path, change)| {
            let Change::Write { mode, bytes } = change else { return Ok(()) };
            let file = tree.join(path.as_str());
            create(&file, *mode, bytes).map_err(WriteError::io("write", &file))
        })
    }

    /// Makes the folder appear at its target, unless something stands there.
    ///
    /// # Errors
    /// [`WriteError::Taken`] when the target exists and is not an empty folder.
    pub fn publish(self) -> Result<(), WriteError> {
        fs::rename(self.tree(), &self.target).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                WriteError::Taken(self.target.clone())
            }
            _ => WriteError::io("rename the new folder to", &self.target)(error),
        })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is removed, and named, by the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Removes the staging folders beside `target` that killed runs left behind, and returns them.
#[must_use]
pub fn sweep(target: &Path) -> Vec<PathBuf> {
    // What has a journal is to be taken back first.
    let swept = leftovers(target).into_iter().map(|(folder, _)| folder).filter(|folder| !folder.join(JOURNAL).exists());
    let mut removed: Vec<_> = swept.collect();
    removed.retain(|folder| fs::remove_dir_all(folder).is_ok());
    removed.sort();
    removed
}

/// The staging folders beside `target`.
pub(super) fn staged(target: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent_of(target)).into_iter().flatten().filter_map(Result::ok);
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)).map(|entry| entry.path());
    named.filter(|folder| folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())).collect()
}

/// The staging folders beside `target` on which nobody works, each with its lock.
pub(super) fn leftovers(target: &Path) -> Vec<(PathBuf, File)> {
    staged(target).into_iter().filter_map(|folder| claim(&folder).ok().flatten().map(|lock| (folder, lock))).collect()
}

/// Locks a folder; `None` when somebody else has, or when it is gone.
fn claim(folder: &Path) -> io::Result<Option<File>> {
    let lock = match File::open(folder) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match lock.try_lock() {
        Ok(()) => Ok(folder.is_dir().then_some(lock)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// The folder that holds `target`.
fn parent_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Writes a file that must not exist yet.
pub(super) fn create(path: &Path, mode: Mode, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if mode == Mode::Executable { 0o777 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_once_and_what_cannot_be_opened_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("staging");
        assert!(claim(&folder).unwrap().is_none(), "nothing is there");
        fs::create_dir(&folder).unwrap();
        let first = claim(&folder).unwrap();
        assert!(first.is_some());
        assert!(claim(&folder).unwrap().is_none(), "somebody holds it");
        drop(first);
        assert!(claim(&folder).unwrap().is_some());
        fs::write(parent.path().join("file"), "").unwrap();
        assert!(claim(&parent.path().join("file/x")).is_err(), "trying again would never end");
    }
}
