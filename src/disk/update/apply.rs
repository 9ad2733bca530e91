//! Writing to the working tree and to the index, forwards and back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Index, Oid};

use crate::tree::{Files, Mode, RepoPath};

use super::journal::{Copy, Row, Undone, state};
use super::scratch::entry;
use super::{Ground, Merged, UpdateError, ends, filemode, filters};

/// What the lock on the index holds while it is ours, so that a leftover of a killed run is known.
const TOKEN: &str = "polity update\n";

/// The lock on the index that every git command respects.
pub(super) struct IndexLock(Option<PathBuf>);

impl IndexLock {
    /// Takes the lock. It appears with what it holds: one that is empty is never ours.
    pub(super) fn take(ground: &Ground, home: &Path) -> Result<Self, UpdateError> {
        let Some(path) = lock_path(ground) else { return Ok(Self(None)) };
        let draft = home.join("index.lock");
        let fresh = |path: &Path| {
            let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
            file.and_then(|mut file| io::Write::write_all(&mut file, TOKEN.as_bytes()))
        };
        let _ = fs::remove_file(&draft);
        fresh(&draft).map_err(UpdateError::io("write", &draft))?;
        let taken = match fs::hard_link(&draft, &path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fresh(&path),
            linked => linked,
        };
        let _ = fs::remove_file(&draft);
        match taken {
            Ok(()) => Ok(Self(Some(path))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(UpdateError::Busy(path)),
            Err(error) => Err(UpdateError::io("lock", &path)(error)),
        }
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes the lock of a run of polity that was killed.
pub(super) fn break_lock(ground: &Ground) {
    if let Some(path) = lock_path(ground)
        && fs::read(&path).is_ok_and(|text| text == TOKEN.as_bytes())
    {
        let _ = fs::remove_file(&path);
    }
}

fn lock_path(ground: &Ground) -> Option<PathBuf> {
    Some(ground.repository()?.path().join("index.lock"))
}

/// Writes files below `target` as a checkout would: through the filters, and with the line ends, that the repository asks for.
pub(super) fn check_out(ground: &Ground, files: &Files, target: &Path) -> Result<(), UpdateError> {
    fs::create_dir_all(target).map_err(UpdateError::io("make", target))?;
    let ahead = filters::ahead(ground, files)?;
    let ground = ahead.as_ref().map_or(ground, |(_, ground)| ground);
    for (path, (mode, bytes)) in files {
        let file = target.join(path.as_str());
        let turn = |git: &super::ground::Git| ends::turned(&git.repository, &format!("{}{path}", git.prefix), bytes);
        let turned = match ground.git.as_ref().filter(|_| *mode != Mode::Symlink) {
            Some(git) => filters::smudged(ground, path.as_str(), bytes)?.or_else(|| turn(git)),
            None => None,
        };
        let bytes = turned.as_deref().unwrap_or(bytes);
        let made = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| create(&file, *mode, bytes));
        made.map_err(UpdateError::io("write", &file))?;
    }
    Ok(())
}

fn create(path: &Path, mode: Mode, bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    if mode == Mode::Symlink {
        return std::os::unix::fs::symlink(String::from_utf8_lossy(bytes).as_ref(), path);
    }
    crate::disk::stage::create(path, mode, bytes)
}

/// Copies a file with its permissions, or a link as a link.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if from.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    fs::copy(from, to).map(drop)
}

/// Paths where a folder, a link or a file that stays stands in the way of what is to be written.
pub(super) fn blocked(folder: &Path, rows: &[Row]) -> Vec<String> {
    let goes = |path: &str| rows.iter().any(|row| row.path == path && row.after.is_none());
    let mut found = Vec::new();
    for row in rows.iter().filter(|row| row.after.is_some()) {
        let parents = row.path.match_indices('/').map(|(end, _)| &row.path[..end]);
        let stays = |path: &&str| folder.join(path).symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) && !goes(path);
        found.extend(parents.filter(stays).map(str::to_owned));
        if folder.join(&row.path).symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            let mut left = Vec::new();
            stay(folder, &row.path, &goes, &mut left);
            found.extend(left);
        }
    }
    found
}

