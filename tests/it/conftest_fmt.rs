//! `polity conftest fmt`: which files it changes, which it names, and its exit codes.

use std::fs;

use crate::support::{Repo, repo};

const LAID_OUT: &str = "package main\n\ndeny contains \"x\" if input.port < 1024\n";
const LOOSE: &str = "package main\ndeny  contains \"x\"   if input.port<1024 # low\n";
/// A layout of this would be another policy.
const REFUSED: &str = "package main\n\np if  plus(1, 2, 3)\n";

fn policies() -> Repo {
    repo().file("policy/good.rego", LAID_OUT).file("policy/sub/loose.rego", LOOSE).file("policy/readme.md", "no policy")
}

fn text(folder: &Repo, path: &str) -> String {
    fs::read_to_string(folder.path(path)).unwrap()
}

#[test]
fn files_are_laid_out_in_place() {
    let folder = policies();
    insta::assert_snapshot!(folder.run(&["conftest", "fmt", "--check", "policy"]), @r"
    exit: 1
    ----- stdout
    policy/sub/loose.rego
    ----- stderr
    Error: files not formatted
    ");
    assert_eq!(text(&folder, "policy/sub/loose.rego"), LOOSE);
    assert_eq!(folder.polity(["conftest", "fmt", "policy"]).exits(0).stdout, "");
    assert_eq!(text(&folder, "policy/sub/loose.rego"), "package main\n\ndeny contains \"x\" if input.port < 1024 # low\n");
    assert_eq!(text(&folder, "policy/good.rego"), LAID_OUT);
    folder.polity(["conftest", "fmt", "--check", "policy"]).exits(0);
}

#[test]
fn a_policy_that_would_become_another_one_is_left_alone_and_named() {
    let folder = policies().file("policy/refused.rego", REFUSED);
    let run = folder.polity(["conftest", "fmt", "policy"]).exits(1);
    assert_eq!(run.stderr, "Error: policy/refused.rego: cannot be formatted safely: the result would be another policy\n");
    assert_eq!(text(&folder, "policy/refused.rego"), REFUSED);
    folder.polity(["conftest", "fmt", "--check", "policy/sub"]).exits(0);
}

#[test]
fn nothing_is_changed_when_a_file_does_not_parse() {
    let folder = policies().file("policy/z.rego", "package main\n\ndeny[msg] { msg := 1 }\n");
    let run = folder.polity(["conftest", "fmt", "policy"]).exits(1);
    assert_eq!(
        run.stderr,
        "Error: get rego files: policy/z.rego:3: rego_parse_error: `contains` keyword is required for partial set rules\n"
    );
    assert_eq!(text(&folder, "policy/sub/loose.rego"), LOOSE);
    folder.polity(["conftest", "fmt", "--rego-version", "v0", "policy/z.rego"]).exits(0);
    assert_eq!(text(&folder, "policy/z.rego"), "package main\n\ndeny[msg] {\n\tmsg := 1\n}\n");
    assert!(folder.polity(["conftest", "fmt", "--rego-version", "v2", "policy"]).exits(1).stderr.contains("invalid Rego version: v2"));
    assert!(folder.polity(["conftest", "fmt", "nowhere"]).exits(1).stderr.contains("no such file or directory"));
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_a_link_its_target() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = policies();
    let path = folder.path("policy/sub/loose.rego");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, folder.path("link.rego")).unwrap();
    folder.polity(["conftest", "fmt", "link.rego"]).exits(0);
    assert!(folder.path("link.rego").is_symlink() && text(&folder, "policy/sub/loose.rego") != LOOSE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}
