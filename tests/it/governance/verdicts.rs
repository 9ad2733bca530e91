//! Four verdicts: pass, fail, not applicable with a reason, unknown. Unknown is never a pass.

use super::{check, json, world};

#[track_caller]
fn verdict(folder: &crate::support::Repo, expected: &str, reasons: &[&str]) {
    let report = json(folder, &[]);
    let one = &report["evaluations"][0];
    assert_eq!(one["verdict"], expected, "{report:#}");
    assert_eq!(one["reasons"], serde_json::json!(reasons), "{report:#}");
    assert_eq!(report["verdicts"][expected], 1, "{report:#}");
}

#[test]
fn every_verdict_is_told_apart() {
    verdict(&world().file("a.txt", "good\n"), "pass", &[]);
    verdict(&world().file("a.txt", "bad\n"), "fail", &[]);
    verdict(&world(), "not-applicable", &["there is no text"]);
}

#[test]
#[cfg(unix)]
fn what_cannot_be_read_is_unknown_and_fails_like_the_policy() {
    let folder = world();
    std::os::unix::fs::symlink("nowhere", folder.path("a.txt")).unwrap();
    let folder = folder.file(
        "rules/policies/bad-line/policy.rego",
        "package polity\ndeny contains {\"message\": \"m\"} if repo.text(\"a.txt\") == \"bad\"\n",
    );
    verdict(&folder, "unknown", &["`a.txt`: file was not looked at"]);
    insta::assert_snapshot!(check(&folder, &[]).exits(1), @r"
    exit: 1
    ----- stdout
    error[unreadable-evidence]: file was not looked at
    --> a.txt
     = note: the link leads nowhere
     = note: `bad-line` asked for this file

    1 finding (1 error) in 1 service, 1 policy
    verdicts: 1 unknown
    1 entry was not looked at; `--format json` says which and why
    ");
}

#[test]
#[cfg(unix)]
fn what_the_walk_left_out_may_be_there() {
    let folder = world();
    std::os::unix::fs::symlink("nowhere", folder.path("RUNBOOK.md")).unwrap();
    let rule = "package polity\ndeny contains {\"message\": \"m\"} if { repo.exists(\"RUNBOOK.md\"); repo.exists(\"x\") }\n";
    verdict(&folder.file("rules/policies/bad-line/policy.rego", rule), "unknown", &["`RUNBOOK.md`: file was not looked at"]);
}

#[test]
fn an_unreadable_description_makes_every_service_policy_unknown() {
    let folder = world().file("polity.yaml", "service: [\n").file("a.txt", "good\n");
    verdict(&folder, "unknown", &["`polity.yaml` does not load"]);
    check(&folder, &[]).exits(1);
}

#[test]
fn a_policy_that_matched_nothing_is_listed() {
    let said = check(&world(), &["--vacuity"]).exits(0).stdout;
    assert!(said.ends_with("1 policy matched no subject:\n  bad-line\n"), "{said}");
    let said = check(&world().file("a.txt", "good\n"), &["--vacuity"]).exits(0).stdout;
    assert!(said.ends_with("every policy matched a subject\n"), "{said}");
    assert_eq!(json(&world(), &[])["vacuous"], serde_json::json!(["bad-line"]));
}

#[test]
fn a_reason_is_a_text_and_a_broken_rule_is_no_pass() {
    let rule = |body: &str| {
        world().file("rules/policies/bad-line/policy.rego", format!("package polity\ndeny contains x if {{ x := {{}}; false }}\n{body}\n"))
    };
    let said = check(&rule("not_applicable contains 1"), &[]).exits(3).stderr;
    assert!(said.contains("a reason of `not_applicable` is not a text"), "{said}");
    let said = check(&rule("not_applicable := true"), &[]).exits(3).stderr;
    assert!(said.contains("`not_applicable` is not a set"), "{said}");
    check(&rule("not_applicable contains x if x := 1 / 0"), &[]).exits(3);
    check(&rule("not_applicable contains x if x := startswith(1, 2)"), &[]).exits(3);
}
