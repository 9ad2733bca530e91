//! Which of several federation files holds for a folder: in a git repository one holds for all folders.

use std::path::{Path, PathBuf};

use crate::config::FEDERATION_FILE;
use crate::disk::enclosing_repository;
use crate::error::Error;
use crate::policy::meant;
use crate::tree::Tree;

use super::Env;
use super::federation::{shown, stands_in};

/// The folder whose federation file holds for another one: the outermost of its git repository, so that no folder of it gets rules of its own,
/// and otherwise the nearest above. One that does not hold is named.
///
/// # Errors
/// When git keeps the one that holds and a sparse checkout leaves it out: what it demands must not go away with it.
pub(super) fn governing(env: &Env<'_>, start: &Path) -> Result<Option<PathBuf>, Error> {
    let inside = enclosing_repository(start).map(|root| kept(env, start, &root)).unwrap_or_default();
    let Some((outermost, others)) = inside.split_last() else {
        return nearest(env, start).map(|folder| present(env, folder)).transpose();
    };
    for other in others {
        let [other, holds] = [other, outermost].map(|folder| shown(env, &folder.join(FEDERATION_FILE)));
        env.notice(format!("`{other}` does not hold: `{holds}` does for all folders below it, as the outermost one in the repository"));
    }
    present(env, outermost.to_path_buf()).map(Some)
}

/// Names the federation files below a checked folder, which do not hold for it.
pub(super) fn name_those_below(env: &Env<'_>, folder: &Path, tree: &Tree) {
    let below = tree.iter().filter_map(|(path, _)| path.as_str().strip_suffix(FEDERATION_FILE)?.strip_suffix('/'));
    for inner in below.map(|path| folder.join(path)).filter(|_| env.federation.is_none()) {
        if governing(env, &inner).is_ok_and(|holds| holds.as_ref() == Some(&inner)) {
            let [file, inner] = [&inner.join(FEDERATION_FILE), &inner].map(|path| shown(env, path));
            env.notice(format!("`{file}` does not hold here: a check of `{inner}` goes by it, and this one of a folder above does not"));
        }
    }
}

/// The folders up to the root of a repository that git or the work tree has a federation file in, the nearest first.
fn kept<'a>(env: &Env<'_>, start: &'a Path, root: &Path) -> Vec<&'a Path> {
    let sparse = env.sparse(root);
    let is_kept = |folder: &&Path| stands_in(folder) || sparse.leaves_out(&folder.join(FEDERATION_FILE));
    start.ancestors().take_while(|folder| folder.starts_with(root)).filter(is_kept).collect()
}

/// The nearest folder with one, in whichever repository.
fn nearest(env: &Env<'_>, start: &Path) -> Option<PathBuf> {
    match enclosing_repository(start) {
        Some(root) => kept(env, start, &root).first().map(|folder| folder.to_path_buf()).or_else(|| nearest(env, root.parent()?)),
        None => start.ancestors().find(|folder| stands_in(folder)).map(Path::to_owned),
    }
}

fn present(env: &Env<'_>, folder: PathBuf) -> Result<PathBuf, Error> {
    if stands_in(&folder) {
        return Ok(folder);
    }
    let file = shown(env, &folder.join(FEDERATION_FILE));
    let error =
        Error::config(format!("`{file}` holds here and is not in the work tree: git keeps it, and the sparse checkout leaves it out"));
    Err(error.help("list it in the sparse checkout, as `git sparse-checkout add` does, or name another one with `--federation FILE`"))
}

/// A file that is called nearly like a federation file, without one beside it: in a folder or above it in its git repository.
pub(super) fn misnamed(start: &Path) -> Option<PathBuf> {
    let repository = enclosing_repository(start);
    let is_inside = |folder: &&Path| *folder == start || repository.as_ref().is_some_and(|root| folder.starts_with(root));
    let in_folder = |folder: &Path| {
        let names = folder.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| meant(name) == Some(FEDERATION_FILE)).min().map(|name| folder.join(name))
    };
    start.ancestors().take_while(is_inside).filter(|folder| !stands_in(folder)).find_map(in_folder)
}
