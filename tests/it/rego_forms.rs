//! Forms of Rego that public policies use and that the engine alone refuses or, worse, takes for a pass.

use crate::rego::{check, messages_of, refused};
use crate::support::repo;

#[track_caller]
fn old(policy: &str, input: &str, expected: &[&str]) {
    assert_eq!(messages_of(policy, input, &["--rego-version", "v0"]), expected, "{policy}");
}

const TAGS: &str = r#"{"tags": ["a", "b"], "n": 2, "none": null}"#;

#[test]
fn what_is_not_in_a_set_is_found_however_its_name_was_bound() {
    let known = "known := {\"a\"}\ndeny contains m if {";
    for body in [
        "t := input.tags[_]; m := t; not known[m]",
        "t = input.tags[_]; m = t; not known[m]",
        "some t in input.tags; m = t; not known[m]",
        "t = input.tags[_]; r = {\"t\": t, \"u\": 1}; not known[r.t]; m := r.t",
        "t := input.tags[_]; m := t; not known[m] with input.n as 3",
    ] {
        check(&format!("{known} {body} }}"), TAGS, &["b"]);
    }
    check(&format!("{known} t := input.tags[_]; m := t; known[m] }}"), TAGS, &["a"]);
    check("pairs := {[\"a\", 1], [\"b\", 2]}\ndeny contains sprintf(\"%v\", [y]) if { t := \"b\"; d := t; pairs[[d, y]] }", "{}", &["2"]);
}

#[test]
fn a_walk_goes_over_every_pair_wherever_it_stands() {
    let input = r#"{"a": [1, {"b": "x"}], "none": null}"#;
    let all = ["[\"a\", 0] 1", "[\"a\", 1, \"b\"] x", "[\"a\", 1] {\"b\": \"x\"}", "[\"a\"] [1, {\"b\": \"x\"}]"];
    for statement in [
        "[p, v] := walk(input)",
        "[p, v] = walk(input)",
        "walk(input, [p, v])",
        "x := walk(input); [p, v] = x",
        "p := walk(input)[0]; walk(input, [p, v])",
    ] {
        let policy = format!("deny contains sprintf(\"%v %v\", [p, v]) if {{ {statement}; p[0] == \"a\" }}");
        check(&policy, input, &all);
    }
    check("deny contains sprintf(\"%v\", [count([p | [p, _] := walk({\"a\": {1, 2}})])])", input, &["4"]);
    check(
        "f(x) := {k | [path, v] := walk(x); k := path[count(path) - 1]; is_string(v)}\ndeny contains k if some k in f(input)",
        input,
        &["b"],
    );
}

