//! The baseline: known findings do not count, nothing else is absorbed, and the list may only shrink.

use super::since::{committed, git};
use super::{check, json, world};
use crate::support::{Repo, repo};

const ALL: [&str; 3] = ["check", "--registry", "rules"];

/// Full runs, because a partial one writes no baseline; the service keeps every built-in policy off.
pub fn start() -> Repo {
    let off = "service: {name: orders, owner: pay}\npolicies: {default: [{policy: 'polity/*', severity: 'off'}]}\n";
    world().file("polity.yaml", off).file("a.txt", format!("{}bad one\nbad two\n", lines("good", 40)))
}

pub fn lines(word: &str, count: usize) -> String {
    (0..count).map(|n| format!("{word} {n}\n")).collect()
}

#[track_caller]
pub fn run(folder: &Repo, args: &[&str]) -> crate::support::Run {
    folder.run(&ALL.iter().chain(args).copied().collect::<Vec<_>>())
}

pub fn written() -> Repo {
    let folder = start();
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    folder
}

#[test]
fn what_was_there_does_not_count_and_what_is_new_does() {
    let folder = written();
    insta::assert_snapshot!(run(&folder, &["--today", "2026-01-02"]).exits(0).stdout.lines().filter(|l| !l.starts_with("verdicts")).collect::<Vec<_>>().join("\n").split_once(", ").map(|(_, rest)| rest.trim_start_matches(char::is_numeric).to_owned()).unwrap(), @r"
     policies
    not counted: 2 in the baseline
    baseline: 2 on 2026-01-01
    hidden by `.polityignore`: 3 files; `--vacuity` says by which patterns
    ");
    let text = format!("{}bad three\n", folder.read("a.txt"));
    let said = run(&folder.file("a.txt", text), &[]).exits(1).stdout;
    assert!(said.contains("1 finding (1 error)") && said.contains("bad three"), "{said}");
}

#[test]
fn a_finding_in_another_file_is_never_absorbed() {
    let folder = written();
    let same = folder.read("a.txt");
    let said = run(&folder.file("b.txt", same), &[]).exits(1).stdout;
    assert!(said.contains("2 findings") && said.contains("--> b.txt"), "{said}");
}

#[test]
fn a_finding_that_moved_between_files_is_new_while_the_old_file_is_there() {
    let folder = written();
    let moved = folder.file("a.txt", lines("good", 40)).file("b.txt", "bad one\nbad two\n");
    assert!(run(&moved, &[]).exits(1).stdout.contains("2 errors"));
}

#[test]
fn inserted_lines_reformatting_and_a_rename_are_no_noise() {
    let folder = written();
    let text = folder.read("a.txt");
    let folder = folder.file("a.txt", format!("{}{}", lines("more", 50), text.replace("bad one", "  bad   one")));
    run(&folder, &[]).exits(0);
    std::fs::rename(folder.path("a.txt"), folder.path("renamed.txt")).unwrap();
    let said = run(&folder, &[]).exits(0).stdout;
    assert!(said.contains("not counted: 2 in the baseline") && !said.contains("stale"), "{said}");
}

#[test]
fn a_file_that_only_took_the_place_of_another_absorbs_nothing() {
    let folder = written();
    std::fs::remove_file(folder.path("a.txt")).unwrap();
    let folder = folder.file("other.txt", format!("{}bad one\n", lines("something else", 40)));
    let said = run(&folder, &[]).exits(1).stdout;
    assert!(said.contains("--> other.txt"), "{said}");
}

#[test]
fn the_list_shrinks_to_nothing_and_shows_its_way() {
    let folder = written();
    let folder = folder.file("a.txt", "good\nbad two\n");
    let said = run(&folder, &[]).exits(0).stdout;
    assert!(said.contains("warning[stale-baseline]: baseline lists 1 finding that nobody finds any more"), "{said}");
    run(&folder, &["--baseline", "shrink", "--today", "2026-02-01"]).exits(0);
    let folder = folder.file("a.txt", "good\n");
    let said = run(&folder, &["--baseline", "shrink", "--today", "2026-03-01"]).exits(0).stdout;
    assert!(said.contains("baseline: 2 on 2026-01-01, 1 on 2026-02-01, 0 on 2026-03-01"), "{said}");
    run(&folder.file("a.txt", "bad one\n"), &[]).exits(1);
}

#[test]
fn a_clone_without_its_history_says_so() {
    let folder = written();
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "one"]);
    git(&folder, &["commit", "-qm", "two", "--allow-empty"]);
    let clone = |depth: &str| {
        let target = crate::support::repo();
        let from = format!("file://{}", folder.root().display());
        git(&target, &["clone", "-q", "--depth", depth, &from, "."]);
        run(&target, &[]).exits(0).stdout
    };
    assert!(clone("1").contains("warning[lost-baseline]: the baseline before this one cannot be had"));
    assert!(!run(&folder, &[]).exits(0).stdout.contains("lost-baseline"), "it was there from the first commit");
}

