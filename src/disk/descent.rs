//! Whether git tells that a file was not made from another one, because that one was gone before.

use std::path::{Path, PathBuf};

use git2::{Delta, Diff, DiffFindOptions, DiffOptions, Repository, Tree};

use super::past::open;

/// The most commits that are gone through, from `HEAD` along first parents. Of what is older, only the contents tell.
const COMMITS: usize = 1_000;

/// Whether a file of a folder came into its repository when another one was gone from it already, and is not what became of that one by other names.
/// `false` where git does not tell.
#[must_use]
pub fn came_later(folder: &Path, was: &str, now: &str) -> bool {
    let Ok((repository, prefix)) = open(folder) else { return false };
    later(&repository, &prefix.join(was), prefix.join(now)).unwrap_or(false)
}

fn later(repository: &Repository, was: &Path, mut name: PathBuf) -> Result<bool, git2::Error> {
    let mut commit = repository.head()?.peel_to_commit()?;
    let mut tree = commit.tree()?;
    if !has(&tree, &name) {
        if has(&tree, was) {
            return Ok(false);
        }
        let mut options = DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true);
        name = match origin(repository.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options))?, &name)? {
            Origin::Renamed(source) => source,
            Origin::New => return Ok(true),
            Origin::Unknown => return Ok(false),
        };
    }
    for _ in 0..COMMITS {
        let Ok(parent) = commit.parent(0) else { break };
        let before = parent.tree()?;
        if before.id() != tree.id() && !has(&before, &name) {
            if has(&before, was) {
                return Ok(false);
            }
            let Origin::Renamed(source) = origin(repository.diff_tree_to_tree(Some(&before), Some(&tree), None)?, &name)? else {
                return Ok(true);
            };
            name = source;
        }
        (commit, tree) = (parent, before);
    }
    Ok(false)
}

fn has(tree: &Tree<'_>, path: &Path) -> bool {
    tree.get_path(path).is_ok()
}

/// Where a file comes from that a change brought.
enum Origin {
    /// The change gave it another name than this one.
    Renamed(PathBuf),
    New,
    /// Git knows nothing of it: it is ignored, or belongs to a submodule.
    Unknown,
}

fn origin(mut diff: Diff<'_>, name: &Path) -> Result<Origin, git2::Error> {
    let mut options = DiffFindOptions::new();
    options.renames(true).for_untracked(true);
    diff.find_similar(Some(&mut options))?;
    let Some(delta) = diff.deltas().find(|delta| delta.new_file().path() == Some(name)) else { return Ok(Origin::Unknown) };
    let source = delta.old_file().path().filter(|_| delta.status() == Delta::Renamed);
    Ok(source.map_or(Origin::New, |source| Origin::Renamed(source.to_owned())))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

    /// Makes a repository by steps, a commit each but for the last when it ends with `+`: `a>b` renames, `-a` removes, `a` writes.
    #[track_caller]
    fn check(steps: &[&str], expected: bool) {
        let dir = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| {
            let settings = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
            assert!(Command::new("git").args(settings).args(args).current_dir(dir.path()).output().unwrap().status.success(), "{args:?}");
        };
        git(&["init", "-q"]);
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
                git(&["add", "-A"]);
                git(&["commit", "-qm", "step", "--allow-empty"]);
            }
        }
        assert_eq!(came_later(dir.path(), "s/was", "s/now"), expected, "{steps:?}");
        assert_eq!(came_later(&dir.path().join("s"), "was", "now"), expected, "{steps:?}");
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
        assert!(!came_later(dir.path(), "a", "b"));
    }
}
