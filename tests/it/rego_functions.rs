//! Functions of OPA that the engine has otherwise, under `polity conftest`.

use crate::rego::{check, check_alone, refused};

/// What an expression is, as JSON; nothing when it is undefined.
#[track_caller]
fn gives(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        check_alone(
            &format!("deny contains json.marshal(r) if {{ r := {expression} }}"),
            r#"{"o": {"k": "v", "n": {"m": 1, "p": [1, 2]}}}"#,
            expected,
        );
    }
}

#[test]
fn characters_and_globs_are_those_of_go() {
    gives(&[
        ("count(\"a😀b\")", "3"),
        ("count([{1, 2}, {\"a\": 1}, []])", "3"),
        ("substring(\"a😀b\", 1, 1)", "\"😀\""),
        ("substring(\"abc\", 1, -1)", "\"bc\""),
        ("substring(\"abc\", 1.5, -1)", ""),
        ("substring(\"abc\", -1, 1)", ""),
        ("indexof(\"a😀b\", \"b\")", "2"),
        ("glob.quote_meta(`a*?[b]{c,d}\\!-`)", r#""a\\*\\?\\[b\\]\\{c,d\\}\\\\!-""#),
        ("units.parse_bytes(\"-1k\")", "-1000"),
    ]);
}

#[test]
fn parts_of_documents_are_named_by_pointers() {
    gives(&[
        ("json.filter(input.o, [\"/n/m\"])", r#"{"n":{"m":1}}"#),
        ("json.filter(input.o, [\"n/m\", \"n\"])", r#"{"n":{"m":1,"p":[1,2]}}"#),
        ("json.filter(input.o, [\"k/x\", \"n/p/1\"])", r#"{"k":"v","n":{"p":[2]}}"#),
        ("json.filter({\"a/b\": 1, \"a~b\": 2, \"c\": 3}, [\"a~1b\", [\"a~b\"]])", r#"{"a/b":1,"a~b":2}"#),
        ("json.remove(input.o, [\"/k\", \"n/p/0\", \"n/z\"])", r#"{"n":{"m":1,"p":[2]}}"#),
        ("json.remove({\"a\": {\"x\", \"y\"}}, {\"a/x\"})", r#"{"a":["y"]}"#),
        ("json.is_valid(input.o)", "false"),
        ("json.is_valid(\"1e999\")", "true"),
        (
            "json.marshal_with_options({\"a\": [], \"b\": [\"<\"]}, {\"indent\": \" \", \"prefix\": \"#\"})",
            r##""#{\n# \"a\": [],\n# \"b\": [\n#  \"\\u003c\"\n# ]\n#}""##,
        ),
        ("json.marshal_with_options({\"a\": 1}, {\"pretty\": false, \"indent\": \" \"})", r#""{\"a\":1}""#),
        ("json.marshal_with_options({\"a\": 1}, {\"wide\": true})", ""),
    ]);
}

#[test]
fn paths_of_a_graph_end_where_they_would_turn_back() {
    gives(&[
        ("graph.reachable_paths({\"a\": [\"b\", \"x\"], \"b\": [\"a\", \"c\"], \"c\": []}, [\"a\"])", r#"[["a"],["a","b"],["a","b","c"]]"#),
        ("graph.reachable_paths({\"a\": {\"a\"}}, {\"a\"})", r#"[["a","a"]]"#),
        ("graph.reachable_paths({\"a\": []}, [\"a\", \"z\"])", r#"[["a"]]"#),
    ]);
}

#[test]
fn yaml_is_read_like_configs_but_for_its_words() {
    gives(&[
        ("yaml.unmarshal(\"<<: {a: 1}\\nb: 010\\non: yes\")", r#"{"a":1,"b":8,"on":"yes"}"#),
        ("yaml.unmarshal(\"a: 1\\n---\\nb: 2\")", r#"{"a":1}"#),
        ("yaml.unmarshal(\"? [a]\\n: b\")", ""),
        ("yaml.is_valid(\"a: [\")", "false"),
    ]);
}

#[test]
fn objects_stand_before_sets() {
    gives(&[
        ("{{\"z\"}, {\"a\": 1}, [1]}", r#"[[1],{"a":1},["z"]]"#),
        ("sort([{\"z\"}, {\"a\": 1}, 1, [{1}], [{}]])", r#"[1,[{}],[[1]],{"a":1},["z"]]"#),
        ("[max([{\"z\"}, {}]), min([{\"z\"}, {}])]", r#"[["z"],{}]"#),
        ("sprintf(\"%v\", [{{\"z\"}, {\"a\": 1}}])", r#""{{\"a\": 1}, {\"z\"}}""#),
        ("sort(input.o.k)", ""),
    ]);
}

#[test]
fn what_has_no_form_is_written_by_its_number() {
    gives(&[
        ("sprintf(\"%q %q %q\", [\"\\u0002\\t\\u00e9\\u200b\", 1, 8203])", r#""\"\\x02\\té\\u200b\" '\\x01' '\\u200b'""#),
        (
            "sprintf(\"%x %X %o %b\", [18446744073709551617, 18446744073709551626, 18446744073709551616, -3])",
            r#""10000000000000001 1000000000000000A 2000000000000000000000 -11""#,
        ),
        ("sprintf(\"%+d\", [1.5])", r#""%!d(float64=+1.5)""#),
    ]);
}

#[test]
fn what_names_lead_through_is_an_empty_object() {
    let rules = "a.b.c := input.none\nd[k] contains v if { some k, v in input.none }\ne[x][y] := 1 if { some x in input.none; some y in x }\nf[x].g := 1 if some x in input.none\nh.i[k].j := 1 if some k in input.none\n";
    for (expression, expected) in
        [("a", "{\"b\": {}}"), ("d", "{}"), ("e", "{}"), ("f", "{}"), ("h", "{\"i\": {}}"), ("[x | x := d[_]]", "[]")]
    {
        check(&format!("{rules}deny contains sprintf(\"%v\", [{expression}])"), "{}", &[expected]);
    }
    let filled = r#"{"none": {"k": {"v": "w"}}}"#;
    check(
        &format!("{rules}deny contains sprintf(\"%v %v %v %v\", [d, e, f, h.i])"),
        filled,
        &["{\"k\": {{\"v\": \"w\"}}} {{\"v\": \"w\"}: {\"w\": 1}} {{\"v\": \"w\"}: {\"g\": 1}} {{\"v\": \"w\"}: {\"j\": 1}}"],
    );
}

#[test]
fn nothing_but_names_is_assigned_to() {
    for (body, kind) in [("[x, \"a\"] := [1, \"a\"]", "string"), ("{\"k\": [x, 5]} := input", "number"), ("input.x := 5", "ref")] {
        refused(&format!("deny contains \"x\" if {{ {body} }}"), &format!("p.rego:3: rego_compile_error: cannot assign to {kind}"));
    }
    check_alone("deny contains x if { [x, \"a\"] = [\"y\", \"a\"] }", "{}", &["y"]);
}
