//! Edits of YAML and JSON: what changes, what stays, what is refused.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// `a.0.b` as steps.
fn at(path: &str) -> Vec<Step> {
    let step = |part: &str| part.parse().map_or_else(|_| Step::Key(part.to_owned()), Step::Index);
    path.split('.').filter(|part| !part.is_empty()).map(step).collect()
}

#[track_caller]
fn sets(text: &str, path: &str, to: Json, expected: &str) {
    assert_eq!(edit(text, Format::Yaml, &Change::set(0, at(path), to)).unwrap(), expected);
}

#[track_caller]
fn removes(text: &str, path: &str, expected: &str) {
    assert_eq!(edit(text, Format::Yaml, &Change::remove(0, at(path))).unwrap(), expected);
}

#[test]
fn only_the_value_changes() {
    sets("# c\na:   1 # one\nb: 2\n", "a", json!("x y"), "# c\na:   \"x y\" # one\nb: 2\n");
    sets("a: {b: 'x', c: 1}\n", "a.b", json!("z"), "a: {b: z, c: 1}\n");
    sets("a: \"x y\" # one\nb: 'z'\n", "a", json!("v w"), "a: \"v w\" # one\nb: 'z'\n");
    sets("é: [1, 2] # ü\r\n", "é.1", json!(3), "é: [1, 3] # ü\r\n");
    sets("a: ~\n", "a.b", json!(1), "a: {b: 1}\n");
    sets("a: {b: 1}\n", "a", json!([]), "a: []\n");
}

#[test]
fn new_entries_stand_below_the_last_with_its_indentation() {
    sets("a:\n    b: 1 # one\n\n# next\nc: 2\n", "a.d", json!(true), "a:\n    b: 1 # one\n    d: true\n\n# next\nc: 2\n");
    sets("s:\n- name: x\n  image: y\n- name: z\n", "s.0.q.r", json!(1), "s:\n- name: x\n  image: y\n  q:\n    r: 1\n- name: z\n");
    sets("a: 1", "b", json!([1]), "a: 1\nb:\n  - 1");
    sets("a:\r\n  b: 1\r\n", "a.c", json!("no"), "a:\r\n  b: 1\r\n  c: \"no\"\r\n");
    sets("a: |\n  text\n  more\n\nb: 1\n", "c", json!(1), "a: |\n  text\n  more\n\nb: 1\nc: 1\n");
    sets("a:\n  t: |\n    text\nb: 1\n", "a.c", json!(1), "a:\n  t: |\n    text\n  c: 1\nb: 1\n");
}

#[test]
fn flow_collections_and_lists_grow_too() {
    sets("a: {}\n", "a.b", json!(1), "a: {b: 1}\n");
    sets("a: {b: 1}\n", "a.c.d", json!(2), "a: {b: 1, c: {d: 2}}\n");
    sets("a: []\n", "a.0", json!("x"), "a: [x]\n");
    sets("a:\n  - x # one\nb: 1\n", "a.1", json!({"c": 1}), "a:\n  - x # one\n  - {c: 1}\nb: 1\n");
    sets("a:\nb: 1\n", "a.c", json!(1), "a:\n  c: 1\nb: 1\n");
    sets("a: # why\nb: 1\n", "a", json!(1), "a: 1 # why\nb: 1\n");
}

#[test]
fn entries_and_items_go_with_their_lines() {
    removes("a: 1\nb: 2 # two\nc: 3\n", "b", "a: 1\nc: 3\n");
    removes("a:\n  - x\n  - y\n", "a.0", "a:\n  - y\n");
    removes("a: {b: 1, c: 2}\n", "a.b", "a: {c: 2}\n");
    removes("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n");
    removes("a: [1]\n", "a.0", "a: []\n");
    removes("a:\n  b: 1 # one\nc: 2\n", "a.b", "a: {} # one\nc: 2\n");
    removes("a:\n  - b\n", "a.0", "a: []\n");
    removes("a:\n  b:\n    c: 1\n\n  d: 2\n", "a.b", "a:\n\n  d: 2\n");
}

