//! Masking: every action of a template gives way to blanks or to a token of the same length, so that the text becomes YAML
//! whose lines and columns are those of the template.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value as Json;

use super::action::{Kind, actions};
use super::expression::{Dot, Names, holds, indent};

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
    pub tokens: Vec<Option<Json>>,
    /// How deep conditions that are not known stand inside of each other.
    pub levels: usize,
    /// The actions whose text is not known.
    pub gaps: Vec<Gap>,
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

/// The conditions that are not known and turn out the other way: those inside of so many others. `None` for no condition.
pub(in crate::policy) type Turned = Option<usize>;

impl Masked {
    /// The value behind a token's character.
    pub fn token(&self, c: char) -> Option<&Option<Json>> {
        let index = u32::from(c).checked_sub(FIRST)?;
        self.tokens.get(usize::try_from(index).ok()?)
    }
}

/// An action that leaves text behind.
struct Output {
    range: Range<usize>,
    value: Option<Json>,
    indent: Option<usize>,
}

/// One open block.
struct Frame {
    /// Whether its text is there.
    shown: bool,
    /// Whether one of its cases was chosen already.
    chosen: bool,
    /// Whether that rests on a condition that is not known.
    open: bool,
    /// What `.` is outside of it.
    dot: Dot,
}

/// What becomes of an action that stands alone on its line and whose text is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It stands for something.
    Kept,
    /// It stands for nothing.
    Dropped,
}

/// Masks the actions of `text`; conditions that follow from `root` are decided, of others the first case is taken, or the next one where they are `turned`.
pub(super) fn mask(text: &str, root: &Json, unknown: Unknown, turned: Turned) -> Masked {
    let mut bytes = text.as_bytes().to_vec();
    let (outputs, levels) = walk(text, &mut bytes, root, turned);
    let mut tokens = Vec::new();
    let gaps = outputs.iter().filter(|output| output.value.is_none()).map(|output| gap(&bytes, output)).collect();
    let (alone, inline): (Vec<_>, Vec<_>) = outputs.into_iter().partition(|output| stands_alone(&bytes, &output.range));
    for output in inline {
        // Keys of which some are not known: the others go on below.
        if output.value.is_none() && goes_on(&bytes, &output) {
            continue;
        }
        if let Some(token) = issue(&mut tokens, output.value) {
            put_inline(&mut bytes, &output.range, token);
        }
    }
    for output in alone.into_iter().filter(|output| output.value.is_some() || unknown == Unknown::Kept) {
        put_line(&mut bytes, output, &mut tokens);
    }
    Masked { text: String::from_utf8(bytes).unwrap_or_default(), tokens, levels, gaps }
}

/// Blanks every action and every block that is not there, and collects what leaves text behind.
fn walk(text: &str, bytes: &mut [u8], root: &Json, turned: Turned) -> (Vec<Output>, usize) {
    let mut names = Names { root, dot: Dot::Top, variables: HashMap::new() };
    let mut blocks = Blocks { stack: Vec::new(), turned, levels: 0 };
    let mut outputs = Vec::new();
    let mut before = 0;
    for action in actions(text) {
        let shown = blocks.are_shown();
        if !shown {
            blank(bytes, before..action.range.start);
        }
        blank(bytes, action.range.clone());
        before = action.range.end;
        match action.kind {
            Kind::Output(expression) if shown => {
                let indent = indent(expression);
                outputs.push(Output { range: action.range, value: names.value(expression), indent });
            }
            Kind::Assign(name, expression) if shown => {
                let value = names.value(expression);
                names.variables.insert(name.trim_start_matches('$').to_owned(), value);
            }
            Kind::Output(_) | Kind::Assign(..) | Kind::Silent => {}
            other => blocks.turn(other, shown, &mut names),
        }
    }
    if !blocks.are_shown() {
        blank(bytes, before..text.len());
    }
    (outputs, blocks.levels)
}

/// The open blocks.
struct Blocks {
    stack: Vec<Frame>,
    turned: Turned,
    levels: usize,
}

impl Blocks {
    fn are_shown(&self) -> bool {
        self.stack.iter().all(|frame| frame.shown)
    }

    /// Whether the case of a condition is there, and whether that is not known; `above` is the number of blocks around it.
    fn holds(&mut self, value: Option<&Json>, above: usize) -> (bool, bool) {
        let Some(value) = value else {
            let level = self.stack[..above].iter().filter(|frame| frame.open).count();
            self.levels = self.levels.max(level + 1);
            return (self.turned != Some(level), true);
        };
        (holds(value), false)
    }

    fn push(&mut self, (shown, open): (bool, bool), dot: Dot) {
        self.stack.push(Frame { shown, chosen: shown, open, dot });
    }

