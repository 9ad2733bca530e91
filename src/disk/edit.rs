//! Changing files of a folder that people work in: every file of a plan, or none.
//!
//! New contents are written beside the files first and take their places by renames, so a file is always whole. When a rename fails,
//! those before it are undone; a run that is killed between two leaves each file as it was or as it should be.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::tree::{Change, Mode, Plan, RepoPath, Tree};

use super::add::refuse_detours;
use super::git::enclosing_repository;
use super::stage::{Staging, WriteError, sweep};

/// What the staging folder of repairs is named after.
const STAGING: &str = "fix";

/// Waits until nobody else repairs the repository of a folder; what is returned keeps others waiting. Without it two runs that read before either writes
/// would lose what the first one wrote. A file system that knows no locks lets everybody pass. What a killed run left is removed.
#[must_use]
pub fn turn(target: &Path) -> Option<File> {
    let whole = target.canonicalize().ok().and_then(|real| enclosing_repository(&real));
    let turn = File::open(whole.as_deref().unwrap_or(target)).ok().filter(|folder| folder.lock().is_ok());
    let _ = sweep(&target.join(STAGING));
    turn
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
    // Inside of the folder: the same file system, and the same rights.
    let staging = Staging::begin(&target.join(STAGING))?;
    // Neither git nor a check sees what a killed run leaves.
    let hidden = staging.tree().with_file_name(".gitignore");
    fs::write(&hidden, "*\n").map_err(WriteError::io("write", &hidden))?;
    staging.write(plan)?;
    let kept = staging.tree().with_file_name("kept");
    let mut done: Vec<&RepoPath> = Vec::new();
    for (path, change) in plan.iter() {
        let Change::Write { mode, .. } = change else { continue };
        let put = || {
            still(before, path, &target.join(path.as_str()))?;
            put(target, &staging.tree(), &kept, path, *mode)
        };
        if let Err(error) = put() {
            done.iter().rev().for_each(|path| undo(target, &kept, path));
            return Err(WriteError::io("write", &target.join(path.as_str()))(error));
        }
        done.push(path);
    }
    Ok(())
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

fn put(target: &Path, new: &Path, kept: &Path, path: &RepoPath, mode: Mode) -> io::Result<()> {
    let (from, to, old) = (new.join(path.as_str()), target.join(path.as_str()), kept.join(path.as_str()));
    if mode == Mode::Symlink || to.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "a link is not edited"));
    }
    if let Ok(metadata) = to.metadata() {
        if metadata.permissions().readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
        }
        fs::create_dir_all(old.parent().unwrap_or(kept))?;
        fs::copy(&to, &old)?;
        fs::set_permissions(&from, metadata.permissions())?;
    }
    fs::create_dir_all(to.parent().unwrap_or(target))?;
    fs::rename(from, to)
}

/// Puts back what stood there. What cannot be put back stays in the staging folder's place of the error that is reported anyway.
fn undo(target: &Path, kept: &Path, path: &RepoPath) {
    let (to, old) = (target.join(path.as_str()), kept.join(path.as_str()));
    let _ = if old.exists() { fs::rename(old, to) } else { fs::remove_file(to) };
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
