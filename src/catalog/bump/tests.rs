//! What needs which number.

use serde_json::json;

use super::*;

#[track_caller]
fn check(old: Value, new: Value, expected: &[(Bump, &str)]) {
    let found = changes(&old, &new);
    assert_eq!(found.iter().map(|(bump, text)| (*bump, text.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn what_users_rely_on_is_compared() {
    let old = json!({"inputs": {"port": {"type": "integer", "default": 1}, "store": {"type": "choice", "choices": ["a", "b"]}}});
    check(old.clone(), old.clone(), &[]);
    check(
        old.clone(),
        json!({"inputs": {"port": {"type": "string"}, "store": {"type": "choice", "choices": ["b", "c"]}, "x": {"default": 1}, "y": {}}}),
        &[
            (Bump::Major, "the input `port` has another type"),
            (Bump::Major, "the input `store` cannot be `a` any more"),
            (Bump::Minor, "the input `store` can be `c` now"),
            (Bump::Minor, "the input `x` is new"),
            (Bump::Major, "the input `y` is new and has no default"),
        ],
    );
    check(
        json!({"files": [{"path": "a", "class": "seeded"}], "provides": ["health"], "requires": ["a/b@1.0.0", "a/c@1.0.0"], "parameters": {"max": {}}}),
        json!({"requires": ["a/b@2.0.0"]}),
        &[
            (Bump::Major, "the parameter `max` is gone or has another name"),
            (Bump::Major, "no file has the class `seeded` any more"),
            (Bump::Major, "`health` is not provided any more"),
            (Bump::Major, "the layer `a/b` goes from major 1 to 2"),
            (Bump::Major, "the layer `a/c` is gone"),
        ],
    );
}

#[test]
fn a_version_announces_as_much_as_its_first_number_that_grew() {
    let changes = [(Bump::Minor, "added".to_owned()), (Bump::Major, "gone".to_owned())];
    let said = |from: &str, to: &str, changes: &[(Bump, String)]| {
        unannounced(&Version::parse(from).unwrap(), &Version::parse(to).unwrap(), changes).map(|(_, text)| text.clone())
    };
    for (from, to, expected) in [("1.0.0", "1.0.1", Some("gone")), ("1.0.0", "1.1.0", Some("gone")), ("1.0.0", "2.0.0", None)] {
        assert_eq!(said(from, to, &changes).as_deref(), expected, "{from} {to}");
    }
    assert_eq!(said("1.0.0", "1.0.1", &changes[..1]).as_deref(), Some("added"));
    assert_eq!(
        (said("1.0.0", "1.1.0", &changes[..1]), said("0.1.0", "0.2.0", &changes), said("0.1.0", "0.1.1", &changes[..1])),
        (None, None, None)
    );
    assert_eq!(said("0.1.0", "0.1.1", &changes).as_deref(), Some("gone"));
}

/// Two declarations of which the second refuses what the first accepts, and not the other way round.
const TIGHTENED: [(&str, &str); 20] = [
    (r#"{"type": "integer"}"#, r#"{"type": "integer", "min": 3}"#),
    (r#"{"type": "integer", "min": 3}"#, r#"{"type": "integer", "min": 4}"#),
    (r#"{"type": "integer", "min": -4}"#, r#"{"type": "integer", "min": -3}"#),
    (r#"{"type": "integer"}"#, r#"{"type": "integer", "max": 9}"#),
    (r#"{"type": "integer", "max": 9}"#, r#"{"type": "integer", "max": 8}"#),
    (r#"{"type": "integer", "max": 9}"#, r#"{"type": "integer", "max": -9}"#),
    (r#"{"type": "string"}"#, r#"{"type": "string", "min_length": 1}"#),
    (r#"{"type": "string", "min_length": 1}"#, r#"{"type": "string", "min_length": 2}"#),
    (r#"{"type": "string"}"#, r#"{"type": "string", "max_length": 9}"#),
    (r#"{"type": "string", "max_length": 9}"#, r#"{"type": "string", "max_length": 8}"#),
    (r#"{"type": "string"}"#, r#"{"type": "string", "pattern": "[a-z]+"}"#),
    (r#"{"type": "string"}"#, r#"{"type": "string", "except": "[a-z]+"}"#),
    (r#"{"type": "choice", "choices": ["a", "b"]}"#, r#"{"type": "choice", "choices": ["b"]}"#),
    (r#"{"type": "list"}"#, r#"{"type": "list", "min_items": 1}"#),
    (r#"{"type": "list", "max_items": 3}"#, r#"{"type": "list", "max_items": 2}"#),
    (r#"{"type": "list"}"#, r#"{"type": "list", "items": {"pattern": "[a-z]+"}}"#),
    (r#"{"type": "list"}"#, r#"{"type": "list", "items": {"choices": ["a"]}}"#),
    (r#"{"type": "list", "items": {"choices": ["a", "b"]}}"#, r#"{"type": "list", "items": {"choices": ["a"]}}"#),
    (r#"{"type": "list", "items": {"max_length": 9}}"#, r#"{"type": "list", "items": {"max_length": 8}}"#),
    (r#"{"type": "string", "default": "x"}"#, r#"{"type": "string"}"#),
];

#[test]
fn an_answer_that_is_refused_now_needs_a_major_version_and_one_more_that_is_accepted_a_minor_one() {
    for (loose, tight) in TIGHTENED {
        let manifest = |input: &str| json!({"inputs": {"x": serde_json::from_str::<Value>(input).unwrap()}});
        let bumps = |from, to| changes(&manifest(from), &manifest(to)).into_iter().map(|(bump, _)| bump).collect::<Vec<_>>();
        assert_eq!(bumps(loose, tight), [Bump::Major], "{loose} to {tight}");
        assert_eq!(bumps(tight, loose), [Bump::Minor], "{tight} to {loose}");
        assert_eq!(bumps(tight, tight), [], "{tight}");
    }
    // Neither of two expressions is known to accept all that the other one does.
    let pattern = |text: &str| json!({"inputs": {"x": {"type": "string", "pattern": text}}});
    check(pattern("[a-z]+"), pattern("[a-z0-9]+"), &[(Bump::Major, "the input `x` has another `pattern`, `[a-z0-9]+`")]);
}

#[test]
fn a_condition_or_an_order_that_changes_is_a_change() {
    let when = |default: bool, when: &str| {
        let mut input = json!({"type": "string", "when": when});
        if default {
            input["default"] = "x".into();
        }
        json!({"inputs": {"x": input}})
    };
    check(when(false, "a"), when(false, "b"), &[(Bump::Major, "the input `x` is asked on another condition")]);
    check(when(true, "a"), when(true, "b"), &[(Bump::Minor, "the input `x` is asked on another condition")]);
    let order = |order: Value| json!({"parameters": {"x": {"type": "integer", "default": 1, "order": order}}});
    check(order("larger".into()), order("smaller".into()), &[(Bump::Major, "the parameter `x` has another order")]);
    check(order(Value::Null), order("smaller".into()), &[(Bump::Minor, "the parameter `x` has another order")]);
}
