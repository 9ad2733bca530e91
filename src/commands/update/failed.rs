//! What the disk could not do in an update, and what to do about it.

use crate::disk::update::UpdateError;
use crate::error::Error;

/// What the disk could not do.
pub(in crate::commands) fn failed(error: UpdateError) -> Error {
    match error {
        UpdateError::InTheWay(paths) => Error::usage(format!("files that git does not know are in the way: {}", paths.join(", ")))
            .help("move them away, or commit them; nothing was changed"),
        UpdateError::Busy(path) if path.is_dir() => Error::io("change the service", format!("`{}` is in use", path.display()))
            .help("another process is at work, or a git that it started: wait for its end"),
        UpdateError::Busy(path) => Error::io("change the service", format!("`{}` exists", path.display()))
            .help("another process is at work; when there is none, remove it"),
        UpdateError::Stash { ref message, .. } => {
            let help = format!("your changes wait in `git stash list` as `{message}`: bring them back with `git stash pop`");
            Error::io("bring back what was put aside", &error).help(help)
        }
        UpdateError::Git(error) if error.code() == git2::ErrorCode::Owner => {
            Error::io("open the repository", error.message()).help("if you trust it: `git config --global --add safe.directory FOLDER`")
        }
        UpdateError::Git(ref cause) if error.is_format() => Error::io("open the repository", cause.message())
            .help("repositories with SHA-1 names of objects are read, others are not yet; nothing was changed")
            .help("`polity check`, `drift` and `conftest` work here all the same"),
        UpdateError::Git(ref cause) if cause.code() == git2::ErrorCode::NotFound && cause.class() == git2::ErrorClass::Odb => {
            let help = "`git log -p > log` brings it if this clone leaves contents out until git shows them (`git clone --filter`)";
            Error::io("change the service", &error).help(help)
        }
        other => Error::io("change the service", other),
    }
}
