//! Where the traces of checks, what they said, and what the commits said of baselines, are kept: a file of each for each folder that is
//! checked, below the cache folder.
//!
//! What is damaged, from another version, or in the way counts as absent. Runs at the same time may overwrite each other's file; each
//! file is whole, so that what is lost is evaluated once more.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tree::Digest;

use super::sealed::{seal, unseal};
use super::write_file;

/// What the files say that they are, with the number of their layout.
const HEAD: &str = "traces-2";
const HEAD_OF_BASELINE: &str = "baseline-3";
const HEAD_OF_SAID: &str = "said-1";
/// The folder in the cache.
const FOLDER: &str = "checks";
/// The largest file of traces, in bytes: reading more would not be faster than evaluating.
const MOST: usize = 64 << 20;
/// A file that nobody has written for this long is removed.
const AGE: Duration = Duration::from_hours(24 * 60);
/// The most files.
const FILES: usize = 400;

/// The file of the traces of one folder, of what a check of it said, or of what was found out of its baseline.
#[derive(Clone, Debug)]
pub struct TraceFile {
    path: PathBuf,
    head: &'static str,
}

impl TraceFile {
    /// The file of a folder that is checked, which need not exist yet.
    #[must_use]
    pub fn of(cache: &Path, folder: &Path) -> Self {
        let name = Digest::of(folder.as_os_str().as_encoded_bytes());
        Self { path: cache.join(FOLDER).join(format!("{name}.traces")), head: HEAD }
    }

    /// The file for the past of the baseline of a folder that is checked.
    #[must_use]
    pub fn of_baseline(cache: &Path, folder: &Path) -> Self {
        Self { path: Self::of(cache, folder).path.with_extension("baseline"), head: HEAD_OF_BASELINE }
    }

    /// The file for what a check of a folder said to a command line, which is any text.
    #[must_use]
    pub fn of_said(cache: &Path, folder: &Path, command: &str) -> Self {
        let name = Digest::of(&[folder.as_os_str().as_encoded_bytes(), command.as_bytes()].join(&0));
        Self { path: cache.join(FOLDER).join(format!("{name}.said")), head: HEAD_OF_SAID }
    }

    /// Whether there is something in its place.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.path.exists()
    }

    /// What earlier runs kept; nothing when that cannot be read.
    #[must_use]
    pub fn read<T: DeserializeOwned + Default>(&self) -> T {
        let small = fs::metadata(&self.path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MOST as u64);
        let bytes = small.then(|| fs::read(&self.path).ok()).flatten();
        bytes.and_then(|bytes| unseal(self.head, &bytes)).unwrap_or_default()
    }

    /// Keeps something for the next run. Nothing depends on it, so that a full disk is no error.
    pub fn write(&self, kept: &impl Serialize) {
        let Some(bytes) = seal(self.head, kept) else { return };
        // A pipe in the way would be waited for.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            let _ = fs::remove_file(&self.path);
        }
        if bytes.len() <= MOST && write_file(&self.path, &mut |out| out.write_all(&bytes)).is_ok() {
            self.sweep(SystemTime::now());
        }
    }

    /// Removes files that nobody needs any more: old ones, and the oldest of too many.
    fn sweep(&self, now: SystemTime) {
        let Some(Ok(entries)) = self.path.parent().map(fs::read_dir) else { return };
        let file = |entry: fs::DirEntry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
        let mut files: Vec<_> = entries.flatten().filter_map(file).filter(|(_, path)| *path != self.path).collect();
        files.sort_by(|a, b| b.cmp(a));
        let is_old = |time: &SystemTime| now.duration_since(*time).is_ok_and(|age| age > AGE);
        for (_, path) in files.iter().enumerate().filter(|(place, (time, _))| *place >= FILES || is_old(time)).map(|(_, file)| file) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn old_files_and_the_oldest_of_too_many_go() {
        let dir = tempfile::tempdir().unwrap();
        let of = |number: usize| TraceFile::of(dir.path(), Path::new(&format!("/r{number}")));
        let count = || fs::read_dir(dir.path().join(FOLDER)).unwrap().count();
        for number in 0..FILES + 5 {
            of(number).write(&number);
            // They may be written faster than the clock of the file system goes.
            let time = SystemTime::now() - Duration::from_secs(3600) + Duration::from_secs(number as u64);
            File::options().write(true).open(&of(number).path).unwrap().set_modified(time).unwrap();
        }
        assert_eq!(count(), FILES + 1, "the one that is written, and so many others");
        assert!(!of(0).is_there() && !of(3).is_there() && of(FILES + 4).is_there());
        let old = SystemTime::now() - AGE - Duration::from_secs(60);
        File::options().write(true).open(&of(9).path).unwrap().set_modified(old).unwrap();
        of(10).write(&0);
        assert!(!of(9).is_there() && of(11).is_there());
        assert_eq!(count(), FILES);
    }

    #[test]
    fn what_is_too_large_to_help_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let file = TraceFile::of(dir.path(), Path::new("/r"));
        file.write(&"x".repeat(MOST));
        assert!(!file.is_there());
        file.write(&"x".repeat(MOST / 2));
        assert_eq!(file.read::<String>().len(), MOST / 2);
    }
}
