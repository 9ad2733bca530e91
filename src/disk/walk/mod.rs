//! From a folder to a tree: one walk that reads names and stamps, and lazy reads afterwards.

mod above;
mod aliases;
mod footprint;
mod hidden;
mod index;
mod queue;
mod rules;
mod source;
mod sparse;
mod standing;
mod tracked;

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::SERVICE_FILE;
use crate::tree::{Entry, Lack, Mode, RepoPath, Source, Stamp, Tree};

use super::git::enclosing_repository;
use super::links::stays_inside;
use super::metadata::{mode, stamp};
pub use above::{Above, above, root_around};
pub(super) use aliases::judge;
pub use footprint::{Footprint, Trail};
pub use hidden::Hidden;
use queue::Queue;
pub(super) use rules::{OWN, decided_by};
use rules::{Rules, Say};
use source::Folder;
pub(super) use source::MAX_FILE;
pub use sparse::Sparse;
pub use standing::Standing;
use tracked::{Aside, Ignored, MODULES};

/// A folder that cannot be walked.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {cause}", path.display())]
pub struct DiskError {
    /// The folder.
    pub path: PathBuf,
    /// What the operating system said.
    pub cause: std::io::Error,
}

/// A folder as a tree, and what the tree lacks.
#[derive(Debug, Default)]
pub struct Walk {
    /// Every file that could be named.
    pub tree: Tree,
    /// What was left out, in byte order of the paths.
    pub skipped: Vec<Skipped>,
    /// How many files each pattern of a `.polityignore` hides.
    pub hidden: BTreeMap<Hidden, usize>,
    /// What it looked at, but for the files of the tree.
    pub footprint: Footprint,
}

/// A file or folder that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path relative to the folder that was walked.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What it is.
    pub lack: Lack,
}

/// The files of a repository: those that neither git nor `.polityignore` leaves out, hidden ones included, `.git` left out.
///
/// What a search program is told to pass over by `.ignore` is not kept from rules. Files are not read; a link is followed when somebody
/// reads it, if it leads to a file of the repository, whichever folder of that is walked.
///
/// # Errors
/// [`DiskError`] when `root` itself cannot be read, or when a file that says what to leave out is a pipe, a device, a link that leads
/// out or very large. Anything else below that cannot be read is listed in [`Walk::skipped`].
pub fn walk(root: &Path) -> Result<Walk, DiskError> {
    let real = canonical(root)?;
    let inside = enclosing_repository(&real);
    let around = rules::around(&real, inside.as_deref());
    let rules = Rules::above(&real, inside.as_deref())?;
    let repository = inside.unwrap_or_else(|| real.clone());
    let (mut walk, aside) = gather(&real, &repository, &|folder| visit(folder, &real, Some(&repository)), rules)?;
    walk.footprint.extend(around);
    tracked::add(&mut walk, &real, repository, aside);
    aliases::look(&mut walk, &real);
    Ok(walk)
}

/// Every file below a registry or template folder, whatever git ignores. What git keeps and a sparse checkout leaves out of it is skipped.
///
/// # Errors
/// [`DiskError`] when `root` itself cannot be read.
pub fn read_folder(root: &Path) -> Result<Walk, DiskError> {
    let real = canonical(root)?;
    let (mut walk, _) = gather(&real, &real, &|folder| visit(folder, &real, None), None)?;
    if let Some(repository) = enclosing_repository(&real) {
        tracked::add(&mut walk, &real, repository, Aside::default());
    }
    Ok(walk)
}

fn canonical(root: &Path) -> Result<PathBuf, DiskError> {
    let real = root.canonicalize().and_then(|real| std::fs::read_dir(&real).map(|_| real));
    real.map_err(|cause| DiskError { path: root.to_owned(), cause })
}

/// A folder that is still to be read.
struct Open {
    path: PathBuf,
    /// Its path below the root with `/` at the end; empty for the root.
    prefix: String,
    /// The rules above it.
    rules: Option<Arc<Rules>>,
    /// The pattern that hides all that is in it.
    hidden: Option<Hidden>,
    /// What the file system said of it before it is read.
    stamp: Option<Stamp>,
}

/// What a folder holds.
#[derive(Default)]
struct Visited {
    /// The folders in it, which are still to be read.
    folders: Vec<Open>,
    files: Vec<Found>,
    skipped: Vec<Skipped>,
    aside: Aside,
    hidden: Vec<Hidden>,
    footprint: Footprint,
}

/// A file with its path below the root.
type Found = (String, Mode, Option<Stamp>);

