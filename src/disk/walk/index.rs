//! Git's index, read as the file that it is: which files git tracks, and which of them a sparse checkout leaves out. Whose repository it is, and how git
//! names its objects, does not matter for that (gitformat-index(5)).

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What the index says of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tracked {
    /// Its path in the repository; with a `/` at the end it is a folder of a sparse index.
    pub path: Vec<u8>,
    /// Whether it is a submodule.
    pub is_submodule: bool,
    /// Whether git keeps it out of the work tree.
    pub is_skipped: bool,
}

const DAMAGED: &str = "git's index is damaged";
const SPLIT: &str = "it is split";

/// The index of a repository: nothing has been added where it is not there. Unless `all` is wanted, one that can leave nothing out of the work tree is not
/// gone through: only from version 3 on it has room for that.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(file: &Path, all: bool) -> Result<Vec<Tracked>, String> {
    if !all && version(file) == Some(2) {
        return Ok(Vec::new());
    }
    match std::fs::read(file) {
        Ok(bytes) => parse(&bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("git's index cannot be read: {}", error.kind())),
    }
}

/// Where the index of a repository stands: a linked worktree and a submodule have it elsewhere. `None` where `.git` leads to nothing.
pub(super) fn place(repository: &Path) -> Option<PathBuf> {
    let git = repository.join(".git");
    if !git.is_file() {
        return Some(git.join("index"));
    }
    let text = std::fs::read_to_string(&git).ok()?;
    let folder = repository.join(text.strip_prefix("gitdir:")?.trim());
    folder.is_dir().then(|| folder.join("index"))
}

fn version(file: &Path) -> Option<usize> {
    let mut head = [0; 8];
    File::open(file).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    Reader { bytes: &head, hash: 0 }.number(4).ok()
}

fn parse(bytes: &[u8]) -> Result<Vec<Tracked>, String> {
    // The names of objects are of SHA-1, or else of SHA-256: only one of the two fits.
    let (first, other) = (Reader { bytes, hash: 20 }.all(), || Reader { bytes, hash: 32 }.all());
    match first {
        Err(Fault::Damaged) => other(),
        first => first,
    }
    .map_err(|fault| match fault {
        Fault::Damaged => DAMAGED.to_owned(),
        Fault::Unknown(what) => format!("git's index is of a kind that is not known: {what}"),
    })
}

enum Fault {
    Damaged,
    Unknown(String),
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// The length of an object's name.
    hash: usize,
}

