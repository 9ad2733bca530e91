//! The baseline over commits: what was not there, or was there and is gone, does not come in, however many commits it takes.

use super::baseline::{lines, run, start, written};
use super::since::{committed, git};
use crate::support::{Repo, repo};

const FILE: &str = ".polity-baseline.yaml";

/// A repository with its baseline in the first commit.
fn begun() -> Repo {
    let folder = written();
    git(&folder, &["init", "-q", "-b", "main"]);
    committed(folder, "one")
}

/// The text of a file with these lines.
fn text(bad: &[&str]) -> String {
    lines("good", 40) + &bad.iter().map(|word| format!("bad {word}\n")).collect::<String>()
}

/// The same folder with these lines and with the baseline that somebody who knows polity could write by hand.
fn by_hand(folder: Repo, bad: &[&str]) -> Repo {
    let other = start().file("a.txt", text(bad));
    run(&other, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    folder.file("a.txt", text(bad)).file(FILE, other.read(FILE))
}

fn head(folder: &Repo) -> String {
    git(folder, &["rev-parse", "--short=12", "HEAD"]).trim().to_owned()
}

/// What brought each grown entry in.
#[track_caller]
fn growth(folder: &Repo) -> Vec<String> {
    let said = run(folder, &[]).stdout;
    let is_growth = |part: &&str| part.starts_with("error[grown-baseline]: baseline grew by `line is bad` in a.txt");
    let by = |part: &str| {
        let note = part.lines().find_map(|line| line.trim().strip_prefix("= note: ")).unwrap();
        note.trim_start_matches("commit ").trim_end_matches(" brought it in").to_owned()
    };
    let text = said.replace("error[", "\u{0}error[").replace("warning[", "\u{0}warning[");
    text.split('\u{0}').filter(is_growth).map(by).collect()
}

#[test]
fn a_list_that_grew_is_noticed_for_as_long_as_it_holds_that() {
    let folder = by_hand(begun(), &["one", "two", "three"]);
    assert_eq!(growth(&folder), ["no commit has it yet"]);
    let folder = committed(folder, "grown");
    let grown = head(&folder);
    assert_eq!(growth(&folder), [grown.as_str()]);
    let folder = committed(by_hand(folder, &["one", "two", "three", "four"]), "grown again");
    let again = head(&folder);
    assert_eq!(growth(&folder).len(), 2);
    let folder = committed(by_hand(folder, &["two", "three", "four"]), "shrunk elsewhere");
    git(&folder, &["commit", "-qm", "later", "--allow-empty"]);
    let mut said = growth(&folder);
    said.sort();
    let mut expected = [grown.clone(), again];
    expected.sort();
    assert_eq!(said, expected, "what came after hides neither");
    let folder = committed(by_hand(folder, &["two"]), "repaired");
    assert_eq!(growth(&folder), Vec::<String>::new());
    run(&folder, &[]).exits(0);
    let folder = committed(by_hand(folder, &["one", "two"]), "back");
    assert_eq!(growth(&folder), [head(&folder)], "it was there once, and was repaired");
}

#[test]
fn a_list_that_begins_anew_has_grown() {
    let folder = begun();
    let first = folder.read(FILE);
    std::fs::remove_file(folder.path(FILE)).unwrap();
    let folder = committed(folder, "without");
    let folder = folder.file(FILE, &first);
    assert_eq!(growth(&folder).len(), 2);
    let folder = committed(folder, "anew");
    assert_eq!(growth(&folder), [head(&folder), head(&folder)]);
    run(&folder, &["--baseline", "write"]).exits(1);
}

#[test]
fn a_place_is_the_line_of_the_entry() {
    let folder = committed(by_hand(begun(), &["one", "two", "three"]), "grown");
    let said = run(&folder, &[]).exits(1).stdout;
    let part = said.split("error[grown-baseline]").nth(1).unwrap();
    let line: usize = part.split(&format!("{FILE}:")).nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    assert!(folder.read(FILE).lines().nth(line - 1).unwrap().contains("fingerprint: "), "{said}");
}

#[test]
fn writing_does_not_make_the_list_longer() {
    let folder = begun().file("a.txt", text(&["one", "two", "three"]));
    let said = run(&folder, &["--baseline", "write"]).exits(1).stdout;
    assert!(said.contains("error[grown-baseline]: baseline may not grow by 1 finding, and was written without"), "{said}");
    assert!(said.contains("bad three") && said.contains("not counted: 2 in the baseline"), "{said}");
    assert_eq!(growth(&folder), Vec::<String>::new());
    std::fs::remove_file(folder.path(FILE)).unwrap();
    let said = run(&folder, &["--baseline", "write"]).exits(1).stdout;
    assert!(said.contains("not counted: 2 in the baseline"), "the last commit has one: {said}");
    git(&folder, &["mv", "a.txt", "b.txt"]);
    let folder = folder.file("b.txt", text(&["one", "two"]));
    run(&folder, &["--baseline", "write"]).exits(0);
    assert!(folder.read(FILE).contains("  b.txt:\n"), "it is written anew where files have other names");
    let outside = written().file("a.txt", text(&["one", "two", "three"]));
    assert!(run(&outside, &["--baseline", "write"]).exits(1).stdout.contains("not counted: 2 in the baseline"));
}

#[test]
fn a_merge_of_two_branches_that_shrank_is_no_growth() {
    // Far enough from each other that git joins what both dropped.
    let bad =
        |numbers: &[usize]| (0..9).map(|n| format!("{} {n}\n", if numbers.contains(&n) { "bad" } else { "good" })).collect::<String>();
    let folder = start().file("a.txt", bad(&[1, 2])).file("m.txt", bad(&[3, 4])).file("z.txt", bad(&[5, 6]));
    git(&folder, &["init", "-q", "-b", "main"]);
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let folder = committed(folder, "one");
    let all = folder.read(FILE);
    for (branch, path, left) in [("left", "a.txt", 1), ("right", "z.txt", 5)] {
        git(&folder, &["checkout", "-qb", branch, "main"]);
        std::fs::write(folder.path(path), bad(&[left])).unwrap();
        run(&folder, &["--baseline", "shrink", "--today", "2026-02-01"]).exits(0);
        git(&folder, &["commit", "-qam", branch]);
    }
    git(&folder, &["merge", "-q", "-m", "merged", "left"]);
    let said = run(&folder, &[]).exits(0).stdout;
    assert!(said.contains("not counted: 4 in the baseline") && !said.contains("-baseline]"), "{said}");
    // A merge that takes back what either side dropped.
    git(&folder, &["reset", "-q", "--hard", "HEAD~1"]);
    git(&folder, &["merge", "-q", "--no-commit", "--no-ff", "left"]);
    let folder = committed(folder.file(FILE, all).file("a.txt", bad(&[1, 2])).file("z.txt", bad(&[5, 6])), "taken back");
    let said = run(&folder, &[]).exits(1).stdout;
    assert_eq!(said.matches("error[grown-baseline]").count(), 2, "{said}");
    assert_eq!(said.matches(&format!("commit {} brought it in", head(&folder))).count(), 2, "{said}");
}

#[test]
fn a_branch_that_grew_is_named_after_its_merge() {
    let folder = begun();
    git(&folder, &["checkout", "-qb", "feature"]);
    let folder = committed(by_hand(folder, &["one", "two", "three"]), "grown");
    let grown = head(&folder);
    git(&folder, &["checkout", "-q", "main"]);
    let folder = committed(folder.file("c.txt", "good\n"), "else");
    git(&folder, &["merge", "-q", "-m", "merged", "feature"]);
    assert_eq!(growth(&folder), [grown]);
}

#[test]
fn a_clone_with_a_part_of_its_history_tells_what_it_knows_and_what_it_does_not() {
    let folder = committed(begun().file("c.txt", "good\n"), "two");
    let folder = committed(by_hand(folder, &["one", "two", "three"]), "grown");
    let target = repo();
    git(&target, &["clone", "-q", "--depth", "2", &format!("file://{}", folder.root().display()), "."]);
    let said = run(&target, &[]).exits(1).stdout;
    assert!(said.contains("warning[lost-baseline]"), "{said}");
    assert_eq!(growth(&target), [head(&folder)]);
    git(&target, &["fetch", "-q", "--unshallow"]);
    assert!(!run(&target, &[]).exits(1).stdout.contains("lost-baseline"));
}

#[test]
fn what_an_earlier_run_went_through_is_not_gone_through_again_and_says_the_same() {
    let (folder, cache) = (begun(), repo());
    let run = |folder: &Repo, more: &[&str]| {
        let mut command = folder.command(&[&["check", "--registry", "rules", "--format", "json"], more].concat());
        folder.finish(command.env("XDG_CACHE_HOME", cache.root())).stdout
    };
    let both = |folder: &Repo| {
        let kept = run(folder, &[]);
        assert_eq!(kept, run(folder, &["--no-cache"]));
        kept.matches("\"grown-baseline\"").count()
    };
    assert_eq!(both(&folder), 0);
    let folder = committed(by_hand(folder, &["one", "two", "three"]), "grown");
    assert_eq!((both(&folder), both(&folder)), (1, 1));
    let folder = committed(by_hand(folder, &["one", "three"]), "shrunk");
    assert_eq!(both(&folder), 1);
    git(&folder, &["checkout", "-q", "HEAD~2"]);
    assert_eq!(both(&folder), 0);
    let is_kept = |name: &String| name.ends_with(".baseline");
    assert!(cache.files("").iter().any(is_kept), "{:?}", cache.files(""));
    git(&folder, &["checkout", "-q", "main"]);
    assert_eq!(both(&folder), 1);
    let (all, shallow) = (git(&folder, &["rev-list", "HEAD"]), folder.path(".git/shallow"));
    let commits: Vec<_> = all.lines().collect();
    std::fs::write(&shallow, format!("{}\n", commits[0])).unwrap();
    assert_eq!(both(&folder), 0, "a part of the history");
    std::fs::remove_file(shallow).unwrap();
    assert_eq!(both(&folder), 1, "all of it again");
    std::fs::create_dir_all(folder.path(".git/info")).unwrap();
    std::fs::write(folder.path(".git/info/grafts"), format!("{} {}\n", commits[0], commits[2])).unwrap();
    both(&folder);
    std::fs::write(folder.path(".git/info/grafts"), format!("{}\n", commits[0])).unwrap();
    assert_eq!(both(&folder), 0, "other parents");
    std::fs::remove_file(folder.path(".git/info/grafts")).unwrap();
    assert_eq!(both(&folder), 1);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_list_does_not_hide_growth() {
    let folder = begun();
    let other = by_hand(repo(), &["one", "two", "three"]);
    let list = other.read(FILE);
    let folder = folder.file("a.txt", text(&["one", "two", "three"])).file("known.yaml", &list);
    std::fs::remove_file(folder.path(FILE)).unwrap();
    std::os::unix::fs::symlink("known.yaml", folder.path(FILE)).unwrap();
    let folder = committed(folder, "a link");
    run(&folder, &[]).exits(3);
    std::fs::remove_file(folder.path(FILE)).unwrap();
    let folder = folder.file(FILE, list);
    assert_eq!(growth(&folder), ["no commit has it yet"], "it is held against the last list that there was");
}

#[test]
fn an_entry_goes_to_no_other_file_while_its_own_is_there() {
    let folder = begun();
    let bad = |path: &str| run(&folder, &[]).stdout.matches(&format!("in {path}")).count();
    let repaired = lines("good", 40);
    std::fs::write(folder.path("a.txt"), &repaired).unwrap();
    std::fs::write(folder.path("b.txt"), text(&["one", "two"])).unwrap();
    let said = run(&folder, &["--baseline", "write"]).exits(1).stdout;
    assert!(said.contains("error[grown-baseline]: baseline may not grow by 2 findings, and was written without"), "{said}");
    assert!(!folder.read(FILE).contains("b.txt"), "{}", folder.read(FILE));
    // By hand, it is noticed before and after the commit.
    let other = start().file("a.txt", &repaired).file("b.txt", text(&["one", "two"]));
    run(&other, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    std::fs::write(folder.path(FILE), other.read(FILE)).unwrap();
    assert_eq!(bad("b.txt"), 2);
    let folder = committed(folder, "in another file");
    let said = run(&folder, &[]).exits(1).stdout;
    assert_eq!(said.matches(&format!("commit {} brought it in", head(&folder))).count(), 2, "{said}");
}

#[test]
fn a_file_with_another_name_takes_its_entries_along_on_all_branches() {
    let folder = committed(begun().file("c.txt", "good\n"), "two");
    git(&folder, &["checkout", "-qb", "renames"]);
    git(&folder, &["mv", "a.txt", "b.txt"]);
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let folder = committed(folder, "renamed");
    assert!(folder.read(FILE).contains("  b.txt:\n"));
    run(&folder, &[]).exits(0);
    git(&folder, &["checkout", "-q", "main"]);
    let folder = committed(folder.file("c.txt", "good\ngood\n"), "else");
    git(&folder, &["merge", "-q", "-m", "merged", "renames"]);
    let said = run(&folder, &[]).exits(0).stdout;
    assert!(said.contains("not counted: 2 in the baseline") && !said.contains("-baseline]"), "{said}");
    // What is grown stays so under the new name.
    let more = folder.read("b.txt") + "bad three\n";
    let other = start().file("b.txt", &more);
    std::fs::remove_file(other.path("a.txt")).unwrap();
    run(&other, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let folder = committed(folder.file("b.txt", more).file(FILE, other.read(FILE)), "grown");
    let grown = head(&folder);
    git(&folder, &["mv", "b.txt", "d.txt"]);
    let list = folder.read(FILE).replace("  b.txt:\n", "  d.txt:\n");
    let folder = committed(folder.file(FILE, list), "renamed again");
    let said = run(&folder, &[]).exits(1).stdout;
    assert_eq!(said.matches("error[grown-baseline]").count(), 1, "{said}");
    assert!(said.contains("in d.txt") && said.contains(&format!("commit {grown} brought it in")), "{said}");
}

#[test]
fn a_second_beginning_brings_nothing_in() {
    let folder = start();
    git(&folder, &["init", "-q", "-b", "main"]);
    let folder = committed(folder, "before");
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let folder = committed(folder, "begun");
    for branch in [&["checkout", "-qb", "beside", "main~1"][..], &["checkout", "-q", "--orphan", "apart"]] {
        git(&folder, branch);
        std::fs::write(folder.path("a.txt"), text(&["one", "two", "three"])).unwrap();
        let _ = std::fs::remove_file(folder.path(FILE));
        let other = by_hand(repo(), &["one", "two", "three"]);
        std::fs::write(folder.path(FILE), other.read(FILE)).unwrap();
        git(&folder, &["add", "-A"]);
        git(&folder, &["commit", "-qm", "begun with more"]);
        assert_eq!(growth(&folder), Vec::<String>::new());
        let name = branch[branch.len() - if branch.contains(&"--orphan") { 1 } else { 2 }];
        git(&folder, &["checkout", "-q", "main"]);
        git(&folder, &["merge", "-q", "--no-commit", "--allow-unrelated-histories", "-X", "theirs", name]);
        std::fs::write(folder.path(FILE), other.read(FILE)).unwrap();
        git(&folder, &["add", "-A"]);
        git(&folder, &["commit", "-qm", "merged"]);
        assert_eq!(growth(&folder), [head(&folder)], "{name}");
        git(&folder, &["reset", "-q", "--hard", "HEAD~1"]);
    }
}

#[test]
fn a_list_that_one_side_removed_does_not_come_back_with_the_other() {
    let folder = begun();
    git(&folder, &["checkout", "-qb", "older"]);
    let folder = committed(folder.file("c.txt", "good\n"), "else");
    git(&folder, &["checkout", "-q", "main"]);
    let list = folder.read(FILE);
    git(&folder, &["rm", "-q", FILE]);
    git(&folder, &["commit", "-qm", "removed"]);
    git(&folder, &["merge", "-q", "--no-commit", "--no-ff", "older"]);
    let folder = committed(folder.file(FILE, list), "back");
    assert_eq!(growth(&folder), [head(&folder), head(&folder)]);
}

#[test]
fn two_branches_that_have_one_beginning_by_other_ways_merge_in_peace() {
    let folder = start();
    git(&folder, &["init", "-q", "-b", "main"]);
    let folder = committed(folder, "before");
    git(&folder, &["checkout", "-qb", "release"]);
    let folder = committed(folder.file("c.txt", "good\n"), "else");
    git(&folder, &["checkout", "-q", "main"]);
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let folder = committed(folder, "begun");
    git(&folder, &["checkout", "-q", "release"]);
    git(&folder, &["cherry-pick", "main"]);
    git(&folder, &["checkout", "-q", "main"]);
    std::fs::write(folder.path("a.txt"), text(&["one"])).unwrap();
    run(&folder, &["--baseline", "shrink", "--today", "2026-02-01"]).exits(0);
    git(&folder, &["commit", "-qam", "shrunk"]);
    git(&folder, &["merge", "-q", "-m", "merged", "-X", "ours", "release"]);
    let said = run(&folder, &[]).exits(0).stdout;
    assert!(said.contains("not counted: 1 in the baseline") && !said.contains("-baseline]"), "{said}");
}
