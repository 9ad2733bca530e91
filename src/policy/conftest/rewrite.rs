//! Changes to a policy's text that make the engine read it as OPA does. Lines stay where they are, for messages and `print`.

use std::collections::HashMap;

use regorus::unstable::{AssignOp, Expr, Literal, NodeRef, Query, Rule, RuleHead, Span};

use super::annotations::Annotations;
use super::module::Parsed;
use super::{ConftestError, host};
use crate::policy::walk::{self, Part};

/// A replacement of a byte range.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// A policy's text for the engine, and the names under which its tests are known to users.
pub(super) struct Rewritten {
    pub text: String,
    /// The name in the engine of every test, by its name for users, in the order of the file.
    pub tests: Vec<(String, String, u32)>,
}

/// Rewrites one module; `index` tells its file functions from those of the others.
pub(super) fn rewrite(parsed: &Parsed, index: usize) -> Result<Rewritten, ConftestError> {
    let mut edits = Vec::new();
    metadata(parsed, &mut edits)?;
    files(parsed, index, &mut edits);
    redeclared(parsed, &mut edits);
    let tests = tests(parsed, &mut edits);
    // An inner comprehension comes behind the one around it and has the last word on a variable of both.
    edits.reverse();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    edits.dedup_by_key(|edit| edit.start);
    let mut text = parsed.text.clone();
    for edit in edits {
        text.replace_range(edit.start..edit.end, &edit.text);
    }
    Ok(Rewritten { text, tests })
}

fn metadata(parsed: &Parsed, edits: &mut Vec<Edit>) -> Result<(), ConftestError> {
    if !parsed.text.contains("rego.metadata") {
        return Ok(());
    }
    let annotations = Annotations::read(parsed).map_err(ConftestError::Parse)?;
    for rule in &parsed.module.policy {
        let line = rule.span().line as usize;
        walk::rule(rule, &mut |part| {
            let Part::Expr(Expr::Call { span, fcn, .. }) = part else { return };
            let value = match walk::dotted(fcn).map(|parts| parts.join(".")).as_deref() {
                Some("rego.metadata.rule") => annotations.rule(line),
                Some("rego.metadata.chain") => annotations.chain(head_name(rule), line),
                _ => return,
            };
            edits.push(Edit { start: span.start as usize, end: span.end as usize, text: value.to_string() });
        });
    }
    Ok(())
}

fn head_name(rule: &Rule) -> &str {
    let (Rule::Default { refr, .. }
    | Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. }, .. }) = rule;
    refr.span().text()
}

/// A comprehension may use an outer variable and then declare one of the same name; the engine takes both for one.
fn redeclared(parsed: &Parsed, edits: &mut Vec<Edit>) {
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| {
            let Part::Expr(expr) = part else { return };
            let (heads, query) = match expr {
                Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => (vec![term], query),
                Expr::ObjectCompr { key, value, query, .. } => (vec![key, value], query),
                _ => return,
            };
            shadowed(rule, query, &heads, edits);
            for (at, statement) in query.stmts.iter().enumerate() {
                let Literal::Expr { expr, .. } = &statement.literal else { continue };
                let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() else { continue };
                let Expr::Var { span: name, .. } = lhs.as_ref() else { continue };
                let (earlier, later) = (&query.stmts[..at], &query.stmts[at + 1..]);
                if earlier.iter().all(|one| spans(name.text(), |visit| walk::statement(one, visit)).is_empty()) {
                    continue;
                }
                let mut found = vec![(name.start, name.end)];
                found.extend(later.iter().flat_map(|one| spans(name.text(), |visit| walk::statement(one, visit))));
                found.extend(heads.iter().flat_map(|head| spans(name.text(), |visit| walk::expr(head, visit))));
                let inner = format!("{}_inner", name.text());
                edits.extend(found.iter().map(|(start, end)| Edit { start: *start as usize, end: *end as usize, text: inner.clone() }));
            }
        });
    }
}

/// `some x` in a comprehension, where the rule has another `some x`, is a variable of its own; the engine refuses the second.
fn shadowed(rule: &Rule, query: &Query, heads: &[&NodeRef<Expr>], edits: &mut Vec<Edit>) {
    let mut declared: HashMap<String, usize> = HashMap::new();
    walk::rule(rule, &mut |part| {
        let Part::Query(query) = part else { return };
        for name in declarations(query) {
            *declared.entry(name.text().to_owned()).or_default() += 1;
        }
    });
    for name in declarations(query).filter(|name| declared.get(name.text()).is_some_and(|count| *count > 1)) {
        let mut found = vec![(name.start, name.end)];
        found.extend(spans(name.text(), |visit| walk::query(query, visit)));
        found.extend(heads.iter().flat_map(|head| spans(name.text(), |visit| walk::expr(head, visit))));
        let inner = format!("{}_some{}", name.text(), name.start);
        edits.extend(found.iter().map(|(start, end)| Edit { start: *start as usize, end: *end as usize, text: inner.clone() }));
    }
}

/// The variables that `some x` declares in a query.
fn declarations(query: &Query) -> impl Iterator<Item = &Span> {
    query.stmts.iter().flat_map(|statement| match &statement.literal {
        Literal::SomeVars { vars, .. } => vars.as_slice(),
        _ => &[],
    })
}

/// Where a variable stands in a part of a rule.
fn spans<'a>(name: &str, walk: impl Fn(&mut dyn FnMut(Part<'a>))) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    walk(&mut |part| {
        if let Part::Expr(Expr::Var { span, .. }) = part
            && span.text() == name
        {
            found.push((span.start, span.end));
        }
    });
    found
}

/// Functions that read files know which policy calls them by their name alone.
fn files(parsed: &Parsed, index: usize, edits: &mut Vec<Edit>) {
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| {
            let Part::Expr(Expr::Call { fcn, .. }) = part else { return };
            let span = fcn.span();
            if host::reads_files(span.text()) {
                edits.push(Edit { start: span.start as usize, end: span.end as usize, text: host::file_function(span.text(), index) });
            }
        });
    }
}

/// Tests of the same name are tests of their own: `test_x`, `test_x#01`, …
fn tests(parsed: &Parsed, edits: &mut Vec<Edit>) -> Vec<(String, String, u32)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for rule in parsed.rules.iter().filter(|r| !r.function && is_test(&r.name)) {
        let Some((start, end)) = rule.at else { continue };
        let count = seen.entry(&rule.name).or_default();
        if *count == 0 {
            found.push((rule.name.clone(), rule.name.clone(), rule.line));
        } else {
            let inner = format!("{}_again_{count}", rule.name);
            edits.push(Edit { start, end, text: inner.clone() });
            found.push((format!("{}#{count:02}", rule.name), inner, rule.line));
        }
        *count += 1;
    }
    found
}

fn is_test(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}
