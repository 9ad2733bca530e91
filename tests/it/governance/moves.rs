//! A file that moved between folders of a repository: the same is known and the same is new from the root, by the folder's path and inside of it,
//! with a baseline and with `--since`.

use std::path::{Path, PathBuf};

use super::baseline::{lines, run};
use super::since::{committed, git};
use super::world;
use crate::support::{Repo, repo};

const FILE: &str = ".polity-baseline.yaml";

/// How a repository is at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Git,
    Worktree,
    /// A sparse checkout that leaves `a` out.
    Sparse,
    /// A folder with a federation file.
    Plain,
}

/// What happened to a repository since its baseline was written: a name, in which kinds of repositories, what, and how many findings are new and
/// known in `b` and in `c` since. There were two in each file.
type Trap = (&'static str, &'static [Kind], fn(&Path), [[usize; 2]; 2]);

const ALL: &[Kind] = &[Kind::Git, Kind::Worktree, Kind::Plain];
const GIT: &[Kind] = &[Kind::Git, Kind::Worktree];

const TRAPS: [Trap; 18] = [
    ("nothing", ALL, |_| {}, [[0, 2], [0, 0]]),
    ("moved", ALL, |at| rename(at, "a/x.txt", "b/x.txt"), [[0, 4], [0, 0]]),
    ("moved with another name", ALL, |at| rename(at, "a/x.txt", "b/deep/other.txt"), [[0, 4], [0, 0]]),
    ("moved out of a service in a service", ALL, |at| rename(at, "a/inner/y.txt", "b/y.txt"), [[0, 4], [0, 0]]),
    ("moved from the root", ALL, |at| rename(at, "top.txt", "c/top.txt"), [[0, 2], [0, 2]]),
    ("moved inside", ALL, |at| rename(at, "b/old.txt", "b/deep/new.txt"), [[0, 2], [0, 0]]),
    ("moved with its folder", ALL, |at| rename(at, "a", "b/a"), [[0, 6], [0, 0]]),
    ("moved and longer", ALL, longer, [[1, 4], [0, 0]]),
    (
        "moved and another",
        ALL,
        |at| [rename(at, "a/x.txt", "b/x.txt"), write(at, "b/z.txt", "fresh")].into_iter().collect(),
        [[2, 4], [0, 0]],
    ),
    ("copied", ALL, |at| copy(at, "a/x.txt", "b/x.txt"), [[2, 2], [0, 0]]),
    (
        "moved and copied",
        ALL,
        |at| [copy(at, "a/x.txt", "c/x.txt"), rename(at, "a/x.txt", "b/x.txt")].into_iter().collect(),
        [[0, 4], [2, 0]],
    ),
    (
        "moved elsewhere and copied",
        ALL,
        |at| [copy(at, "b/old.txt", "b/new.txt"), rename(at, "b/old.txt", "c/old.txt")].into_iter().collect(),
        [[2, 0], [0, 2]],
    ),
    (
        "two swap their folders",
        ALL,
        |at| [rename(at, "a/x.txt", "b/x.txt"), rename(at, "b/old.txt", "a/old.txt")].into_iter().collect(),
        [[0, 2], [0, 0]],
    ),
    ("replaced by another", ALL, replaced, [[2, 2], [0, 0]]),
    ("brought in after another was retired", GIT, retired, [[2, 2], [0, 0]]),
    ("copied and hidden", GIT, hidden, [[2, 2], [0, 0]]),
    ("moved, and left where git does not look", GIT, loose, [[0, 4], [0, 0]]),
    ("copied from outside of the checkout", &[Kind::Sparse], |at| write(at, "b/x.txt", "x"), [[2, 2], [0, 0]]),
];

fn text(name: &str) -> String {
    format!("{}bad one\nbad two\n", lines(name, 40))
}

fn write(at: &Path, path: &str, name: &str) {
    std::fs::create_dir_all(at.join(path).parent().unwrap()).unwrap();
    std::fs::write(at.join(path), text(name)).unwrap();
}

fn rename(at: &Path, from: &str, to: &str) {
    std::fs::create_dir_all(at.join(to).parent().unwrap()).unwrap();
    std::fs::rename(at.join(from), at.join(to)).unwrap();
}

fn copy(at: &Path, from: &str, to: &str) {
    std::fs::create_dir_all(at.join(to).parent().unwrap()).unwrap();
    std::fs::copy(at.join(from), at.join(to)).unwrap();
}

fn longer(at: &Path) {
    rename(at, "a/x.txt", "b/x.txt");
    std::fs::write(at.join("b/x.txt"), text("x") + "bad three\n").unwrap();
}

fn replaced(at: &Path) {
    std::fs::remove_file(at.join("a/x.txt")).unwrap();
    write(at, "b/x.txt", "something else");
}

fn retired(at: &Path) {
    std::fs::remove_file(at.join("a/x.txt")).unwrap();
    commit(at, "retired");
    write(at, "b/x.txt", "x");
}