/// Two branches that both repaired something, merged: git cannot join what each dropped from the baseline.
fn torn() -> Repo {
    let more = format!("{}bad three\nbad four\n", start().read("a.txt"));
    let folder = start().file("a.txt", &more);
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    git(&folder, &["init", "-q", "-b", "main"]);
    let mut folder = committed(folder, "one");
    for (branch, line, day) in [("left", "bad one\n", "2026-02-01"), ("right", "bad four\n", "2026-02-02")] {
        git(&folder, &["checkout", "-q", "-b", branch, "main"]);
        folder = folder.file("a.txt", more.replace(line, ""));
        run(&folder, &["--baseline", "shrink", "--today", day]).exits(0);
        // As versions wrote it that noted the number of findings each time.
        let text = folder.read(".polity-baseline.yaml").replace("files:\n", &format!("- date: {day}\n  findings: 3\nfiles:\n"));
        folder = committed(folder.file(".polity-baseline.yaml", text), branch);
    }
    let mut merge = std::process::Command::new("git");
    merge.args(["merge", "-q", "left"]).current_dir(folder.root());
    assert!(!merge.output().unwrap().status.success(), "the baseline conflicts");
    folder
}

#[test]
fn two_branches_that_shrank_the_list_come_together() {
    let folder = torn();
    let said = run(&folder, &[]).exits(3).stderr;
    assert!(said.contains("error: baseline holds both sides of a merge") && said.contains(" --> .polity-baseline.yaml:"), "{said}");
    assert!(said.contains("help: `polity check --baseline shrink` keeps what both sides know"), "{said}");
    let said = run(&folder, &["--baseline", "shrink", "--today", "2026-02-03"]).exits(0).stdout;
    assert!(said.contains("not counted: 2 in the baseline"), "{said}");
    assert!(said.contains("baseline: 4 on 2026-01-01, 3 on 2026-02-01, 3 on 2026-02-02, 2 on 2026-02-03"), "{said}");
    let folder = committed(folder, "joined");
    run(&folder, &["--today", "2026-02-04"]).exits(0);
}

#[test]
fn what_one_side_alone_knows_is_no_longer_known() {
    let folder = torn();
    let text = format!("{}bad one\n", folder.read("a.txt"));
    let run = run(&folder.file("a.txt", text), &["--baseline", "shrink"]).exits(1);
    assert!(run.stdout.contains("1 finding (1 error)") && run.stdout.contains("bad one"), "{run}");
}

#[test]
fn a_merge_that_was_committed_as_it_is_needs_a_side() {
    let folder = committed(torn(), "with its marks");
    let said = run(&folder, &["--baseline", "shrink"]).exits(3).stderr;
    assert!(said.contains("take one side of the merge"), "{said}");
}

