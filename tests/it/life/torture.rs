//! Random histories of a template and of a service, held against `git merge` on the same three trees. `POLITY_HISTORIES=300` makes it
//! thorough, `POLITY_SEED=n` runs one history alone.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::shelf::{Shelf, git, shelf};

/// A file: its bytes, and whether it is executable.
type Body = (Vec<u8>, bool);
type Tree = BTreeMap<String, Body>;

/// Xorshift: the same history for the same seed everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick(&mut self, tree: &Tree) -> Option<String> {
        (!tree.is_empty()).then(|| tree.keys().nth(self.roll(tree.len())).unwrap().clone())
    }
}

/// One author: what he writes is found again by his letter and a number.
struct Author {
    letter: char,
    written: usize,
}

impl Author {
    fn line(&mut self) -> String {
        self.written += 1;
        format!("{}{} is a line of its own", self.letter, self.written)
    }

    /// Changes a tree in one of many ways.
    fn change(&mut self, dice: &mut Dice, tree: &mut Tree) {
        let kind = dice.roll(12);
        let (fresh, line) = (format!("{}{}/file{}.txt", self.letter, dice.roll(3), self.written), self.line());
        if kind <= 1 || tree.is_empty() {
            let shared = format!("both{}.txt", dice.roll(3));
            let body = (0..6).map(|_| self.line() + "\n").collect::<String>();
            let path = if kind == 0 { fresh } else { shared };
            if has_room(tree, &path) {
                tree.insert(path, (body.into_bytes(), false));
            }
            return;
        }
        let path = dice.pick(tree).unwrap();
        let (mut bytes, mut executable) = tree[&path].clone();
        match kind {
            2 => return drop(tree.remove(&path)),
            3 | 4 if has_room(tree, &fresh) => {
                tree.remove(&path);
                tree.insert(fresh, (bytes, executable));
                return;
            }
            5 => executable = !executable,
            6 => bytes = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes(),
            7 => bytes = [b"\0binary ", line.as_bytes(), b"\n"].concat(),
            8 if !path.contains('/') => {
                tree.remove(&path);
                tree.insert(format!("{path}/inside.txt"), (bytes, executable));
                return;
            }
            _ => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
                let at = dice.roll(lines.len() + 1);
                if kind == 9 && at < lines.len() && !bytes.contains(&0) {
                    lines[at] = line + "\n";
                } else {
                    lines.insert(at, line + "\n");
                }
                bytes = lines.concat().into_bytes();
            }
        }
        tree.insert(path, (bytes, executable));
    }
}

/// Whether a file can stand at a path: no file is a folder too.
fn has_room(tree: &Tree, path: &str) -> bool {
    tree.keys().all(|other| other != path && !other.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{other}/")))
}

/// Writes a tree below a folder, in the place of what is there; `.git` and polity's own files stay.
fn lay_out(folder: &Path, tree: &Tree) {
    for path in read(folder).keys() {
        std::fs::remove_file(folder.join(path)).unwrap();
    }
    for (path, (bytes, executable)) in tree {
        let file = folder.join(path);
        for parent in file.parent().unwrap().ancestors().take_while(|parent| *parent != folder).collect::<Vec<_>>().into_iter().rev() {
            let _ = std::fs::create_dir(parent);
        }
        // An empty folder is left where a file was moved away.
        let _ = std::fs::remove_dir(&file);
        std::fs::write(&file, bytes).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(if *executable { 0o755 } else { 0o644 })).unwrap();
    }
}

/// The files below a folder, without `.git` and polity's own files.
fn read(folder: &Path) -> Tree {
    fn collect(root: &Path, folder: &Path, tree: &mut Tree) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                if name != ".git" {
                    collect(root, &path, tree);
                    let _ = std::fs::remove_dir(&path);
                }
            } else if name != "polity.yaml" && name != "polity.lock" {
                let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
                let inside = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                tree.insert(inside, (std::fs::read(&path).unwrap(), executable));
            }
        }
    }
    let mut tree = Tree::new();
    collect(folder, folder, &mut tree);
    tree
}

/// What git itself makes of three trees: the result, the paths with conflicts, and whether its usual settings have any.
fn oracle(home: &Path, trees: [&Tree; 3]) -> (Tree, BTreeSet<String>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| git(folder.path(), home, args);
    run(&["init", "-q"]);
    let commit = |tree: &Tree| {
        lay_out(folder.path(), tree);
        run(&["add", "-A", "-f"]);
        run(&["commit", "-q", "--allow-empty", "-m", "side"]);
        run(&["rev-parse", "HEAD"]).trim().to_owned()
    };
    let base = commit(trees[0]);
    let theirs = commit(trees[2]);
    run(&["checkout", "-q", "-f", "--detach", &base]);
    let ours = commit(trees[1]);
    let merge = |setting: &str| {
        run(&["checkout", "-q", "-f", &ours]);
        run(&["clean", "-q", "-d", "-f", "-x"]);
        let args = ["-c", setting, "merge", "-q", "--no-edit", &theirs];
        let status =
            Command::new("git").args(args).current_dir(folder.path()).env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        let unmerged = run(&["ls-files", "-u", "-z"]);
        let paths: BTreeSet<_> = unmerged.split('\0').filter_map(|row| Some(row.split_once('\t')?.1.to_owned())).collect();
        assert_eq!(status.status.success(), paths.is_empty(), "{status:?}");
        let tree = read(folder.path());
        let _ = Command::new("git").args(["merge", "--abort"]).current_dir(folder.path()).output();
        (tree, paths)
    };
    let is_clean = merge("merge.directoryRenames=conflict").1.is_empty();
    let (tree, paths) = merge("merge.directoryRenames=false");
    (tree, paths, is_clean)
}

