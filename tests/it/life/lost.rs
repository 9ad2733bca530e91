//! Nothing of anybody's is lost: not what another git is writing, not what git ignores, not what was put aside or staged.

use super::shelf::{Shelf, git, shelf};

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

/// A service with a newer version at hand.
fn outdated() -> Shelf {
    let shelf = shelf(&[("main.txt", OLD), ("b.txt", "b\n")]).made();
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("b.txt", "b\n")]);
    shelf
}

/// The journal of a run that was killed while it put work aside, or right after.
fn killed(shelf: &Shelf, message: &str) {
    shelf.write("svc/.git/polity-update/lock", "");
    let log = format!(
        "{{\"version\": 1, \"what\": \"x\", \"head\": null, \"prefix\": \"\", \"stash\": \"{message}\", \"rows\": [], \"clashes\": []}}"
    );
    shelf.write("svc/.git/polity-update/log.json", log);
}

#[test]
fn the_lock_of_another_git_is_respected() {
    let shelf = outdated();
    // While `git add` hashes, its lock is empty.
    shelf.write("svc/.git/index.lock", "");
    let before = shelf.git(&["ls-files", "-s"]);
    let run = shelf.update(&[]).exits(4);
    assert!(run.stderr.contains("[ROOT]/svc/.git/index.lock` exists"), "{run}");
    assert!(shelf.repo.path("svc/.git/index.lock").exists() && !shelf.repo.path("svc/.git/polity-update").exists(), "{run}");
    std::fs::remove_file(shelf.repo.path("svc/.git/index.lock")).unwrap();
    assert_eq!((shelf.git(&["ls-files", "-s"]), shelf.read("main.txt")), (before, OLD.to_owned()));
    shelf.update(&[]).exits(0);
    shelf.write("svc/.git/index.lock", "");
    let run = shelf.update(&["--abort"]).exits(4);
    assert!(shelf.repo.path("svc/.git/index.lock").exists(), "{run}");
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "new"));
    std::fs::remove_file(shelf.repo.path("svc/.git/index.lock")).unwrap();
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    // A lock that a killed run left is known by what it holds.
    shelf.update(&[]).exits(0);
    shelf.write("svc/.git/index.lock", "polity update\n");
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
}

#[test]
fn without_git_an_ignored_file_is_merged_and_not_overwritten() {
    let shelf = shelf(&[(".gitignore", "*.log\n"), ("a.log", "1\n2\n3\n4\n5\n")]);
    shelf.polity(&["new", "pay/go", "svc", "--defaults", "--no-git"]).exits(0);
    shelf.write("svc/x.log", "mine\n");
    shelf.version("1.1.0", "", &[(".gitignore", "*.log\n"), ("a.log", "1\n2\n3\n4\nfive\n"), ("x.log", "theirs\n")]);
    let run = shelf.update(&[]).exits(1);
    assert!(run.stdout.contains("  conflict  x.log (both added it)\n") && run.stdout.contains("  changed   a.log\n"), "{run}");
    assert!(shelf.read("x.log").contains("<<<<<<< yours\nmine\n=======\ntheirs\n"), "{}", shelf.read("x.log"));
    shelf.update(&["--abort"]).exits(0);
    assert_eq!((shelf.read("x.log"), shelf.read("a.log")), ("mine\n".to_owned(), "1\n2\n3\n4\n5\n".to_owned()));
}

#[test]
fn work_of_a_killed_run_that_was_put_aside_comes_back_and_no_other() {
    let shelf = outdated();
    shelf.write("svc/b.txt", "half\n");
    shelf.git(&["stash", "push", "-q", "-m", "before polity update 1-1"]);
    shelf.write("svc/b.txt", "another thought\n");
    shelf.git(&["stash", "push", "-q", "-m", "before polity update, by hand"]);
    killed(&shelf, "before polity update 1-1");
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("the working tree has changes that are not committed: `b.txt`"), "{run}");
    assert_eq!(shelf.read("b.txt"), "half\n");
    assert_eq!(shelf.git(&["stash", "list"]).lines().count(), 1);
    assert!(!shelf.repo.path("svc/.git/polity-update").exists());
    // A run that was killed before it put anything aside has nothing to bring back.
    shelf.git(&["checkout", "-q", "--", "b.txt"]);
    killed(&shelf, "before polity update 2-2");
    shelf.update(&["--abort"]).exits(0);
    assert_eq!((shelf.read("b.txt"), shelf.git(&["stash", "list"]).lines().count()), ("b\n".to_owned(), 1));
}

#[test]
fn work_comes_back_after_a_kill_at_the_very_end() {
    let shelf = outdated();
    shelf.write("svc/own.txt", "half\n");
    shelf.git(&["stash", "push", "-q", "-u", "-m", "before polity update 1-1", "--", "own.txt"]);
    shelf.update(&[]).exits(0);
    let log = shelf.read(".git/polity-update/log.json").replace("\"stash\": null", "\"stash\": \"before polity update 1-1\"");
    shelf.write("svc/.git/polity-update/log.json", log);
    let run = shelf.update(&[]).exits(0);
    assert!(run.stderr.contains("your changes that it had put aside are back") && run.stdout.contains("up to date"), "{run}");
    assert_eq!((shelf.read("own.txt"), shelf.git(&["stash", "list"])), ("half\n".to_owned(), String::new()));
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "?? own.txt\n");
}

#[test]
fn work_that_does_not_fit_stays_in_a_stash_and_is_told_of() {
    let shelf = outdated();
    shelf.write("svc/main.txt", OLD.replace("one", "mine"));
    let run = shelf.update(&["--stash"]).exits(4);
    assert!(run.stderr.contains("your changes wait in `git stash list` as `before polity update "), "{run}");
    assert_eq!(shelf.git(&["stash", "list"]).lines().count(), 1);
    // It is not tried again and again.
    shelf.git(&["checkout", "-q", "--theirs", "--", "main.txt"]);
    shelf.commit("resolved");
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.git(&["stash", "list"]).lines().count(), 1);
}

