//! A folder as a commit holds it: read from git's objects when somebody asks, never checked out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use git2::{Commit, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};
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

/// What the main branch of a remote is called in a clone.
const MAIN: [&str; 3] = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"];

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

/// What a file was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Its last bytes that were not the same.
    Was(Vec<u8>),
    /// It is as it was first committed, or git knows nothing of it.
    Nothing,
    /// It may have been something else, and the repository does not hold what.
    Lost,
}

/// What a file was before it became what it is: where `revision`, or the remote's main branch, and `HEAD` part, or else at the last
/// commit of the first parents that has it otherwise. `is_same` tells bytes that mean what the file means now.
#[must_use]
pub fn earlier(folder: &Path, path: &str, revision: Option<&str>, is_same: &dyn Fn(&[u8]) -> bool) -> Earlier {
    let Ok((repository, prefix)) = open(folder) else { return Earlier::Nothing };
    let Ok(head) = repository.head().and_then(|head| head.peel_to_commit()) else { return Earlier::Nothing };
    let file = prefix.join(path);
    let blob = |commit: &Commit<'_>| Some(commit.tree().ok()?.get_path(&file).ok()?.id());
    let bytes = |id: Oid| repository.find_blob(id).map_or(Earlier::Lost, |blob| Earlier::Was(blob.content().to_vec()));
    let old = match revision {
        Some(revision) => repository.revparse_single(revision).and_then(|found| found.peel_to_commit()).ok(),
        None => MAIN.iter().find_map(|name| repository.find_reference(name).and_then(|found| found.peel_to_commit()).ok()),
    };
    if let Some(old) = old {
        let base = repository.merge_base(head.id(), old.id()).and_then(|id| repository.find_commit(id)).ok();
        // What is on the main branch already is compared with what was there before.
        let base = base.or_else(|| revision.map(|_| old)).filter(|base| revision.is_some() || base.id() != head.id());
        if let Some(base) = base {
            return blob(&base).map_or(Earlier::Nothing, bytes);
        }
    }
    let (mut commit, mut last) = (head, None);
    loop {
        let Some(id) = blob(&commit) else { return Earlier::Nothing };
        if last != Some(id) {
            match bytes(id) {
                Earlier::Was(bytes) if is_same(&bytes) => last = Some(id),
                other => return other,
            }
        }
        commit = match commit.parent(0) {
            Ok(parent) => parent,
            // A clone without its history ends as if there had been none.
            Err(_) if repository.is_shallow() || commit.parent_count() > 0 => return Earlier::Lost,
            Err(_) => return Earlier::Nothing,
        };
    }
}

/// The most commits that a history is followed through.
const COMMITS: usize = 20_000;

/// Every content that a file had on the first parents of `HEAD`, oldest first, with the time of the commit that gave it to it, in
/// seconds since 1970. Empty when git knows nothing of the file.
#[must_use]
pub fn history(folder: &Path, path: &str) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    let Ok((repository, prefix)) = open(folder) else { return found };
    let file = prefix.join(path);
    let mut next = repository.head().and_then(|head| head.peel_to_commit()).ok();
    let blob = |commit: &Commit<'_>| Some(commit.tree().ok()?.get_path(&file).ok()?.id());
    for _ in 0..COMMITS {
        let Some(commit) = next else { break };
        let parent = commit.parent(0).ok();
        if let Some(id) = blob(&commit)
            && parent.as_ref().and_then(blob) != Some(id)
            && let Ok(content) = repository.find_blob(id)
        {
            found.push((u64::try_from(commit.time().seconds()).unwrap_or_default(), content.content().to_vec()));
        }
        next = parent;
    }
    found.reverse();
    found
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
