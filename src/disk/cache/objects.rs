//! The content store: files by the SHA-256 of their bytes, and trees by the digest of the list that names their files.
//!
//! A tree's list is what its digest is taken over (`mode SP path NUL sha256 LF`), so a tree is one more object of the store.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::tree::{Digest, Entry, Mode, ReadError, RepoPath, Source, Tree};

use super::{Cache, CacheError};

/// Why a tree was not stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The cache cannot be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A file of the tree cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Read(String, ReadError),
}

impl Cache {
    /// Stores a tree with all its files, and returns its digest.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be read or written. Nothing half-written is ever found.
    pub fn store(&self, tree: &Tree) -> Result<Digest, StoreError> {
        let mut list = Vec::new();
        for (path, entry) in tree.iter() {
            let bytes = tree.read(path).map_err(|e| StoreError::Read(path.to_string(), e))?;
            let digest = self.store_bytes(&bytes)?;
            list.extend_from_slice(format!("{} {path}\0{digest}\n", entry.mode.as_git()).as_bytes());
        }
        Ok(self.store_bytes(&list)?)
    }

    /// The stored tree with this digest, its files read when they are asked for; `None` when the list is absent or damaged.
    #[must_use]
    pub fn tree(&self, digest: &Digest) -> Option<Tree> {
        let list = self.read_bytes(digest).ok()?;
        let files = parse_list(std::str::from_utf8(&list).ok()?)?;
        let source: Arc<dyn Source> = Arc::new(Stored {
            cache: self.clone(),
            files: files.iter().map(|(path, (_, digest))| (path.clone(), digest.clone())).collect(),
        });
        let mut tree = Tree::new();
        for (path, (mode, _)) in files {
            tree.insert_entry(path, Entry::lazy(mode, source.clone()));
        }
        Some(tree)
    }

    /// Whether the tree was stored: its list comes after its files. Neither is read.
    #[must_use]
    pub fn holds(&self, digest: &Digest) -> bool {
        self.object(digest).is_file()
    }

    /// Whether the tree and every file of it are in the store. Their bytes are checked when they are read.
    #[must_use]
    pub fn has_tree(&self, digest: &Digest) -> bool {
        let Ok(list) = self.read_bytes(digest) else { return false };
        let files = std::str::from_utf8(&list).ok().and_then(parse_list);
        files.is_some_and(|files| files.values().all(|(_, digest)| self.object(digest).is_file()))
    }

    /// What the store lacks of a tree, or holds in other bytes: its list, or the first file that is of use, in words. Cases are not: they are
    /// only looked for, since nobody but the tests of a policy reads them.
    #[must_use]
    pub fn flaw(&self, digest: &Digest) -> Option<String> {
        let list = match self.read_bytes(digest) {
            Ok(list) => list,
            Err(error) => return Some(format!("the list of its files, {}: {error}", object_name(digest))),
        };
        let Some(files) = std::str::from_utf8(&list).ok().and_then(parse_list) else { return Some("it is no list of files".to_owned()) };
        let is_lost = |path: &RepoPath, digest: &Digest| match path.as_str().starts_with("cases/") {
            true => fs::metadata(self.object(digest)).map(drop).map_err(lost),
            false => self.read_bytes(digest).map(drop),
        };
        let flaw = |(path, (_, digest)): (&RepoPath, &(Mode, Digest))| {
            Some(format!("`{path}`, {}: {}", object_name(digest), is_lost(path, digest).err()?))
        };
        files.iter().find_map(flaw)
    }

    /// The bytes with this digest, if the store has them.
    #[must_use]
    pub fn bytes(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.read_bytes(digest).ok()
    }

    fn object(&self, digest: &Digest) -> PathBuf {
        self.root.join(object_name(digest))
    }

    fn store_bytes(&self, bytes: &[u8]) -> Result<Digest, CacheError> {
        let digest = Digest::of(bytes);
        let path = self.object(&digest);
        if self.read_bytes(&digest).is_ok() {
            return Ok(digest);
        }
        self.make(&format!("objects/{}", &digest.as_str()[..2]))?;
        self.replace(&path, bytes)?;
        Ok(digest)
    }

