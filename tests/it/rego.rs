//! The Rego language under `polity conftest`, where the engine alone would read a policy otherwise than OPA does.

use crate::support::{Run, repo};

/// The messages of `deny` for an input, or what ended the run.
fn messages(policy: &str, input: &str) -> Vec<String> {
    messages_of(policy, input, &[])
}

/// The same with more arguments.
pub fn messages_of(policy: &str, input: &str, more: &[&str]) -> Vec<String> {
    let run = run(policy, input, more);
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

/// What conftest's own functions make of a policy.
#[track_caller]
pub fn check_alone(policy: &str, input: &str, expected: &[&str]) {
    assert_eq!(messages(policy, input), expected, "{policy}");
}

/// A policy means the same under `polity conftest` and, where it can be one, as a policy of polity.
#[track_caller]
pub fn check(policy: &str, input: &str, expected: &[&str]) {
    check_alone(policy, input, expected);
    if !ELSEWHERE.iter().any(|word| policy.contains(word)) {
        assert_eq!(natively(policy, input), expected, "as a policy of polity: {policy}");
    }
}

/// What policies of polity do not have, or have otherwise.
const ELSEWHERE: [&str; 9] = ["import ", "rego.", "time.", "data.main", "crypto.", "with ", "json.marshal", "deny[", "deny_"];

/// The messages of the same rules as a policy of polity, whose `input` is a file of the repository.
fn natively(policy: &str, input: &str) -> Vec<String> {
    let rules = policy.replace("input", "given").replace("deny contains", "said contains");
    let entry = "deny contains {\"message\": message} if some message in said\n\ngiven := repo.json(\"a.json\")";
    let folder = repo()
        .file("rules/probe/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
        .file("rules/probe/policy.rego", format!("package polity\n\n{entry}\n\n{rules}\n"))
        .file("a.json", input);
    let run = folder.polity(["check", "--policies", "rules", "--policy", "probe", "--format", "json"]);
    let Ok(report) = serde_json::from_str::<serde_json::Value>(&run.stdout) else { return vec![run.stderr] };
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().map(|finding| finding["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
pub fn refused(policy: &str, part: &str) {
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
    for expression in
        ["input.s + 1", "1 / input.zero", "input.s % 2", "{1} | input.s", "{1} & input.list", "{1} - input.s", "input.half % 2"]
    {
        let policy = format!("deny contains \"a\" if {{\n\tx := {expression}\n\tx != null\n}}\ndeny contains \"b\"");
        let input = r#"{"s": "text", "zero": 0, "half": 0.5, "list": [1]}"#;
        check_alone(&policy, input, &["b"]);
        // To a policy of polity a mistake is never a pass.
        let said = natively(&policy, input).concat();
        assert!(said.contains("rule cannot be evaluated") && said.contains("policy.rego:8:"), "{said}");
    }
    let sums = "deny contains sprintf(\"%v %v %v %v\", [(input.a + 1) * 2, 7 - input.a, 7 % (input.a - 1), {1, 2} - {2}])";
    check(sums, r#"{"a": 4}"#, &["10 3 1 {1}"]);
}

#[test]
fn what_has_no_elements_gives_none() {
    check("deny contains \"a\" if { some x in input.s; x }\ndeny contains \"b\" if { every x in input.s { x } }", r#"{"s": "text"}"#, &[]);
    check_alone("deny contains sprintf(\"%v\", [{x | some x in input.s}])", r#"{"s": 5}"#, &["set()"]);
}

/// Containers of which one lacks each key, in every order.
const CONTAINERS: [&str; 3] = [
    r#"{"c": [{"name": "a"}, {"image": "y"}, {"name": "b", "image": "x"}]}"#,
    r#"{"c": [{"image": "y"}, {"name": "a"}, {"name": "b", "image": "x"}]}"#,
    r#"{"c": [{"name": "a"}, {"name": "b", "image": "x"}, {"image": "y"}]}"#,
];

#[test]
fn a_head_without_a_value_is_one_finding_less() {
    for input in CONTAINERS {
        let found = |policy: &str, expected: &[&str]| check(policy, input, expected);
        found("deny contains sprintf(\"%s bad\", [c.name]) if some c in input.c", &["a bad", "b bad"]);
        found("deny contains c.name if some c in input.c", &["a", "b"]);
        found("deny contains c[\"name\"] if { some c in input.c }", &["a", "b"]);
        found("names contains c.name if some c in input.c\ndeny contains m if some m in names", &["a", "b"]);
        found("by[c.name] contains c.image if some c in input.c\ndeny contains m if { some m, _ in by }", &["b"]);
        found("by[c.name] := c.image if some c in input.c\ndeny contains m if { some m, _ in by }", &["b"]);
        found("f(c) := c.name\ndeny contains f(c) if some c in input.c", &["a", "b"]);
        found("f(c) := c.name if c.image else := \"e\"\ndeny contains f(c) if some c in input.c", &["b", "e"]);
        found(
            "f(c) := c.name if { c.image } else := c.image if { c.x } else := \"e\"\ndeny contains f(c) if some c in input.c",
            &["b", "e"],
        );
        found("other := input.nothing\ndeny contains other if input.c\ndeny contains \"x\" if input.c", &["x"]);
        found("deny contains upper(c.name) if {\n  some c in input.c # all\n  c\n}", &["A", "B"]);
    }
}

#[test]
fn a_head_of_several_lines_is_read_as_one() {
    let policy = "deny contains sprintf( # why\n  \"%s # %v\",\n  [c.name, [x |\n    some x in [1, 2]\n    x > 1 # one\n  ]],\n) if {\n  some c in input.c\n}";
    check(policy, CONTAINERS[0], &["a # [2]", "b # [2]"]);
    check_alone("deny contains {\n  \"msg\": c.name, # its name\n  \"image\": c.image,\n} if some c in input.c", CONTAINERS[0], &["b"]);
    let said =
        messages("deny contains {\n  \"msg\":\n    input.c[0].name,\n} if true\n\ndeny contains x if { x := nothing(1) }", CONTAINERS[0]);
    assert!(said.concat().contains(":8"), "{said:?}");
}

#[test]
fn heads_of_version_zero_are_read_so_too() {
    let old = |policy: &str| messages_of(policy, CONTAINERS[0], &["--rego-version", "v0"]);
    assert_eq!(old("deny[sprintf(\"%s bad\", [c.name])] { c := input.c[_] }"), ["a bad", "b bad"]);
    assert_eq!(old("deny[{\"msg\": c.name, \"details\": {\"i\": c.image}}] { c := input.c[_] }"), ["b"]);
    assert_eq!(old("by[c.name] = c.image { c := input.c[_] }\ndeny[m] { by[m] }"), ["b"]);
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

#[test]
fn what_can_never_have_the_right_type_is_an_error_when_policies_are_loaded() {
    for (body, part) in [
        ("startswith(5, \"a\")", "p.rego:4: rego_type_error: startswith: invalid argument: operand 1 is number, want string"),
        ("count(count(input.a)) > 1", "count: invalid argument: operand 1 is number, want string or array or object or set"),
        ("x := count(input.a)\n\tendswith(x, \"a\")", "p.rego:5: rego_type_error: endswith: invalid argument: operand 1 is number"),
        ("x = split(input.a, \",\")\n\tlower(x) == \"a\"", "lower: invalid argument: operand 1 is array, want string"),
        ("count(input.a) == \"1\"", "match error: left is number, right is string"),
        ("not lower(input.a) == 1", "match error: left is string, right is number"),
        ("x := {1, 2}\n\tx = [1, 2]", "match error: left is set, right is array"),
        ("[a, b] := concat(\"\", input.a)\n\ta == b", "match error: left is array, right is string"),
        ("\"a\" + 1 == 2", "plus: invalid argument: operand 1 is string, want number"),
        ("{1} | [2] == {1, 2}", "operator on sets: invalid argument: operand 2 is array, want set"),
        ("x := lower(input.a)\n\tx.b == 1", "undefined ref: string has no such member"),
        ("x := count(input.a)\n\tx in [\"a\", \"b\"]", "match error: left is number, which is no element of the collection"),
        ("not [1] in {\"a\", 1}", "match error: left is array, which is no element of the collection"),
        ("limit.max > input.a", "undefined ref: number has no such member"),
        ("startswith(limit, \"a\")", "startswith: invalid argument: operand 1 is number"),
        ("some x in input.a\n\ty := [z | z := sprintf(\"%v\", x)]\n\ty == {x}", "match error: left is array, right is set"),
        ("split(input.a, \",\").first == 1", "undefined ref: array has no such member"),
        ("twice(input.a) == \"4\"", "match error: left is number, right is string"),
        ("count(input.a, 1, 2)", "count: arity mismatch: have 3, want 1"),
        ("startswith(input.a)", "startswith: arity mismatch: have 1, want 2"),
        ("twice(input.a, 1, 2)", "twice: arity mismatch: have 3, want 1"),
        ("count(input.a, \"x\")", "count: invalid argument: operand 2 is string, want number"),
    ] {
        refused(&format!("deny contains \"a\" if {{\n\t{body}\n}}\n\nlimit := 5\n\ntwice(x) := x * 2"), part);
    }
    refused("deny contains msg if msg := sprintf(\"%v\", 5)", "sprintf: invalid argument: operand 2 is number, want array");
    refused(
        "deny contains m if {\n\tm := {\"msg\": \"a\"}\n}\n\ntest_a if not deny.a with input as {}",
        "p.rego:7: rego_type_error: undefined ref: set has no such member",
    );
    refused("deny contains lower(5)", "lower: invalid argument: operand 1 is number");
    refused("deny contains \"a\" if f(1) == 2\n\nf(x) := upper(y) if { y := x + 1 }", "upper: invalid argument: operand 1 is number");
}

#[test]
fn what_may_have_the_right_type_is_no_error() {
    let body = |body: &str| {
        let policy = format!(
            "deny contains \"a\" if {{\n\t{body}\n}}\n\nlimit := 5 if input.a\n\ndefault limit := \"none\"\n\nset contains 1\n\nset contains x if x := input.s\n\ntexts contains \"a\"\n\ny := 5"
        );
        check(&policy, r#"{"a": ["x"], "s": "s"}"#, &["a"]);
    };
    // A variable of an inner body, two bindings, a rule of two kinds, another module's name, comparisons of any two kinds.
    body("x := count(input.a)\n\ty := [x | some x in input.a]\n\tstartswith(y[0], \"x\")\n\tx == 1");
    body("x := input.s\n\tstartswith(x, \"s\")\n\tx != 5\n\tx > 5");
    body("startswith(sprintf(\"%v\", [limit]), \"5\")\n\tlimit == 5");
    body("not limit == \"five\"");
    body("not set.a\n\tnot texts.b\n\ttexts.a");
    body("y == \"s\" with data.main.y as \"s\"");
    body("regex := input.s\n\tregex.match(\"s\", regex)");
    body("count(input.a, n)\n\tn == 1\n\twalk(input, [path, value])\n\tpath == []\n\tvalue.s == \"s\"");
    body("x := {1, 2} - set\n\tx == {2}\n\tz := 3 - 1\n\tz == 2");
    body("x := count(input.a)\n\tx in [\"a\", 1]\n\tinput.s in [\"s\"]\n\tnot 5 in [input.s]");
    body("_ = count(input.a)\n\t_ = lower(input.s)");
    body("count := 1\n\tcount == 1");
    check(
        "deny contains x if x := f(input.s)\n\nf(x) := upper(x)\n\nf(x) := y if {\n\tis_number(x)\n\ty := x + 1\n}",
        r#"{"s": "s"}"#,
        &["S"],
    );
}

#[test]
fn rules_that_cannot_stand_beside_each_other_are_errors_when_policies_are_loaded() {
    refused(
        "deny contains \"a\" if input.a\n\ndeny := true if input.b",
        "p.rego:5: rego_type_error: conflicting rules data.main.deny found",
    );
    refused("deny contains \"a\"\n\ndefault deny := false", "conflicting rules data.main.deny found");
    refused("deny contains \"a\" if f(1)\n\nf(x) if x\n\nf(x, y) if x == y", "conflicting rules data.main.f found");
    refused(
        "deny contains \"a\" if a\n\ndefault a := true\n\ndefault a := false",
        "p.rego:7: rego_type_error: multiple default rules data.main.a found",
    );
}
