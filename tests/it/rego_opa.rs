//! Where the engine would end the process, lose a rule or compute otherwise than OPA.

use crate::rego::{check, messages_of, refused};
use crate::support::repo;

#[track_caller]
fn old(policy: &str, input: &str, expected: &[&str]) {
    assert_eq!(messages_of(policy, input, &["--rego-version", "v0"]), expected, "{policy}");
}

#[test]
fn rules_that_lead_back_to_themselves_are_errors_when_policies_are_loaded() {
    for (rules, part) in [
        ("f(x) := f(x)", "p.rego:3: rego_recursion_error: rule data.main.f is recursive: data.main.f -> data.main.f"),
        ("f(x) := g(x)\ng(x) := f(x)", "p.rego:4: rego_recursion_error: rule data.main.g is recursive: data.main.g -> data.main.f"),
        ("f(x) := 1 if x > 1 else := f(x - 1)", "data.main.f is recursive"),
        ("f(x) := [y | y := f(x - 1)]", "data.main.f is recursive"),
        ("f(x) if every y in x { f(y) }", "data.main.f is recursive"),
        ("f(x) if not f(x)", "data.main.f is recursive"),
        ("f(x) := y if y := g(x) with g as f\ng(x) := x", "data.main.f is recursive"),
        ("a := f(1)\nf(_) := a", "rule data.main.a is recursive: data.main.a -> data.main.f -> data.main.a"),
        ("p[q] := 1\nq := \"x\" if p.x", "data.main.q is recursive"),
        ("a.b := count(a)", "data.main.a.b is recursive"),
        ("a := x if { some k; x := data.main[k] }", "data.main.a is recursive"),
        ("import data.main as m\na(x) := m.a(x)", "data.main.a is recursive"),
    ] {
        refused(&format!("{rules}\ndeny contains \"x\" if input.x"), part);
    }
    let shadowed =
        "f(g) := g\ng := f(1)\na := 1\nb if { a := 2; a == 2 }\nc.d := 1\nc.e := c.d\ndeny contains sprintf(\"%v %v\", [g, c.e]) if b";
    check(shadowed, "{}", &["1 1"]);
    let chain = |length: usize| {
        let links: String = (1..length).map(|number| format!("f{number}(x) := f{}(x)\n", number - 1)).collect();
        format!("f0(x) := x\n{links}deny contains f{}(\"end\")", length - 1)
    };
    check(&chain(150), "{}", &["end"]);
    refused(&chain(5000), "rule data.main.deny leads through 5001 rules");
}

#[test]
fn a_recursive_policy_of_polity_does_not_compile() {
    let folder = repo()
        .file("rules/probe/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
        .file("rules/probe/policy.rego", "package polity\n\nf(x) := g(x)\n\ng(x) := f(x)\n\ndeny contains {\"message\": \"x\"} if f(1)\n");
    let run = folder.polity(["check", "--policies", "rules", "--policy", "probe"]).exits(3);
    assert!(run.stderr.contains("rule data.polity.f is recursive"), "{run}");
    let folder = repo().file("registry.yaml", "namespace: team\n");
    folder.polity(["policy", "new", "policies/service-without-notes"]).exits(0);
    let tests = "package polity_test\n\nf(x) := g(x)\n\ng(x) := f(x)\n\ntest_f if f(1)\n";
    let run = folder.file("policies/service-without-notes/policy_test.rego", tests).polity(["policy", "test"]).exits(3);
    assert!(run.stderr.contains("rule data.polity_test.f is recursive"), "{run}");
}

#[test]
fn a_second_body_shares_the_head_in_both_versions() {
    check("deny contains m if { m := \"a\" } { m := \"b\" }\n{\n\tm := \"c\"\n}", "{}", &["a", "b", "c"]);
    check("f(x) := \"big\" if { x > 1 } { x < -1 }\ndeny contains f(-2)", "{}", &["big"]);
    old("deny[m] { m := \"a\" } # and\n{ m := \"b{\" } { m := `}` }", "{}", &["a", "b{", "}"]);
    let wrong = "f(x) = 1 { x > 5 } else = 2 { x > 3 } { x == 9 }\ndeny[m] { m := f(9) }";
    assert!(messages_of(wrong, "{}", &["--rego-version", "v0"]).concat().contains("rego_parse_error"));
}

#[test]
fn a_mark_at_the_start_is_no_part_of_a_policy() {
    let run = |policy: &str| repo().file("policy/p.rego", policy).file("a.json", "{}").run(&["conftest", "test", "a.json"]);
    assert!(run("\u{feff}package main\n\ndeny contains \"found\"\n").stdout.contains("found"));
    for (policy, part) in [
        ("package main\n\0\ndeny contains \"lost\"\n", "p.rego:2: rego_parse_error: illegal null character"),
        ("package main\n\n# \u{feff}\ndeny contains \"x\"\n", "p.rego:3: rego_parse_error: illegal byte-order mark"),
    ] {
        let run = run(policy).exits(1);
        assert!(run.stderr.contains(part), "{run}");
    }
}