#[test]
fn what_the_engine_said_before_is_no_news_in_that_file_alone() {
    let folder = start().file("a.txt", "good\n").file("deploy/a.yaml", "apiVersion: v1\nkind: [\n");
    let rule =
        "package polity\ndeny contains {\"message\": \"m\"} if { some m in repo.manifests(\"**/*.yaml\"); m.document.kind == \"X\" }\n";
    let folder = folder.file("rules/policies/bad-line/policy.rego", rule);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "one"]);
    let folder = folder.file("deploy/b.yaml", "apiVersion: v1\nkind: [\n");
    let run = check(&folder, &["--since", "HEAD"]).exits(1);
    assert!(run.stdout.contains("--> deploy/b.yaml") && !run.stdout.contains("--> deploy/a.yaml"), "{run}");
    assert!(run.stdout.contains("not counted: 1 older than the revision"), "{run}");
}

#[test]
fn a_second_finding_is_not_absorbed_by_the_entry_for_one() {
    let rule = r#"package polity
deny contains finding if {
	some file in repo.manifests("*.yaml")
	file.document.spec.image == "bad"
	finding := {"message": "m", "path": file.path, "document": file.index, "at": ["spec", "image"]}
}
"#;
    let pod = |namespace: &str, image: &str| {
        let head = format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {namespace}}}\n");
        format!("{head}spec: {{image: {image}}}\n")
    };
    let both = |a: &str, b: &str| format!("{}{}", pod("a", a), pod("b", b));
    let folder = start().file("a.txt", "bad\n").file("pod.yaml", both("bad", "good"));
    let folder =
        folder.file("rules/policies/bad-pod/policy.yaml", super::manifest("error", "")).file("rules/policies/bad-pod/policy.rego", rule);
    run(&folder, &["--baseline", "write"]).exits(0);
    run(&folder, &[]).exits(0);
    let folder = folder.file("pod.yaml", both("good", "bad"));
    let said = run(&folder, &[]).exits(1).stdout;
    assert!(said.contains("error[bad-pod]") && said.contains("stale-baseline"), "another object of the name: {said}");
    let folder = folder.file("pod.yaml", both("bad", "good")).file("a.txt", "bad\nbad\n");
    assert!(run(&folder, &[]).exits(1).stdout.contains("1 finding (1 error)"), "a second line of the same text");
}

#[test]
fn what_an_older_version_wrote_of_objects_in_a_namespace_is_still_known() {
    let rule = r#"package polity
deny contains finding if {
	some file in repo.manifests("*.yaml")
	finding := {"message": "m", "path": file.path, "document": file.index, "at": ["spec"]}
}
"#;
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {}\n";
    let folder = start().file("a.txt", "good\n").file("pod.yaml", pod).file("rules/policies/bad-line/policy.rego", rule);
    run(&folder, &["--baseline", "write"]).exits(0);
    git(&folder, &["init", "-q"]);
    // It did not look at the namespace.
    let folder = committed(folder.file("pod.yaml", pod.replace("name: web", "name: web, namespace: a")), "one");
    let known = folder.read(".polity-baseline.yaml");
    run(&folder, &[]).exits(0);
    run(&folder, &["--baseline", "write"]).exits(0);
    let print = |text: &str| text.lines().find(|line| line.contains("fingerprint")).map(str::to_owned);
    assert_eq!(print(&folder.read(".polity-baseline.yaml")), print(&known), "written anew it would be growth");
}

#[test]
fn a_partial_run_claims_nothing_stale_and_writes_nothing() {
    let folder = written().file("a.txt", "good\n");
    let said = folder.polity(["check", "--registry", "rules", "--policy", "service-without-owner"]).exits(0).stdout;
    assert!(!said.contains("stale"), "{said}");
    let said = run(&folder, &["--skip", "bad-line"]).exits(0).stdout;
    assert!(!said.contains("stale"), "{said}");
    assert!(check(&folder, &["--baseline", "write"]).exits(2).stderr.contains("does not know what the baseline is to hold"));
}

