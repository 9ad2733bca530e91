//! Changing files of a folder that people work in: every file of a plan, or none.
//!
//! New contents are written beside the files first and take their places by renames, so a file is always whole. What stood there is kept
//! until the last of them is done. When a rename fails, those before it are taken back; what a killed run did, the next one takes back.

mod journal;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::tree::{Change, Mode, Plan, RepoPath, Tree};

use super::add::refuse_detours;
use super::git::enclosing_repository;
use super::stage::{Staging, WriteError, leftovers, staged};
use journal::Journal;

pub use journal::Undone;

/// What the staging folder of repairs is named after.
const STAGING: &str = "fix";

/// The right to repair a repository.
#[must_use]
pub struct Turn {
    /// What killed runs had done, and is taken back.
    pub undone: Vec<Undone>,
    _lock: Option<File>,
}

/// Waits until nobody else repairs the repository of a folder; what is returned keeps others waiting. Without it two runs that read before either writes
/// would lose what the first one wrote. A file system that knows no locks lets everybody pass. What a killed run did and left is taken back first.
///
/// # Errors
/// [`WriteError`] when that cannot be done.
pub fn turn(target: &Path) -> Result<Turn, WriteError> {
    let homes = homes(target);
    let lock = File::open(&homes[0]).ok().filter(|folder| folder.lock().is_ok());
    let mut undone = Vec::new();
    for (staging, _lock) in homes.iter().flat_map(|home| leftovers(&home.join(STAGING))) {
        if let Some(journal) = Journal::of(&staging)? {
            undone.push(journal.undo(&staging)?);
            Journal::end(&staging).map_err(WriteError::io("end the journal in", &staging))?;
        }
        // What cannot be removed is nobody's harm: the journal is gone.
        let _ = fs::remove_dir_all(&staging);
    }
    Ok(Turn { undone, _lock: lock })
}

/// Whether a run writes its repairs now, or was killed while it did.
#[must_use]
pub fn is_half_done(target: &Path) -> bool {
    homes(target).iter().flat_map(|home| staged(&home.join(STAGING))).any(|staging| Journal::is_in(&staging))
}

/// Where staging folders may lie: at the root of the repository, where runs on each of its folders find them, and in the folder itself.
fn homes(target: &Path) -> Vec<PathBuf> {
    let whole = target.canonicalize().ok().and_then(|real| enclosing_repository(&real).filter(|root| *root != real));
    whole.into_iter().chain([target.to_owned()]).collect()
}

/// A staging folder for a folder, and the way from where it lies to that folder: the same file system, and a place where we may write.
fn stage(target: &Path) -> Result<(Staging, PathBuf), WriteError> {
    let real = target.canonicalize().map_err(WriteError::io("find", target))?;
    let inside = |home: &Path| real.strip_prefix(home).map(Path::to_owned).unwrap_or_default();
    let outer = homes(target).into_iter().find(|home| is_one_file_system(home, &real) && inside(home).to_str().is_some());
    match outer.and_then(|home| Some((Staging::begin(&home.join(STAGING)).ok()?, inside(&home)))) {
        Some(found) => Ok(found),
        None => Ok((Staging::begin(&target.join(STAGING))?, PathBuf::new())),
    }
}

#[cfg(unix)]
fn is_one_file_system(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| path.metadata().ok().map(|metadata| metadata.dev());
    device(a) == device(b)
}

#[cfg(not(unix))]
fn is_one_file_system(a: &Path, b: &Path) -> bool {
    a.components().next() == b.components().next()
}