    /// Opens, turns or closes a block.
    fn turn(&mut self, kind: Kind<'_>, shown: bool, names: &mut Names<'_>) {
        let dot = names.dot.clone();
        let above = self.stack.len();
        match kind {
            // What is not there has no cases.
            Kind::If(_) if !shown => self.push((false, false), dot),
            Kind::If(expression) => {
                let case = self.holds(names.value(expression).as_ref(), above);
                self.push(case, dot);
            }
            Kind::With(expression) => {
                let value = if shown { names.value(expression) } else { None };
                let case = if shown { self.holds(value.as_ref(), above) } else { (true, false) };
                self.push(case, dot);
                names.dot = value.into();
            }
            Kind::Range(expression) => {
                let (variables, source) = expression.split_once(":=").unwrap_or(("", expression));
                let value = if shown { names.value(source.trim()) } else { None };
                self.push((value.as_ref().is_none_or(holds), false), dot);
                let item = value.and_then(first_item);
                if let Some(name) = variables.split(',').next_back().map(str::trim).filter(|name| name.starts_with('$')) {
                    names.variables.insert(name.trim_start_matches('$').to_owned(), item.clone());
                }
                names.dot = item.into();
            }
            Kind::Define => self.stack.push(Frame { shown: false, chosen: true, open: false, dot }),
            Kind::Else(condition) => self.next_case(condition, names),
            Kind::End => {
                if let Some(frame) = self.stack.pop() {
                    names.dot = frame.dot;
                }
            }
            Kind::Assign(..) | Kind::Silent | Kind::Output(_) => {}
        }
    }

    /// Turns to the other case of the block that was opened last.
    fn next_case(&mut self, condition: Option<&str>, names: &mut Names<'_>) {
        let Some(above) = self.stack.len().checked_sub(1) else { return };
        names.dot = self.stack[above].dot.clone();
        let is_left = !self.stack[above].chosen && self.stack[..above].iter().all(|frame| frame.shown);
        let (shown, open) = match condition {
            Some(condition) if is_left => self.holds(names.value(condition).as_ref(), above),
            _ => (is_left, false),
        };
        let frame = &mut self.stack[above];
        frame.shown = shown;
        frame.chosen |= shown;
        frame.open |= open;
    }
}

fn first_item(value: Json) -> Option<Json> {
    match value {
        Json::Array(items) => items.into_iter().next(),
        Json::Object(members) => members.into_iter().next().map(|(_, value)| value),
        _ => None,
    }
}

fn blank(bytes: &mut [u8], range: Range<usize>) {
    for byte in &mut bytes[range] {
        if !matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
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

fn gap(bytes: &[u8], output: &Output) -> Gap {
    let column = output.indent.unwrap_or_else(|| output.range.start - line_of(bytes, output.range.start).start);
    Gap { range: output.range.clone(), column, alone: stands_alone(bytes, &output.range), indented: output.indent.is_some() }
}

/// Hands out the next token; `None` when there are no more.
fn issue(tokens: &mut Vec<Option<Json>>, value: Option<Json>) -> Option<char> {
    let code = FIRST + u32::try_from(tokens.len()).ok()?;
    let c = char::from_u32(code).filter(|_| code <= LAST)?;
    tokens.push(value);
    Some(c)
}

fn put(bytes: &mut [u8], at: usize, c: char) {
    c.encode_utf8(&mut bytes[at..at + WIDTH]);
}

/// A token in the middle of a line, filled up with underscores.
fn put_inline(bytes: &mut [u8], range: &Range<usize>, token: char) {
    let end = range.end.min(line_of(bytes, range.start).end);
    if end < range.start + WIDTH {
        return;
    }
    put(bytes, range.start, token);
    bytes[range.start + WIDTH..end].fill(b'_');
}

/// A token that stands for a whole block: an item of a list, or a key without a value that `fill` takes apart.
fn put_line(bytes: &mut [u8], output: Output, tokens: &mut Vec<Option<Json>>) {
    let line = line_of(bytes, output.range.start);
    let column = output.indent.unwrap_or(output.range.start - line.start);
    let is_item = matches!(output.value, Some(Json::Array(_))) || neighbours(bytes, &line).iter().any(|n| begins_item(bytes, n, column));
    let needed = if is_item { WIDTH + 2 } else { WIDTH + 1 };
    if line.start + column + needed > line.end {
        return;
    }
    let Some(token) = issue(tokens, output.value) else { return };
    let at = line.start + column;
    if is_item {
        bytes[at] = b'-';
        put(bytes, at + 2, token);
    } else {
        put(bytes, at, token);
        bytes[at + WIDTH] = b':';
    }
}

/// Whether the text of an action is the beginning of a block whose other lines follow, as in `labels: {{ include "x" . | nindent 4 }}`.
fn goes_on(bytes: &[u8], output: &Output) -> bool {
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
