//! Files that appear whole: a result is written beside its place and renamed, so nobody reads half of one.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes what `make` makes to `path`. What stood there is replaced at once and leaves its permissions, or stays when anything fails; a
/// device or a pipe is written to directly.
///
/// # Errors
/// What the operating system says.
pub fn write_file(path: &Path, make: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    if special {
        let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
        make(&mut out)?;
        return out.flush();
    }
    // A link goes on leading to its target.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = temporary(folder)?;
    {
        let mut out = BufWriter::with_capacity(1 << 16, file.as_file_mut());
        make(&mut out)?;
        out.flush()?;
    }
    if let Ok(before) = fs::metadata(&target) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.persist(&target).map(drop).map_err(|error| error.error)
}

/// Writes `bytes` to `path`, durably, by way of another folder of the same file system: where `path` stands, a killed run leaves nothing.
///
/// # Errors
/// What the operating system says.
pub fn write_file_by(path: &Path, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// A file with the permissions that any other new file has; one for secrets would be the user's alone.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".polity-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/report.txt");
        write_file(&path, &mut |out| out.write_all(b"one")).unwrap();
        let failed = write_file(&path, &mut |out| out.write_all(b"tw").and(Err(io::Error::other("full"))));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
        assert!(write_file(folder.path(), &mut |out| out.write_all(b"x")).is_err(), "a folder is no file");
    }
}