fn commit(at: &Path, message: &str) {
    for args in [&["add", "-A"][..], &["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", message]] {
        assert!(std::process::Command::new("git").args(args).current_dir(at).status().unwrap().success());
    }
}

fn hidden(at: &Path) {
    copy(at, "a/x.txt", "b/x.txt");
    std::fs::write(at.join(".polityignore"), "rules/\na/x.txt\n").unwrap();
}

fn loose(at: &Path) {
    copy(at, "a/x.txt", "b/x.txt");
    std::fs::write(at.join(".gitignore"), "/a/x.txt\n").unwrap();
    assert!(std::process::Command::new("git").args(["rm", "-q", "--cached", "a/x.txt"]).current_dir(at).status().unwrap().success());
}

/// A repository of services with a baseline of all that is found in them. Further folders that belong to it are in the list.
fn repository(kind: Kind) -> (Repo, PathBuf, Vec<Repo>) {
    let off = "service: {name: orders, owner: pay}\npolicies: {default: [{policy: 'polity/*', severity: 'off'}]}\n";
    let mut folder = world();
    for home in ["", "a/", "a/inner/", "b/", "c/"] {
        folder = folder.file(&format!("{home}polity.yaml"), off);
    }
    for (path, name) in [("top.txt", "t"), ("a/x.txt", "x"), ("a/inner/y.txt", "y"), ("b/old.txt", "old")] {
        folder = folder.file(path, text(name));
    }
    if kind == Kind::Plain {
        folder = folder.file("polity.federation.yaml", "federation: acme\n");
    } else {
        git(&folder, &["init", "-q", "-b", "main"]);
    }
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let (mut at, mut others) = (folder.root().to_owned(), Vec::new());
    if kind != Kind::Plain {
        folder = committed(folder, "one");
    }
    if kind == Kind::Worktree {
        let place = repo();
        at = place.path("tree");
        git(&folder, &["worktree", "add", "-q", "-b", "side", at.to_str().unwrap()]);
        others.push(place);
    }
    if kind == Kind::Sparse {
        git(&folder, &["sparse-checkout", "set", "--cone", "b", "c", "rules"]);
    }
    (folder, at, others)
}

/// What is said of the files of a service, standing at the root, with its path, and in it: the place, and what lets it be.
fn said(folder: &Repo, at: &Path, service: &str, more: &[&str]) -> [Vec<String>; 3] {
    let rules = at.join("rules").to_string_lossy().into_owned();
    let inside = at.join(service);
    [(at, ".", service), (at, service, ""), (&inside, ".", "")].map(|(stand, path, below)| {
        let args = ["check", path, "--registry", &rules, "--today", "2026-01-02", "--format", "json"];
        let run = folder.finish(folder.command(&[&args[..], more].concat()).current_dir(stand));
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
        let all = report["findings"].as_array().unwrap();
        assert!(path == "." && stand == at || !all.iter().any(|one| one["policy"] == "stale-baseline"), "{service} {more:?}: {report}");
        let one = |finding: &serde_json::Value| {
            let place = &finding["locations"][0];
            let path = place["path"].as_str()?.strip_prefix(below)?.trim_start_matches('/').to_owned();
            (finding["policy"] == "bad-line").then(|| format!("{path}:{} {}", place["start"]["line"], finding["suppression"]["kind"]))
        };
        all.iter().filter_map(one).collect()
    })
}

#[test]
fn what_moved_is_known_from_everywhere_and_nothing_else_is() {
    for (name, kinds, happens, expected) in TRAPS {
        for kind in kinds {
            let (folder, at, _others) = repository(*kind);
            happens(&at);
            let ways: [&[&str]; 2] = [&[], &["--since", "HEAD"]];
            for more in ways.into_iter().filter(|more| more.is_empty() || *kind != Kind::Plain) {
                for (service, expected) in ["b", "c"].into_iter().zip(expected) {
                    let [root, path, inside] = said(&folder, &at, service, more);
                    let known = root.iter().filter(|one| !one.ends_with(" null")).count();
                    assert_eq!([root.len() - known, known], expected, "{name}, {kind:?}, {more:?}, {service}: {root:?}");
                    assert_eq!((&path, &inside), (&root, &root), "{name}, {kind:?}, {more:?}, {service}");
                }
            }
        }
    }
}

#[test]
fn a_move_that_is_committed_is_one_since_the_commit_before() {
    let (folder, at, _) = repository(Kind::Git);
    rename(&at, "a/x.txt", "b/x.txt");
    let folder = committed(folder, "moved");
    for (revision, expected) in [("HEAD~1", 4), ("HEAD", 4)] {
        let [root, path, inside] = said(&folder, &at, "b", &["--since", revision]);
        assert_eq!(root.iter().filter(|one| one.ends_with("\"since\"")).count(), expected, "{root:?}");
        assert_eq!((&path, &inside), (&root, &root), "{revision}");
    }
}

