//! The way back: before the working tree is touched, what it holds and what it is to hold are written down beside it.
//!
//! The journal appears by one rename. A run that is killed leaves it; whoever comes next finds a lock that nobody holds and undoes.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::tree::{Digest, Files, Mode};

use super::ground::mode;
use super::{Ground, Merged, Sides, UpdateError, apply, filemode};

/// The version of the journal's format.
const VERSION: u32 = 1;
const LOG: &str = "log.json";
const LOCK: &str = "lock";
const FINISHED: &str = "finished";

/// A change of a service's working tree that can be undone.
pub struct Journal {
    pub(super) home: PathBuf,
    pub(super) log: Log,
    /// Held while a process works on it.
    _lock: File,
}

/// What became of an undoing.
#[derive(Debug, Default)]
pub struct Undone {
    /// What the change was.
    pub what: String,
    /// The number of paths that are as they were before.
    pub restored: usize,
    /// Files that somebody changed after the update; each is kept at the second path.
    pub kept: Vec<(String, PathBuf)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Log {
    version: u32,
    pub(super) what: String,
    /// The commit that the working tree stood at.
    pub(super) head: Option<String>,
    pub(super) stashed: bool,
    pub(super) rows: Vec<Row>,
}

/// One path, relative to the service.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) path: String,
    pub(super) before: Option<Copy>,
    pub(super) after: Option<Copy>,
}

/// A state of a path; its bytes stand in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copy {
    pub(super) executable: bool,
    pub(super) sha256: Digest,
}

impl Journal {
    /// Writes down what is to be done. The working tree is still as it was.
    ///
    /// # Errors
    /// [`UpdateError::InTheWay`] when a file would be overwritten that is not part of the service's history, else as the system says.
    pub fn begin(ground: &Ground, merged: &Merged, sides: &Sides, what: &str, stashed: bool) -> Result<Self, UpdateError> {
        let home = home(ground);
        let draft = home.with_file_name(format!("{}.{}", name(ground), std::process::id()));
        remove(&draft)?;
        fs::create_dir_all(draft.join("before")).map_err(UpdateError::io("make", &draft))?;
        let lock = File::create(draft.join(LOCK)).map_err(UpdateError::io("make", &draft))?;
        lock.lock().map_err(UpdateError::io("lock", &draft))?;
        let made = Self::write_down(ground, merged, sides, &draft).and_then(|rows| {
            let log = Log { version: VERSION, what: what.to_owned(), head: ground.head_id()?, stashed, rows };
            let text = serde_json::to_vec_pretty(&log).expect("a log holds texts, lists and truth values");
            let path = draft.join(LOG);
            let written = File::create(&path).and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
            written.map_err(UpdateError::io("write", &path))?;
            Ok(log)
        });
        match made {
            Ok(log) => match fs::rename(&draft, &home) {
                Ok(()) => Ok(Self { home, log, _lock: lock }),
                Err(_) if home.exists() => Err(UpdateError::Busy(home)),
                Err(error) => Err(UpdateError::io("rename the journal to", &home)(error)),
            },
            Err(error) => remove(&draft).and(Err(error)),
        }
    }

    fn write_down(ground: &Ground, merged: &Merged, sides: &Sides, draft: &Path) -> Result<Vec<Row>, UpdateError> {
        let files = merged.changes.iter().filter_map(|(path, file)| Some((path.clone(), file.clone()?)));
        apply::check_out(ground, &files.collect::<Files>(), &draft.join("tree"))?;
        let mut in_the_way = Vec::new();
        let mut rows = Vec::new();
        for (path, after) in &merged.changes {
            let now = ground.file(path);
            let before = state(&ground.folder.join(path.as_str()));
            let after = after.as_ref().and_then(|_| state(&draft.join("tree").join(path.as_str())));
            let is_known = ground.committed(path)?.is_some() || before == after;
            let is_seen =
                sides.ours.get(path).and_then(Option::as_ref).is_some_and(|(_, seen)| now.is_some_and(|(_, bytes)| *bytes == **seen));
            if before.is_some() && after.is_some() && !is_known && !is_seen {
                in_the_way.push(path.to_string());
            }
            if before.is_some() {
                let (from, to) = (ground.folder.join(path.as_str()), draft.join("before").join(rows.len().to_string()));
                apply::copy(&from, &to).map_err(UpdateError::io("copy", &from))?;
            }
            rows.push(Row { path: path.to_string(), before, after });
        }
        in_the_way.extend(apply::blocked(&ground.folder, &rows));
        if in_the_way.is_empty() { Ok(rows) } else { Err(UpdateError::InTheWay(in_the_way)) }
    }

