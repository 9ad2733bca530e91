//! Writes a syntax tree as text. Lines are kept where the author broke them; everything else is decided here.

mod calls;
mod collections;
mod comments;
mod names;
mod rules;
mod sequences;
mod statements;
mod terms;

use super::parse::Parsed;
use super::syntax::{Expr, Rule, Statement, Term};
use super::tokens::Comment;
use super::{Place, RegoVersion};

/// A comment stands where the layout has no room for it: what was written is kept there.
struct NoRoom;

type Written = Result<(), NoRoom>;

/// What is kept as it was when a comment has no room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// The term around the comment, as OPA does. What follows the term in its statement may get lost.
    Term,
    /// The statement or the head around the comment, and the author's parentheses.
    Statement,
    /// Rules with comments in them.
    Rule,
}

/// Lays out a policy.
pub(super) fn print(parsed: &Parsed, text: &str, version: RegoVersion, keep: Keep) -> String {
    let mut printer = Printer {
        text,
        all: &parsed.comments,
        keep,
        style: Style::of(parsed, version),
        out: String::with_capacity(text.len() * 2),
        level: 0,
        inline: false,
        delay: false,
        on_last_line: false,
        pending: (0..parsed.comments.len()).collect(),
        at_end: None,
        union_expr: None,
        union_term: None,
    };
    printer.module(&parsed.module);
    let printed = printer.out;
    match printed.trim_end_matches('\n') {
        kept if kept.len() < printed.len() => format!("{kept}\n"),
        _ => printed,
    }
}

/// What the version of the language and the imports decide.
struct Style {
    v1: bool,
    ifs: bool,
    contains: bool,
    /// Whether a head with a longer reference makes all heads be written as references.
    references: bool,
    keywords: Vec<String>,
}

impl Style {
    fn of(parsed: &Parsed, version: RegoVersion) -> Self {
        let v1 = version == RegoVersion::V1;
        let imported = |wanted: &[&str]| {
            parsed
                .module
                .statements
                .iter()
                .any(|one| matches!(one, Statement::Import(import) if wanted.contains(&import.dotted().as_str())))
        };
        let longer = |rule: &Rule| {
            let (head, length) = (&rule.head, rule.head.reference.len());
            length > 2 || length == 2 && head.key.is_some() && head.value.is_none()
        };
        Self {
            v1,
            ifs: v1 || imported(&["rego.v1", "future.keywords", "future.keywords.if"]),
            contains: v1 || imported(&["rego.v1", "future.keywords", "future.keywords.contains"]),
            references: parsed.module.statements.iter().any(|one| matches!(one, Statement::Rule(rule) if longer(rule))),
            keywords: super::parse::keywords(version).map(str::to_owned).chain(parsed.imported.iter().cloned()).collect(),
        }
    }
}

struct Printer<'a> {
    text: &'a str,
    all: &'a [Comment],
    keep: Keep,
    style: Style,
    out: String,
    level: usize,
    /// Whether something is written in the line.
    inline: bool,
    /// Whether the comment for the end of the line waits for the next one.
    delay: bool,
    /// Whether a comment behind text that is kept as it was is written at once.
    on_last_line: bool,
    /// Comments that are not written yet.
    pending: Vec<usize>,
    /// The comment for the end of this line.
    at_end: Option<usize>,
    /// A statement or a term that is a union of sets where it needs parentheses.
    union_expr: Option<*const Expr>,
    union_term: Option<*const Term>,
}

impl Printer<'_> {
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn start_line(&mut self) {
        self.inline = true;
        self.out.extend(std::iter::repeat_n('\t', self.level));
    }

    fn end_line(&mut self) {
        self.inline = false;
        if !self.delay
            && let Some(comment) = self.at_end.take()
        {
            self.out.push(' ');
            self.out.push_str(&self.all[comment].text);
        }
        self.delay = false;
        self.out.push('\n');
    }

    fn blank_line(&mut self) {
        if self.inline {
            self.end_line();
        }
        self.out.push('\n');
    }

    fn begin(&mut self) {
        if !self.inline {
            self.start_line();
        }
    }

    fn up(&mut self) {
        self.level += 1;
    }

    fn down(&mut self) {
        self.level = self.level.saturating_sub(1);
    }
}

/// The row in which a place ends.
fn last_row(place: Place, text: &str) -> usize {
    place.row + place.text(text).matches('\n').count()
}

/// The row of the bracket that closes the first one in a place, as OPA counts: brackets in texts and comments count as well.
/// `past` are brackets to step over first.
fn closing_row(past: Option<(u8, u8)>, brackets: (u8, u8), place: Place, text: &str) -> Option<usize> {
    let bytes = place.text(text).as_bytes();
    let mut from = (0, 0);
    if let Some(past) = past {
        from = closed(bytes, 0, past).unwrap_or((bytes.len(), 0));
    }
    closed(bytes, from.0, brackets).map(|(_, lines)| place.row + from.1 + lines)
}

/// Where the first bracket after a position is closed, and the number of lines between the two.
fn closed(bytes: &[u8], from: usize, (open, close): (u8, u8)) -> Option<(usize, usize)> {
    let start = from + bytes.get(from..)?.iter().position(|byte| *byte == open)?;
    let (mut depth, mut lines) = (1_usize, 0);
    for (at, byte) in bytes.iter().enumerate().skip(start + 1) {
        match byte {
            _ if *byte == open => depth += 1,
            _ if *byte == close => depth -= 1,
            b'\n' => lines += 1,
            _ => {}
        }
        if depth == 0 {
            return Some((at, lines));
        }
    }
    None
}
