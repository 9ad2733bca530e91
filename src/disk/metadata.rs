//! What a file system says about a regular file, in the words of a tree.

use std::fs::Metadata;

use crate::tree::{Mode, Stamp};

/// What git records of a regular file's kind.
#[cfg(unix)]
pub(super) fn mode(metadata: &Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt as _;
    if metadata.permissions().mode() & 0o100 != 0 { Mode::Executable } else { Mode::File }
}

#[cfg(not(unix))]
pub(super) fn mode(_: &Metadata) -> Mode {
    Mode::File
}

/// What tells the content of a regular file from the next one.
#[cfg(unix)]
pub(super) fn stamp(metadata: &Metadata) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let nanoseconds = |seconds: i64, rest: i64| seconds.checked_mul(1_000_000_000)?.checked_add(rest);
    Some(Stamp {
        size: metadata.len(),
        inode: metadata.ino(),
        modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec())?,
        changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec())?,
    })
}

#[cfg(not(unix))]
pub(super) fn stamp(_: &Metadata) -> Option<Stamp> {
    None
}
