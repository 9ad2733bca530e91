//! What a policy says, without its layout: two policies that say the same have the same text here.

use std::fmt::{Display, Write as _};

use super::RegoVersion;
use super::parse::Parsed;
use super::syntax::{Expr, ExprKind, Head, Rule, Statement, Term, Value};

/// Everything that must outlive a layout: what rules mean, and the comments.
pub(super) fn meaning(parsed: &Parsed, version: RegoVersion) -> (String, Vec<String>) {
    let mut out = terms(&parsed.module.package.1);
    // Imports next to each other may change places.
    let mut imports = Vec::new();
    for statement in &parsed.module.statements {
        match statement {
            Statement::Import(import) => imports.push(format!("\nimport {} {:?}", terms(&import.path), import.alias)),
            Statement::Rule(one) => {
                imports.sort();
                out += &imports.drain(..).collect::<String>();
                let _ = write!(out, "\n{}", rule(one, version));
            }
        }
    }
    imports.sort();
    out += &imports.concat();
    let mut comments: Vec<String> = parsed.comments.iter().map(|comment| comment.text.clone()).collect();
    comments.sort();
    (out, comments)
}

fn rule(rule: &Rule, version: RegoVersion) -> String {
    let body = if rule.is_constant() { "true".to_owned() } else { body(&rule.body) };
    let otherwise = rule.otherwise.as_ref().map(|inner| format!(" else {}", self::rule(inner, version)));
    format!("{}{} {{{body}}}{}", if rule.default { "default " } else { "" }, head(&rule.head, version), otherwise.unwrap_or_default())
}

fn head(head: &Head, version: RegoVersion) -> String {
    // In version 1 both signs mean the same in a head.
    let sign = if head.assign && version == RegoVersion::V0 && head.value.is_some() { ":=" } else { "=" };
    let of = |one: &Option<Term>| one.as_ref().map(term).unwrap_or_default();
    let sign = if head.value.as_ref().is_some_and(Term::is_true) { "" } else { sign };
    format!("{}({}) key {} {sign} {}", terms(&head.reference), terms(&head.args), of(&head.key), of(&head.value))
}

fn body(body: &[Expr]) -> String {
    list(body.iter().map(expr))
}

fn expr(expr: &Expr) -> String {
    let kind = match &expr.kind {
        ExprKind::Term(one) => term(one),
        ExprKind::Some(_, names) => format!("some {}", terms(names)),
        ExprKind::Every(every) => {
            let key = every.key.as_ref().map(term).unwrap_or_default();
            format!("every {key} {} {} {{{}}}", term(&every.value), term(&every.domain), body(&every.body))
        }
        ExprKind::Not(inner) => format!("not {{{}}}", body(inner)),
    };
    let with = list(expr.with.iter().map(|one| format!("with {} as {}", term(&one.target), term(&one.value))));
    format!("{}{kind}{with}", if expr.negated { "not " } else { "" })
}

fn terms(terms: &[Term]) -> String {
    list(terms.iter().map(term))
}

/// Whether a term may be another one each time it is written, for a `_` in it.
pub(super) fn is_anonymous(one: &Term) -> bool {
    match &one.value {
        Value::Var(name) => name == "_",
        Value::Scalar(_) | Value::Text(..) => false,
        Value::Array(items) | Value::Set(items) => items.iter().any(is_anonymous),
        Value::Object(members) => members.iter().any(|(key, value)| is_anonymous(key) || is_anonymous(value)),
        Value::Ref(parts) => parts.iter().any(is_anonymous),
        Value::Call(_, operands) => operands.iter().any(is_anonymous),
        Value::ArrayOf(..) | Value::SetOf(..) | Value::ObjectOf(..) => true,
    }
}

/// What a term says.
pub(super) fn term(one: &Term) -> String {
    match &one.value {
        Value::Scalar(text) | Value::Var(text) => text.clone(),
        Value::Text(text, _) => format!("{text:?}"),
        Value::Ref(parts) => format!("ref({})", terms(parts)),
        Value::Call(function, operands) => format!("call {}({})", term(function), terms(operands)),
        Value::Array(items) => format!("[{}]", terms(items)),
        Value::Set(items) => format!("<{}>", terms(items)),
        Value::Object(members) => format!("{{{}}}", list(members.iter().map(|(key, value)| format!("{}: {}", term(key), term(value))))),
        Value::ArrayOf(inner, query) => format!("[{} | {}]", term(inner), body(query)),
        Value::SetOf(inner, query) => format!("<{} | {}>", term(inner), body(query)),
        Value::ObjectOf(pair, query) => format!("{{{}: {} | {}}}", term(&pair.0), term(&pair.1), body(query)),
    }
}

fn list(items: impl Iterator<Item = impl Display>) -> String {
    items.fold(String::new(), |mut out, item| {
        let _ = write!(out, "{item}; ");
        out
    })
}
