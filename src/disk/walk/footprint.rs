//! What a walk looked at: as long as every folder and file of it has the stamp that it had, another walk comes to the same, and every file
//! still holds what it held. So nothing needs to be walked, ignored, read or evaluated to know that nothing changed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::tree::{Digest, Mode, Stamp, Tree};

use super::super::metadata::stamp;

/// So many paths stand together in a part of a trail.
const PART: usize = 1_000;
/// More threads than this wait for each other.
const MOST_THREADS: usize = 4;

/// Everything that a walk looked at, with what the file system said of it then.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    places: Vec<Place>,
    /// Whether something decided about the walk that no stamp tells.
    is_partial: bool,
}

/// A place that was looked at: its path below the root of the walk, or a whole one; whether a link there counts as what it leads to; what
/// stood there, nothing when nothing did.
type Place = (String, bool, Option<Stamp>);

impl Footprint {
    /// Notes what stands at a path now, or that nothing does: a link as itself.
    pub fn note(&mut self, root: &Path, path: &str) {
        self.found(path, look(root, path, false));
    }

    /// As [`Footprint::note`], for what was looked at already.
    pub(super) fn found(&mut self, path: &str, stamp: Option<Stamp>) {
        self.places.push((path.to_owned(), false, stamp));
    }

    /// As [`Footprint::note`], for a place where a link may stand: both it and what it leads to.
    pub(super) fn note_link(&mut self, root: &Path, path: &str) {
        self.places.extend([false, true].map(|follows| (path.to_owned(), follows, look(root, path, follows))));
    }

    /// As [`Footprint::note_link`], for a place that need not lie below the root.
    pub(super) fn note_around(&mut self, root: &Path, path: &Path) {
        match path.to_str() {
            Some(path) => self.note_link(root, path),
            None => self.is_partial = true,
        }
    }

    /// Something decided about the walk that no stamp tells.
    pub fn doubt(&mut self) {
        self.is_partial = true;
    }

    /// Adds what was looked at in the repository around the folder at `prefix` in it, whose files are those of a tree.
    pub fn around(&mut self, other: &Self, tree: &Tree, prefix: &str) {
        let up = "../".repeat(prefix.split('/').count());
        let files = tree.iter().filter(|(_, entry)| entry.mode != Mode::Symlink);
        self.is_partial |= other.is_partial;
        self.places.extend(files.map(|(path, entry)| (format!("{up}{path}"), false, entry.stamp)));
        let there = |path: &str| if Path::new(path).is_absolute() { path.to_owned() } else { format!("{up}{path}") };
        self.places.extend(other.places.iter().map(|(path, follows, stamp)| (there(path), *follows, *stamp)));
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.places.extend(other.places);
        self.is_partial |= other.is_partial;
    }

    /// It and the files of the tree that was walked, as they were found. Nothing when the next change of something might not show: it was
    /// changed shortly before `now` (nanoseconds since 1970), or is of a kind that has no stamp.
    #[must_use]
    pub fn trail(&self, tree: &Tree, now: i64) -> Option<Trail> {
        let files = tree.iter().filter(|(_, entry)| entry.mode != Mode::Symlink);
        let files: Vec<_> = files.map(|(path, entry)| Some((path.as_str(), false, Some(entry.stamp?)))).collect::<Option<_>>()?;
        let mut places: Vec<_> = self.places.iter().map(|(path, follows, stamp)| (path.as_str(), *follows, *stamp)).chain(files).collect();
        // A file system without stamps says nothing of any place.
        let mut stamps = places.iter().filter_map(|place| place.2).peekable();
        if self.is_partial || stamps.peek().is_none() || !stamps.all(|stamp| stamp.is_settled(now)) {
            return None;
        }
        // What two may have looked at is told by the first look.
        places.sort_by_key(|place| (place.0, place.1));
        places.chunks(PART).map(Part::of).collect::<Option<_>>().map(Trail)
    }
}

fn look(root: &Path, path: &str, follows: bool) -> Option<Stamp> {
    let full = root.join(path);
    stamp(&if follows { full.metadata() } else { full.symlink_metadata() }.ok()?)
}

/// A footprint in the form in which it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail(Vec<Part>);

