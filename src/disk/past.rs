//! A folder as a commit holds it: read from git's objects when somebody asks, never checked out.

use std::collections::{BTreeSet, HashMap};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use git2::{ErrorCode, ObjectType, Oid, Repository, Tree as GitTree, TreeWalkMode, TreeWalkResult};
use ignore::gitignore::GitignoreBuilder;

use crate::finding::nearest;
use crate::tree::{Entry, Lack, Mode, ReadError, RepoPath, Source};

use super::git::enclosing_repository;
use super::links::{Astray, Links};
use super::walk::{OWN, Skipped, Walk, decided_by, judge};

/// A commit that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The folder is in no repository.
    #[error("`{}` is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// The folder is in a repository that may not or cannot be opened.
    #[error("the repository around the folder cannot be opened: {0}")]
    Closed(String),
    /// There is no such revision here.
    #[error("there is no revision `{name}` here")]
    NoRevision {
        /// What was asked for.
        name: String,
        /// The revision that was meant, as far as names tell.
        near: Option<String>,
        /// Whether the clone has a part of its history only.
        shallow: bool,
    },
    /// A clone that fetches contents when git asks for them has not fetched this file's.
    #[error("this clone does not hold `{path}` as it was at `{revision}`")]
    Lacks {
        /// The file.
        path: String,
        /// What was asked for.
        revision: String,
    },
    /// Git's data is damaged, or the revision is no commit.
    #[error("{0}")]
    Git(String),
}

impl From<git2::Error> for PastError {
    fn from(error: git2::Error) -> Self {
        Self::Git(error.message().to_owned())
    }
}

impl PastError {
    /// What can be done about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoRepository(_) => None,
            Self::Closed(reason) if reason.contains("owned by") => {
                Some("let git trust it: `git config --global --add safe.directory FOLDER`, with the root of the repository".to_owned())
            }
            Self::NoRevision { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::NoRevision { shallow: true, .. } => {
                Some("the clone has a part of its history: `git fetch --unshallow`, or `fetch-depth: 0` of `actions/checkout`".to_owned())
            }
            Self::Lacks { .. } => Some("fetch what a clone with a filter leaves out: `git fetch --refetch --no-filter`".to_owned()),
            Self::NoRevision { .. } | Self::Closed(_) | Self::Git(_) => None,
        }
    }
}

/// Which commit a revision stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The revision itself.
    Itself,
    /// The last commit that it and `HEAD` share; the revision itself where the history at hand has none.
    Parting,
}

/// Where the bytes of each path are: in which repository, and as which blob.
type Ids = HashMap<String, (usize, Oid)>;

/// Reads blobs by path: of the repository, and of the submodules in it.
struct Blobs {
    repositories: Vec<Mutex<Repository>>,
    ids: Ids,
}

impl Source for Blobs {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let (at, id) = self.ids.get(path.as_str()).ok_or(ReadError::Missing)?;
        let repository = self.repositories[*at].lock().unwrap_or_else(PoisonError::into_inner);
        let blob = repository.find_blob(*id).map_err(|_| ReadError::Missing)?;
        Ok(Arc::from(blob.content()))
    }
}

/// A file of a commit.
struct Held {
    path: String,
    mode: Mode,
    repository: usize,
    id: Oid,
}

/// The files of a folder at a revision, without those that a `.polityignore` leaves out: what is committed is not ignored by git. A link has
/// the bytes of the file that it led to; one that led to none is left out, as [`walk`](super::walk()) does. A submodule has the files of the
/// commit that it was at, when the folder has it.
///
/// # Errors
/// [`PastError`] when there is no such revision, or when its files are not all here.
pub fn past(folder: &Path, revision: &str, point: Point) -> Result<Walk, PastError> {
    let (repository, prefix) = open(folder)?;
    let (whole, below) = {
        let root = root(&repository, revision, point)?;
        (root.id(), if prefix.as_os_str().is_empty() { Some(root.id()) } else { root.get_path(&prefix).ok().map(|entry| entry.id()) })
    };
    let mut waiting: Vec<_> = below.map(|below| (repository, below, String::new())).into_iter().collect();
    let (mut held, mut repositories) = (Vec::new(), Vec::new());
    while let Some((repository, below, above)) = waiting.pop() {
        for (name, id, kind) in entries(&repository, below)? {
            let path = format!("{above}{name}");
            match kind {
                Kind::File(mode) => held.push(Held { path, mode, repository: repositories.len(), id }),
                Kind::Submodule => waiting.extend(inner(folder, &path, id)),
            }
        }
        repositories.push(repository);
    }
    all_here(&held, &repositories, revision)?;
    let (mut led, aliases) = led(folder, &held, &repositories)?;
    let files = held.iter().filter(|file| file.mode != Mode::Symlink);
    let mut ids: Ids = files.map(|file| (file.path.clone(), (file.repository, file.id))).collect();
    for (link, target) in &led {
        if let Some(id) = target.as_ref().ok().and_then(|target| ids.get(target).copied()) {
            ids.insert(link.clone(), id);
        }
    }
    if led.values().any(|target| matches!(target, Err((_, Lack::Link)))) {
        let around = around(&repositories, whole, &prefix)?;
        ids.extend(around.iter().map(|(link, id)| (link.clone(), (0, *id))));
        led.extend(around.into_keys().map(|link| (link.clone(), Ok(link))));
    }
    leave_out(&mut held, &repositories, &ids)?;
    let source: Arc<dyn Source> = Arc::new(Blobs { repositories: repositories.into_iter().map(Mutex::new).collect(), ids });
    let mut walk = Walk::default();
    for Held { path, mode, .. } in held {
        match led.get(&path) {
            Some(Err((reason, lack))) => walk.skipped.push(Skipped { path, reason: (*reason).to_owned(), lack: *lack }),
            _ => drop(walk.tree.insert_entry(RepoPath::found(path), Entry::lazy(mode, source.clone()))),
        }
    }
    judge(&mut walk, &|link| aliases.get(link).cloned());
    walk.skipped.sort();
    Ok(walk)
}