#[test]
fn what_could_not_be_judged_is_not_gone() {
    let rule = r#"package polity
deny contains {"message": "item is bad", "path": path} if {
	some path in repo.glob("*.yaml")
	some document in repo.yaml(path)
	document.bad
}
"#;
    let folder = start().file("rules/policies/bad-line/policy.rego", rule).file("a.yaml", "bad: 1\n").file("b.yaml", "bad: 1\n");
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let list = folder.read(".polity-baseline.yaml");
    assert_eq!(list.matches("fingerprint").count(), 2);
    let is_kept = |folder: &Repo| {
        let said = run(folder, &["--fail-on", "never"]).stdout;
        assert!(said.contains("unreadable-evidence") && !said.contains("stale-baseline"), "{said}");
        for verb in ["shrink", "write"] {
            run(folder, &["--baseline", verb, "--fail-on", "never", "--today", "2026-01-01"]);
            assert_eq!(folder.read(".polity-baseline.yaml"), list, "{verb}");
        }
    };
    let folder = folder.file("a.yaml", "bad: [\n");
    is_kept(&folder);
    let described = folder.read("polity.yaml");
    let folder = folder.file("a.yaml", "good: 1\n").file("polity.yaml", "service: [\n");
    is_kept(&folder);
    let folder = folder.file("polity.yaml", described).file("a.yaml", "bad: 1\n");
    assert!(run(&folder, &[]).exits(0).stdout.contains("not counted: 2 in the baseline"));
    let folder = folder.file("a.yaml", "good: 1\n");
    run(&folder, &["--baseline", "shrink", "--today", "2026-01-01"]).exits(0);
    assert_eq!(folder.read(".polity-baseline.yaml").matches("fingerprint").count(), 1);
}

#[test]
fn a_baseline_that_is_broken_is_an_error_with_a_place() {
    let said = run(&written().file(".polity-baseline.yaml", "version: 1\nfilez: {}\n"), &[]).exits(3).stderr;
    assert!(said.contains(".polity-baseline.yaml:2:1") && said.contains("did you mean `files`?"), "{said}");
    let said = run(&written().file(".polity-baseline.yaml", "version: 9\n"), &[]).exits(3).stderr;
    assert!(said.contains("version 9 of the baseline is not known"), "{said}");
}

#[test]
fn two_policy_sources_with_one_name_are_kept_apart() {
    let folder = written();
    let rule = |word: &str| super::LINES.replace("bad.*", word);
    let folder = folder
        .file("rules/more/bad-line/policy.yaml", super::manifest("error", ""))
        .file("rules/more/bad-line/policy.rego", rule("good 1$"))
        .file("rules/last/bad-line/policy.yaml", super::manifest("error", ""))
        .file("rules/last/bad-line/policy.rego", rule("good 2$"));
    let said = run(&folder, &["--policies", "rules/more", "--policies", "rules/last"]).exits(1).stdout;
    assert!(said.contains("2 findings (2 errors)") && said.contains("not counted: 2 in the baseline"), "{said}");
    assert!(said.contains("[./rules/more/bad-line]") && said.contains("[./rules/last/bad-line]"), "{said}");
}