/// Writes what a plan writes below `target`, for which `before` was read. Permissions of files that stood there stay. A file that somebody else changed
/// or made since is not overwritten.
///
/// # Errors
/// [`WriteError`]; nothing is changed then.
pub fn edit(target: &Path, plan: &Plan, before: &Tree) -> Result<(), WriteError> {
    for (path, _) in plan.iter() {
        refuse_detours(target, path)?;
    }
    let (staging, inside) = stage(target)?;
    let place = &staging.place().to_owned();
    // Neither git nor a check sees what a killed run leaves.
    let hidden = place.join(".gitignore");
    fs::write(&hidden, "*\n").map_err(WriteError::io("write", &hidden))?;
    staging.write(plan)?;
    let files = || {
        plan.iter().filter_map(|(path, change)| if let Change::Write { mode, bytes } = change { Some((path, *mode, bytes)) } else { None })
    };
    let mut journal = Journal::new(&inside);
    for (path, mode, bytes) in files() {
        let file = target.join(path.as_str());
        let kept = editable(&file, mode).and_then(|()| journal.keep(place, target, path, bytes));
        kept.map_err(WriteError::io("write", &file))?;
    }
    journal.begin(place).map_err(WriteError::io("write the journal in", place))?;
    let write = |(path, _, _): (&RepoPath, Mode, &_)| {
        let file = target.join(path.as_str());
        let written = still(before, path, &file).and_then(|()| put(&staging.tree().join(path.as_str()), &file));
        written.map_err(WriteError::io("write", &file))
    };
    let done = files().try_for_each(write).and_then(|()| Journal::end(place).map_err(WriteError::io("end the journal in", place)));
    done.map_err(|error| match journal.undo(place) {
        Ok(_) => error,
        // The next run tries it again.
        Err(_) => staging.leave(error),
    })
}

/// Whether a file is what it was when it was found, or still is not there.
fn still(before: &Tree, path: &RepoPath, to: &Path) -> io::Result<()> {
    let stamp = before.get(path).map(|entry| entry.stamp);
    match stamp {
        None if to.symlink_metadata().is_ok() => {
            Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file stands there that was not checked"))
        }
        Some(Some(was)) if before.stamp(path) != Some(was) => Err(io::Error::other("the file was changed since it was checked")),
        _ => Ok(()),
    }
}

/// Whether a file is one that is edited.
fn editable(file: &Path, mode: Mode) -> io::Result<()> {
    let Ok(metadata) = file.symlink_metadata() else { return Ok(()) };
    if mode == Mode::Symlink || metadata.is_symlink() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "a link is not edited"));
    }
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    Ok(())
}

/// Moves a file to its place, with the permissions of what stands there.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    match to.symlink_metadata() {
        Ok(metadata) => fs::set_permissions(from, metadata.permissions())?,
        Err(_) => fs::create_dir_all(to.parent().unwrap_or(to))?,
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::super::walk;
    use super::*;

    fn plan(files: &[(&str, &str)]) -> Plan {
        let mut plan = Plan::new();
        for (path, text) in files {
            plan.write(RepoPath::new(*path).unwrap(), Mode::File, text.as_bytes());
        }
        plan
    }

    #[cfg(unix)]
    #[test]
    fn all_files_change_or_none_does() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("sub")).unwrap();
        for name in ["a", "sub/b", "z"] {
            fs::write(path(name), "old").unwrap();
        }
        fs::set_permissions(path("a"), fs::Permissions::from_mode(0o755)).unwrap();
        let edit = |plan: &Plan| edit(folder.path(), plan, &walk(folder.path()).unwrap().tree);
        edit(&plan(&[("a", "new"), ("sub/b", "new"), ("made/c", "new")])).unwrap();
        assert_eq!(fs::read_to_string(path("a")).unwrap() + &fs::read_to_string(path("made/c")).unwrap(), "newnew");
        assert_eq!(path("a").metadata().unwrap().permissions().mode() & 0o777, 0o755);

        // The last file of this plan is a link: the others go back.
        fs::remove_file(path("z")).unwrap();
        std::os::unix::fs::symlink("a", path("z")).unwrap();
        assert!(edit(&plan(&[("a", "newer"), ("fresh", "x"), ("z", "x")])).is_err());
        assert_eq!(fs::read_to_string(path("a")).unwrap(), "new");
        assert!(!path("fresh").exists());
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a", "made", "sub", "z"], "no staging folder is left");
    }

    #[cfg(unix)]
    #[test]
    fn what_somebody_else_wrote_meanwhile_stays() {
        for (name, why) in [("b", "changed since it was checked"), ("c", "not checked")] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::write(path("a"), "old").unwrap();
            fs::write(path("b"), "old").unwrap();
            let before = walk(folder.path()).unwrap().tree;
            fs::write(path(name), "theirs").unwrap();
            let error = edit(folder.path(), &plan(&[("a", "new"), (name, "new")]), &before).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(fs::read_to_string(path("a")).unwrap() + &fs::read_to_string(path(name)).unwrap(), "oldtheirs");
            assert!(!path("fix").exists() && fs::read_dir(folder.path()).unwrap().count() < 4, "no staging folder is left");
        }
    }
}
