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
fn a_step_without_end_is_stopped() {
    // A hundred million digits times themselves: the engine does not look at its clock within a product.
    let powers =
        "abcdefgh".chars().zip("bcdefghi".chars()).map(|(base, power)| format!("{power} := {base}{}", format!("*{base}").repeat(7)));
    let rule = format!("a := {}\n\n{}\n\nbad := [i]", "9".repeat(53), powers.collect::<Vec<_>>().join("\n\n"));
    let folder = hostile(&rule);
    let run = folder.command(&["check", "service", "--policies", "policies"]).env("POLITY_TEST_HURRY", "1").output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("a policy did not end within") && said.contains("--> policies/evil/policy.rego"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_under_conftest() {
    let texts = "abcde".chars().zip("bcdef".chars()).map(|(short, long)| format!("{long} := replace({short}, \"x\", {short})\n\n"));
    let rule = format!("package main\n\na := \"xxxxxxxxxx\"\n\n{}deny contains f\n", texts.collect::<String>());
    let run = repo().file("x.json", "{}").file("policy/bomb.rego", rule).polity(["conftest", "test", "x.json"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    let said = &run.stderr;
    assert!(said.contains("evaluation of data.main.deny took ") && said.contains(" GiB of memory"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn who_ends_a_check_ends_all_of_it() {
    let folder = hostile("r := numbers.range(1, 1000000)\n\nbad := [1 | some a in r; some b in r; a + b == -1]");
    let mut parent = folder.command(&["check", "service", "--policies", "policies"]).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", parent.id());
    let child = until(|| std::fs::read_to_string(&children).ok()?.split_whitespace().next().map(str::to_owned));
    // With the threads that evaluate.
    until(|| (std::fs::read_dir(format!("/proc/{child}/task")).ok()?.count() > 1).then_some(()));
    parent.kill().unwrap();
    parent.wait().unwrap();
    until(|| (!is_alive(&child)).then_some(()));
}

/// Waits for something to be there.
#[cfg(target_os = "linux")]
fn until<T>(there: impl Fn() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = there() {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("it did not come in half a minute");
}

/// Whether a process runs; one that ended and that nobody waited for does not.
#[cfg(target_os = "linux")]
fn is_alive(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !matches!(status.rsplit(") ").next().and_then(|rest| rest.chars().next()), None | Some('Z' | 'X'))
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
