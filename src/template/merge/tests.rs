//! Laws of merging: idempotent and associative, whatever the contributions.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(kind: Merge, lower: &str, upper: &str, expected: &str) {
    let said = merge(kind, lower.as_bytes(), upper.as_bytes());
    assert_eq!(said.map(|bytes| String::from_utf8(bytes).unwrap()).unwrap_or_else(|fault| format!("fault: {}", fault.message)), expected);
}

#[test]
fn lines_append_what_is_missing_and_keep_line_ends() {
    check(Merge::Lines, "a\nb\n", "b\nc\n", "a\nb\nc\n");
    check(Merge::Lines, "a\r\nb", "b\nc\n", "a\r\nb\r\nc\r\n");
    check(Merge::Lines, "", "a", "a\n");
}

#[test]
fn toml_keeps_comments_and_adds_keys() {
    let lower = "# head\n[package]\nname = \"a\" # why\n\n[dependencies]\nx = \"1\"\n";
    let upper = "[package]\nname = \"b\"\n[dependencies]\ny = { version = \"2\", features = [\"f\"] }\n[[bin]]\nname = \"c\"\n";
    let expected = "# head\n[package]\nname = \"b\" # why\n\n[dependencies]\nx = \"1\"\ny = { version = \"2\", features = [\"f\"] }\n[[bin]]\nname = \"c\"\n";
    check(Merge::Toml, lower, upper, expected);
    check(Merge::Toml, "a = 1\r\n[t]\r\nx = 1\r\n", "[t]\ny = 2\n", "a = 1\r\n[t]\r\nx = 1\r\ny = 2\r\n");
    check(Merge::Toml, "a = 1\n", "[a]\nb = 1\n", "fault: `a` is a table here and a single value in a lower layer");
}

#[test]
fn yaml_and_json_merge_by_key() {
    check(Merge::Yaml, "a: {x: 1, l: [p]}\n", "a: {y: 2, l: [p, q]}\nb: z\n", "a:\n  x: 1\n  l:\n  - p\n  - q\n  y: 2\nb: z\n");
    check(Merge::Json, "{\"a\":[1]}", "{\"a\":[2,1]}", "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
    check(Merge::Yaml, "a: 1\n", "a: [1]\n", "fault: `a` is a list here and a single value in a lower layer");
    check(Merge::Yaml, "a: 1\n---\nb: 2\n", "a: 1\n", "fault: a file of several documents cannot be merged");
}

#[test]
fn scalars_keep_the_text_that_they_were_written_as() {
    let lower = "mode: 0644\nenabled: \"yes\"\nports: ['22:22', 1.10]\ninf: .inf\nbig: 123456789012345678901\non: {push: ~}\nnone:\n";
    let kept =
        "mode: 0644\nenabled: \"yes\"\nports:\n- '22:22'\n- 1.10\ninf: .inf\nbig: 123456789012345678901\non:\n  push: ~\nnone: null\n";
    check(Merge::Yaml, lower, "a: !!str 1\n", &format!("{kept}a: \"1\"\n"));
    let text = "t: |\n  one\n\n   two\nl:\n- |-\n  a\n  b\n- >\n  folded\n  text\nx: [[], {}, [1, {k: &v 010}]]\ny: *v\n\"1\": a\n";
    let expected =
        "t: |\n  one\n\n   two\nl:\n- |-\n  a\n  b\n- |\n  folded text\nx:\n- []\n- {}\n- - 1\n  - k: 010\ny: 10\n\"1\": a\nz: b\n";
    check(Merge::Yaml, text, "z: b\n", expected);
    check(
        Merge::Json,
        r#"{"n": 12345678901234567890123, "f": 1.10, "s": "\u00e9"}"#,
        "{}",
        "{\n  \"n\": 12345678901234567890123,\n  \"f\": 1.10,\n  \"s\": \"\\u00e9\"\n}\n",
    );
}

#[test]
fn a_fault_says_whose_it_is() {
    let fault = merge(Merge::Json, b"{}", b"{,}").unwrap_err();
    assert!(fault.in_upper && fault.span.start == 1, "{fault:?}");
    assert_eq!(merge(Merge::Toml, b"[a]\nb = 1\n", b"x = 1\n[a]\nb = []\n").unwrap_err().span, 10..11);
    assert_eq!(merge(Merge::Yaml, b"a: {b: 1}", b"a:\n  b: []").unwrap_err().span, 5..6);
    assert!(!merge(Merge::Lines, b"\xff", b"").unwrap_err().in_upper);
}

/// A mapping whose values have the shape that their key stands for, so that contributions always fit together.
fn contribution() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![any::<bool>().prop_map(Value::from), (0_i64..5).prop_map(Value::from), "[a-c ]{0,3}".prop_map(Value::from)];
    let list = prop::collection::vec((0_i64..4).prop_map(Value::from), 0..4).prop_map(dedup);
    let leaf = prop::collection::vec(prop_oneof![("s[a-c]", scalar), ("l[a-c]", list)], 0..5);
    let flat = leaf.prop_map(|entries| entries.into_iter().collect::<Value>());
    prop::collection::vec(prop_oneof![("m[a-c]", flat.clone()), ("m[a-c]", flat)], 0..4).prop_map(|entries| entries.into_iter().collect())
}

fn dedup(items: Vec<Value>) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    Value::Array(kept)
}

fn written(kind: Merge, value: &Value) -> Vec<u8> {
    match kind {
        Merge::Yaml => serde_yaml::to_string(value).unwrap().into_bytes(),
        Merge::Toml => {
            let mut document = toml_edit::DocumentMut::new();
            for (name, entries) in value.as_object().unwrap() {
                document[name] = toml_edit::table();
                for (key, item) in entries.as_object().unwrap() {
                    document[name][key] = toml_edit::value(toml_value(item));
                }
            }
            document.to_string().into_bytes()
        }
        Merge::Json => serde_json::to_vec(value).unwrap(),
        Merge::Lines => value.to_string().replace(',', "\n").into_bytes(),
    }
}

fn toml_value(value: &Value) -> toml_edit::Value {
    match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number.as_i64().unwrap().into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(toml_value).collect::<toml_edit::Array>().into(),
        other => panic!("{other} is not generated"),
    }
}

/// What a text means, for comparison.
fn meaning(kind: Merge, bytes: &[u8]) -> Value {
    let text = std::str::from_utf8(bytes).unwrap();
    let format = match kind {
        Merge::Yaml => Format::Yaml,
        Merge::Json => Format::Json,
        Merge::Toml => Format::Toml,
        Merge::Lines => return text.lines().map(str::to_owned).collect(),
    };
    parse(&SourceText::new("x", text), format).unwrap().first().map_or(Value::Null, crate::config::Node::to_json)
}

proptest! {
    #[test]
    fn merging_is_idempotent_and_associative(a in contribution(), b in contribution(), c in contribution()) {
        for kind in [Merge::Yaml, Merge::Toml, Merge::Json, Merge::Lines] {
            let [a, b, c] = [&a, &b, &c].map(|value| written(kind, value));
            let over = |lower: &[u8], upper: &[u8]| merge(kind, lower, upper).unwrap();
            prop_assert_eq!(meaning(kind, &over(&a, &a)), meaning(kind, &a), "{:?}", kind);
            let left = over(&over(&a, &b), &c);
            let right = over(&a, &over(&b, &c));
            prop_assert_eq!(meaning(kind, &left), meaning(kind, &right), "{:?}", kind);
        }
    }
}
