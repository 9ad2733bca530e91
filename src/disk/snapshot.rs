//! A registry as it was served: a folder, or a commit and tags in a bare repository. Read once, checked on the way, never checked out.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use crate::catalog::trust::FOLDER;
use crate::catalog::{UnitKind, is_of_root, rooted};
use crate::tree::{Mode, RepoPath, Tree};

use super::{Skipped, read_folder};

/// How the text begins that Git LFS commits in the place of a file (Git LFS, specification of pointers).
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// The most files of one template or policy.
const MAX_FILES: usize = 10_000;
/// The most files of the folder of statements, whose signatures are files too.
const MAX_STATEMENT_FILES: usize = 400_000;
/// The most bytes of all files of a folder.
const MAX_BYTES: usize = 256 << 20;

/// A registry as it was served.
pub enum Snapshot {
    /// A plain folder, and what could not be read of it.
    Folder(Tree, Vec<Skipped>),
    /// A bare repository that was fetched into.
    Git {
        /// The repository.
        repository: Repository,
        /// The tree of the default branch.
        head: Oid,
    },
}

/// Why something of a registry is not read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read at all.
    #[error("cannot read it: {0}")]
    Unreadable(String),
    /// It holds what a template or policy must not hold.
    #[error("`{path}`: {reason}")]
    Refused {
        /// The path in the registry.
        path: String,
        /// Why.
        reason: String,
    },
}

impl From<git2::Error> for SnapshotError {
    fn from(error: git2::Error) -> Self {
        Self::Unreadable(error.message().to_owned())
    }
}

impl Snapshot {
    /// A plain folder.
    ///
    /// # Errors
    /// [`SnapshotError::Unreadable`] when there is none.
    pub fn folder(path: &Path) -> Result<Self, SnapshotError> {
        let walk = read_folder(path).map_err(|e| SnapshotError::Unreadable(e.cause.to_string()))?;
        Ok(Self::Folder(walk.tree, walk.skipped))
    }

    /// What was fetched into a bare repository.
    ///
    /// # Errors
    /// [`SnapshotError::Unreadable`] when it has no `refs/polity/head`.
    pub fn git(folder: &Path) -> Result<Self, SnapshotError> {
        let repository = Repository::open_bare(folder)?;
        let head = repository.find_reference("refs/polity/head")?.peel_to_tree()?.id();
        Ok(Self::Git { repository, head })
    }

    /// The last commit of a working copy.
    ///
    /// # Errors
    /// [`SnapshotError::Unreadable`] when the folder is no git repository or has no commit.
    pub fn checkout(folder: &Path) -> Result<Self, SnapshotError> {
        let repository = Repository::open(folder)?;
        let head = repository.head()?.peel_to_tree()?.id();
        Ok(Self::Git { repository, head })
    }

    /// A template or policy that came file by file.
    ///
    /// # Errors
    /// [`SnapshotError`] as for [`Snapshot::below`].
    pub fn unit(tree: &Tree, folder: &str) -> Result<Tree, SnapshotError> {
        copy(tree, folder)
    }

    /// The files below a folder of the default branch, or of the folder itself.
    ///
    /// # Errors
    /// [`SnapshotError`] when a file is a link, a submodule or badly named, or when there is too much.
    pub fn below(&self, folder: &str) -> Result<Tree, SnapshotError> {
        match self {
            Self::Folder(tree, skipped) => {
                let is_root = self.file("registry.yaml").is_some_and(|bytes| leads_to_root(&bytes, folder));
                let is_inside = |path: &str| if is_root { is_of_root(path) } else { Path::new(path).starts_with(folder) };
                // A unit without one of its files would be another unit.
                match skipped.iter().find(|skipped| is_inside(&skipped.path)) {
                    Some(skipped) => Err(refused(skipped.path.clone(), skipped.reason.clone())),
                    None if is_root => copy(&tree.only(is_of_root), folder),
                    None => copy(&tree.subtree(folder), folder),
                }
            }
            Self::Git { repository, head } => git_tree(repository, *head, folder),
        }
    }

