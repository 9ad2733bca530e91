//! The readers together: what they accept, where they point, how they agree, and what hostile files do to them.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::finding::SourceText;

fn read(text: &str, format: Format) -> Result<Vec<Document>, String> {
    let source = SourceText::new("f", text);
    parse(&source, format).map_err(|d| {
        let at = &d.locations[0];
        format!("{}:{}: {} ({})", at.start.line, at.start.column, d.title, at.label)
    })
}

/// What a text is as JSON, or where and why it is nothing.
#[track_caller]
fn check(text: &str, format: Format, expected: &str) {
    let said = match read(text, format) {
        Ok(documents) => documents.iter().map(|d| d.to_json().to_string()).collect::<Vec<_>>().join(" "),
        Err(error) => error,
    };
    assert_eq!(said, expected, "{text:?}");
}

#[test]
fn yaml_follows_the_core_schema() {
    let check = |text, expected| check(text, Format::Yaml, expected);
    check("a: yes\nb: on\nc: true\nd: ~\n", r#"{"a":"yes","b":"on","c":true,"d":null}"#);
    check("- 1\n- -2\n- 0x10\n- 0o17\n- 1.5e3\n- 010\n- 1_000\n- 12:30\n", r#"[1,-2,16,15,1500.0,10,"1_000","12:30"]"#);
    check("a: '1'\nb: !!str 2\nc: |\n  x\n", r#"{"a":"1","b":"2","c":"x\n"}"#);
    check("a: &x [1]\nb: *x\n", r#"{"a":[1],"b":[1]}"#);
    check("a\n---\nb\n", r#""a" "b""#);
    check("", "");
    check("# nothing\n", "");
    check("\u{feff}a: é\r\nb: 1\r\n", r#"{"a":"é","b":1}"#);
    check("a: |\n  x\n  y", r#"{"a":"x\ny"}"#);
}

#[test]
fn texts_and_brackets_may_go_on_as_far_left_as_their_key() {
    let check = |text, expected| check(text, Format::Yaml, expected);
    check("é:\n  a: [\n    x,\n    'é'\n  ]\n  b: 1\n", r#"{"é":{"a":["x","é"],"b":1}}"#);
    check("a:\n  b: {\n    c: [\n      1\n]\n}\nd: 2\n", r#"{"a":{"b":{"c":[1]}},"d":2}"#);
    check("a:\n  b: [\n1,\n\"x\ny\"\n]\n", r#"{"a":{"b":[1,"x y"]}}"#);
    check("a:\n  b: [\"--one\",\n  \"--two\",\n  three\n  ]\n", r#"{"a":{"b":["--one","--two","three"]}}"#);
    check("a:\n  b: \"one\n  two\"\n  c: 'it''s\n  here'\n", r#"{"a":{"b":"one two","c":"it's here"}}"#);
    let many = (0..1000).map(|i| format!("  k{i}: \"x\n  y\"\n  l{i}: [x,\n  y]\n")).collect::<String>();
    assert!(read(&format!("a:\n{many}"), Format::Yaml).is_ok(), "however many there are");
    let source = SourceText::new("f", "a:\n  b: [\n    é\n  ]\n  c: 1\n");
    let documents = parse(&source, Format::Yaml).unwrap();
    let mut found = Vec::new();
    spans(&documents[0], &mut |span| found.push(&source.text()[span]));
    assert_eq!(found, ["b: [\n    é\n  ]\n  c: 1\n", "[\n    é\n  ]", "é", "1"], "spans are those of the file");
    check("a:\n  b: [\n  ]\n  c: [1\n", "4:6: file is not valid YAML (unclosed bracket '[')");
}

#[test]
fn merge_keys_set_what_the_mapping_does_not_set_itself() {
    let check = |text, expected| check(text, Format::Yaml, expected);
    check("b: &b {x: 1, y: 2}\nu:\n  y: 3\n  <<: *b\n", r#"{"b":{"x":1,"y":2},"u":{"y":3,"x":1}}"#);
    check("u:\n  <<: [{a: 1}, {a: 2, b: 2}]\n  c: 3\n", r#"{"u":{"c":3,"a":1,"b":2}}"#);
    check("'<<': {a: 1}\n", r#"{"<<":{"a":1}}"#);
    check("<<: 1\na: <<\n", r#"{"<<":1,"a":"<<"}"#);
    check("a: &a {<<: *b}\n", "1:12: file is not valid YAML (while parsing node, found unknown anchor)");
    let source = SourceText::new("f", "b: &b {x: 1}\nu:\n  <<: *b\n");
    let root = parse(&source, Format::Yaml).unwrap().remove(0);
    let steps = [Step::Key("u".to_owned()), Step::Key("x".to_owned())];
    assert_eq!(&source.text()[root.span_of(&steps)], "*b", "what is merged stands where it is merged");
}

/// Every value below a node, from the outside in.
fn spans(node: &Node, tell: &mut impl FnMut(std::ops::Range<usize>)) {
    match &node.value {
        Value::Mapping(entries) => entries.iter().for_each(|(_, value)| {
            tell(value.span.clone());
            spans(value, tell);
        }),
        Value::Sequence(items) => items.iter().for_each(|value| {
            tell(value.span.clone());
            spans(value, tell);
        }),
        _ => {}
    }
}

#[test]
fn mistakes_have_a_place() {
    check("a: 1\na: 2\n", Format::Yaml, "2:1: key `a` is set twice (set again here)");
    check("{\"a\": 1,\n \"a\": 2}", Format::Json, "2:2: key `a` is set twice (set again here)");
    check(
        "{\"é\": 1,\n  \"b\" 2}",
        Format::Json,
        "2:7: file is not valid JSON (Expected colon after the string or word in object property)",
    );
    check("\u{feff}", Format::Json, "1:1: file is not valid JSON (the file is empty)");
    check("\u{feff}{\"a\": 1,\n \"é\": [x]}", Format::Json, "2:8: file is not valid JSON (Unexpected token)");
    check("\u{feff}{\"a\": \"é\"}\n", Format::Json, r#"{"a":"é"}"#);
    check("{}\u{feff}", Format::Json, "1:3: file is not valid JSON (Unexpected token)");
    check("", Format::Json, "1:1: file is not valid JSON (the file is empty)");
    check("[]\n[]", Format::Json, "2:1: file is not valid JSON (Text cannot contain more than one JSON value)");
    check("a = 1\nb = \n", Format::Toml, "2:5: file is not valid TOML (string values must be quoted, expected literal string)");
    check("é: [1\nb: 2\n", Format::Yaml, "2:2: file is not valid YAML (illegal placement of ':' indicator)");
    check("a: *b\n", Format::Yaml, "1:4: file is not valid YAML (while parsing node, found unknown anchor)");
    check("a: &a [*a]\n", Format::Yaml, "1:8: alias stands inside its own anchor (this alias never ends)");
}

/// A hostile text is refused within a second, with a place, and without touching the stack's end.
#[track_caller]
fn refused(text: &str, format: Format, expected: &str) {
    let began = Instant::now();
    let error = read(text, format).expect_err("this must be refused");
    assert!(error.contains(expected), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5), "took {:?}", began.elapsed());
}

#[test]
fn hostile_files_are_refused_in_bounded_time() {
    let many = 200_000;
    refused(&"[".repeat(many), Format::Yaml, "recursion limit exceeded");
    refused(&"{a: ".repeat(many), Format::Yaml, "recursion limit exceeded");
    refused(&"- ".repeat(many), Format::Yaml, "nested too deeply");
    refused(&"[".repeat(many), Format::Json, "nesting depth exceeded");
    refused(&"{\"a\":".repeat(many), Format::Json, "nesting depth exceeded");
    refused(&format!("a = {}", "[".repeat(many)), Format::Toml, "");
    refused(&format!("a{} = 1", ".a".repeat(many)), Format::Toml, "");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    refused(&bomb, Format::Yaml, "too many values");
}

#[test]
fn a_path_leads_to_the_key_it_ends_in() {
    let source = SourceText::new("f", "a:\n  b: [1, {c: 2}]\n");
    let root = parse(&source, Format::Yaml).unwrap().remove(0);
    let place = |steps: &[Step]| {
        let at = source.position(root.span_of(steps).start);
        (at.line, at.column)
    };
    let key = |name: &str| Step::Key(name.to_owned());
    assert_eq!(place(&[]), (1, 1));
    assert_eq!(place(&[key("a"), key("b")]), (2, 3));
    assert_eq!(place(&[key("a"), key("b"), Step::Index(1), key("c")]), (2, 11));
    assert_eq!(place(&[key("a"), key("b"), Step::Index(0)]), (2, 7));
    assert_eq!(place(&[key("a"), key("missing"), key("more")]), (1, 1), "the nearest parent that exists");
}

/// Texts without the characters that were line breaks in YAML 1.1 and are none in 1.2: `serde_yaml` still writes them as breaks.
fn text(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..most)
        .prop_map(|chars| chars.into_iter().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')).collect())
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1.0e9..1.0e9).prop_map(|n: f64| n.into()),
        text(12).prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(text(8), inner, 0..6).prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_back(value in json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(read(&text, Format::Json).unwrap()[0].to_json(), value.clone());
        let text = serde_yaml::to_string(&value).unwrap();
        prop_assert_eq!(read(&text, Format::Yaml).unwrap()[0].to_json(), value);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([a-c:\\-\\[\\]{}#&*!|>'\"%@`,?~ \n\t=.0-9é]|\\PC){0,80}") {
        for format in [Format::Yaml, Format::Json, Format::Toml] {
            let _ = read(&text, format);
        }
    }

    #[test]
    fn every_span_lies_in_the_text(text in "[a-c:\\-\\[\\]{},' \né]{0,60}") {
        fn visit(node: &Node, text: &str) {
            assert!(text.get(node.span.clone()).is_some(), "{node:?}");
            match &node.value {
                Value::Sequence(items) => items.iter().for_each(|n| visit(n, text)),
                Value::Mapping(entries) => entries.iter().for_each(|(_, n)| visit(n, text)),
                _ => {}
            }
        }
        for format in [Format::Yaml, Format::Json, Format::Toml] {
            for document in read(&text, format).unwrap_or_default() {
                visit(&document, &text);
            }
        }
    }
}