/// The files of a folder that do not go.
fn stay(root: &Path, folder: &str, goes: &dyn Fn(&str) -> bool, left: &mut Vec<String>) {
    for item in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", item.file_name().to_string_lossy());
        if item.file_type().is_ok_and(|kind| kind.is_dir()) {
            stay(root, &path, goes, left);
        } else if !goes(&path) {
            left.push(path);
        }
    }
}

/// Carries out what the journal says: removes first, so that a folder can take the place of a file.
pub(super) fn write(home: &Path, rows: &[Row], folder: &Path) -> Result<(), UpdateError> {
    for row in rows.iter().filter(|row| row.after.is_none() && row.before.is_some()) {
        delete(folder, &row.path)?;
    }
    for row in rows.iter().filter(|row| row.after.is_some()) {
        put(&home.join("tree").join(&row.path), &folder.join(&row.path))?;
    }
    Ok(())
}

/// Removes a file, and the folders that are empty without it.
pub(super) fn delete(folder: &Path, path: &str) -> Result<(), UpdateError> {
    let file = folder.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(UpdateError::io("remove", &file)(error)),
        _ => {}
    }
    let mut parent = Path::new(path).parent();
    while let Some(inside) = parent.filter(|inside| !inside.as_os_str().is_empty()) {
        if fs::remove_dir(folder.join(inside)).is_err() {
            break;
        }
        parent = inside.parent();
    }
    Ok(())
}

/// Moves a file to its place; what stood there is replaced in one step.
pub(super) fn put(from: &Path, to: &Path) -> Result<(), UpdateError> {
    let fail = |error| UpdateError::io("write", to)(error);
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(fail)?;
    }
    // Folders that are empty are nothing to git.
    let _ = fs::remove_dir(to);
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let beside = to.with_file_name(format!(".polity-staging-{}", std::process::id()));
            let _ = fs::remove_file(&beside);
            copy(from, &beside).and_then(|()| fs::rename(&beside, to)).map_err(fail)
        }
        result => result.map_err(fail),
    }
}

/// Brings back what the journal kept.
pub(super) fn restore(
    home: &Path,
    rows: &[Row],
    folder: &Path,
    saved: &Path,
    given: Option<&BTreeMap<String, Option<Copy>>>,
    undone: &mut Undone,
) -> Result<(), UpdateError> {
    let mut todo = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let now = state(&folder.join(&row.path));
        if now == row.before {
            continue;
        }
        // What was put aside comes back as it was.
        let is_given = given.is_some_and(|given| given.contains_key(&row.path));
        if now.is_some() && now != row.after && !is_given {
            let keep = keep(saved, &row.path, now.as_ref(), &folder.join(&row.path)).map_err(UpdateError::io("keep", saved))?;
            undone.kept.push((row.path.clone(), keep));
        }
        todo.push((number, row));
    }
    for (_, row) in todo.iter().filter(|(_, row)| row.before.is_none()) {
        delete(folder, &row.path)?;
    }
    for (number, _) in todo.iter().filter(|(_, row)| row.before.is_some()) {
        // The copy stays in the journal: undoing may be interrupted too.
        let (kept, copied) = (home.join("before").join(number.to_string()), home.join("back"));
        let _ = fs::remove_file(&copied);
        copy(&kept, &copied).map_err(UpdateError::io("copy", &kept))?;
        put(&copied, &folder.join(&rows[*number].path))?;
    }
    undone.restored += todo.len();
    Ok(())
}

