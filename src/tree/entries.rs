//! A repository in memory: sorted paths, each with a mode and bytes that are read when first asked for.
//!
//! The tree does not know where bytes come from; `disk` and `catalog` give it a [`Source`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::packed::Packed;
use super::{Digest, RepoPath, tree_digest};

/// What git records of a file's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A regular file (`100644`).
    File,
    /// A regular file with the executable bit (`100755`).
    Executable,
    /// A symbolic link (`120000`); its bytes are the target.
    Symlink,
}

impl Mode {
    /// Git's octal notation.
    #[must_use]
    pub fn as_git(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
        }
    }
}

/// A file in memory: its kind and its bytes.
pub type File = (Mode, Arc<[u8]>);
/// Files in memory, by path.
pub type Files = BTreeMap<RepoPath, File>;
/// Files in memory, by path; `None` for a file that is gone.
pub type Changes = BTreeMap<RepoPath, Option<File>>;

/// Where the bytes of a tree come from, when they are not in memory already.
pub trait Source: Send + Sync {
    /// Reads the whole file at `path`.
    ///
    /// # Errors
    /// A [`ReadError`] that says why the file cannot be read.
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError>;

    /// What tells one content of the file from the next without reading it, if there is such a thing.
    fn stamp(&self, _path: &RepoPath) -> Option<Stamp> {
        None
    }
}

/// What a file system says about a file. It changes whenever the content does, unless that happens twice within one tick of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The size in bytes.
    pub size: u64,
    /// The number of the file.
    pub inode: u64,
    /// When its content was last changed as far as programs say, in nanoseconds since 1970.
    pub modified: i64,
    /// When it was last changed in any way, in nanoseconds since 1970.
    pub changed: i64,
}

/// How much older than a run a change must be, in nanoseconds, for a stamp to tell the next change from it: some file systems keep whole
/// seconds, FAT even two.
const SETTLED: i64 = 2_000_000_000;

impl Stamp {
    /// Whether what is changed after `now`, in nanoseconds since 1970, has another stamp.
    #[must_use]
    pub fn is_settled(self, now: i64) -> bool {
        self.modified.max(self.changed) < now - SETTLED
    }
}

/// What stands in a file system and not in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// A folder that cannot be read or named, whose files are unknown.
    Folder,
    /// What cannot be named, and pipes, devices and sockets.
    File,
    /// A link that leads nowhere, or to a file outside; an ignored file that git may track all the same.
    Link,
    /// A link to a folder outside, or to one that is left out, whose files are unknown; an ignored folder in which git may track files.
    LinkedFolder,
    /// A submodule that is not checked out, whose files are unknown.
    Submodule,
    /// A link to a folder of the tree, whose files stand in it under their own names.
    Alias,
}

impl Lack {
    /// Whether it is a folder, whose files are then unknown.
    #[must_use]
    pub fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::LinkedFolder | Self::Submodule)
    }
}

/// Why a file of a tree could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such file in the tree.
    #[error("no such file")]
    Missing,
    /// The file is larger than the reader accepts; both sizes are in bytes.
    #[error("file has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The file's size.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// The operating system refused, or the file is a broken link.
    #[error("{0}")]
    Io(String),
}

/// One file of a tree.
#[derive(Clone)]
pub struct Entry {
    /// The file's kind.
    pub mode: Mode,
    /// The size in bytes, as far as it is known without reading.
    pub size: Option<u64>,
    /// What told its content from the next one when it was found, as far as where it comes from knows that.
    pub stamp: Option<Stamp>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Static(&'static [u8]),
    Memory(Arc<[u8]>),
    Lazy(Arc<dyn Source>),
}

impl Entry {
    /// A file whose bytes `source` reads when they are asked for.
    pub fn lazy(mode: Mode, source: Arc<dyn Source>) -> Self {
        Self { mode, size: None, stamp: None, content: Content::Lazy(source) }
    }

    /// The same with its size in bytes.
    #[must_use]
    pub fn sized(self, size: Option<u64>) -> Self {
        Self { size, ..self }
    }

    /// The same with what told its content when it was found.
    #[must_use]
    pub fn stamped(self, stamp: Option<Stamp>) -> Self {
        Self { stamp, ..self }
    }

    fn of(mode: Mode, size: usize, content: Content) -> Self {
        Self { mode, size: Some(size as u64), stamp: None, content }
    }

