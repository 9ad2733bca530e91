//! The name that a file had when it was rendered.

use std::collections::BTreeMap;

use crate::config::LOCK_FILE;
use crate::tree::RepoPath;

use super::service::Service;

/// What a file was called when it was rendered, if somebody gave it another name since: git knows what most of its lines were called.
pub(super) fn renamed(service: &Service, path: &RepoPath) -> Option<RepoPath> {
    let files = &service.lock.files;
    if files.contains_key(path) || path.as_str() == LOCK_FILE {
        return None;
    }
    let mut names: BTreeMap<RepoPath, usize> = BTreeMap::new();
    for since in service.ground.blame(path).unwrap_or_default() {
        let name = since.file.strip_prefix(&service.ground.whole("")).map(|name| RepoPath::found(name.to_owned()));
        if let Some(name) = name.filter(|name| files.contains_key(name) && service.ground.file(name).is_none()) {
            *names.entry(name).or_default() += 1;
        }
    }
    names.into_iter().max_by_key(|(_, lines)| *lines).map(|(name, _)| name)
}
