//! Where the engine would end the process, lose a rule or compute otherwise than OPA.

use crate::rego::{check, check_alone, messages_of, refused};
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

#[test]
fn numbers_with_a_fraction_are_decimals() {
    let each = |expressions: &[&str]| -> String {
        expressions.iter().enumerate().map(|(at, one)| format!("deny contains sprintf(\"{at} %v\", [{one}])\n")).collect()
    };
    let (input, both) = (
        r#"{"price": 1.1, "rate": 0.2}"#,
        ["100 * input.price", "input.rate + 0.1", "0.1 + 0.2 == 0.3", "1 / 3 * 3 == 1", "7 / 2", "6 / 3"],
    );
    check(&each(&both), input, &["0 110", "1 0.3", "2 true", "3 true", "4 3.5", "5 2"]);
    check_alone(
        "deny contains \"odd\" if 5.5 % 2 == 1\ndeny contains \"none\" if 5 % 0 == 1\ndeny contains \"even\" if 4 % 2 == 0",
        "{}",
        &["even"],
    );
    // With more digits than a policy of polity keeps.
    check_alone(
        &each(&[
            "1.1 + 2.2 == 3.3",
            "1.1 + 2.2 > 3.3",
            "1.1 + 2.2",
            "[1 / 3]",
            "sum([0.1, 0.2]) == 0.3",
            "product({0.1, 0.2})",
            "plus(0.1, 0.2)",
        ]),
        "{}",
        &["0 false", "1 true", "2 3.3", "3 [0.33333333333333333334]", "4 true", "5 0.02", "6 0.3"],
    );
    check_alone("deny contains json.marshal([1 / 3, input.price * 3])", input, &["[0.33333333333333333334,3.3000000000000000002]"]);
    let large = ["18446744073709551617 * 2 + 0.0", "12345678901234567890123", "[18446744073709551617]", "bits.lsh(1, 70)"];
    check_alone(
        &each(&large),
        "{}",
        &["0 36893488147419103234", "1 12345678901234567890123", "2 [18446744073709551617]", "3 1180591620717411303424"],
    );
    check_alone("deny contains json.marshal(18446744073709551617)", "{}", &["18446744073709551617"]);
}

#[test]
fn an_object_among_the_parts_of_a_pattern_has_no_other_keys() {
    let input = r#"{"xs": [{"n": "a", "v": 1}, {"n": "b"}, 5, ["c", {"n": "d"}], ["e", {"n": "f", "v": 1}]], "o": {"p": {"n": "g"}, "q": {"n": "h", "v": 1}}}"#;
    for (body, expected) in [
        ("some {\"n\": m} in input.xs", &["b"][..]),
        ("some 1, {\"n\": m} in input.xs", &["b"]),
        ("some m, {\"n\": \"g\"} in input.o", &["p"]),
        ("some [_, {\"n\": m}] in input.xs", &["d"]),
        ("some {\"n\": m} in {x | some x in input.xs}", &["b"]),
        ("some v in input.xs; {\"n\": m} = v", &["b"]),
        ("some v in input.xs; v = {\"n\": m}", &["b"]),
        ("some v in input.xs; [_, {\"n\": m}] := v", &["d"]),
        ("k := \"n\"; some {k: m} in input.xs", &["b"]),
        ("[{\"n\": m}] = [input.o.q]", &[]),
        ("{\"p\": {\"n\": m}, \"q\": _} = input.o", &["g"]),
        ("{\"p\": _, \"q\": {\"n\": m}} = input.o", &[]),
        ("walk(input.xs, [[_], {\"n\": m}])", &["b"]),
        ("[[_], {\"n\": m}] := walk(input.xs)", &["b"]),
        ("object.get(input.o, \"p\", {}, {\"n\": m})", &["g"]),
        ("object.get(input.o, \"q\", {}, {\"n\": m})", &[]),
        ("m = {\"n\": \"x\"}.n", &["x"]),
    ] {
        check(&format!("deny contains m if {{ {body} }}"), input, expected);
    }
}

