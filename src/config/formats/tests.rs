//! Every format in the shape that conftest gives it; hostile texts never make a parser panic.

use serde_json::{Value, json};

use super::*;

#[track_caller]
fn check(name: &str, text: &str, expected: Value) {
    let syntax = Syntax::named(name).unwrap_or_else(|e| panic!("{e}"));
    match syntax.parse(text.as_bytes()) {
        Ok(value) => assert_eq!(value, expected, "{name}: {text}"),
        Err(error) => panic!("{name}: {text}: {error}"),
    }
}

#[track_caller]
fn refuses(name: &str, text: &str, part: &str) {
    let said = Syntax::named(name).and_then(|syntax| syntax.parse(text.as_bytes())).expect_err(text).to_string();
    assert!(said.contains(part), "{name}: {text}: {said}");
}

#[test]
fn yaml_scalars_are_those_of_go_yaml() {
    check("yaml", "on: yes", json!({"true": true}));
    check(
        "yaml",
        "[0755, 0o17, 0x1F, 0b11, 1_000, 08, 1e3, .5, 3.0, -4, 1:30]",
        json!([493, 15, 31, 3, 1000, 8, 1000, 0.5, 3, -4, "1:30"]),
    );
    check("yaml", "[~, '', \"no\", no, Off, 2001-01-01, '1']", json!([null, "", "no", false, false, "2001-01-01", "1"]));
    check("yaml", "!!str 12", json!("12"));
    check("yaml", "a: !Ref b", json!({"a": "b"}));
    check("yaml", "[!!binary aGVsbG8=, !!binary gA==]", json!(["hello", "\u{fffd}"]));
    check("yaml", "!!binary |\n  aGVs\n  bG8=\n", json!("hello"));
    check("yaml", "[9007199254740993, 9223372036854775808]", json!([9_007_199_254_740_993_i64, 9_223_372_036_854_775_808_u64]));
    refuses("yaml", "!!binary x", "invalid base64");
    refuses("yaml", ".inf", "has no JSON form");
}

#[test]
fn yaml_quoted_texts_may_go_on_below_their_key() {
    let text = "a:\n  b: \"one \\\"quoted\\\"\n  two\"\n  c: 'it''s\n  here'\n  d: 1\n";
    check("yaml", text, json!({"a": {"b": "one \"quoted\" two", "c": "it's here", "d": 1}}));
    refuses("yaml", "a:\n  b: \"one\n  two", "line");
    let many = (0..1000).map(|i| format!("k{i}: \"x\ny\"\n")).collect::<String>();
    assert!(Syntax::Yaml.parse(many.as_bytes()).is_ok(), "however many there are");
    check("yaml", "a:\n  b: [x,\n  \"y\"\n]\n", json!({"a": {"b": ["x", "y"]}}));
    check("yaml", "a: |\n  x", json!({"a": "x"}));
    refuses("yaml", "a: 1\n---\nb: 2\n---\nc: [\n", "line 5");
}

#[test]
fn yaml_tabs_may_separate_keys_and_values() {
    check("yaml", "a:\tb\nc:\n  d:\t\"x:\ty\"\n", json!({"a": "b", "c": {"d": "x:\ty"}}));
    refuses("yaml", "a:\n\tb: 1\n", "line 2");
}

#[test]
fn yaml_documents_are_split_at_lines_of_dashes() {
    check("yaml", "a: 1\n---\nb: 2\n", json!([{"a": 1}, {"b": 2}]));
    check("yaml", "---\na: 1\n", json!({"a": 1}));
    check("yaml", "a: 1\n---\n", json!([{"a": 1}, null]));
    check("yaml", "a: 1\n---\n\n---\nb: 1\n", json!([{"a": 1}, null, {"b": 1}]));
    check("yaml", "%YAML 1.1\n---\na: 1\n", json!({"a": 1}));
    check("yaml", "a: 1\n--- # second\nb: 2\n", json!([{"a": 1}, {"b": 2}]));
    check("yaml", "", json!(null));
}

#[test]
fn yaml_anchors_and_merges_are_resolved() {
    check("yaml", "base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  q: 3\n", json!({"base": {"p": 1, "q": 2}, "use": {"p": 1, "q": 3}}));
    check("yaml", "u:\n  <<: [{a: 1}, {a: 2, b: 2}]\n", json!({"u": {"a": 1, "b": 2}}));
    check("yaml", "a: 1\na: 2\n", json!({"a": 2}));
    refuses("yaml", "? [a]\n: 1\n", "a key is neither");
}

