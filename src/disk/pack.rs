//! A git pack written in one go: blobs and trees as they are, without compression and deltas, with its index.
//!
//! libgit2 packs with the dearest compression and hashes what it packs a second time. Even the quickest costs a tenth of making a service,
//! to save a quarter of a megabyte; `git repack -F` saves it when somebody wants it. Format: `gitformat-pack(5)`, version 2 of both files.
//! It reads nothing and knows no references.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use rayon::prelude::*;
use sha1::{Digest as _, Sha1};

use crate::tree::{Change, Mode, Plan};

/// The name of an object: the SHA-1 of its header and its bytes.
pub(super) type Name = [u8; 20];

/// A kind of object, with its number in a pack.
#[derive(Clone, Copy)]
enum Kind {
    Tree = 2,
    Blob = 3,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Blob => "blob",
        }
    }
}

/// An object as it stands in a pack.
struct Packed {
    name: Name,
    bytes: Vec<u8>,
}

/// The objects of a plan's files and folders.
pub(super) struct Pack {
    objects: BTreeMap<Name, Vec<u8>>,
    files: Vec<Name>,
    root: Name,
}

impl Pack {
    /// Packs what a plan writes.
    pub(super) fn of(plan: &Plan) -> Self {
        let files: Vec<_> = plan.iter().filter_map(|(path, change)| Some((path.as_str(), written(change)?))).collect();
        let blobs: Vec<_> = files.par_iter().map(|(_, (_, bytes))| pack(Kind::Blob, bytes)).collect();
        let mut folder = Folder::default();
        for ((path, (mode, _)), blob) in files.iter().zip(&blobs) {
            folder.add(path, *mode, blob.name);
        }
        let names = blobs.iter().map(|blob| blob.name).collect();
        let mut objects: BTreeMap<_, _> = blobs.into_iter().map(|blob| (blob.name, blob.bytes)).collect();
        let root = folder.pack(&mut objects);
        Self { objects, files: names, root }
    }

    /// The names of the blobs of the files, in the order of the plan.
    pub(super) fn files(&self) -> &[Name] {
        &self.files
    }

    /// The name of the tree of all files.
    pub(super) fn root(&self) -> Name {
        self.root
    }

    /// Writes the pack and its index into a folder, `objects/pack` of a repository.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let count = u32::try_from(self.objects.len()).map_err(io::Error::other)?;
        let mut pack = [b"PACK".as_slice(), &2_u32.to_be_bytes(), &count.to_be_bytes()].concat();
        let mut places = Vec::with_capacity(self.objects.len());
        for bytes in self.objects.values() {
            // Above 2 GiB offsets need a table of their own; no plan comes near.
            let offset = i32::try_from(pack.len()).map_err(io::Error::other)?;
            places.push((offset.unsigned_abs(), crc32fast::hash(bytes)));
            pack.extend_from_slice(bytes);
        }
        let sum: Name = Sha1::digest(&pack).into();
        pack.extend_from_slice(&sum);
        let name = format!("pack-{}", hex(&sum));
        create(&folder.join(format!("{name}.pack")), &pack)?;
        create(&folder.join(format!("{name}.idx")), &self.index(&places, sum))
    }

    fn index(&self, places: &[(u32, u32)], pack: Name) -> Vec<u8> {
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        let mut names = self.objects.keys().peekable();
        let mut seen = 0_u32;
        for first in 0..=u8::MAX {
            while names.next_if(|name| name[0] == first).is_some() {
                seen += 1;
            }
            index.extend_from_slice(&seen.to_be_bytes());
        }
        index.extend(self.objects.keys().flatten());
        index.extend(places.iter().flat_map(|(_, crc)| crc.to_be_bytes()));
        index.extend(places.iter().flat_map(|(offset, _)| offset.to_be_bytes()));
        index.extend_from_slice(&pack);
        let sum: Name = Sha1::digest(&index).into();
        index.extend_from_slice(&sum);
        index
    }
}

fn written(change: &Change) -> Option<(Mode, &[u8])> {
    match change {
        Change::Write { mode, bytes } => Some((*mode, bytes)),
        Change::Delete => None,
    }
}

/// A folder of files and folders.
#[derive(Default)]
struct Folder<'a> {
    /// By name as git sorts: a folder's as if it ended in a slash.
    entries: BTreeMap<String, Entry<'a>>,
}

enum Entry<'a> {
    File(&'a str, Mode, Name),
    Folder(&'a str, Folder<'a>),
}

impl<'a> Folder<'a> {
    fn add(&mut self, path: &'a str, mode: Mode, name: Name) {
        let Some((first, rest)) = path.split_once('/') else {
            self.entries.insert(path.to_owned(), Entry::File(path, mode, name));
            return;
        };
        let entry = self.entries.entry(format!("{first}/")).or_insert_with(|| Entry::Folder(first, Folder::default()));
        if let Entry::Folder(_, folder) = entry {
            folder.add(rest, mode, name);
        }
    }

    /// Packs the folders below, then this one.
    fn pack(&self, objects: &mut BTreeMap<Name, Vec<u8>>) -> Name {
        let mut bytes = Vec::new();
        for entry in self.entries.values() {
            let (mode, word, name) = match entry {
                Entry::File(word, mode, name) => (mode.as_git(), word, *name),
                Entry::Folder(word, folder) => ("40000", word, folder.pack(objects)),
            };
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(word.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&name);
        }
        let tree = pack(Kind::Tree, &bytes);
        objects.insert(tree.name, tree.bytes);
        tree.name
    }
}

