//! One file of a folder in the commits before: what it was, each content that it had, who made it what it is, and the sides of a merge that left it.

use std::collections::HashMap;
use std::path::Path;

use git2::{Commit, Oid};

use super::past::{PastError, open};

/// What a file was before.
#[derive(Debug)]
pub enum Earlier {
    /// Its bytes.
    Was(Vec<u8>),
    /// It was not there, or git knows nothing of it.
    Nothing,
    /// It may have been something else, and the repository does not hold what.
    Lost,
    /// The repository may not or cannot be opened.
    Closed(PastError),
}

/// What a file was where a revision and `HEAD` part.
#[must_use]
pub fn earlier(folder: &Path, path: &str, revision: &str) -> Earlier {
    let (repository, prefix) = match open(folder) {
        Ok(found) => found,
        Err(error @ PastError::Closed(_)) => return Earlier::Closed(error),
        Err(_) => return Earlier::Nothing,
    };
    let Ok(head) = repository.head().and_then(|head| head.peel_to_commit()) else { return Earlier::Nothing };
    let Ok(old) = repository.revparse_single(revision).and_then(|found| found.peel_to_commit()) else { return Earlier::Lost };
    let base = repository.merge_base(head.id(), old.id()).and_then(|id| repository.find_commit(id)).unwrap_or(old);
    let id = base.tree().and_then(|tree| tree.get_path(&prefix.join(path)));
    id.map_or(Earlier::Nothing, |entry| {
        repository.find_blob(entry.id()).map_or(Earlier::Lost, |blob| Earlier::Was(blob.content().to_vec()))
    })
}

/// The most commits that a history is followed through.
const COMMITS: usize = 20_000;

/// Every content that a file had on the first parents of `HEAD`, oldest first, with the time of the commit that gave it to it, in
/// seconds since 1970. Empty when git knows nothing of the file.
#[must_use]
pub fn history(folder: &Path, path: &str) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    let Ok((repository, prefix)) = open(folder) else { return found };
    let file = prefix.join(path);
    let mut next = repository.head().and_then(|head| head.peel_to_commit()).ok();
    let blob = |commit: &Commit<'_>| Some(commit.tree().ok()?.get_path(&file).ok()?.id());
    for _ in 0..COMMITS {
        let Some(commit) = next else { break };
        let parent = commit.parent(0).ok();
        if let Some(id) = blob(&commit)
            && parent.as_ref().and_then(blob) != Some(id)
            && let Ok(content) = repository.find_blob(id)
        {
            found.push((u64::try_from(commit.time().seconds()).unwrap_or_default(), content.content().to_vec()));
        }
        next = parent;
    }
    found.reverse();
    found
}

/// Who made a file say what it says, and when: author and time, in seconds since 1970, of the first commit since which it says the same.
/// `is_same` tells bytes that do. `None` when `HEAD` says something else, or when that commit is not here.
#[must_use]
pub fn said_by(folder: &Path, path: &str, is_same: &dyn Fn(&[u8]) -> bool) -> Option<(String, u64)> {
    let (repository, prefix) = open(folder).ok()?;
    let file = prefix.join(path);
    let mut known: HashMap<Oid, bool> = HashMap::new();
    let mut says = |commit: &Commit<'_>| {
        let id = commit.tree().and_then(|tree| tree.get_path(&file)).map(|entry| entry.id());
        let judge = |id| repository.find_blob(id).is_ok_and(|blob| is_same(blob.content()));
        id.is_ok_and(|id| *known.entry(id).or_insert_with(|| judge(id)))
    };
    let mut commit = repository.head().and_then(|head| head.peel_to_commit()).ok().filter(|head| says(head))?;
    for _ in 0..COMMITS {
        let Some(parent) = commit.parents().find(|parent| says(parent)) else {
            // Where a clone's history ends, nobody knows what was before.
            let ends = if commit.parent_count() > 0 { commit.parent(0).is_err() } else { repository.is_shallow() };
            let name = commit.author().name().unwrap_or("somebody").to_owned();
            return (!ends).then(|| (name, u64::try_from(commit.time().seconds()).unwrap_or_default()));
        };
        commit = parent;
    }
    None
}

/// Both sides of a merge that could not join a file: what it is in `HEAD`, or in what was rebased onto, and what it is in the other one.
#[must_use]
pub fn sides(folder: &Path, path: &str) -> Option<[Vec<u8>; 2]> {
    let (repository, prefix) = open(folder).ok()?;
    let (index, file) = (repository.index().ok()?, prefix.join(path));
    let side = |stage| Some(repository.find_blob(index.get_path(&file, stage)?.id).ok()?.content().to_vec());
    Some([side(2)?, side(3)?])
}
