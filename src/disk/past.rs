//! A folder as a commit holds it: read from git's objects when somebody asks, never checked out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use git2::{ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};
use ignore::gitignore::GitignoreBuilder;

use crate::tree::{Mode, ReadError, RepoPath, Source, Tree};

/// A commit that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The folder is in no repository.
    #[error("`{}` is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// There is no such revision, or git's data is damaged.
    #[error("{0}")]
    Git(String),
}

impl From<git2::Error> for PastError {
    fn from(error: git2::Error) -> Self {
        Self::Git(error.message().to_owned())
    }
}

/// Reads blobs by path.
struct Blobs {
    repository: Mutex<Repository>,
    ids: std::collections::HashMap<String, Oid>,
}

impl Source for Blobs {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let id = self.ids.get(path.as_str()).ok_or(ReadError::Missing)?;
        let repository = self.repository.lock().unwrap_or_else(PoisonError::into_inner);
        let blob = repository.find_blob(*id).map_err(|_| ReadError::Missing)?;
        Ok(Arc::from(blob.content()))
    }
}

/// The files of a folder at a revision, without those that `.gitignore` and `.polityignore` of that folder leave out, without links.
///
/// # Errors
/// [`PastError`] when there is no such revision.
pub fn past(folder: &Path, revision: &str) -> Result<Tree, PastError> {
    let (repository, prefix) = open(folder)?;
    let below = {
        let root = repository.revparse_single(revision)?.peel_to_tree()?;
        if prefix.as_os_str().is_empty() { Some(root.id()) } else { root.get_path(&prefix).ok().map(|entry| entry.id()) }
    };
    let mut files = Vec::new();
    if let Some(below) = below {
        repository.find_tree(below)?.walk(TreeWalkMode::PreOrder, |parent, entry| {
            let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
            if let (true, Ok(name)) = (is_file, entry.name()) {
                files.push((format!("{parent}{name}"), entry.id(), entry.filemode() == 0o100_755));
            }
            TreeWalkResult::Ok
        })?;
    }
    let mut rules = GitignoreBuilder::new("");
    for (name, id, _) in files.iter().filter(|(name, _, _)| name == ".gitignore" || name == ".polityignore") {
        let text = String::from_utf8_lossy(repository.find_blob(*id)?.content()).into_owned();
        for line in text.lines() {
            rules.add_line(None, line).map_err(|error| PastError::Git(format!("{name}: {error}")))?;
        }
    }
    let rules = rules.build().map_err(|error| PastError::Git(error.to_string()))?;
    files.retain(|(name, _, _)| !rules.matched_path_or_any_parents(name, false).is_ignore());
    let ids = files.iter().map(|(name, id, _)| (name.clone(), *id)).collect();
    let source: Arc<dyn Source> = Arc::new(Blobs { repository: Mutex::new(repository), ids });
    let mut tree = Tree::new();
    for (name, _, executable) in files {
        let mode = if executable { Mode::Executable } else { Mode::File };
        tree.insert_lazy(RepoPath::found(name), mode, None, source.clone());
    }
    Ok(tree)
}

/// One file at a revision; `None` when there is no repository, no such revision or no such file.
#[must_use]
pub fn committed(folder: &Path, revision: &str, path: &str) -> Option<Vec<u8>> {
    let (repository, prefix) = open(folder).ok()?;
    let entry = repository.revparse_single(revision).ok()?.peel_to_tree().ok()?.get_path(&prefix.join(path)).ok()?;
    Some(repository.find_blob(entry.id()).ok()?.content().to_vec())
}

/// Who added a file, and on which day: author and day (UTC) of the commit that made it; `None` when git knows nothing of it.
#[must_use]
pub fn added_by(folder: &Path, path: &str) -> Option<(String, u64)> {
    let (repository, prefix) = open(folder).ok()?;
    let file = prefix.join(path);
    let mut walk = repository.revwalk().ok()?;
    walk.push_head().ok()?;
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).ok()?;
    let found = walk.filter_map(Result::ok).filter_map(|id| repository.find_commit(id).ok());
    let first = found.into_iter().find(|commit| commit.tree().is_ok_and(|tree| tree.get_path(&file).is_ok()))?;
    let name = first.author().name().unwrap_or("somebody").to_owned();
    Some((name, u64::try_from(first.time().seconds()).unwrap_or_default()))
}

/// The repository around a folder, and the folder's path in it.
fn open(folder: &Path) -> Result<(Repository, PathBuf), PastError> {
    let none = || PastError::NoRepository(folder.to_owned());
    let real = folder.canonicalize().map_err(|_| none())?;
    let repository = Repository::discover(&real).map_err(|_| none())?;
    let root = repository.workdir().and_then(|root| root.canonicalize().ok()).ok_or_else(none)?;
    let prefix = real.strip_prefix(&root).map_err(|_| none())?.to_owned();
    Ok((repository, prefix))
}
