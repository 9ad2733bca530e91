//! What of a policy could never say anything is an error when the policy is loaded, with its place and what to do.

use super::{check, manifest, world};
use crate::support::{Repo, Run};

const PARAMETERS: &str = "parameters: {most: {type: integer, default: 9, help: h}}\n";

fn with(files: &[(&str, &str)]) -> Repo {
    let folder = world().file("rules/policies/bad-line/policy.yaml", manifest("error", PARAMETERS)).file("a.txt", "bad\n");
    files.iter().fold(folder, |folder, (path, text)| folder.file(&format!("rules/policies/bad-line/{path}"), *text))
}

#[track_caller]
fn refused(files: &[(&str, &str)], place: &str, title: &str, help: &str) {
    let by_name = |folder: &Repo| folder.polity(["check", ".", "--policies", "rules/policies", "--policy", "bad-line"]);
    let folder = with(files);
    let runs: [Run; 3] = [check(&folder, &[]), by_name(&folder), folder.polity(["policy", "test", "rules/policies/bad-line"])];
    for run in runs {
        let run = run.exits(3);
        for text in [place, title, help] {
            assert!(run.stderr.contains(text) && run.stdout.is_empty(), "`{text}` in {run}");
        }
    }
}

#[test]
fn a_second_file_of_rules_is_not_passed_over() {
    let lib = ("lib.rego", "package lib\n\nbad if true\n");
    let rule = ("policy.rego", "package polity\n\nimport data.lib\n\ndeny contains {\"message\": \"x\"} if lib.bad\n");
    refused(
        &[lib, rule],
        "rules/policies/bad-line/lib.rego",
        "`lib.rego` is no part of the policy",
        "move what it defines into `policy.rego`",
    );
    refused(&[lib], "rules/policies/bad-line/lib.rego", "`lib.rego` is no part of the policy", "policies share no code");
    refused(&[rule], "bad-line/policy.rego:3:8", "`data.lib` is defined nowhere", "policies share no code");
    let cases = with(&[("cases/bad/x.rego", "package x\n"), ("policy_test.rego", "package polity_test\n\ntest_x if true\n")]);
    assert!(check(&cases, &[]).exits(1).stdout.contains("error[bad-line]"));
}

#[test]
fn what_nobody_asks_or_defines_is_named_at_its_line() {
    let rule = |rule: &str| format!("package polity\n\n{rule}\n");
    for (text, place, title, help) in [
        ("deny(x) := {\"message\": \"x\"}", "3:1", "`deny` is a function, and nobody calls it", "write `deny contains finding if { … }`"),
        ("deny contains {\"message\": \"x\"} if data.foo.bar == 1", "3:35", "`data.foo` is defined nowhere", "declare a parameter"),
        (
            "deny contains {\"message\": \"x\"} if input.parameters.mots > 1",
            "3:35",
            "`input.parameters.mots` is defined nowhere",
            "did you mean `input.parameters.most`?",
        ),
        (
            "deny contains {\"message\": \"x\"} if {\n\tp := input.parameters\n\tcount(p) > 0\n\tobject.get(p, \"most\", 0) > 0\n\tp.mots > 1\n}",
            "7:2",
            "`input.parameters.mots` is defined nowhere",
            "did you mean `input.parameters.most`?",
        ),
        (
            "deny contains {\"message\": \"x\"} if input.servce.described",
            "3:35",
            "`input.servce` is defined nowhere",
            "did you mean `input.service`?",
        ),
        (
            "deny contains {\"message\": \"x\"} if false\n\nwarn contains {\"message\": \"y\"} if true",
            "5:1",
            "rule `warn` is never asked: polity asks `deny` and `not_applicable`",
            "`severity: warning`",
        ),
    ] {
        refused(&[("policy.rego", &rule(text))], &format!("bad-line/policy.rego:{place}"), title, help);
    }
}
