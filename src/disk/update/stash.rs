//! Work that is not committed, put aside for the time of an update. Each stash says something that no other one says.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use git2::{Oid, Status, StatusOptions, Tree};

use crate::tree::{Files, RepoPath};

use super::scratch::entry;
use super::{Ground, UpdateError, apply, ground, mode_of};

/// What became of work that was put aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Back {
    /// There was none, or it is gone.
    #[default]
    Nothing,
    /// It is as it was.
    Whole,
    /// The files are as they were; what was staged is not staged any more.
    Unstaged,
}

/// What a new stash is to say.
pub(super) fn message() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("before polity update {now:x}-{:x}", std::process::id())
}

/// Puts changes of the service aside, and files that git does not know. The git command holds `lock` to its end, even if this process
/// does not see it.
pub(super) fn push(ground: &Ground, message: &str, lock: &File) -> Result<(), UpdateError> {
    if let Some(path) = taken_out(ground)? {
        let why = format!(
            "cannot put aside and bring back `{path}`, which is taken out of the index and still there; commit that, or `git add {path}`"
        );
        return Err(UpdateError::Command(why));
    }
    let output = run(ground, &["stash", "push", "--quiet", "--include-untracked", "-m", message, "--", "."], lock)?;
    if output.status.success() { Ok(()) } else { Err(UpdateError::Command(said(&output))) }
}

/// A file that the index does not have any more and the working tree does: git puts it aside as new and as gone, and then brings back neither.
fn taken_out(ground: &Ground) -> Result<Option<String>, UpdateError> {
    let Some(repository) = ground.repository() else { return Ok(None) };
    let mut options = StatusOptions::new();
    let statuses = repository.statuses(Some(options.include_untracked(true).recurse_untracked_dirs(true)))?;
    let both = Status::INDEX_DELETED | Status::WT_NEW;
    let found = statuses.iter().find(|entry| entry.status().contains(both));
    Ok(found.and_then(|entry| entry.path().ok().map(str::to_owned)))
}

/// Brings changes back, if that stash is still there. `home` is a folder for what is in the making.
pub(super) fn pop(ground: &Ground, message: &str, lock: &File, home: &Path) -> Result<Back, UpdateError> {
    let Some((name, id)) = place(ground, message)? else { return Ok(Back::Nothing) };
    let staged = staged(ground, id)?;
    // With `--index` git would begin by throwing away what the update has staged.
    let output = run(ground, &["stash", "pop", "--quiet", &name], lock)?;
    if !output.status.success() {
        return Err(UpdateError::Stash { message: message.to_owned(), reason: said(&output) });
    }
    let is_whole = staged.is_empty() || restage(ground, &staged, home).unwrap_or(false);
    Ok(if is_whole { Back::Whole } else { Back::Unstaged })
}

/// The commit of a stash.
pub(super) fn id(ground: &Ground, message: &str) -> Result<Option<String>, UpdateError> {
    Ok(place(ground, message)?.map(|(_, id)| id.to_string()))
}

/// Makes some paths of the service as they were when a stash was made, which came back and is none any more: in the working tree, and in
/// the index.
pub(super) fn again(ground: &Ground, stash: &str, paths: &[String], home: &Path) -> Result<(), UpdateError> {
    let Some(repository) = ground.repository() else { return Ok(()) };
    let commit = repository.find_commit(Oid::from_str(stash)?)?;
    let (base, work) = (commit.parent(0)?.tree()?, commit.tree()?);
    let (drafts, mut files) = (home.join("again"), Files::new());
    for path in paths {
        let whole = ground.whole(path);
        let kept = |tree: &Tree<'_>| tree.get_path(Path::new(&whole)).ok().map(|entry| (entry.filemode(), entry.id()));
        match kept(&work) {
            was if was == kept(&base) => {}
            None => apply::delete(&ground.folder, path)?,
            Some((mode, id)) => {
                let Some(mode) = mode_of(mode) else { continue };
                files.insert(RepoPath::found(path.clone()), (mode, repository.find_blob(id)?.content().into()));
            }
        }
    }
    let _ = std::fs::remove_dir_all(&drafts);
    apply::check_out(ground, &files, &drafts)?;
    for path in files.keys() {
        apply::put(&drafts.join(path.as_str()), &ground.folder.join(path.as_str()))?;
    }
    let mut staged = staged(ground, commit.id())?;
    staged.retain(|(path, _)| paths.iter().any(|other| Path::new(&ground.whole(other)) == path));
    restage(ground, &staged, home).map(drop)
}

/// The name of a stash, as `stash@{0}`, and its commit.
fn place(ground: &Ground, message: &str) -> Result<Option<(String, Oid)>, UpdateError> {
    let Some(repository) = ground.repository() else { return Ok(None) };
    let log = match repository.reflog("refs/stash") {
        Ok(log) => log,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let is_it = |entry: &git2::ReflogEntry<'_>| entry.message().ok().flatten().is_some_and(|text| text.ends_with(message));
    Ok(log.iter().enumerate().find(|(_, entry)| is_it(entry)).map(|(number, entry)| (format!("stash@{{{number}}}"), entry.id_new())))
}

/// What a file is in a tree, or in the index.
type Kept = Option<(u32, Oid)>;

/// A file that was staged: its path, and what it was in the commit, in the working tree and in the index.
type Staged = (PathBuf, [Kept; 3]);

/// What was staged when the stash was made: git keeps that as its second parent.
fn staged(ground: &Ground, id: Oid) -> Result<Vec<Staged>, UpdateError> {
    let Some(repository) = ground.repository() else { return Ok(Vec::new()) };
    let stash = repository.find_commit(id)?;
    let (base, index, work) = (stash.parent(0)?.tree()?, stash.parent(1)?.tree()?, stash.tree()?);
    let kept = |tree: &Tree<'_>, path: &Path| -> Kept {
        let entry = tree.get_path(path).ok()?;
        Some((u32::try_from(entry.filemode()).ok()?, entry.id()))
    };
    let diff = repository.diff_tree_to_tree(Some(&base), Some(&index), None)?;
    let paths = diff.deltas().filter_map(|delta| Some(delta.new_file().path().or(delta.old_file().path())?.to_owned()));
    Ok(paths.map(|path| (path.clone(), [&base, &work, &index].map(|tree| kept(tree, &path)))).collect())
}

/// Stages files again, except those that the update has staged meanwhile; says whether there were none of these.
fn restage(ground: &Ground, staged: &[Staged], home: &Path) -> Result<bool, UpdateError> {
    let _lock = apply::IndexLock::take(ground, home)?;
    let mut is_whole = true;
    apply::rewrite(ground, home, &mut |index| {
        for (path, [base, work, wanted]) in staged {
            let now = index.get_path(path, 0).map(|entry| (entry.mode, entry.id));
            if now != *wanted && now != *base && now != *work {
                is_whole = false;
                continue;
            }
            drop(index.remove(path, 0));
            if let (Some((mode, id)), Some(path)) = (wanted, path.to_str()) {
                index.add(&entry(path, *mode, *id, 0))?;
            }
        }
        Ok(())
    })?;
    Ok(is_whole)
}

fn run(ground: &Ground, args: &[&str], lock: &File) -> Result<Output, UpdateError> {
    let fail = |error| UpdateError::Command(format!("cannot run it: {error}"));
    let held = lock.try_clone().map_err(fail)?;
    ground::command(&ground.folder, args).stdin(Stdio::from(held)).output().map_err(fail)
}

fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.is_empty() { "the same lines were changed meanwhile, and are marked as conflicts".to_owned() } else { said }
}
