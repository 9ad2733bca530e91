//! XML as objects: `-name` for an attribute, `#content` for text beside children, an array where an element repeats.
//!
//! Unlike conftest, a text that is not well-formed is an error: conftest checks what stands before the mistake.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

use super::super::document::MAX_DEPTH;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let options = ParsingOptions { allow_dtd: true, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| e.to_string())?;
    let root = document.root_element();
    let mut members = Map::new();
    members.insert(root.tag_name().name().to_owned(), element(root, 0)?);
    Ok(Value::Object(members))
}

fn element(node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    let mut members = Map::new();
    let inherited =
        |uri: &str, name: Option<&str>| node.parent_element().is_some_and(|p| p.namespaces().any(|n| n.uri() == uri && n.name() == name));
    for space in node.namespaces().filter(|n| n.name() != Some("xml") && !inherited(n.uri(), n.name())) {
        add(&mut members, format!("-{}", space.name().unwrap_or("xmlns")), Value::String(space.uri().to_owned()));
    }
    for attribute in node.attributes() {
        add(&mut members, format!("-{}", attribute.name()), Value::String(attribute.value().to_owned()));
    }
    // The last text wins, also when it is only the space before the closing tag.
    let mut content = "";
    for child in node.children() {
        if child.is_element() {
            add(&mut members, child.tag_name().name().to_owned(), element(child, depth + 1)?);
        } else if child.is_text() {
            content = child.text().unwrap_or_default().trim_matches(|c: char| c.is_whitespace() || c.is_control());
        }
    }
    if members.is_empty() {
        return Ok(Value::String(content.to_owned()));
    }
    if !content.is_empty() {
        members.insert("#content".to_owned(), Value::String(content.to_owned()));
    }
    Ok(Value::Object(members.into_iter().map(|(name, value)| (name, unwrap(value))).collect()))
}

fn add(members: &mut Map<String, Value>, name: String, value: Value) {
    if let Some(Value::Array(list)) = members.get_mut(&name) {
        list.push(value);
    } else {
        members.insert(name, Value::Array(vec![value]));
    }
}

fn unwrap(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 => items.pop().unwrap_or_default(),
        other => other,
    }
}