impl Reader<'_> {
    fn part(&self, at: usize, length: usize) -> Result<&[u8], Fault> {
        at.checked_add(length).and_then(|end| self.bytes.get(at..end)).ok_or(Fault::Damaged)
    }

    fn number(&self, at: usize) -> Result<usize, Fault> {
        let four: [u8; 4] = self.part(at, 4)?.try_into().map_err(|_| Fault::Damaged)?;
        usize::try_from(u32::from_be_bytes(four)).map_err(|_| Fault::Damaged)
    }

    fn all(&self) -> Result<Vec<Tracked>, Fault> {
        let (version, count) = (self.number(4)?, self.number(8)?);
        if self.part(0, 4)? != b"DIRC" {
            return Err(Fault::Damaged);
        }
        if !(2..=4).contains(&version) {
            return Err(Fault::Unknown(format!("version {version}")));
        }
        let (mut at, mut all, mut last) = (12, Vec::new(), Vec::new());
        for _ in 0..count {
            let (tracked, next) = self.entry(at, version, &last)?;
            last.clone_from(&tracked.path);
            at = next;
            all.push(tracked);
        }
        let end = self.bytes.len().checked_sub(self.hash).ok_or(Fault::Damaged)?;
        while at < end {
            let (name, size) = (self.part(at, 4)?, self.number(at + 4)?);
            // What has a small letter at the beginning must be understood: the folders of a sparse index are.
            if name[0].is_ascii_lowercase() && name != b"sdir" {
                let kind = if name == b"link" { SPLIT.to_owned() } else { String::from_utf8_lossy(name).into_owned() };
                return Err(Fault::Unknown(kind));
            }
            at += 8 + size;
        }
        if at == end { Ok(all) } else { Err(Fault::Damaged) }
    }

    /// The entry at a place, and where the next one begins. In version 4 its path goes on from the `last` one.
    fn entry(&self, start: usize, version: usize, last: &[u8]) -> Result<(Tracked, usize), Fault> {
        let (mode, flags_at) = (self.number(start + 24)?, start + 40 + self.hash);
        let kind = mode >> 12;
        if ![0o04, 0o10, 0o12, 0o16].contains(&kind) {
            return Err(Fault::Damaged);
        }
        let flags = self.part(flags_at, 2)?;
        let is_extended = version > 2 && flags[0] & 0x40 != 0;
        let is_skipped = is_extended && self.part(flags_at + 2, 2)?[0] & 0x40 != 0;
        let mut at = flags_at + if is_extended { 4 } else { 2 };
        let mut path = Vec::new();
        if version == 4 {
            let (dropped, next) = self.offset(at)?;
            path.extend(&last[..last.len().checked_sub(dropped).ok_or(Fault::Damaged)?]);
            at = next;
        }
        let rest = self.bytes.get(at..).ok_or(Fault::Damaged)?;
        let length = rest.iter().position(|byte| *byte == 0).ok_or(Fault::Damaged)?;
        path.extend(&rest[..length]);
        let said = usize::from(flags[0] & 0x0f) << 8 | usize::from(flags[1]);
        if said != path.len().min(0xfff) {
            return Err(Fault::Damaged);
        }
        if path.is_empty() {
            // It stands for one of the index that is shared.
            return Err(Fault::Unknown(SPLIT.to_owned()));
        }
        at += length + 1;
        if version < 4 {
            // An entry is filled up to a multiple of eight, with at least one zero.
            at = start + (at - start).div_ceil(8) * 8;
        }
        Ok((Tracked { path, is_submodule: kind == 0o16, is_skipped }, at))
    }

    /// A number as packs write offsets.
    fn offset(&self, mut at: usize) -> Result<(usize, usize), Fault> {
        let mut byte = self.part(at, 1)?[0];
        let mut number = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            at += 1;
            byte = self.part(at, 1)?[0];
            number = number.checked_add(1).and_then(|number| number.checked_mul(128)).ok_or(Fault::Damaged)? | usize::from(byte & 0x7f);
        }
        Ok((number, at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::scratch::git;

    /// A repository of three files, and what is done to its index.
    fn index(format: &str, change: &[&[&str]]) -> (tempfile::TempDir, Result<Vec<Tracked>, String>) {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", &format!("--object-format={format}")]);
        for path in ["a", "sub/b", "sub/deep/c"] {
            std::fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(dir.path().join(path), path).unwrap();
        }
        git(dir.path(), &["add", "."]);
        git(dir.path(), &["commit", "-qm", "x"]);
        change.iter().for_each(|args| git(dir.path(), args));
        let found = read(&place(dir.path()).unwrap(), true);
        (dir, found)
    }

    /// The paths, those that are not in the work tree in parentheses.
    fn shown(found: &[Tracked]) -> String {
        let one = |tracked: &Tracked| {
            let path = String::from_utf8_lossy(&tracked.path);
            if tracked.is_skipped { format!("({path})") } else { path.into_owned() }
        };
        found.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_index_of_any_kind_is_read() {
        let newest: &[&[&str]] = &[&["update-index", "--index-version", "4"]];
        for format in ["sha1", "sha256"] {
            for change in [&[][..], newest] {
                assert_eq!(shown(&index(format, change).1.unwrap()), "a sub/b sub/deep/c", "{format} {change:?}");
            }
            let some = |sparse: &[&str]| shown(&index(format, &[&[&["sparse-checkout", "set", "--cone"], sparse].concat()]).1.unwrap());
            assert_eq!(some(&[]), "a (sub/b) (sub/deep/c)");
            assert_eq!(some(&["--sparse-index"]), "a (sub/)");
        }
        assert_eq!(shown(&index("sha1", &[&["update-index", "--skip-worktree", "a"]]).1.unwrap()), "(a) sub/b sub/deep/c");
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let (dir, split) = index("sha1", &[&["update-index", "--split-index"]]);
        assert_eq!(split.unwrap_err(), "git's index is of a kind that is not known: it is split");
        let file = place(dir.path()).unwrap();
        std::fs::write(&file, "garbage").unwrap();
        assert_eq!(read(&file, true).unwrap_err(), DAMAGED);
        let (dir, _) = index("sha1", &[]);
        let whole = std::fs::read(place(dir.path()).unwrap()).unwrap();
        for end in 0..220 {
            assert!(parse(&whole[..end]).is_err(), "{end}");
        }
        std::fs::remove_file(place(dir.path()).unwrap()).unwrap();
        assert_eq!(read(&place(dir.path()).unwrap(), true), Ok(Vec::new()));
    }
}
