//! A registry as plain files, of a web server or of a folder: the statements in one file, everything else by its digest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalog::trust::FOLDER;
use crate::disk::{Cache, Snapshot, object_name, parse_list};
use crate::net::files;
use crate::tree::{Digest, Mode, RepoPath, Tree};

use super::fetch::{Failure, failure};

/// Every statement and signature: a line for each, the name and the text of its file as a JSON array. Replaced as a whole, so that nobody
/// sees half of a publication.
pub(super) const STATEMENTS: &str = "statements.jsonl";
/// Whose registry it is.
pub(super) const REGISTRY: &str = "registry.yaml";
/// The largest file, in bytes.
const LARGEST: u64 = 256 << 20;

/// Plain files that stand for a registry.
pub(super) struct Site {
    place: Place,
    /// What came, and is not proven yet.
    scratch: tempfile::TempDir,
}

enum Place {
    Web(String, Duration),
    Folder(PathBuf),
}

impl Site {
    /// The files of a web server below `url`.
    pub(super) fn web(url: &str, cache: &Cache, deadline: Duration) -> Result<Self, Failure> {
        Ok(Self { place: Place::Web(url.to_owned(), deadline), scratch: cache.scratch().map_err(|e| failure(&e))? })
    }

    /// A folder, if it holds such files.
    pub(super) fn folder(path: &Path, cache: &Cache) -> Result<Option<Self>, Failure> {
        if !path.join(STATEMENTS).is_file() {
            return Ok(None);
        }
        Ok(Some(Self { place: Place::Folder(path.to_owned()), scratch: cache.scratch().map_err(|e| failure(&e))? }))
    }

    /// The registry file and the statements.
    pub(super) fn snapshot(&self) -> Result<Snapshot, Failure> {
        self.get(&[REGISTRY.to_owned(), STATEMENTS.to_owned()]).map_err(|why| Failure { why, refused: false })?;
        let text = self.came(STATEMENTS).ok_or_else(|| Failure { why: format!("has no {STATEMENTS}"), refused: true })?;
        let mut tree = Tree::new();
        if let Some(bytes) = self.came(REGISTRY) {
            tree.insert(RepoPath::found(REGISTRY.to_owned()), Mode::File, bytes);
        }
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
            let wrong = |why: String| Failure { why: format!("{STATEMENTS}:{}: {why}", index + 1), refused: true };
            let (name, text): (String, String) = serde_json::from_slice(line).map_err(|e| wrong(e.to_string()))?;
            let path = RepoPath::new(&name).ok().filter(|path| path.as_str() == path.file_name());
            let path = path.ok_or_else(|| wrong(format!("`{name}` is not the name of a file")))?;
            tree.insert(RepoPath::found(format!("{FOLDER}/{path}")), Mode::File, text.into_bytes());
        }
        Ok(Snapshot::Folder(tree, Vec::new()))
    }

    /// Fetches what the trees with these digests are made of and the cache lacks: first the lists of their files, then the files.
    pub(super) fn bring(&self, cache: &Cache, trees: &[Digest]) -> Result<(), String> {
        let lacks = |digest: &&Digest| cache.bytes(digest).is_none();
        self.get(&trees.iter().filter(lacks).map(object_name).collect::<Vec<_>>())?;
        let lists = trees.iter().filter_map(|digest| parse_list(&String::from_utf8(self.bytes(cache, digest).ok()?).ok()?));
        let files: BTreeSet<_> = lists.flat_map(|list| list.into_values().map(|(_, digest)| digest)).collect();
        self.get(&files.iter().filter(lacks).map(object_name).collect::<Vec<_>>())
    }

    /// A tree that was brought, each of its files proven by its digest.
    pub(super) fn tree(&self, cache: &Cache, digest: &Digest, folder: &str) -> Result<Tree, String> {
        let list = self.bytes(cache, digest)?;
        let list = String::from_utf8(list).ok().and_then(|text| parse_list(&text));
        let mut tree = Tree::new();
        for (path, (mode, digest)) in list.ok_or("the list of its files cannot be read")? {
            tree.insert(path, mode, self.bytes(cache, &digest)?);
        }
        Snapshot::unit(&tree, folder).map_err(|e| e.to_string())
    }

    fn bytes(&self, cache: &Cache, digest: &Digest) -> Result<Vec<u8>, String> {
        if let Some(known) = cache.bytes(digest) {
            return Ok(known);
        }
        let name = object_name(digest);
        let bytes = self.came(&name).ok_or_else(|| format!("{name} did not come"))?;
        let found = Digest::of(&bytes);
        if found == *digest { Ok(bytes) } else { Err(format!("{name} holds other bytes, with the digest {found}")) }
    }

    fn came(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.scratch.path().join(name)).ok()
    }

    fn get(&self, names: &[String]) -> Result<(), String> {
        let to = self.scratch.path();
        match &self.place {
            _ if names.is_empty() => Ok(()),
            Place::Web(url, deadline) => files::fetch(url, names, to, LARGEST, *deadline).map_err(|e| e.to_string()),
            Place::Folder(from) => names.iter().filter(|name| from.join(name).is_file()).try_for_each(|name| {
                let place = to.join(name);
                let copy = || fs::create_dir_all(place.parent().unwrap_or(to)).and_then(|()| fs::copy(from.join(name), &place));
                copy().map(drop).map_err(|e| format!("cannot read `{name}`: {e}"))
            }),
        }
    }
}
