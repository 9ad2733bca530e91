//! From a folder to a tree: one walk that reads names only, and lazy reads afterwards.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};

use crate::tree::{Mode, ReadError, RepoPath, Source, Tree};

/// The largest file that is read, in bytes. What policies and templates look at is far smaller.
const MAX_FILE: u64 = 32 << 20;

/// What git keeps and polity should not look at, in the syntax of `.gitignore`.
const IGNORE_FILE: &str = ".polityignore";

/// A folder that cannot be walked.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {cause}", path.display())]
pub struct DiskError {
    /// The folder.
    pub path: PathBuf,
    /// What the operating system said.
    pub cause: std::io::Error,
}

/// A folder as a tree, and what the tree lacks.
#[derive(Debug, Default)]
pub struct Walk {
    /// Every file that could be named.
    pub tree: Tree,
    /// What was left out, in byte order of the paths.
    pub skipped: Vec<Skipped>,
}

/// A file or folder that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path relative to the folder that was walked.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Whether it is a folder, whose files are then unknown.
    pub folder: bool,
}

/// The files of a repository: those that neither git nor `.polityignore` leaves out, hidden ones included, `.git` left out.
///
/// Files are not read; a link is followed when somebody reads it, if it stays below `root`.
///
/// # Errors
/// [`DiskError`] when `root` itself cannot be read. Anything below that cannot be read is listed in [`Walk::skipped`].
pub fn walk(root: &Path) -> Result<Walk, DiskError> {
    let mut builder = WalkBuilder::new(root);
    builder.hidden(false).parents(true).git_global(false).require_git(false).add_custom_ignore_filename(IGNORE_FILE);
    gather(root, &builder, Detail::Names)
}

/// Every file below a registry or template folder, whatever git ignores.
///
/// # Errors
/// [`DiskError`] when `root` itself cannot be read.
pub fn read_folder(root: &Path) -> Result<Walk, DiskError> {
    let mut builder = WalkBuilder::new(root);
    builder.standard_filters(false);
    gather(root, &builder, Detail::Modes)
}

/// How much a walk asks of each file: a mode costs a system call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Names,
    Modes,
}

fn gather(root: &Path, builder: &WalkBuilder, detail: Detail) -> Result<Walk, DiskError> {
    let fail = |cause| DiskError { path: root.to_owned(), cause };
    let real = root.canonicalize().map_err(fail)?;
    std::fs::read_dir(root).map_err(fail)?;
    let mut builder = builder.clone();
    // A template that brings a git directory of its own is to be seen, so that it can be refused.
    let is_brought = move |entry: &DirEntry| detail == Detail::Modes && entry.path().iter().any(|part| part == "files");
    builder.filter_entry(move |entry| entry.file_name() != ".git" || is_brought(entry));
    let mut walk = Walk::default();
    let source: Arc<dyn Source> = Arc::new(Folder { root: real.clone() });
    for entry in builder.build() {
        match entry {
            Ok(entry) => add(&mut walk, (root, &real), &entry, detail, &source),
            Err(error) => walk.skipped.push(unreadable(root, &error)),
        }
    }
    walk.skipped.sort();
    Ok(walk)
}

fn add(walk: &mut Walk, (root, real): (&Path, &Path), entry: &DirEntry, detail: Detail, source: &Arc<dyn Source>) {
    let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return };
    let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let Some(path) = relative.to_str() else {
        let path = relative.to_string_lossy().into_owned();
        return walk.skipped.push(Skipped { path, reason: "the name is not UTF-8".to_owned(), folder: false });
    };
    let path = path.replace(std::path::MAIN_SEPARATOR, "/");
    if kind.is_symlink() {
        if let Err(reason) = stays_inside(entry.path(), real) {
            return walk.skipped.push(Skipped { path, reason, folder: false });
        }
        return walk.tree.insert_lazy(RepoPath::found(path), Mode::Symlink, None, source.clone());
    }
    if !kind.is_file() {
        return walk.skipped.push(Skipped { path, reason: "not a regular file".to_owned(), folder: false });
    }
    let mode = if detail == Detail::Modes && is_executable(entry) { Mode::Executable } else { Mode::File };
    walk.tree.insert_lazy(RepoPath::found(path), mode, None, source.clone());
}

