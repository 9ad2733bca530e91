//! YAML as conftest reads it: split at lines of three dashes, every part read like go-yaml version 2 does.
//!
//! Two documents that YAML itself separates (a `---` with a comment behind it) are both read; conftest looks at the first only.

use serde_json::Value;

use crate::finding::SourceText;

use super::super::yaml::{self, Dialect};

/// Reads a text; several documents become an array.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let parts = split(text);
    let several = parts.len() > 1;
    let (mut documents, mut before) = (Vec::new(), 0);
    for part in parts {
        let mut found = documents_of(part, before)?;
        if found.is_empty() {
            found.push(Value::Null);
        }
        documents.extend(found);
        before += part.matches('\n').count() + 2;
    }
    if several || documents.len() > 1 { Ok(Value::Array(documents)) } else { Ok(documents.pop().unwrap_or(Value::Null)) }
}

/// The first document of a text, read like go-yaml version 3 does.
pub(super) fn first(text: &str) -> Result<Value, String> {
    let documents = read(text, 0, Dialect::Go3)?;
    Ok(documents.into_iter().next().unwrap_or(Value::Null))
}

/// Splits at lines that are exactly `---`; a directive belongs to the first document.
fn split(text: &str) -> Vec<&str> {
    let separator = if text.contains("\r\n") { "\r\n---\r\n" } else { "\n---\n" };
    let mut parts: Vec<&str> = text.split(separator).collect();
    if text.starts_with('%') && parts.len() > 1 {
        let second = parts.remove(1);
        parts[0] = &text[..parts[0].len() + separator.len() + second.len()];
    }
    parts
}

/// The documents of a part that begins after so many lines.
fn documents_of(text: &str, before: usize) -> Result<Vec<Value>, String> {
    read(text, before, Dialect::Go)
}

fn read(text: &str, before: usize, dialect: Dialect) -> Result<Vec<Value>, String> {
    let documents = yaml::parse(&SourceText::new("", text), dialect).map_err(|diagnostic| {
        let at = &diagnostic.locations[0];
        format!("line {}, column {}: {}", before + at.start.line, at.start.column, at.label)
    })?;
    Ok(documents.into_iter().map(super::super::Node::into_json).collect())
}
