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

/// Runs polity with little memory and little time, as nothing here needs more.
fn bounded(folder: &Repo, args: &[&str]) -> crate::support::Run {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -v 6000000; exec timeout 20 \"$0\" \"$@\"", crate::support::binary()]).args(args);
    command.current_dir(folder.root()).stdin(std::process::Stdio::piped()).env_clear().env("HOME", folder.root());
    folder.finish(command.env("PATH", std::env::var_os("PATH").unwrap_or_default()))
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_that_is_none_is_not_read() {
    let record = "service: {name: a, owner: pay}\ntemplate: {from: polity/rust-service, version: 1.0.0}\n";
    let folder = repo().file("outside", "machine example.org password s3cr3t\n").file("repo/polity.yaml", record);
    let folder = folder.file("repo/svc/polity.yaml", "service: {name: s, owner: pay}\n");
    let verbs: [&[&str]; 4] = [
        &["check", "repo", "--no-cache"],
        &["drift", "repo"],
        &["update", "repo", "--dry-run"],
        &["new", "rust-service", "other", "--locked", "--lock", "repo/polity.lock"],
    ];
    assert!(std::process::Command::new("git").args(["init", "-q"]).arg(folder.path("repo")).status().unwrap().success());
    for target in ["/dev/zero", "/dev/stdin", "../outside", "gone"] {
        symlink(target, folder.path("repo/polity.lock")).unwrap();
        for verb in &verbs[..] {
            let run = bounded(&folder, verb).exits(3);
            let said = "polity.lock` cannot be read: the link leads ";
            assert!(run.stderr.contains(said) && !run.stderr.contains("s3cr3t"), "{verb:?} {target} {run}");
        }
        clear(&folder, "repo/polity.lock");
    }
    for (kind, make) in odd(&folder, "repo/svc/polity.lock") {
        make();
        let run = bounded(&folder, &["check", "repo", "--no-cache"]).exits(3);
        assert!(run.stderr.contains("`repo/svc/polity.lock` cannot be read: "), "{kind} {run}");
        clear(&folder, "repo/svc/polity.lock");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_federation_file_from_elsewhere_is_not_shown() {
    let folder = repo().file("outside", "machine example.org password s3cr3t\n").file("repo/a.txt", "");
    assert!(std::process::Command::new("git").args(["init", "-q"]).arg(folder.path("repo")).status().unwrap().success());
    let check = |args: &[&str]| bounded(&folder, &[&["check", "repo", "--no-cache"][..], args].concat());
    for target in ["../outside", "/dev/zero"] {
        symlink(target, folder.path("repo/polity.federation.yaml")).unwrap();
        for named in [&[][..], &["--federation", "repo/polity.federation.yaml"]] {
            let run = check(named).exits(3);
            let said = "polity.federation.yaml` cannot be read: the link leads out of the repository";
            assert!(run.stderr.contains(said) && !run.stderr.contains("s3cr3t"), "{target} {named:?} {run}");
        }
        clear(&folder, "repo/polity.federation.yaml");
    }
    // What the file names is held to the same, and what is wrong in a list of signers that lies elsewhere is not quoted.
    for (file, said) in [("../outside", "line 1 is none of its format"), ("/dev/zero", "cannot read `/dev/zero`: it is not a regular file")]
    {
        let text = format!("federation: acme\nnamespaces:\n  web:\n    url: ../web\n    signers: {{file: {file}}}\n");
        std::fs::write(folder.path("repo/polity.federation.yaml"), text).unwrap();
        let run = check(&[]).exits(3);
        assert!(run.stderr.contains(said) && !run.stderr.contains("s3cr3t") && !run.stderr.contains("machine"), "{file} {run}");
    }
}
