//! CycloneDX bills of materials, in the shape of their JSON form: the XML form has the same members, as elements and attributes.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

use super::super::document::MAX_DEPTH;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('<') {
        return from_xml(text);
    }
    let value = super::json::parse(text)?;
    match value.get("bomFormat").and_then(Value::as_str) {
        Some("CycloneDX") | None if value.is_object() => Ok(value),
        _ => Err("decode CycloneDX BOM: the text is not a CycloneDX object".into()),
    }
}

/// Elements that hold a list in JSON; in XML each entry is an element of its own.
const LISTS: [&str; 22] = [
    "authors",
    "components",
    "compositions",
    "contributors",
    "copyright",
    "data",
    "dependencies",
    "endpoints",
    "externalReferences",
    "hashes",
    "identity",
    "licenses",
    "lifecycles",
    "occurrences",
    "patches",
    "properties",
    "services",
    "signatories",
    "tags",
    "tools",
    "variants",
    "vulnerabilities",
];

fn from_xml(text: &str) -> Result<Value, String> {
    let document = Document::parse(text).map_err(|e| e.to_string())?;
    let root = document.root_element();
    let Some(version) = root.tag_name().namespace().and_then(|space| space.strip_prefix("http://cyclonedx.org/schema/bom/")) else {
        return Err("decode CycloneDX BOM: the text is not a CycloneDX document".into());
    };
    let Value::Object(mut members) = element(root, 0)? else { return Err("decode CycloneDX BOM: the document is empty".into()) };
    if let Some(number) = members.get("version").and_then(Value::as_str).and_then(|text| text.parse::<u64>().ok()) {
        members.insert("version".to_owned(), number.into());
    }
    members.insert("bomFormat".to_owned(), "CycloneDX".into());
    members.insert("specVersion".to_owned(), version.into());
    Ok(Value::Object(members))
}

fn element(node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    let name = node.tag_name().name();
    let children = || node.children().filter(Node::is_element);
    if LISTS.contains(&name) && node.attributes().len() == 0 {
        return children().map(|child| entry(name, child, depth)).collect();
    }
    let mut members: Map<String, Value> = node.attributes().map(|a| (a.name().to_owned(), a.value().into())).collect();
    for child in children() {
        let value = element(child, depth + 1)?;
        // An empty list says nothing in XML and is left out, as conftest does.
        if value.as_array().is_none_or(|items| !items.is_empty()) {
            members.insert(child.tag_name().name().to_owned(), value);
        }
    }
    let text = node.text().unwrap_or_default().trim();
    Ok(match (members.is_empty(), text) {
        (true, "true" | "false") => Value::from(text == "true"),
        (true, _) => Value::from(text),
        (false, "") => Value::Object(members),
        (false, _) => {
            // The text of an element with attributes has a name of its own in JSON.
            let name = if members.contains_key("alg") || members.contains_key("content-type") { "content" } else { "value" };
            members.insert(name.to_owned(), text.into());
            Value::Object(members)
        }
    })
}

/// An entry of a list; licenses name what they are, and dependencies depend on those inside them.
fn entry(list: &str, node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    let value = element(node, depth + 1)?;
    let name = node.tag_name().name();
    match (list, name) {
        ("licenses", _) => Ok(Value::Object(Map::from_iter([(name.to_owned(), value)]))),
        ("dependencies", _) => {
            let on: Vec<Value> = node.children().filter_map(|child| child.attribute("ref")).map(Value::from).collect();
            let own = node.attribute("ref").unwrap_or_default().into();
            Ok(Value::Object(Map::from_iter([("ref".to_owned(), own), ("dependsOn".to_owned(), Value::Array(on))])))
        }
        _ => Ok(value),
    }
}