/// Copies a file to a place where nothing else is kept, unless it is kept already, and says where.
fn keep(saved: &Path, path: &str, now: Option<&Copy>, file: &Path) -> io::Result<PathBuf> {
    for number in 0..1000 {
        let root = if number == 0 { saved.to_owned() } else { saved.with_extension(format!("saved.{number}")) };
        let place = root.join(path);
        if state(&place).as_ref() == now {
            return Ok(place);
        }
        let is_free = place.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if is_free && place.parent().is_some_and(|parent| fs::create_dir_all(parent).is_ok()) {
            return copy(file, &place).map(|()| place);
        }
    }
    Err(io::Error::other("there is no place for it"))
}

/// Tells the index of a merge: what changed, and the stages of what needs a person.
pub(super) fn stage(ground: &Ground, merged: &Merged, home: &Path) -> Result<(), UpdateError> {
    let Some(git) = &ground.git else { return Ok(()) };
    let whole = |path: &RepoPath| format!("{}{path}", git.prefix);
    rewrite(ground, home, &mut |index| {
        for (path, after) in &merged.changes {
            let path = whole(path);
            drop(index.remove(Path::new(&path), 0));
            if let Some((mode, bytes)) = after {
                index.add(&entry(&path, filemode(*mode), git.repository.blob(bytes)?, 0))?;
            }
        }
        for clash in &merged.clashes {
            let path = whole(&clash.path);
            drop(index.remove(Path::new(&path), 0));
            for (stage, side) in (1..).zip(&clash.stages) {
                if let Some((mode, bytes)) = side {
                    index.add(&entry(&path, filemode(*mode), git.repository.blob(bytes)?, stage))?;
                }
            }
        }
        Ok(())
    })
}

/// Makes the index say of these paths what the last commit says.
pub(super) fn unstage(ground: &Ground, paths: &BTreeSet<&String>, home: &Path) -> Result<(), UpdateError> {
    let Some(git) = &ground.git else { return Ok(()) };
    let root = ground.head_tree()?;
    let root = root.map(|id| git.repository.find_tree(id)).transpose()?;
    let is_sparse = ground.is_sparse();
    rewrite(ground, home, &mut |index| {
        for inside in paths {
            let path = format!("{}{inside}", git.prefix);
            for stage in 0..4 {
                drop(index.remove(Path::new(&path), stage));
            }
            let Some(old) = root.as_ref().and_then(|root| root.get_path(Path::new(&path)).ok()) else { continue };
            let mut entry = entry(&path, u32::try_from(old.filemode()).unwrap_or(0), old.id(), 0);
            // A sparse checkout leaves the file out again.
            if is_sparse && !ground.folder.join(inside).exists() {
                entry.flags_extended |= super::standing::SKIPPED;
            }
            index.add(&entry)?;
        }
        Ok(())
    })
}

/// Changes a copy of the index and puts it in the place of the index by one rename.
pub(super) fn rewrite(
    ground: &Ground,
    home: &Path,
    change: &mut dyn FnMut(&mut Index) -> Result<(), git2::Error>,
) -> Result<(), UpdateError> {
    let Some(repository) = ground.repository() else { return Ok(()) };
    let (real, copied) = (repository.path().join("index"), home.join("index"));
    match fs::copy(&real, &copied) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(UpdateError::io("copy", &real)(error)),
        _ => {}
    }
    let mut index = ground.open_index(&copied)?;
    change(&mut index)?;
    index.write()?;
    fs::rename(&copied, &real).map_err(UpdateError::io("replace", &real))
}

impl Ground {
    /// The last commit.
    pub(super) fn head_id(&self) -> Result<Option<String>, UpdateError> {
        let Some(repository) = self.repository() else { return Ok(None) };
        match repository.head() {
            Ok(head) => Ok(Some(head.peel_to_commit()?.id().to_string())),
            Err(error) if matches!(error.code(), git2::ErrorCode::UnbornBranch | git2::ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The tree of the last commit.
    pub(super) fn head_tree(&self) -> Result<Option<Oid>, UpdateError> {
        let Some(repository) = self.repository() else { return Ok(None) };
        super::ground::head(repository)
    }
}
