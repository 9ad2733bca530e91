//! What is configured and cannot be loaded is an error, never as if nothing were configured.

use std::os::unix::fs::symlink;

use super::{check, world};
use crate::support::{Repo, repo};

/// Something at a path that is no file: a link that leads nowhere, a folder, a pipe.
type Odd = (&'static str, Box<dyn Fn()>);

fn odd(folder: &Repo, path: &str) -> Vec<Odd> {
    let place = folder.path(path);
    let [link, dir, pipe] = [place.clone(), place.clone(), place];
    vec![
        ("link", Box::new(move || symlink("gone.yaml", &link).unwrap())),
        ("folder", Box::new(move || std::fs::create_dir_all(dir.join("sub")).unwrap())),
        ("pipe", Box::new(move || assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success()))),
    ]
}

fn clear(folder: &Repo, path: &str) {
    let place = folder.path(path);
    if place.is_dir() { std::fs::remove_dir_all(place).unwrap() } else { std::fs::remove_file(place).unwrap() }
}

#[test]
fn a_federation_file_that_is_no_file_is_not_passed_over() {
    let folder = world().file("a.txt", "good\n").file("svc/a.txt", "good\n");
    for (kind, make) in odd(&folder, "polity.federation.yaml") {
        make();
        for path in [".", "svc"] {
            let run = check(&folder, &[path]).exits(3);
            assert!(run.stderr.contains("`polity.federation.yaml` cannot be read: "), "{kind} {run}");
        }
        clear(&folder, "polity.federation.yaml");
    }
    check(&folder, &[]).exits(0);
}

#[test]
fn a_service_whose_description_is_no_file_is_not_judged_as_none() {
    let folder = repo().file("rules/registry.yaml", "namespace: acme\n").file(".polityignore", "rules/\n").file("a.txt", "good\n");
    let folder = folder
        .file("rules/policies/bad-line/policy.yaml", super::manifest("error", ""))
        .file("rules/policies/bad-line/policy.rego", super::LINES);
    for (kind, make) in odd(&folder, "polity.yaml") {
        make();
        let run = check(&folder, &[]).exits(1);
        assert!(run.stdout.contains("error[unreadable-evidence]") && run.stdout.contains("verdicts: 1 unknown"), "{kind} {run}");
        clear(&folder, "polity.yaml");
    }
    check(&folder, &[]).exits(0);
}

#[test]
fn waivers_and_a_baseline_that_are_no_files_are_told() {
    let folder = world().file("a.txt", "good\n");
    for (kind, make) in odd(&folder, "waivers/a.yaml") {
        std::fs::create_dir_all(folder.path("waivers")).unwrap();
        make();
        let run = check(&folder, &[]).exits(1);
        assert!(run.stdout.contains("error[invalid-waiver]: waivers cannot be read"), "{kind} {run}");
        clear(&folder, "waivers");
    }
    let folder = folder.file("waivers", "").file("svc/polity.yaml", "service: {name: s, owner: pay}\n").file("svc/waivers", "");
    let said = check(&folder, &[]).exits(1).stdout;
    assert!(
        said.contains("--> waivers\n = note: a folder is to be there") && said.contains("--> svc/waivers\n = note: a folder"),
        "{said}"
    );
    clear(&folder, "svc");
    clear(&folder, "waivers");
    symlink("gone", folder.path("waivers")).unwrap();
    assert!(check(&folder, &[]).exits(1).stdout.contains("error[invalid-waiver]"));
    clear(&folder, "waivers");
    for (kind, make) in odd(&folder, ".polity-baseline.yaml").into_iter().filter(|(kind, _)| *kind != "folder") {
        make();
        let run = check(&folder, &[]).exits(3);
        assert!(run.stderr.contains("`.polity-baseline.yaml` cannot be read: "), "{kind} {run}");
        check(&folder, &["--baseline", "ignore"]).exits(0);
        clear(&folder, ".polity-baseline.yaml");
    }
    let folder = folder.file(".polity-baseline.yaml/x", "");
    assert!(check(&folder, &[]).exits(3).stderr.contains("it is a folder"));
}
