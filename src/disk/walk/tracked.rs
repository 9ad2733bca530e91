//! What git's index says of a folder that was walked: files that git tracks though a rule would ignore them, which to git are not ignored and which no
//! line of `.gitignore` hides from policies, and what is not in the work tree: files that a sparse checkout leaves out, and submodules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;

use crate::tree::{Entry, Lack, Mode, RepoPath, Source};

use super::super::metadata::{mode, stamp};
use super::super::regular::bounded;
use super::index::{self, Tracked};
use super::rules::{Rules, Say};
use super::{Folder, Hidden, MAX_FILE, Skipped, Walk, stays_inside};

/// A file or folder that rules of git leave out.
pub(super) struct Ignored {
    /// Its path below the folder that was walked.
    pub path: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The rules that hold there.
    pub rules: Arc<Rules>,
}

/// What a walk came upon and only an index can judge.
#[derive(Default)]
pub(super) struct Aside {
    /// What rules of git leave out.
    pub ignored: Vec<Ignored>,
    /// The roots of repositories.
    pub repositories: Vec<PathBuf>,
    /// Folders that submodules may be missing in: empty ones, in which git checks them out, and those with a file that names some.
    pub may_lack: Vec<PathBuf>,
}

/// The file that names submodules.
pub(super) const MODULES: &str = ".gitmodules";

pub(super) const SPARSE: &str = "git keeps it, and the sparse checkout leaves it out";
const NOT_CHECKED_OUT: &str = "it is a submodule, and is not checked out";

impl Aside {
    pub(super) fn extend(&mut self, other: Self) {
        self.ignored.extend(other.ignored);
        self.repositories.extend(other.repositories);
        self.may_lack.extend(other.may_lack);
    }
}

/// Adds what the indexes say, of the repository around the folder and of those in it. Where one cannot be read, nobody knows what git tracks among that
/// which is ignored.
pub(super) fn add(walk: &mut Walk, root: &Path, repository: PathBuf, aside: Aside) {
    let Aside { mut ignored, repositories, may_lack } = aside;
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    let bounds = repository.clone();
    let repositories: BTreeSet<_> = repositories.into_iter().chain([repository]).collect();
    for repository in repositories {
        let ignored: Vec<_> = ignored.iter().filter(|one| one.rules.repository() == repository).collect();
        let all = match index::place(&repository) {
            Some(file) => {
                walk.footprint.note_around(root, &file);
                let may_lack = may_lack.iter().any(|folder| folder.starts_with(&repository));
                index::read(&file, !ignored.is_empty() || may_lack)
            }
            None => {
                walk.footprint.doubt();
                Err("its `.git` leads to no repository".to_owned())
            }
        };
        match all {
            Ok(all) if all.is_empty() => unpacked(walk, root, &repository),
            Ok(all) => Looked { root, repository: &repository, bounds: &bounds, ignored: &ignored }.take(walk, &all),
            Err(reason) => walk.skipped.extend(ignored.iter().map(|one| one.unknown(&reason))),
        }
    }
    walk.skipped.sort();
}

/// What an archive of a repository, which has no index, lacks by its own word: submodules whose folders are not there, or empty.
fn unpacked(walk: &mut Walk, root: &Path, repository: &Path) {
    if repository != root || root.join(".git").exists() {
        return;
    }
    let Ok(bytes) = bounded(&repository.join(MODULES), repository, MAX_FILE) else { return };
    let text = String::from_utf8_lossy(&bytes);
    let paths = text.lines().filter_map(|line| line.trim().strip_prefix("path")?.trim_start().strip_prefix('=').map(str::trim));
    let is_empty = |path: &&str| std::fs::read_dir(root.join(path)).map_or(true, |mut inside| inside.next().is_none());
    let lacks = paths.filter_map(|path| RepoPath::new(path).ok()).filter(|path| is_empty(&path.as_str()));
    for path in lacks {
        walk.footprint.note(root, path.as_str());
        let reason = NOT_CHECKED_OUT.to_owned();
        walk.skipped.push(Skipped { path: path.as_str().to_owned(), reason, lack: Lack::Submodule });
    }
}

impl Ignored {
    fn unknown(&self, reason: &str) -> Skipped {
        let lack = if self.is_folder { Lack::LinkedFolder } else { Lack::Link };
        Skipped { path: self.path.clone(), reason: format!("a rule of git leaves it out unless git tracks it, and {reason}"), lack }
    }
}

/// A repository as far as a folder was walked.
struct Looked<'a> {
    root: &'a Path,
    repository: &'a Path,
    /// The folder that links may lead to files of.
    bounds: &'a Path,
    /// What its rules leave out, by path.
    ignored: &'a [&'a Ignored],
}

