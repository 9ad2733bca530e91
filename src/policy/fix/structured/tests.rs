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
    removes("a: 1\nb: 2\nc: 3\n", "b", "a: 1\nc: 3\n");
    removes("a: 1\r\nb: 2", "b", "a: 1");
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
fn json_may_be_compact_and_have_comments() {
    let set = |text: &str, path: &str, to: Json| edit(text, Format::Json, &Change::set(0, at(path), to)).unwrap();
    assert_eq!(set("{\"a\":1,\"b\":{}}", "c", json!("x")), "{\"a\":1,\"b\":{},\"c\":\"x\"}");
    assert_eq!(set("{\"a\": 1,\"b\":{}}", "b.d", json!([1, {"x": 2}])), "{\"a\": 1,\"b\":{\"d\": [1, {\"x\": 2}]}}");
    let text = "{\r\n  // it's \" {\r\n  \"a\": 1 /* one */, // 1\r\n  \"b\": [2, ], // two }\r\n}\r\n";
    assert_eq!(set(text, "a", json!(3)), text.replace("\"a\": 1", "\"a\": 3"));
    assert_eq!(set(text, "b.1", json!(3)), text.replace("[2, ]", "[2, 3, ]"));
    assert_eq!(set(text, "c", json!(3)), text.replace("// two }\r\n", "// two }\r\n  \"c\": 3,\r\n"));
    let remove = |path: &str| edit(text, Format::Json, &Change::remove(0, at(path)));
    assert_eq!(remove("b").unwrap(), text.replace("\"b\": [2, ], // two", "// two"));
    assert_eq!(remove("a").unwrap_err(), "the comment `/* one */` would be lost");
    assert_eq!(edit("{a: 1}", Format::Json, &Change::remove(0, at("a"))).unwrap_err(), "the file cannot be parsed");
}

#[test]
fn what_a_merge_key_brings_stands_elsewhere() {
    sets("a: &x {b: 1}\nc: {<<: *x}\n", "c.d", json!(2), "a: &x {b: 1}\nc: {<<: *x, d: 2}\n");
    sets("a: &x {b: 1}\nc: {<<: *x, d: 1}\n", "c.e", json!(2), "a: &x {b: 1}\nc: {<<: *x, d: 1, e: 2}\n");
    sets("a: &x 1\nc: [*x]\n", "c.1", json!(2), "a: &x 1\nc: [*x, 2]\n");
}

#[test]
fn only_the_named_document_changes() {
    let text = "a: 1\n---\n# two\na: 1\n...\n---\na: 1\n";
    let edited = edit(text, Format::Yaml, &Change::set(1, at("b"), json!(2))).unwrap();
    assert_eq!(edited, "a: 1\n---\n# two\na: 1\nb: 2\n...\n---\na: 1\n");
}

#[test]
fn comments_stay_or_the_edit_is_refused() {
    removes("a: 1\n# why b\nb: 2 # two\nc: 3\n", "b", "a: 1\n# why b\n# two\nc: 3\n");
    removes("a:\r\n  - x # one\r\n  - y\r\n", "a.0", "a:\r\n  # one\r\n  - y\r\n");
    sets("a: [\n  1, # one\n  2 # two\n]\n", "a.2", json!(3), "a: [\n  1, # one\n  2, # two\n  3\n]\n");
    sets("a: [\n  1 # one\n]\n", "a.0", json!(3), "a: [\n  3 # one\n]\n");
    sets("a:\t1\t# one\n", "a", json!(2), "a:\t2\t# one\n");
    sets("\u{feff}# top\na: 1", "b", json!(2), "\u{feff}# top\na: 1\nb: 2");
    let refused = |text: &str, path: &str, to: Option<Json>, why: &str| {
        let refused = edit(text, Format::Yaml, &Change { document: 0, at: at(path), to }).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    };
    refused("b: 0\na:\n  # why\n  c: 1\n", "a", None, "the comment `# why` would be lost");
    refused("b: 0\na: # why\n  c: 1\n", "a", None, "the comment `# why` would be lost");
    refused("b: 0\na:\n  c: 1 # why\n", "a", None, "the comment `# why` would be lost");
    refused("a: [ # why\n  1]\n", "a", Some(json!(1)), "the comment `# why` would be lost");
    refused("a: {\n  b: 1 # why\n  , c: 2\n}\n", "a.b", None, "the comment `# why` would be lost");
    removes("a: {\n  b: 1, # why\n  c: 2\n}\n", "a.b", "a: {\n  # why\n  c: 2\n}\n");
}

