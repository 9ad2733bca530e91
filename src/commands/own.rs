//! polity's own files, read by their name: what stands in the place of one and is none ends the run, never as if there were none.

use std::io::ErrorKind;
use std::path::Path;

use crate::disk::{DiskError, named_file, own_file};
use crate::error::Error;
use crate::finding::SourceText;

use super::Env;

/// One of polity's own files; `None` when there is none.
pub(super) fn read(file: &Path, shown: impl Into<String>) -> Result<Option<SourceText>, Error> {
    let shown = shown.into();
    match own_file(file) {
        Ok(bytes) => bytes.map(|bytes| text(bytes, shown)).transpose(),
        Err(error) => Err(unread(&shown, &error)),
    }
}

/// As [`read`], for who writes the file as well: a link is refused, wherever it leads.
pub(super) fn itself(file: &Path, shown: impl Into<String>) -> Result<Option<SourceText>, Error> {
    let shown = shown.into();
    let text = read(file, &*shown)?;
    if file.is_symlink() { Err(Error::config(format!("`{shown}` is a link")).help("put the file itself there")) } else { Ok(text) }
}

/// A file that the command line names.
pub(super) fn named(env: &Env<'_>, file: &Path, shown: impl Into<String>) -> Result<SourceText, Error> {
    let shown = shown.into();
    let bytes = named_file(&env.cwd.join(file)).map_err(|error| unread(&shown, &error))?;
    text(bytes, shown)
}

/// Whether something stands there that is to be one, be it a link that leads nowhere.
pub(super) fn stands(file: &Path) -> bool {
    let is_absent = |error: &std::io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    file.symlink_metadata().map_or_else(|error| !is_absent(&error), |_| true)
}

fn text(bytes: Vec<u8>, shown: String) -> Result<SourceText, Error> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText::new(shown, text)),
        Err(error) => Err(Error::config(format!("`{shown}` is not UTF-8 text: {}", error.utf8_error()))),
    }
}

fn unread(shown: &str, error: &DiskError) -> Error {
    match error.cause.kind() {
        ErrorKind::InvalidData => Error::config(format!("`{shown}` cannot be read: {}", error.cause))
            .help("put the file itself there, or remove what stands in its place"),
        _ => Error::io(format!("read `{shown}`"), &error.cause),
    }
}
