//! Masking: every action of a template gives way to blanks or to a token of the same length, so that the text becomes YAML
//! whose lines and columns are those of the template.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value as Json;

use crate::config::{Document, Format, parse};
use crate::finding::SourceText;

use super::value::{HOLE, Value};
use super::walk::{Output, Way};

/// The first character of the private use area: a token is one of these (three bytes), which no manifest uses.
const FIRST: u32 = 0xE000;
/// The last one.
const LAST: u32 = 0xF8FF;
/// The bytes of a token's character.
const WIDTH: usize = 3;

/// A text without actions.
pub(super) struct Masked {
    /// As many bytes in each line as before.
    pub text: String,
    /// What each token stands for; `None` when that is not known.
    pub tokens: Vec<Option<Filling>>,
    /// What is put beside the block below a key, by where the key's line begins.
    pub beside: BTreeMap<usize, Json>,
    /// The actions whose text is not known.
    pub gaps: Vec<Gap>,
}

/// What an action leaves behind.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    /// Its text.
    pub text: String,
    /// What YAML makes of it.
    pub value: Json,
}

/// An action that leaves text behind that is not known.
pub(super) struct Gap {
    /// The byte range, braces included.
    pub range: Range<usize>,
    /// Where its text begins in a line.
    pub column: usize,
    /// Whether nothing else is on its line.
    pub alone: bool,
    /// Whether it is put there as a block.
    pub indented: bool,
}

impl Gap {
    /// Whether its text may be keys or items of a block.
    pub fn is_block(&self) -> bool {
        self.alone || self.indented
    }
}

impl Masked {
    /// The value behind a token's character.
    pub fn token(&self, c: char) -> Option<&Option<Filling>> {
        let index = u32::from(c).checked_sub(FIRST)?;
        self.tokens.get(usize::try_from(index).ok()?)
    }

    /// Where the line of a place begins.
    pub fn line(&self, at: usize) -> usize {
        line_of(self.text.as_bytes(), at.min(self.text.len())).start
    }
}

/// An action with what it leaves behind.
#[derive(Clone)]
pub(super) struct Put {
    range: Range<usize>,
    filling: Option<Filling>,
    indent: Option<usize>,
}

/// What becomes of an action that stands alone on its line and whose text is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It stands for something.
    Kept,
    /// It stands for nothing.
    Dropped,
}

/// What the actions that were met on the way leave behind.
pub(super) fn puts(way: &Way) -> Vec<Put> {
    way.outputs.iter().map(put).collect()
}

/// Masks the actions of `text`, of which `blanks` leave nothing behind.
pub(super) fn mask(text: &str, blanks: &[Range<usize>], outputs: Vec<Put>, unknown: Unknown) -> Masked {
    let mut bytes = text.as_bytes().to_vec();
    blanks.iter().for_each(|range| blank(&mut bytes, range.clone()));
    let (mut tokens, mut beside) = (Vec::new(), BTreeMap::new());
    let is_unknown =
        |output: &&Put| output.filling.as_ref().is_none_or(|filling| filling.value.as_str().is_some_and(|text| text.chars().eq([HOLE])));
    let gaps = outputs.iter().filter(is_unknown).map(|output| gap(&bytes, output)).collect();
    let (alone, inline): (Vec<_>, Vec<_>) = outputs.into_iter().partition(|output| stands_alone(&bytes, &output.range));
    for output in inline {
        // Members of which the others stand below.
        if goes_on(&bytes, &output) {
            if let Some(filling) = output.filling {
                beside.insert(line_of(&bytes, output.range.start).start, filling.value);
            }
            continue;
        }
        if let Some(token) = issue(&mut tokens, output.filling) {
            put_inline(&mut bytes, &output.range, token);
        }
    }
    for output in alone.into_iter().filter(|output| output.filling.is_some() || unknown == Unknown::Kept) {
        // A named template that only looks at values.
        if output.filling.as_ref().is_none_or(|filling| !filling.text.trim().is_empty()) {
            put_line(&mut bytes, output, &mut tokens);
        }
    }
    shorten(&mut bytes, text.as_bytes());
    let text = String::from_utf8(bytes).unwrap_or_default();
    Masked { text, tokens, beside, gaps }
}

fn put(output: &Output) -> Put {
    let filling = match &output.value {
        Value::Unknown | Value::Something => None,
        value => Some(filling(value)),
    };
    Put { range: output.range.clone(), filling, indent: output.indent }
}

fn filling(value: &Value) -> Filling {
    let text = value.print();
    let known = match value {
        Value::Bool(_) | Value::Number(_) | Value::Null => Some(value.to_json()),
        Value::Text(text) if is_plain(text) => Some(Json::String(text.to_string())),
        _ => None,
    };
    let value = known.unwrap_or_else(|| {
        let documents = parse(&SourceText::new("action", text.as_str()), Format::Yaml);
        let written = documents.map(|all| all.iter().map(Document::to_json).filter(|document| !document.is_null()).collect::<Vec<_>>());
        match written.as_deref() {
            Ok([]) => Json::Null,
            Ok([document]) => document.clone(),
            // Several objects, or no YAML: where it stands for a value, nobody knows which.
            _ if text.trim().contains('\n') => Json::String(HOLE.to_string()),
            _ => Json::String(text.trim().to_owned()),
        }
    });
    Filling { text, value }
}