#[test]
fn what_the_layout_does_not_allow_is_refused() {
    let refused = |text: &str, path: &str, to: Option<Json>| {
        let change = Change { document: 0, at: at(path), to };
        edit(text, Format::Yaml, &change).unwrap_err()
    };
    // A change below an alias would change the anchor as well.
    refused("a: &x {b: 1}\nc: *x\n", "c.d", Some(json!(1)));
    refused("a: &x\n  b: 1\nc: *x\n", "c.b", Some(json!(2)));
    refused("a:\n  b: 1\n", "a", Some(json!(1)));
    refused("a: |\n  text\n", "a", Some(json!(1)));
    refused("a: 1\n", "a.b", Some(json!(1)));
    refused("a: # why\n  b: 1\n", "a.b", None);
    refused("a: 1\n", "b", None);
    refused("- a: 1\n  b: 2\n", "0.a", None);
    refused("a: [1\n", "a", Some(json!(1)));
    assert!(edit("a: 1\n", Format::Yaml, &Change::set(3, at("a"), json!(1))).is_err());
}

#[test]
fn json_keeps_its_layout() {
    let text = "{\n  \"a\": 1,\n  \"b\": {\"c\": [1]}\n}\n";
    let set = |path: &str, to: Json| edit(text, Format::Json, &Change::set(0, at(path), to)).unwrap();
    assert_eq!(set("a", json!("x")), text.replace('1', "\"x\"").replacen("[\"x\"]", "[1]", 1));
    assert_eq!(set("b.d", json!(true)), text.replace("[1]}", "[1], \"d\": true}"));
    assert_eq!(set("e", json!(null)), text.replace("[1]}\n", "[1]},\n  \"e\": null\n"));
    assert_eq!(set("b.c.1", json!(2)), text.replace("[1]", "[1, 2]"));
    assert_eq!(edit(text, Format::Json, &Change::remove(0, at("a"))).unwrap(), "{\n  \"b\": {\"c\": [1]}\n}\n");
    assert_eq!(edit(text, Format::Json, &Change::remove(0, at("b"))).unwrap(), "{\n  \"a\": 1\n}\n");
}

#[test]
fn only_the_named_document_changes() {
    let text = "a: 1\n---\n# two\na: 1\n...\n---\na: 1\n";
    let edited = edit(text, Format::Yaml, &Change::set(1, at("b"), json!(2))).unwrap();
    assert_eq!(edited, "a: 1\n---\n# two\na: 1\nb: 2\n...\n---\na: 1\n");
}

/// YAML as people write it: blocks and flows with comments.
fn yaml() -> impl Strategy<Value = String> {
    let scalar =
        prop_oneof!["[a-z]{1,4}", "'[a-z ]{0,4}'", "[0-9]{1,3}", Just("|\n      text\n      more".to_owned()), Just("~".to_owned())];
    let flow = prop_oneof!["\\{x: [0-9], y: 'é'\\}", "\\[[0-9], [a-z]\\]", Just("{}".to_owned())];
    let value = prop_oneof![scalar, flow, Just("\n    n: 1\n    m: 2".to_owned()), Just("\n  - i: 1\n    j: 2\n  - k".to_owned())];
    proptest::collection::vec((value, "( # [a-z]{1,4})?", "(\n| *# c\n)?"), 1..5).prop_map(|entries| {
        let line = |(index, (value, comment, after)): (usize, (String, String, String))| {
            let comment = if value.contains('\n') { String::new() } else { comment };
            format!("k{index}: {value}{comment}\n{after}")
        };
        entries.into_iter().enumerate().map(line).collect()
    })
}

proptest! {
    /// An edit either is refused or changes just what it says; and making it again changes nothing.
    #[test]
    fn an_edit_means_what_it_says(text in yaml(), path in "k[0-4](\\.([nxij]|[0-2]|new))?(\\.(y|new))?", to in prop_oneof![Just(json!("v w")), Just(json!({"p": [1, {"q": null}]})), Just(json!(7))]) {
        let change = Change::set(0, at(&path), to);
        if let Ok(edited) = edit(&text, Format::Yaml, &change) {
            // `edit` compares values; comments are compared here.
            let comments = |text: &str| text.lines().filter(|line| line.contains('#')).count();
            prop_assert_eq!(comments(&edited), comments(&text));
            let again = edit(&edited, Format::Yaml, &change);
            prop_assert!(again.is_err() || again.as_deref() == Ok(edited.as_str()), "{}", edited);
        }
    }
}