impl Visited {
    fn skip(&mut self, path: String, reason: impl Into<String>, lack: Lack) {
        self.footprint.doubt();
        self.skipped.push(Skipped { path, reason: reason.into(), lack });
    }
}

type Visit<'a> = dyn Fn(&Open) -> Result<Visited, DiskError> + Sync + 'a;

/// Reads a folder and everything below it, with several threads where there are many folders. Links lead to files below `bounds`.
fn gather(root: &Path, bounds: &Path, visit: &Visit<'_>, rules: Option<Arc<Rules>>) -> Result<(Walk, Aside), DiskError> {
    let stamp = root.metadata().ok().and_then(|metadata| stamp(&metadata));
    let queue = Queue::new(Open { path: root.to_owned(), prefix: String::new(), rules, hidden: None, stamp });
    let (mut files, mut aside, mut walk) = (Vec::new(), Aside::default(), Walk::default());
    for visited in queue.visit_all(visit)? {
        files.extend(visited.files);
        walk.skipped.extend(visited.skipped);
        aside.extend(visited.aside);
        visited.hidden.into_iter().for_each(|pattern| walk.hide(pattern, 1));
        walk.footprint.extend(visited.footprint);
    }
    files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    walk.skipped.sort();
    let source: Arc<dyn Source> = Arc::new(Folder { root: root.to_owned(), bounds: bounds.to_owned() });
    let entry = |(path, mode, stamp)| (RepoPath::found(path), Entry::lazy(mode, source.clone()).stamped(stamp));
    walk.tree = files.into_iter().map(entry).collect::<BTreeMap<_, _>>().into();
    Ok((walk, aside))
}

/// Reads one folder. Inside a repository, `inside` being its root, its rules decide what belongs to it; of a template's folder everything
/// counts.
fn visit(folder: &Open, root: &Path, inside: Option<&Path>) -> Result<Visited, DiskError> {
    let mut visited = Visited::default();
    visited.footprint.found(folder.prefix.trim_end_matches('/'), folder.stamp);
    let entries = std::fs::read_dir(&folder.path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(cause) if folder.prefix.is_empty() => return Err(DiskError { path: folder.path.clone(), cause }),
        // Nobody wants to see what is hidden.
        Err(_) if folder.hidden.is_some() => return Ok(visited),
        Err(cause) => {
            visited.skip(folder.prefix.trim_end_matches('/').to_owned(), cause.to_string(), Lack::Folder);
            return Ok(visited);
        }
    };
    let names = || entries.iter().map(DirEntry::file_name);
    if inside.is_some() && (entries.is_empty() || names().any(|name| name == MODULES)) {
        visited.aside.may_lack.push(folder.path.clone());
    }
    let rules = match inside {
        Some(inside) => {
            rules::files(&folder.path, names()).iter().for_each(|file| visited.footprint.note_around(root, file));
            visited.aside.repositories.extend(names().find(|name| name == ".git").map(|_| folder.path.clone()));
            Rules::of(&folder.path, names(), folder.rules.as_ref(), inside)?
        }
        None => None,
    };
    for entry in entries {
        add(&mut visited, &entry, folder, &rules, (root, inside));
    }
    Ok(visited)
}

