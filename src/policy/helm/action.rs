//! The actions of a Go template text: where each stands, and what kind it is.

use std::ops::Range;

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// Opens a block that is there when the expression holds.
    If(&'a str),
    /// Opens a block that is there when the expression holds, with `.` bound to it.
    With(&'a str),
    /// Opens a block that is repeated for each item.
    Range(&'a str),
    /// Opens a block that is rendered elsewhere.
    Define,
    /// Turns to the other case; with an expression, only when it holds.
    Else(Option<&'a str>),
    /// Closes a block.
    End,
    /// Names a value: by a new variable, or by one that is there.
    Assign {
        /// The variable with its `$`.
        name: &'a str,
        /// The expression.
        value: &'a str,
        /// Whether the variable begins here.
        is_new: bool,
    },
    /// Leaves a `range` early, or goes on with its next item.
    Jump,
    /// Leaves no text behind.
    Silent,
    /// Is replaced by the value of the expression.
    Output(&'a str),
}

/// One action with its braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action<'a> {
    /// The byte range, braces included.
    pub range: Range<usize>,
    /// What it does.
    pub kind: Kind<'a>,
    /// Whether blanks before and after it go away.
    pub trims: (bool, bool),
}

/// Every action of a text, in order. An action that never ends is no action.
pub(super) fn actions(text: &str) -> Vec<Action<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|i| i + at) {
        let Some(end) = close(text, start + 2) else { break };
        let inner = &text[start + 2..end - 2];
        let trims = (inner.starts_with('-'), inner.ends_with('-'));
        let body = inner.trim_start_matches('-').trim_end_matches('-').trim();
        found.push(Action { range: start..end, kind: kind(body), trims });
        at = end;
    }
    found
}

/// The end of the action whose body starts at `from`: texts and comments may hold braces.
fn close(text: &str, from: usize) -> Option<usize> {
    let body = text[from..].trim_start_matches(['-', ' ', '\t', '\n', '\r']);
    if body.starts_with("/*") {
        let comment = text.len() - body.len();
        let end = comment + text[comment..].find("*/")?;
        return Some(end + text[end..].find("}}")? + 2);
    }
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            quote @ (b'"' | b'`' | b'\'') => at = quoted(bytes, at, quote)?,
            _ => at += 1,
        }
    }
    None
}

/// The offset after a quoted text.
fn quoted(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != b'`' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn kind(body: &str) -> Kind<'_> {
    let (word, rest) = body.split_once(char::is_whitespace).map_or((body, ""), |(word, rest)| (word, rest.trim()));
    match word {
        "if" => Kind::If(rest),
        "with" => Kind::With(rest),
        "range" => Kind::Range(rest),
        "define" | "block" => Kind::Define,
        "else" => Kind::Else(rest.strip_prefix("if ").or_else(|| rest.strip_prefix("with ")).map(str::trim)),
        "end" => Kind::End,
        // `fail` ends the rendering; a chart that renders has no text of it.
        "fail" | "" => Kind::Silent,
        "break" | "continue" => Kind::Jump,
        _ if body.starts_with("/*") => Kind::Silent,
        _ if word.starts_with('$') && (rest.starts_with(":=") || rest.starts_with("= ")) => {
            Kind::Assign { name: word, value: rest.trim_start_matches([':', '=']).trim(), is_new: rest.starts_with(':') }
        }
        _ => Kind::Output(body),
    }
}
