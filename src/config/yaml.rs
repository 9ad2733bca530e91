//! YAML 1.2 with the core schema, on the events of `saphyr-parser`.
//!
//! Aliases are expanded within a budget, duplicate keys are errors, tags other than the core ones are ignored.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Number;

use crate::finding::{Diagnostic, SourceText};

use super::document::{MAX_DEPTH, MAX_NODES};
use super::{Key, Node, Value};

/// The most spaces that are put into a file, and the longest file for which that is tried: each is another reading.
const MAX_SPACES: usize = 64;
const MAX_SPACED: usize = 256 * 1024;
/// What the parser says of a bracket that is not further in than what it belongs to.
const SHALLOW: &str = "invalid indentation";

/// Parses every document of a stream; an empty stream has none.
///
/// YAML 1.2 wants a closing bracket further in than the key before the opening one. All other parsers take it below the key, and people
/// write it there: such a bracket is read as if it were further in.
pub(super) fn parse(source: &SourceText) -> Result<Vec<Node>, Box<Diagnostic>> {
    let text = source.text().strip_prefix('\u{feff}').unwrap_or(source.text());
    let mut bytes = Bytes::new(source.text(), source.text().len() - text.len());
    let (first, mut shallow) = match read(source, text, &bytes) {
        Ok(documents) => return Ok(documents),
        Err(refused) => refused,
    };
    let mut spaced = text.to_owned();
    while let Some(index) = shallow.filter(|_| bytes.spaces.len() < MAX_SPACES && text.len() <= MAX_SPACED) {
        spaced.insert(byte(&spaced, index), ' ');
        bytes.spaces.push(index);
        match read(source, &spaced, &bytes) {
            Ok(documents) => return Ok(documents),
            Err((_, next)) => shallow = next,
        }
    }
    Err(first)
}

/// What is wrong, and the place of a closing bracket that is not far enough in, if it is that.
type Refused = (Box<Diagnostic>, Option<usize>);

fn read(source: &SourceText, text: &str, bytes: &Bytes) -> Result<Vec<Node>, Refused> {
    let mut builder = Builder::new(source, bytes);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.event(event, span).map_err(|error| (error, None))?,
            Err(error) => {
                let index = error.marker().index();
                let at = builder.bytes.at(index);
                let shallow = (error.info() == SHALLOW && text[byte(text, index)..].starts_with([']', '}'])).then_some(index);
                return Err((builder.error("file is not valid YAML", at..at, error.info()), shallow));
            }
        }
    }
    Ok(builder.documents)
}

