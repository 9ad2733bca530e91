//! Links to folders of the tree: what they stand for is seen under its own name, or else nowhere.

use std::path::{MAIN_SEPARATOR, Path};

use crate::tree::Lack;

use super::Walk;

/// Judges the links of a folder by where they lead today.
pub(super) fn look(walk: &mut Walk, root: &Path) {
    judge(walk, &|link| {
        let target = root.join(link).canonicalize().ok()?;
        // Behind a link to an empty folder there is nothing to see.
        target.read_dir().ok()?.next()?.ok()?;
        Some(target.strip_prefix(root).ok()?.to_str()?.replace(MAIN_SEPARATOR, "/"))
    });
}

/// A link to a folder of which nothing is seen stands for files that nobody looks at.
pub(in crate::disk) fn judge(walk: &mut Walk, leads_to: &dyn Fn(&str) -> Option<String>) {
    let is_below = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let others: Vec<_> = walk.skipped.iter().map(|one| one.path.clone()).collect();
    for link in walk.skipped.iter_mut().filter(|one| one.lack == Lack::Alias) {
        let Some(folder) = leads_to(&link.path).filter(|folder| !folder.is_empty()) else { continue };
        if walk.tree.below(&folder).is_empty() && !others.iter().any(|other| is_below(other, &folder)) {
            (link.reason, link.lack) = ("the link leads to a folder whose files are left out".to_owned(), Lack::LinkedFolder);
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::disk::walk;

    #[test]
    fn what_is_seen_nowhere_is_not_seen_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        git2::Repository::init(dir.path()).unwrap();
        for folder in ["seen", "gen/deep", "own/deep"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
            fs::write(dir.path().join(folder).join("f"), "").unwrap();
        }
        fs::create_dir(dir.path().join("empty")).unwrap();
        fs::write(dir.path().join(".gitignore"), "gen/\n").unwrap();
        fs::write(dir.path().join(".polityignore"), "own/\n").unwrap();
        for (link, target) in [("a", "seen"), ("b", "gen/deep"), ("c", "own/deep"), ("d", "empty"), ("e", ".")] {
            symlink(target, dir.path().join(link)).unwrap();
        }
        let found: Vec<_> = walk(dir.path()).unwrap().skipped.into_iter().map(|one| (one.path, one.lack)).collect();
        let expected = [Lack::Alias, Lack::LinkedFolder, Lack::LinkedFolder, Lack::Alias, Lack::Alias];
        assert_eq!(found, ["a", "b", "c", "d", "e"].map(str::to_owned).into_iter().zip(expected).collect::<Vec<_>>());
    }
}
