//! Edits of YAML and JSON by the places of their values: only the characters that must change do.
//!
//! Every result is parsed again, and must be the old documents with just this change; otherwise the edit is refused. So whatever
//! the layout holds (anchors, block scalars, odd indentation), nothing is written that means something else.

use std::ops::Range;

use serde_json::Value as Json;

use crate::config::{Document, Format, Key, Node, Step, Value, comments as of_format, parse};
use crate::finding::SourceText;

use super::comments;
use super::extent::extent;
use super::flow;
use super::lines::line_end;
use super::render::{block, inline};

/// A name for a text of each format; JSON may have comments here, as who reads the file has decided about them already.
const NAMES: [&str; 3] = ["a.yaml", "a.jsonc", "a.toml"];

/// A change of one document of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub document: usize,
    pub at: Vec<Step>,
    /// The new value; `None` removes.
    pub to: Option<Json>,
}

impl Change {
    pub fn set(document: usize, at: Vec<Step>, to: Json) -> Self {
        Self { document, at, to: Some(to) }
    }

    pub fn remove(document: usize, at: Vec<Step>) -> Self {
        Self { document, at, to: None }
    }
}

/// Makes a change, and proves it by parsing the result.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn edit(text: &str, format: Format, change: &Change) -> Result<String, String> {
    let documents = documents(text, format)?;
    let Some(root) = documents.get(change.document) else { return Err(format!("there is no document {}", change.document)) };
    let edited = match &change.to {
        Some(to) => set(text, format, root, &change.at, to)?,
        None => remove(text, format, root, &change.at)?,
    };
    proven(text, edited, format, change)
}

/// The edited text, when it says what the old one said with just this change, and has all of its comments.
pub(super) fn proven(old: &str, edited: String, format: Format, change: &Change) -> Result<String, String> {
    let no = || "the layout does not allow it".to_owned();
    let mut expected: Vec<Json> = documents(old, format)?.iter().map(Node::to_json).collect();
    let root = expected.get_mut(change.document).ok_or_else(|| "there is no such document".to_owned())?;
    expect(root, &change.at, change.to.as_ref())?;
    let found: Vec<Json> = documents(&edited, format).map_err(|_| no())?.iter().map(Node::to_json).collect();
    if found != expected {
        let is_shared = format == Format::Yaml && [" &", " *"].iter().all(|sign| old.contains(sign));
        return Err(if is_shared { "an alias shares this place with another one".to_owned() } else { no() });
    }
    comments::kept(NAMES[format as usize], old, &edited, &[])?;
    Ok(edited)
}

fn documents(text: &str, format: Format) -> Result<Vec<Document>, String> {
    parse(&SourceText::new(NAMES[format as usize], text), format).map_err(|_| "the file cannot be parsed".to_owned())
}

/// The same change on a plain value.
fn expect(value: &mut Json, at: &[Step], to: Option<&Json>) -> Result<(), String> {
    let Some((step, rest)) = at.split_first() else {
        *value = to.cloned().ok_or_else(|| "a whole document is not removed".to_owned())?;
        return Ok(());
    };
    let lost = || "there is no such place".to_owned();
    if value.is_null() && to.is_some() {
        *value = if matches!(step, Step::Key(_)) { Json::Object(serde_json::Map::new()) } else { Json::Array(Vec::new()) };
    }
    match (step, value) {
        (Step::Key(name), Json::Object(members)) if rest.is_empty() && to.is_none() => {
            members.shift_remove(name).map(drop).ok_or_else(lost)
        }
        (Step::Key(name), Json::Object(members)) => {
            if to.is_none() && !members.contains_key(name) {
                return Err(lost());
            }
            expect(members.entry(name.clone()).or_insert(Json::Null), rest, to)
        }
        (Step::Index(index), Json::Array(items)) => {
            if rest.is_empty() && to.is_none() {
                if *index >= items.len() {
                    return Err(lost());
                }
                items.remove(*index);
                return Ok(());
            }
            if *index == items.len() && to.is_some() {
                items.push(Json::Null);
            }
            expect(items.get_mut(*index).ok_or_else(lost)?, rest, to)
        }
        _ => Err("something else stands there".to_owned()),
    }
}