    /// One file of the default branch, or of the folder.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Self::Folder(tree, _) => tree.read(&RepoPath::new(path).ok()?).ok().map(|bytes| bytes.to_vec()),
            Self::Git { repository, head } => git_file(repository, *head, path),
        }
    }

    /// The templates and policies of the default branch, or of the folder.
    #[must_use]
    pub fn units(&self) -> Vec<(UnitKind, String)> {
        let kinds = [UnitKind::Template, UnitKind::Policy, UnitKind::Layer];
        let root = self.file("registry.yaml").and_then(|bytes| rooted(&bytes)).map(|name| (UnitKind::Template, name));
        kinds.into_iter().flat_map(|kind| self.names(kind).into_iter().map(move |name| (kind, name))).chain(root).collect()
    }

    fn names(&self, kind: UnitKind) -> Vec<String> {
        let names: Vec<String> = match self {
            Self::Folder(tree, _) => {
                let below = tree.subtree(kind.folder());
                let names = below.iter().filter_map(|(path, _)| Some(path.as_str().split_once('/')?.0.to_owned()));
                names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
            }
            Self::Git { repository, head } => {
                let entry = |repository: &Repository| -> Option<Vec<String>> {
                    let tree = repository.find_tree(*head).ok()?;
                    let folder = repository.find_tree(tree.get_name(kind.folder())?.id()).ok()?;
                    Some(folder.iter().filter_map(|entry| Some(entry.name().ok()?.to_owned())).collect())
                };
                entry(repository).unwrap_or_default()
            }
        };
        names.into_iter().filter(|name| self.file(&format!("{}/{name}/{}", kind.folder(), kind.manifest())).is_some()).collect()
    }

    /// The tags for releases, `templates/<name>/<version>` and `policies/<name>/<version>`, with the object that each names.
    #[must_use]
    pub fn tags(&self) -> BTreeMap<String, String> {
        let Self::Git { repository, .. } = self else { return BTreeMap::new() };
        let Ok(references) = repository.references_glob("refs/tags/*") else { return BTreeMap::new() };
        let found = references.filter_map(|reference| {
            let reference = reference.ok()?;
            let name = reference.name().ok()?.strip_prefix("refs/tags/")?.to_owned();
            Some((name, reference.target()?.to_string()))
        });
        found.collect()
    }

    /// The files below a folder of the commit that a tag names.
    ///
    /// # Errors
    /// [`SnapshotError`] as for [`Snapshot::below`].
    pub fn tagged(&self, tag: &str, folder: &str) -> Result<Tree, SnapshotError> {
        let Self::Git { repository, .. } = self else { return Err(SnapshotError::Unreadable("a folder has no tags".to_owned())) };
        let tree = repository.find_reference(&format!("refs/tags/{tag}"))?.peel_to_tree()?.id();
        git_tree(repository, tree, folder)
    }
}

/// Whether what a registry calls `folder` is the template at its root.
fn leads_to_root(registry: &[u8], folder: &str) -> bool {
    rooted(registry).is_some_and(|id| folder == format!("{}/{id}", UnitKind::Template.folder()))
}

fn git_file(repository: &Repository, root: Oid, path: &str) -> Option<Vec<u8>> {
    let entry = repository.find_tree(root).ok()?.get_path(Path::new(path)).ok()?;
    (entry.filemode() & 0o170_000 == 0o100_000).then_some(())?;
    Some(repository.find_blob(entry.id()).ok()?.content().to_vec())
}

fn refused(path: String, reason: impl Into<String>) -> SnapshotError {
    SnapshotError::Refused { path, reason: reason.into() }
}

/// Adds one file, if it is one that polity would write.
struct Builder<'a> {
    folder: &'a str,
    tree: Tree,
    keys: BTreeMap<String, String>,
    bytes: usize,
}

impl<'a> Builder<'a> {
    fn new(folder: &'a str) -> Self {
        Self { folder, tree: Tree::new(), keys: BTreeMap::new(), bytes: 0 }
    }

