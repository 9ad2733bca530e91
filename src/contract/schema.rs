//! What is wrong inside schemas beyond their fields: types, patterns, and limits that no value meets.

use std::collections::HashMap;

use serde_json::json;

use crate::config::{Node, Value};

use super::structure::{Walk, short};

const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "array", "object", "null"];
/// Pairs of keywords of which the first must not be more than the second.
const LIMITS: [(&str, &str); 5] = [
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
];
/// A longer pattern is not compiled: it would cost more than it tells.
const MAX_PATTERN: usize = 4096;

/// Which patterns compile: the same few stand in a document many times.
#[derive(Default)]
pub(super) struct Patterns(HashMap<String, bool>);

impl Patterns {
    /// Whether a JSON Schema implementation accepts `text` as an ECMA-262 regular expression.
    fn compiles(&mut self, text: &str) -> bool {
        if let Some(known) = self.0.get(text) {
            return *known;
        }
        let compiles = text.len() > MAX_PATTERN || jsonschema::draft202012::new(&json!({ "pattern": text })).is_ok();
        self.0.insert(text.to_owned(), compiles);
        compiles
    }
}

/// The value of `type`: one name in 3.0, one or a list of different ones later.
pub(super) fn type_names(walk: &mut Walk<'_>, node: &Node) {
    let names: Vec<_> = match &node.value {
        Value::Sequence(items) if walk.version.minor > 0 => items.iter().map(Node::as_str).collect(),
        _ => vec![node.as_str()],
    };
    let mut seen = Vec::new();
    for name in names {
        match name {
            None => walk.note("a type must be a string"),
            Some("null") if walk.version.minor == 0 => walk.note("`null` is no type in OpenAPI 3.0: write `nullable: true`"),
            Some(name) if !TYPES.contains(&name) => {
                let hint = crate::finding::nearest(name, TYPES).map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
                walk.note(format!("`{}` is no type of JSON Schema{hint}", short(name)));
            }
            Some(name) if seen.contains(&name) => walk.note(format!("type `{name}` is named twice")),
            Some(name) => seen.push(name),
        }
    }
}

/// The value of `pattern`, or a key of `patternProperties`.
pub(super) fn pattern(walk: &mut Walk<'_>, text: &str) {
    if !walk.patterns.compiles(text) {
        walk.note(format!("pattern `{}` is no regular expression of ECMA-262", short(text)));
    }
}

/// What a schema's keywords say together.
pub(super) fn together(walk: &mut Walk<'_>, node: &Node) {
    let number = |key: &str| node.get(key).and_then(|value| if let Value::Number(n) = &value.value { n.as_f64() } else { None });
    for (low, high) in LIMITS {
        if let (Some(least), Some(most)) = (number(low), number(high))
            && least > most
        {
            walk.note_at(low, format!("`{low}` is {least}, more than the `{high}` of {most}: no value fits"));
        }
    }
    if number("multipleOf").is_some_and(|n| n <= 0.0) {
        walk.note_at("multipleOf", "`multipleOf` must be more than 0");
    }
    let is_array = node.get("type").and_then(Node::as_str) == Some("array");
    if walk.version.minor == 0 && is_array && node.get("items").is_none() {
        walk.note("an array has no `items`, which OpenAPI 3.0 requires");
    }
    twice(walk, node, "required");
}

/// `required` lists each name once.
fn twice(walk: &mut Walk<'_>, node: &Node, key: &str) {
    let Some(Value::Sequence(items)) = node.get(key).map(|list| &list.value) else { return };
    let mut seen = std::collections::HashSet::new();
    for name in items.iter().filter_map(Node::as_str) {
        if !seen.insert(name) {
            walk.note_at(key, format!("`{}` is required twice", short(name)));
        }
    }
}