fn set(text: &str, format: Format, root: &Node, at: &[Step], to: &Json) -> Result<String, String> {
    let (mut node, mut depth) = (root, 0);
    while let Some(next) = at.get(depth).and_then(|step| node.at(std::slice::from_ref(step))) {
        (node, depth) = (next, depth + 1);
    }
    let rest = &at[depth..];
    if format == Format::Yaml && rest.is_empty() && is_tagged(text, node) {
        return Err("a value with a tag is not replaced".to_owned());
    }
    let is_flow = |node: &Node| format == Format::Json || text[node.span.start..].starts_with(['{', '[']);
    match (&node.value, rest) {
        (Value::Mapping(_) | Value::Sequence(_), []) if !is_flow(node) => Err("a block of lines is not replaced".to_owned()),
        (Value::Null, rest) if node.span.is_empty() || text[node.span.clone()].trim().is_empty() => {
            fill(text, root, &at[..depth], &nested(rest, to))
        }
        (Value::Null, rest) => Ok(splice(text, reach(text, format, node), &inline(&nested(rest, to), format))),
        (_, []) if format == Format::Yaml && text[node.span.clone()].starts_with(['|', '>']) => {
            Err("a block scalar is not replaced".to_owned())
        }
        (_, []) => Ok(splice(text, reach(text, format, node), &inline(to, format))),
        (Value::Mapping(entries), [Step::Key(name), inner @ ..]) => {
            let to = nested(inner, to);
            if is_flow(node) {
                let is_tight = |(key, value): &(Key, Node)| format == Format::Json && text.get(key.span.end..value.span.start) == Some(":");
                let colon = if entries.first().is_some_and(is_tight) { ":" } else { ": " };
                let value = if colon == ":" { to.to_string() } else { inline(&to, format) };
                let member = format!("{}{colon}{value}", inline(&Json::String(name.clone()), format));
                return Ok(flow::insert(text, format, inside(text, format, node), &spans(text, format, node), &member));
            }
            // What a merge key brings comes last, wherever that key stands.
            let last = spans(text, format, node).into_iter().map(|span| span.end).max();
            let (Some(last), Some((first, _))) = (last, entries.first()) else { return Err("the layout does not allow it".to_owned()) };
            let indent = column(text, first.span.start);
            Ok(below(text, last, &block(name, &to, indent, line_end(text))))
        }
        (Value::Sequence(items), [Step::Index(index), inner @ ..]) if *index == items.len() => {
            let to = nested(inner, to);
            if is_flow(node) {
                return Ok(flow::insert(text, format, inside(text, format, node), &spans(text, format, node), &inline(&to, format)));
            }
            let last = items.last().map(|item| end_of(text, item.span.start, item));
            let (Some(last), Some(first)) = (last, items.first()) else { return Err("the layout does not allow it".to_owned()) };
            let dash = text[..first.span.start].rfind('-').ok_or_else(|| "the layout does not allow it".to_owned())?;
            Ok(below(text, last, &format!("{}- {}", " ".repeat(column(text, dash)), inline(&to, format))))
        }
        _ => Err("something else stands there".to_owned()),
    }
}

/// Whether a tag such as `!Ref` stands before a value: it would be the new value's as well.
fn is_tagged(text: &str, node: &Node) -> bool {
    let before = text[..node.span.start].trim_end();
    let word = before.rfind(|c: char| c.is_whitespace() || matches!(c, '[' | '{' | ',')).map_or(before, |at| &before[at + 1..]);
    // An anchor may stand between the two.
    let word =
        if word.starts_with('&') { before[..before.len() - word.len()].split_whitespace().next_back().unwrap_or_default() } else { word };
    word.starts_with('!') || text[node.span.clone()].starts_with('!')
}

/// The value with the mappings and lists that lead to it.
fn nested(steps: &[Step], to: &Json) -> Json {
    steps.iter().rev().fold(to.clone(), |inner, step| match step {
        Step::Key(name) => Json::Object(std::iter::once((name.clone(), inner)).collect()),
        Step::Index(_) => Json::Array(vec![inner]),
    })
}

/// Gives a key without a value one: behind its colon, or below it.
fn fill(text: &str, root: &Node, at: &[Step], to: &Json) -> Result<String, String> {
    let no = || "the layout does not allow it".to_owned();
    let (last, parents) = at.split_last().ok_or_else(no)?;
    let Step::Key(name) = last else { return Err(no()) };
    let (key, _) = root.at(parents).and_then(|parent| parent.entry(name)).ok_or_else(no)?;
    let colon = key.span.end + text[key.span.end..].find(':').ok_or_else(no)? + 1;
    let Json::Object(members) = to else { return Ok(splice(text, colon..colon, &format!(" {}", inline(to, Format::Yaml)))) };
    let (indent, end) = (column(text, key.span.start) + 2, line_end(text));
    let lines: Vec<_> = members.iter().map(|(name, value)| block(name, value, indent, end)).collect();
    Ok(below(text, colon, &lines.join(end)))
}

/// What stands between the brackets of a collection.
fn inside(text: &str, format: Format, node: &Node) -> Range<usize> {
    let whole = reach(text, format, node);
    whole.start + 1..whole.end - 1
}

