//! The way back: before the working tree is touched, what it holds and what it is to hold are written down beside it.
//!
//! The journal appears by one rename, before anything else is done: putting work aside is a step of it too. A run that is killed
//! leaves it; whoever comes next finds a lock that nobody holds and undoes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::tree::{Digest, Files, Mode};

use super::super::metadata::mode;
use super::stash::{self, Back};
use super::{Ground, Merged, Sides, UpdateError, apply, filemode};

/// The version of the journal's format.
const VERSION: u32 = 1;
const LOG: &str = "log.json";
const LOCK: &str = "lock";
/// Stands in the journal from before the first change of the working tree.
const STARTED: &str = "started";
/// Stands in the journal when the change was carried out to its end.
const FINISHED: &str = "finished";
/// Stands in the journal when the user was told that work which was put aside did not fit any more.
const TOLD: &str = "told";
/// What the paths held when work was back that had been put aside.
const GIVEN: &str = "given.json";
/// What of that nobody had touched when undoing began.
const AGAIN: &str = "again.json";

/// A change of a service's working tree that can be undone.
pub struct Journal {
    pub(super) home: PathBuf,
    pub(super) log: Log,
    /// Held while a process works on it, or a git that it started.
    lock: File,
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
    /// What became of work that was put aside.
    pub back: Back,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Log {
    version: u32,
    pub(super) what: String,
    /// The commit that the working tree stood at.
    pub(super) head: Option<String>,
    /// The service's folder in the repository: empty, or with a `/` at its end.
    prefix: String,
    /// What the stash says that holds the work which was put aside. No other stash says it.
    stash: Option<String>,
    pub(super) rows: Vec<Row>,
    /// The paths that need a person: the index holds their stages, whether or not the file changes.
    pub(super) clashes: Vec<String>,
}

/// Work that was put aside and is back: its commit, and what the paths of the change hold since.
#[derive(Debug, Serialize, Deserialize)]
struct Given {
    stash: String,
    rows: BTreeMap<String, Option<Copy>>,
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
    /// Begins a change, and says whether work is to be put aside for it. The working tree is still as it was.
    ///
    /// # Errors
    /// [`UpdateError::Busy`] when there is a journal, else as the system says.
    pub fn begin(ground: &Ground, what: &str, stash: bool) -> Result<Self, UpdateError> {
        let home = home(ground);
        sweep(&home);
        let draft = home.with_file_name(format!("{}.{}", name(ground), std::process::id()));
        remove(&draft)?;
        fs::create_dir_all(draft.join("before")).map_err(UpdateError::io("make", &draft))?;
        let lock = File::create(draft.join(LOCK)).map_err(UpdateError::io("make", &draft))?;
        lock.lock().map_err(UpdateError::io("lock", &draft))?;
        let log = Log {
            version: VERSION,
            what: what.to_owned(),
            head: ground.head_id()?,
            prefix: ground.prefix().to_owned(),
            stash: stash.then(stash::message),
            rows: Vec::new(),
            clashes: Vec::new(),
        };
        let made = write_log(&draft, &log).and_then(|()| match fs::rename(&draft, &home) {
            Ok(()) => Ok(()),
            Err(_) if home.exists() => Err(UpdateError::Busy(home.clone())),
            Err(error) => Err(UpdateError::io("rename the journal to", &home)(error)),
        });
        match made {
            Ok(()) => Ok(Self { home, log, lock }),
            Err(error) => remove(&draft).and(Err(error)),
        }
    }

    /// Puts work aside that is not committed, if the change began with that in mind.
    ///
    /// # Errors
    /// [`UpdateError::Command`] with what git says.
    pub fn put_aside(&self, ground: &Ground) -> Result<(), UpdateError> {
        self.log.stash.as_ref().map_or(Ok(()), |message| stash::push(ground, message, &self.lock))
    }

    /// Writes down what is to be done. The working tree is still as it was.
    ///
    /// # Errors
    /// [`UpdateError::InTheWay`] when a file would be overwritten that is not part of the service's history, else as the system says.
    pub fn plan(&mut self, ground: &Ground, merged: &Merged, sides: &Sides) -> Result<(), UpdateError> {
        self.log.rows = self.rows(ground, merged, sides)?;
        self.log.clashes = merged.clashes.iter().map(|clash| clash.path.to_string()).collect();
        write_log(&self.home, &self.log)
    }

