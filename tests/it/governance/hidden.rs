//! What a `.polityignore` hides from mandatory policies is a finding, which layers can make an error and a waiver lets be for a time.

use std::path::Path;

use super::since::{committed, git};
use super::world;
use crate::support::{Repo, Run, repo};

const FLOOR: &str = "version: 1.0.0\ntitle: t\nlevel: org\nowner: o\nmandatory:\n  - {policy: polity/hidden-evidence, severity: error}\ndefault:\n  - {policy: acme/bad-line, severity: error}\n";

/// A repository with a service `s`, and lists that hide a folder and a file of it and one of another folder; a layer makes that an error.
fn start() -> Repo {
    let folder = world()
        .file("rules/layers/base/layer.yaml", FLOOR)
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/base@1]\n")
        .file(".polityignore", "rules/\n# more\nother/\nnothing/\n")
        .file("other/a.txt", "bad\n")
        .file("other/b.txt", "bad\n")
        .file("s/polity.yaml", "service: {name: s, owner: pay}\npolicies: {default: [{policy: polity/hidden-evidence, severity: 'off'}]}\n")
        .file("s/.polityignore", "x.txt\n*.log\n")
        .file("s/.gitignore", "*.log\n")
        .file("s/x.txt", "bad\n")
        .file("s/y.log", "bad\n");
    git(&folder, &["init", "-q", "-b", "main"]);
    committed(folder, "one")
}

fn check(folder: &Repo, stand: &Path, path: &str, more: &[&str]) -> Run {
    let rules = folder.path("rules").to_string_lossy().into_owned();
    let args = ["check", path, "--registry", &rules, "--policy", "hidden-evidence", "--today", "2026-11-01"];
    folder.finish(folder.command(&[&args[..], more].concat()).current_dir(stand))
}

/// The place of each finding, with its severity and what lets it be.
fn said(run: &Run) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let one = |finding: &serde_json::Value| {
        let place = &finding["locations"][0];
        let place = format!("{}:{}", place["path"].as_str().unwrap(), place["start"]["line"]);
        format!("{place} {} {}", finding["policy"], finding["suppression"]["kind"]).replace('"', "")
    };
    report["findings"].as_array().unwrap().iter().map(one).collect()
}

fn waiver(path: &str, text: &str, until: &str) -> String {
    format!(
        "policy: polity/hidden-evidence\nsubject: {{path: {path}, text: {text}}}\nreason: accepted-risk\nbecause: b\nowner: pay\nticket: T\nexpires: {until}\n"
    )
}

#[test]
fn a_pattern_that_hides_what_git_keeps_is_found_at_its_line() {
    let folder = start();
    let all = said(&check(&folder, folder.root(), ".", &["--format", "json"]).exits(1));
    let expected =
        [".polityignore:1 hidden-evidence null", ".polityignore:3 hidden-evidence null", "s/.polityignore:1 hidden-evidence null"];
    assert_eq!(all, expected, "a service cannot switch it off");
    for (stand, path) in [(folder.root().to_owned(), "s"), (folder.path("s"), ".")] {
        let of_service = said(&check(&folder, &stand, path, &["--format", "json"]).exits(1));
        assert_eq!(of_service, [".polityignore:1 hidden-evidence null"], "what stands above is said there: {path}");
    }
    let text = check(&folder, folder.root(), ".", &[]).stdout;
    assert!(text.contains("error[hidden-evidence]: `other/` hides from every policy what git keeps"), "{text}");
    assert!(text.contains("2 files that no policy looks at"), "{text}");
    std::fs::remove_dir_all(folder.path("other")).unwrap();
    assert_eq!(said(&check(&folder, folder.root(), ".", &["--format", "json"])).len(), 2, "it hides nothing any more");
}

#[test]
fn without_a_layer_it_is_a_warning_and_without_a_list_no_business() {
    let folder = start();
    std::fs::remove_file(folder.path("polity.federation.yaml")).unwrap();
    let text = check(&folder, folder.root(), ".", &[]).exits(0).stdout;
    assert!(text.contains("warning[hidden-evidence]"), "{text}");
    let text = check(&folder, &folder.path("other"), ".", &[]).exits(0).stdout;
    assert!(!text.contains("hidden-evidence]") && text.contains("not applicable"), "{text}");
}

#[test]
fn a_waiver_is_for_one_pattern_and_ends() {
    let folder = start().file("waivers/a.yaml", waiver(".polityignore", "other/", "2026-12-31"));
    let folder = folder.file("waivers/b.yaml", waiver(".polityignore", "rules/", "2026-10-31"));
    let all = said(&check(&folder, folder.root(), ".", &["--format", "json"]).exits(1));
    let waived: Vec<_> = all.iter().filter(|one| one.ends_with("waiver")).collect();
    assert_eq!(waived, [".polityignore:3 hidden-evidence waiver"], "{all:?}");
    assert!(all.iter().any(|one| one.contains("expired-waiver")), "{all:?}");
    let folder = folder.file("other/c.txt", "").file(".polityignore", "# first\nrules/\nother/\ns/\n");
    let all = said(&check(&folder, folder.root(), ".", &["--format", "json"]).exits(1));
    assert!(all.contains(&".polityignore:3 hidden-evidence waiver".to_owned()), "more files of the same pattern: {all:?}");
    assert!(all.contains(&".polityignore:4 hidden-evidence null".to_owned()), "another pattern: {all:?}");
}

#[test]
fn a_pattern_that_was_there_is_no_news() {
    let folder = start().file(".polityignore", "# first\nnew/\nrules/\nother/\n").file("new/a.txt", "");
    let all = said(&check(&folder, folder.root(), ".", &["--format", "json", "--since", "HEAD"]).exits(1));
    let new: Vec<_> = all.iter().filter(|one| one.ends_with("null")).collect();
    assert_eq!(new, [".polityignore:2 hidden-evidence null"], "{all:?}");
}

#[test]
fn what_was_said_holds_until_something_else_is_hidden() {
    let folder = repo().file("s/polity.yaml", "service: {name: s, owner: pay}\n").file("s/a/x", "").file("s/.polityignore", "a/\n");
    git(&folder, &["init", "-q", "s"]);
    // What was changed a moment ago is not believed.
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    let label = || {
        let said = folder.run(&["check", "s"]).stdout;
        said.lines()
            .find_map(|line| line.split_once("^ ").filter(|(_, label)| label.contains("no policy looks")).map(|one| one.1.to_owned()))
    };
    let kept = |ending: &str| folder.files(".cache/polity/checks").iter().filter(|file| file.ends_with(ending)).count();
    let one = Some("1 file that no policy looks at".to_owned());
    assert_eq!([label(), label()], [one.clone(), one]);
    assert_eq!(kept(".said"), 1, "the second run only repeats");
    std::fs::write(folder.path("s/a/y"), "").unwrap();
    assert_eq!(label().as_deref(), Some("2 files that no policy looks at"));
    std::fs::write(folder.path("s/.polityignore"), "b/\n").unwrap();
    assert_eq!(label(), None);
    std::fs::write(folder.path("s/.polityignore"), "a/x\n").unwrap();
    assert_eq!(label().as_deref(), Some("1 file that no policy looks at"), "the trace of the rule is of another fact");
}