#[test]
fn what_git_cannot_bring_back_is_not_put_aside() {
    let shelf = outdated();
    let before = shelf.read("b.txt");
    shelf.git(&["rm", "-q", "--cached", "b.txt"]);
    let run = shelf.update(&["--stash"]).exits(4);
    assert!(run.stderr.contains("`b.txt`, which is taken out of the index and still there"), "{run}");
    assert_eq!((shelf.git(&["stash", "list"]), shelf.read("b.txt")), (String::new(), before));
    shelf.git(&["add", "b.txt"]);
    shelf.update(&["--stash"]).exits(0);
}

#[test]
fn what_was_staged_is_staged_again() {
    let shelf = outdated();
    shelf.write("svc/b.txt", "staged\n");
    shelf.git(&["add", "b.txt"]);
    shelf.write("svc/b.txt", "staged\nand more\n");
    shelf.update(&["--stash"]).exits(0);
    let status = shelf.git(&["status", "--porcelain"]);
    assert!(status.contains("MM b.txt\n") && status.contains("M  main.txt\n"), "{status}");
    assert_eq!(shelf.git(&["show", ":b.txt"]), "staged\n");
    shelf.commit("update");
    // What the update stages itself cannot be both.
    shelf.write("svc/main.txt", OLD.replace("one", "new").replace("seven", "mine"));
    shelf.write("svc/fresh.txt", "x\n");
    shelf.git(&["add", "-A"]);
    shelf.version("1.2.0", "", &[("main.txt", &OLD.replace("one", "newer")), ("b.txt", "b\n")]);
    let run = shelf.update(&["--stash"]).exits(0);
    assert!(run.stderr.contains("what was staged of them does not fit the index any more"), "{run}");
    let status = shelf.git(&["status", "--porcelain"]);
    assert!(status.contains("A  fresh.txt\n") && status.contains("MM main.txt\n"), "{status}");
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "newer").replace("seven", "mine"));
}

#[test]
fn every_version_that_an_abort_keeps_has_a_place() {
    let shelf = outdated();
    for text in ["first\n", "second\n", "first\n", "third\n"] {
        shelf.update(&[]).exits(0);
        shelf.write("svc/main.txt", text);
        shelf.update(&["--abort"]).exits(0);
    }
    let kept = ["saved", "saved.1", "saved.2"].map(|name| shelf.read(&format!(".git/polity-update.{name}/main.txt")));
    assert_eq!(kept, ["first\n", "second\n", "third\n"]);
    assert!(!shelf.repo.path("svc/.git/polity-update.saved.3").exists());
}

#[test]
fn an_update_over_an_update_that_is_not_committed_is_refused() {
    let shelf = outdated();
    shelf.update(&[]).exits(0);
    shelf.version("1.2.0", "", &[("main.txt", OLD), ("b.txt", "b\n")]);
    let before = shelf.git(&["status", "--porcelain"]);
    for more in [&["--stash"][..], &["--dry-run"], &[]] {
        let run = shelf.update(more).exits(2);
        assert!(run.stderr.contains("changes that are not committed: `polity.lock`") && run.stderr.contains("--abort"), "{run}");
    }
    assert_eq!((shelf.git(&["status", "--porcelain"]), shelf.git(&["stash", "list"])), (before, String::new()));
    shelf.commit("update");
    shelf.update(&[]).exits(0);
}

#[test]
fn an_update_is_not_taken_back_in_another_service() {
    let shelf = shelf(&[("main.txt", OLD)]);
    let git = |args: &[&str]| git(shelf.repo.root(), shelf.repo.root(), args);
    git(&["init", "-q"]);
    for name in ["svc", "other"] {
        shelf.polity(&["new", "pay/go", name, "--defaults"]).exits(0);
        git(&["add", name]);
        git(&["commit", "-q", "-m", "new"]);
        shelf.write(&format!("{name}/main.txt"), OLD.replace("seven", name));
        git(&["commit", "-q", "-a", "-m", "edited"]);
    }
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new"))]);
    shelf.update(&[]).exits(0);
    let run = shelf.polity(&["update", "other", "--abort"]).exits(2);
    assert!(run.stderr.contains("the last update was of `svc`, not of this service"), "{run}");
    assert_eq!(shelf.repo.read("other/main.txt"), OLD.replace("seven", "other"));
    // A half-done one is undone where it was, whoever comes next.
    std::fs::remove_file(shelf.repo.path(".git/polity-update/finished")).unwrap();
    shelf.polity(&["update", "other"]).exits(0);
    assert_eq!(shelf.read("main.txt"), OLD.replace("seven", "svc"));
    assert_eq!(shelf.repo.read("other/main.txt"), OLD.replace("one", "new").replace("seven", "other"));
}

#[test]
fn of_updates_at_once_one_is_made_and_can_be_taken_back() {
    let shelf = outdated();
    let args = ["--registry", "reg", "update", "svc"];
    for _ in 0..3 {
        let spawn = |_| shelf.repo.command(&args).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn();
        let children: Vec<_> = (0..4).map(spawn).collect();
        let said = children.into_iter().map(|child| String::from_utf8(child.unwrap().wait_with_output().unwrap().stdout).unwrap());
        // Who comes when all is done finds nothing to do.
        assert_eq!(said.filter(|text| text.starts_with("updated ")).count(), 1);
        shelf.update(&["--abort"]).exits(0);
        assert_eq!((shelf.git(&["status", "--porcelain"]), shelf.read("main.txt")), (String::new(), OLD.to_owned()));
    }
}