#[test]
fn json_may_hold_comments_only_as_jsonc() {
    check("json", "{\"a\": 1.0, \"b\": [1.5, 1e2]}", json!({"a": 1, "b": [1.5, 100]}));
    check("jsonc", "{\"a\": \"//x\", // c\n /* y \" */ \"b\": 2 # d\n}", json!({"a": "//x", "b": 2}));
    refuses("json", "{\"a\": 1, // c\n}", "line 1");
    check(
        "json",
        r#"["\ud800x", "\ud83d\ude00\ud83d", "\\ud800", "\u00e9\udc00"]"#,
        json!(["\u{fffd}x", "😀\u{fffd}", "\\ud800", "é\u{fffd}"]),
    );
    refuses("json", r#"["\ud800x", "\ud8"]"#, "line 1");
}

#[test]
fn toml_dates_are_texts() {
    check(
        "toml",
        "d = 1979-05-27\nh = 07:32:00.50\nm = 1979-05-27T07:32:00\no = 1979-05-27 00:32:00.999-07:00\nf = 1.0\n[t]\nx = [1, 2]\n[[l]]\ny = {z = true}\n",
        json!({"d": "1979-05-27T00:00:00Z", "h": "0000-01-01T07:32:00.5Z", "m": "1979-05-27T07:32:00Z", "o": "1979-05-27T00:32:00.999-07:00", "f": 1, "t": {"x": [1, 2]}, "l": [{"y": {"z": true}}]}),
    );
}

#[test]
fn environment_files_unquote_and_expand() {
    check(
        "dotenv",
        "A=1\nexport B = two words # c\n# c\nC='$A'\nD=\"x\\n${A}y\"\nE: yaml\n",
        json!({"A": "1", "B": "two words", "C": "$A", "D": "x\n1y", "E": "yaml"}),
    );
    check("dotenv", "A=b#c\nB=a\\#b\nC=#x\nD='x#y' # z\n", json!({"A": "b", "B": "a\\", "C": "", "D": "x#y"}));
    check("dotenv", "A=\"first\nsecond\"\nB=\\$A\n", json!({"A": "first\nsecond", "B": "$A"}));
    refuses("dotenv", "no delimiter", "doesn't match format");
    refuses("dotenv", "A=\"open\n", "missing quotes");
}

#[test]
fn properties_follow_java_and_keep_their_references() {
    check(
        "properties",
        "# c\na=1\nb : two\\\n   three\nc\\ d=${a}\\u0041\n! x\nempty\n",
        json!({"a": "1", "b": "twothree", "c d": "${a}A", "empty": ""}),
    );
    refuses("properties", "a=${b}\nb=${a}\n", "circular reference");
    refuses("properties", "a=${b", "malformed expression");
    let chain = (1..60).map(|i| format!("k{i}=${{k{0}}}${{k{0}}}\n", i - 1)).collect::<String>();
    assert!(Syntax::Properties.parse(chain.as_bytes()).is_ok(), "each key is looked at once");
}

#[test]
fn ini_sections_hold_typed_values() {
    check("ini", "[a]\nx = b#c ; d\ny = \"e;f\" # g\n", json!({"a": {"x": "b", "y": "\"e"}}));
    let text = "top = 1\n[a]\nx = 1.5\ny = true ; c\nz = \"q # q\"\n; c\n[b c]\nk: v\n";
    check("ini", text, json!({"a": {"x": 1.5, "y": true, "z": "\"q"}, "b c": {"k": "v"}}));
    check("ini", "[a]\nx = 1_000\ny = 1_0.5\nz = _1\nw = 1__0\n", json!({"a": {"x": 1000, "y": 10.5, "z": "_1", "w": "1__0"}}));
    refuses("ini", "[a\n", "unclosed section");
}

#[test]
fn xml_attributes_and_texts_are_told_apart() {
    let text = "<a xmlns='u' v='1'>t<b/><b>2</b>\n</a>";
    check("xml", text, json!({"a": {"-xmlns": "u", "-v": "1", "b": ["", "2"]}}));
    check("xml", "<a v='1'>t</a>", json!({"a": {"-v": "1", "#content": "t"}}));
    refuses("xml", "<a><b></a>", "");
}

#[test]
fn dockerfiles_become_commands() {
    let text = "# syntax=docker/dockerfile:1\n# note\nFROM --platform=linux/amd64 a AS b\nRUN x \\\n  # inner\n  y\nFROM c\nCOPY --from=b [\"d\", \"e\"]\n";
    let command = |cmd: &str, json: bool, flags: Value, values: Value, stage: u8| json!({"Cmd": cmd, "SubCmd": "", "JSON": json, "Flags": flags, "Value": values, "Stage": stage});
    let expected = json!([[
        command("comment", false, json!(null), json!(["note"]), 0),
        command("from", false, json!(["--platform=linux/amd64"]), json!(["a", "AS", "b"]), 0),
        command("run", false, json!([]), json!(["x   y"]), 0),
        command("from", false, json!([]), json!(["c"]), 1),
        command("copy", true, json!(["--from=b"]), json!(["d", "e"]), 1),
    ]]);
    check("dockerfile", text, expected);
    check(
        "dockerfile",
        "FROM a\nENV A=\"1 2\" B=3\nONBUILD RUN z\nRUN <<E\nFROM no\nE\n",
        json!([[
            command("from", false, json!([]), json!(["a"]), 0),
            command("env", false, json!([]), json!(["A", "\"1 2\"", "=", "B", "3", "="]), 0),
            {"Cmd": "onbuild", "SubCmd": "RUN", "JSON": false, "Flags": [], "Value": ["z"], "Stage": 0},
            command("run", false, json!([]), json!(["<<E"]), 0),
        ]]),
    );
    refuses("dockerfile", "FORM a\n", "unknown instruction: FORM");
    refuses("dockerfile", "# only\n", "file with no instructions");
}

#[test]
fn hcl_blocks_nest_by_label_and_expressions_stay_texts() {
    let text = "resource \"a\" \"b\" {\n  n = -1\n  s = \"x-${var.y}\"\n  e = var.z\n  l = [1, true, null]\n  o = { k = \"v\" }\n  w = \"${f(1)}\"\n}\nlocals {}\nlocals {}\n";
    let body = json!({"n": -1, "s": "x-${var.y}", "e": "${var.z}", "l": [1, true, null], "o": {"k": "v"}, "w": "${f(1)}"});
    check("hcl2", text, json!({"resource": {"a": {"b": [body]}}, "locals": [{}, {}]}));
    check("hcl2", "a = <<-E\n    x\n      y\n    E\n", json!({"a": "x\n  y\n"}));
    refuses("hcl2", "a = b c = d\n", "line 1");
    refuses("hcl2", "a = b\rc = d\n", "line 1");
    check("hcl2", "a = b == c\nd = e >= f ? g : h\n", json!({"a": "${b == c}", "d": "${e >= f ? g : h}"}));
    refuses("hcl2", "a {\n", "");
    for text in ["a {}", "a { }\n", "a { b = [1,\n2] } # c\n", "a { /* c */ b = 1 }\n", "a { # c\n b = 1\n}\n", "a { \r\n b = 1\r\n}\r\n"] {
        assert!(Syntax::Hcl2.parse(text.as_bytes()).is_ok(), "{text:?}");
    }
    for text in ["a { b = 1\n c {} }\n", "a { b = 1\n}\n", "a {\n b = 1 }\n", "a {} b {}\n", "a {\n b {} }\n", "a { b {} }\n", "a = 1 }\n"]
    {
        assert!(Syntax::Hcl2.parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn dockerfile_triggers_nest_so_deep_and_no_deeper() {
    assert!(Syntax::Dockerfile.parse(b"FROM a\nONBUILD RUN x\n").is_ok());
    refuses("dockerfile", &format!("FROM a\n{}RUN x\n", "ONBUILD ".repeat(100_000)), "nested deeper than");
    let name = "a".repeat(100_000);
    assert!(Syntax::Dockerfile.parse(name.as_bytes()).unwrap_err().to_string().len() < 300, "a long name is cut");
}

#[test]
fn hcl1_objects_stand_in_lists() {
    let text = "provider \"g\" { v = \"1\" }\nresource \"a\" \"b\" {\n  n = 1.5\n  l = [1, {x = true}]\n  s = \"${f(\"q\")}\"\n}\nresource \"a\" \"c\" {}\nt = <<E\nx\nE\n";
    let resources = json!([{"a": [{"b": [{"n": 1.5, "l": [1, {"x": true}], "s": "${f(\"q\")}"}]}]}, {"a": [{"c": [{}]}]}]);
    check("hcl1", text, json!({"provider": [{"g": [{"v": "1"}]}], "resource": resources, "t": "x\n"}));
    refuses("hcl1", "a = 9223372036854775808", "value out of range");
    refuses("hcl1", "a = [1", "list is not closed");
}

#[test]
fn spdx_tags_take_their_json_names() {
    let text = "SPDXVersion: SPDX-2.3\nSPDXID: d\nCreator: Tool: t\nPackageName: p\nSPDXID: i\nPackageComment: <text>a\nb</text>\nRelationship: d DESCRIBES i\n";
    let expected = json!({
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "d",
        "dataLicense": "",
        "name": "",
        "documentNamespace": "",
        "creationInfo": {"creators": ["Tool: t"]},
        "packages": [{"name": "p", "SPDXID": "i", "comment": "a\nb", "filesAnalyzed": true}],
        "relationships": [{"spdxElementId": "d", "relationshipType": "DESCRIBES", "relatedSpdxElement": "i"}],
    });
    check("spdx", text, expected);
    refuses("spdx", &format!("SPDXVersion: <text>{}", "x\n".repeat(200_000)), "is not closed");
    refuses("spdx", "SPDXVersion: SPDX-2.3\nSnippetName: x\n", "does not read the tag `SnippetName`");
}

#[test]
fn ignore_files_list_their_lines() {
    let entry = |kind: &str, value: &str, original: &str| json!({"Kind": kind, "Value": value, "Original": original});
    check(
        "ignore",
        "# c\n!a\n\nb ",
        json!([[entry("Comment", "c", "# c"), entry("NegatedPath", "a", "!a"), entry("Empty", "", ""), entry("Path", "b", "b ")]]),
    );
}

#[test]
fn nginx_and_edn_become_trees() {
    check(
        "nginx",
        "a 1;\nb { c \"x y\"; }\n",
        json!({"directives": [{"name": "a", "parameters": ["1"]}, {"name": "b", "block": {"directives": [{"name": "c", "parameters": ["\"x y\""]}]}}]}),
    );
    refuses("nginx", "a {", "unexpected end of file");
    check("edn", "; c\n{:a [1 \"x\" #_ :gone nil] \"b\" #{:z :y}}", json!({":a": ["1", "x", "<nil>"], "b": "map[:y:true :z:true]"}));
    check(
        "edn",
        "[\\c \\newline \\u0041 1.5M 1e3 1000000.0 -3 12N -99999999999999999999N 0N]",
        json!(["99", "10", "65", "1.5", "1000", "1e+06", "-3", "{false [12]}", "{true [7766279631452241919 5]}", "{false []}"]),
    );
    check(
        "edn",
        "{\\a #foo [1 \\c] :t #inst \"1985-04-12T23:20:50.520+02:00\" :u #inst \"1985-04-12T23:20:50Z\"}",
        json!({"97": "#foo [1 99]", ":t": "1985-04-12 23:20:50.52 +0200 +0200", ":u": "1985-04-12 23:20:50 +0000 UTC"}),
    );
    for wrong in ["\\foo", "007", "99999999999999999999", "#inst \"1985\"", "1x"] {
        assert!(Syntax::named("edn").unwrap().parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    refuses("edn", "{:a}", "a key without a value");
    for wrong in [":", ":^", "a`b", "\u{0}", "[: ]"] {
        refuses("edn", wrong, "is no symbol");
    }
    refuses("edn", &"9".repeat(1_000_000), "more than 10000 digits");
    check("edn", &format!("[{} 2]", "#_ 1 ".repeat(100_000)), json!(["2"]));
    refuses("edn", &"#_ ".repeat(100_000), "nested too deeply");
}

#[test]
fn names_and_paths_choose_the_format() {
    let of = |path: &str| Syntax::of_path(path).map(Syntax::name).map_err(|e| e.to_string());
    for (path, name) in [
        ("-", "yaml"),
        ("x/Dockerfile.dev", "dockerfile"),
        ("dev.Dockerfile", "dockerfile"),
        ("a.tf", "hcl2"),
        (".env.prod", "dotenv"),
        (".gitignore", "ignore"),
        ("nginx.conf", "nginx"),
        ("A.YML", "yaml"),
    ] {
        assert_eq!(of(path), Ok(name.to_owned()).map(|_: String| name), "{path}");
    }
    assert_eq!(of("a.cue"), Err("polity does not support the parser `cue`".to_owned()));
    assert_eq!(of("Jenkinsfile"), Err("polity does not support the parser `groovy`".to_owned()));
    assert_eq!(of("a.txt"), Err("unknown parser: txt".to_owned()));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "([a-zA-Z#{}\\[\\]()<>=:;,.\"'`\\\\$%&*!?|/_-]|\\n|\\t| |\\PC){0,60}") {
        for (_, syntax) in SYNTAXES {
            let _ = syntax.parse(text.as_bytes());
        }
    }
}

#[test]
fn vcl_backends_lists_and_tables_are_read_and_statements_are_refused() {
    let text = "vcl 4.0;\nimport std;\nbackend a { .host = \"h\"; .port = 80; # c\n .t = 5s; .on = true;\n .probe = { .url = \"/x\"; } }\nacl p { \"a\"; ! \"10.0.0.0\"/8; }\ntable t { \"k\": \"v\", }\n";
    let backend = json!({"host": "h", "port": 80, "t": 5, "on": true, "probe": {"url": "/x"}});
    check("vcl", text, json!({"backend": {"a": backend}, "acl": {"p": ["a", "!10.0.0.0/8"]}, "table": {"t": {"k": "v"}}}));
    refuses("vcl", "backend a { .host = \"h\"; }\nsub vcl_recv { return (pass); }", "line 2: polity reads no `sub` of VCL");
    for broken in ["backend a {", "backend a { .host = ", "acl p { a; }", "backend { }", "\"", "/*", "vcl 4.0", "}"] {
        refuses("vcl", broken, "line 1");
    }
}

#[test]
fn cyclonedx_in_xml_has_the_members_of_its_json_form() {
    let text = "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\" version=\"2\"><components><component type=\"library\" bom-ref=\"r1\"><name>n</name><hashes><hash alg=\"SHA-1\">ab</hash></hashes><licenses><license><id>MIT</id></license><expression>X</expression></licenses><properties><property name=\"k\">v</property></properties></component></components><dependencies><dependency ref=\"r1\"><dependency ref=\"r2\"/></dependency></dependencies><services/></bom>";
    let component = json!({"type": "library", "bom-ref": "r1", "name": "n", "hashes": [{"alg": "SHA-1", "content": "ab"}], "licenses": [{"license": {"id": "MIT"}}, {"expression": "X"}], "properties": [{"name": "k", "value": "v"}]});
    check(
        "cyclonedx",
        text,
        json!({"bomFormat": "CycloneDX", "specVersion": "1.4", "version": 2, "components": [component], "dependencies": [{"ref": "r1", "dependsOn": ["r2"]}]}),
    );
    refuses("cyclonedx", "<bom/>", "not a CycloneDX document");
    refuses("cyclonedx", "<bom", "");
}

#[test]
fn hcl1_is_as_strict_as_its_first_decoder() {
    check(
        "hcl1",
        r#"a = "caf\u00e9 \x41\101\v" b = 0x1f c = -017 d = [[1] [2], 3,]"#,
        json!({"a": "café AA\u{b}", "b": 31, "c": -15, "d": [[1], [2], 3]}),
    );
    check("hcl1", "a { b = 1, c = 2 },\nd = 1", json!({"a": [{"b": 1, "c": 2}], "d": 1}));
    for text in ["a = \"x\\qy\"", "a = [1 2]", "1a = 1", "a = 1\n,,", "a = 08", ", a = 1"] {
        refuses("hcl1", text, "line");
    }
}

#[test]
fn small_files_have_the_grammar_of_their_libraries() {
    check(
        "ini",
        "[ s ]\na=\"x ; y\"\n-=1\n-=2\n[t]\n-=3\nb=x # c \\\n d=2\n",
        json!({" s ": {"a": "\"x", "#1": 1, "#2": 2}, "t": {"#1": 3, "b": "x # c d=2"}}),
    );
    refuses("ini", "[s]\n=x", "line 2: empty key name");
    refuses("ini", "[]", "line 1: empty section name");
    refuses("properties", "=b", "no key");
    check("dotenv", "A=\"a\"\"b\"\nB='x'y\nC: 1\nD=\"a\" b # c\n", json!({"A": "a\"\"b", "B": "'x'y", "C": "1", "D": "\"a\" b"}));
    for text in ["A-B=1", "A:1", "A : 1", "É=1"] {
        refuses("dotenv", text, "doesn't match format");
    }
    check("edn", "-18446744073709551617N", json!("-18446744073709551617"));
    check("hcl2", "a \"%%{z}$${y}\" {\n}\n", json!({"a": {"%{z}${y}": [{}]}}));
    refuses("hcl2", "a \"%{z}\" {\n}\n", "template");
    refuses("dockerfile", "FROM a\nONBUILD ONBUILD RUN x", "chaining ONBUILD");
    refuses("dockerfile", "FROM a\nONBUILD FROM b", "not allowed as an ONBUILD trigger");
}