/// Whether YAML takes a text for itself.
fn is_plain(text: &str) -> bool {
    text.len() > 5
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.') || c == HOLE)
}

fn blank(bytes: &mut [u8], range: Range<usize>) {
    for byte in &mut bytes[range] {
        if !matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Makes lines empty of which nothing is left: at the beginning of a block of text, blanks would say how far it is indented.
fn shorten(bytes: &mut [u8], before: &[u8]) {
    let mut start = 0;
    while start < bytes.len() {
        let line = line_of(bytes, start);
        start = line.end + 1;
        let is_left = |bytes: &[u8]| bytes[line.clone()].iter().any(|byte| !byte.is_ascii_whitespace());
        if !is_left(bytes) && is_left(before) {
            bytes[line].fill(b'\r');
        }
    }
}

fn line_of(bytes: &[u8], at: usize) -> Range<usize> {
    let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| at + i);
    start..end
}

/// Whether nothing else is left on the line.
fn stands_alone(bytes: &[u8], range: &Range<usize>) -> bool {
    bytes[line_of(bytes, range.start)].iter().all(u8::is_ascii_whitespace)
}

fn gap(bytes: &[u8], output: &Put) -> Gap {
    let column = output.indent.unwrap_or_else(|| output.range.start - line_of(bytes, output.range.start).start);
    Gap { range: output.range.clone(), column, alone: stands_alone(bytes, &output.range), indented: output.indent.is_some() }
}

/// Hands out the next token; `None` when there are no more.
fn issue(tokens: &mut Vec<Option<Filling>>, value: Option<Filling>) -> Option<char> {
    let code = FIRST + u32::try_from(tokens.len()).ok()?;
    let c = char::from_u32(code).filter(|_| code <= LAST)?;
    tokens.push(value);
    Some(c)
}

fn write(bytes: &mut [u8], at: usize, c: char) {
    c.encode_utf8(&mut bytes[at..at + WIDTH]);
}

/// A token in the middle of a line, filled up with underscores.
fn put_inline(bytes: &mut [u8], range: &Range<usize>, token: char) {
    let end = range.end.min(line_of(bytes, range.start).end);
    if end < range.start + WIDTH {
        return;
    }
    write(bytes, range.start, token);
    bytes[range.start + WIDTH..end].fill(b'_');
}

/// A token that stands for a whole block: an item of a list, or a key without a value that `fill` takes apart.
fn put_line(bytes: &mut [u8], output: Put, tokens: &mut Vec<Option<Filling>>) {
    let line = line_of(bytes, output.range.start);
    let column = output.indent.unwrap_or(output.range.start - line.start);
    let is_item = matches!(output.filling, Some(Filling { value: Json::Array(_), .. }))
        || neighbours(bytes, &line).iter().any(|n| begins_item(bytes, n, column));
    let needed = if is_item { WIDTH + 2 } else { WIDTH + 1 };
    if line.start + column + needed > line.end {
        return;
    }
    let Some(token) = issue(tokens, output.filling) else { return };
    let at = line.start + column;
    if is_item {
        bytes[at] = b'-';
        write(bytes, at + 2, token);
    } else {
        write(bytes, at, token);
        bytes[at + WIDTH] = b':';
    }
}

/// Whether the text of an action is the beginning of a block whose other lines follow, as in `labels: {{ include "x" . | nindent 4 }}`.
fn goes_on(bytes: &[u8], output: &Put) -> bool {
    let Some(indent) = output.indent else { return false };
    let line = line_of(bytes, output.range.start);
    let first = |line: &Range<usize>| bytes[line.clone()].iter().position(|b| *b != b' ').unwrap_or_default();
    let is_key = bytes[line.start..output.range.start].trim_ascii_end().ends_with(b":");
    let end = line_of(bytes, output.range.end.max(output.range.start + 1) - 1);
    let next = lines_after(bytes, end.end).find(|line| bytes[line.clone()].iter().any(|b| !b.is_ascii_whitespace()));
    is_key && next.is_some_and(|next| first(&next) == indent && indent > first(&line))
}

fn lines_after(bytes: &[u8], end: usize) -> impl Iterator<Item = Range<usize>> {
    let next = move |end: usize| (end + 1 < bytes.len()).then(|| line_of(bytes, end + 1));
    std::iter::successors(next(end), move |line| next(line.end))
}

/// The nearest lines with text before and after a line.
fn neighbours(bytes: &[u8], line: &Range<usize>) -> Vec<Range<usize>> {
    let full = |range: &Range<usize>| bytes[range.clone()].iter().any(|b| !b.is_ascii_whitespace());
    let before =
        std::iter::successors(line.start.checked_sub(1).map(|at| line_of(bytes, at)), |l| Some(line_of(bytes, l.start.checked_sub(1)?)));
    before.into_iter().find(full).into_iter().chain(lines_after(bytes, line.end).find(full)).collect()
}

fn begins_item(bytes: &[u8], line: &Range<usize>, column: usize) -> bool {
    let text = &bytes[line.clone()];
    text.iter().position(|b| *b != b' ') == Some(column) && text[column..].starts_with(b"- ")
}