#[cfg(unix)]
fn is_executable(entry: &DirEntry) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    entry.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &DirEntry) -> bool {
    false
}

/// Whether a link leads to a file below the root.
fn stays_inside(link: &Path, root: &Path) -> Result<(), String> {
    let target = link.canonicalize().map_err(|_| "the link leads nowhere".to_owned())?;
    if !target.starts_with(root) {
        return Err("the link leads out of the repository".to_owned());
    }
    if target.is_file() { Ok(()) } else { Err("the link does not lead to a file".to_owned()) }
}

fn unreadable(root: &Path, error: &ignore::Error) -> Skipped {
    let (mut path, mut inner) = (root.to_owned(), error);
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            other => {
                let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                return Skipped { path, reason: other.to_string(), folder: true };
            }
        };
    }
}

/// Reads files below a folder when they are asked for.
struct Folder {
    root: PathBuf,
}

impl Source for Folder {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let failed = |error: std::io::Error| ReadError::Io(error.kind().to_string());
        let full = self.root.join(path.as_str());
        // A link may have been turned after the walk: it is looked at again.
        if full.is_symlink() {
            stays_inside(&full, &self.root).map_err(ReadError::Io)?;
        }
        let file = File::open(&full).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size > MAX_FILE {
            return Err(ReadError::TooLarge { size, limit: MAX_FILE });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        dir
    }

    fn names(tree: &Tree) -> Vec<String> {
        tree.iter().map(|(path, _)| path.to_string()).collect()
    }

    #[test]
    fn git_decides_what_belongs_to_a_repository() {
        let dir = folder(&["a", ".hidden", ".git/config", "target/x", "sub/keep", "sub/drop"]);
        std::fs::write(dir.path().join(".gitignore"), "target/\n").unwrap();
        std::fs::write(dir.path().join("sub/.gitignore"), "drop\n").unwrap();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), [".gitignore", ".hidden", "a", "sub/.gitignore", "sub/keep"]);
        assert!(names(&read_folder(dir.path()).unwrap().tree).contains(&"target/x".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_inside() {
        use std::os::unix::fs::symlink;
        let (dir, outside) = (folder(&["real"]), folder(&["secret"]));
        symlink("real", dir.path().join("good")).unwrap();
        symlink("nowhere", dir.path().join("broken")).unwrap();
        symlink(outside.path().join("secret"), dir.path().join("out")).unwrap();
        symlink(".", dir.path().join("loop")).unwrap();
        let walk = walk(dir.path()).unwrap();
        assert_eq!(names(&walk.tree), ["good", "real"]);
        assert_eq!(&*walk.tree.read(&RepoPath::new("good").unwrap()).unwrap(), b"real");
        let said: Vec<_> = walk.skipped.iter().map(|s| format!("{}: {}", s.path, s.reason)).collect();
        let expected =
            ["broken: the link leads nowhere", "loop: the link does not lead to a file", "out: the link leads out of the repository"];
        assert_eq!(said, expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_read_late_and_may_be_gone_or_too_large() {
        let dir = folder(&["gone"]);
        let large = File::create(dir.path().join("large")).unwrap();
        large.set_len(MAX_FILE + 1).unwrap();
        let walk = walk(dir.path()).unwrap();
        std::fs::remove_file(dir.path().join("gone")).unwrap();
        let read = |name: &str| walk.tree.read(&RepoPath::new(name).unwrap()).unwrap_err();
        assert!(matches!(read("gone"), ReadError::Io(_)));
        assert_eq!(read("large"), ReadError::TooLarge { size: MAX_FILE + 1, limit: MAX_FILE });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_skipped_with_a_reason() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = folder(&["a"]);
        std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").unwrap();
        let walk = walk(dir.path()).unwrap();
        assert_eq!(names(&walk.tree), ["a"]);
        assert_eq!(walk.skipped[0].reason, "the name is not UTF-8");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = walk(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read `/nowhere/at/all`: "), "{error}");
    }
}