/// Places in the order of their paths, with one digest of all their stamps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    /// How many bytes each path has in common with the one before, and whether a link there counts as what it leads to.
    shared: Vec<(usize, bool)>,
    /// The rest of each path, with a NUL at its end.
    rests: String,
    stamps: Digest,
}

impl Part {
    fn of(places: &[(&str, bool, Option<Stamp>)]) -> Option<Self> {
        let (mut shared, mut rests, mut before) = (Vec::with_capacity(places.len()), String::new(), "");
        for (path, follows, _) in places {
            let common = path.char_indices().zip(before.chars()).find(|((_, a), b)| a != b);
            let common = common.map_or(path.len().min(before.len()), |((at, _), _)| at);
            shared.push((common, *follows));
            rests.push_str(&path[common..]);
            rests.push('\0');
            before = path;
        }
        Some(Self { shared, rests, stamps: digest(places.iter().map(|place| place.2))? })
    }

    fn holds(&self, root: &Path) -> bool {
        let mut path = String::new();
        let looks = self.shared.iter().zip(self.rests.split('\0')).map(|((common, follows), rest)| {
            path.truncate(*common);
            path.push_str(rest);
            look(root, &path, *follows)
        });
        digest(looks).as_ref() == Some(&self.stamps)
    }
}

fn digest(stamps: impl Iterator<Item = Option<Stamp>>) -> Option<Digest> {
    let stamps: Vec<_> = stamps.collect();
    postcard::to_allocvec(&stamps).ok().map(|bytes| Digest::of(&bytes))
}

impl Trail {
    /// Whether everything still is as it was.
    #[must_use]
    pub fn holds(&self, root: &Path) -> bool {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let each = self.0.len().div_ceil(threads).max(1);
        let (first, others) = self.0.split_at(each.min(self.0.len()));
        std::thread::scope(|scope| {
            let hold = |parts: &[Part]| parts.iter().all(|part| part.holds(root));
            let others: Vec<_> = others.chunks(each).map(|parts| scope.spawn(move || hold(parts))).collect();
            let is_same = hold(first);
            others.into_iter().fold(is_same, |is_same, other| other.join().expect("looking at a place does not panic") && is_same)
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

    fn trail(root: &Path) -> Option<Trail> {
        let walk = walk(root).unwrap();
        walk.footprint.trail(&walk.tree, i64::MAX)
    }

    /// Whether a trail of `below` still holds after a change, which it must not when another walk comes to something else.
    #[track_caller]
    fn check(below: &str, change: impl FnOnce(&Path), expected: bool) {
        let dir = repository();
        let root = dir.path().join(below).canonicalize().unwrap();
        let (before, trail) = (seen(&walk(&root).unwrap()), trail(&root).unwrap());
        assert!(trail.holds(&root));
        tick();
        change(dir.path());
        assert_eq!(trail.holds(&root), expected);
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
        let trail = trail(dir.path()).unwrap();
        assert!(trail.holds(dir.path()));
        fs::write(dir.path().join("build/kept"), "").unwrap();
        assert!(!trail.holds(dir.path()));
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
            let trail = trail(dir.path()).unwrap();
            tick();
            assert!(trail.holds(dir.path()), "{to}");
            change(dir.path());
            assert_eq!(trail.holds(dir.path()), expected, "{to}");
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
        assert_eq!(walked().footprint.trail(&walked().tree, now), None);
        assert_eq!(Footprint::default().trail(&Tree::new(), i64::MAX), None);
        fs::create_dir(dir.path().join("polity.yaml")).unwrap();
        assert_eq!(trail(dir.path()), None, "a folder in the place of a file");
    }

    #[test]
    fn many_places_hold_in_several_parts() {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..2_500 {
            fs::write(dir.path().join(format!("file-{n}-é")), "").unwrap();
        }
        let trail = trail(dir.path()).unwrap();
        assert_eq!((trail.0.len(), trail.holds(dir.path())), (3, true));
        for changed in ["file-0-é", "file-999-é", "file-2499-é"] {
            fs::write(dir.path().join(changed), "2").unwrap();
            assert!(!trail.holds(dir.path()), "{changed}");
            fs::remove_file(dir.path().join(changed)).unwrap();
        }
    }
}