    fn rows(&self, ground: &Ground, merged: &Merged, sides: &Sides) -> Result<Vec<Row>, UpdateError> {
        let (tree, kept) = (self.home.join("tree"), self.home.join("before"));
        let files = merged.changes.iter().filter_map(|(path, file)| Some((path.clone(), file.clone()?)));
        apply::check_out(ground, &files.collect::<Files>(), &tree)?;
        let known = ground.known(sides)?;
        let mut in_the_way = Vec::new();
        let mut rows = Vec::new();
        for (path, after) in &merged.changes {
            let now = ground.file(path);
            let before = state(&ground.folder.join(path.as_str()));
            let after = after.as_ref().and_then(|_| state(&tree.join(path.as_str())));
            let is_known = before == after || known(path)?;
            let is_seen =
                sides.ours.get(path).and_then(Option::as_ref).is_some_and(|(_, seen)| now.is_some_and(|(_, bytes)| *bytes == **seen));
            if before.is_some() && after.is_some() && !is_known && !is_seen {
                in_the_way.push(path.to_string());
            }
            if before != after && ground.is_overlooked(path)? {
                in_the_way.push(format!("{path} (changed, and git was told to overlook it)"));
            }
            if before.is_some() {
                let from = ground.folder.join(path.as_str());
                apply::copy(&from, &kept.join(rows.len().to_string())).map_err(UpdateError::io("copy", &from))?;
            }
            rows.push(Row { path: path.to_string(), before, after });
        }
        for path in merged.changes.keys().chain(merged.clashes.iter().map(|clash| &clash.path)) {
            if ground.is_in_submodule(path)? {
                in_the_way.push(format!("{path} (a submodule)"));
            }
        }
        in_the_way.extend(apply::blocked(&ground.folder, &rows));
        if in_the_way.is_empty() { Ok(rows) } else { Err(UpdateError::InTheWay(in_the_way)) }
    }

    /// The journal of an earlier run, if it left one: for this service, or for another of the repository.
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
        Ok(Some(Self { home, log, lock }))
    }

