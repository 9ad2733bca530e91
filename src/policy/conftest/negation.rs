//! `not` as OPA has it: what it denies is the last step only. The operands are looked up before it, and when one of them is
//! undefined, so is the statement: `not count(input.tags) > 1` is no finding where there are no tags. `import future.keywords.not` ends that.

use regorus::unstable::{BoolOp, Expr, Literal, LiteralStmt, Query};

use super::edit::{self, Edit, Piece};
use super::module::Parsed;
use crate::policy::walk::{self, Part};

/// Writes the operands of denied expressions in statements of their own.
pub(super) fn rewrite(parsed: &Parsed, edits: &mut Vec<Edit>) {
    if parsed.whole_not {
        return;
    }
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| {
            let Part::Query(query) = part else { return };
            for statement in &query.stmts {
                if let Literal::NotExpr { expr, .. } = &statement.literal {
                    let lifted = lift(&parsed.text, query, statement, expr, edits);
                    edits.extend(lifted);
                }
            }
        });
    }
}

fn lift(text: &str, query: &Query, statement: &LiteralStmt, expr: &Expr, others: &[Edit]) -> Option<Edit> {
    let mut operands: Vec<(usize, usize)> = operands(expr).into_iter().map(edit::place).collect();
    operands.sort_unstable();
    if operands.is_empty() {
        return None;
    }
    let (start, end) = edit::range(text, statement);
    let modifiers = statement.with_mods.first().map(|first| (first.span.start as usize, end));
    // What wraps the statement gives it the braces.
    let bare =
        edit::is_bare(text, query, statement) && !others.iter().any(|other| (other.start, other.end) == (start, end) && other.wraps());
    let mut pieces = vec![Piece::Text(if bare { "{ " } else { "" }.to_owned())];
    for (number, (from, to)) in operands.iter().enumerate() {
        pieces.push(Piece::Text(format!("{} := ", name(start, number))));
        pieces.push(Piece::Copy(*from, *to));
        if let Some((from, to)) = modifiers {
            pieces.push(Piece::Text(" ".to_owned()));
            pieces.push(Piece::Copy(from, to));
        }
        pieces.push(Piece::Text("; ".to_owned()));
    }
    let mut at = start;
    for (number, (from, to)) in operands.iter().enumerate() {
        // Not as a variable: in brackets the engine would take it for one to be bound.
        pieces.extend([Piece::Copy(at, *from), Piece::Text(format!("[{}][0]", name(start, number)))]);
        at = *to;
    }
    pieces.extend([Piece::Copy(at, end), Piece::Text(if bare { " }" } else { "" }.to_owned())]);
    Some(Edit { start, end, pieces })
}

fn name(at: usize, number: usize) -> String {
    format!("denied__{at}_{number}")
}

/// What of an expression is looked up before it.
fn operands(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => indices(expr),
        // Equality of two references is one step.
        Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. } | Expr::AssignExpr { lhs, rhs, .. } => {
            [lhs, rhs].into_iter().flat_map(|side| if is_reference(side) { indices(side) } else { looked_up(side) }).collect()
        }
        Expr::BoolExpr { lhs, rhs, .. } | Expr::ArithExpr { lhs, rhs, .. } | Expr::BinExpr { lhs, rhs, .. } => {
            [lhs, rhs].into_iter().flat_map(|side| looked_up(side)).collect()
        }
        Expr::Call { params, .. } => params.iter().flat_map(|param| looked_up(param)).collect(),
        // One with a key becomes a call of its own.
        Expr::Membership { key: None, value, collection, .. } => {
            [value, collection].into_iter().flat_map(|operand| looked_up(operand)).collect()
        }
        _ => Vec::new(),
    }
}

/// The operand itself, unless it is always defined.
fn looked_up(operand: &Expr) -> Vec<&Expr> {
    let constant = match operand {
        Expr::Var { .. } => true,
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().all(|item| looked_up(item).is_empty()),
        Expr::Object { fields, .. } => fields.iter().all(|(_, key, value)| looked_up(key).is_empty() && looked_up(value).is_empty()),
        Expr::Call { .. }
        | Expr::UnaryExpr { .. }
        | Expr::RefDot { .. }
        | Expr::RefBrack { .. }
        | Expr::BinExpr { .. }
        | Expr::BoolExpr { .. }
        | Expr::ArithExpr { .. }
        | Expr::Membership { .. } => false,
        _ => true,
    };
    if constant { Vec::new() } else { vec![operand] }
}

fn is_reference(expr: &Expr) -> bool {
    matches!(expr, Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. })
}

/// The indices of a reference that are looked up themselves.
fn indices(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::RefDot { refr, .. } => indices(refr),
        Expr::RefBrack { refr, index, .. } => {
            let mut found = indices(refr);
            found.extend(looked_up(index));
            found
        }
        Expr::Var { .. } => Vec::new(),
        other => looked_up(other),
    }
}