impl Looked<'_> {
    fn take(&self, walk: &mut Walk, all: &[Tracked]) {
        let source: Arc<dyn Source> = Arc::new(Folder { root: self.root.to_owned(), bounds: self.bounds.to_owned() });
        let mut absent = BTreeMap::new();
        for tracked in all {
            let Some(path) = self.path(&tracked.path) else { continue };
            let full = self.root.join(&path);
            if let Some(folder) = path.strip_suffix('/') {
                absent.insert(self.absent(folder), (Lack::Folder, SPARSE));
            } else if tracked.is_skipped && full.symlink_metadata().is_err() {
                walk.footprint.note(self.root, &path);
                let gone = self.absent(&path);
                let lack = if gone == path && !tracked.is_submodule { Lack::File } else { Lack::Folder };
                absent.insert(gone, (lack, SPARSE));
            } else if tracked.is_submodule && !full.join(".git").exists() {
                walk.footprint.note(self.root, &format!("{path}/.git"));
                absent.insert(path, (Lack::Submodule, NOT_CHECKED_OUT));
            } else if let Some(around) = around(self.ignored, &path) {
                walk.footprint.note_link(self.root, &path);
                match around.rules.hide(self.root, &full) {
                    Some(pattern) => walk.hide(Hidden::by(pattern, self.root), 1),
                    None if tracked.is_submodule => {
                        walk.footprint.note(self.root, &format!("{path}/.git"));
                        walk.skipped.push(submodule(path));
                    }
                    None => add_file(walk, (self.root, self.bounds), path, &source),
                }
            }
        }
        walk.skipped.extend(
            absent.into_iter().filter(|(path, (lack, _))| !self.is_hidden(path, lack.is_folder())).map(|(path, (lack, reason))| Skipped {
                path,
                reason: reason.to_owned(),
                lack,
            }),
        );
    }

    /// Whether a `.polityignore` hides what is not there. A folder that is not there has no rules of its own.
    fn is_hidden(&self, path: &str, is_folder: bool) -> bool {
        let full = self.root.join(path);
        let rules = Rules::above(&full, Some(self.repository)).ok().flatten();
        rules.is_some_and(|rules| matches!(rules.say(&full, is_folder), Say::Out { .. }) || rules.hide(self.root, &full).is_some())
    }

    /// A path of the repository as one below the folder that was walked.
    fn path(&self, path: &[u8]) -> Option<String> {
        let path = std::str::from_utf8(path).ok()?;
        let shown = |path: &Path| path.to_str().map(|path| path.replace(MAIN_SEPARATOR, "/")).filter(|path| !path.is_empty());
        if let Ok(inner) = self.repository.strip_prefix(self.root) {
            return Some(shown(inner).map_or(path.to_owned(), |inner| format!("{inner}/{path}")));
        }
        let above = shown(self.root.strip_prefix(self.repository).ok()?)?;
        path.strip_prefix(&above)?.strip_prefix('/').filter(|path| !path.is_empty()).map(str::to_owned)
    }

    /// What is not there of a path: itself, or the topmost folder on the way to it that is not.
    fn absent(&self, path: &str) -> String {
        let gone = path.match_indices('/').map(|(at, _)| &path[..at]).find(|folder| self.root.join(folder).symlink_metadata().is_err());
        gone.unwrap_or(path).to_owned()
    }
}

fn add_file(walk: &mut Walk, (root, bounds): (&Path, &Path), path: String, source: &Arc<dyn Source>) {
    let full = root.join(&path);
    let entry = match full.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => Entry::lazy(mode(&metadata), source.clone()).stamped(stamp(&metadata)),
        Ok(metadata) if metadata.is_symlink() && stays_inside(&full, bounds).is_ok() => Entry::lazy(Mode::Symlink, source.clone()),
        _ => return,
    };
    walk.tree.insert_entry(RepoPath::found(path), entry);
}

/// A submodule that is checked out where a rule leaves it out: git has its files, and the walk passed them over.
fn submodule(path: String) -> Skipped {
    Skipped { path, reason: "a rule of git leaves out this submodule, though git tracks it".to_owned(), lack: Lack::Folder }
}