#[test]
fn a_policy_of_a_folder_is_called_the_same_from_everywhere() {
    let policy = |folder: Repo, place: &str| {
        folder
            .file(&format!("{place}/bad-line/policy.yaml"), super::manifest("error", ""))
            .file(&format!("{place}/bad-line/policy.rego"), super::LINES)
    };
    let folder = repo().file("o/polity.yaml", "service: {name: orders, owner: pay}\n").file("o/a.txt", "bad one\nbad two\n");
    let folder = policy(policy(policy(folder, "x/rules"), "y/rules"), "o/own");
    let folder = folder.file("o/.polityignore", "own/\n");
    git(&folder, &["init", "-q", "o"]);
    let root = folder.root().to_string_lossy().into_owned();
    let from = |place: &str, o: &str, named: &[&str], more: &[&str]| {
        let named: Vec<_> = named.iter().flat_map(|folder| ["--policies", folder]).collect();
        let mut command = folder.command(&[&["check", o, "--policy", "bad-line"], &named[..], more].concat());
        folder.finish(command.current_dir(folder.path(place)))
    };
    let said = from("o", ".", &["../x/rules", "../y/rules", "own", "./own/", "own/bad-line"], &[]).exits(1).stdout;
    let names = ["[x/rules/bad-line]", "[y/rules/bad-line]", "[./own/bad-line]"];
    assert!(said.contains("6 findings") && names.iter().all(|name| said.contains(name)), "{said}");
    assert_eq!(said, from("", "o", &["o/own", "y/../y/rules", "x/rules"], &[]).exits(1).stdout);
    let full = ["x/rules", "o/own", "y/rules"].map(|rules| format!("{root}/{rules}"));
    assert_eq!(said, from("x", "../o", &full.each_ref().map(|rules| rules.as_str()), &[]).exits(1).stdout);
    let waiver = "policy: ./own/bad-line\nsubject: {path: a.txt, text: bad one}\nreason: migration\nbecause: b\nowner: pay\nticket: P-1\nexpires: 2099-01-01\n";
    std::fs::create_dir(folder.path("o/waivers")).unwrap();
    std::fs::write(folder.path("o/waivers/w.yaml"), waiver).unwrap();
    let said = from("y", "../o", &["rules", "../o/own", "../x/rules"], &[]).exits(1).stdout;
    assert!(said.contains("5 findings") && said.contains("1 waived"), "{said}");
}

#[test]
fn the_result_does_not_depend_on_where_one_stands_nor_on_threads() {
    let folder = written().file("sub/x", "").file("c.txt", "bad\nbad\n");
    let rules = folder.path("rules").to_string_lossy().into_owned();
    let root = folder.root().to_string_lossy().into_owned();
    let from = |place: &std::path::Path, target: &str, threads: &str| {
        let mut command = folder.command(&["check", target, "--registry", &rules, "--format", "json"]);
        command.current_dir(place).env("RAYON_NUM_THREADS", threads);
        folder.finish(&mut command).exits(1).stdout
    };
    let first = from(folder.root(), ".", "1");
    assert_eq!(first, from(folder.root(), ".", "4"));
    assert_eq!(first, from(&folder.path("sub"), "..", "2"));
    assert_eq!(first, from(&std::env::temp_dir(), &root, "3"));
}

#[test]
fn a_revision_tells_what_is_new() {
    let folder = start();
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "one"]);
    run(&folder, &[]).exits(1);
    run(&folder, &["--since", "HEAD"]).exits(0);
    let folder = folder.file("b.txt", "bad\n");
    let said = run(&folder, &["--since", "HEAD"]).exits(1).stdout;
    assert!(said.contains("1 finding (1 error)") && said.contains("not counted: 2 older than the revision"), "{said}");
    assert!(run(&folder, &["--since", "nothing"]).exits(2).stderr.contains("there is no revision `nothing` here"));
    let outside = start();
    assert!(run(&outside, &["--since", "HEAD"]).exits(2).stderr.contains("is in no git repository"));
}

#[test]
fn the_exit_code_follows_the_threshold() {
    let folder = world().file("rules/policies/bad-line/policy.yaml", super::manifest("warning", "")).file("a.txt", "bad\nbad\n");
    check(&folder, &[]).exits(0);
    check(&folder, &["--fail-on", "warning"]).exits(1);
    check(&folder, &["--max-warnings", "2"]).exits(0);
    check(&folder, &["--max-warnings", "1"]).exits(1);
    let errors = world().file("a.txt", "bad\n");
    check(&errors, &["--fail-on", "never"]).exits(0);
    assert_eq!(json(&errors, &["--fail-on", "never"])["summary"]["error"], 1);
}