    fn add(&mut self, name: &str, mode: Mode, bytes: &[u8]) -> Result<(), SnapshotError> {
        let shown = || format!("{}/{name}", self.folder);
        let path = RepoPath::new(name).map_err(|e| refused(shown(), e.to_string()))?;
        if mode == Mode::Symlink {
            return Err(refused(shown(), "a link is not taken from a registry"));
        }
        if bytes.starts_with(POINTER) {
            return Err(refused(shown(), "a pointer of Git LFS, not the file that it stands for"));
        }
        if let Some(other) = self.keys.insert(path.collision_key(), name.to_owned()) {
            return Err(refused(shown(), format!("some file systems take it and `{other}` for one file")));
        }
        self.bytes += bytes.len();
        let most = if self.folder == FOLDER { MAX_STATEMENT_FILES } else { MAX_FILES };
        if self.tree.len() >= most || self.bytes > MAX_BYTES {
            return Err(refused(shown(), format!("there are more than {most} files or {} MiB", MAX_BYTES >> 20)));
        }
        self.tree.insert(path, mode, bytes);
        Ok(())
    }
}

fn copy(tree: &Tree, folder: &str) -> Result<Tree, SnapshotError> {
    let mut builder = Builder::new(folder);
    for (path, entry) in tree.iter() {
        let bytes = if entry.mode == Mode::Symlink { Vec::new().into() } else { read(tree, path, folder)? };
        builder.add(path.as_str(), entry.mode, &bytes)?;
    }
    Ok(builder.tree)
}

fn read(tree: &Tree, path: &RepoPath, folder: &str) -> Result<std::sync::Arc<[u8]>, SnapshotError> {
    tree.read(path).map_err(|e| refused(format!("{folder}/{path}"), e.to_string()))
}

/// The blobs below a folder of a git tree. A folder that is not there is empty.
fn git_tree(repository: &Repository, root: Oid, folder: &str) -> Result<Tree, SnapshotError> {
    let is_at_root = git_file(repository, root, "registry.yaml").is_some_and(|bytes| leads_to_root(&bytes, folder));
    let root = repository.find_tree(root)?;
    let top = match root.get_path(Path::new(folder)) {
        _ if is_at_root => root,
        Err(_) => return Ok(Tree::new()),
        Ok(entry) if entry.kind() != Some(ObjectType::Tree) => return Err(refused(folder.to_owned(), "it is not a folder")),
        Ok(entry) => repository.find_tree(entry.id())?,
    };
    let (mut builder, mut failure) = (Builder::new(folder), None);
    let walked = top.walk(TreeWalkMode::PreOrder, |parent, entry| {
        let Ok(name) = entry.name() else {
            failure = Some(refused(folder.to_owned(), "a name is not UTF-8"));
            return TreeWalkResult::Abort;
        };
        if is_at_root && !is_of_root(&format!("{parent}{name}")) {
            return TreeWalkResult::Skip;
        }
        match add_entry(repository, &mut builder, &format!("{parent}{name}"), entry) {
            Ok(()) => TreeWalkResult::Ok,
            Err(error) => {
                failure = Some(error);
                TreeWalkResult::Abort
            }
        }
    });
    match (failure, walked) {
        (Some(error), _) => Err(error),
        (None, walked) => walked.map(|()| builder.tree).map_err(Into::into),
    }
}

fn add_entry(repository: &Repository, builder: &mut Builder<'_>, name: &str, entry: &git2::TreeEntry<'_>) -> Result<(), SnapshotError> {
    let mode = match entry.filemode() {
        0o040_000 => return Ok(()),
        0o100_755 => Mode::Executable,
        0o120_000 => Mode::Symlink,
        0o160_000 => return Err(refused(format!("{}/{name}", builder.folder), "a submodule is not taken from a registry")),
        mode if mode & 0o170_000 == 0o100_000 => Mode::File,
        _ => return Err(refused(format!("{}/{name}", builder.folder), "neither a file nor a folder")),
    };
    builder.add(name, mode, repository.find_blob(entry.id())?.content())
}
