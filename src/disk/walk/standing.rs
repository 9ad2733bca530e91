//! Whether a file is gone from its repository. What a walk does not see may be there all the same: outside of a sparse checkout, in a folder that nobody
//! may read, or hidden by a `.polityignore`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::super::git::enclosing_repository;
use super::index::{self, Tracked};
use super::rules::{Rules, Say};

/// The files below a folder as its repository has them, asked for one by one.
pub struct Standing {
    root: PathBuf,
    indexes: RefCell<BTreeMap<PathBuf, Rc<Index>>>,
    /// What holds in each folder.
    rules: RefCell<BTreeMap<PathBuf, Option<Arc<Rules>>>>,
}

/// The index of a repository, in the order of paths; nothing when it cannot be read.
type Index = Option<Vec<Tracked>>;

impl Standing {
    /// Of the files below a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self { root, indexes: RefCell::default(), rules: RefCell::default() }
    }

    /// Whether the repository has no such file any more. A file that git ignores and does not track is none of it, and what nobody can tell is not gone.
    #[must_use]
    pub fn is_gone(&self, path: &str) -> bool {
        let full = self.root.join(path);
        let mut on_the_way = full.ancestors().skip(1).take_while(|above| *above != self.root);
        // What lies behind a link has another name.
        if on_the_way.any(Path::is_symlink) {
            return true;
        }
        match full.symlink_metadata() {
            Ok(metadata) => metadata.is_dir() || self.is_loose(&full),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => !self.is_left_out(&full),
            Err(_) => false,
        }
    }

    /// Whether git ignores a file that is there, and does not track it.
    fn is_loose(&self, full: &Path) -> bool {
        let repository = self.repository(full);
        let is_ignored = |part: &Path| {
            self.rules(part, &repository)
                .is_some_and(|rules| matches!(rules.say(part, part != full), Say::OutUnlessTracked | Say::Out { is_in_git: false, .. }))
        };
        if !full.ancestors().take_while(|part| *part != repository).any(is_ignored) {
            return false;
        }
        let path = below(full, &repository);
        self.index(&repository).as_ref().as_ref().is_some_and(|all| find(all, &path).is_none())
    }

    /// Whether git keeps a file that is not in the work tree: a sparse checkout leaves it out, or it belongs to a submodule that is not checked out.
    fn is_left_out(&self, full: &Path) -> bool {
        let repository = self.repository(full);
        let index = self.index(&repository);
        let Some(all) = index.as_ref() else {
            let place = index::place(&repository);
            return place.is_some_and(|file| file.with_file_name("info").join("sparse-checkout").exists());
        };
        let path = below(full, &repository);
        let folders = || path.match_indices('/').map(|(at, _)| &path[..at]);
        let is_skipped = || find(all, &path).is_some_and(|tracked| tracked.is_skipped);
        let is_in_sparse = || folders().any(|folder| find(all, &format!("{folder}/")).is_some());
        let is_absent = |folder: &str| find(all, folder).is_some_and(|tracked| tracked.is_submodule);
        is_skipped() || is_in_sparse() || folders().any(is_absent)
    }

    /// The root of the repository that a file belongs to: the nearest one around what there is of the way to it.
    fn repository(&self, full: &Path) -> PathBuf {
        let there = full.ancestors().skip(1).find(|above| above.is_dir()).unwrap_or(&self.root);
        enclosing_repository(there).unwrap_or_else(|| self.root.clone())
    }

    /// The rules above a file or folder. Those that cannot be read leave nothing out.
    fn rules(&self, part: &Path, repository: &Path) -> Option<Arc<Rules>> {
        let read = || Rules::above(part, Some(repository)).ok().flatten();
        self.rules.borrow_mut().entry(part.parent()?.to_owned()).or_insert_with(read).clone()
    }

    fn index(&self, repository: &Path) -> Rc<Index> {
        let read = || index::place(repository).and_then(|file| index::read(&file, true).ok());
        self.indexes.borrow_mut().entry(repository.to_owned()).or_insert_with(|| Rc::new(read())).clone()
    }
}

