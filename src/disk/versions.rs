//! One file of a folder in every commit that changed it: the way of its contents from the first one to that of `HEAD`, and at merges what
//! the other sides had.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use git2::{Commit, Oid, Repository};

use super::past::{PastError, open};

/// The most commits that are gone through. A file that has not come up by then is taken to begin with its first commit.
const COMMITS: usize = 100_000;
/// What every entry of a baseline has a line of; a merge is looked at closely only when it has one that a side of it lacks.
const MARK: &[u8] = b"fingerprint";

/// A side of a merge: what the file was there, `None` where it was removed, and what it was where the sides parted.
pub type Side = (Option<Vec<u8>>, Option<Vec<u8>>);

/// A content that a commit gave to a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: String,
    /// The content; `None` where the commit removed the file.
    pub bytes: Option<Vec<u8>>,
    /// The other sides of a merge.
    pub sides: Vec<Side>,
}

/// The way of a file.
#[derive(Debug, Default)]
pub struct Versions {
    /// The commit of `HEAD`, by which this may be remembered: nothing where there is none, and where the repository does not show all that was before it.
    pub head: Option<String>,
    /// The known commit after which the versions begin; `None` when they begin with the first one.
    pub known: Option<String>,
    /// Every change since, oldest first.
    pub all: Vec<Version>,
    /// Whether what was before the first version is not here: the clone has a part of the history, or not all contents.
    pub is_cut: bool,
}

/// The way of a file to what it is in `HEAD`, as far back as the first commit that is known. Where sides of a merge have the same content as the merge
/// the first of them is followed, as `git log` does. Nothing is known in a clone with a part of the history. Empty where there is no repository.
///
/// # Errors
/// [`PastError::Closed`] when the repository may not or cannot be opened.
pub fn versions(folder: &Path, path: &str, is_known: &dyn Fn(&str) -> bool) -> Result<Versions, PastError> {
    let mut found = Versions::default();
    let (repository, prefix) = match open(folder) {
        Ok(found) => found,
        Err(error @ PastError::Closed(_)) => return Err(error),
        Err(_) => return Ok(found),
    };
    let Ok(mut commit) = repository.head().and_then(|head| head.peel_to_commit()) else { return Ok(found) };
    // What an earlier run learnt of the whole history is not what another one would learn of a part of it, or of one with other parents.
    let is_whole = !repository.is_shallow() && !repository.commondir().join("info/grafts").exists();
    found.head = is_whole.then(|| commit.id().to_string());
    let file = Held { repository: &repository, file: prefix.join(path) };
    let mut content = file.content(&commit);
    for count in 0.. {
        let name = commit.id().to_string();
        if is_whole && is_known(&name) {
            found.known = Some(name);
            break;
        }
        if count >= COMMITS && content.is_none() {
            break;
        }
        let Some((parents, next)) = file.parents(&commit, content).filter(|_| count < COMMITS) else {
            found.is_cut = true;
            found.all.extend(file.version(&commit, content, Vec::new()).filter(|version| version.bytes.is_some()));
            break;
        };
        let before = next.and_then(|next| parents[next].1);
        let Some(sides) = file.sides(&parents, next, content) else {
            found.is_cut = true;
            break;
        };
        if before != content || !sides.is_empty() {
            let Some(version) = file.version(&commit, content, sides) else {
                found.is_cut = true;
                break;
            };
            found.all.push(version);
        }
        let Some(next) = next else { break };
        (commit, content) = parents.into_iter().nth(next).expect("it is the number of a parent");
    }
    found.all.reverse();
    Ok(found)
}

/// The files of a folder in the commits of its repository.
pub struct Commits {
    repository: Repository,
    prefix: PathBuf,
}

impl Commits {
    /// The commits around a folder; `None` where there are none.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let (repository, prefix) = open(folder).ok()?;
        Some(Self { repository, prefix })
    }

    /// Whether a commit has a path below the folder.
    #[must_use]
    pub fn has(&self, commit: &str, path: &str) -> bool {
        let commit = Oid::from_str(commit).and_then(|id| self.repository.find_commit(id));
        commit.and_then(|commit| commit.tree()?.get_path(&self.prefix.join(path))).is_ok()
    }
}

