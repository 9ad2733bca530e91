//! What `--strict` adds to the compiler's complaints: variables, arguments and imports that nobody uses.

use std::collections::BTreeMap;

use regorus::unstable::{AssignOp, Expr, Literal, Query, Rule, RuleHead, Span};

use super::module::Parsed;
use crate::policy::walk::{self, Part};

/// Every complaint about a module, with path and line.
pub(super) fn check(parsed: &Parsed) -> Vec<String> {
    let mut found = Vec::new();
    for rule in &parsed.module.policy {
        arguments(rule, &mut found);
        walk::rule(rule, &mut |part| {
            if let Part::Query(query) = part {
                variables(query, rule, &mut found);
            }
        });
    }
    found.sort();
    found.dedup();
    let mut out: Vec<_> = found.iter().map(|(line, message)| format!("{}:{line}: rego_compile_error: {message}", parsed.path)).collect();
    out.extend(imports(parsed));
    out
}

type Complaints = Vec<(u32, String)>;

fn arguments(rule: &Rule, found: &mut Complaints) {
    let Rule::Spec { head: RuleHead::Func { args, .. }, bodies, .. } = rule else { return };
    let mut names: Vec<&Span> = Vec::new();
    for arg in args {
        walk::expr(arg, &mut |part| {
            if let Part::Expr(Expr::Var { span, .. }) = part {
                names.push(span);
            }
        });
    }
    // Each `else` is a rule of its own to OPA; an argument counts as used when any of them uses it.
    let uses = uses(|visit| walk::rule(rule, visit));
    for span in names {
        let name = span.text();
        let declared = usize::from(!name.starts_with('_'));
        if declared == 1 && uses.get(name).copied().unwrap_or_default() <= 1 && !bodies.is_empty() {
            found.push((span.line, format!("unused argument {name}. (hint: use _ (wildcard variable) instead)")));
        }
    }
}

fn variables(query: &Query, rule: &Rule, found: &mut Complaints) {
    let uses = uses(|visit| walk::rule(rule, visit));
    for statement in &query.stmts {
        match &statement.literal {
            Literal::Expr { expr, .. } => {
                let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() else { continue };
                walk::expr(lhs, &mut |part| {
                    if let Part::Expr(Expr::Var { span, .. }) = part
                        && unused(span, &uses)
                    {
                        found.push((span.line, format!("assigned var {} unused", span.text())));
                    }
                });
            }
            Literal::SomeVars { vars, .. } => {
                let lonely = vars.iter().filter(|span| uses.get(span.text()).copied().unwrap_or_default() == 0);
                found.extend(lonely.map(|span| (span.line, format!("declared var {} unused", span.text()))));
            }
            _ => {}
        }
    }
}

fn unused(span: &Span, uses: &BTreeMap<String, usize>) -> bool {
    let name = span.text();
    !name.starts_with('_') && uses.get(name).copied().unwrap_or_default() <= 1
}

/// How often each name stands in expressions.
fn uses(walk: impl Fn(&mut dyn FnMut(Part<'_>))) -> BTreeMap<String, usize> {
    let mut uses = BTreeMap::new();
    walk(&mut |part| {
        if let Part::Expr(Expr::Var { span, .. }) = part {
            *uses.entry(span.text().to_owned()).or_default() += 1;
        }
    });
    uses
}

fn imports(parsed: &Parsed) -> Vec<String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| {
            if let Part::Expr(Expr::Var { span, .. }) = part {
                *uses.entry(span.text().to_owned()).or_default() += 1;
            }
        });
    }
    let mut out = Vec::new();
    for import in &parsed.module.imports {
        let path = walk::dotted(&import.refr).unwrap_or_default();
        let alias = import.r#as.as_ref().map_or_else(|| path.last().cloned().unwrap_or_default(), |span| span.text().to_owned());
        let keyword = matches!(path.first().map(String::as_str), Some("future" | "rego"));
        if !keyword && !uses.contains_key(&alias) {
            out.push(format!("{}:{}: rego_compile_error: import {} unused", parsed.path, import.span.line, path.join(".")));
        }
    }
    out
}
