//! The Rego language under `polity conftest`, where the engine alone would read a policy otherwise than OPA does.

use crate::support::{Run, repo};

/// The messages of `deny` for an input, or what ended the run.
fn messages(policy: &str, input: &str) -> Vec<String> {
    let run = run(policy, input, &[]);
    if run.stdout.is_empty() {
        return vec![run.stderr];
    }
    let results: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let failures = results[0]["failures"].as_array().cloned().unwrap_or_default();
    failures.iter().map(|failure| failure["msg"].as_str().unwrap_or_default().to_owned()).collect()
}

fn run(policy: &str, input: &str, more: &[&str]) -> Run {
    let folder = repo().file("policy/p.rego", format!("package main\n\n{policy}\n")).file("a.json", input);
    folder.run(&[&["conftest", "test", "a.json", "-o", "json"], more].concat())
}

#[track_caller]
fn check(policy: &str, input: &str, expected: &[&str]) {
    assert_eq!(messages(policy, input), expected, "{policy}");
}

#[track_caller]
fn refused(policy: &str, part: &str) {
    let said = messages(policy, "{}").concat();
    assert!(said.contains(part), "{policy}: {said}");
}

#[test]
fn statements_may_stand_before_those_that_bind_their_variables() {
    check("deny contains x if {\n\tstartswith(x, \"b\")\n\tx = lower(y)\n\ty = input.names[_]\n}", r#"{"names": ["A", "B"]}"#, &["b"]);
    check("deny contains x if {\n\t\"B\" == y\n\tx = sprintf(\"%s\", [y])\n\t[y, _] = split(input.n, \":\")\n}", r#"{"n": "B:1"}"#, &["B"]);
    check(
        "f(x, y) := z if z := concat(x, y)\ndeny contains out if {\n\tcount(out) == 3\n\tf(\"-\", list, out)\n\tlist = input.l\n}",
        r#"{"l": ["a", "b"]}"#,
        &["a-b"],
    );
}

#[test]
fn what_only_inner_bodies_mention_is_theirs() {
    let policy = "deny contains sprintf(\"%v %v\", [a, b]) if {\n\tsome i\n\ta := [x | x := input.a[i]]\n\tb := {i | input.b[i]}\n}";
    check(policy, r#"{"a": [1, 2], "b": {"k": true}}"#, &[r#"[1, 2] {"k"}"#]);
    let shared = "deny contains sprintf(\"%v %v\", [i, a]) if {\n\tinput.b[i]\n\ta := [x | x := input.a[i]]\n}";
    check(shared, r#"{"a": [1, 2], "b": [true]}"#, &["0 [1]"]);
}

#[test]
fn variables_may_be_called_like_rules_and_versions() {
    let policy =
        "import rego.v1\nname := \"rule\"\ndeny contains sprintf(\"%v %v\", [name, v1]) if {\n\tsome name\n\tv1 := input.list[name]\n}";
    check(policy, r#"{"list": ["a"]}"#, &["0 a"]);
}

#[test]
fn operands_of_not_are_looked_up_before_it() {
    let policy = "deny contains \"few\" if not count(input.tags) > 1\ndeny contains \"unlabelled\" if { not input.labels.app }\ndeny contains \"other\" if not input.name == \"web\"\ndeny contains \"unknown\" if { not input.name in {\"web\"} }";
    check(policy, "{}", &["other", "unlabelled"]);
    check(policy, r#"{"tags": [1], "name": "x"}"#, &["few", "other", "unknown", "unlabelled"]);
    check(&format!("import future.keywords.not\n{policy}"), "{}", &["few", "other", "unknown", "unlabelled"]);
}

#[test]
fn operators_on_the_wrong_kind_are_undefined() {
    for expression in ["input.s + 1", "1 / input.zero", "input.s % 2", "{1} | input.s", "{1} & [1]", "{1} - input.s", "input.half % 2"] {
        let policy = format!("deny contains \"a\" if {{\n\tx := {expression}\n\tx != null\n}}\ndeny contains \"b\"");
        check(&policy, r#"{"s": "text", "zero": 0, "half": 0.5}"#, &["b"]);
    }
    let sums = "deny contains sprintf(\"%v %v %v %v\", [(input.a + 1) * 2, 7 - input.a, 7 % (input.a - 1), {1, 2} - {2}])";
    check(sums, r#"{"a": 4}"#, &["10 3 1 {1}"]);
}

#[test]
fn what_has_no_elements_gives_none() {
    check("deny contains \"a\" if { some x in input.s; x }\ndeny contains \"b\" if { every x in input.s { x } }", r#"{"s": "text"}"#, &[]);
    check("deny contains sprintf(\"%v\", [{x | some x in input.s}])", r#"{"s": 5}"#, &["set()"]);
}

#[test]
fn an_object_is_taken_apart_by_all_of_its_keys() {
    let policy = "deny contains x if { {\"a\": x} = input.o }";
    check(policy, r#"{"o": {"a": "one"}}"#, &["one"]);
    check(policy, r#"{"o": {"a": "one", "b": "two"}}"#, &[]);
    check("deny contains x if {\n\to := {\"a\": input.o.a}\n\tp = {\"b\": o.a}\n\tx := p.b\n}", r#"{"o": {"a": "one"}}"#, &["one"]);
}

#[test]
fn metadata_says_what_is_understood() {
    let policy = "# METADATA\n# title: T\n# authors:\n# - Jo <j@o>\n# related_resources:\n# - https://x\ndeny contains json.marshal(rego.metadata.rule())\n";
    let expected = r#"{"authors":[{"email":"j@o","name":"Jo"}],"related_resources":[{"ref":"https://x"}],"scope":"rule","title":"T"}"#;
    check(policy, "{}", &[expected]);
    check("deny contains concat(\".\", rego.metadata.chain()[0].path)", "{}", &["main.deny"]);
}

#[test]
fn json_is_written_as_go_writes_it() {
    check(
        "deny contains json.marshal({\"b\": [1, {2}], \"a\": input.x})",
        r#"{"x": "a && <b>"}"#,
        &[r#"{"a":"a \u0026\u0026 \u003cb\u003e","b":[1,[2]]}"#],
    );
}

#[test]
fn unsafe_and_unused_variables_are_errors_when_policies_are_loaded() {
    refused("deny contains x if input.a > 1", "p.rego:3: rego_unsafe_var_error: var x is unsafe");
    refused("deny contains \"a\" if {\n\tfalse\n\tinput.a > y\n}", "p.rego:5: rego_unsafe_var_error: var y is unsafe");
    refused("deny contains \"a\" if not input.a[_] == 1", "var _ is unsafe");
    refused("deny contains \"a\" if {\n\tz == 1\n\tz := input.a\n}", "p.rego:5: rego_compile_error: var z referenced above");
    refused("deny contains \"a\" if { some x; input.a }", "declared var x unused");
    refused("deny contains \"a\" if { every k, v in input { v } }", "declared var k unused");
    refused("deny contains \"a\" if { every v in input { v == q }; q := 1 }", "var q is unsafe");
}

#[test]
fn version_zero_is_read_with_its_keywords() {
    let policy = "import future.keywords.in\n\ndeny[msg] {\n\tsome x in input.l\n\tnot count(input.none) > 1\n\tmsg := x\n}\n\ndeny[msg] {\n\tmsg := input.l[_]\n\tmsg == \"b\"\n}";
    let said = run(policy, r#"{"l": ["a", "b"]}"#, &["--rego-version", "v0"]).stdout;
    assert!(said.contains("\"b\"") && !said.contains("\"a\""), "{said}");
}
