//! YAML with places, on the events of `granit-parser`, which takes what libyaml takes: PyYAML and go-yaml come from that, and files are
//! written for their readers. So a bracket or the rest of a quoted text may stand further left than YAML 1.2 wants it.
//!
//! Aliases are expanded within a budget, merge keys (`<<`) are followed, tags other than the core ones are ignored.

mod core;
mod go;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use granit_parser::{Event, Parser, ScalarStyle, Span, options};
use regex::Regex;

use crate::finding::{Diagnostic, SourceText};

use super::document::{MAX_DEPTH, MAX_NODES};
use super::{Key, Members, Node, Value};

/// Whose rules say what scalars and keys stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The core schema of YAML 1.2; a key that stands twice is an error, and wins against a merged one.
    Core,
    /// go-yaml version 2; the last of equal keys wins, merged ones included.
    Go,
    /// go-yaml version 3, to which `yes` and the like are texts.
    Go3,
}

/// Parses every document of a stream; an empty stream has none.
pub(super) fn parse(source: &SourceText, dialect: Dialect) -> Result<Vec<Node>, Box<Diagnostic>> {
    let text = source.text().strip_prefix('\u{feff}').unwrap_or(source.text());
    let mut builder = Builder::new(source, dialect, source.text().len() - text.len());
    let options = options! { block_scalar_eof_without_line_feed: true, emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => {
                let at = builder.shift + error.marker().byte_offset().unwrap_or(text.len());
                return Err(builder.error("file is not valid YAML", at..at, &error.info()));
            }
        }
    }
    Ok(builder.documents)
}

/// The comments of a stream; `None` for a text that is no YAML.
pub(super) fn comments(text: &str) -> Option<Vec<Range<usize>>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let options = options! { block_scalar_eof_without_line_feed: true, max_buffered_comment_events: usize::MAX };
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(body, options) {
        let (event, span) = event.ok()?;
        if let (Event::Comment(..), Some(span)) = (event, span.byte_range()) {
            found.push(span.start + shift..span.end + shift);
        }
    }
    Some(found)
}

/// Dates and numbers of base 60, which some readers of YAML 1.1 know.
static ANCIENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let (date, time) = (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", r"[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?");
    Regex::new(&format!(
        r"^(?:{date}(?:[Tt]{time}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})| {time})?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)$"
    ))
    .ok()
});

/// Whether a plain scalar is a text to every reader.
pub(super) fn is_plain_text(text: &str) -> bool {
    let ancient = ANCIENT.as_ref().is_some_and(|pattern| pattern.is_match(text));
    matches!(go::resolve(text), Ok(Value::String(_))) && !ancient
}

enum Open {
    Sequence { items: Vec<Node>, start: usize, anchor: usize },
    Mapping(Mapping),
}

/// A mapping that is being read.
#[derive(Default)]
struct Mapping {
    entries: Vec<(Key, Node)>,
    /// What merge keys bring; for what is not set by an entry.
    merged: Vec<(Key, Node)>,
    seen: HashMap<String, Range<usize>>,
    key: Option<Key>,
    /// Whether the key is a merge key.
    merges: bool,
    start: usize,
    anchor: usize,
}