fn all_here(held: &[Held], repositories: &[Repository], revision: &str) -> Result<(), PastError> {
    for file in held {
        if !repositories[file.repository].odb()?.exists(file.id) {
            return Err(PastError::Lacks { path: file.path.clone(), revision: revision.to_owned() });
        }
    }
    Ok(())
}

/// The file that each link led to, or why it led to none; and the folder that one led to.
type Led = (HashMap<String, Result<String, Astray>>, HashMap<String, String>);

fn led(folder: &Path, held: &[Held], repositories: &[Repository]) -> Result<Led, PastError> {
    let (links, files): (Vec<_>, Vec<_>) = held.iter().partition(|file| file.mode == Mode::Symlink);
    if links.is_empty() {
        return Ok(Led::default());
    }
    let mut targets = HashMap::new();
    for link in &links {
        let blob = repositories[link.repository].find_blob(link.id)?;
        targets.insert(link.path.as_str(), String::from_utf8_lossy(blob.content()).into_owned());
    }
    let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let names = Links { root, targets, files: files.iter().map(|file| file.path.as_str()).collect::<BTreeSet<_>>() };
    let led: HashMap<_, _> = links.iter().map(|link| (link.path.clone(), names.follow(&link.path))).collect();
    let is_alias = |led: &Result<String, Astray>| matches!(led, Err((_, Lack::Alias)));
    let aliases = led.iter().filter(|(_, led)| is_alias(led)).filter_map(|(link, _)| Some((link.clone(), names.folder(link)?))).collect();
    Ok((led, aliases))
}

/// The files of the repository that links of a folder led to outside of it, by the links' paths in the folder; the first repository is the one around.
fn around(repositories: &[Repository], whole: Oid, prefix: &Path) -> Result<HashMap<String, Oid>, PastError> {
    let Some((repository, top)) = repositories.first().and_then(|first| Some((first, first.workdir()?))) else { return Ok(HashMap::new()) };
    // The root of the repository was looked at already, and links lead nowhere else in it.
    if prefix.as_os_str().is_empty() {
        return Ok(HashMap::new());
    }
    let file = |(path, id, kind)| if let Kind::File(mode) = kind { Some(Held { path, mode, repository: 0, id }) } else { None };
    let held: Vec<_> = entries(repository, whole)?.into_iter().filter_map(file).collect();
    let ids: HashMap<&str, Oid> = held.iter().map(|file| (file.path.as_str(), file.id)).collect();
    let prefix = format!("{}/", prefix.to_string_lossy().replace(MAIN_SEPARATOR, "/"));
    let (led, _) = led(top, &held, std::slice::from_ref(repository))?;
    let outside = led.iter().filter_map(|(link, target)| Some((link.strip_prefix(&prefix)?, target.as_ref().ok()?)));
    let outside = outside.filter(|(_, target)| !target.starts_with(&prefix));
    let of_folder = outside.filter_map(|(link, target)| Some((link, ids.get(target.as_str())?)));
    Ok(of_folder.map(|(link, id)| (link.to_owned(), *id)).collect())
}

/// What a revision holds.
fn root<'a>(repository: &'a Repository, revision: &str, point: Point) -> Result<GitTree<'a>, PastError> {
    let found = repository.revparse_single(revision).map_err(|_| unknown(repository, revision))?;
    let parting = || {
        let head = repository.head()?.peel_to_commit()?;
        repository.find_commit(repository.merge_base(head.id(), found.peel_to_commit()?.id())?)?.tree()
    };
    let itself = || found.peel_to_tree().map_err(|_| PastError::Git(format!("`{revision}` is no commit")));
    match point {
        Point::Parting => parting().or_else(|_: git2::Error| itself()),
        Point::Itself => itself(),
    }
}