fn add(visited: &mut Visited, entry: &DirEntry, folder: &Open, rules: &Option<Arc<Rules>>, (root, inside): (&Path, Option<&Path>)) {
    let is_template = inside.is_none();
    let name = entry.file_name();
    // A template that brings a git directory of its own is to be seen, so that it can be refused.
    let is_brought = || is_template && folder.prefix.split('/').any(|part| part == "files");
    if name == ".git" && !is_brought() {
        return;
    }
    let shown = || format!("{}{}", folder.prefix, name.to_string_lossy());
    let kind = match entry.file_type() {
        Ok(kind) => kind,
        Err(error) => return visited.skip(shown(), error.to_string(), Lack::Folder),
    };
    let path = entry.path();
    let mut hidden = folder.hidden.clone();
    if let Some(rules) = rules {
        match rules.say(&path, kind.is_dir()) {
            // In a folder that is hidden everything is.
            Say::Out { is_in_git: false, .. } => return,
            Say::OutUnlessTracked if hidden.is_some() => return,
            Say::In => {}
            Say::Out { pattern, .. } => hidden = hidden.or_else(|| Some(Hidden::by(pattern, root))),
            Say::OutUnlessTracked => {
                let is_folder = kind.is_dir();
                visited.aside.ignored.extend(name.to_str().map(|_| Ignored { path: shown(), is_folder, rules: rules.clone() }));
                return;
            }
        }
    }
    let stamp_now = || entry.metadata().ok().and_then(|metadata| stamp(&metadata));
    let open = |path| Open { path, prefix: shown() + "/", rules: rules.clone(), hidden: None, stamp: stamp_now() };
    if let Some(pattern) = hidden {
        return visited.hide(pattern, open(path), kind.is_dir());
    }
    if name.to_str().is_none() {
        visited.skip(shown(), "the name is not UTF-8", if kind.is_dir() { Lack::Folder } else { Lack::File });
    } else if kind.is_dir() && name == SERVICE_FILE && !is_template {
        visited.skip(shown(), "a file is to be there, and not a folder", Lack::File);
    } else if kind.is_dir() {
        if !is_template && above::is_waiver(&folder.prefix, &shown()) {
            visited.skip(shown(), "a file is to be there, and not a folder", Lack::File);
        }
        visited.folders.push(open(path));
    } else if kind.is_symlink() {
        visited.footprint.note_link(root, &shown());
        match leads(&path, root, inside.unwrap_or(root)) {
            Ok(()) => visited.files.push((shown(), Mode::Symlink, None)),
            Err((reason, lack)) => visited.skipped.push(Skipped { path: shown(), reason: reason.to_owned(), lack }),
        }
    } else if kind.is_file() {
        // One that is gone by now cannot be read either, and says so when somebody asks.
        let (mode, stamp) = entry.metadata().map_or((Mode::File, None), |metadata| (mode(&metadata), stamp(&metadata)));
        visited.files.push((shown(), mode, stamp));
    } else {
        visited.skip(shown(), "not a regular file", Lack::File);
    }
}