/// Names an object and puts it into the form of a pack.
fn pack(kind: Kind, bytes: &[u8]) -> Packed {
    let mut hash = Sha1::new();
    hash.update(format!("{} {}\0", kind.word(), bytes.len()));
    hash.update(bytes);
    let mut packed = header(kind, bytes.len());
    store(bytes, &mut packed);
    Packed { name: hash.finalize().into(), bytes: packed }
}

/// Writes a zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4).
fn store(bytes: &[u8], packed: &mut Vec<u8>) {
    const FASTEST: [u8; 2] = [0x78, 0x01];
    let blocks = bytes.len().div_ceil(usize::from(u16::MAX)).max(1);
    packed.reserve(bytes.len() + 5 * blocks + 6);
    packed.extend(FASTEST);
    for number in 1..=blocks {
        let block = &bytes[(number - 1) * usize::from(u16::MAX)..];
        let size = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(number == blocks));
        packed.extend(size.to_le_bytes());
        packed.extend((!size).to_le_bytes());
        packed.extend_from_slice(&block[..usize::from(size)]);
    }
    packed.extend(simd_adler32::adler32(&bytes).to_be_bytes());
}

/// The kind and the size, four bits of it in the first byte and seven in each further one.
fn header(kind: Kind, size: usize) -> Vec<u8> {
    let low = |size: usize, bits: u32| u8::try_from(size & ((1 << bits) - 1)).unwrap_or_default();
    let mut rest = size >> 4;
    let mut bytes = vec![(kind as u8) << 4 | low(size, 4)];
    while rest > 0 {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push(low(rest, 7));
        rest >>= 7;
    }
    bytes
}

fn hex(name: &Name) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file that nobody changes afterwards, as git marks its packs.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(bytes)?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::RepoPath;

    fn plan(files: &[(&str, Mode, Vec<u8>)]) -> Plan {
        let mut plan = Plan::new();
        for (path, mode, bytes) in files {
            plan.write(RepoPath::new(*path).unwrap(), *mode, bytes.as_slice());
        }
        plan
    }

    /// What libgit2 reads back out of the pack: path, mode and bytes of every file.
    #[track_caller]
    fn read_back(plan: &Plan) -> Vec<(String, i32, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init_bare(folder.path()).unwrap();
        let pack = Pack::of(plan);
        pack.write(&repository.path().join("objects/pack")).unwrap();
        let root = repository.find_tree(git2::Oid::from_bytes(&pack.root()).unwrap()).unwrap();
        let mut found = Vec::new();
        root.walk(git2::TreeWalkMode::PreOrder, |parent, entry| {
            if entry.kind() == Some(git2::ObjectType::Blob) {
                let bytes = repository.find_blob(entry.id()).unwrap().content().to_owned();
                found.push((format!("{parent}{}", entry.name().unwrap()), entry.filemode(), bytes));
            }
            git2::TreeWalkResult::Ok
        })
        .unwrap();
        found
    }

    #[track_caller]
    fn check(files: &[(&str, Mode, Vec<u8>)]) {
        let mode = |mode| if mode == Mode::Executable { 0o100_755 } else { 0o100_644 };
        let mut expected: Vec<_> = files.iter().map(|(path, m, bytes)| ((*path).to_owned(), mode(*m), bytes.clone())).collect();
        let mut found = read_back(&plan(files));
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_packed_is_read_back() {
        check(&[("a", Mode::File, b"one".to_vec())]);
        check(&[("a/b", Mode::Executable, b"#!/bin/sh\n".to_vec()), ("a.b", Mode::File, Vec::new()), ("a0", Mode::File, b"x".to_vec())]);
        check(&[("same", Mode::File, b"x".to_vec()), ("other/same", Mode::File, b"x".to_vec())]);
        check(&[("ü/ñ", Mode::File, vec![0, 255, 10]), ("big", Mode::File, b"0123456789".repeat(100_000))]);
    }

    #[test]
    fn an_empty_plan_is_the_empty_tree() {
        assert_eq!(hex(&Pack::of(&Plan::new()).root()), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn git_finds_nothing_to_complain_of() {
        let folder = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(folder.path()).unwrap();
        let files: Vec<_> = (0..300).map(|i| (format!("d{}/f{i}", i % 7), Mode::File, vec![b'x'; i * 7])).collect();
        let files: Vec<_> = files.iter().map(|(path, mode, bytes)| (path.as_str(), *mode, bytes.clone())).collect();
        Pack::of(&plan(&files)).write(&folder.path().join("objects/pack")).unwrap();
        let run = |arguments: &[&str]| {
            let output = std::process::Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        run(&["fsck", "--strict", "--no-dangling"]);
        assert!(run(&["count-objects", "-v"]).contains("in-pack: 308"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_files_are_read_back(files in prop::collection::btree_map("[a-c]{1,2}(/[a-c.]{0,1}[a-z]){0,3}", prop::collection::vec(any::<u8>(), 0..200), 0..12)) {
            // A path that is a folder of another cannot be a file.
            let paths: Vec<_> = files.keys().cloned().collect();
            let files: Vec<_> = files
                .iter()
                .filter(|(path, _)| !paths.iter().any(|other| other.starts_with(&format!("{path}/"))))
                .map(|(path, bytes)| (path.as_str(), Mode::File, bytes.clone()))
                .collect();
            check(&files);
        }
    }
}
