//! YAML as conftest reads it: split at lines of three dashes, every part resolved like go-yaml version 2 does.
//!
//! Two documents that YAML itself separates (a `---` with a comment behind it) are both read; conftest looks at the first only.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};
use ssh_encoding::base64::{Base64, Encoding as _};

use super::super::document::{MAX_DEPTH, MAX_NODES};
use super::yaml_quoted;
use super::yaml_scalar::resolve;

/// Reads a text; several documents become an array.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let parts = split(text);
    let several = parts.len() > 1;
    let mut documents = Vec::new();
    for part in parts {
        let mut found = documents_of(&part)?;
        if found.is_empty() {
            found.push(Value::Null);
        }
        documents.extend(found);
    }
    if several || documents.len() > 1 { Ok(Value::Array(documents)) } else { Ok(documents.pop().unwrap_or(Value::Null)) }
}

/// Splits at lines that are exactly `---`; a directive belongs to the first document.
fn split(text: &str) -> Vec<String> {
    let separator = if text.contains("\r\n") { "\r\n---\r\n" } else { "\n---\n" };
    let mut parts: Vec<String> = text.split(separator).map(str::to_owned).collect();
    if text.starts_with('%') && parts.len() > 1 {
        let second = parts.remove(1);
        parts[0] = format!("{}{separator}{second}", parts[0]);
    }
    parts
}

fn documents_of(text: &str) -> Result<Vec<Value>, String> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_CORRECTED {
        match attempt(&text) {
            Err(Stop::Tab { line, column }) => text = Cow::Owned(yaml_quoted::space(&text, line, column)),
            Err(Stop::Outdented { line, column }) => text = Cow::Owned(yaml_quoted::indent(&text, line, column)),
            Err(Stop::Wrong(message)) => return Err(message),
            Ok(documents) => return Ok(documents),
        }
    }
    Err(format!("more than {MAX_CORRECTED} quoted texts whose lines stand too far left and tabs after colons"))
}

/// Every one of them costs another reading.
const MAX_CORRECTED: usize = 50;

/// Why a text could not be read.
enum Stop {
    Wrong(String),
    /// A quoted text goes on as far left as its key; go-yaml does not mind, the parser does.
    Outdented {
        line: usize,
        column: usize,
    },
    /// A tab between a key and its value; go-yaml does not mind either.
    Tab {
        line: usize,
        column: usize,
    },
}

fn attempt(text: &str) -> Result<Vec<Value>, Stop> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker();
            match error.info() {
                "invalid indentation in quoted scalar" => Stop::Outdented { line: at.line(), column: at.col() },
                "':' must be followed by a valid YAML whitespace" if yaml_quoted::has_tab(text, at.line(), at.col()) => {
                    Stop::Tab { line: at.line(), column: at.col() }
                }
                info => Stop::Wrong(format!("line {}, column {}: {info}", at.line(), at.col() + 1)),
            }
        })?;
        builder.event(event).map_err(|message| Stop::Wrong(format!("line {}: {message}", span.start.line())))?;
    }
    Ok(builder.documents)
}

enum Open {
    Sequence(Vec<Value>, usize),
    Mapping { entries: Map<String, Value>, key: Option<Key>, anchor: usize },
}

enum Key {
    Name(String),
    Merge,
}

#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    anchors: HashMap<usize, (Value, usize)>,
    nodes: usize,
    documents: Vec<Value>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let merge = text == "<<" && style == ScalarStyle::Plain && self.awaits_key();
                if merge {
                    return self.key(Key::Merge);
                }
                let value = scalar(&text, style, tag.as_deref())?;
                self.finish(value, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(Open::Sequence(Vec::new(), anchor)),
            Event::MappingStart(anchor, _) => self.open(Open::Mapping { entries: Map::new(), key: None, anchor }),
            Event::SequenceEnd | Event::MappingEnd => match self.stack.pop() {
                Some(Open::Sequence(items, anchor)) => self.finish(Value::Array(items), anchor),
                Some(Open::Mapping { entries, anchor, .. }) => self.finish(Value::Object(entries), anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let (value, size) = self.anchors.get(&anchor).cloned().ok_or("an alias stands inside its own anchor")?;
                self.count(size)?;
                self.finish(value, 0)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, open: Open) -> Result<(), String> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.stack.push(open);
        Ok(())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Open::Mapping { key: None, .. }))
    }

    fn key(&mut self, name: Key) -> Result<(), String> {
        if let Some(Open::Mapping { key, .. }) = self.stack.last_mut() {
            *key = Some(name);
        }
        Ok(())
    }

    fn finish(&mut self, value: Value, anchor: usize) -> Result<(), String> {
        self.count(1)?;
        if anchor != 0 {
            let size = size(&value);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        match self.stack.last_mut() {
            None => self.documents.push(value),
            Some(Open::Sequence(items, _)) => items.push(value),
            Some(Open::Mapping { entries, key, .. }) => match key.take() {
                None => *key = Some(Key::Name(key_text(value)?)),
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge) => merge(entries, value)?,
            },
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize) -> Result<(), String> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(format!("more than {MAX_NODES} values once aliases are expanded")) } else { Ok(()) }
    }
}

/// A merge key sets what the mapping has not set further down; of several mappings the first wins.
fn merge(entries: &mut Map<String, Value>, value: Value) -> Result<(), String> {
    match value {
        Value::Object(members) => entries.extend(members),
        Value::Array(items) => {
            for item in items.into_iter().rev() {
                let Value::Object(members) = item else { return Err("map merge requires map or sequence of maps as the value".into()) };
                entries.extend(members);
            }
        }
        _ => return Err("map merge requires map or sequence of maps as the value".into()),
    }
    Ok(())
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let text_value = || Value::String(text.to_owned());
    match tag {
        None if style != ScalarStyle::Plain => Ok(text_value()),
        None => resolve(text),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "binary" => binary(text).map(Value::String),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix != "str" => resolve(text),
        Some(_) => Ok(text_value()),
    }
}

/// What base64 stands for; bytes that are no text become the sign for that.
fn binary(text: &str) -> Result<String, String> {
    let plain = text.replace(['\n', '\r'], "");
    let bytes = Base64::decode_vec(&plain).map_err(|_| "!!binary value contains invalid base64 data")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn key_text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err("a key is neither a text nor a number nor a truth value".into()),
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(|v| 1 + size(v)).sum::<usize>(),
        _ => 1,
    }
}
