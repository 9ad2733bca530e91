//! The folder of a service and the repository that it lies in, if it lies in one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git2::{Oid, Repository, RepositoryOpenFlags, Signature, Tree};

use crate::tree::{BlobId, Digest, Files, Mode, RepoPath};

use super::super::metadata::mode;
use super::scratch::{Scratch, tree};
use super::{Sides, UpdateError, mode_of};
use super::{ends, filters};

/// Keeps the rendered trees of all services of a repository reachable, newest first.
pub(in crate::disk) const PRISTINE: &str = "refs/polity/pristine";

/// A service on the disk.
pub struct Ground {
    pub(super) folder: PathBuf,
    pub(super) git: Option<Git>,
}

/// A repository with a working tree, and where in it the service lies.
pub(super) struct Git {
    pub(super) repository: Repository,
    /// Empty, or the service's folder with a `/` at its end.
    pub(super) prefix: String,
}

impl Ground {
    /// Looks at a service's folder.
    ///
    /// # Errors
    /// [`UpdateError`] when the folder or its repository cannot be read.
    pub fn open(folder: &Path) -> Result<Self, UpdateError> {
        let folder = folder.canonicalize().map_err(UpdateError::io("find", folder))?;
        // By the folder and not by the git directory that is found from it: that one may lie elsewhere and know no working tree.
        let git = match Repository::open_ext(&folder, RepositoryOpenFlags::CROSS_FS, std::iter::empty::<&Path>()) {
            Ok(repository) => located(repository, &folder),
            Err(error) if error.code() == git2::ErrorCode::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { folder, git })
    }

    /// As [`Self::open`], for who only reads files: a repository whose objects have names of another kind counts as none.
    ///
    /// # Errors
    /// [`UpdateError`] when the folder or its repository cannot be read.
    pub fn look(folder: &Path) -> Result<Self, UpdateError> {
        match Self::open(folder) {
            Err(error) if error.is_format() => {
                let folder = folder.canonicalize().map_err(UpdateError::io("find", folder))?;
                Ok(Self { folder, git: None })
            }
            opened => opened,
        }
    }

    /// Whether git keeps the service.
    #[must_use]
    pub fn is_versioned(&self) -> bool {
        self.git.is_some()
    }

    /// The service's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where in the repository the service lies: empty, or with a `/` at its end.
    pub(super) fn prefix(&self) -> &str {
        self.git.as_ref().map_or("", |git| &git.prefix)
    }

    /// A path of the service as git names it, from the root of the repository.
    #[must_use]
    pub fn whole(&self, path: &str) -> String {
        format!("{}{path}", self.prefix())
    }

    /// Another service of the same repository, whose folder may be gone.
    pub(super) fn beside(&self, prefix: &str) -> Result<Self, UpdateError> {
        let Some(root) = self.repository().and_then(Repository::workdir) else {
            return Ok(Self { folder: self.folder.clone(), git: None });
        };
        let git = Git { repository: Repository::open(root)?, prefix: prefix.to_owned() };
        Ok(Self { folder: root.join(prefix), git: Some(git) })
    }

