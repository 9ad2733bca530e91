//! Whether git tells that a file was not made from another one, because that one was gone before.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use git2::{Delta, Diff, DiffFindOptions, DiffOptions, Error, Oid, Repository};

use super::past::open;

/// The most commits that are gone through, from `HEAD` along first parents. Of what is older, only the contents tell.
const COMMITS: usize = 1_000;

/// How the files of a folder came about, as its repository tells. Nothing is opened before somebody asks, and each commit is gone through once.
pub struct Descent {
    folder: PathBuf,
    history: OnceCell<Option<RefCell<History>>>,
}

impl Descent {
    /// Of the files below a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), history: OnceCell::new() }
    }

    /// Whether a file came into the repository when another one was gone from it already, and is not what became of that one by other names.
    /// `false` where git does not tell.
    #[must_use]
    pub fn came_later(&self, was: &str, now: &str) -> bool {
        let history = self.history.get_or_init(|| History::of(&self.folder).map(RefCell::new));
        history.as_ref().is_some_and(|history| history.borrow_mut().came_later(was, now).unwrap_or(false))
    }
}

/// The commits of a repository, as far as somebody asked, latest first.
struct History {
    repository: Repository,
    prefix: PathBuf,
    /// The tree of `HEAD`.
    head: Oid,
    /// The commit that comes next.
    next: Option<Oid>,
    /// What each commit made of what.
    steps: Vec<[Oid; 2]>,
    /// The steps that brought a path.
    brought: HashMap<PathBuf, Vec<usize>>,
    /// Where the files come from that a step brought, or what is not committed yet.
    origins: HashMap<Option<usize>, HashMap<PathBuf, Option<PathBuf>>>,
}

impl History {
    fn of(folder: &Path) -> Option<Self> {
        let (repository, prefix) = open(folder).ok()?;
        let (head, next) = {
            let commit = repository.head().and_then(|head| head.peel_to_commit()).ok()?;
            (commit.tree_id(), Some(commit.id()))
        };
        let (steps, brought, origins) = (Vec::new(), HashMap::new(), HashMap::new());
        Some(Self { repository, prefix, head, next, steps, brought, origins })
    }

    fn came_later(&mut self, was: &str, now: &str) -> Result<bool, Error> {
        let (was, mut name, mut from) = (self.prefix.join(was), self.prefix.join(now), 0);
        if !self.has(self.head, &name)? {
            if self.has(self.head, &was)? {
                return Ok(false);
            }
            // Git knows nothing of what it ignores, and of what belongs to a submodule.
            let Some(origin) = self.origin(None, &name)? else { return Ok(false) };
            let Some(source) = origin else { return Ok(true) };
            name = source;
        }
        while let Some(step) = self.step(&name, from)? {
            if self.has(self.steps[step][0], &was)? {
                return Ok(false);
            }
            let Some(source) = self.origin(Some(step), &name)?.flatten() else { return Ok(true) };
            (name, from) = (source, step + 1);
        }
        Ok(false)
    }

    fn has(&self, tree: Oid, path: &Path) -> Result<bool, Error> {
        Ok(self.repository.find_tree(tree)?.get_path(path).is_ok())
    }

    /// The first step from one on that brought a file.
    fn step(&mut self, name: &Path, from: usize) -> Result<Option<usize>, Error> {
        loop {
            let known = self.brought.get(name).and_then(|steps| steps.iter().copied().find(|step| *step >= from));
            if known.is_some() || self.steps.len() >= COMMITS || !self.go_on()? {
                return Ok(known);
            }
        }
    }

