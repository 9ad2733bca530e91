//! Patterns with objects in them, which have all of the keys of what they take apart. The engine is content with some of the keys, so that what
//! is taken apart is looked at first: it stands for nothing where it has another shape.

use std::collections::HashSet;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt};

use super::super::arithmetic::{EXACTLY, FITTING};
use super::super::edit::{self, Edit, Piece};
use super::super::relations;
use super::super::shapes::{has_object, shape};
use super::Known;
use super::names::Names;
use crate::policy::walk;

/// The changes that the patterns of a statement need, given what is bound before it.
pub(super) fn exact(statement: &LiteralStmt, bound: &HashSet<usize>, names: &Names, known: &Known<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    match &statement.literal {
        Literal::SomeIn { value, collection, .. } if has_object(value) => edits.push(around(FITTING, value, collection)),
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => {
            if let Expr::AssignExpr { op, lhs, rhs, .. } = expr.as_ref() {
                let is_bound = |value: &Expr| match value {
                    // In an equation a variable may itself be what is bound.
                    Expr::Var { span, .. } => names.id(span).is_none_or(|id| *op == AssignOp::ColEq || bound.contains(&id)),
                    _ => true,
                };
                apart(lhs, rhs, &is_bound, &mut edits);
                if *op == AssignOp::Eq {
                    apart(rhs, lhs, &is_bound, &mut edits);
                }
            }
            edits.extend(result(expr, known));
        }
        _ => {}
    }
    edits
}

/// `f(x, {"a": y})` as the equation that it is.
fn result(call: &Expr, known: &Known<'_>) -> Option<Edit> {
    let Expr::Call { fcn, params, .. } = call else { return None };
    let (pattern, arguments) = params.split_last().filter(|(pattern, _)| has_object(pattern))?;
    if known.arity(fcn) != Some(arguments.len()) {
        return None;
    }
    let ((start, end), (from, to)) = (edit::place(call), edit::place(pattern));
    let (first, last) = (edit::place(arguments.first()?), edit::place(arguments.last()?));
    let mut pieces = vec![Piece::Copy(from, to), Piece::Text(format!(" = {EXACTLY}("))];
    match walk::dotted(fcn)?.join(".").as_str() {
        "walk" => pieces.extend(relations::pair(first)),
        _ => pieces.extend([Piece::Copy(start, last.1), Piece::Text(")".to_owned())]),
    }
    pieces.push(Piece::Text(", ".to_owned()));
    shape(pattern, &mut pieces);
    pieces.push(Piece::Text(")".to_owned()));
    Some(Edit { start, end, pieces })
}

/// What the parts of a pattern take apart; parts that are written out on both sides belong to each other.
fn apart(pattern: &Expr, value: &Expr, known: &dyn Fn(&Expr) -> bool, edits: &mut Vec<Edit>) {
    match (pattern, value) {
        (Expr::Array { items, .. }, Expr::Array { items: values, .. }) => {
            items.iter().zip(values).for_each(|(item, value)| apart(item, value, known, edits));
        }
        (Expr::Object { fields, .. }, Expr::Object { fields: values, .. }) => {
            for (_, key, part) in fields {
                let same = values.iter().find(|(_, other, _)| other.span().text() == key.span().text());
                same.into_iter().for_each(|(_, _, value)| apart(part, value, known, edits));
            }
        }
        _ if has_object(pattern) && known(value) && !matches!(value, Expr::Array { .. } | Expr::Object { .. }) => {
            edits.push(around(EXACTLY, pattern, value));
        }
        _ => {}
    }
}

fn around(function: &str, pattern: &Expr, value: &Expr) -> Edit {
    let (start, end) = edit::place(value);
    let mut pieces = vec![Piece::Text(format!("{function}(")), Piece::Copy(start, end), Piece::Text(", ".to_owned())];
    shape(pattern, &mut pieces);
    pieces.push(Piece::Text(")".to_owned()));
    Edit { start, end, pieces }
}
