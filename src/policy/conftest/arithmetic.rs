//! Operators as OPA has them: on operands of the wrong kind, and for division by zero, they are undefined, and so is `some x in y` when
//! `y` has no elements. The engine ends the run instead.

use regorus::Value as Rego;
use regorus::unstable::{ArithOp, AssignOp, BinOp, Expr, Literal, Span};

use super::decimals::Exact;
use super::edit::{self, Edit, Piece};
use super::host;
use super::module::Parsed;
use super::shapes;
use super::templates::{self, TEMPLATE};
use crate::policy::walk::{self, Part};

/// The functions that stand in the place of operators, and how many operands they have.
pub(super) const FUNCTIONS: [(&str, u8); 11] = [
    (PLUS, 2),
    (MINUS, 2),
    (TIMES, 2),
    (BY, 2),
    (REST, 2),
    (UNION, 2),
    (INTERSECTION, 2),
    (COLLECTION, 1),
    (EXACTLY, 2),
    (FITTING, 2),
    (TEMPLATE, 1),
];

pub(super) const PLUS: &str = "polity_plus";
pub(super) const MINUS: &str = "polity_minus";
pub(super) const TIMES: &str = "polity_times";
pub(super) const BY: &str = "polity_by";
pub(super) const REST: &str = "polity_rest";
pub(super) const UNION: &str = "polity_union";
pub(super) const INTERSECTION: &str = "polity_intersection";
const COLLECTION: &str = "polity_collection";
/// A value, if it has the shape of a pattern.
pub(super) const EXACTLY: &str = "polity_exactly";
/// A collection without the elements that have another shape.
pub(super) const FITTING: &str = "polity_fitting";

/// Puts calls in the place of operators.
pub(super) fn rewrite(parsed: &Parsed, edits: &mut Vec<Edit>) {
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| match part {
            Part::Expr(Expr::ArithExpr { span, op, lhs, rhs, .. }) => {
                edits.push(call(arithmetic(op), span, lhs, rhs, &parsed.text));
            }
            Part::Expr(Expr::BinExpr { span, op, lhs, rhs, .. }) => edits.push(call(of_sets(op), span, lhs, rhs, &parsed.text)),
            Part::Expr(Expr::UnaryExpr { span, expr, .. }) => negative(span, expr, &parsed.text, edits),
            Part::Expr(Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. }) => {
                edits.extend(looked_up_by_itself(lhs, rhs).or_else(|| looked_up_by_itself(rhs, lhs)));
            }
            Part::Query(query) => query.stmts.iter().for_each(|statement| {
                ranged(&statement.literal, edits);
                edits.extend(given(&statement.literal));
            }),
            Part::Expr(_) => {}
        });
    }
}

fn call(function: &str, span: &Span, lhs: &Expr, rhs: &Expr, text: &str) -> Edit {
    let (left, right) = (edit::place(lhs), edit::place(rhs));
    // Lines stay where they are.
    let breaks = "\n".repeat(text[left.1..right.0].matches('\n').count());
    let pieces = vec![
        Piece::Text(format!("{function}(")),
        Piece::Copy(left.0, left.1),
        Piece::Text(format!(", {breaks}")),
        Piece::Copy(right.0, right.1),
        Piece::Text(")".to_owned()),
    ];
    // The quotes of a text belong to it, and what follows an empty set does not.
    let end = if edit::is_empty_set(rhs) { right.1 } else { right.1.max(span.end as usize) };
    Edit { start: (span.start as usize).min(left.0), end, pieces }
}

/// The engine negates numbers in the text only, and takes `-a + b` for the negative of a sum.
fn negative(span: &Span, expr: &Expr, text: &str, edits: &mut Vec<Edit>) {
    let mut first = expr;
    let minus = span.start as usize;
    let grouped = text[minus + 1..].trim_start().starts_with('(');
    while let (Expr::ArithExpr { lhs, .. } | Expr::BinExpr { lhs, .. } | Expr::BoolExpr { lhs, .. }, false) = (first, grouped) {
        first = lhs;
    }
    if matches!(first, Expr::Number { .. }) && !matches!(expr, Expr::ArithExpr { .. } | Expr::BinExpr { .. } | Expr::BoolExpr { .. }) {
        return;
    }
    let (start, end) = edit::place(first);
    edits.push(Edit::text(span.start, span.start + 1, ""));
    edits.push(Edit {
        start,
        end,
        pieces: vec![Piece::Text(format!("{MINUS}(0, ")), Piece::Copy(start, end), Piece::Text(")".to_owned())],
    });
}

/// `x = s[x]`: what is looked up and what finds it bind each other. The engine binds indices when it compares, not when it unifies.
fn looked_up_by_itself(value: &Expr, reference: &Expr) -> Option<Edit> {
    let names = |expr: &Expr| {
        let mut found = Vec::new();
        walk::expr(expr, &mut |part| {
            if let Part::Expr(Expr::Var { span, .. }) = part {
                found.push(span.text().to_owned());
            }
        });
        found
    };
    let indices = |mut expr: &Expr| {
        let mut found = Vec::new();
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = expr {
            if let Expr::RefBrack { index, .. } = expr {
                found.extend(names(index));
            }
            expr = refr;
        }
        found
    };
    let wanted = names(value);
    if !indices(reference).iter().any(|name| name != "_" && wanted.contains(name)) {
        return None;
    }
    let ((from, to), (value_from, value_to)) = (edit::place(reference), edit::place(value));
    let pieces = vec![Piece::Copy(from, to), Piece::Text(" == ".to_owned()), Piece::Copy(value_from, value_to)];
    Some(Edit { start: from.min(value_from), end: to.max(value_to), pieces })
}