pub(super) fn find<'a>(all: &'a [Tracked], path: &str) -> Option<&'a Tracked> {
    all.binary_search_by(|tracked| tracked.path.as_slice().cmp(path.as_bytes())).ok().map(|at| &all[at])
}

pub(super) fn below(full: &Path, repository: &Path) -> String {
    let path = full.strip_prefix(repository).unwrap_or(full);
    path.to_string_lossy().replace(MAIN_SEPARATOR, "/")
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::scratch::git;

    /// A repository that tracks these files, and one that a rule ignores.
    fn repository(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        fs::write(dir.path().join(".gitignore"), "gen/\n").unwrap();
        for path in files {
            fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            fs::write(dir.path().join(path), path).unwrap();
        }
        git(dir.path(), &["add", "-f", "."]);
        git(dir.path(), &["commit", "-qm", "x"]);
        dir
    }

    #[track_caller]
    fn check(folder: &Path, expected: &[(&str, bool)]) {
        let standing = Standing::of(folder);
        for (path, is_gone) in expected {
            assert_eq!(standing.is_gone(path), *is_gone, "{path}");
        }
    }

    #[test]
    fn what_is_there_or_hidden_is_not_gone() {
        let dir = repository(&["a/x", "gen/kept", "own/x", "b/x", "c"]);
        for path in ["gen/loose", "new"] {
            fs::write(dir.path().join(path), "").unwrap();
        }
        fs::write(dir.path().join(".polityignore"), "own/\nnew\n").unwrap();
        fs::rename(dir.path().join("b"), dir.path().join("other")).unwrap();
        std::os::unix::fs::symlink("other", dir.path().join("b")).unwrap();
        fs::remove_file(dir.path().join("c")).unwrap();
        fs::create_dir(dir.path().join("c")).unwrap();
        check(
            dir.path(),
            &[
                ("a/x", false),
                ("gen/kept", false),
                ("gen/loose", true),
                ("own/x", false),
                ("new", false),
                ("b/x", true),
                ("other/x", false),
                ("c", true),
                ("a/none", true),
                ("a/x/y", true),
            ],
        );
        check(&dir.path().join("a"), &[("x", false), ("none", true)]);
        fs::write(dir.path().join(".git/index"), "garbage").unwrap();
        check(dir.path(), &[("gen/loose", false), ("a/none", true)]);
    }

    #[test]
    fn what_a_sparse_checkout_leaves_out_is_not_gone() {
        for options in [&["--cone"][..], &["--cone", "--sparse-index"]] {
            let dir = repository(&["a/x", "b/x", "b/deep/y"]);
            git(dir.path(), &[&["sparse-checkout", "set"], options, &["a"]].concat());
            check(dir.path(), &[("a/x", false), ("a/none", true), ("b/x", false), ("b/deep/y", false)]);
            check(&dir.path().join("a"), &[("x", false), ("none", true)]);
            fs::write(dir.path().join(".git/index"), "garbage").unwrap();
            check(dir.path(), &[("b/x", false)]);
        }
    }

    #[test]
    fn a_worktree_has_an_index_of_its_own() {
        let (dir, place) = (repository(&["a/x", "b/x"]), tempfile::tempdir().unwrap());
        let tree = place.path().join("tree");
        git(dir.path(), &["worktree", "add", "-q", tree.to_str().unwrap()]);
        git(&tree, &["sparse-checkout", "set", "--cone", "a"]);
        check(&tree, &[("a/x", false), ("b/x", false), ("b/none", true)]);
        check(dir.path(), &[("b/none", true)]);
    }

    #[test]
    fn a_submodule_that_is_not_checked_out_is_not_gone() {
        let (inner, outer) = (repository(&["a/x"]), repository(&["b"]));
        git(outer.path(), &["submodule", "add", "-q", inner.path().to_str().unwrap(), "lib"]);
        check(outer.path(), &[("lib/a/x", false), ("lib/a/none", true)]);
        git(outer.path(), &["submodule", "deinit", "--force", "lib"]);
        check(outer.path(), &[("lib/a/x", false), ("lib", true)]);
    }

    #[test]
    fn without_git_the_files_decide() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "").unwrap();
        check(dir.path(), &[("a", false), ("b/c", true)]);
    }
}
