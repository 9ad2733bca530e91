//! `--since REV` in the histories that real repositories have: branches that are behind, clones with a part of it, submodules.

use super::{check, world};
use crate::support::{Repo, Run, repo};

#[track_caller]
pub fn git(folder: &Repo, args: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    let settings = ["user.name=Ana", "user.email=ana@example.org", "protocol.file.allow=always"];
    command.args(settings.iter().flat_map(|setting| ["-c", setting])).args(args).current_dir(folder.root());
    let output = command.env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub fn committed(folder: Repo, message: &str) -> Repo {
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-qm", message]);
    folder
}

/// A repository on the branch `main` with one finding.
fn start() -> Repo {
    let folder = world().file("a.txt", "good\nbad one\n");
    git(&folder, &["init", "-q", "-b", "main"]);
    committed(folder, "one")
}

/// A clone in a folder of its own.
fn clone(folder: &Repo, options: &[&str]) -> Repo {
    let (target, from) = (repo(), format!("file://{}", folder.root().display()));
    git(&target, &[&["clone", "-q"], options, &[&from, "."]].concat());
    target
}

fn new(run: &Run) -> usize {
    run.stdout.lines().filter(|line| line.starts_with("error[bad-line]")).count()
}

#[test]
fn what_the_other_branch_repaired_meanwhile_is_no_news_of_this_one() {
    let between = "good\n".repeat(9);
    let folder = committed(start().file("a.txt", format!("bad one\n{between}")), "longer");
    git(&folder, &["checkout", "-qb", "feature"]);
    let folder = committed(folder.file("a.txt", format!("bad one\n{between}bad two\n")), "two");
    git(&folder, &["checkout", "-q", "main"]);
    let folder = committed(folder.file("a.txt", &between), "repaired");
    git(&folder, &["tag", "-a", "v1", "-m", "v1"]);
    git(&folder, &["checkout", "-q", "feature"]);
    for revision in ["main", "v1", "main~1", "HEAD~1"] {
        let run = check(&folder, &["--since", revision]).exits(1);
        assert!(new(&run) == 1 && run.stdout.contains("bad two"), "{revision}: {run}");
    }
    git(&folder, &["checkout", "-q", "--detach"]);
    git(&folder, &["merge", "-q", "-m", "merged", "main"]);
    let run = check(&folder, &["--since", "main"]).exits(1);
    assert!(new(&run) == 1 && run.stdout.contains("bad two"), "{run}");
    check(&folder, &["--since", "HEAD"]).exits(0);
}

#[test]
fn histories_without_a_common_commit_are_compared_as_they_are() {
    let folder = start();
    git(&folder, &["checkout", "-q", "--orphan", "other"]);
    let folder = committed(folder.file("a.txt", "good\nbad one\nbad two\n"), "anew");
    assert_eq!(new(&check(&folder, &["--since", "main"]).exits(1)), 1);
}

#[test]
fn a_revision_that_is_not_there_is_explained() {
    let folder = committed(start().file("b.txt", "good\n"), "two");
    let said = |folder: &Repo, revision: &str| check(folder, &["--since", revision]).exits(2).stderr;
    let text = said(&folder, "mian");
    assert!(text.contains("there is no revision `mian` here") && text.contains("did you mean `main`?"), "{text}");
    let shallow = clone(&folder, &["--depth", "1"]);
    assert!(said(&shallow, "HEAD~1").contains("`git fetch --unshallow`"), "{}", said(&shallow, "HEAD~1"));
    git(&shallow, &["checkout", "-q", "--detach"]);
    git(&shallow, &["branch", "-q", "-D", "main"]);
    assert!(said(&shallow, "main").contains("did you mean `origin/main`?"), "{}", said(&shallow, "main"));
    assert!(said(&folder, "HEAD:a.txt").contains("error: `HEAD:a.txt` is no commit\n"));
}

#[test]
fn a_clone_that_holds_no_contents_says_so() {
    let folder = committed(start().file("a.txt", "good\nbad one\nbad two\n"), "two");
    git(&folder, &["config", "uploadpack.allowFilter", "true"]);
    let clone = clone(&folder, &["--filter=blob:none"]);
    check(&clone, &["--since", "HEAD"]).exits(0);
    let said = check(&clone, &["--since", "HEAD~1"]).exits(2).stderr;
    assert!(said.contains("this clone does not hold `a.txt` as it was at `HEAD~1`") && said.contains("--refetch"), "{said}");
    git(&clone, &["fetch", "-q", "--refetch", "--no-filter"]);
    assert_eq!(new(&check(&clone, &["--since", "HEAD~1"]).exits(1)), 1);
}

#[test]
fn a_submodule_is_compared_with_the_commit_that_it_was_at() {
    let library = repo().file("s.txt", "bad old\n");
    git(&library, &["init", "-q", "-b", "main"]);
    let library = committed(library, "one");
    let folder = start();
    git(&folder, &["submodule", "-q", "add", &library.root().display().to_string(), "lib"]);
    let folder = committed(folder, "lib");
    check(&folder, &["--since", "HEAD"]).exits(0);
    let folder = folder.file("lib/s.txt", "bad old\nbad new\n");
    let run = check(&folder, &["--since", "HEAD"]).exits(1);
    assert!(new(&run) == 1 && run.stdout.contains("bad new"), "{run}");
    assert_eq!(new(&check(&folder, &["--since", "HEAD~1"]).exits(1)), 2);
}

#[test]
fn a_linked_worktree_and_a_folder_of_the_repository_have_the_same_past() {
    let folder = committed(start().file("svc/polity.yaml", "service: {name: s}\n").file("svc/b.txt", "bad one\n"), "two");
    let place = repo();
    git(&folder, &["worktree", "add", "-q", "-b", "side", &place.path("tree").display().to_string()]);
    let tree = place.path("tree");
    std::fs::write(tree.join("svc/b.txt"), "bad one\nbad two\n").unwrap();
    let rules = folder.path("rules").display().to_string();
    let run = |stand: &std::path::Path, path: &str| {
        let mut command = place.command(&["check", path, "--registry", &rules, "--policy", "acme/bad-line", "--since", "main"]);
        place.finish(command.current_dir(stand)).exits(1)
    };
    let (above, below, inside) = (run(&tree, "svc"), run(place.root(), "tree/svc"), run(&tree.join("svc"), "."));
    assert_eq!((new(&above), &above.stdout, &above.stdout), (1, &below.stdout, &inside.stdout));
}

#[cfg(unix)]
#[test]
fn a_repository_of_a_kind_that_cannot_be_opened_is_not_taken_for_none() {
    let folder = world().file("a.txt", "bad one\n");
    check(&folder, &["--since", "HEAD"]).exits(2);
    git(&folder, &["init", "-q", "--object-format=sha256"]);
    let folder = committed(folder, "one");
    let said = check(&folder, &["--since", "HEAD"]).exits(2).stderr;
    assert!(said.contains("the repository around the folder cannot be opened"), "{said}");
    let said = folder.polity(["check", "--registry", "rules", "--baseline", "write", "--fail-on", "never"]).exits(0).stdout;
    assert!(said.contains("warning[lost-baseline]") && said.contains("note: the repository around the folder cannot be opened"), "{said}");
}

#[test]
fn a_file_of_git_that_leads_nowhere_is_not_taken_for_no_repository() {
    let folder = world().file("a.txt", "bad one\n").file(".git", "gitdir: /nowhere/at/all\n");
    let said = folder.polity(["check", "--registry", "rules", "--baseline", "write", "--fail-on", "never"]).exits(0).stdout;
    assert!(said.contains("warning[lost-baseline]") && said.contains(".git` leads to no repository"), "{said}");
    let said = check(&folder, &["--since", "HEAD"]).exits(2).stderr;
    assert!(said.contains("the repository around the folder cannot be opened"), "{said}");
    std::fs::remove_file(folder.path(".git")).unwrap();
    git(&folder, &["init", "-q"]);
    let described = folder.read("polity.yaml");
    let folder = folder.file("sub/polity.yaml", described).file("sub/a.txt", "bad one\n").file("sub/.git", "gitdir: /nowhere/at/all\n");
    let args = ["check", "sub", "--registry", "rules", "--baseline", "write", "--fail-on", "never"];
    let said = folder.polity(args).exits(0).stdout;
    assert!(said.contains("warning[lost-baseline]"), "a repository further up is another one: {said}");
}

#[test]
fn what_git_tracks_is_looked_at_though_a_rule_ignores_it() {
    let folder = start();
    let folder = folder.file("sub/b.txt", "bad\n").file("sub/.polityignore", "c.txt\n").file("sub/c.txt", "bad\n");
    let folder = committed(folder, "two").file(".gitignore", "*.txt\n").file("sub/.gitignore", "!c.txt\n");
    assert_eq!(new(&check(&folder, &[])), 2, "{}", check(&folder, &[]).stdout);
    assert_eq!(new(&check(&folder, &["--since", "HEAD"])), 0);
    assert_eq!(new(&check(&folder, &["--since", "HEAD~1"])), 1);
}

#[cfg(unix)]
#[test]
fn a_link_counts_as_what_it_led_to() {
    use std::os::unix::fs::symlink;
    let rule = r#"package polity
deny contains {"message": "there is no README.md", "path": "polity.yaml"} if count(repo.glob("README.md")) == 0
deny contains {"message": "line is bad", "path": path} if {
	some path in repo.glob("**/*.txt")
	contains(repo.text(path), "bad")
}
"#;
    let folder = world().file("rules/policies/bad-line/policy.rego", rule).file("docs/intro.md", "hi\n").file("docs/a.md", "bad\n");
    symlink("docs/intro.md", folder.path("README.md")).unwrap();
    symlink("docs", folder.path("more")).unwrap();
    symlink("more/a.md", folder.path("a.txt")).unwrap();
    symlink("docs/none.md", folder.path("b.txt")).unwrap();
    let folder = folder.file("rules.ignore", "c.txt\n").file("sub/c.txt", "bad\n").file("sub/rules.ignore", "");
    symlink("../rules.ignore", folder.path("sub/.polityignore")).unwrap();
    git(&folder, &["init", "-q", "-b", "main"]);
    let folder = committed(folder, "one");
    check(&folder, &["--since", "HEAD", "--fail-on", "advice"]).exits(0);
    std::fs::remove_file(folder.path("README.md")).unwrap();
    let run = check(&folder, &["--since", "HEAD"]).exits(1);
    assert!(run.stdout.contains("there is no README.md") && !run.stdout.contains("a.txt"), "{run}");
}
