//! The bytes of files below a folder, read when somebody asks for them.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::links::stays_inside;
use crate::disk::metadata::stamp;
use crate::tree::{ReadError, RepoPath, Source, Stamp};

/// The largest file that is read, in bytes. What policies and templates look at is far smaller.
pub(in crate::disk) const MAX_FILE: u64 = 32 << 20;

/// Reads files below a folder when they are asked for.
pub(super) struct Folder {
    pub root: PathBuf,
    /// The folder that links may lead to files of: the repository around the root, or the root itself.
    pub bounds: PathBuf,
}

impl Source for Folder {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let failed = |error: io::Error| ReadError::Io(error.kind().to_string());
        let full = self.root.join(path.as_str());
        let opened = open_no_link(&full).or_else(|error| {
            if !full.is_symlink() {
                return Err(failed(error));
            }
            // A link may have been turned after the walk: it is looked at again.
            stays_inside(&full, &self.bounds).map_err(|(reason, _)| ReadError::Io(reason.to_owned()))?;
            File::open(&full).map_err(failed)
        });
        let file = opened?;
        let size = file.metadata().map_err(failed)?.len();
        if size > MAX_FILE {
            return Err(ReadError::TooLarge { size, limit: MAX_FILE });
        }
        whole(&file, usize::try_from(size).unwrap_or(0)).map_err(failed)
    }

    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        // A link has a stamp of its own, which says nothing about the file that it leads to.
        stamp(&self.root.join(path.as_str()).symlink_metadata().ok().filter(Metadata::is_file)?)
    }
}

/// Opens a file that is no link, by which nothing is asked of most files twice.
#[cfg(unix)]
fn open_no_link(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().read(true).custom_flags(libc::O_NOFOLLOW).open(path)
}

#[cfg(not(unix))]
fn open_no_link(path: &Path) -> io::Result<File> {
    if path.is_symlink() { Err(io::ErrorKind::Other.into()) } else { File::open(path) }
}

/// All bytes of a file of about `size` bytes. They are read to where they stay: a vector would be copied there.
fn whole(mut file: &File, size: usize) -> io::Result<Arc<[u8]>> {
    let mut bytes: Arc<[u8]> = (0..size).map(|_| 0).collect();
    let room = Arc::get_mut(&mut bytes).expect("nobody else has it yet");
    let (mut read, mut rest) = (0, Vec::new());
    while read < size {
        match file.read(&mut room[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    file.take(MAX_FILE.saturating_sub(read as u64)).read_to_end(&mut rest)?;
    // It shrank or grew meanwhile.
    if read < size || !rest.is_empty() { Ok([&bytes[..read], &rest].concat().into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_size_than_was_expected_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        for length in [0, 1, 100, 70_000] {
            let (path, bytes) = (dir.path().join("file"), b"0123456".repeat(length / 7 + 1)[..length].to_vec());
            std::fs::write(&path, &bytes).unwrap();
            for expected in [0, 1, length.saturating_sub(1), length, length + 1, length + 5_000] {
                assert_eq!(*whole(&File::open(&path).unwrap(), expected).unwrap(), *bytes, "{length} {expected}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_was_turned_after_the_walk_is_looked_at_again() {
        use std::os::unix::fs::symlink;
        let (dir, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = dir.path().canonicalize().unwrap();
        std::fs::write(aside.path().join("secret"), "secret").unwrap();
        std::fs::write(root.join("a"), "a").unwrap();
        let source = Folder { root: root.clone(), bounds: root.clone() };
        let read = |name: &str| source.read(&RepoPath::new(name).unwrap());
        symlink("a", root.join("link")).unwrap();
        assert_eq!([&*read("link").unwrap(), &*read("a").unwrap()], [b"a", b"a"]);
        for name in ["link", "a"] {
            std::fs::remove_file(root.join(name)).unwrap();
            symlink(aside.path().join("secret"), root.join(name)).unwrap();
            assert_eq!(read(name), Err(ReadError::Io("the link leads out of the repository".to_owned())), "{name}");
        }
    }
}