/// A revision that is not there, with the one that was meant: the remote's branch of that name, or one that is spelled alike.
fn unknown(repository: &Repository, revision: &str) -> PastError {
    let names: Vec<String> = repository
        .references()
        .map(|all| all.filter_map(Result::ok).filter_map(|one| one.shorthand().map(str::to_owned).ok()).collect())
        .unwrap_or_default();
    let remote = names.iter().find(|name| name.strip_suffix(revision).is_some_and(|rest| rest.ends_with('/')));
    let near = remote.map(String::as_str).or_else(|| nearest(revision, names.iter().map(String::as_str))).map(str::to_owned);
    PastError::NoRevision { name: revision.to_owned(), near, shallow: repository.is_shallow() }
}

/// What an entry of a commit is.
enum Kind {
    File(Mode),
    Submodule,
}

/// The files and submodules below a folder of a commit.
fn entries(repository: &Repository, below: Oid) -> Result<Vec<(String, Oid, Kind)>, PastError> {
    let mut found = Vec::new();
    repository.find_tree(below)?.walk(TreeWalkMode::PreOrder, |parent, entry| {
        let kind = match (entry.kind(), entry.filemode()) {
            (Some(ObjectType::Commit), _) => Some(Kind::Submodule),
            (Some(ObjectType::Blob), 0o100_755) => Some(Kind::File(Mode::Executable)),
            (Some(ObjectType::Blob), 0o120_000) => Some(Kind::File(Mode::Symlink)),
            (Some(ObjectType::Blob), _) => Some(Kind::File(Mode::File)),
            _ => None,
        };
        if let (Some(kind), Ok(name)) = (kind, entry.name()) {
            found.push((format!("{parent}{name}"), entry.id(), kind));
        }
        TreeWalkResult::Ok
    })?;
    Ok(found)
}

/// A submodule at a commit; `None` when it is not checked out, and then has no files now either, or when it lacks the commit.
fn inner(folder: &Path, path: &str, commit: Oid) -> Option<(Repository, Oid, String)> {
    let repository = Repository::open(folder.join(path)).ok()?;
    let below = repository.find_commit(commit).and_then(|commit| commit.tree()).ok()?.id();
    Some((repository, below, format!("{path}/")))
}

/// Drops the files that a `.polityignore` leaves out.
fn leave_out(held: &mut Vec<Held>, repositories: &[Repository], ids: &Ids) -> Result<(), PastError> {
    let mut rules = Vec::new();
    for file in held.iter().filter(|file| file.path.rsplit('/').next() == Some(OWN)) {
        let Some((repository, id)) = ids.get(&file.path) else { continue };
        let text = String::from_utf8_lossy(repositories[*repository].find_blob(*id)?.content()).into_owned();
        let folder = file.path.strip_suffix(OWN).unwrap_or_default();
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.lines() {
            builder.add_line(None, line).map_err(|error| PastError::Git(format!("{}: {error}", file.path)))?;
        }
        rules.push((folder.to_owned(), builder.build().map_err(|error| PastError::Git(error.to_string()))?));
    }
    // The nearest folder that says something decides.
    rules.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
    held.retain(|file| {
        let around = rules.iter().filter(|(folder, _)| file.path.starts_with(folder.as_str()));
        // What polity goes by is never left out itself, unless its folder is.
        let (path, is_folder) = decided_by(&file.path).map_or((file.path.as_str(), false), |folder| (folder, true));
        let said = around.map(|(_, rules)| rules.matched_path_or_any_parents(path, is_folder));
        !said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    });
    Ok(())
}

/// The repository around a folder, and the folder's path in it.
pub(super) fn open(folder: &Path) -> Result<(Repository, PathBuf), PastError> {
    let none = || PastError::NoRepository(folder.to_owned());
    let real = folder.canonicalize().map_err(|_| none())?;
    let around = enclosing_repository(&real);
    let nowhere = || around.as_ref().map(|around| PastError::Closed(format!("`{}` leads to no repository", around.join(".git").display())));
    let repository = Repository::discover(&real).map_err(|error| match error.code() {
        ErrorCode::NotFound => nowhere().unwrap_or_else(none),
        _ => PastError::Closed(error.message().to_owned()),
    })?;
    let root = repository.workdir().and_then(|root| root.canonicalize().ok()).ok_or_else(none)?;
    // A file `.git` that leads nowhere does not stand for a repository further up.
    if let Some(error) = nowhere().filter(|_| around.as_ref().is_some_and(|around| *around != root && around.join(".git").is_file())) {
        return Err(error);
    }
    let prefix = real.strip_prefix(&root).map_err(|_| none())?.to_owned();
    Ok((repository, prefix))
}