/// Whether a link of a folder leads to a file below `bounds`; a folder that it leads to is seen elsewhere only when that lies below `root`.
fn leads(link: &Path, root: &Path, bounds: &Path) -> Result<(), (&'static str, Lack)> {
    match stays_inside(link, bounds) {
        Err((_, Lack::Alias)) => stays_inside(link, root),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use crate::tree::ReadError;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        dir
    }

    fn names(tree: &Tree) -> Vec<String> {
        tree.iter().map(|(path, _)| path.to_string()).collect()
    }

    #[test]
    fn git_decides_what_belongs_to_a_repository() {
        let dir = folder(&["a", ".hidden", ".git/config", "target/x", "sub/keep", "sub/drop"]);
        std::fs::write(dir.path().join(".gitignore"), "target/\n").unwrap();
        std::fs::write(dir.path().join("sub/.gitignore"), "drop\n").unwrap();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), [".gitignore", ".hidden", "a", "sub/.gitignore", "sub/keep"]);
        assert!(names(&read_folder(dir.path()).unwrap().tree).contains(&"target/x".to_owned()));
    }

    #[test]
    fn what_git_tracks_is_not_ignored() {
        let dir = folder(&["Dockerfile", "build/kept", "build/deep/kept", "build/new", "build/hidden", "other", "sub/a"]);
        let repository = git2::Repository::init(dir.path()).unwrap();
        let mut index = repository.index().unwrap();
        for path in ["Dockerfile", "build/kept", "build/deep/kept", "build/hidden", "gone", "sub/a"] {
            std::fs::write(dir.path().join(path), "").unwrap();
            index.add_path(Path::new(path)).unwrap();
        }
        index.write().unwrap();
        std::fs::remove_file(dir.path().join("gone")).unwrap();
        std::fs::write(dir.path().join(".git/info/exclude"), "Dockerfile\nbuild/\nother\ngone\n/sub/a\n").unwrap();
        std::fs::write(dir.path().join(".polityignore"), "build/hidden\n").unwrap();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), [".polityignore", "Dockerfile", "build/deep/kept", "build/kept", "sub/a"]);
        assert_eq!(names(&walk(&dir.path().join("sub")).unwrap().tree), ["a"]);
    }

    #[test]
    fn what_is_ignored_around_a_repository_means_nothing_in_it() {
        let dir = folder(&[".git/config", "repo/.git/config", "repo/sub/a", "repo/nested/.git/x", "repo/nested/b"]);
        std::fs::write(dir.path().join(".gitignore"), "*\n").unwrap();
        std::fs::write(dir.path().join("repo/.gitignore"), "b\n").unwrap();
        std::fs::write(dir.path().join("repo/.polityignore"), "c\n").unwrap();
        std::fs::write(dir.path().join("repo/nested/c"), "").unwrap();
        let of = |path: &str| names(&walk(&dir.path().join(path)).unwrap().tree);
        assert_eq!(of("repo"), [".gitignore", ".polityignore", "nested/b", "sub/a"]);
        assert_eq!(of("repo/sub"), ["a"]);
        assert!(of("").is_empty());
    }

    #[test]
    fn rules_of_the_nearest_folder_decide() {
        let dir = folder(&[".git/info/exclude", "a.log", "sub/a.log", "sub/b.log", "sub/deep/c.txt"]);
        std::fs::write(dir.path().join(".git/info/exclude"), "*.txt\n").unwrap();
        std::fs::write(dir.path().join(".gitignore"), "*.log\n").unwrap();
        std::fs::write(dir.path().join("sub/.gitignore"), "!a.log\n").unwrap();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), [".gitignore", "sub/.gitignore", "sub/a.log"]);
        std::fs::write(dir.path().join(".polityignore"), "a.log\n!sub/deep/c.txt\n").unwrap();
        assert_eq!(names(&walk(&dir.path().join("sub")).unwrap().tree), [".gitignore", "deep/c.txt"]);
    }

    #[test]
    fn what_is_hidden_is_counted_and_hides_nothing_of_itself() {
        let dir = folder(&["a", "sub/gen/x", "sub/gen/deep/y", "sub/gen/built/z", "sub/kept", "b.min", ".polityignore"]);
        git2::Repository::init(dir.path()).unwrap();
        std::fs::write(dir.path().join(".gitignore"), "built/\n*.min\n").unwrap();
        std::fs::write(dir.path().join("sub/.gitignore"), "").unwrap();
        std::fs::write(dir.path().join(".polityignore"), "gen/\n*.min\n.polityignore\nnothing\n").unwrap();
        std::fs::write(dir.path().join("sub/.polityignore"), "*\n!kept\n").unwrap();
        let hidden = |path: &str| {
            let walk = walk(&dir.path().join(path)).unwrap();
            let all = walk.hidden.iter().map(|(by, files)| format!("{} {} {files}", by.file, by.pattern)).collect::<Vec<_>>();
            (names(&walk.tree), all)
        };
        let text = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        // The nearest file that says something decides; what git ignores besides is not hidden.
        let (seen, by) = (text(&[".gitignore", ".polityignore", "a", "sub/.polityignore", "sub/kept"]), text(&["sub/.polityignore * 3"]));
        assert_eq!(hidden(""), (seen, by));
        assert_eq!(hidden("sub"), (text(&[".polityignore", "kept"]), text(&[".polityignore * 3"])));
        std::fs::remove_file(dir.path().join("sub/.polityignore")).unwrap();
        assert_eq!(hidden("sub"), (text(&[".gitignore", "kept"]), text(&["../.polityignore gen/ 2"])));
    }

    #[test]
    fn a_linked_worktree_shares_what_its_repository_excludes() {
        let (main, linked) = (folder(&[]), tempfile::tempdir().unwrap());
        let repository = git2::Repository::init(main.path()).unwrap();
        let tree = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let author = git2::Signature::now("a", "a@example.org").unwrap();
        repository.commit(Some("HEAD"), &author, &author, "begin", &tree, &[]).unwrap();
        std::fs::write(main.path().join(".git/info/exclude"), "local\n").unwrap();
        let work = linked.path().join("work");
        repository.worktree("work", &work, None).unwrap();
        std::fs::write(work.join("local"), "").unwrap();
        std::fs::write(work.join("a"), "").unwrap();
        assert_eq!(names(&walk(&work).unwrap().tree), ["a"]);
    }

    #[test]
    fn many_folders_are_read_by_several_threads() {
        let files: Vec<_> = (0..200).map(|n| format!("{}/{n}/f", n % 7)).collect();
        let dir = folder(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let mut expected = files.clone();
        expected.sort();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), expected);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_inside() {
        use std::os::unix::fs::symlink;
        let (dir, outside) = (folder(&["real"]), folder(&["secret"]));
        symlink("real", dir.path().join("good")).unwrap();
        symlink("nowhere", dir.path().join("broken")).unwrap();
        symlink(outside.path().join("secret"), dir.path().join("out")).unwrap();
        symlink(".", dir.path().join("loop")).unwrap();
        let walk = walk(dir.path()).unwrap();
        assert_eq!(names(&walk.tree), ["good", "real"]);
        assert_eq!(&*walk.tree.read(&RepoPath::new("good").unwrap()).unwrap(), b"real");
        let said: Vec<_> = walk.skipped.iter().map(|s| format!("{}: {}", s.path, s.reason)).collect();
        let expected =
            ["broken: the link leads nowhere", "loop: the link does not lead to a file", "out: the link leads out of the repository"];
        assert_eq!(said, expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_to_the_same_file_whichever_folder_is_walked() {
        use std::os::unix::fs::symlink;
        let dir = folder(&["common/file", "a/own", "a/waivers/x"]);
        git2::Repository::init(dir.path()).unwrap();
        symlink("../common/file", dir.path().join("a/link")).unwrap();
        symlink("../common", dir.path().join("a/folder")).unwrap();
        let inner = walk(&dir.path().join("a")).unwrap();
        assert_eq!(names(&inner.tree), ["link", "own", "waivers/x"]);
        assert_eq!(&*inner.tree.read(&RepoPath::new("link").unwrap()).unwrap(), b"common/file");
        let lacks = |walk: &Walk| walk.skipped.iter().map(|one| (one.path.clone(), one.lack)).collect::<Vec<_>>();
        assert_eq!(lacks(&inner), [("folder".to_owned(), Lack::LinkedFolder)], "what is in it is not seen from here");
        assert_eq!(lacks(&walk(dir.path()).unwrap()), [("a/folder".to_owned(), Lack::Alias)]);
        assert_eq!(names(&read_folder(&dir.path().join("a")).unwrap().tree), ["own", "waivers/x"], "a template is nobody's part");
    }

    #[cfg(unix)]
    #[test]
    fn rules_that_would_hang_the_walk_are_refused() {
        use std::os::unix::fs::symlink;
        let outside = folder(&["rules"]);
        for name in [".gitignore", ".polityignore", ".git/info/exclude"] {
            for target in [Path::new("/dev/zero"), &outside.path().join("rules")] {
                let dir = folder(&["sub/.git/info/x", "sub/a"]);
                symlink(target, dir.path().join("sub").join(name)).unwrap();
                let error = walk(dir.path()).unwrap_err();
                assert_eq!(error.path, dir.path().join("sub").join(name));
                assert_eq!(walk(&dir.path().join("sub")).unwrap_err().path.file_name(), error.path.file_name());
                assert_eq!(error.cause.to_string(), "the link leads out of the repository");
                assert!(read_folder(dir.path()).is_ok(), "a template's rules are not opened");
            }
        }
    }

    #[test]
    fn more_patterns_than_memory_holds_are_refused() {
        let dir = folder(&["a"]);
        std::fs::write(dir.path().join(".gitignore"), "a*/**/c\n".repeat(150_000)).unwrap();
        assert_eq!(walk(dir.path()).unwrap_err().cause.to_string(), "the file is too large");
    }

    #[test]
    fn what_a_search_program_passes_over_is_there() {
        let dir = folder(&["a", "sub/b"]);
        std::fs::write(dir.path().join(".ignore"), "a\nsub/\n").unwrap();
        assert_eq!(names(&walk(dir.path()).unwrap().tree), [".ignore", "a", "sub/b"]);
    }

    #[cfg(unix)]
    #[test]
    fn rules_in_a_link_and_a_folder_behind_a_link_are_read() {
        let dir = folder(&["real/a", "real/drop"]);
        std::fs::write(dir.path().join("real/rules"), "drop\n").unwrap();
        std::os::unix::fs::symlink("rules", dir.path().join("real/.gitignore")).unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
        let walk = walk(&dir.path().join("link")).unwrap();
        assert_eq!((names(&walk.tree), walk.skipped), ([".gitignore", "a", "rules"].map(String::from).to_vec(), Vec::new()));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_read_late_and_may_be_gone_or_too_large() {
        let dir = folder(&["gone"]);
        let large = File::create(dir.path().join("large")).unwrap();
        large.set_len(MAX_FILE + 1).unwrap();
        let walk = walk(dir.path()).unwrap();
        std::fs::remove_file(dir.path().join("gone")).unwrap();
        let read = |name: &str| walk.tree.read(&RepoPath::new(name).unwrap()).unwrap_err();
        assert!(matches!(read("gone"), ReadError::Io(_)));
        assert_eq!(read("large"), ReadError::TooLarge { size: MAX_FILE + 1, limit: MAX_FILE });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_skipped_with_a_reason() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = folder(&["a"]);
        std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").unwrap();
        let walk = walk(dir.path()).unwrap();
        assert_eq!(names(&walk.tree), ["a"]);
        assert_eq!(walk.skipped[0].reason, "the name is not UTF-8");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = walk(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read `/nowhere/at/all`: "), "{error}");
    }
}