#[test]
fn what_is_shared_or_tagged_is_left_alone() {
    let refused = |text: &str, path: &str, to: Option<Json>, why: &str| {
        let refused = edit(text, Format::Yaml, &Change { document: 0, at: at(path), to }).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    };
    refused("a: &x 1\nb: *x\n", "a", Some(json!(2)), "an alias shares this place");
    refused("a: &x {b: 1}\nc: {<<: *x}\n", "a.b", Some(json!(2)), "an alias shares this place");
    refused("a: &x {b: 1}\nc: {<<: *x}\n", "c.b", Some(json!(2)), "an alias shares this place");
    refused("a: !Ref x\n", "a", Some(json!("y")), "a tag");
    refused("a: !Ref &b x\n", "a", Some(json!("y")), "a tag");
    refused("a: [1, !Ref x]\n", "a.1", Some(json!("y")), "a tag");
    sets("a: &x 1\nb: 2\n", "a", json!(3), "a: &x 3\nb: 2\n");
    sets("a: &x 1\nb: *x\n", "b", json!(3), "a: &x 1\nb: 3\n");
    sets("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n", "c.e", json!(3), "a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n  e: 3\n");
}

/// YAML as people write it: blocks and flows with comments.
fn yaml() -> impl Strategy<Value = String> {
    let scalar =
        prop_oneof!["[a-z]{1,4}", "'[a-z ]{0,4}'", "[0-9]{1,3}", Just("|\n      text\n      more".to_owned()), Just("~".to_owned())];
    let flow = prop_oneof!["\\{x: [0-9], y: 'é'\\}", "\\[[0-9], [a-z]\\]", Just("{}".to_owned())];
    let value = prop_oneof![scalar, flow, Just("\n    n: 1\n    m: 2".to_owned()), Just("\n  - i: 1\n    j: 2\n  - k".to_owned())];
    proptest::collection::vec((value, "( # [a-z]{1,4})?", "(\n| {0,3}# c\n)?"), 1..5).prop_map(|entries| {
        let line = |(index, (value, comment, after)): (usize, (String, String, String))| {
            let comment = if value.contains('\n') { String::new() } else { comment };
            format!("k{index}: {value}{comment}\n{after}")
        };
        entries.into_iter().enumerate().map(line).collect()
    })
}

