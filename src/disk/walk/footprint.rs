//! What a walk looked at: as long as every folder and file of it has the stamp that it had, another walk comes to the same, and every file
//! still holds what it held. So nothing needs to be walked, ignored, read or evaluated to know that nothing changed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::tree::{Mode, Stamp, Tree};

use super::super::metadata::stamp;

/// So many paths are looked at by one thread.
const FEW: usize = 2_000;
/// More threads than this wait for each other.
const MOST_THREADS: usize = 4;

/// Everything that a walk looked at, with what the file system said of it then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    places: Vec<Place>,
    /// Whether something decided about the walk that no stamp tells.
    is_partial: bool,
}

/// A place that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Its path below the root of the walk, or a whole one.
    path: String,
    /// Whether a link there counts as what it leads to.
    follows: bool,
    /// Nothing when nothing stood there.
    stamp: Option<Stamp>,
}

impl Place {
    fn new(root: &Path, path: &str, follows: bool) -> Self {
        Self { stamp: look(root, path, follows), path: path.to_owned(), follows }
    }
}

fn look(root: &Path, path: &str, follows: bool) -> Option<Stamp> {
    let full = root.join(path);
    stamp(&if follows { full.metadata() } else { full.symlink_metadata() }.ok()?)
}

impl Footprint {
    /// Notes what stands at a path now, or that nothing does: a link as itself.
    pub fn note(&mut self, root: &Path, path: &str) {
        self.places.push(Place::new(root, path, false));
    }

    /// As [`Footprint::note`], for a place where a link may stand: both it and what it leads to.
    pub(super) fn note_link(&mut self, root: &Path, path: &str) {
        self.places.extend([false, true].map(|follows| Place::new(root, path, follows)));
    }

    /// As [`Footprint::note_link`], for a place that need not lie below the root.
    pub(super) fn note_around(&mut self, root: &Path, path: &Path) {
        match path.to_str() {
            Some(path) => self.note_link(root, path),
            None => self.is_partial = true,
        }
    }

    /// Something decided about the walk that no stamp tells.
    pub(super) fn doubt(&mut self) {
        self.is_partial = true;
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.places.extend(other.places);
        self.is_partial |= other.is_partial;
    }

    /// With the files of the tree that was walked, as they were found. Nothing when the next change of something might not show: it was
    /// changed shortly before `now` (nanoseconds since 1970), or is of a kind that has no stamp.
    #[must_use]
    pub fn settled(mut self, tree: &Tree, now: i64) -> Option<Self> {
        for (path, entry) in tree.iter().filter(|(_, entry)| entry.mode != Mode::Symlink) {
            entry.stamp?;
            self.places.push(Place { path: path.as_str().to_owned(), follows: false, stamp: entry.stamp });
        }
        let is_settled = self.places.iter().filter_map(|place| place.stamp).all(|stamp| stamp.is_settled(now));
        // A file system without stamps says nothing of any place.
        let is_known = self.places.iter().any(|place| place.stamp.is_some());
        (is_settled && is_known && !self.is_partial).then_some(self)
    }