/// A file in a repository.
struct Held<'a> {
    repository: &'a Repository,
    file: PathBuf,
}

/// A commit with the file's content.
type Parent<'a> = (Commit<'a>, Option<Oid>);

impl<'a> Held<'a> {
    fn content(&self, commit: &Commit<'_>) -> Option<Oid> {
        Some(commit.tree().ok()?.get_path(&self.file).ok()?.id())
    }

    fn bytes(&self, id: Oid) -> Option<Vec<u8>> {
        Some(self.repository.find_blob(id).ok()?.content().to_vec())
    }

    /// The parents of a commit and the one to follow; `None` where the history that is here ends.
    fn parents(&self, commit: &Commit<'a>, content: Option<Oid>) -> Option<(Vec<Parent<'a>>, Option<usize>)> {
        if commit.parent_count() == 0 && self.repository.is_shallow() {
            return None;
        }
        let mut known: HashMap<Oid, Option<Oid>> = HashMap::from([(commit.tree_id(), content)]);
        let of = |parent: Commit<'a>| {
            let content = *known.entry(parent.tree_id()).or_insert_with(|| self.content(&parent));
            (parent, content)
        };
        let parents: Vec<_> = (0..commit.parent_count()).map(|n| commit.parent(n)).collect::<Result<Vec<_>, _>>().ok()?;
        let parents: Vec<_> = parents.into_iter().map(of).collect();
        let position = |fits: &dyn Fn(Option<Oid>) -> bool| parents.iter().position(|(_, other)| fits(*other));
        let next = position(&|other| other == content).or(position(&|other| other.is_some())).or(position(&|_| true));
        Some((parents, next))
    }

    /// The sides of a merge that are not followed, where any side lacks an entry of the result; `None` when a content is not here.
    fn sides(&self, parents: &[Parent<'_>], next: Option<usize>, content: Option<Oid>) -> Option<Vec<Side>> {
        let (Some(next), Some(content), true) = (next, content, parents.len() > 1) else { return Some(Vec::new()) };
        let mut found = Vec::new();
        let followed = parents[next].1.filter(|followed| *followed != content).map(|id| self.bytes(id).ok_or(())).transpose().ok()?;
        for (number, (other, had)) in parents.iter().enumerate() {
            if number == next || *had == Some(content) {
                continue;
            }
            let (now, had) = (self.bytes(content)?, had.map(|had| self.bytes(had).ok_or(())).transpose().ok()?);
            if !lacks(had.as_deref().unwrap_or_default(), &now) && !followed.as_ref().is_some_and(|followed| lacks(followed, &now)) {
                continue;
            }
            let base = self.repository.merge_base(parents[next].0.id(), other.id()).and_then(|id| self.repository.find_commit(id)).ok();
            let base = base.and_then(|base| self.content(&base)).map(|base| self.bytes(base).ok_or(())).transpose().ok()?;
            // A side that never had the file says nothing of it.
            found.extend((had.is_some() || base.is_some()).then_some((had, base)));
        }
        Some(found)
    }

    fn version(&self, commit: &Commit<'_>, content: Option<Oid>, sides: Vec<Side>) -> Option<Version> {
        let bytes = content.map(|id| self.bytes(id).ok_or(())).transpose().ok()?;
        Some(Version { commit: commit.id().to_string(), bytes, sides })
    }
}

/// Whether a text lacks a line of another one that has the mark, of the same file.
fn lacks(text: &[u8], of: &[u8]) -> bool {
    let mut has: HashMap<(&[u8], &[u8]), usize> = HashMap::new();
    marked(text).into_iter().for_each(|line| *has.entry(line).or_default() += 1);
    marked(of).into_iter().any(|line| has.get_mut(&line).is_none_or(|count| count.checked_sub(1).map(|left| *count = left).is_none()))
}

/// The lines with the mark, each with the one above it that names its file: it is further to the left than all that is said of the file.
fn marked(text: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut file: &[u8] = &[];
    let mut found = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        if line.starts_with(b"  ") && line.get(2).is_some_and(|byte| *byte != b' ') {
            file = line;
        }
        if line.windows(MARK.len()).any(|part| part == MARK) {
            found.push((file, line));
        }
    }
    found
}
