//! Policies of plain folders: their names, and so what is known and waived of them, do not depend on what else is given.

use super::since::git;
use super::{LINES, manifest};
use crate::support::{Repo, repo};

const FILE: &str = ".polity-baseline.yaml";
const OFF: &str = "service: {name: orders, owner: pay}\npolicies: {default: [{policy: 'polity/*', severity: 'off'}]}\n";

/// A folder with the policy `bad-line`, which finds the lines that fit a pattern.
fn policy(folder: Repo, place: &str, pattern: &str) -> Repo {
    folder
        .file(&format!("{place}/bad-line/policy.yaml"), manifest("error", ""))
        .file(&format!("{place}/bad-line/policy.rego"), LINES.replace("bad.*", pattern))
}

/// A repository `o` with policies in it, beside it, and in a folder that is called like the one beside it.
fn start() -> Repo {
    let folder = repo().file("o/polity.yaml", OFF).file("o/a.txt", "bad one\nworse two\n").file("o/.polityignore", "in/\nrules/\n");
    let places = [("o/in", "bad.*"), ("o/rules", "(bad|worse).*"), ("x/rules", "bad.*"), ("y/rules", "(bad|worse).*")];
    let folder = places.into_iter().fold(folder, |folder, (place, pattern)| policy(folder, place, pattern));
    git(&folder, &["init", "-q", "-b", "main", "o"]);
    folder
}

/// A check of `o` from a folder, with the policies of some folders; the report as how many findings are new, known and waived.
fn counts(folder: &Repo, from: &str, given: &[&str], more: &[&str]) -> [usize; 3] {
    let path = |to: &str| if from.is_empty() { to.to_owned() } else { format!("{}{to}", "../".repeat(from.split('/').count())) };
    let given: Vec<String> = given.iter().flat_map(|place| ["--policies".to_owned(), path(place)]).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let mut command = folder.command(&[&["check", &path("o"), "--format", "json"][..], &given, more].concat());
    let run = folder.finish(command.current_dir(folder.path(from)));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let findings = report["findings"].as_array().unwrap();
    let of = |kind: &str| {
        findings
            .iter()
            .filter(|f| {
                f["policy"].as_str().unwrap().ends_with("bad-line") && f["suppression"]["kind"].as_str().unwrap_or_default() == kind
            })
            .count()
    };
    assert!(!report.to_string().contains("grown-baseline"), "{report}");
    [of(""), of("baseline"), of("waiver")]
}

fn write(folder: &Repo, given: &[&str]) {
    counts(folder, "", given, &["--baseline", "write", "--today", "2026-01-01"]);
}

#[test]
fn another_source_with_the_same_name_changes_nothing_for_the_first() {
    for (first, second) in
        [("o/in", "o/rules"), ("o/in", "x/rules"), ("x/rules", "y/rules"), ("x/rules", "o/rules"), ("o/rules", "y/rules")]
    {
        let folder = start();
        write(&folder, &[first]);
        let wide = |place: &str| if place == "o/in" || place == "x/rules" { 1 } else { 2 };
        let known = wide(first);
        let rows: [(&[&str], [usize; 3]); 5] = [
            (&[first], [0, known, 0]),
            (&[first, second], [wide(second), known, 0]),
            (&[second, first], [wide(second), known, 0]),
            (&[second], [wide(second), 0, 0]),
            (&[first], [0, known, 0]),
        ];
        for (given, expected) in rows {
            for from in ["", "o", "x/rules"] {
                assert_eq!(counts(&folder, from, given, &[]), expected, "{given:?} from {from:?}");
            }
        }
    }
}

#[test]
fn what_a_run_does_not_ask_stays_in_the_list() {
    let folder = start();
    write(&folder, &["o/in", "y/rules"]);
    let both = folder.read(&format!("o/{FILE}"));
    assert_eq!(both.matches("  - policy: ").count(), 3, "{both}");
    for verb in ["write", "shrink"] {
        counts(&folder, "", &["y/rules"], &["--baseline", verb]);
        assert_eq!(folder.read(&format!("o/{FILE}")), both, "{verb}");
    }
    let folder = folder.file("o/a.txt", "good\nworse two\n");
    counts(&folder, "", &["y/rules"], &["--baseline", "shrink"]);
    assert_eq!(counts(&folder.file("o/a.txt", "bad one\nworse two\n"), "", &["o/in", "y/rules"], &[]), [1, 2, 0]);
}

#[test]
fn a_clone_elsewhere_knows_the_same() {
    let folder = start();
    write(&folder, &["x/rules", "o/in"]);
    let deep = folder.path("deep/er");
    std::fs::create_dir_all(&deep).unwrap();
    let copy = |from: &str| {
        assert!(std::process::Command::new("cp").args(["-r", from]).arg(&deep).current_dir(folder.root()).status().unwrap().success())
    };
    copy("o");
    copy("x");
    let mut command = folder.command(&["check", "o", "--policies", "../../x/rules", "--policies", "o/in"]);
    assert!(
        folder.finish(command.current_dir(&deep)).exits(0).stdout.contains("not counted: 2 in the baseline"),
        "the same folder of policies"
    );
    let mut command = folder.command(&["check", "o", "--policies", "x/rules", "--policies", "o/in"]);
    assert!(folder.finish(command.current_dir(&deep)).exits(0).stdout.contains("not counted: 2 in the baseline"), "a copy of it");
}

/// A baseline as versions wrote it that called all plain folders `local`, for the line `bad one` of `a.txt`.
const LOCAL: &str = "version: 1\nfiles:\n  a.txt:\n    sketch: ''\n    findings:\n    - policy: local/bad-line\n      fingerprint: PRINT\n      message: line is bad\n";