    fn read_bytes(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let path = self.object(digest);
        let bytes = fs::read(&path).map_err(lost)?;
        if Digest::of(&bytes) == *digest {
            return Ok(bytes);
        }
        // Absent is better than damaged: the next sync stores it again.
        let _ = fs::remove_file(&path);
        Err(io::Error::new(io::ErrorKind::InvalidData, "the cached copy is damaged; `polity registry sync` fetches it again"))
    }
}

/// What is not there is told as what it is for whom reads it.
fn lost(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "the cached copy is gone; `polity registry sync` fetches it again"),
        _ => error,
    }
}

/// Where the bytes with a digest lie below the root of a store: in the cache, and where plain files stand for a registry.
#[must_use]
pub fn object_name(digest: &Digest) -> String {
    let (head, tail) = digest.as_str().split_at(2);
    format!("objects/{head}/{tail}")
}

/// Reads a tree's list: its files with mode and digest. `None` when it is none, or names a path that polity would not write.
#[must_use]
pub fn parse_list(text: &str) -> Option<BTreeMap<RepoPath, (Mode, Digest)>> {
    let row = |line: &str| {
        let (mode, rest) = line.split_once(' ')?;
        let (path, digest) = rest.split_once('\0')?;
        let mode = [Mode::File, Mode::Executable, Mode::Symlink].into_iter().find(|m| m.as_git() == mode)?;
        Some((RepoPath::new(path).ok()?, (mode, Digest::parse(digest).ok()?)))
    };
    text.lines().map(row).collect()
}

struct Stored {
    cache: Cache,
    files: BTreeMap<RepoPath, Digest>,
}

impl Source for Stored {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let digest = self.files.get(path).ok_or(ReadError::Missing)?;
        self.cache.read_bytes(digest).map(Into::into).map_err(|e| ReadError::Io(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tree_digest;

    fn sample() -> Tree {
        let mut tree = Tree::new();
        for (path, mode, text) in [("a b", Mode::File, "one"), ("bin/x", Mode::Executable, "two"), ("c", Mode::File, "one")] {
            tree.insert(RepoPath::new(path).unwrap(), mode, text.as_bytes());
        }
        tree
    }

    #[test]
    fn a_tree_comes_back_under_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().join("deep/cache"));
        let digest = cache.store(&sample()).unwrap();
        let digests: Vec<_> = sample().iter().map(|(p, e)| (p.clone(), e.mode, Digest::of(&sample().read(p).unwrap()))).collect();
        assert_eq!(digest, tree_digest(digests.iter().map(|(p, m, d)| (p, *m, d))), "the list is what the digest is taken over");
        let back = cache.tree(&digest).unwrap();
        let rows = |tree: &Tree| tree.iter().map(|(p, e)| (p.clone(), e.mode, tree.read(p).unwrap())).collect::<Vec<_>>();
        assert_eq!(rows(&back), rows(&sample()));
        assert!(cache.has_tree(&digest) && cache.tree(&Digest::of(b"")).is_none());
    }

    #[test]
    fn a_damaged_file_is_noticed_and_stored_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        let digest = cache.store(&sample()).unwrap();
        fs::write(cache.object(&Digest::of(b"two")), "owt").unwrap();
        let path = RepoPath::new("bin/x").unwrap();
        let error = cache.tree(&digest).unwrap().read(&path).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
        assert!(!cache.has_tree(&digest), "the damaged file is gone");
        cache.store(&sample()).unwrap();
        assert_eq!(&*cache.tree(&digest).unwrap().read(&path).unwrap(), b"two");
        fs::write(cache.object(&digest), "half").unwrap();
        assert!(cache.tree(&digest).is_none());
    }

    #[test]
    fn many_writers_do_not_disturb_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        let digests: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| cache.store(&sample()).unwrap())).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(digests.iter().all(|d| *d == digests[0]) && cache.has_tree(&digests[0]));
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0, "nothing half-written stays");
    }
}