#[test]
fn what_another_commit_brought_in_has_not_moved() {
    let (folder, at, _) = repository(Kind::Git);
    retired(&at);
    commit(&at, "brought in");
    for (more, expected) in [(&[][..], 2), (&["--since", "HEAD~1"], 2), (&["--since", "HEAD"], 4)] {
        let [root, path, inside] = said(&folder, &at, "b", more);
        assert_eq!(root.iter().filter(|one| !one.ends_with(" null")).count(), expected, "{more:?}: {root:?}");
        assert_eq!((&path, &inside), (&root, &root), "{more:?}");
    }
}

#[test]
fn an_entry_of_a_file_outside_of_the_checkout_goes_to_no_other_file() {
    let (folder, at, _) = repository(Kind::Sparse);
    write(&at, "b/x.txt", "x");
    let list = folder.read(FILE).replace("  a/x.txt:\n", "  b/x.txt:\n");
    let folder = folder.file(FILE, list);
    let said = run(&folder, &["--fail-on", "never"]).exits(0).stdout;
    assert_eq!(said.matches("error[grown-baseline]").count(), 2, "{said}");
    git(&folder, &["sparse-checkout", "disable"]);
    rename(&at, "a/x.txt", "b/x.txt");
    let said = run(&folder, &["--fail-on", "never"]).exits(0).stdout;
    assert!(!said.contains("-baseline]"), "{said}");
}

#[test]
fn what_fails_elsewhere_lets_nothing_be() {
    let (folder, at, _others) = repository(Kind::Git);
    rename(&at, "a/x.txt", "b/x.txt");
    let folder = folder.file("c/polity.yaml", "service: {name: c, owner: pay}\npolicies: {layers: [none/none@1]}\n");
    run(&folder, &[]).exits(3);
    for (stand, path) in [(at.clone(), "b"), (at.join("b"), ".")] {
        for more in [&[][..], &["--since", "HEAD"]] {
            let rules = at.join("rules").to_string_lossy().into_owned();
            let args = [&["check", path, "--registry", &rules, "--policy", "bad-line"][..], more].concat();
            let said = folder.finish(folder.command(&args).current_dir(&stand)).exits(1).stdout;
            assert!(said.contains("2 findings (2 errors)") && said.contains("x.txt:41"), "{said}");
        }
    }
}

#[test]
fn a_clone_that_lacks_what_lies_elsewhere_is_checked_all_the_same() {
    let (folder, at, _others) = repository(Kind::Git);
    write(&at, "a/x.txt", "other");
    let folder = committed(folder, "two");
    git(&folder, &["config", "uploadpack.allowFilter", "true"]);
    let (clone, from) = (repo(), format!("file://{}", folder.root().display()));
    git(&clone, &["clone", "-q", "--filter=blob:none", "--no-checkout", &from, "."]);
    git(&clone, &["sparse-checkout", "set", "--cone", "b", "rules"]);
    git(&clone, &["checkout", "-q", "main"]);
    write(clone.root(), "b/new.txt", "new");
    let args = ["check", "b", "--registry", "rules", "--policy", "bad-line", "--since", "HEAD~1"];
    let said = clone.run(&args).exits(1).stdout;
    assert!(said.contains("2 findings (2 errors)") && said.contains("not counted: 2 older"), "{said}");
}

/// A rule that asks for what may lie behind a link, of a repository in which links lead to folders that are hidden, seen, and seen in part.
#[test]
fn a_link_to_a_hidden_folder_is_one_since_a_revision_too() {
    let rule = "package polity\ndeny contains {\"message\": \"m\"} if { some path in repo.glob(\"**/*.txt\"); contains(repo.text(path), \"never\") }\n";
    let folder = world().file("rules/policies/bad-line/policy.rego", rule).file(".polityignore", "rules/\nown/\npart/a.txt\n");
    let folder = ["own/a.txt", "own/deep/b.txt", "part/a.txt", "part/b.txt", "seen/a.txt"]
        .into_iter()
        .fold(folder, |folder, path| folder.file(path, ""));
    for (link, target) in [("to-own", "own"), ("to-deep", "own/deep"), ("to-part", "part"), ("to-seen", "seen"), ("to-all", ".")] {
        std::os::unix::fs::symlink(target, folder.path(link)).unwrap();
    }
    git(&folder, &["init", "-q", "-b", "main"]);
    let folder = committed(folder, "one");
    let report = super::json(&folder, &[]);
    let kinds = |report: &serde_json::Value| {
        let all = report["findings"].as_array().unwrap().iter().filter(|one| one["policy"] == "unreadable-evidence");
        all.map(|one| format!("{} {} {}", one["locations"][0]["path"], one["severity"], one["suppression"]["kind"])).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&report).iter().filter(|one| one.contains("warning")).count(), 2, "{report}");
    let since = super::json(&folder, &["--since", "HEAD"]);
    assert!(kinds(&since).iter().all(|one| one.ends_with("\"since\"")), "{since}");
}
