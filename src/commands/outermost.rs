//! Which of several federation files holds for a folder: in a git repository one holds for all folders.

use std::path::{Path, PathBuf};

use crate::config::FEDERATION_FILE;
use crate::disk::enclosing_repository;
use crate::policy::meant;

use super::Env;
use super::federation::{shown, stands_in};

/// The folder whose federation file holds for another one: the outermost of its git repository, so that no folder of it gets rules of its own,
/// and otherwise the nearest above. One that does not hold is named.
pub(super) fn governing(env: &Env<'_>, start: &Path) -> Option<PathBuf> {
    let repository = enclosing_repository(start);
    let is_inside = |folder: &&Path| repository.as_ref().is_some_and(|root| folder.starts_with(root));
    let inside: Vec<&Path> = start.ancestors().take_while(is_inside).filter(|folder| stands_in(folder)).collect();
    let Some((outermost, others)) = inside.split_last() else {
        return start.ancestors().find(|folder| stands_in(folder)).map(Path::to_owned);
    };
    for other in others {
        let [other, holds] = [other, outermost].map(|folder| shown(env, &folder.join(FEDERATION_FILE)));
        env.notice(format!("`{other}` does not hold: the repository has `{holds}`, which holds for all of its folders"));
    }
    Some(outermost.to_path_buf())
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
