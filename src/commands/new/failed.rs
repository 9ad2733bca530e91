//! Why a service could not be written, in words.

use std::path::Path;

use crate::disk::{CommitError, WriteError};
use crate::error::Error;
use crate::template::shell_word;

use super::Env;

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

/// Why a folder is not taken as it is. One rename puts the whole service there: it would take an empty folder away from whoever stands in it.
pub(super) fn taken(env: &Env<'_>, path: &Path, shown: &str) -> Error {
    let is_empty = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    if env.cwd != path {
        return Error::usage(format!("`{shown}` is not empty"))
            .help("name a new folder, or add to this one with `--force`: files that exist are kept and named");
    }
    let error = Error::usage(format!("`{shown}` is the folder you stand in"));
    match path.file_name().filter(|_| is_empty) {
        Some(name) => {
            let name = shell_word(&name.to_string_lossy());
            error
                .help(format!(
                    "the folder is empty: from the one above it, `cd .. && polity new TEMPLATE {name} && cd {name}`, all appears at once"
                ))
                .help("`--force` writes the files into it one by one, and makes no commit")
        }
        None => error.help("name a new folder, or add to this one with `--force`: files that exist are kept and named"),
    }
}
