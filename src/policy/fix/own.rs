//! polity's own files as a repair leaves them: one that does not load would end every later run.

use crate::config::{BASELINE_FILE, BaselineFile, ConfigError, FEDERATION_FILE, Federation, LOCK_FILE, Lock};
use crate::finding::{Fix, SourceText};
use crate::tree::{RepoPath, Tree};

use super::apply::Files;

/// How a file is read.
type Reader = fn(SourceText) -> Result<(), ConfigError>;

/// Whether a repair writes one of these files.
pub(super) fn is_touched(fix: &Fix) -> bool {
    fix.edits.iter().any(|edit| reader(edit.path()).is_some())
}

/// Which of these files loads in a tree and does not any more as a repair leaves it, and why not.
pub(super) fn unfit(fix: &Fix, files: &Files, tree: &Tree) -> Option<String> {
    let wrong = |path: &RepoPath, text: &str| reader(path.as_str())?(SourceText::new(path.as_str(), text)).err();
    let written = files.texts.iter().filter(|(path, _)| fix.edits.iter().any(|edit| edit.path() == path.as_str()));
    written.filter_map(|(path, (_, text))| Some((path, wrong(path, text)?))).find_map(|(path, why)| {
        let was_wrong = tree.read(path).is_ok_and(|bytes| wrong(path, &String::from_utf8_lossy(&bytes)).is_some());
        (!was_wrong).then(|| format!("`{path}` would not load any more: {why}"))
    })
}

fn reader(path: &str) -> Option<Reader> {
    match path.rsplit('/').next()? {
        LOCK_FILE => Some(|text| Lock::read(&text).map(drop)),
        FEDERATION_FILE => Some(|text| Federation::read(text).map(drop)),
        BASELINE_FILE => Some(|text| BaselineFile::load(&text).map(drop)),
        _ => None,
    }
}