/// The lines of one author in all files of a tree.
fn lines(tree: &Tree, letter: char) -> BTreeSet<String> {
    let texts = tree.values().map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned()).collect::<String>();
    let ours = |word: &&str| word.starts_with(letter) && word.len() > 1 && word[1..].bytes().all(|b| b.is_ascii_digit());
    texts.split(|c: char| c.is_whitespace() || c == '\0').filter(ours).map(str::to_owned).collect()
}

/// A version of the template that renders exactly this tree.
fn publish(shelf: &Shelf, version: usize, tree: &Tree) {
    shelf.version(&format!("1.{version}.0"), "", &[]);
    let files = shelf.repo.path("reg/templates/go/files");
    std::fs::create_dir_all(&files).unwrap();
    lay_out(&files, tree);
}

/// What an update of the history did.
#[derive(Default)]
struct Tally {
    updates: usize,
    conflicts: usize,
}

fn live(seed: u64, tally: &mut Tally) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (mut template, mut user) = (Author { letter: 't', written: 0 }, Author { letter: 'u', written: 0 });
    let mut rendered = Tree::new();
    (0..6).for_each(|_| template.change(&mut Dice(dice.roll(1000) as u64 * 12 + 1), &mut rendered));
    (0..4).for_each(|n| {
        drop(rendered.insert(format!("file{n}.txt"), ((0..8).map(|_| template.line() + "\n").collect::<String>().into_bytes(), false)))
    });
    let shelf = shelf(&[]);
    publish(&shelf, 0, &rendered);
    let shelf = shelf.made();
    let service = shelf.repo.path("svc");
    let is_touched = !seed.is_multiple_of(4);
    for version in 1..=2 {
        let mut ours = read(&service);
        if is_touched {
            (0..=dice.roll(4)).for_each(|_| user.change(&mut dice, &mut ours));
            lay_out(&service, &ours);
        }
        shelf.commit("work");
        let mut new = rendered.clone();
        (0..=dice.roll(5)).for_each(|_| template.change(&mut dice, &mut new));
        publish(&shelf, version, &new);
        let (expected, unmerged, is_clean) = oracle(shelf.repo.root(), [&rendered, &ours, &new]);
        let run = shelf.update(&[]);
        let about = format!("seed {seed}, version {version}:\n{run}");
        assert!([0, 1].contains(&run.code), "{about}");
        assert!(!is_clean || run.code == 0, "a conflict where git has none; {about}");
        let rows = shelf.git(&["ls-files", "-u", "-z"]);
        let plain = |path: &str| path.split('~').next().unwrap().to_owned();
        let found: BTreeSet<_> = rows.split('\0').filter_map(|row| Some(plain(row.split_once('\t')?.1))).collect();
        assert_eq!(found, unmerged.iter().map(|path| plain(path)).collect(), "other conflicts than git's; {about}");
        let after = read(&service);
        let lost: Vec<_> = lines(&ours, 'u').difference(&lines(&after, 'u')).cloned().collect();
        assert!(lost.is_empty(), "lost {lost:?}; {about}");
        if unmerged.is_empty() {
            assert_eq!(after, expected, "another result than git's; {about}");
        }
        shelf.commit("update");
        let run = shelf.update(&[]).exits(0);
        assert!(run.stdout.contains("is up to date"), "{run}");
        assert_eq!(shelf.git(&["status", "--porcelain"]), "");
        if !is_touched {
            shelf.polity(&["drift", "svc"]).exits(0);
            assert_eq!(after, new, "{about}");
        }
        (tally.updates, tally.conflicts) = (tally.updates + 1, tally.conflicts + usize::from(!unmerged.is_empty()));
        rendered = new;
    }
}

#[test]
fn random_histories_lose_nothing_and_conflict_only_where_git_does() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seeds: Vec<u64> = number("POLITY_SEED").map_or_else(|| (1..=number("POLITY_HISTORIES").unwrap_or(3)).collect(), |seed| vec![seed]);
    let mut tally = Tally::default();
    seeds.iter().for_each(|seed| live(*seed, &mut tally));
    println!("{} updates, {} with conflicts", tally.updates, tally.conflicts);
    assert!(seeds.len() < 10 || (tally.conflicts > 0 && tally.conflicts < tally.updates), "the histories are of both kinds");
}
