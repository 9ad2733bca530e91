//! After parsing, tokens give way to the values they stand for. Spans stay those of the template.

use std::ops::Range;

use serde_json::Value as Json;

use crate::config::{Document, Key, Members, Node, Value};

use super::TEMPLATED;
use super::expression::to_text;
use super::mask::Masked;

/// A document with the values of its tokens.
pub(super) fn fill(node: Document, masked: &Masked) -> Document {
    let Node { value, span } = node;
    match value {
        Value::String(text) => scalar(&text, span, masked),
        Value::Sequence(items) => {
            let mut filled = Vec::with_capacity(items.len());
            for item in items {
                let listed = whole(&item, masked).and_then(Option::as_ref).and_then(Json::as_array).cloned();
                match listed {
                    Some(values) => filled.extend(values.iter().map(|value| from_json(value, &item.span))),
                    None => filled.push(fill(item, masked)),
                }
            }
            Node { value: Value::Sequence(filled), span }
        }
        Value::Mapping(entries) => mapping(entries, span, masked),
        other => Node { value: other, span },
    }
}

/// The value of a node that is one token and nothing else.
fn whole<'a>(node: &Node, masked: &'a Masked) -> Option<&'a Option<Json>> {
    let text = node.as_str()?;
    let first = text.chars().next()?;
    let token = masked.token(first)?;
    text[first.len_utf8()..].bytes().all(|b| b == b'_').then_some(token)
}

fn scalar(text: &str, span: Range<usize>, masked: &Masked) -> Node {
    let quoted = masked.text[span.start.min(masked.text.len())..].starts_with(['"', '\'']);
    let node = Node { value: Value::String(text.to_owned()), span };
    match whole(&node, masked) {
        Some(Some(value)) if !quoted => from_json(value, &node.span),
        _ => Node { value: Value::String(replaced(text, masked)), span: node.span },
    }
}

/// A text with its tokens replaced.
fn replaced(text: &str, masked: &Masked) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let Some(token) = masked.token(c) else {
            result.push(c);
            continue;
        };
        while rest.next_if_eq(&'_').is_some() {}
        match token {
            Some(value) => result.push_str(&to_text(value)),
            None => result.push_str(TEMPLATED),
        }
    }
    result
}

/// A mapping: a key that is a token alone stands for a block of its own.
fn mapping(entries: Members, span: Range<usize>, masked: &Masked) -> Node {
    let block = |key: &Key| {
        let mut chars = key.name.chars();
        chars.next().and_then(|c| masked.token(c)).filter(|_| chars.next().is_none())
    };
    if let [(key, _)] = &entries[..]
        && let Some(token) = block(key)
    {
        return token.as_ref().map_or_else(
            || Node { value: Value::String(TEMPLATED.to_owned()), span: key.span.clone() },
            |value| from_json(value, &key.span),
        );
    }
    let mut filled: Vec<(Key, Node)> = Vec::with_capacity(entries.len());
    for (key, node) in entries {
        match block(&key) {
            None => filled.push((Key { name: replaced(&key.name, masked), span: key.span }, fill(node, masked))),
            Some(Some(Json::Object(members))) => {
                let members =
                    members.iter().map(|(name, value)| (Key { name: name.clone(), span: key.span.clone() }, from_json(value, &key.span)));
                filled.extend(members);
            }
            // A block whose text is not known may hold any keys.
            Some(_) => {}
        }
    }
    Node { value: Value::Mapping(filled.into()), span }
}

/// A value from the chart's defaults, at the place of the action that names it.
fn from_json(value: &Json, span: &Range<usize>) -> Node {
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::Number(number.clone()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Sequence(items.iter().map(|item| from_json(item, span)).collect()),
        Json::Object(members) => Value::Mapping(
            members.iter().map(|(name, value)| (Key { name: name.clone(), span: span.clone() }, from_json(value, span))).collect(),
        ),
    };
    Node { value, span: span.clone() }
}