    /// The other service of the repository that the change is of: its folder, from the repository's root.
    #[must_use]
    pub fn elsewhere(&self, ground: &Ground) -> Option<&str> {
        (self.log.prefix != ground.prefix()).then(|| self.log.prefix.trim_end_matches('/'))
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

    /// Carries the change out, or nothing of it.
    ///
    /// # Errors
    /// As the system says; what was done so far is undone, or is left to the next run when not even that can be done.
    pub fn perform(&self, ground: &Ground, merged: &Merged) -> Result<(), UpdateError> {
        let lock = apply::IndexLock::take(ground, &self.home)?;
        self.mark(STARTED)?;
        let done = apply::write(&self.home, &self.log.rows, &ground.folder).and_then(|()| apply::stage(ground, merged, &self.home));
        if let Err(error) = done {
            self.rewind(ground, &mut Undone::default(), None)?;
            return Err(error);
        }
        drop(lock);
        self.mark(FINISHED)
    }

    /// Ends a change that went well: brings back what was put aside, unless a person has to resolve conflicts first.
    ///
    /// # Errors
    /// [`UpdateError::Stash`] when it does not fit any more; as the system says.
    pub fn settle(self, ground: &Ground) -> Result<Back, UpdateError> {
        if !self.log.clashes.is_empty() || self.home.join(TOLD).exists() {
            return Ok(Back::Nothing);
        }
        let stash = self.log.stash.as_ref().map(|message| stash::id(ground, message)).transpose()?.flatten();
        let back = self.give_back(ground).inspect_err(|_| drop(self.mark(TOLD)))?;
        if let Some(stash) = stash {
            self.given(ground, &stash)?;
        }
        // Nobody undoes a change by files that git does not keep once it went well.
        if ground.is_versioned() { Ok(back) } else { remove(&self.home).map(|()| back) }
    }

    /// Brings back what was. Files that somebody changed since are kept beside.
    ///
    /// # Errors
    /// As the system says; the journal stays, and undoing can be tried again.
    pub fn undo(self, ground: &Ground) -> Result<Undone, UpdateError> {
        let other = self.elsewhere(ground).map(|_| ground.beside(&self.log.prefix)).transpose()?;
        let ground = other.as_ref().unwrap_or(ground);
        let mut undone = Undone { what: self.log.what.clone(), ..Undone::default() };
        let given = self.untouched(ground)?;
        if self.home.join(STARTED).exists() {
            apply::break_lock(ground);
            let _lock = apply::IndexLock::take(ground, &self.home)?;
            self.rewind(ground, &mut undone, given.as_ref().map(|given| &given.rows))?;
        }
        if let Some(given) = given {
            stash::again(ground, &given.stash, &given.rows.into_keys().collect::<Vec<_>>(), &self.home)?;
        }
        undone.back = self.give_back(ground)?;
        remove(&self.home)?;
        Ok(undone)
    }

    /// Undoes what was done to the working tree and to the index, whose lock the caller has.
    fn rewind(&self, ground: &Ground, undone: &mut Undone, given: Option<&BTreeMap<String, Option<Copy>>>) -> Result<(), UpdateError> {
        let saved = self.home.with_file_name(format!("{}.saved", name(ground)));
        apply::restore(&self.home, &self.log.rows, &ground.folder, &saved, given, undone)?;
        if self.is_current(ground)? {
            let paths = self.log.rows.iter().map(|row| &row.path).chain(&self.log.clashes);
            apply::unstage(ground, &paths.collect(), &self.home)?;
        }
        // From here on there is nothing to be undone a second time.
        let finished = self.home.join(FINISHED);
        let _ = fs::remove_file(&finished);
        fs::remove_file(self.home.join(STARTED)).map_err(UpdateError::io("remove", &self.home))
    }

    fn give_back(&self, ground: &Ground) -> Result<Back, UpdateError> {
        self.log.stash.as_ref().map_or(Ok(Back::Nothing), |message| stash::pop(ground, message, &self.lock, &self.home))
    }

    /// Writes down what the paths of the change hold now that work is back which was put aside for it.
    fn given(&self, ground: &Ground, stash: &str) -> Result<(), UpdateError> {
        let now = |row: &Row| (row.path.clone(), state(&ground.folder.join(&row.path)));
        let rows = self.log.rows.iter().map(now).collect();
        write_json(&self.home, GIVEN, &Given { stash: stash.to_owned(), rows })
    }

    /// The work that was put aside and came back, as far as nobody has touched it since. What is found out the first time holds, also
    /// when undoing is interrupted.
    fn untouched(&self, ground: &Ground) -> Result<Option<Given>, UpdateError> {
        let read = |name: &str| -> Option<Given> { serde_json::from_slice(&fs::read(self.home.join(name)).ok()?).ok() };
        if let Some(given) = read(AGAIN) {
            return Ok(Some(given));
        }
        let Some(mut given) = read(GIVEN).filter(|_| self.is_current(ground).unwrap_or(false)) else { return Ok(None) };
        given.rows.retain(|path, then| state(&ground.folder.join(path)) == *then);
        write_json(&self.home, AGAIN, &given)?;
        Ok(Some(given))
    }

    fn mark(&self, what: &str) -> Result<(), UpdateError> {
        fs::write(self.home.join(what), "").map_err(UpdateError::io("write", &self.home))
    }

    /// Forgets a change that is finished.
    ///
    /// # Errors
    /// As the system says.
    pub fn discard(self) -> Result<(), UpdateError> {
        remove(&self.home)
    }
}

/// Writes the log, in one step.
fn write_log(home: &Path, log: &Log) -> Result<(), UpdateError> {
    write_json(home, LOG, log)
}

fn write_json(home: &Path, name: &str, value: &impl Serialize) -> Result<(), UpdateError> {
    let text = serde_json::to_vec_pretty(value).expect("it holds texts and lists");
    let (path, new) = (home.join(name), home.join("log.new"));
    let written = File::create(&new).and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&new, &path)).map_err(UpdateError::io("write", &path))
}

/// Removes what runs left beside the journal that were killed while they made one or removed one.
fn sweep(home: &Path) {
    let Some((parent, name)) = home.parent().zip(home.file_name().and_then(|name| name.to_str())) else { return };
    for item in fs::read_dir(parent).into_iter().flatten().flatten() {
        let file = item.file_name();
        let Some(rest) = file.to_str().and_then(|file| file.strip_prefix(name)?.strip_prefix('.')) else { continue };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_draft = is_number(rest) && File::open(item.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if is_draft || rest.strip_prefix("gone.").is_some_and(is_number) {
            let _ = fs::remove_dir_all(item.path());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_killed_runs_are_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["polity-update.7", "polity-update.8", "polity-update.gone.7", "polity-update.saved", "polity-updated"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join(LOCK), "").unwrap();
        }
        let alive = File::open(folder.path().join("polity-update.8").join(LOCK)).unwrap();
        alive.lock().unwrap();
        sweep(&folder.path().join("polity-update"));
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["polity-update.8", "polity-update.saved", "polity-updated"]);
    }
}
