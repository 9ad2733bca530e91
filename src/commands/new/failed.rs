//! Why a service could not be written, in words.

use std::path::Path;

use crate::disk::{CommitError, WriteError};
use crate::error::Error;

pub(super) fn failed(error: WriteError, dir: &Path) -> Error {
    match error {
        WriteError::Taken(_) => Error::usage(format!("`{}` appeared while polity was at work", dir.display()))
            .help("another run was faster; nothing was written by this one"),
        other => Error::io("write the service", other),
    }
}

pub(super) fn uncommitted(error: CommitError, dir: &Path) -> Error {
    match error {
        CommitError::Write(error) => failed(error, dir),
        CommitError::Git(_) => Error::io("make the first commit", error),
    }
}