    /// The bytes, if they were put into the tree and are not read from somewhere.
    #[must_use]
    pub fn written(&self) -> Option<&Arc<[u8]>> {
        if let Content::Memory(bytes) = &self.content { Some(bytes) } else { None }
    }
}

/// A repository: paths in byte order, each with lazily read content.
#[derive(Clone, Default)]
pub struct Tree {
    /// Files of the program that are not spread out into entries before somebody asks for all of them.
    packed: Option<Packed>,
    entries: OnceLock<BTreeMap<RepoPath, Entry>>,
}

impl From<BTreeMap<RepoPath, Entry>> for Tree {
    fn from(entries: BTreeMap<RepoPath, Entry>) -> Self {
        Self { packed: None, entries: entries.into() }
    }
}

impl Tree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Files that are part of the program; nothing is copied before somebody reads them.
    #[must_use]
    pub fn packed(files: Packed) -> Self {
        Self { packed: Some(files), entries: OnceLock::new() }
    }

    fn entries(&self) -> &BTreeMap<RepoPath, Entry> {
        self.entries.get_or_init(|| {
            self.packed.iter().flat_map(Packed::iter).map(|(name, mode, bytes)| (found(name), inside(mode, bytes))).collect()
        })
    }

    fn entries_mut(&mut self) -> &mut BTreeMap<RepoPath, Entry> {
        self.entries();
        self.entries.get_mut().expect("the entries were spread out a moment ago")
    }

    /// The packed files, as long as they are all there is.
    fn still_packed(&self) -> Option<&Packed> {
        self.packed.as_ref().filter(|_| self.entries.get().is_none())
    }

    /// Adds a file whose bytes are at hand, and returns what stood there before.
    pub fn insert(&mut self, path: RepoPath, mode: Mode, bytes: impl Into<Arc<[u8]>>) -> Option<Entry> {
        let bytes = bytes.into();
        self.insert_entry(path, Entry::of(mode, bytes.len(), Content::Memory(bytes)))
    }

    /// Adds a file, and returns what stood there before.
    pub fn insert_entry(&mut self, path: RepoPath, entry: Entry) -> Option<Entry> {
        self.entries_mut().insert(path, entry)
    }

    /// Adds the files of another tree below `folder`, where none stands yet; returns how many.
    pub fn take_in(&mut self, folder: &str, other: &Self) -> usize {
        let (prefix, entries) = (prefix(folder), self.entries_mut());
        let before = entries.len();
        for (path, entry) in other.iter() {
            entries.entry(found(&format!("{prefix}{path}"))).or_insert_with(|| rebased(path, entry));
        }
        entries.len() - before
    }

    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// [`ReadError`] when the file is missing or cannot be read.
    pub fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        if let Some(packed) = self.still_packed() {
            return packed.get(path.as_str()).map(|(_, bytes)| bytes.into()).ok_or(ReadError::Missing);
        }
        match self.get(path).map(|e| &e.content) {
            None => Err(ReadError::Missing),
            Some(Content::Static(bytes)) => Ok((*bytes).into()),
            Some(Content::Memory(bytes)) => Ok(bytes.clone()),
            Some(Content::Lazy(source)) => source.read(path),
        }
    }

    /// What tells the content of the file at `path` from the next one now, if where it comes from knows that.
    #[must_use]
    pub fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        match self.get(path).map(|e| &e.content) {
            Some(Content::Lazy(source)) => source.stamp(path),
            _ => None,
        }
    }

    /// The entry at `path`, without reading it.
    #[must_use]
    pub fn get(&self, path: &RepoPath) -> Option<&Entry> {
        self.entries().get(path)
    }

    /// Whether a file stands at `path`.
    #[must_use]
    pub fn contains(&self, path: &RepoPath) -> bool {
        self.still_packed().map_or_else(|| self.entries().contains_key(path), |packed| packed.get(path.as_str()).is_some())
    }

    /// All files in byte order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &Entry)> {
        self.entries().iter()
    }

    /// The paths of the files below `folder` (all of them when it is empty), relative to it.
    #[must_use]
    pub fn below(&self, folder: &str) -> Vec<&str> {
        let prefix = prefix(folder);
        match self.still_packed() {
            Some(packed) => packed.below(&prefix).into_names().collect(),
            None => range(self.entries(), prefix).map(|(path, _)| path).collect(),
        }
    }

    /// The digest of the tree, for which every file is read.
    ///
    /// # Errors
    /// [`ReadError`] when a file cannot be read.
    pub fn digest(&self) -> Result<Digest, ReadError> {
        let rows: Vec<_> = self.iter().map(|(p, e)| Ok((p, e.mode, Digest::of(&self.read(p)?)))).collect::<Result<_, _>>()?;
        Ok(tree_digest(rows.iter().map(|(path, mode, digest)| (*path, *mode, digest))))
    }

    /// The number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether the tree has no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The files whose path is wanted.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let wanted = self.iter().filter(|(path, _)| is_wanted(path.as_str()));
        wanted.map(|(path, entry)| (path.clone(), entry.clone())).collect::<BTreeMap<_, _>>().into()
    }

    /// The files below `folder` (all of them when it is empty), with paths relative to it.
    #[must_use]
    pub fn subtree(&self, folder: &str) -> Self {
        if folder.is_empty() {
            return self.clone();
        }
        let prefix = prefix(folder);
        if let Some(packed) = self.still_packed() {
            return Self::packed(packed.below(&prefix));
        }
        let below = range(self.entries(), prefix).map(|(rest, (path, entry))| (found(rest), rebased(path, entry)));
        below.collect::<BTreeMap<_, _>>().into()
    }
}

