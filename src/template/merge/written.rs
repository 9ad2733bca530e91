//! Values with the text that each scalar was written as, and that text again.
//!
//! A value is not enough: `0644` is another number to a reader of YAML 1.1, `"yes"` without its quotes a truth value, and a number of twenty
//! digits is no float. So a scalar that nobody changed keeps its text, its quotes among it. Comments and layout are lost.

use std::ops::Range;

use serde_json::Value;

use crate::config::{self, Format, Node, parse};
use crate::finding::SourceText;

use super::super::filters::literal;

/// A value as it was written.
#[derive(Clone, Debug)]
pub(super) enum Written {
    /// A single value and its text on one line.
    Scalar(Value, String),
    /// A list.
    List(Vec<Written>),
    /// A mapping.
    Mapping(Vec<(Name, Written)>),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// What it means.
    pub(super) name: String,
    /// As it was written.
    text: String,
    /// Where, in bytes of its contribution.
    pub(super) span: Range<usize>,
}

impl Written {
    /// Nothing.
    pub(super) fn null() -> Self {
        Self::Scalar(Value::Null, "null".to_owned())
    }

    /// What `node` of `text` means, with its texts.
    pub(super) fn read(node: &Node, text: &str, format: Format) -> Self {
        match &node.value {
            config::Value::Sequence(items) => Self::List(items.iter().map(|item| Self::read(item, text, format)).collect()),
            config::Value::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    let meant = Value::from(key.name.as_str());
                    let own = same(&text[key.span.clone()], format, |value| plain(value) == plain(&meant));
                    let own = own.unwrap_or_else(|| quoted(&meant));
                    (Name { name: key.name.clone(), text: own, span: key.span.clone() }, Self::read(value, text, format))
                });
                Self::Mapping(entries.collect())
            }
            _ => {
                let value = node.to_json();
                let own = same(&text[node.span.clone()], format, |other| *other == value).unwrap_or_else(|| quoted(&value));
                Self::Scalar(value, own)
            }
        }
    }

    /// What it means.
    pub(super) fn meaning(&self) -> Value {
        match self {
            Self::Scalar(value, _) => value.clone(),
            Self::List(items) => items.iter().map(Self::meaning).collect(),
            Self::Mapping(entries) => entries.iter().map(|(name, value)| (name.name.clone(), value.meaning())).collect(),
        }
    }

    /// The text in block style YAML.
    pub(super) fn yaml(&self) -> String {
        let mut out = String::new();
        self.block(&mut out, 0);
        out
    }

    /// Writes lines that are `indent` further in; the first has its margin already.
    fn block(&self, out: &mut String, indent: usize) {
        match self {
            Self::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    margin(out, if index > 0 { indent } else { 0 });
                    out.push_str("- ");
                    item.block(out, indent + 2);
                }
            }
            Self::Mapping(entries) if !entries.is_empty() => {
                for (index, (name, value)) in entries.iter().enumerate() {
                    margin(out, if index > 0 { indent } else { 0 });
                    out.push_str(&name.text);
                    out.push(':');
                    let inner = match value {
                        Self::List(items) if !items.is_empty() => Some(indent),
                        Self::Mapping(entries) if !entries.is_empty() => Some(indent + 2),
                        _ => None,
                    };
                    out.push_str(if inner.is_some() { "\n" } else { " " });
                    margin(out, inner.unwrap_or_default());
                    value.block(out, inner.unwrap_or(indent + 2));
                }
            }
            Self::List(_) => out.push_str("[]\n"),
            Self::Mapping(_) => out.push_str("{}\n"),
            Self::Scalar(Value::String(text), _) if is_block(text) => lines(text, out, indent.max(2)),
            Self::Scalar(_, text) => {
                out.push_str(text);
                out.push('\n');
            }
        }
    }

    /// The text as JSON with two spaces a level.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        self.pretty(&mut out, 0);
        out.push('\n');
        out
    }

    fn pretty(&self, out: &mut String, indent: usize) {
        let (open, close, items): (_, _, Vec<(Option<&Name>, &Self)>) = match self {
            Self::Scalar(_, text) => return out.push_str(text),
            Self::List(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            Self::Mapping(entries) => ('{', '}', entries.iter().map(|(name, value)| (Some(name), value)).collect()),
        };
        out.push(open);
        for (index, (name, value)) in items.iter().enumerate() {
            out.push_str(if index > 0 { ",\n" } else { "\n" });
            margin(out, indent + 2);
            if let Some(name) = name {
                out.push_str(&name.text);
                out.push_str(": ");
            }
            value.pretty(out, indent + 2);
        }
        if !items.is_empty() {
            out.push('\n');
            margin(out, indent);
        }
        out.push(close);
    }
}

/// The text of a scalar, if it is one line that means the same without its surroundings.
fn same(text: &str, format: Format, is_meant: impl Fn(&Value) -> bool) -> Option<String> {
    // Aliases are written out, so nothing asks for an anchor.
    let text = text.strip_prefix('&').and_then(|anchored| anchored.split_once(' ')).map_or(text, |(_, own)| own);
    let documents = (!text.is_empty() && !text.contains(['\n', '\r'])).then(|| parse(&SourceText::new("scalar", text), format))?.ok()?;
    let [node] = documents.as_slice() else { return None };
    is_meant(&node.to_json()).then(|| text.to_owned())
}

/// A key is its text, whatever it means as a value.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

fn quoted(value: &Value) -> String {
    literal(value).unwrap_or_else(|_| value.to_string())
}

fn margin(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether a text is lines that a literal block holds without a change.
fn is_block(text: &str) -> bool {
    let inner = text.strip_suffix('\n').unwrap_or(text);
    let printable = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'));
    text.contains('\n')
        && !inner.is_empty()
        && !inner.starts_with(char::is_whitespace)
        && !inner.ends_with('\n')
        && text.chars().all(printable)
}

fn lines(text: &str, out: &mut String, indent: usize) {
    out.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in text.lines() {
        margin(out, if line.is_empty() { 0 } else { indent });
        out.push_str(line);
        out.push('\n');
    }
}