/// `f(a, x)` is `x = f(a)` when `f` takes one argument; the engine knows that of its own functions only.
fn given(literal: &Literal) -> Option<Edit> {
    let Literal::Expr { expr, .. } = literal else { return None };
    let Expr::Call { fcn, params, .. } = expr.as_ref() else { return None };
    let (result, arguments) = params.split_last()?;
    let name = walk::dotted(fcn)?.join(".");
    let arity = host::arity(&name).or_else(|| crate::policy::host::arity(&name))?;
    if arity == 0 || arguments.len() != arity {
        return None;
    }
    let ((start, end), (from, to)) = (edit::place(expr), edit::place(result));
    let last = edit::place(arguments.last()?).1;
    let pieces = vec![Piece::Copy(from, to), Piece::Text(" = ".to_owned()), Piece::Copy(start, last), Piece::Text(")".to_owned())];
    Some(Edit { start, end, pieces })
}

/// What a statement ranges over must be a collection.
fn ranged(literal: &Literal, edits: &mut Vec<Edit>) {
    let (Literal::SomeIn { collection, .. } | Literal::Every { domain: collection, .. }) = literal else { return };
    if matches!(collection.as_ref(), Expr::RefDot { .. } | Expr::RefBrack { .. } | Expr::Var { .. } | Expr::Call { .. }) {
        let (start, end) = edit::place(collection);
        let pieces = vec![Piece::Text(format!("{COLLECTION}(")), Piece::Copy(start, end), Piece::Text(")".to_owned())];
        edits.push(Edit { start, end, pieces });
    }
}

fn arithmetic(op: &ArithOp) -> &'static str {
    match op {
        ArithOp::Add => PLUS,
        ArithOp::Sub => MINUS,
        ArithOp::Mul => TIMES,
        ArithOp::Div => BY,
        ArithOp::Mod => REST,
    }
}

fn of_sets(op: &BinOp) -> &'static str {
    match op {
        BinOp::Union => UNION,
        BinOp::Intersection => INTERSECTION,
    }
}

/// Whether a function asks what something is, so that a no is no mistake.
pub(super) fn is_question(function: &str) -> bool {
    matches!(function, COLLECTION | EXACTLY | FITTING)
}

/// What an operator gives; the error says why it gives nothing.
pub(super) fn evaluate(function: &str, args: &[Rego], exact: &Exact) -> Result<Rego, String> {
    match (function, args) {
        (COLLECTION, [value @ (Rego::Array(_) | Rego::Set(_) | Rego::Object(_))]) => Ok(value.clone()),
        (EXACTLY, [value, shape]) if shapes::fits(value, shape) => Ok(value.clone()),
        (EXACTLY, _) => Err("the keys are others".to_owned()),
        (TEMPLATE, [parts]) => templates::joined(parts, exact),
        (FITTING, [collection, shape]) => Ok(shapes::fitting(collection, shape)),
        (MINUS, [Rego::Set(left), Rego::Set(right)]) => Ok(Rego::from(left.difference(right))),
        (UNION, [Rego::Set(left), Rego::Set(right)]) => Ok(Rego::from(left.union(right))),
        (INTERSECTION, [Rego::Set(left), Rego::Set(right)]) => Ok(Rego::from(left.intersection(right))),
        (UNION | INTERSECTION, _) => Err("operands must be sets".to_owned()),
        (_, [left @ Rego::Number(_), right @ Rego::Number(_)]) => of_numbers(function, left, right, exact),
        _ => Err("operands have the wrong type".to_owned()),
    }
}

fn of_numbers(function: &str, left: &Rego, right: &Rego, exact: &Exact) -> Result<Rego, String> {
    let (Rego::Number(one), Rego::Number(other)) = (left, right) else { return Err("operands must be numbers".to_owned()) };
    if matches!(function, BY | REST) && other.as_f64() == Some(0.0) {
        return Err("divide by zero".to_owned());
    }
    // A whole number of the engine may stand for a result with a fraction.
    let is_whole = [(left, one), (right, other)].iter().all(|(value, number)| number.is_integer() && exact.kept(value).is_none());
    let result = match function {
        PLUS | MINUS | TIMES | REST if is_whole => return of_integers(function, [left, right].map(integer)),
        REST => return Err("modulo on floating-point number".to_owned()),
        PLUS => exact.plus(left, right),
        MINUS => exact.minus(left, right),
        TIMES => exact.times(left, right),
        _ => exact.by(left, right),
    };
    result.ok_or_else(|| "the number is too large".to_owned())
}

/// A whole number as such: the engine computes with fractions when one of two is written with a point.
fn integer(number: &Rego) -> Rego {
    let digits = || number.as_number().ok().and_then(|number| Rego::from_numeric_string(&number.format_decimal()).ok());
    number.as_i64().ok().map(Rego::from).or_else(digits).unwrap_or_else(|| number.clone())
}

fn of_integers(function: &str, [left, right]: [Rego; 2]) -> Result<Rego, String> {
    let (Rego::Number(left), Rego::Number(right)) = (left, right) else { return Err("operands must be numbers".to_owned()) };
    let result = match function {
        PLUS => left.add(&right),
        MINUS => left.sub(&right),
        TIMES => left.mul(&right),
        _ => left.modulo(&right),
    };
    result.map(Rego::Number).map_err(|e| e.to_string())
}