fn local() -> String {
    LOCAL.replace("PRINT", "21fbf6ecf67a13c740bf276a426f0c45")
}

#[test]
fn what_older_versions_called_local_is_known_while_one_folder_has_it() {
    let folder = start().file(&format!("o/{FILE}"), local());
    assert_eq!(counts(&folder, "", &["o/in"], &[]), [0, 1, 0]);
    assert_eq!(counts(&folder, "", &["x/rules"], &[]), [0, 1, 0]);
    assert_eq!(counts(&folder, "", &["o/in", "x/rules"], &[]), [2, 0, 0], "nobody can tell whose it is");
    let said = folder.run(&["check", "o", "--policies", "o/in", "--policies", "x/rules"]).exits(1).stdout;
    assert!(said.contains("baseline lists 1 finding of `local/bad-line`, which is the name of several policies"), "{said}");
    assert!(said.contains("`./in/bad-line`, `x/rules/bad-line`") && said.contains("help: check with the folder alone"), "{said}");
    counts(&folder, "", &["o/in", "x/rules"], &["--baseline", "shrink"]);
    assert!(folder.read(&format!("o/{FILE}")).contains("local/bad-line"), "it is not for this run to say that it is gone");
}

#[test]
fn an_older_list_is_written_anew_with_the_name_of_the_folder_and_did_not_grow() {
    let folder = start().file(&format!("o/{FILE}"), local());
    git(&folder, &["-C", "o", "add", "."]);
    git(&folder, &["-C", "o", "commit", "-qm", "one"]);
    write(&folder, &["o/in"]);
    let text = folder.read(&format!("o/{FILE}"));
    assert!(text.contains("policy: ./in/bad-line") && !text.contains("local/"), "{text}");
    git(&folder, &["-C", "o", "commit", "-qam", "two"]);
    assert_eq!(counts(&folder, "", &["x/rules", "o/in"], &[]), [1, 1, 0]);
    // One name for another is no reason to know more.
    let more =
        text.replace("    - policy", "    - policy: ./in/bad-line\n      fingerprint: abcd\n      message: line is bad\n    - policy");
    let folder = folder.file(&format!("o/{FILE}"), more);
    assert!(folder.run(&["check", "o", "--policies", "o/in"]).exits(1).stdout.contains("error[grown-baseline]"));
}

#[test]
fn a_waiver_names_the_folder_or_what_one_folder_alone_has() {
    let waiver = |policy: &str| {
        format!(
            "policy: {policy}\nsubject: {{path: a.txt, text: bad one}}\nreason: migration\nbecause: b\nowner: pay\nticket: P-1\nexpires: 2099-01-01\n"
        )
    };
    let rows = [
        ("./in/bad-line", [0, 0, 1], [1, 0, 1]),
        ("local/bad-line", [0, 0, 1], [2, 0, 0]),
        ("bad-line", [0, 0, 1], [2, 0, 0]),
        ("x/rules/bad-line", [1, 0, 0], [1, 0, 1]),
        ("in/bad-line", [1, 0, 0], [2, 0, 0]),
    ];
    for (policy, alone, both) in rows {
        let folder = start().file("o/waivers/w.yaml", waiver(policy));
        assert_eq!(counts(&folder, "", &["o/in"], &[]), alone, "{policy}");
        for given in [["o/in", "x/rules"], ["x/rules", "o/in"]] {
            assert_eq!(counts(&folder, "", &given, &[]), both, "{policy} {given:?}");
        }
    }
}

#[test]
fn a_layer_may_mean_all_folders() {
    let folder = start().file("o/polity.yaml", OFF.replace("]}", ", {policy: 'local/*', severity: 'off'}]}"));
    assert_eq!(counts(&folder, "", &["o/in"], &[]), [0, 0, 0]);
    assert_eq!(counts(&folder, "", &["o/in", "y/rules"], &[]), [0, 0, 0]);
}

#[test]
fn what_a_layer_switches_off_stays_in_the_list() {
    for entry in ["severity: 'off'", "severity: 'off', scope: {paths: ['*.txt']}"] {
        let folder = start();
        write(&folder, &["o/in"]);
        let known = folder.read(&format!("o/{FILE}"));
        let folder = folder.file("o/polity.yaml", OFF.replace("]}", &format!(", {{policy: ./in/bad-line, {entry}}}]}}")));
        for verb in ["write", "shrink"] {
            assert_eq!(counts(&folder, "", &["o/in"], &["--baseline", verb]), [0, 0, 0]);
            assert_eq!(folder.read(&format!("o/{FILE}")), known, "{verb} {entry}");
        }
        assert!(!folder.run(&["check", "o", "--policies", "o/in"]).exits(0).stdout.contains("stale-baseline"));
        assert_eq!(counts(&folder.file("o/polity.yaml", OFF), "", &["o/in"], &[]), [0, 1, 0]);
    }
}

#[test]
fn the_root_of_a_federation_gives_the_names_where_git_knows_none() {
    let folder = policy(policy(repo(), "rules", "bad.*"), "other", "none").file("polity.federation.yaml", "federation: acme\n");
    let folder = folder.file(".polityignore", "rules/\nother/\n").file("s/polity.yaml", OFF).file("s/a.txt", "bad one\n");
    for checked in ["s", "."] {
        let said = folder.run(&["check", checked, "--policies", "rules", "--policies", "other"]).exits(1).stdout;
        assert!(said.contains("error[./rules/bad-line]"), "{checked}: {said}");
    }
}