#[test]
fn the_scorecard_draws_what_the_commits_of_the_baseline_held() {
    let folder = written();
    let committed = |folder: &Repo, day: &str| {
        git(folder, &["add", "."]);
        let mut command = std::process::Command::new("git");
        let day = format!("{day}T12:00:00Z");
        command.args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "commit", "-qm", "m"]).current_dir(folder.root());
        assert!(command.env("GIT_COMMITTER_DATE", &day).env("GIT_AUTHOR_DATE", &day).output().unwrap().status.success());
    };
    git(&folder, &["init", "-q"]);
    committed(&folder, "2026-01-10");
    let folder = folder.file("a.txt", format!("{}bad two\n", lines("good", 40)));
    run(&folder, &["--baseline", "shrink", "--today", "2026-02-01"]).exits(0);
    committed(&folder, "2026-02-10");
    // What the file says of itself is gone; its commits still tell.
    let text = folder.read(".polity-baseline.yaml");
    let (head, rest) = text.split_once("trend:").unwrap();
    let folder = folder.file(".polity-baseline.yaml", format!("{head}{}", &rest[rest.find("files:").unwrap()..]));
    run(&folder, &["--today", "2026-02-11", "--report", "html=card.html", "--quiet"]);
    let page = folder.read("card.html");
    assert!(page.contains("<title id=\"trend-title\">Known findings: 2 on 2026-01-10, 1 on 2026-02-10, at most 2</title>"), "{page}");
    assert!(page.contains("<tr><td>2026-02-10</td><td class=\"num\">1</td></tr>"), "{page}");
    std::fs::remove_file(folder.path(".polity-baseline.yaml")).unwrap();
    run(&folder, &["--baseline", "ignore", "--report", "html=none.html", "--quiet"]);
    std::fs::remove_dir_all(folder.path(".git")).unwrap();
    run(&folder, &["--report", "html=none.html", "--quiet"]);
    assert!(!folder.read("none.html").contains("<svg"));
}

#[test]
fn two_branches_that_shrink_the_list_are_in_no_conflict_over_its_trend() {
    let bad =
        |numbers: &[usize]| (0..9).map(|n| format!("{} {n}\n", if numbers.contains(&n) { "bad" } else { "good" })).collect::<String>();
    let folder = start().file("a.txt", bad(&[1, 2])).file("m.txt", bad(&[3, 4])).file("z.txt", bad(&[1, 2]));
    git(&folder, &["init", "-q", "-b", "main"]);
    run(&folder, &["--baseline", "write", "--today", "2026-01-01"]).exits(0);
    let folder = committed(folder, "one");
    git(&folder, &["checkout", "-qb", "other"]);
    let folder = folder.file("a.txt", bad(&[1]));
    run(&folder, &["--baseline", "shrink", "--today", "2026-02-01"]).exits(0);
    let folder = committed(folder, "shrunk");
    git(&folder, &["checkout", "-q", "main"]);
    let folder = folder.file("z.txt", bad(&[]));
    let said = run(&folder, &["--baseline", "shrink", "--today", "2026-02-02"]).exits(0).stdout;
    assert!(said.contains("baseline: 6 on 2026-01-01, 4 on 2026-02-02"), "{said}");
    let folder = committed(folder, "shrunk too");
    git(&folder, &["merge", "-q", "-m", "merged", "other"]);
    let said = run(&folder, &["--today", "2026-02-03"]).exits(0).stdout;
    assert!(said.contains("baseline: 6 on 2026-01-01, 3 on 2026-02-03") && !said.contains("-baseline]"), "{said}");
}

#[test]
fn a_folder_begins_no_list_beside_that_of_its_repository() {
    let folder = written().file("inner/polity.yaml", "service: {name: inner, owner: pay}\n").file("inner/b.txt", "bad three\n");
    git(&folder, &["init", "-q", "-b", "main"]);
    let write = ["check", "inner", "--registry", "rules", "--baseline", "write"];
    let said = folder.run(&write).exits(2).stderr;
    assert!(said.contains("the repository has a baseline, `../.polity-baseline.yaml`, and it holds for this folder too"), "{said}");
    assert!(!folder.path("inner/.polity-baseline.yaml").exists());
    std::fs::remove_file(folder.path(".polity-baseline.yaml")).unwrap();
    folder.run(&write).exits(0);
}