/// The ignored file that a path is, or the ignored folder that it lies in.
fn around<'a>(ignored: &[&'a Ignored], path: &str) -> Option<&'a Ignored> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let mut found = ends.filter_map(|end| ignored.binary_search_by(|one| one.path.as_str().cmp(&path[..end])).ok());
    found.next().map(|at| ignored[at])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::scratch::git;
    use crate::disk::walk;

    fn write(folder: &Path, path: &str) {
        fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        fs::write(folder.join(path), path).unwrap();
    }

    /// A repository that tracks a folder which a rule ignores, and has another file there that it does not track.
    fn repository(options: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &[&["init", "-q"], options].concat());
        fs::write(dir.path().join(".gitignore"), "deploy/\n").unwrap();
        ["deploy/pod", "other/a", "other/deep/b"].iter().for_each(|path| write(dir.path(), path));
        git(dir.path(), &["add", "-f", "."]);
        git(dir.path(), &["commit", "-qm", "x"]);
        write(dir.path(), "deploy/loose");
        dir
    }

    /// What a walk sees, and what it knows that it does not see.
    fn seen(folder: &Path) -> (Vec<String>, Vec<(String, Lack)>) {
        let walk = walk(folder).unwrap();
        let names = walk.tree.iter().map(|(path, _)| path.to_string()).filter(|path| !path.ends_with(".gitignore"));
        (names.collect(), walk.skipped.into_iter().map(|one| (one.path, one.lack)).collect())
    }

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn what_git_tracks_is_seen_in_any_repository() {
        for options in [&[][..], &["--object-format=sha256"]] {
            let dir = repository(options);
            assert_eq!(seen(dir.path()), (texts(&["deploy/pod", "other/a", "other/deep/b"]), Vec::new()), "{options:?}");
            assert_eq!(seen(&dir.path().join("other")).0, ["a", "deep/b"]);
        }
        let dir = repository(&[]);
        fs::write(dir.path().join(".git/index"), "garbage").unwrap();
        assert_eq!(seen(dir.path()), (texts(&["other/a", "other/deep/b"]), vec![("deploy".to_owned(), Lack::LinkedFolder)]));
        fs::remove_dir_all(dir.path().join(".git")).unwrap();
        fs::write(dir.path().join(".git"), "gitdir: /nowhere/at/all\n").unwrap();
        assert_eq!(seen(dir.path()).1, [("deploy".to_owned(), Lack::LinkedFolder)]);
    }

    #[cfg(unix)]
    #[test]
    fn the_owner_of_an_index_does_not_matter() {
        let dir = repository(&[]);
        // Only root may give files away.
        if std::os::unix::fs::chown(dir.path(), Some(12_345), None).is_ok() {
            assert_eq!(seen(dir.path()), (texts(&["deploy/pod", "other/a", "other/deep/b"]), Vec::new()));
        }
    }

    #[test]
    fn a_repository_in_another_one_goes_by_its_own_index() {
        let (inner, outer) = (repository(&[]), tempfile::tempdir().unwrap());
        git(outer.path(), &["init", "-q"]);
        git(outer.path(), &["submodule", "add", "-q", inner.path().to_str().unwrap(), "lib"]);
        write(outer.path(), "lib/deploy/loose");
        assert_eq!(seen(outer.path()).0, [".gitmodules", "lib/deploy/pod", "lib/other/a", "lib/other/deep/b"]);
        fs::write(outer.path().join(".gitignore"), "lib/\n").unwrap();
        assert_eq!(seen(outer.path()).1, [("lib".to_owned(), Lack::Folder)], "git has its files all the same");
    }

    #[test]
    fn a_submodule_that_is_not_checked_out_is_unknown() {
        let (inner, outer, place) = (repository(&[]), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        git(outer.path(), &["init", "-q"]);
        write(outer.path(), "a/b");
        git(outer.path(), &["submodule", "add", "-q", inner.path().to_str().unwrap(), "a/lib"]);
        git(outer.path(), &["add", "."]);
        git(outer.path(), &["commit", "-qm", "x"]);
        git(place.path(), &["clone", "-q", outer.path().to_str().unwrap(), "clone"]);
        let clone = place.path().join("clone");
        let lib = |path: &str| vec![(path.to_owned(), Lack::Submodule)];
        assert_eq!(seen(&clone), (texts(&[".gitmodules", "a/b"]), lib("a/lib")));
        assert_eq!(seen(&clone.join("a")), (texts(&["b"]), lib("lib")));
        fs::remove_file(clone.join(".gitmodules")).unwrap();
        assert_eq!(seen(&clone).1, lib("a/lib"), "git's index knows it all the same");
        git(&clone, &["checkout", "-q", "."]);
        fs::remove_dir(clone.join("a/lib")).unwrap();
        assert_eq!(seen(&clone).1, lib("a/lib"), "its folder does not matter");
        fs::write(clone.join(".polityignore"), "lib/\n").unwrap();
        assert!(seen(&clone).1.is_empty());
    }

    #[test]
    fn what_a_sparse_checkout_leaves_out_is_unknown() {
        for options in [&["--cone"][..], &["--cone", "--sparse-index"]] {
            let dir = repository(&[]);
            git(dir.path(), &[&["sparse-checkout", "set"], options, &["deploy"]].concat());
            assert_eq!(seen(dir.path()), (texts(&["deploy/pod"]), vec![("other".to_owned(), Lack::Folder)]), "{options:?}");
            fs::write(dir.path().join(".polityignore"), "other/\n").unwrap();
            assert!(seen(dir.path()).1.is_empty());
        }
        let dir = repository(&[]);
        git(dir.path(), &["update-index", "--skip-worktree", "other/a"]);
        assert!(seen(dir.path()).1.is_empty(), "it is there");
        fs::remove_file(dir.path().join("other/a")).unwrap();
        assert_eq!(seen(dir.path()).1, [("other/a".to_owned(), Lack::File)]);
    }
}
