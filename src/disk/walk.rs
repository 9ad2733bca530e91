//! From a folder to a tree: one walk that reads names only, and lazy reads afterwards.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ignore::{DirEntry, WalkBuilder};

use crate::tree::{Mode, ReadError, RepoPath, Source, Stamp, Tree};

use super::git::enclosing_repository;

/// The largest file that is read, in bytes. What policies and templates look at is far smaller.
const MAX_FILE: u64 = 32 << 20;

/// What git keeps and polity should not look at, in the syntax of `.gitignore`.
const IGNORE_FILE: &str = ".polityignore";

/// The files of every folder that the walk itself opens, before anybody asks for a file.
const RULES: [&str; 3] = [".gitignore", IGNORE_FILE, ".git/info/exclude"];

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
/// [`DiskError`] when `root` itself cannot be read, or when a file that says what to leave out is a pipe, a device, a link that leads
/// out or very large. Anything else below that cannot be read is listed in [`Walk::skipped`].
pub fn walk(root: &Path) -> Result<Walk, DiskError> {
    let mut builder = WalkBuilder::new(root);
    // What a search program is told to pass over by `.ignore` is not kept from rules.
    builder.hidden(false).ignore(false).parents(true).git_global(false).require_git(false).add_custom_ignore_filename(IGNORE_FILE);
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
    let refused = Arc::new(OnceLock::new());
    let inside = enclosing_repository(&real).unwrap_or_else(|| real.clone());
    let (opens, found) = (detail == Detail::Names, refused.clone());
    if opens {
        real.ancestors().try_for_each(|folder| harmless(folder, if folder.starts_with(&inside) { &inside } else { Path::new("/") }))?;
    }
    builder.filter_entry(move |entry| {
        if entry.file_name() == ".git" && !is_brought(entry) {
            return false;
        }
        let is_folder = opens && entry.file_type().is_some_and(|kind| kind.is_dir());
        is_folder.then(|| harmless(entry.path(), &inside)).is_none_or(|checked| checked.map_err(|error| found.set(error)).is_ok())
    });
    let mut walk = Walk::default();
    let source: Arc<dyn Source> = Arc::new(Folder { root: real.clone() });
    for entry in builder.build() {
        match entry {
            Ok(entry) => add(&mut walk, (root, &real), &entry, detail, &source),
            Err(error) => walk.skipped.push(unreadable(root, &error)),
        }
    }
    if let Some(DiskError { path, cause }) = refused.get() {
        return Err(DiskError { path: path.clone(), cause: io::Error::new(cause.kind(), cause.to_string()) });
    }
    walk.skipped.sort();
    Ok(walk)
}

/// Refuses rules of a folder that would hang the walk or fill the memory: they are opened by the walker, which asks nothing first.
///
/// Git reads no rules through a link at all; here a link is as good as a file while it stays `inside`.
fn harmless(folder: &Path, inside: &Path) -> Result<(), DiskError> {
    for name in RULES {
        let path = folder.join(name);
        let Ok(metadata) = path.metadata() else { continue };
        let is_link = path.is_symlink();
        let reason = if is_link && !path.canonicalize().is_ok_and(|real| real.starts_with(inside)) {
            "the link leads out of the repository"
        } else if metadata.len() > MAX_FILE {
            "the file is too large"
        } else if metadata.is_file() || metadata.is_dir() {
            continue;
        } else {
            "it is not a regular file"
        };
        return Err(DiskError { path, cause: io::Error::new(io::ErrorKind::InvalidData, reason) });
    }
    Ok(())
}

fn add(walk: &mut Walk, (root, real): (&Path, &Path), entry: &DirEntry, detail: Detail, source: &Arc<dyn Source>) {
    // The folder itself may be named by a link.
    let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir() && entry.depth() > 0) else { return };
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

    #[cfg(unix)]
    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt as _;
        // A link has a stamp of its own, which says nothing about the file that it leads to.
        let metadata = self.root.join(path.as_str()).symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
        let nanoseconds = |seconds: i64, rest: i64| seconds.checked_mul(1_000_000_000)?.checked_add(rest);
        Some(Stamp {
            size: metadata.len(),
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec())?,
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec())?,
            executable: metadata.mode() & 0o100 != 0,
        })
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
    fn rules_that_would_hang_the_walk_are_refused() {
        use std::os::unix::fs::symlink;
        let outside = folder(&["rules"]);
        for name in RULES {
            for target in [Path::new("/dev/zero"), &outside.path().join("rules")] {
                let dir = folder(&["sub/.git/info/x", "sub/a"]);
                symlink(target, dir.path().join("sub").join(name)).unwrap();
                let error = walk(dir.path()).unwrap_err();
                assert_eq!(error.path, dir.path().join("sub").join(name));
                assert_eq!(walk(&dir.path().join("sub")).unwrap_err().path.file_name(), error.path.file_name());
                assert_eq!(error.cause.to_string(), "the link leads out of the repository");
                assert!(read_folder(dir.path()).is_ok(), "a template's rules are not opened");
            }
        }
    }

    #[test]
    fn what_a_search_program_passes_over_is_there() {
        let dir = folder(&["a", "sub/b"]);
        std::fs::write(dir.path().join(".ignore"), "a\nsub/\n").unwrap();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), [".ignore", "a", "sub/b"]);
    }

    #[cfg(unix)]
    #[test]
    fn rules_in_a_link_and_a_folder_behind_a_link_are_read() {
        let dir = folder(&["real/a", "real/drop"]);
        std::fs::write(dir.path().join("real/rules"), "drop\n").unwrap();
        std::os::unix::fs::symlink("rules", dir.path().join("real/.gitignore")).unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
        let walk = walk(&dir.path().join("link")).unwrap();
        assert_eq!((names(&walk.tree), walk.skipped), ([".gitignore", "a", "rules"].map(String::from).to_vec(), Vec::new()));
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