    /// The folder's own name.
    #[must_use]
    pub fn name(&self) -> String {
        self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub(super) fn repository(&self) -> Option<&Repository> {
        self.git.as_ref().map(|git| &git.repository)
    }

    /// The bytes that git keeps under a name, if they have the digest.
    #[must_use]
    pub fn blob(&self, id: &BlobId, digest: &Digest) -> Option<Vec<u8>> {
        let blob = self.repository()?.find_blob(Oid::from_str(id.as_str()).ok()?).ok()?;
        (Digest::of(blob.content()) == *digest).then(|| blob.content().to_vec())
    }

    /// The bytes of a regular file of the working tree.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let file = self.folder.join(path);
        file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()).then(|| std::fs::read(&file).ok()).flatten()
    }

    /// The bytes that git keeps for those of a file of the working tree, where it turns line ends or has a filter.
    #[must_use]
    pub fn kept(&self, path: &RepoPath, bytes: &[u8]) -> Option<Vec<u8>> {
        let git = self.git.as_ref()?;
        let filtered = filters::cleaned(self, path.as_str(), bytes).filter(|kept| kept != bytes);
        filtered.or_else(|| ends::kept(&git.repository, &format!("{}{path}", git.prefix), bytes))
    }

    /// A file of the working tree: its kind and bytes; a link's bytes are its target.
    #[must_use]
    pub fn file(&self, path: &RepoPath) -> Option<(Mode, Vec<u8>)> {
        let file = self.folder.join(path.as_str());
        let metadata = file.symlink_metadata().ok()?;
        if metadata.is_symlink() {
            return Some((Mode::Symlink, std::fs::read_link(&file).ok()?.to_string_lossy().into_owned().into_bytes()));
        }
        metadata.is_file().then(|| Some((mode(&metadata), std::fs::read(&file).ok()?)))?
    }

    /// A file of the last commit. Without a repository, of the working tree.
    ///
    /// # Errors
    /// [`UpdateError`] when the repository cannot be read.
    pub fn committed(&self, path: &RepoPath) -> Result<Option<(Mode, Vec<u8>)>, UpdateError> {
        let Some(git) = &self.git else { return Ok(self.file(path)) };
        let Some(root) = head(&git.repository)? else { return Ok(None) };
        let whole = format!("{}{path}", git.prefix);
        let Ok(entry) = git.repository.find_tree(root)?.get_path(Path::new(&whole)) else { return Ok(None) };
        let Some(mode) = mode_of(entry.filemode()) else { return Ok(None) };
        Ok(Some((mode, git.repository.find_blob(entry.id())?.content().to_vec())))
    }

    /// The working tree as a tree of the scratch repository: the last commit, or every file when there is no repository. What is
    /// ignored counts as far as the template has something to say of it.
    pub(super) fn tree(&self, scratch: &Scratch, sides: &Sides) -> Result<Oid, UpdateError> {
        let Some(git) = &self.git else {
            let paths = self.walked(sides)?.into_iter();
            let files = paths.filter_map(|path| self.file(&path).map(|(mode, bytes)| (path, (mode, bytes.into()))));
            return scratch.tree(&files.collect::<Files>());
        };
        let empty = || scratch.tree(&Files::new());
        let Some(root) = head(&git.repository)? else { return empty() };
        if git.prefix.is_empty() {
            return Ok(root);
        }
        match git.repository.find_tree(root)?.get_path(Path::new(git.prefix.trim_end_matches('/'))) {
            Ok(entry) => Ok(entry.id()),
            Err(_) => empty(),
        }
    }

    /// The paths that take part in a merge where there is no repository.
    fn walked(&self, sides: &Sides) -> Result<BTreeSet<RepoPath>, UpdateError> {
        let walk =
            crate::disk::walk(&self.folder).map_err(|error| UpdateError::Io { doing: "read", path: error.path, cause: error.cause })?;
        let told = sides.base.keys().chain(sides.theirs.keys()).chain(sides.ours.keys());
        Ok(walk.tree.iter().map(|(path, _)| path).chain(told).cloned().collect())
    }

    /// Tells whether a file took part in a merge as it is on the disk, or is kept by git: nothing is lost where it is overwritten.
    pub(super) fn known(&self, sides: &Sides) -> Result<impl Fn(&RepoPath) -> Result<bool, UpdateError>, UpdateError> {
        let walked = if self.is_versioned() { None } else { Some(self.walked(sides)?) };
        Ok(move |path: &RepoPath| match &walked {
            Some(walked) => Ok(walked.contains(path)),
            None => self.committed(path).map(|file| file.is_some()),
        })
    }

    /// Keeps rendered files in the repository, reachable by a ref of its own.
    ///
    /// # Errors
    /// [`UpdateError`] when the repository cannot be written.
    pub fn keep(&self, files: &Files, what: &str) -> Result<(), UpdateError> {
        let Some(Git { repository, prefix }) = &self.git else { return Ok(()) };
        let tree = repository.find_tree(tree(repository, files)?)?;
        let place = if prefix.is_empty() { String::new() } else { format!(" in {prefix}") };
        Ok(pristine(repository, &tree, &format!("{what}{place}"))?)
    }
}

/// Makes a tree of rendered files reachable, before those that are.
pub(in crate::disk) fn pristine(repository: &Repository, tree: &Tree<'_>, what: &str) -> Result<(), git2::Error> {
    let last = repository.find_reference(PRISTINE).ok().and_then(|reference| reference.peel_to_commit().ok());
    if last.as_ref().is_some_and(|last| last.tree_id() == tree.id()) {
        return Ok(());
    }
    let who = Signature::now("polity", "polity@localhost")?;
    let parents: Vec<_> = last.iter().collect();
    let message = format!("{what}, as rendered\n\nKept so that `polity update` finds what it rendered.\n");
    let commit = repository.commit(None, &who, &who, &message, tree, &parents)?;
    repository.reference(PRISTINE, commit, true, "polity: keep what was rendered").map(drop)
}

/// A repository with a working tree around the folder; a bare one keeps nothing here.
fn located(repository: Repository, folder: &Path) -> Option<Git> {
    let root = repository.workdir()?.canonicalize().ok()?;
    let inside = folder.strip_prefix(&root).ok()?.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    let prefix = if inside.is_empty() { String::new() } else { format!("{inside}/") };
    Some(Git { repository, prefix })
}

/// The tree of the last commit; `None` before the first.
pub(super) fn head(repository: &Repository) -> Result<Option<Oid>, UpdateError> {
    match repository.head() {
        Ok(head) => Ok(Some(head.peel_to_tree()?.id())),
        Err(error) if matches!(error.code(), git2::ErrorCode::UnbornBranch | git2::ErrorCode::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The git command in a folder, and nothing else that an environment variable could make of it.
pub(super) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["--no-replace-objects", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"]);
    command.args(args).current_dir(folder).stdin(Stdio::null()).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR"]
    {
        command.env_remove(name);
    }
    command
}