fn byte(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// Turns the parser's character indices into byte offsets.
struct Bytes {
    offsets: Option<Vec<u32>>,
    shift: usize,
    len: usize,
    /// The indices of spaces that the parser sees and the file does not have, ascending.
    spaces: Vec<usize>,
}

impl Bytes {
    fn new(text: &str, shift: usize) -> Self {
        let offsets = (!text.is_ascii()).then(|| text[shift..].char_indices().map(|(i, _)| u32::try_from(i).unwrap_or(u32::MAX)).collect());
        Self { offsets, shift, len: text.len(), spaces: Vec::new() }
    }

    fn at(&self, index: usize) -> usize {
        let index = index - self.spaces.partition_point(|space| *space < index);
        let offset = match &self.offsets {
            None => index,
            Some(offsets) => offsets.get(index).map_or(self.len, |o| *o as usize),
        };
        (offset + self.shift).min(self.len)
    }
}

enum Open {
    Sequence { items: Vec<Node>, start: usize, anchor: usize },
    Mapping { entries: Vec<(Key, Node)>, seen: HashMap<String, Range<usize>>, key: Option<Key>, start: usize, anchor: usize },
}

struct Builder<'a> {
    source: &'a SourceText,
    bytes: &'a Bytes,
    stack: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: Vec<Node>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a SourceText, bytes: &'a Bytes) -> Self {
        Self { source, bytes, stack: Vec::new(), anchors: HashMap::new(), nodes: 0, documents: Vec::new() }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        let span = self.bytes.at(span.start.index())..self.bytes.at(span.end.index());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                self.finish(Node { value, span }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(Open::Sequence { items: Vec::new(), start: span.start, anchor }, span),
            Event::MappingStart(anchor, _) => {
                let open = Open::Mapping { entries: Vec::new(), seen: HashMap::new(), key: None, start: span.start, anchor };
                self.open(open, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(self.error("alias stands inside its own anchor", span, "this alias never ends"));
                };
                let node = Node { value: node.value.clone(), span: span.clone() };
                self.count(size(&node), &span)?;
                self.finish(node, 0)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => Ok(()),
        }
    }

    fn open(&mut self, open: Open, span: Range<usize>) -> Result<(), Box<Diagnostic>> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.error("file is nested too deeply", span, &format!("more than {MAX_DEPTH} levels")));
        }
        self.stack.push(open);
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Box<Diagnostic>> {
        match self.stack.pop() {
            Some(Open::Sequence { items, start, anchor }) => {
                self.finish(Node { value: Value::Sequence(items), span: start..end.max(start) }, anchor)
            }
            Some(Open::Mapping { entries, start, anchor, .. }) => {
                self.finish(Node { value: Value::Mapping(entries), span: start..end.max(start) }, anchor)
            }
            None => Ok(()),
        }
    }

    /// Hangs a complete node into what is open, as key, value or item, or makes it a document.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        self.count(1, &node.span)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.documents.push(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, key, seen, .. }) => match key.take() {
                Some(name) => entries.push((name, node)),
                None => {
                    let name = key_text(&node);
                    let first = seen.insert(name.clone(), node.span.clone());
                    *key = Some(Key { name, span: node.span.clone() });
                    if let Some(first) = first {
                        return Err(self.duplicate(&node, first));
                    }
                }
            },
        }
        Ok(())
    }

    fn duplicate(&self, node: &Node, first: Range<usize>) -> Box<Diagnostic> {
        let title = format!("key `{}` is set twice", key_text(node));
        let second = self.source.location(node.span.clone(), "set again here");
        Box::new(Diagnostic::new(title).at(second).at(self.source.location(first, "first set here")))
    }

    fn count(&mut self, nodes: usize, span: &Range<usize>) -> Result<(), Box<Diagnostic>> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(self.error("file has too many values", span.clone(), &format!("more than {MAX_NODES} once aliases are expanded")));
        }
        Ok(())
    }

    fn error(&self, title: &str, span: Range<usize>, label: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(title).at(self.source.location(span, label)))
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Mapping(entries) => 1 + entries.iter().map(|(_, n)| 1 + size(n)).sum::<usize>(),
        _ => 1,
    }
}

/// Keys that are no strings are named by their YAML text, as JSON would have them.
fn key_text(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        _ => node.to_json().to_string(),
    }
}

/// Resolves a scalar by the core schema (YAML 1.2.2, section 10.3.2).
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_string = tag.is_some_and(|t| t.is_yaml_core_schema() && t.suffix == "str");
    if style != ScalarStyle::Plain || is_string {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with(['+', '-'])).map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i64::from_str_radix(digits, 8).ok().filter(|_| !digits.starts_with(['+', '-'])).map(Number::from);
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if body.is_empty() || !body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    if body.bytes().all(|b| b.is_ascii_digit()) {
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        return unsigned
            .parse::<i64>()
            .map(Number::from)
            .or_else(|_| unsigned.parse::<u64>().map(Number::from))
            .ok()
            .or_else(|| float(text));
    }
    float(text)
}

fn float(text: &str) -> Option<Number> {
    // `1e` and `.` are refused by the parser, `.5` and `5.` are floats in the core schema.
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    text.parse::<f64>().ok().filter(|_| digit).and_then(Number::from_f64)
}
