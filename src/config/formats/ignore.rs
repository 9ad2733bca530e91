//! `.gitignore` and `.dockerignore` as a list of entries, wrapped once more so that the file counts as one document.

use serde_json::{Value, json};

/// Reads a text; every line is an entry.
pub(super) fn parse(text: &str) -> Value {
    json!([text.split('\n').map(entry).collect::<Vec<_>>()])
}

fn entry(line: &str) -> Value {
    let stripped = trim_right(line);
    let (kind, value) = if stripped.is_empty() {
        ("Empty", line.to_owned())
    } else if let Some(comment) = stripped.strip_prefix('#') {
        ("Comment", comment.trim().to_owned())
    } else if let Some(path) = stripped.strip_prefix('!') {
        ("NegatedPath", unescape(path))
    } else {
        ("Path", unescape(stripped))
    };
    json!({"Kind": kind, "Value": value, "Original": line})
}

/// Drops spaces at the end unless a backslash guards the first of them.
fn trim_right(line: &str) -> &str {
    let end = line.trim_end_matches(' ').len();
    if line[..end].ends_with('\\') && end < line.len() { &line[..=end] } else { &line[..end] }
}

/// Drops backslashes; two of them stand for one.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' || chars.next_if_eq(&'\\').is_some() {
            out.push(c);
        }
    }
    out
}
