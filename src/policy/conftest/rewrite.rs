//! Changes to a policy's text that make the engine read it as OPA does. Lines stay where they are, for messages and `print`.

use std::collections::HashMap;

use regorus::unstable::{Expr, Rule, RuleHead};
use serde_json::Value;

use super::annotations::Metadata;
use super::edit::{self, Edit};
use super::module::Parsed;
use super::trials::{self, Reached, Seen, Trial};
use super::{ConftestError, arithmetic, extents, host, negation, relations};
use crate::policy::walk::{self, Part};

/// A policy's text for the engine, and the names under which its tests are known to users.
pub(super) struct Rewritten {
    pub text: String,
    /// Its tests, in the order of the file.
    pub trials: Vec<Trial>,
}

/// Rewrites one module; `index` tells its file functions from those of the others, `edits` are what its variables need, `seen` the tests of
/// the modules before it, `reached` what its tests need until their cases are known, and `known` the annotations of all modules.
pub(super) fn rewrite(
    parsed: &Parsed,
    index: usize,
    mut edits: Vec<Edit>,
    seen: &mut Seen,
    reached: &Reached,
    known: &Metadata,
) -> Result<Rewritten, ConftestError> {
    metadata(parsed, index, known, &mut edits)?;
    files(parsed, index, &mut edits);
    keywords(parsed, &mut edits);
    arithmetic::rewrite(parsed, &mut edits);
    negation::rewrite(parsed, &mut edits);
    relations::rewrite(parsed, &mut edits);
    extents::rewrite(parsed, &mut edits);
    let trials = trials::trials(parsed, seen, &mut edits, reached);
    Ok(Rewritten { text: edit::apply(&parsed.text, edits), trials })
}

fn metadata(parsed: &Parsed, index: usize, all: &Metadata, edits: &mut Vec<Edit>) -> Result<(), ConftestError> {
    if !parsed.text.contains("rego.metadata") {
        return Ok(());
    }
    for rule in &parsed.module.policy {
        let line = rule.span().line as usize;
        let mut known = HashMap::new();
        walk::rule(rule, &mut |part| {
            let Part::Expr(Expr::Call { span, fcn, .. }) = part else { return };
            let value = match walk::dotted(fcn).map(|parts| parts.join(".")).as_deref() {
                Some("rego.metadata.rule") => all.rule(index, line),
                Some("rego.metadata.chain") => all.chain(index, head_name(rule), line),
                _ => return,
            };
            edits.push(Edit::text(span.start, span.end, value.to_string()));
            known.insert(span.start, value);
        });
        missing(rule, &known, &parsed.path)?;
    }
    Ok(())
}

/// Metadata that a rule asks for and nobody wrote: OPA knows that it will never be there.
fn missing(rule: &Rule, known: &HashMap<u32, Value>, path: &str) -> Result<(), ConftestError> {
    let mut mistake = None;
    walk::rule(rule, &mut |part| {
        let Part::Expr(expression @ (Expr::RefDot { .. } | Expr::RefBrack { .. })) = part else { return };
        let (root, steps) = steps(expression);
        let (Expr::Call { span, .. }, Some(mut value)) = (root, known.get(&root.span().start)) else { return };
        for step in steps {
            let found = match (step, value) {
                (Step::Name(name), Value::Object(members)) => members.get(name),
                (Step::Index(index), Value::Array(items)) => items.get(index),
                (Step::Any, _) => return,
                _ => None,
            };
            let Some(found) = found else {
                let line = span.line;
                mistake.get_or_insert_with(|| format!("{path}:{line}: rego_type_error: undefined ref: the rule has no such metadata"));
                return;
            };
            value = found;
        }
    });
    mistake.map_or(Ok(()), |mistake| Err(ConftestError::Compile(vec![mistake])))
}

/// A part of a reference.
enum Step<'a> {
    Name(&'a str),
    Index(usize),
    /// What is computed.
    Any,
}

/// What a reference begins with, and its parts.
fn steps(expression: &Expr) -> (&Expr, Vec<Step<'_>>) {
    let (refr, step) = match expression {
        Expr::RefDot { refr, field, .. } => (refr, Step::Name(field.0.text())),
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { span, .. } => (refr, Step::Name(span.text())),
            Expr::Number { span, .. } => (refr, span.text().parse().map_or(Step::Any, Step::Index)),
            _ => (refr, Step::Any),
        },
        other => return (other, Vec::new()),
    };
    let (root, mut all) = steps(refr);
    all.push(step);
    (root, all)
}

/// The name of a rule as it stands in the text.
pub(super) fn head_name(rule: &Rule) -> &str {
    let (Rule::Default { refr, .. }
    | Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. }, .. }) = rule;
    refr.span().text()
}

/// Keywords that are known anyway need no import, and the engine would take the last part of its path for a name: `v1`, `in`.
fn keywords(parsed: &Parsed, edits: &mut Vec<Edit>) {
    for import in parsed.module.imports.iter().filter(|_| parsed.is_v1()) {
        let root = walk::dotted(&import.refr).and_then(|path| path.first().cloned());
        if matches!(root.as_deref(), Some("rego" | "future")) {
            edits.push(Edit::text(import.span.start, import.span.end, ""));
        }
    }
}

/// Functions that read files know which policy calls them by their name alone.
fn files(parsed: &Parsed, index: usize, edits: &mut Vec<Edit>) {
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| {
            let Part::Expr(Expr::Call { fcn, .. }) = part else { return };
            let span = fcn.span();
            if host::reads_files(span.text()) {
                edits.push(Edit::text(span.start, span.end, host::file_function(span.text(), index)));
            }
        });
    }
}