    /// Whether everything still is as it was.
    #[must_use]
    pub fn holds(&self, root: &Path) -> bool {
        let is_same = |places: &[Place]| places.iter().all(|place| look(root, &place.path, place.follows) == place.stamp);
        if self.places.len() < FEW {
            return is_same(&self.places);
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let parts = self.places.chunks(self.places.len().div_ceil(threads));
        std::thread::scope(|scope| {
            let others: Vec<_> = parts.map(|part| scope.spawn(move || is_same(part))).collect();
            others.into_iter().all(|other| other.join().expect("looking at a place does not panic"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::super::{Walk, walk};
    use super::*;

    /// A repository with everything that decides about a walk, and the time after which a clock shows the next change.
    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            ("a", "1"),
            ("sub/b", "1"),
            ("sub/deep/c", "1"),
            ("gen/x", "1"),
            ("build/kept", "1"),
            ("build/loose", "1"),
            (".gitignore", "build/\n*.log\n"),
            (".polityignore", "gen/\n"),
            ("nested/.git/info/exclude", "d\n"),
            ("nested/d", "1"),
        ];
        for (path, text) in files {
            let full = dir.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, text).unwrap();
        }
        let git = git2::Repository::init(dir.path()).unwrap();
        let mut index = git.index().unwrap();
        for path in ["a", "build/kept", "sub/b"] {
            index.add_path(Path::new(path)).unwrap();
        }
        index.write().unwrap();
        dir
    }

    fn tick() {
        std::thread::sleep(Duration::from_millis(20));
    }

    /// A walk in words: what rules may see of it.
    fn seen(walk: &Walk) -> String {
        let files: Vec<_> = walk.tree.iter().map(|(path, entry)| (path.to_string(), entry.mode, walk.tree.read(path))).collect();
        format!("{files:?} {:?} {:?}", walk.skipped, walk.hidden)
    }

    fn footprint(root: &Path) -> Option<Footprint> {
        let walk = walk(root).unwrap();
        walk.footprint.settled(&walk.tree, i64::MAX)
    }

    /// Whether a footprint of `below` still holds after a change, which it must not when another walk comes to something else.
    #[track_caller]
    fn check(below: &str, change: impl FnOnce(&Path), expected: bool) {
        let dir = repository();
        let root = dir.path().join(below).canonicalize().unwrap();
        let (before, footprint) = (seen(&walk(&root).unwrap()), footprint(&root).unwrap());
        assert!(footprint.holds(&root));
        tick();
        change(dir.path());
        assert_eq!(footprint.holds(&root), expected);
        assert!(!expected || seen(&walk(&root).unwrap()) == before, "it says that nothing changed");
    }

    fn write(path: &str, text: &str) -> impl FnOnce(&Path) {
        move |root: &Path| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
    }

    #[test]
    fn whatever_another_walk_would_see_shows() {
        for path in ["a", "sub/deep/c", "new", "sub/deep/new", ".gitignore", ".polityignore", "sub/.gitignore", "gen/y", "build/kept"] {
            check("", write(path, "2"), false);
        }
        for path in [".git/info/exclude", "nested/.git/info/exclude", "sub/.git/info/exclude"] {
            check("", write(path, "b\n"), false);
        }
        check("", |root| fs::remove_file(root.join("sub/b")).unwrap(), false);
        check("", |root| fs::rename(root.join("sub/b"), root.join("sub/B")).unwrap(), false);
        check("", |root| fs::rename(root.join("sub/deep"), root.join("sub/deeper")).unwrap(), false);
        check("", |root| fs::remove_file(root.join("build/kept")).unwrap(), false);
        let track = |root: &Path| {
            let git = git2::Repository::open(root).unwrap();
            let mut index = git.index().unwrap();
            index.add_path(Path::new("build/loose")).unwrap();
            index.write().unwrap();
        };
        check("", track, false);
        check("sub", write(".gitignore", "c\n"), false);
        check("sub", write(".polityignore", "c\n"), false);
        check("sub/deep", write("sub/.git/HEAD", ""), false);
    }

    #[test]
    fn what_no_walk_looks_at_does_not_matter() {
        for path in ["build/loose", "build/other", "nested/d", ".git/info/other"] {
            check("", write(path, "2"), true);
        }
        check("", |root| fs::create_dir(root.join("build/folder")).unwrap(), true);
        check("sub", write("a", "2"), true);
    }

    #[test]
    fn a_tracked_file_that_comes_back_shows() {
        let dir = repository();
        fs::remove_file(dir.path().join("build/kept")).unwrap();
        let footprint = footprint(dir.path()).unwrap();
        assert!(footprint.holds(dir.path()));
        fs::write(dir.path().join("build/kept"), "").unwrap();
        assert!(!footprint.holds(dir.path()));
    }

    #[cfg(unix)]
    #[test]
    fn links_show_where_they_lead() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let turn = |to: &str| {
            let to = PathBuf::from(to);
            move |root: &Path| {
                fs::remove_file(root.join("sub/link")).unwrap();
                symlink(to, root.join("sub/link")).unwrap();
            }
        };
        let linked = |to: &str, change: &dyn Fn(&Path), expected: bool| {
            let dir = repository();
            symlink(to, dir.path().join("sub/link")).unwrap();
            let footprint = footprint(dir.path()).unwrap();
            tick();
            assert!(footprint.holds(dir.path()), "{to}");
            change(dir.path());
            assert_eq!(footprint.holds(dir.path()), expected, "{to}");
        };
        linked("b", &|_| {}, true);
        linked("b", &|root| turn("../a")(root), false);
        linked("../build/loose", &|root| write("build/loose", "2")(root), false);
        linked("nowhere", &|root| write("sub/nowhere", "2")(root), false);
        linked("../build/gone", &|root| write("build/gone", "2")(root), false);
        linked("../nested", &|root| write("nested/e", "2")(root), false);
        check("", |root| fs::set_permissions(root.join("a"), fs::Permissions::from_mode(0o755)).unwrap(), false);
    }

    #[test]
    fn what_changed_a_moment_ago_or_has_no_stamp_is_not_settled() {
        let dir = repository();
        let walked = || walk(dir.path()).unwrap();
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()).unwrap();
        assert_eq!(walked().footprint.settled(&walked().tree, now), None);
        assert_eq!(Footprint::default().settled(&Tree::new(), i64::MAX), None);
        fs::create_dir(dir.path().join("polity.yaml")).unwrap();
        assert_eq!(footprint(dir.path()), None, "a folder in the place of a file");
    }
}