#[test]
fn functions_take_apart_only_objects_of_their_keys() {
    let functions = "f({\"n\": x}) := x\nf({\"n\": x, \"v\": _}) := sprintf(\"%s!\", [x])\ndefault g(_) := \"other\"\ng([{\"n\": x}, _]) := x if x != \"b\" else := \"else\"\nh({\"n\": _})";
    let rules = "deny contains f(input.xs[_])\ndeny contains g([input.xs[_], 1])\ndeny contains \"h\" if h(input.xs[1])\ndeny contains \"none\" if h(input.xs[0])";
    check(&format!("{functions}\n{rules}"), r#"{"xs": [{"n": "a", "v": 1}, {"n": "b"}, {"w": 1}]}"#, &["a!", "b", "else", "h", "other"]);
    old(
        "f({\"n\": x}) = x { x != \"b\" } { x == \"c\" }\ndeny[f(input.xs[_])] { true }",
        r#"{"xs": [{"n": "a"}, {"n": "b"}, {"n": "c", "v": 1}]}"#,
        &["a"],
    );
    let folder = || {
        repo()
            .file("policy/a.rego", "package main\nf({\"n\": x}) := x\ndeny contains f(input)\n")
            .file("policy/b.rego", "package main\nf({\"n\": x, \"v\": _}) := sprintf(\"%s!\", [x])\n")
    };
    for (input, found) in
        [("{\"n\": \"a\"}", "main - a\n"), ("{\"n\": \"a\", \"v\": 1}", "main - a!\n"), ("{\"n\": \"a\", \"w\": 1}", "1 passed")]
    {
        let run = folder().file("a.json", input).run(&["conftest", "test", "a.json"]);
        assert!(run.stdout.contains(found), "{run}");
    }
}

#[test]
fn with_replaces_functions_by_whatever_name() {
    let policy = "f(x) := x\ng(_) := \"mock\"\nh(x) := f(x)\n";
    for (call, with) in [("f", "f"), ("f", "data.main.f"), ("data.main.f", "f"), ("data.main.f", "data.main.f"), ("h", "data.main.f")] {
        for by in ["g", "data.main.g", "\"mock\""] {
            let rule = format!("deny contains m if m := {call}(\"own\") with {with} as {by}\ndeny contains {call}(\"own\")");
            check(&format!("{policy}{rule}"), "{}", &["mock", "own"]);
        }
    }
    for (expected, rule) in [
        ("5", "time.now_ns() with time.now_ns as 5"),
        ("[2020, 1, 2]", "time.date(time.now_ns()) with time.now_ns as 1577934245000000000"),
        ("200", "lib.ask(\"u\") with http.send as {\"status_code\": 200}"),
        ("u", "lib.ask(\"u\") with http.send as sent"),
        ("1 7", "lib.both(1) with data.main.inner as 7"),
        ("1 7", "lib.both(1) with lib.other as 7"),
    ] {
        let folder = repo()
            .file(
                "policy/p.rego",
                format!("package main\nimport data.lib\nsent(x) := {{\"status_code\": x.url}}\ninner(x) := x\ndeny contains sprintf(\"%v\", [x]) if x := {rule}\n"),
            )
            .file(
                "policy/lib.rego",
                "package lib\nask(u) := http.send({\"url\": u, \"method\": \"get\"}).status_code\ninner(x) := x\nother(x) := data.main.inner(x)\nboth(x) := sprintf(\"%v %v\", [inner(x), other(x)])\n",
            )
            .file("a.json", "{}");
        let run = folder.run(&["conftest", "test", "a.json"]);
        assert!(run.stdout.contains(&format!("main - {expected}\n")), "{rule}: {run}");
    }
}

#[test]
fn metadata_that_nobody_wrote_is_an_error_when_policies_are_loaded() {
    let titled = "# METADATA\n# title: t\n";
    for (rule, line) in [
        ("deny contains m if { m := rego.metadata.rule().title }".to_owned(), 3),
        (format!("{titled}deny contains rego.metadata.rule().custom.level"), 5),
        (format!("{titled}deny contains rego.metadata.chain()[1].annotations.title"), 5),
    ] {
        refused(&rule, &format!("p.rego:{line}: rego_type_error: undefined ref: the rule has no such metadata"));
    }
    check(&format!("{titled}deny contains rego.metadata.chain()[0].annotations[\"title\"] if rego.metadata.rule().title"), "{}", &["t"]);
    check("deny contains object.get(rego.metadata.rule(), \"title\", \"none\")", "{}", &["none"]);
}

#[test]
fn a_chain_leads_through_all_files_and_packages_around() {
    let chain =
        |rule: &str| format!("{rule} := [[link.annotations.title, link.path] | some link in rego.metadata.chain(); link.annotations]\n");
    let block = |title: &str, scope: &str| format!("# METADATA\n# title: {title}\n# scope: {scope}\n");
    let own =
        format!("{}package a.b\n\n{}\n{}{}", block("below", "subpackages"), block("p", "document"), block("rule", "rule"), chain("p"));
    let other = format!("{}package a.b\n\n{}", block("b", "package"), chain("q"));
    let run = repo()
        .file("policy/a.rego", format!("{}package a\n", block("root", "subpackages")))
        .file("policy/b.rego", &own)
        .file("policy/c.rego", &other)
        .file("policy/m.rego", "package main\n\ndeny contains json.marshal([data.a.b.p, data.a.b.q])\n")
        .file("a.json", "{}")
        .run(&["conftest", "test", "a.json"])
        .exits(1);
    let around = r#"["b",["a","b"]],["below",["a","b"]],["root",["a"]]"#;
    let expected = format!(r#"[[["rule",["a","b","p"]],["p",["a","b","p"]],{around}],[{around}]]"#);
    assert!(run.stdout.contains(&expected), "{run}");
}

#[test]
fn a_result_with_a_fraction_is_no_whole_number_however_large_it_is() {
    check_alone("deny contains m if {\n\tx := input.r - 9007199254740993\n\tm := sprintf(\"%v\", [x % 3])\n}", r#"{"r": 0.5}"#, &[]);
    check_alone("deny contains m if {\n\tx := input.r - 9007199254740993\n\tm := sprintf(\"%v\", [x % 3])\n}", r#"{"r": 2}"#, &["-1"]);
}

#[test]
fn what_is_in_no_list_may_be_denied_of_one_where_not_is_about_whole_conditions() {
    let rule = "default ready := false\n\nready if input.ready\n\ndeny contains \"x\" if {\n\tv := ready\n\tnot v in {\"a\", 80}\n}";
    refused(rule, "match error: left is boolean");
    check(&format!("import future.keywords.not\n\n{rule}"), "{}", &["x"]);
}

#[test]
fn authors_are_told_what_is_meant() {
    refused("deny contains sprintff(\"%v\", [1])", "undefined function sprintff: did you mean sprintf?");
    refused("deny contains time.now_n()", "undefined function time.now_n: did you mean time.now_ns?");
    refused("is_bad(x) if x\ndeny contains \"x\" if is_bat(1)", "undefined function is_bat: did you mean is_bad?");
    refused("deny[msg] { msg := \"x\" }", "This is version 0 of Rego: write `if` before a body");
    let broken = messages_of("deny contains msg if {", "{}", &[]).concat();
    assert!(broken.contains("rego_parse_error") && !broken.contains("version 0"), "{broken}");
}

#[test]
fn functions_give_what_they_give_in_opa() {
    for (expression, expected) in [
        ("glob.match(\"*:x\", [\":\"], \"a:b:x\")", "false"),
        ("strings.replace_n({\"a\": \"b\", \"b\": \"c\"}, \"ab\")", "bc"),
        ("[object.subset([1], []), object.subset({\"a\": [1]}, {\"a\": []})]", "[true, true]"),
        ("[strings.count(\"aaa\", \"aa\"), strings.count(\"ab\", \"\")]", "[1, 3]"),
        ("[x | x := to_number([\" 1\", \"2\", \"x\"][_])]", "[2]"),
        (
            "[regex.match(\"^a{,3}$\", \"a{,3}\"), regex.match(`^[+--]\\141$`, \",a\"), regex.match(\"^[[a]+$\", \"[a\")]",
            "[true, true, true]",
        ),
        ("[x | x := regex.match([\"(?x)a\", \"[a--b]\", \"a**\"][_], \"a\")]", "[]"),
        ("[upper(\"straße\"), lower(\"ΑΣ\")]", "[\"STRAßE\", \"ασ\"]"),
        ("crypto.md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72"),
        ("net.cidr_merge([\"10.0.0.0/25\", \"10.0.0.128/25\"])", "{\"10.0.0.0/24\"}"),
        (
            "net.cidr_merge([\"10.1.2.3\", \"172.16.3.4\", \"192.0.2.1\", \"192.0.2.0/25\"])",
            "{\"10.1.2.3/8\", \"172.16.3.4/16\", \"192.0.2.0/24\"}",
        ),
        ("uuid.parse(uuid.rfc4122(\"a\")).version", "4"),
        ("strings.render_template(\"{{.n}}: {{range .l}}{{.}} {{end}}{{.none}}\", input)", "n: 1 2 <undefined>"),
        ("regex.globs_match(\"a.c\", \"[ab]+c\")", "true"),
        ("yaml.marshal({\"a\": [\"yes\", 1]})", "a:\n  - \"yes\"\n  - 1\n"),
        ("time.clock([1577934245000000000, \"America/New_York\"])", "[22, 4, 5]"),
        ("[opa.runtime().version, is_string(opa.runtime().env.PATH)]", "[\"1.21.1\", true]"),
        ("io.jwt.decode(\"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln\")[1].sub", "a"),
        ("$\"{input.n} of {count(input.l)}, {input.none} \\{{input.l}}\"", "n of 2, <undefined> {[1, 2]}"),
        ("[x | x := numbers.range_step(1, 5, [0, 2][_])]", "[[1, 3, 5]]"),
    ] {
        check_alone(&format!("deny contains sprintf(\"%v\", [{expression}])"), r#"{"n": "n", "l": [1, 2]}"#, &[expected]);
    }
    check("deny contains sprintf(\"%v\", [strings.count(\"ab\", \"\")])", "{}", &["3"]);
    check_alone("b := 1\n\nimport input.n as name\n\ndeny contains sprintf(\"%v %v\", [name, b])", r#"{"n": "n"}"#, &["n 1"]);
    check("deny contains \"part\" if object.subset([1], [])", "{}", &["part"]);
    check_alone("default f(_) := 0\n\ng := x if x := f(1) with f as 5\n\ndeny contains sprintf(\"%v\", [[f(1), g]])", "{}", &["[0, 5]"]);
    check_alone(
        "deny contains sprintf(\"%v\", [[(3 - 1000000) * 2.5, input.y]])",
        r#"{"y": 2500000.5}"#,
        &["[-2.4999925e+06, 2.5000005e+06]"],
    );
    check("deny contains m if {\n\tsome x in input.l\n\tm := $\"{x.a} in {x}\"\n}", r#"{"l": [{"a": 1}]}"#, &["1 in {\"a\": 1}"]);
    let old = messages_of("deny[m] { m := $\"{input.x}\" }", "{}", &["--rego-version", "v0"]).concat();
    assert!(old.contains("rego_parse_error"), "{old}");
    let run = repo()
        .file("policy/p.rego", "package main\n\ndeny contains $\"a\n{input.x}\"\n")
        .file("a.json", "{}")
        .run(&["conftest", "test", "a.json"]);
    assert!(run.exits(1).stderr.contains("rego_parse_error"));
}
