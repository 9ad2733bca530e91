//! What a statement binds, given what is already bound: the indices of references, both sides of an equation, results of functions.

use std::collections::HashSet;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt};

use super::super::edit::{self, Edit, Piece};
use super::Known;
use super::names::Names;
use super::parts;

type Ids = HashSet<usize>;

/// The variables of a statement that stand outside of bodies inside it.
pub(super) fn used(statement: &LiteralStmt, names: &Names) -> Ids {
    let mut found = Ids::new();
    for expression in parts::expressions(statement) {
        variables(expression, names, &mut found);
    }
    found
}

/// The variables of an expression that stand outside of bodies inside it.
pub(super) fn variables(expression: &Expr, names: &Names, found: &mut Ids) {
    parts::visit(expression, &mut |part| {
        if let Expr::Var { span, .. } = part {
            found.extend(names.id(span));
        }
    });
}

/// What is bound after a statement, or `None` when it needs what is not bound.
pub(super) fn after(statement: &LiteralStmt, bound: &Ids, names: &Names, known: &Known<'_>, whole_not: bool) -> Option<Ids> {
    let denies = matches!(&statement.literal, Literal::NotExpr { .. });
    let mut all = bound.clone();
    if !matches!(&statement.literal, Literal::Every { .. }) && (!denies || whole_not) {
        // What one part binds may be what another one waits for.
        let mut before = usize::MAX;
        while before != all.len() {
            before = all.len();
            bind(&statement.literal, names, known, &mut all);
            given(statement, names, &mut all);
        }
    }
    // What stands behind `as` is looked up before anything is denied.
    let mut outside = bound.clone();
    given(statement, names, &mut outside);
    all.extend(&outside);
    let bindable = used(statement, names).is_subset(&all);
    bindable.then_some(if denies { outside } else { all })
}

/// What is looked up in order to be put in the place of something else binds the indices that lead there.
fn given(statement: &LiteralStmt, names: &Names, bound: &mut Ids) {
    statement.with_mods.iter().for_each(|modifier| references(&modifier.r#as, names, bound));
}

/// `x = y` as `x := y` where it binds `x`: of an equation the engine does not see which side it binds, and evaluates later statements before it.
pub(super) fn declared(statement: &LiteralStmt, bound: &Ids, names: &Names, text: &str) -> Option<Edit> {
    let Literal::Expr { expr, .. } = &statement.literal else { return None };
    let Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } = expr.as_ref() else { return None };
    let Expr::Var { span, .. } = lhs.as_ref() else { return None };
    let id = names.id(span).filter(|id| !bound.contains(id))?;
    let (mut known, mut needed) = (bound.clone(), Ids::new());
    references(rhs, names, &mut known);
    variables(rhs, names, &mut needed);
    if needed.contains(&id) || !needed.is_subset(&known) {
        return None;
    }
    let end = edit::place(lhs).1;
    let sign = end + text[end..].find('=')?;
    Some(Edit { start: sign, end: sign, pieces: vec![Piece::Text(":".to_owned())] })
}

fn bind(literal: &Literal, names: &Names, known: &Known<'_>, bound: &mut Ids) {
    match literal {
        Literal::SomeIn { key, value, collection, .. } => {
            references(collection, names, bound);
            if covered(collection, names, bound) {
                key.iter().for_each(|key| pattern(key, names, bound));
                pattern(value, names, bound);
            }
        }
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => expression(expr, names, known, bound),
        _ => {}
    }
}

fn expression(expr: &Expr, names: &Names, known: &Known<'_>, bound: &mut Ids) {
    references(expr, names, bound);
    match expr {
        Expr::AssignExpr { op: AssignOp::ColEq | AssignOp::Eq, lhs, rhs, .. } => equal(lhs, rhs, names, bound),
        Expr::Call { fcn, params, .. } if known.arity(fcn).is_some_and(|arity| params.len() == arity + 1) => {
            let Some((result, arguments)) = params.split_last() else { return };
            if arguments.iter().all(|argument| covered(argument, names, bound)) {
                pattern(result, names, bound);
            }
        }
        _ => {}
    }
}

/// An equation binds the names of one side once the other is known.
fn equal(left: &Expr, right: &Expr, names: &Names, bound: &mut Ids) {
    match (left, right) {
        (Expr::Array { items: left, .. }, Expr::Array { items: right, .. }) if left.len() == right.len() => {
            left.iter().zip(right).for_each(|(left, right)| equal(left, right, names, bound));
        }
        (Expr::Object { fields: left, .. }, Expr::Object { fields: right, .. }) => {
            for (_, key, value) in left {
                let same = right.iter().find(|(_, other, _)| other.span().text() == key.span().text());
                if let Some((_, _, other)) = same {
                    equal(value, other, names, bound);
                }
            }
        }
        _ => {
            if covered(right, names, bound) {
                pattern(left, names, bound);
            } else if covered(left, names, bound) {
                pattern(right, names, bound);
            }
        }
    }
}

/// The names that a pattern binds.
fn pattern(expression: &Expr, names: &Names, bound: &mut Ids) {
    bound.extend(parts::pattern(expression).into_iter().filter_map(|name| names.id(name)));
}

/// The indices of references whose beginning is known: they range over what is there.
pub(super) fn references(expression: &Expr, names: &Names, bound: &mut Ids) {
    parts::visit(expression, &mut |part| {
        let Expr::RefBrack { refr, index, .. } = part else { return };
        if begins_bound(refr, names, bound) {
            pattern(index, names, bound);
        }
    });
}

fn begins_bound(expression: &Expr, names: &Names, bound: &Ids) -> bool {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => begins_bound(refr, names, bound),
        Expr::Var { span, .. } => names.id(span).is_none_or(|id| bound.contains(&id)),
        _ => true,
    }
}

fn covered(expression: &Expr, names: &Names, bound: &Ids) -> bool {
    let mut found = Ids::new();
    variables(expression, names, &mut found);
    found.is_subset(bound)
}