/// How far a value reaches.
fn reach(text: &str, format: Format, node: &Node) -> Range<usize> {
    if format == Format::Json { node.span.clone() } else { extent(text, node.span.clone()) }
}

/// The members of a collection, with their keys. What a merge key brings stands elsewhere.
fn spans(text: &str, format: Format, node: &Node) -> Vec<Range<usize>> {
    let end = |start: usize, node: &Node| if format == Format::Json { node.span.end } else { end_of(text, start, node) };
    match &node.value {
        Value::Mapping(entries) => entries.iter().map(|(key, value)| key.span.start..end(key.span.end, value)).collect(),
        Value::Sequence(items) => items.iter().map(|item| item.span.start..end(item.span.start, item)).collect(),
        _ => Vec::new(),
    }
}

fn remove(text: &str, format: Format, root: &Node, at: &[Step]) -> Result<String, String> {
    let no = || "the layout does not allow it".to_owned();
    let (last, parents) = at.split_last().ok_or_else(no)?;
    let parent = root.at(parents).ok_or_else(|| "there is no such place".to_owned())?;
    let index = match (last, &parent.value) {
        (Step::Key(name), Value::Mapping(entries)) => entries.iter().position(|(key, _)| key.name == *name),
        (Step::Index(index), Value::Sequence(items)) => (*index < items.len()).then_some(*index),
        _ => None,
    };
    let index = index.ok_or_else(|| "there is no such place".to_owned())?;
    let spans = spans(text, format, parent);
    let span = spans[index].clone();
    if format == Format::Json || text[parent.span.start..].starts_with(['{', '[']) {
        return Ok(flow::remove(text, format, &spans, index));
    }
    if spans.len() == 1 {
        return emptied(text, root, parents, span, if matches!(last, Step::Key(_)) { "{}" } else { "[]" });
    }
    // The lines of the entry, when nothing else stands on them.
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let lead = text[start..span.start].trim_start();
    if !(lead.is_empty() || matches!(last, Step::Index(_)) && lead.trim_end() == "-") {
        return Err(no());
    }
    Ok(without_line(text, format, start, span))
}

/// A text without the line break at its end.
pub(super) fn without_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// A text without the lines of an entry. A comment behind an entry of one line gets a line of its own.
pub(super) fn without_line(text: &str, format: Format, start: usize, span: Range<usize>) -> String {
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    let behind = of_format(text, format).unwrap_or_default().into_iter().find(|comment| (span.end..end).contains(&comment.start));
    if let Some(comment) = behind.filter(|_| !text[span.clone()].contains('\n')) {
        let lead = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
        return splice(text, start + lead..comment.start, "");
    }
    // A text without a final line break stays without one.
    let is_last = end == text.len() && !text.ends_with('\n');
    let start = if is_last { text[..start].trim_end_matches(['\r', '\n']).len() } else { start };
    splice(text, start..end, "")
}

/// Puts an empty collection in the place of the last entry of a block, where no comment stands before it.
fn emptied(text: &str, root: &Node, parents: &[Step], span: Range<usize>, empty: &str) -> Result<String, String> {
    let no = || "the layout does not allow it".to_owned();
    let (Some(Step::Key(name)), above) = (parents.last(), parents.split_last().map_or(parents, |(_, above)| above)) else {
        return Err(no());
    };
    let (key, _) = root.at(above).and_then(|node| node.entry(name)).ok_or_else(no)?;
    let colon = key.span.end + text[key.span.end..].find(':').ok_or_else(no)? + 1;
    if !text[colon..span.start].trim_matches(['-', ' ', '\t', '\r', '\n']).is_empty() {
        return Err(no());
    }
    Ok(splice(text, colon..span.end, &format!(" {empty}")))
}

/// Where the text of a value ends; a value without text ends with its key.
fn end_of(text: &str, key_end: usize, node: &Node) -> usize {
    let inner = match &node.value {
        Value::Mapping(entries) if !text[node.span.start..].starts_with('{') => {
            entries.last().map(|(key, value)| end_of(text, key.span.end, value))
        }
        Value::Sequence(items) if !text[node.span.start..].starts_with('[') => items.last().map(|item| end_of(text, item.span.start, item)),
        _ => None,
    };
    if let Some(inner) = inner {
        return key_end.max(inner);
    }
    let end = extent(text, node.span.clone()).end.max(key_end);
    key_end.max(text[..end].trim_end().len())
}

/// Puts lines below the line that holds an offset.
fn below(text: &str, at: usize, lines: &str) -> String {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let end = end - usize::from(text[..end].ends_with('\r'));
    splice(text, end..end, &format!("{}{lines}", line_end(text)))
}

fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn splice(text: &str, range: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

#[cfg(test)]
mod tests;