struct Builder<'a> {
    source: &'a SourceText,
    dialect: Dialect,
    /// The bytes before the text that the parser sees.
    shift: usize,
    stack: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: Vec<Node>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a SourceText, dialect: Dialect, shift: usize) -> Self {
        Self { source, dialect, shift, stack: Vec::new(), anchors: HashMap::new(), nodes: 0, documents: Vec::new() }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        let span = span.byte_range().map_or(0..0, |span| span.start + self.shift..span.end + self.shift);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if text == "<<" && style == ScalarStyle::Plain && tag.is_none() {
                    self.may_merge();
                }
                let value = match self.dialect {
                    Dialect::Core => core::scalar(&text, style, tag.as_deref()),
                    Dialect::Go3 if tag.is_none() && go::is_word(&text) => Value::String(text.to_string()),
                    Dialect::Go | Dialect::Go3 => go::scalar(&text, style, tag.as_deref())
                        .map_err(|reason| self.error("file is not valid YAML", span.clone(), &reason))?,
                };
                self.finish(Node { value, span }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.open(Open::Sequence { items: Vec::new(), start: span.start, anchor }, span),
            Event::MappingStart(_, anchor, _) => {
                self.open(Open::Mapping(Mapping { start: span.start, anchor, ..Mapping::default() }), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Box<Diagnostic>> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(self.error("alias stands inside its own anchor", span, "this alias never ends"));
        };
        let node = Node { value: node.value.clone(), span: span.clone() };
        self.count(size(&node), &span)?;
        self.finish(node, 0)
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
            Some(Open::Mapping(mut mapping)) => {
                for (key, node) in std::mem::take(&mut mapping.merged) {
                    if mapping.seen.insert(key.name.clone(), key.span.clone()).is_none() {
                        mapping.entries.push((key, node));
                    }
                }
                let span = mapping.start..end.max(mapping.start);
                self.finish(Node { value: Value::Mapping(mapping.entries.into()), span }, mapping.anchor)
            }
            None => Ok(()),
        }
    }

    /// Notes that the next key is a merge key, if a key comes next.
    fn may_merge(&mut self) {
        if let Some(Open::Mapping(mapping)) = self.stack.last_mut() {
            mapping.merges = mapping.key.is_none();
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
            Some(Open::Mapping(mapping)) => match mapping.key.take() {
                None => return self.key(&node),
                Some(key) if std::mem::take(&mut mapping.merges) => match (members(node), self.dialect) {
                    (Ok(members), Dialect::Core) => mapping.merged.extend(members),
                    (Ok(members), Dialect::Go | Dialect::Go3) => mapping.entries.extend(members.into_iter().rev()),
                    (Err(node), Dialect::Core) => mapping.entries.push((key, node)),
                    (Err(node), Dialect::Go | Dialect::Go3) => {
                        return Err(self.error(
                            "file is not valid YAML",
                            node.span,
                            "map merge requires map or sequence of maps as the value",
                        ));
                    }
                },
                Some(key) => mapping.entries.push((key, node)),
            },
        }
        Ok(())
    }

    /// Takes a node for the key of what comes next.
    fn key(&mut self, node: &Node) -> Result<(), Box<Diagnostic>> {
        let (name, span) = (self.name(node)?, node.span.clone());
        let Some(Open::Mapping(mapping)) = self.stack.last_mut() else { return Ok(()) };
        let first = (self.dialect == Dialect::Core).then(|| mapping.seen.insert(name.clone(), span.clone())).flatten();
        if let Some(first) = first {
            let second = self.source.location(span, "set again here");
            let first = self.source.location(first, "first set here");
            return Err(Box::new(Diagnostic::new(format!("key `{name}` is set twice")).at(second).at(first)));
        }
        mapping.key = Some(Key { name, span });
        Ok(())
    }

    /// Keys that are no strings are named by their YAML text, as JSON would have them; go-yaml has such keys for scalars only.
    fn name(&self, node: &Node) -> Result<String, Box<Diagnostic>> {
        match &node.value {
            Value::String(text) => Ok(text.clone()),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) if self.dialect != Dialect::Core => {
                let reason = "a key is neither a text nor a number nor a truth value";
                Err(self.error("file is not valid YAML", node.span.clone(), reason))
            }
            _ => Ok(node.to_json().to_string()),
        }
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

/// The entries of what a merge key names, a mapping or a list of them, each with the place where it is merged; of equal keys the first
/// wins. Anything else is given back.
fn members(node: Node) -> Result<Vec<(Key, Node)>, Node> {
    let span = node.span.clone();
    let entries = match node.value {
        Value::Mapping(entries) => entries,
        Value::Sequence(items) if items.iter().all(|item| matches!(item.value, Value::Mapping(_))) => {
            items.into_iter().flat_map(|item| if let Value::Mapping(entries) = item.value { entries } else { Members::default() }).collect()
        }
        value => return Err(Node { value, span }),
    };
    let placed = |(key, node): (Key, Node)| (Key { span: span.clone(), ..key }, Node { span: span.clone(), ..node });
    Ok(entries.into_iter().map(placed).collect())
}
