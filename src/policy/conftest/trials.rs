//! Rules that are tests, by the names that OPA runs them under, and the cases of those that have some in their heads: `test_x[name] if …`.
//!
//! A case that is come to and does not hold leaves no trace in the rule's value. So a rule of our own, at the end of the file, gathers
//! all cases that the first statements of the body come to.

use std::collections::HashMap;

use regorus::unstable::{Expr, Query, Rule, RuleBody, RuleHead, Span};

use super::edit::{self, Edit, Piece};
use super::heads;
use super::module::Parsed;

/// How often each name was seen, over all modules: tests of the same name are tests of their own: `test_x`, `test_x#01`, …
pub(super) type Seen = HashMap<String, usize>;

/// A test rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trial {
    /// Its name for users.
    pub name: String,
    /// Its name in the engine.
    pub inner: String,
    pub line: u32,
    /// Whether it has cases.
    pub cases: bool,
    /// Whether it takes arguments, so that nobody can run it.
    pub function: bool,
}

impl Trial {
    /// The rule that gathers its cases.
    pub fn gatherer(&self) -> String {
        gatherer(&self.inner)
    }
}

/// The rule that gathers the cases of a test.
pub(in crate::policy) fn gatherer(inner: &str) -> String {
    format!("polity_cases_of_{}", inner.replace('.', "__of__"))
}

/// Where a rule's name says that it is a test: the names up to there, the place of the last one, and what follows.
struct Named<'a> {
    path: Vec<&'a str>,
    at: &'a Span,
    rest: Vec<Part<'a>>,
}

/// A part of the name of a rule.
#[derive(Clone, Copy)]
enum Part<'a> {
    Name(&'a Span),
    Computed(&'a Expr),
}

/// The tests of a module, each under its own name, and what gathers their cases. `reached` says how many statements of a rule's body it takes, in the
/// order of their evaluation, until what the expressions mention is bound.
pub(super) fn trials(parsed: &Parsed, seen: &mut Seen, edits: &mut Vec<Edit>, reached: &Reached) -> Vec<Trial> {
    let mut found = Vec::new();
    for (number, rule) in parsed.module.policy.iter().enumerate() {
        let Some(named) = named(name_of(rule)) else { continue };
        let path = named.path.join(".");
        let count = seen.entry(format!("{}.{path}", parsed.namespace)).or_default();
        let mut trial =
            Trial { name: path.clone(), inner: path, line: rule.span().line, cases: !named.rest.is_empty(), function: is_function(rule) };
        if *count > 0 {
            let last = named.path[named.path.len() - 1];
            let before = &trial.inner[..trial.inner.len() - last.len()];
            let inner = format!("{last}_again_{count}");
            edits.push(Edit::text(named.at.start, named.at.end, inner.clone()));
            trial.name = match before.strip_suffix('.') {
                Some(before) => format!("{before}[\"{last}#{count:02}\"]"),
                None => format!("{last}#{count:02}"),
            };
            trial.inner = format!("{before}{inner}");
        }
        *count += 1;
        edits.extend(gathered(parsed, rule, &named, &trial, reached.get(&number).copied().unwrap_or(usize::MAX)));
        found.push(trial);
    }
    found
}

/// Of how many statements each rule's body evaluates until the name of its case is known; by the number of the rule.
pub(super) type Reached = HashMap<usize, usize>;

/// What the name of a test's case is computed from, as it stood in the head.
pub(super) fn computed(rule: &Rule) -> Vec<&Expr> {
    let Rule::Spec { bodies, .. } = rule else { return Vec::new() };
    let parts = named(name_of(rule)).map(|named| named.rest).unwrap_or_default();
    let computed =
        parts.into_iter().filter_map(|part| if let Part::Computed(expr) = part { Some(heads::origin(expr, bodies)) } else { None });
    computed.collect()
}

/// The rule that gathers the cases which the first statements of a test come to.
fn gathered(parsed: &Parsed, rule: &Rule, named: &Named<'_>, trial: &Trial, reached: usize) -> Option<Edit> {
    let Rule::Spec { head: RuleHead::Compr { .. }, bodies, .. } = rule else { return None };
    let mut case = vec![Piece::Text("[".to_owned())];
    for part in named.rest.iter().filter(|_| trial.cases) {
        case.extend(piece(*part, bodies));
        case.push(Piece::Text(", ".to_owned()));
    }
    case.push(Piece::Text("]".to_owned()));
    let end = parsed.text.len();
    let name = trial.gatherer();
    let pieces = match bodies.first().map(|body| body.query.as_ref()).and_then(|query| first(&parsed.text, query, reached)) {
        Some((from, to, true)) => {
            // What wraps a statement without braces brings them along.
            [vec![Piece::Text(format!("\n{name} contains "))], case, vec![Piece::Text(" if ".to_owned()), Piece::Copy(from, to)]].concat()
        }
        body => {
            let head = if parsed.is_v1() { " contains polity_case if { " } else { "[polity_case] { " };
            let mut pieces = vec![Piece::Text(format!("\n{name}{head}"))];
            if let Some((from, to, _)) = body {
                pieces.extend([Piece::Copy(from, to), Piece::Text("; ".to_owned())]);
            }
            [pieces, vec![Piece::Text("polity_case := ".to_owned())], case, vec![Piece::Text(" }".to_owned())]].concat()
        }
    };
    trial.cases.then_some(Edit { start: end, end, pieces: [pieces, vec![Piece::Text("\n".to_owned())]].concat() })
}

/// The range of the first statements of a body, and whether they are one without braces.
fn first(text: &str, query: &Query, count: usize) -> Option<(usize, usize, bool)> {
    let statements = &query.stmts[..count.min(query.stmts.len())];
    let (start, end) = (edit::range(text, statements.first()?).0, edit::range(text, statements.last()?).1);
    Some((start, end, edit::is_bare(text, query, statements.first()?)))
}

fn piece(part: Part<'_>, bodies: &[RuleBody]) -> Vec<Piece> {
    match part {
        Part::Name(span) => vec![Piece::Text(format!("{:?}", span.text()))],
        Part::Computed(expr) => {
            let (start, end) = edit::extent(heads::origin(expr, bodies));
            vec![Piece::Copy(start, end)]
        }
    }
}

fn named(mut refr: &Expr) -> Option<Named<'_>> {
    let mut parts = Vec::new();
    let root = loop {
        match refr {
            Expr::RefDot { refr: inner, field, .. } => {
                parts.push(Part::Name(&field.0));
                refr = inner;
            }
            Expr::RefBrack { refr: inner, index, .. } => {
                parts.push(match index.as_ref() {
                    Expr::String { span, .. } => Part::Name(span),
                    other => Part::Computed(other),
                });
                refr = inner;
            }
            other => break other.span(),
        }
    };
    parts.push(Part::Name(root));
    parts.reverse();
    let mut path = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Part::Name(span) = part else { return None };
        path.push(span.text());
        if is_test(span.text()) {
            return Some(Named { path, at: span, rest: parts[index + 1..].to_vec() });
        }
    }
    None
}

fn name_of(rule: &Rule) -> &Expr {
    let (Rule::Default { refr, .. }
    | Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. }, .. }) = rule;
    refr
}

fn is_function(rule: &Rule) -> bool {
    match rule {
        Rule::Default { args, .. } => !args.is_empty(),
        Rule::Spec { head, .. } => matches!(head, RuleHead::Func { .. }),
    }
}

fn is_test(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}
