//! Heads that look something up, such as `deny contains input.names[_]`, with the look-up in the body, where OPA puts it too. The engine ends
//! the run when what the index of a head ranges over is no collection, and the body cannot use that index.

use regorus::unstable::{Expr, Module, Query, Rule, RuleHead};

use super::edit::{self, Edit, Piece};
use super::scopes;

/// The text with the look-ups moved, when there are any; `is_v1` says whether a body needs the word `if`.
pub(super) fn lifted(module: &Module, text: &str, is_v1: bool) -> Option<String> {
    let mut edits = Vec::new();
    for rule in &module.policy {
        let Rule::Spec { head, bodies, span } = rule.as_ref() else { continue };
        let own = match head {
            RuleHead::Set { key, .. } => key.as_deref(),
            RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => assign.as_ref().map(|assign| assign.value.as_ref()),
        };
        if let Some(term) = own.filter(|term| bodies.iter().all(|body| body.query.stmts.is_empty()) && looks_up(term)) {
            let (name, found) = named(term, text, &mut edits);
            let end = span.end as usize;
            edits.push(Edit {
                start: end,
                end,
                pieces: vec![Piece::Text(format!("{} {{ {name} := {found} }}", if is_v1 { " if" } else { "" }))],
            });
        }
        for body in bodies {
            let term = if body.is_else { body.assign.as_ref().map(|assign| assign.value.as_ref()) } else { own };
            if let (Some(term), Some(end)) = (term.filter(|term| looks_up(term)), ending(text, &body.query)) {
                let (name, found) = named(term, text, &mut edits);
                edits.extend(end.with(&format!("{name} := {found}")));
            }
        }
    }
    // What is added at the very end stands before something.
    (!edits.is_empty()).then(|| edit::apply(&format!("{text}\n"), edits))
}

/// Whether an expression has an index that is no constant, outside of the bodies in it.
fn looks_up(expression: &Expr) -> bool {
    let constant = |index: &Expr| matches!(index, Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. });
    matches!(expression, Expr::RefBrack { index, .. } if !constant(index)) || scopes::children(expression).into_iter().any(looks_up)
}

/// Puts a name in the place of a term; the name, and the term's text.
fn named<'a>(term: &Expr, text: &'a str, edits: &mut Vec<Edit>) -> (String, &'a str) {
    let (start, end) = edit::place(term);
    let name = format!("head__{start}");
    edits.push(Edit { start, end, pieces: vec![Piece::Text(name.clone())] });
    (name, &text[start..end])
}

/// Where a body ends, so that a statement can be added.
struct Ending {
    start: usize,
    end: usize,
    /// Whether it is a single statement without braces.
    bare: bool,
}

fn ending(text: &str, query: &Query) -> Option<Ending> {
    let last = query.stmts.last()?;
    let (start, end) = edit::range(text, last);
    let bare = query.span.start == last.span.start && text[..start].trim_end().ends_with("if");
    Some(Ending { start, end, bare })
}

impl Ending {
    fn with(&self, statement: &str) -> Vec<Edit> {
        let insert = |at: usize, text: String| Edit { start: at, end: at, pieces: vec![Piece::Text(text)] };
        match self.bare {
            true => vec![insert(self.start, "{ ".to_owned()), insert(self.end, format!("; {statement} }}"))],
            false => vec![insert(self.end, format!("; {statement}"))],
        }
    }
}