#[test]
fn a_function_may_be_spread_over_the_files_of_a_package() {
    let folder = repo()
        .file("policy/one.rego", "package one\na := \"first\"\n")
        .file("policy/two.rego", "package two\na := \"second\"\n")
        .file(
            "policy/a.rego",
            "package main\nimport data.one as source\nf(1) := source.a\ng([a]) := a\ndeny contains sprintf(\"%v %v %v %v\", [f(1), f(2), f(3), g([3, 4])])\n",
        )
        .file(
            "policy/b.rego",
            "package main\nimport data.two as source\ndefault f(_) := \"none\"\nf(2) := x if {\n\tx := source.a\n}\ng([a, b]) := y if {\n\ty := a + b\n\t[s, _] := [y, 2]\n\ts > 1\n}\n",
        )
        .file(
            "policy/b_test.rego",
            "package main\nh(x) := f(x)\ntest_both if h(1) == \"first\"\ntest_mocked if h(1) == 5 with f as 5\n",
        )
        .file("policy/c.rego", "package main\nh(\"x\") := \"y\"\n")
        .file("a.json", "{}");
    insta::assert_snapshot!(folder.run(&["conftest", "test", "a.json"]), @r"
    exit: 1
    ----- stdout
    FAIL - a.json - main - first second none 7

    1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions
    ");
    assert!(folder.polity(["conftest", "verify"]).exits(0).stdout.contains("2 tests, 2 passed"));
}

#[test]
fn elements_of_old_sets_need_no_body() {
    old(
        "known[{\"n\": \"a\"}]\nknown[{\"n\": \"b\"}]\ndeny[m] { m := input.tags[_]; known[{\"n\": m}] }\ndeny[\"x\"]",
        TAGS,
        &["a", "b", "x"],
    );
}

#[test]
fn an_empty_set_ends_at_its_bracket() {
    check(
        "deny contains \"a\" if { every x in {1} - set() { x == 1 } }\ndeny contains \"b\" if count({1} - set()) == 1",
        "{}",
        &["a", "b"],
    );
}

#[test]
fn a_denial_waits_for_what_others_bind() {
    let policy = "import future.keywords\nknown := {\"a\"}\ndeny contains m if {\n\tnot known[m]\n\tt = input.tags[_]\n\tm = t\n}";
    check(policy, TAGS, &["b"]);
    check("import input.n as several\ndeny contains \"x\" if { some y in several; y }\ndeny contains \"z\"", TAGS, &["z"]);
}

#[test]
fn a_body_may_wait_for_what_its_head_looks_up() {
    let all = r#"all := {"a": [1, 2], "b": [3], "c": []}
known := {"b"}
"#;
    for (rule, expected) in [
        ("deny contains sprintf(\"%v\", [[all[i] | not known[i]]])", "[[1, 2], []]"),
        ("deny contains sprintf(\"%v\", [{i: all[i] | not known[i]; key = i; key != \"c\"}])", r#"{"a": [1, 2]}"#),
        ("deny contains sprintf(\"%v\", [[all[i] | name = i; startswith(i, \"b\")]])", "[[3]]"),
        ("deny contains sprintf(\"%v\", [[x[i] | some x in all; not x[i] == 2]])", "[1, 3]"),
        ("deny contains sprintf(\"%v\", [[all[i][j] |\n\tnot known[i]\n\tnot j == 1\n]])", "[1]"),
        ("deny contains sprintf(\"%v\", [all[i]]) if not known[i]", "[1, 2]\n[]"),
        ("f(x) := all[i] if { i = x; not known[i] }\ndeny contains sprintf(\"%v\", [f(\"a\")])", "[1, 2]"),
    ] {
        check(&format!("{all}{rule}"), "{}", &expected.split('\n').collect::<Vec<_>>());
    }
    refused("deny contains \"x\" if count([[input.a[i] | true] | not input.b[i]]) > 0", "rego_unsafe_var_error: var i is unsafe");
}

#[test]
fn a_name_may_be_shared_by_rules_with_and_without_computed_keys() {
    let rules = r#"p[q].r contains s if { some q, s in {"a": "b", "b": "c"} }
p.b.r contains "own"
deny contains sprintf("%v", [x]) if { x := p.b.r }
deny contains sprintf("%v", [x]) if { p["b"].r[x]; x != "own" }
deny contains sprintf("%v", [x]) if { x := data.main.p.a.r }
"#;
    check(rules, "{}", &["c", "{\"b\"}", "{\"c\", \"own\"}"]);
}

#[test]
fn a_set_has_its_elements_under_themselves() {
    let rules = r#"deny contains "set" if "a", "a" in {"a", "b"}
deny contains "object" if { m := {"a": 1}; "a", 1 in m }
deny contains "array" if 1, "b" in input.l
deny contains "other" if not "a", "b" in {"a", "b"}
deny contains "none" if not 0, "b" in input.l
deny contains "never" if 0, 1 in "text"
"#;
    check(rules, r#"{"l": ["a", "b"]}"#, &["array", "none", "object", "other", "set"]);
}

#[test]
fn a_body_may_be_denied() {
    let rules = r#"import future.keywords.not
deny contains "one" if not { false }
deny contains "two" if {
	not { # { in a comment
		x := 1
		x == count("{")
		not { input.a == "}" }
	}
}
deny contains "never" if not { some x in input.l; x == "b" }
deny contains "member" if not input.none
"#;
    check(rules, r#"{"l": ["a", "b"], "a": "}"}"#, &["member", "one", "two"]);
}

#[test]
fn packages_may_import_themselves_and_each_other() {
    let own =
        "import data.main\nnames contains n if { n := input.tags[_] }\nlast := main.names\ndeny contains m if { main.names[m]; last[m] }";
    check(own, TAGS, &["a", "b"]);
    let folder = repo()
        .file(
            "policy/a.rego",
            "package main\nimport data.b as other\nown := 1\ndeny contains m if { other.found[m] }\ndeny contains other.say(\"x\")\n",
        )
        .file("policy/b.rego", "package b\nimport data.main\nfound contains \"f\" if main.own == 1\nsay(x) := sprintf(\"%s!\", [x])\n")
        .file("a.json", "{}");
    insta::assert_snapshot!(folder.run(&["conftest", "test", "a.json"]), @r"
    exit: 1
    ----- stdout
    FAIL - a.json - main - f
    FAIL - a.json - main - x!

    2 tests, 0 passed, 0 warnings, 2 failures, 0 exceptions
    ");
    check("import input.tags\ndeny contains tags[_]\ndeny contains m if { tags := \"hidden\"; m := tags }", TAGS, &["a", "b", "hidden"]);
}

#[test]
fn a_head_may_look_up_what_is_not_there() {
    check("deny contains input.nothing[_].name\ndeny contains input.none[_] if true\ndeny contains \"x\"", TAGS, &["x"]);
    check("deny contains sprintf(\"%s %d\", [input.tags[i], i]) if { i > 0 }", TAGS, &["b 1"]);
    check("deny contains input.tags[i] if not input.tags[i] == \"a\"\ni := 1", TAGS, &["b"]);
    check("f(x) := x.y[_]\ndeny contains \"none\" if not f({})", TAGS, &["none"]);
    check("f(x) := x.y[_] if x else := \"other\"\ndeny contains f({})", TAGS, &["other"]);
    old("deny[{\"msg\": m, \"tag\": input.tags[i]}] { m := \"x\"; i == 1 }\ndeny[input.nothing[_]]", TAGS, &["x"]);
}

#[test]
fn what_is_looked_up_may_be_what_finds_it() {
    check("s := {\"a\"}\ndeny contains x if { x = s[x] }\ndeny contains sprintf(\"%s!\", [y]) if { s[y] = y }", "{}", &["a", "a!"]);
}

#[test]
fn rules_and_functions_may_be_heads_only() {
    check("f(\"x\")\nf(-1) := 3\ndeny contains \"found\" if { f(\"x\"); not f(\"y\"); f(-1) == 3 }", "{}", &["found"]);
    check("deny[\"a\"] := 1\ndeny_other.name := 2\nwarn contains \"w\"", "{}", &[]);
    check("deny contains sprintf(\"%v %v\", [-input.n, -input.n + 3])", TAGS, &["-2 1"]);
    old("deny [m] { m := \"tab\there\" }", "{}", &["tab\there"]);
}

#[test]
fn imports_that_say_the_same_are_one() {
    check("import rego.v1\nimport future.keywords.in\ndeny contains \"x\" if \"a\" in input.tags", TAGS, &["x"]);
    old("import future.keywords\nimport future.keywords.in\nimport data.lib\nimport data.lib\ndeny[m] { m := \"x\" }", TAGS, &["x"]);
    refused("import rego.v1\nimport rego.v1", "this import is shadowed");
}

#[test]
fn functions_of_old_policies() {
    old(
        "deny[m] { re_match(\"^b$\", input.tags[i]); m := sprintf(\"%d\", [minus(i, 1)]) }\ndeny[m] { any([x | x := input.tags[_] == \"b\"]); m := \"any\" }\ndeny[m] { http.send({}, r); m := r }\ndeny[m] { plus(1, 2, x); eq(x, 3); m := \"three\" }",
        TAGS,
        &["0", "any", "three"],
    );
    refused("deny contains \"x\" if any([true])", "deprecated built-in function calls in expression: any");
    check("any(x) if x[_]\ndeny contains \"own\" if any([true])", "{}", &["own"]);
}

#[test]
fn networks_times_digests_and_patches() {
    let policy = r#"
deny contains "outside" if not net.cidr_contains("10.0.0.0/8", input.address)
deny contains time.format(time.add_date(time.parse_rfc3339_ns("2024-01-31T00:00:00Z"), 0, 1, 0))
deny contains "now" if time.now_ns() > time.parse_ns("2006-01-02", "2020-01-01")
deny contains substring(crypto.sha256("a"), 0, 4)
deny contains json.patch({"a": "x"}, [{"op": "replace", "path": "/a", "value": "patched"}]).a
"#;
    check(policy, r#"{"address": "11.0.0.1"}"#, &["2024-03-02T00:00:00Z", "ca97", "now", "outside", "patched"]);
    refused("deny contains time.format([0, \"Local\"])", "the time zone of the machine is not asked: name a zone");
    refused("deny contains rego.parse_module(\"a\", \"b\").x", "undefined function rego.parse_module");
}

#[test]
fn classes_of_expressions_are_ascii() {
    let policy = "deny contains \"digit\" if regex.match(`^\\d$`, input.n)\ndeny contains \"text\" if regex.match(`^\\Qa.b\\E$`, \"a.b\")\ndeny contains regex.replace(input.n, `\\D`, \"x\")\ndeny contains regex.split(`\\W`, \"a\\u00e9b\")[1]\ndeny contains concat(\"\", regex.find_n(`\\w`, \"\\u00e9cd\", 1))\ndeny contains regex.find_all_string_submatch_n(`(\\w)(e)`, \"\\u00e9ede\", -1)[0][1]";
    check(policy, r#"{"n": "٣"}"#, &["b", "c", "d", "text", "x"]);
}

#[test]
fn rules_are_mocked_by_their_names() {
    let policy = "base := {\"v\": \"real\"}\ndeny contains base.v\ndeny contains m if { m := base.v with base as {\"v\": \"mock\"} }";
    check(policy, "{}", &["mock", "real"]);
}