    /// Goes through one more commit.
    fn go_on(&mut self) -> Result<bool, Error> {
        let Some(next) = self.next.take() else { return Ok(false) };
        let commit = self.repository.find_commit(next)?;
        let Ok(parent) = commit.parent(0) else { return Ok(false) };
        let (before, after) = (parent.tree()?, commit.tree()?);
        let step = self.steps.len();
        let diff = self.repository.diff_tree_to_tree(Some(&before), Some(&after), None)?;
        for delta in diff.deltas().filter(|delta| delta.status() == Delta::Added) {
            self.brought.entry(delta.new_file().path().map(Path::to_owned).unwrap_or_default()).or_default().push(step);
        }
        self.steps.push([before.id(), after.id()]);
        self.next = Some(parent.id());
        Ok(true)
    }

    /// Where a file comes from that a step brought: another name, or nowhere; nothing for one that it did not bring.
    fn origin(&mut self, step: Option<usize>, name: &Path) -> Result<Option<Option<PathBuf>>, Error> {
        if !self.origins.contains_key(&step) {
            let found = origins(match step {
                Some(step) => {
                    let [before, after] = self.steps[step].map(|tree| self.repository.find_tree(tree));
                    self.repository.diff_tree_to_tree(Some(&before?), Some(&after?), None)?
                }
                None => {
                    let mut options = DiffOptions::new();
                    options.include_untracked(true).recurse_untracked_dirs(true);
                    self.repository.diff_tree_to_workdir_with_index(Some(&self.repository.find_tree(self.head)?), Some(&mut options))?
                }
            })?;
            self.origins.insert(step, found);
        }
        Ok(self.origins[&step].get(name).cloned())
    }
}

/// The files of a change, each with the name that it had before where that was another.
fn origins(mut diff: Diff<'_>) -> Result<HashMap<PathBuf, Option<PathBuf>>, Error> {
    let mut options = DiffFindOptions::new();
    options.renames(true).for_untracked(true);
    diff.find_similar(Some(&mut options))?;
    let origin = |delta: git2::DiffDelta<'_>| {
        let source = delta.old_file().path().filter(|_| delta.status() == Delta::Renamed);
        Some((delta.new_file().path()?.to_owned(), source.map(Path::to_owned)))
    };
    Ok(diff.deltas().filter_map(origin).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::scratch::git;

    const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

    /// Makes a repository by steps, a commit each but for the last when it ends with `+`: `a>b` renames, `-a` removes, `a` writes.
    #[track_caller]
    fn check(steps: &[&str], expected: bool) {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        for step in steps {
            for change in step.trim_end_matches('+').split(' ') {
                let at = |name: &str| dir.path().join("s").join(name);
                fs::create_dir_all(at("")).unwrap();
                match (change.split_once('>'), change.strip_prefix('-')) {
                    (Some((old, new)), _) => fs::rename(at(old), at(new)).unwrap(),
                    (_, Some(gone)) => fs::remove_file(at(gone)).unwrap(),
                    _ => fs::write(at(change), TEXT).unwrap(),
                }
            }
            if !step.ends_with('+') {
                git(dir.path(), &["add", "-A"]);
                git(dir.path(), &["commit", "-qm", "step", "--allow-empty"]);
            }
        }
        assert_eq!(Descent::of(dir.path()).came_later("s/was", "s/now"), expected, "{steps:?}");
        assert_eq!(Descent::of(&dir.path().join("s")).came_later("was", "now"), expected, "{steps:?}");
    }

    #[test]
    fn what_was_gone_before_has_become_nothing_else() {
        check(&["was", "-was", "other", "now"], true);
        check(&["was", "-was", "now+"], true);
        check(&["was", "-was now"], false);
        check(&["was", "was>now"], false);
        check(&["was", "was>now+"], false);
        check(&["was", "now", "-was"], false);
        check(&["was now", "-was"], false);
    }

    #[test]
    fn a_file_may_have_had_names_in_between() {
        check(&["was", "was>mid", "other", "mid>now"], false);
        check(&["was", "was>mid", "mid>now+"], false);
        check(&["was mid", "-was", "mid>now"], false);
        check(&["was", "-was", "mid", "mid>now"], true);
    }

    #[test]
    fn without_git_nothing_tells() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!Descent::of(dir.path()).came_later("a", "b"));
    }
}
