//! Files that git keeps and a sparse checkout leaves out of the work tree, asked for by name: what one of polity's own files demands must not go away with
//! it in silence. What a walk came upon is judged elsewhere.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::index::{self, Tracked};
use super::standing::{below, find};

/// The index of a repository, for as long as files are asked for; read once somebody does.
pub struct Sparse {
    repository: PathBuf,
    /// Nothing where there is none, or where it cannot be read.
    index: OnceCell<Option<Vec<Tracked>>>,
}

impl Sparse {
    /// Of the repository with this root.
    #[must_use]
    pub fn of(repository: &Path) -> Self {
        Self { repository: repository.to_owned(), index: OnceCell::new() }
    }

    /// Whether git keeps a file of the repository that is not in the work tree. Where the index does not tell one file from another, the last commit does.
    #[must_use]
    pub fn leaves_out(&self, file: &Path) -> bool {
        if file.symlink_metadata().is_ok() {
            return false;
        }
        let Some(place) = index::place(&self.repository) else { return false };
        let path = below(file, &self.repository);
        let Some(all) = self.index.get_or_init(|| index::read(&place, false).ok()) else {
            return place.with_file_name("info").join("sparse-checkout").exists() && self.is_committed(&path);
        };
        let is_in_sparse = || path.match_indices('/').any(|(at, _)| find(all, &path[..=at]).is_some());
        find(all, &path).map_or_else(|| is_in_sparse() && self.is_committed(&path), |tracked| tracked.is_skipped)
    }

    /// Whether the last commit has the file, or may have it.
    fn is_committed(&self, path: &str) -> bool {
        git2::Repository::open(&self.repository).map_or(true, |git| git.revparse_single(&format!("HEAD:{path}")).is_ok())
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::scratch::git;

    /// A repository of these files, sparse by these options.
    fn repository(options: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        for path in ["top", "a/x", "b/x", "b/deep/y"] {
            fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            fs::write(dir.path().join(path), path).unwrap();
        }
        git(dir.path(), &["add", "."]);
        git(dir.path(), &["commit", "-qm", "x"]);
        if !options.is_empty() {
            git(dir.path(), &[&["sparse-checkout", "set"], options].concat());
        }
        dir
    }

    #[track_caller]
    fn check(root: &Path, expected: &[&str]) {
        let sparse = Sparse::of(root);
        let all = ["top", "a/x", "a/none", "b/x", "b/deep/y", "b/deep/none", "none"];
        let found: Vec<_> = all.into_iter().filter(|path| sparse.leaves_out(&root.join(path))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_git_keeps_and_the_work_tree_has_not_is_left_out() {
        check(repository(&["--no-cone", "/a/"]).path(), &["top", "b/x", "b/deep/y"]);
        check(repository(&["--cone", "a"]).path(), &["b/x", "b/deep/y"]);
        check(repository(&["--cone", "--sparse-index", "a"]).path(), &["b/x", "b/deep/y"]);
        let dir = repository(&[]);
        fs::remove_file(dir.path().join("top")).unwrap();
        check(dir.path(), &[]);
        git(dir.path(), &["update-index", "--skip-worktree", "top", "a/x"]);
        check(dir.path(), &["top"]);
    }

    #[test]
    fn an_index_that_nobody_can_read_leaves_it_to_the_last_commit() {
        let dir = repository(&["--no-cone", "/a/"]);
        fs::write(dir.path().join(".git/index"), "garbage").unwrap();
        check(dir.path(), &["top", "b/x", "b/deep/y"]);
        fs::remove_file(dir.path().join(".git/info/sparse-checkout")).unwrap();
        check(dir.path(), &[]);
    }

    #[test]
    fn a_worktree_has_an_index_of_its_own() {
        let (dir, place) = (repository(&[]), tempfile::tempdir().unwrap());
        let tree = place.path().join("tree");
        git(dir.path(), &["worktree", "add", "-q", tree.to_str().unwrap()]);
        git(&tree, &["sparse-checkout", "set", "--no-cone", "/a/"]);
        check(&tree, &["top", "b/x", "b/deep/y"]);
        check(dir.path(), &[]);
    }
}