    /// The journal of an earlier run, if it left one.
    ///
    /// # Errors
    /// [`UpdateError::Busy`] when that run is still at work, [`UpdateError::Journal`] when its journal cannot be read.
    pub fn find(ground: &Ground) -> Result<Option<Self>, UpdateError> {
        let home = home(ground);
        let Ok(lock) = File::open(home.join(LOCK)) else { return Ok(None) };
        if lock.try_lock().is_err() {
            return Err(UpdateError::Busy(home));
        }
        let fail = |reason: String| UpdateError::Journal { path: home.clone(), reason };
        let text = fs::read(home.join(LOG)).map_err(|error| fail(error.to_string()))?;
        let log: Log = serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?;
        if log.version != VERSION {
            return Err(fail(format!("its version is {}, not {VERSION}", log.version)));
        }
        Ok(Some(Self { home, log, _lock: lock }))
    }

    /// Whether the change was carried out to its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.home.join(FINISHED).exists()
    }

    /// Whether the working tree still stands at the commit that it stood at.
    ///
    /// # Errors
    /// [`UpdateError`] when the repository cannot be read.
    pub fn is_current(&self, ground: &Ground) -> Result<bool, UpdateError> {
        Ok(self.log.head == ground.head_id()?)
    }

    /// Whether changes were put aside before.
    #[must_use]
    pub fn has_stash(&self) -> bool {
        self.log.stashed
    }

    /// Carries the change out.
    ///
    /// # Errors
    /// As the system says; what was done so far is undone by [`Journal::undo`].
    pub fn perform(&self, ground: &Ground, merged: &Merged) -> Result<(), UpdateError> {
        let lock = apply::IndexLock::take(ground)?;
        apply::write(&self.home, &self.log.rows, &ground.folder)?;
        apply::stage(ground, merged, &self.home)?;
        drop(lock);
        fs::write(self.home.join(FINISHED), "").map_err(UpdateError::io("write", &self.home))?;
        // Nobody undoes a change by files that git does not keep once it went well.
        if !ground.is_versioned() && merged.clashes.is_empty() { remove(&self.home) } else { Ok(()) }
    }

    /// Brings back what was. Files that somebody changed since are kept beside.
    ///
    /// # Errors
    /// As the system says; the journal stays, and undoing can be tried again.
    pub fn undo(self, ground: &Ground) -> Result<Undone, UpdateError> {
        let saved = self.home.with_file_name(format!("{}.saved", name(ground)));
        let mut undone = Undone { what: self.log.what.clone(), ..Undone::default() };
        apply::break_lock(ground);
        apply::restore(&self.home, &self.log.rows, &ground.folder, &saved, &mut undone)?;
        if self.is_current(ground)? {
            apply::unstage(ground, &self.log.rows, &self.home)?;
        }
        remove(&self.home)?;
        Ok(undone)
    }

    /// Forgets a change that is finished.
    ///
    /// # Errors
    /// As the system says.
    pub fn discard(self) -> Result<(), UpdateError> {
        remove(&self.home)
    }
}

/// The state of a path on the disk; `None` when no file and no link stands there.
pub(super) fn state(path: &Path) -> Option<Copy> {
    let metadata = path.symlink_metadata().ok()?;
    let bytes = if metadata.is_symlink() {
        fs::read_link(path).ok()?.to_string_lossy().into_owned().into_bytes()
    } else if metadata.is_file() {
        fs::read(path).ok()?
    } else {
        return None;
    };
    let is_executable = metadata.is_file() && filemode(mode(&metadata)) == filemode(Mode::Executable);
    Some(Copy { executable: is_executable, sha256: Digest::of(&bytes) })
}

fn name(ground: &Ground) -> &'static str {
    if ground.is_versioned() { "polity-update" } else { ".polity-update" }
}

/// Where the journal stands: in the git directory of the working tree, or in the service.
fn home(ground: &Ground) -> PathBuf {
    ground.repository().map_or(&*ground.folder, |repository| repository.path()).join(name(ground))
}

/// Removes a folder with all it holds, in one step as far as others see it.
fn remove(folder: &Path) -> Result<(), UpdateError> {
    let gone = folder.with_extension(format!("gone.{}", std::process::id()));
    match fs::rename(folder, &gone) {
        Ok(()) => fs::remove_dir_all(&gone).map_err(UpdateError::io("remove", &gone)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(UpdateError::io("remove", folder)(error)),
    }
}
