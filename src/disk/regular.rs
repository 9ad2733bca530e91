//! Files that are read by their name and not by a walk, such as `polity.lock`: nothing that never ends, and through a link nothing from
//! outside of what they belong to.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::links::stays_inside;
use super::walk::{DiskError, MAX_FILE};
use super::{enclosing_repository, root_around};

/// Whether what stands there is neither a file nor a folder: a pipe that nobody named would be waited for.
#[must_use]
pub fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Reads one of polity's own files; `None` when there is none. A link may lead within the repository around it, and without one within the
/// folder that it lies in.
///
/// # Errors
/// [`DiskError`], of the kind `InvalidData` when what stands there is not to be read.
pub fn own_file(file: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    let failed = |cause| DiskError { path: file.to_owned(), cause };
    match file.symlink_metadata() {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        stands => stands.map_err(failed)?,
    };
    let folder = folder_of(file).map_err(failed)?;
    let inside = root_around(&folder).unwrap_or(folder);
    bounded(file, &inside, MAX_FILE).map(Some).map_err(failed)
}

/// Reads a file that the command line names. In a repository it is held to what [`own_file`] holds it to: whoever names it there means what
/// stands there, and a change may have put something else in its place. Elsewhere it is the user's own, and may be a pipe.
///
/// # Errors
/// [`DiskError`], of the kind `InvalidData` when what stands there is not to be read.
pub fn named_file(file: &Path) -> Result<Vec<u8>, DiskError> {
    let read = || match enclosing_repository(&folder_of(file)?) {
        Some(inside) => bounded(file, &inside, MAX_FILE),
        None => at_most(File::open(file)?, MAX_FILE),
    };
    read().map_err(|cause| DiskError { path: file.to_owned(), cause })
}

/// Reads a regular file of at most `limit` bytes that lies `inside` a folder without links in its path, or that a link there leads to.
pub(super) fn bounded(file: &Path, inside: &Path, limit: u64) -> io::Result<Vec<u8>> {
    is_fit(file, inside, limit)?;
    at_most(File::open(file)?, limit)
}

/// Whether [`bounded`] would read a file, or why not.
pub(super) fn is_fit(file: &Path, inside: &Path, limit: u64) -> io::Result<()> {
    if file.is_symlink() {
        stays_inside(file, inside).map_err(|(reason, _)| wrong(reason))?;
    }
    match file.metadata()? {
        metadata if !metadata.is_file() => Err(wrong("it is not a regular file")),
        metadata if metadata.len() > limit => Err(too_large()),
        _ => Ok(()),
    }
}

/// What a file holds, which may grow meanwhile.
fn at_most(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

fn folder_of(file: &Path) -> io::Result<PathBuf> {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).canonicalize()
}

fn too_large() -> io::Error {
    wrong("the file is too large")
}

fn wrong(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn said(read: Result<Option<Vec<u8>>, DiskError>) -> String {
        match read {
            Ok(bytes) => bytes.map_or("nothing".to_owned(), |bytes| String::from_utf8(bytes).unwrap()),
            Err(error) => error.cause.to_string(),
        }
    }

    /// What both readings say of the file `polity.lock` in a folder that `make` put something into.
    #[track_caller]
    fn check(is_repository: bool, make: impl FnOnce(&Path), expected: [&str; 2]) {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("repo/svc");
        fs::create_dir_all(&folder).unwrap();
        fs::write(dir.path().join("outside"), "out").unwrap();
        fs::write(dir.path().join("repo/beside"), "in").unwrap();
        if is_repository {
            fs::create_dir(dir.path().join("repo/.git")).unwrap();
        }
        let file = folder.join("polity.lock");
        make(&file);
        assert_eq!([said(own_file(&file)), said(named_file(&file).map(Some))], expected);
    }

    #[test]
    fn a_link_stays_in_the_repository_or_the_folder() {
        let link = |target: &'static str| move |file: &Path| symlink(target, file).unwrap();
        let out = "the link leads out of the repository";
        check(true, link("../beside"), ["in"; 2]);
        check(true, link("../../outside"), [out; 2]);
        check(true, link("/dev/zero"), [out; 2]);
        check(true, link("polity.lock"), ["the link leads nowhere"; 2]);
        check(true, link("."), ["the link does not lead to a file"; 2]);
        check(false, link("../beside"), [out, "in"]);
        check(false, link("/dev/zero"), [out, "the file is too large"]);
    }

    #[test]
    fn what_is_no_file_of_a_size_that_is_read_is_refused() {
        let sized = |size: u64| move |file: &Path| File::create(file).and_then(|made| made.set_len(size)).unwrap();
        let pipe = |file: &Path| assert!(std::process::Command::new("mkfifo").arg(file).status().unwrap().success());
        check(true, |file| fs::write(file, "own").unwrap(), ["own"; 2]);
        check(true, pipe, ["it is not a regular file"; 2]);
        check(true, |file| fs::create_dir(file).unwrap(), ["it is not a regular file"; 2]);
        check(true, sized(MAX_FILE + 1), ["the file is too large"; 2]);
        check(false, sized(MAX_FILE + 1), ["the file is too large"; 2]);
        check(true, |_| (), ["nothing", "No such file or directory (os error 2)"]);
    }
}
