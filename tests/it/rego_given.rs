//! What `with` puts in the place of something, and tests with cases in their heads: both as OPA has them.

use crate::rego::{check_alone, messages_of};
use crate::support::{Repo, repo};

const RULES: &str = r#"limit := 7
p := input.x
two := [limit, p]
s contains x if some x in input.xs
f(x) := [x, input.x]
g(x) := sprintf("%v-%v", [x, limit])
default d := "none"
d := input.x
"#;

#[track_caller]
fn bodies(cases: &[(&str, &[&str])]) {
    for (body, expected) in cases {
        check_alone(&format!("{RULES}deny contains sprintf(\"%v\", [r]) if {{ {body} }}"), r#"{"xs": [1, 2], "n": "web"}"#, expected);
    }
}

#[test]
fn what_is_put_in_a_place_may_ask_rules() {
    bodies(&[
        ("r := p with input as {\"x\": limit}", &["7"]),
        ("r := two with input as {\"x\": limit}", &["[7, 7]"]),
        ("r := two with data.main.limit as count(s) with input as {\"x\": limit}", &["[2, 7]"]),
        ("r := two with data.main.limit as p with input as {\"x\": limit}", &[]),
        ("r := f(limit) with input as {\"x\": {y | some y in s}}", &["[7, {1, 2}]"]),
        ("r := g(limit) with data.main.limit as data.main.s", &["{1, 2}-{1, 2}"]),
        ("r := f(2) with f as limit", &["7"]),
        ("r := f(2) with f as g", &["2-7"]),
        ("r := p with input as object.union(input, {\"x\": limit})", &["7"]),
        ("r := data.main.two with input.x as $\"{limit}!\"", &["[7, \"7!\"]"]),
    ]);
}

#[test]
fn what_is_put_in_a_place_is_looked_up_before_it_is() {
    bodies(&[
        ("r := d with input as {\"x\": input.none}", &[]),
        ("r := d with input as {\"x\": input.none} with data.z as 1", &[]),
        ("not p with input as {\"x\": input.none}; r := 1", &[]),
        ("not p with input as {\"y\": limit}; r := 1", &["1"]),
        ("not p == limit with input as {\"x\": limit}; r := 1", &[]),
        ("not count(s) > limit with input as {\"xs\": s}; r := 1", &["1"]),
        ("r := two with input as {\"x\": input.xs[_]}", &["[7, 1]", "[7, 2]"]),
        ("x := two with input as {\"x\": s[y]}; r := [x, y]", &["[[7, 1], 1]", "[[7, 2], 2]"]),
        ("not p == 2 with input as {\"x\": s[y]}; r := y", &["1"]),
        ("x == [7, 8]; x = two with input as {\"x\": y}; y = limit + 1; r := x", &["[7, 8]"]),
        ("not two == [7, 9] with input as {\"x\": y + 0}; y = limit + 1; r := y", &["8"]),
    ]);
}

#[test]
fn what_is_put_in_a_place_may_stand_in_any_body() {
    bodies(&[
        ("some r in s with input as {\"xs\": [limit, limit + 1]}", &["7", "8"]),
        ("some r in s with input as {\"xs\": [3]}; input.n == \"web\"", &["3"]),
        ("some 0, x in [input.n] with input.n as limit; r := [x, input.n]", &["[7, \"web\"]"]),
        ("some {\"n\": x} in input.o with input.o as [{\"n\": limit}]; not input.o; r := x", &["7"]),
        ("every y in s { y > limit } with input as {\"xs\": [limit + 1]}; r := 1", &["1"]),
        ("every y in [1, 2] { p > limit with input as {\"x\": limit + y} }; r := 1", &["1"]),
        ("r := [x | some y in [1, 2]; x := p with input as {\"x\": limit + y}]", &["[8, 9]"]),
        ("r := concat(\",\", [x | x := g(2) with limit as p with input as {\"x\": \"w\"}])", &[]),
        ("two == [7, 8] with input as {\"x\": limit + 1}; r := 1", &["1"]),
    ]);
    for (rule, expected) in [
        ("deny contains \"a\" if p with input as {\"x\": limit}", "a"),
        ("deny contains \"a\" if some x in s with input as {\"xs\": [limit]}", "a"),
        ("deny contains \"a\" if not p == 9 with input as {\"x\": limit}", "a"),
        ("q := 1 if limit == 8\nelse := 2 if p == 7 with input as {\"x\": limit}\ndeny contains sprintf(\"%v\", [q])", "2"),
        ("h(x) := y if y := two with input as {\"x\": g(x)}\ndeny contains sprintf(\"%v\", [h(limit)])", "[7, \"7-7\"]"),
        ("deny contains sprintf(\"%v\", [y]) if y := [z | some x in [1, 2]; z := p with input as {\"x\": x + limit}]", "[8, 9]"),
        (
            "inner := x if x := p with input as {\"x\": limit}\nouter := x if x := inner with data.main.limit as limit + 1\ndeny contains sprintf(\"%v\", [[inner, outer]])",
            "[7, 8]",
        ),
        (
            "import data.main as me\ndeny contains sprintf(\"%v\", [q]) if q := me.two with input as {\"x\": me.limit} with me.limit as 1",
            "[1, 7]",
        ),
    ] {
        check_alone(&imports_first(rule), r#"{"xs": [1, 2]}"#, &[expected]);
    }
    let old = "limit = 7\np = input.x\ndeny[m] { m := sprintf(\"%v\", [p]) with input as {\"x\": limit} }";
    assert_eq!(messages_of(old, "{}", &["--rego-version", "v0"]), ["7"]);
}

fn imports_first(rule: &str) -> String {
    let (imports, rest): (Vec<_>, Vec<_>) = rule.lines().partition(|line| line.starts_with("import "));
    format!("{}\n{RULES}{}", imports.join("\n"), rest.join("\n"))
}

/// What `conftest verify` says about tests in one file.
fn verified(tests: &str) -> String {
    let folder = repo().file("policy/p_test.rego", format!("package main\n\n{tests}\n"));
    ended(&folder)
}

/// The names of what did not pass, and how many there are.
fn ended(folder: &Repo) -> String {
    let run = folder.polity(["conftest", "verify", "-o", "json"]);
    let Ok(results) = serde_json::from_str::<serde_json::Value>(&run.stdout) else { return run.stderr };
    let results = results.as_array().cloned().unwrap_or_default();
    let failed = results.iter().flat_map(|one| one["failures"].as_array().cloned().unwrap_or_default());
    let failed: Vec<_> = failed.map(|one| one["msg"].as_str().unwrap_or_default().replace("data.main.", "")).collect();
    format!("{} of {}: {}", failed.len(), results.len(), failed.join(" "))
}

#[test]
fn a_test_with_cases_fails_when_one_of_them_does() {
    let table = r#"{"one": {"a": 1, "e": 1}, "two": {"a": 2, "e": 3}}"#;
    for (test, expected) in [
        (format!("test_all[name] if {{\n\tsome name, tc in {table}\n\ttc.a == tc.e\n}}"), "1 of 1: test_all"),
        (format!("test_all[name] if {{\n\tsome name, tc in {table}\n\ttc.a <= tc.e\n}}"), "0 of 1: "),
        (format!("test_all[name] := r if {{\n\tsome name, tc in {table}\n\tr := tc.a == tc.e\n}}"), "1 of 1: test_all"),
        (
            "test_note[tc.note] if {\n\tsome tc in [{\"note\": \"n\", \"a\": 1}, {\"note\": \"m\", \"a\": 2}]\n\ttc.a < 2\n}".to_owned(),
            "1 of 1: test_note",
        ),
        ("test_note[tc.note] if {\n\tsome tc in [{\"note\": \"n\", \"a\": 1}, {\"a\": 1}]\n\ttc.a < 2\n}".to_owned(), "0 of 1: "),
        ("test_x[i] if { i < 2; i = input.i }\ntest_x[i] if i = input.j".to_owned(), "0 of 2: "),
        ("test_x[a][b] if { some a in [1, 2]; some b in [3]; a == 1 }".to_owned(), "1 of 1: test_x"),
        ("test_x.a := true\ntest_x.b := false".to_owned(), "1 of 2: test_x#01"),
        ("test_x[n] if { some n, x in {\"p\": 2, \"q\": 1}; not x < lim } \nlim := 2".to_owned(), "1 of 1: test_x"),
        (
            "test_x[n] if data.main.cases[n] with data.main.cases as given\ngiven := {\"a\": true, \"b\": false}\ncases := {}".to_owned(),
            "0 of 1: ",
        ),
        ("x.test_in if false\nx.test_too if true".to_owned(), "1 of 2: x.test_in"),
        ("test_x[n] := 5 if n := \"a\"".to_owned(), "1 of 1: test_x"),
        ("test_s contains x if x := 1".to_owned(), "1 of 1: test_s"),
        ("todo_test_x[n] if { n := \"a\"; false }".to_owned(), "0 of 1: "),
    ] {
        assert_eq!(verified(&test), expected, "{test}");
    }
    assert!(
        verified("test_f(x) if x == 1")
            .contains("run test: 1 error occurred: rego_type_error: function data.main.test_f used as reference")
    );
}

#[test]
fn tests_of_one_name_in_two_files_are_two_tests() {
    let folder =
        repo().file("policy/a_test.rego", "package main\ntest_x if true\n").file("policy/b_test.rego", "package main\ntest_x if false\n");
    assert_eq!(ended(&folder), "1 of 2: test_x#01");
}

#[test]
fn reports_name_the_cases_that_fail() {
    let test = "package main\n\ntest_x[a][b] if {\n\tsome a in [\"p\", \"q\"]\n\tsome b in [\"r\", \"s\"]\n\tprint(a)\n\ta != \"q\"\n}\n";
    let run = repo().file("policy/p_test.rego", test).polity(["conftest", "verify", "--report", "fails"]).exits(1);
    assert!(run.stdout.contains("  q: FAIL\n    r: FAIL\n    s: FAIL\n"), "{run}");
    assert!(run.stdout.contains("PASS: 2/4\nFAIL: 2/4\n"), "{run}");
    assert_eq!(run.stdout.matches("  p\n").count(), 2, "{run}");
}
