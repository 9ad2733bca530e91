//! After parsing, tokens give way to the values they stand for. Spans stay those of the template.

use std::ops::Range;

use serde_json::{Map, Value as Json};

use crate::config::{Document, Key, Members, Node, Value};

use super::TEMPLATED;
use super::mask::{Filling, Masked};
use super::value::HOLE;

/// A document with the values of its tokens.
pub(super) fn fill(node: Document, masked: &Masked) -> Document {
    let Node { value, span } = node;
    match value {
        Value::String(text) => scalar(&text, span, masked),
        Value::Sequence(items) => {
            let mut filled = Vec::with_capacity(items.len());
            for item in items {
                let listed = whole(&item, masked).and_then(Option::as_ref).and_then(|filling| filling.value.as_array()).cloned();
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
fn whole<'a>(node: &Node, masked: &'a Masked) -> Option<&'a Option<Filling>> {
    let text = node.as_str()?;
    let first = text.chars().next()?;
    let token = masked.token(first)?;
    text[first.len_utf8()..].bytes().all(|b| b == b'_').then_some(token)
}

fn scalar(text: &str, span: Range<usize>, masked: &Masked) -> Node {
    let quoted = masked.text[span.start.min(masked.text.len())..].starts_with(['"', '\'']);
    let node = Node { value: Value::String(text.to_owned()), span };
    match whole(&node, masked) {
        Some(Some(filling)) if !quoted => from_json(&filling.value, &node.span),
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
            Some(filling) => result.push_str(&shown(&filling.text)),
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
    let blocks: Vec<_> = entries.iter().map_while(|(key, _)| Some((block(key)?, &key.span))).collect();
    if blocks.len() == entries.len()
        && let Some(node) = of_blocks(&blocks)
    {
        return node;
    }
    let mut filled: Vec<(Key, Node)> = Vec::with_capacity(entries.len());
    for (key, node) in entries {
        match block(&key) {
            None => {
                let node = with(fill(node, masked), masked.beside.get(&masked.line(key.span.start)), &key.span);
                filled.push((Key { name: replaced(&key.name, masked), span: key.span }, node));
            }
            Some(Some(Filling { value: Json::Object(members), .. })) => filled.extend(from_members(members, &key.span)),
            // A block whose text is not known may hold any keys.
            Some(_) => {}
        }
    }
    Node { value: Value::Mapping(filled.into()), span }
}

/// Blocks that stand below each other and nothing with them; `None` for those that are members.
fn of_blocks(blocks: &[(&Option<Filling>, &Range<usize>)]) -> Option<Node> {
    let unknown = |span: &Range<usize>| Node { value: Value::String(TEMPLATED.to_owned()), span: span.clone() };
    let (first, span) = blocks.first()?;
    if let [(Some(filling), span)] = blocks {
        return Some(from_json(&filling.value, span));
    }
    if blocks.iter().all(|(filling, _)| filling.is_none()) {
        return Some(unknown(span));
    }
    let is_list = |filling: &Option<Filling>| filling.as_ref().is_some_and(|filling| filling.value.is_array());
    if !is_list(first) && !blocks.iter().any(|(filling, _)| is_list(filling)) {
        return None;
    }
    let items = blocks.iter().flat_map(|(filling, span)| match filling.as_ref().map(|filling| &filling.value) {
        Some(Json::Array(items)) => items.iter().map(|item| from_json(item, span)).collect(),
        Some(_) => Vec::new(),
        None => vec![unknown(span)],
    });
    Some(Node { value: Value::Sequence(items.collect()), span: (*span).clone() })
}

/// A block with the members or the items that are put beside it.
fn with(node: Node, beside: Option<&Json>, span: &Range<usize>) -> Node {
    let value = match (node.value, beside) {
        (Value::Mapping(members), Some(Json::Object(more))) => {
            let own: Vec<_> = members.into_iter().collect();
            let more = from_members(more, span).filter(|(key, _)| own.iter().all(|(known, _)| known.name != key.name));
            Value::Mapping(more.collect::<Vec<_>>().into_iter().chain(own).collect())
        }
        (Value::Sequence(items), Some(Json::Array(more))) => {
            Value::Sequence(more.iter().map(|item| from_json(item, span)).chain(items).collect())
        }
        (value, _) => value,
    };
    Node { value, span: node.span }
}

/// A text with its holes as rules see them.
fn shown(text: &str) -> String {
    text.replace(HOLE, TEMPLATED)
}

/// Members at the place of the action that names them.
fn from_members(members: &Map<String, Json>, span: &Range<usize>) -> impl Iterator<Item = (Key, Node)> {
    // Members that are not known have no name.
    let known = members.iter().filter(|(name, _)| !name.starts_with(HOLE) || name.chars().count() > 1);
    known.map(|(name, value)| (Key { name: shown(name), span: span.clone() }, from_json(value, span)))
}

/// A value from the chart's defaults, at the place of the action that names it.
fn from_json(value: &Json, span: &Range<usize>) -> Node {
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::Number(number.clone()),
        Json::String(text) => Value::String(shown(text)),
        Json::Array(items) => Value::Sequence(items.iter().map(|item| from_json(item, span)).collect()),
        Json::Object(members) => Value::Mapping(from_members(members, span).collect()),
    };
    Node { value, span: span.clone() }
}
