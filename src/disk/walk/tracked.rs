//! Files that git tracks though a rule would ignore them: to git they are not ignored, and no line of `.gitignore` hides them from policies.

use std::path::Path;
use std::sync::Arc;

use git2::{Index, Repository};

use crate::tree::{Entry, Mode, RepoPath, Source};

use super::super::metadata::{mode, stamp};
use super::rules::Rules;
use super::{Folder, Hidden, Walk, stays_inside};

/// A file or folder that rules of git leave out.
pub(super) struct Ignored {
    /// Its path below the folder that was walked.
    pub path: String,
    /// The rules that hold there.
    pub rules: Arc<Rules>,
}

/// Adds what git tracks among that which is ignored. An index that cannot be read tracks nothing.
pub(super) fn add(walk: &mut Walk, root: &Path, repository: &Path, mut ignored: Vec<Ignored>) {
    if ignored.is_empty() {
        return;
    }
    match repository.join(".git").is_file() {
        // Of a linked worktree the index stands elsewhere.
        true => walk.footprint.doubt(),
        false => walk.footprint.note_around(root, &repository.join(".git/index")),
    }
    let (Ok(prefix), Some(index)) = (root.strip_prefix(repository), index(repository)) else { return };
    let Some(prefix) = prefix.to_str().map(|prefix| prefix.replace(std::path::MAIN_SEPARATOR, "/")) else { return };
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    let source: Arc<dyn Source> = Arc::new(Folder { root: root.to_owned() });
    for entry in index.iter() {
        let Ok(whole) = std::str::from_utf8(&entry.path) else { continue };
        let Some(path) = below(whole, &prefix) else { continue };
        let Some(around) = around(&ignored, path) else { continue };
        let full = root.join(path);
        walk.footprint.note_link(root, path);
        if let Some(pattern) = around.rules.hide(root, &full) {
            walk.hide(Hidden::by(pattern, root), 1);
            continue;
        }
        let entry = match full.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => Entry::lazy(mode(&metadata), source.clone()).stamped(stamp(&metadata)),
            Ok(metadata) if metadata.is_symlink() && stays_inside(&full, root).is_ok() => Entry::lazy(Mode::Symlink, source.clone()),
            _ => continue,
        };
        walk.tree.insert_entry(RepoPath::found(path.to_owned()), entry);
    }
}

fn index(repository: &Path) -> Option<Index> {
    Repository::open(repository).and_then(|repository| repository.index()).ok()
}

/// A path of the repository as one below the folder that was walked.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() { Some(path) } else { path.strip_prefix(prefix)?.strip_prefix('/') }
}

/// The ignored file that a path is, or the ignored folder that it lies in.
fn around<'a>(ignored: &'a [Ignored], path: &str) -> Option<&'a Ignored> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let mut found = ends.filter_map(|end| ignored.binary_search_by(|one| one.path.as_str().cmp(&path[..end])).ok());
    found.next().map(|at| &ignored[at])
}
