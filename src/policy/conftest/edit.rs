//! Changes to a text that may lie within each other: what a change copies from the text is itself changed.

use regorus::unstable::{Expr, LiteralStmt, Query};

use crate::policy::walk::{self, Part};

/// A replacement of a byte range.
#[derive(Debug)]
pub(super) struct Edit {
    pub start: usize,
    pub end: usize,
    pub pieces: Vec<Piece>,
}

/// What stands in the place of a range.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A text of our own.
    Text(String),
    /// A range of the original text, with the changes that lie in it.
    Copy(usize, usize),
}

impl Edit {
    /// A range that becomes a text.
    pub fn text(start: u32, end: u32, text: impl Into<String>) -> Self {
        Self { start: start as usize, end: end as usize, pieces: vec![Piece::Text(text.into())] }
    }
}

/// Where a statement stands; the quotes of a text at its ends belong to it, though the parser leaves them out.
pub(super) fn range(text: &str, statement: &LiteralStmt) -> (usize, usize) {
    let (start, end) = (statement.span.start as usize, statement.span.end as usize);
    let quoted = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(|byte| matches!(byte, b'"' | b'`'));
    (start - usize::from(quoted(start.checked_sub(1))), end + usize::from(quoted(Some(end))))
}

/// Whether a statement is all of a body that stands without braces.
pub(super) fn is_bare(text: &str, query: &Query, statement: &LiteralStmt) -> bool {
    query.span.start == statement.span.start && text[..range(text, statement).0].trim_end().ends_with("if")
}

/// Where an expression stands with all of its parts: the parser lets an operator begin inside the quotes of the text before it.
pub(super) fn extent(expression: &Expr) -> (usize, usize) {
    let mut all = place(expression);
    walk::expr(expression, &mut |part| {
        if let Part::Expr(part) = part {
            let (start, end) = place(part);
            all = (all.0.min(start), all.1.max(end));
        }
    });
    all
}

/// Where an expression stands, with its quotes when it is a text.
pub(super) fn place(expression: &Expr) -> (usize, usize) {
    let span = expression.span();
    if let Expr::Object { fields, .. } = expression
        && let [(_, first, _), _, ..] = fields.as_slice()
    {
        // The parser lets an object of several members begin at the last one.
        let (key, _) = place(first);
        let start = span.source.contents()[..key].rfind('{').unwrap_or(key);
        return (start, span.end as usize);
    }
    if is_empty_set(expression) {
        // The parser lets `set()` end where the token after it does.
        let start = span.start as usize;
        let length = span.source.contents()[start..].find(')').map_or(0, |at| at + 1);
        return (start, start + length);
    }
    let quotes = usize::from(matches!(expression, Expr::String { .. } | Expr::RawString { .. }));
    (span.start as usize - quotes, span.end as usize + quotes)
}

/// Whether an expression is `set()`.
pub(super) fn is_empty_set(expression: &Expr) -> bool {
    matches!(expression, Expr::Set { items, .. } if items.is_empty())
}

/// Applies changes. One that begins inside another and is not copied by it is dropped with what it stood in.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    // What moves comes first, so that a statement takes along what wraps it. What wraps a range comes before what replaces it, so that it wraps
    // the replacement.
    edits.sort_by_key(|edit| (edit.start, std::cmp::Reverse(edit.end), !edit.moves(), !edit.wraps()));
    let mut out = String::with_capacity(text.len() + edits.len() * 8);
    copy(text, &edits, (0, text.len()), None, &mut out);
    for (index, edit) in edits.iter().enumerate().skip(edits.partition_point(|edit| edit.start < text.len())) {
        put(text, &edits, (index, edit), &mut out);
    }
    out
}

/// Copies a range; `within` is the change that copies it, which must not be applied to what it copies.
fn copy(text: &str, edits: &[Edit], (start, end): (usize, usize), within: Option<usize>, out: &mut String) {
    let mut at = start;
    let first = edits.partition_point(|edit| edit.start < start);
    for (index, edit) in edits.iter().enumerate().skip(first) {
        if edit.start >= end {
            break;
        }
        // The statement that a change moves away stands in the place of another such change.
        let moved = within.is_some_and(|within| edits[within].moves()) && (edit.start, edit.end) == (start, end) && edit.moves();
        let outer = within.is_some_and(|outer| index <= outer && (edit.start, edit.end) == (edits[outer].start, edits[outer].end));
        if edit.start < at || edit.end > end || Some(index) == within || outer || moved {
            continue;
        }
        out.push_str(&text[at..edit.start]);
        put(text, edits, (index, edit), out);
        at = edit.end;
    }
    out.push_str(&text[at..end]);
}

/// What stands in the place of a range, with the changes in what is copied.
fn put(text: &str, edits: &[Edit], (index, edit): (usize, &Edit), out: &mut String) {
    for piece in &edit.pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Copy(from, to) => copy(text, edits, (*from, *to), Some(index), out),
        }
    }
}

impl Edit {
    /// Whether it copies all of what it replaces.
    pub fn wraps(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Copy(start, end) if (*start, *end) == (self.start, self.end)))
    }

    fn moves(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Copy(start, end)] if (*start, *end) != (self.start, self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, edits: Vec<Edit>, expected: &str) {
        assert_eq!(apply(text, edits), expected);
    }

    #[test]
    fn changes_apply_within_what_is_moved() {
        let moved = |start, end, from, to| Edit { start, end, pieces: vec![Piece::Copy(from, to)] };
        check("a b; c d", vec![moved(0, 3, 5, 8), moved(5, 8, 0, 3), Edit::text(2, 3, "x"), Edit::text(5, 6, "y")], "y d; a x");
    }

    #[test]
    fn changes_apply_within_what_is_wrapped() {
        let wrapped = Edit {
            start: 0,
            end: 5,
            pieces: vec![Piece::Text("f(".into()), Piece::Copy(0, 1), Piece::Copy(4, 5), Piece::Text(")".into())],
        };
        let around = |word: &str| Edit {
            start: 0,
            end: 1,
            pieces: vec![Piece::Text(format!("{word}(")), Piece::Copy(0, 1), Piece::Text(")".into())],
        };
        check("x.", vec![Edit::text(0, 1, "yy"), around("f"), around("g")], "f(g(yy)).");
        check("a + b.", vec![wrapped, Edit::text(4, 5, "c")], "f(ac).");
    }
}