fn prefix(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

fn found(name: &str) -> RepoPath {
    RepoPath::found(name.to_owned())
}

fn inside(mode: Mode, bytes: &'static [u8]) -> Entry {
    Entry::of(mode, bytes.len(), Content::Static(bytes))
}

/// The entries whose path begins with `prefix`, each with the rest of its path.
fn range(entries: &BTreeMap<RepoPath, Entry>, prefix: String) -> impl Iterator<Item = (&str, (&RepoPath, &Entry))> {
    let from = entries.range(found(&prefix)..);
    from.map_while(move |(path, entry)| Some((path.as_str().strip_prefix(prefix.as_str())?, (path, entry))))
}

/// The same entry seen under another path: a lazy source must still be asked for the path it knows.
fn rebased(path: &RepoPath, entry: &Entry) -> Entry {
    let content = match &entry.content {
        Content::Static(bytes) => Content::Static(bytes),
        Content::Memory(bytes) => Content::Memory(bytes.clone()),
        Content::Lazy(source) => Content::Lazy(Arc::new(Rebased { path: path.clone(), source: source.clone() })),
    };
    Entry { mode: entry.mode, size: entry.size, stamp: entry.stamp, content }
}

struct Rebased {
    path: RepoPath,
    source: Arc<dyn Source>,
}

impl Source for Rebased {
    fn read(&self, _: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        self.source.read(&self.path)
    }

    fn stamp(&self, _: &RepoPath) -> Option<Stamp> {
        self.source.stamp(&self.path)
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries().keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn subtree_takes_whole_components_only() {
        let mut tree = Tree::new();
        for name in ["a/x", "a/y/z", "ab/x", "b"] {
            tree.insert(path(name), Mode::File, name.as_bytes());
        }
        let names: Vec<_> = tree.subtree("a").iter().map(|(p, _)| p.to_string()).collect();
        assert_eq!(names, ["x", "y/z"]);
        assert_eq!(&*tree.subtree("a").read(&path("y/z")).unwrap(), b"a/y/z");
    }

    #[test]
    fn a_lazy_file_is_asked_for_by_its_first_name() {
        struct Echo;
        impl Source for Echo {
            fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
                Ok(path.as_str().as_bytes().into())
            }
        }
        let mut tree = Tree::new();
        tree.insert_entry(path("a/b/c"), Entry::lazy(Mode::File, Arc::new(Echo)));
        assert_eq!(&*tree.subtree("a").subtree("b").read(&path("c")).unwrap(), b"a/b/c");
        assert_eq!(tree.read(&path("nope")), Err(ReadError::Missing));
        let (mut around, inner) = (Tree::new(), tree.subtree("a"));
        around.insert(path("x/b/d"), Mode::File, *b"d");
        assert_eq!((around.take_in("x", &inner), around.take_in("x", &inner)), (1, 0));
        assert_eq!(&*around.read(&path("x/b/c")).unwrap(), b"a/b/c");
    }
}