proptest! {
    /// An edit either is refused or changes just what it says and keeps every comment; and making it again changes nothing.
    #[test]
    fn an_edit_means_what_it_says(text in yaml(), path in "k[0-4](\\.([nxij]|[0-2]|new))?(\\.(y|new))?", to in to(), crlf: bool, end: bool) {
        let text = if end { text } else { text.trim_end_matches('\n').to_owned() };
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let change = Change { document: 0, at: at(&path), to };
        if let Ok(edited) = edit(&text, Format::Yaml, &change) {
            // `edit` compares values; comments are compared here, by eye: no scalar of these documents holds the sign.
            prop_assert_eq!(signs(&edited), signs(&text), "{}", edited);
            prop_assert_eq!(edited.ends_with('\n'), end);
            prop_assert!(!text.contains("\r\n") || !edited.replace("\r\n", "").contains('\n'));
            let again = edit(&edited, Format::Yaml, &change);
            // The item after one that is gone has its number.
            let moves_up = change.to.is_none() && matches!(change.at.last(), Some(Step::Index(_)));
            prop_assert!(moves_up || again.is_err() || again.as_deref() == Ok(edited.as_str()), "{}", edited);
        }
    }

    #[test]
    fn an_edit_of_json_means_what_it_says(value in json(), path in "k[0-3](\\.(n|[0-2]|new))?", to in to(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let change = Change { document: 0, at: at(&path), to };
        let mut expected = value;
        if let Ok(edited) = edit(&text, Format::Json, &change) {
            expect(&mut expected, &change.at, change.to.as_ref()).unwrap();
            prop_assert_eq!(serde_json::from_str::<Json>(&edited).unwrap(), expected);
        }
    }

    #[test]
    fn an_edit_of_json_keeps_comments(value in json(), path in "k[0-3](\\.(n|[0-2]|new))?", to in to(), commas: bool, crlf: bool) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let line = |(number, line): (usize, &str)| {
            let next = text.lines().nth(number + 1).is_some_and(|next| next.trim_start().starts_with(['}', ']']));
            let comma = if commas && next && !line.ends_with(['{', '[', ',']) { "," } else { "" };
            format!("{line}{comma}{}", [" // \"} it's", "", " /* [ */", "\n  // above"][number % 4])
        };
        let text = text.lines().enumerate().map(line).collect::<Vec<_>>().join(if crlf { "\r\n" } else { "\n" });
        let change = Change { document: 0, at: at(&path), to };
        let mut expected = value;
        if let Ok(edited) = edit(&text, Format::Json, &change) {
            expect(&mut expected, &change.at, change.to.as_ref()).unwrap();
            prop_assert_eq!(documents(&edited, Format::Json).unwrap()[0].to_json(), expected);
            let comments = |text: &str| text.matches("//").count() + text.matches("/*").count();
            prop_assert_eq!(comments(&edited), comments(&text), "{}", edited);
        }
    }

    #[test]
    fn an_edit_of_toml_means_what_it_says(text in toml(), path in "(t\\.)?k[0-3](\\.(a|new|[0-2]))?|t|new", to in to(), crlf: bool) {
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let change = Change { document: 0, at: at(&path), to };
        if let Ok(edited) = super::super::toml::edit(&text, &change) {
            prop_assert_eq!(signs(&edited), signs(&text), "{}", edited);
            prop_assert!(!crlf || !edited.replace("\r\n", "").contains('\n'));
            let again = super::super::toml::edit(&edited, &change);
            let moves_up = change.to.is_none() && matches!(change.at.last(), Some(Step::Index(_)));
            prop_assert!(moves_up || again.is_err() || again.as_deref() == Ok(edited.as_str()), "{}", edited);
        }
    }
}

/// What is set, or that something is removed.
fn to() -> impl Strategy<Value = Option<Json>> {
    prop_oneof![Just(None), Just(Some(json!("v w"))), Just(Some(json!({"p": [1, {"q": true}]}))), Just(Some(json!(7)))]
}

/// The comments of a text whose values hold no `#`.
fn signs(text: &str) -> Vec<&str> {
    let mut all: Vec<_> = text.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end())).collect();
    all.sort_unstable();
    all
}

fn json() -> impl Strategy<Value = Json> {
    let leaf =
        prop_oneof![Just(json!(null)), Just(json!("é \" {")), Just(json!(1)), Just(json!([1, [], "x"])), Just(json!({"n": {"m": 1}}))];
    proptest::collection::vec(leaf, 0..4).prop_map(|values| {
        let members = values.into_iter().enumerate().map(|(index, value)| (format!("k{index}"), value));
        Json::Object(members.collect())
    })
}

/// TOML as people write it: comments above, behind, and inside of lists.
fn toml() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[0-9]{1,3}",
        "'[a-z ]{0,4}'",
        Just("[1, 2]".to_owned()),
        Just("[\n  1, # in\n  2,\n]".to_owned()),
        Just("{a = 1}".to_owned())
    ];
    let entry = (value, "( # [a-z]{1,4})?", "(\n|# c\n){0,2}");
    (proptest::collection::vec(entry, 0..4), 0usize..4, "(# above t\n)?").prop_map(|(entries, top, above)| {
        let line = |(index, (value, comment, after)): (usize, (String, String, String))| format!("{after}k{index} = {value}{comment}\n");
        let mut lines: Vec<String> = entries.into_iter().enumerate().map(line).collect();
        lines.insert(top.min(lines.len()), format!("{above}[t] # t\n"));
        lines.concat()
    })
}
