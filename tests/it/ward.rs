//! Policies that are made to end the process: the run ends with an error that names them, never with a crash and never with a pass.

use crate::support::{Repo, Run, repo};

const MANIFEST: &str = "version: 1.0.0\ntitle: hostile\nseverity: error\nsubject: repository\nowner: mallory\n";

fn hostile(rule: &str) -> Repo {
    let finding = "deny contains {\"message\": \"x\"} if { count(bad) > 0 }";
    repo()
        .file("service/README.md", "x")
        .file("policies/good/policy.yaml", MANIFEST)
        .file(
            "policies/good/policy.rego",
            "package polity\n\ndeny contains {\"message\": \"fine\"} if { not repo.exists(\"README.md\") }\n",
        )
        .file("policies/evil/policy.yaml", MANIFEST)
        .file("policies/evil/policy.rego", format!("package polity\n\n{rule}\n\n{finding}\n"))
}

fn checked(repo: &Repo) -> Run {
    repo.polity(["check", "service", "--policies", "policies"])
}

#[track_caller]
fn refused(rule: &str, expected: &str) {
    let run = checked(&hostile(rule));
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    assert!(run.stderr.contains(expected), "expected {expected:?}\n{}", run.stderr);
}

#[test]
fn a_rule_that_ends_the_process_is_named() {
    let ended = "--> policies/evil/policy.rego";
    refused("f(x) := f(x + 1)\n\nbad := [f(0)]", ended);
    refused("bad := [sprintf(\"%9999999999d\", [1])]", "policies/evil/policy.rego");
}

#[test]
fn memory_is_bounded() {
    // Sixteen doublings of a million items are 65 billion.
    let steps: Vec<_> = (1..17).map(|i| format!("a{i} := array.concat(a{0}, a{0})", i - 1)).collect();
    let rule = format!("a0 := numbers.range(1, 999999)\n\n{}\n\nbad := a16", steps.join("\n\n"));
    refused(&rule, "policies/evil/policy.rego");
}

#[test]
fn nesting_is_bounded() {
    refused(&format!("bad := {}1{}", "[".repeat(20_000), "]".repeat(20_000)), "rule is nested more than 24 brackets deep");
}

#[test]
fn harmless_policies_of_strangers_are_evaluated() {
    let run = checked(&hostile("bad := [1]"));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("error[evil]: x") && !run.stdout.contains("fine"), "{}", run.stdout);
    let run = checked(&hostile("bad := []"));
    assert!(!run.stdout.contains("evil"), "{}", run.stdout);
}
