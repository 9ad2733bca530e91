//! Walks over the syntax tree of a rule: every expression and every query.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, Rule, RuleHead};

/// A part of a rule.
pub(super) enum Part<'a> {
    /// An expression.
    Expr(&'a Expr),
    /// The body of a rule, a comprehension or an `every`.
    Query(&'a Query),
}

/// Visits every part of a rule, outer parts first.
pub(super) fn rule<'a>(rule: &'a Rule, visit: &mut dyn FnMut(Part<'a>)) {
    match rule {
        Rule::Default { refr, args, value, .. } => {
            expr(refr, visit);
            args.iter().for_each(|arg| expr(arg, visit));
            expr(value, visit);
        }
        Rule::Spec { head, bodies, .. } => {
            head_parts(head, visit);
            for body in bodies {
                if let Some(assign) = &body.assign {
                    expr(&assign.value, visit);
                }
                query(&body.query, visit);
            }
        }
    }
}

/// Visits what the head of a rule names and computes.
pub(super) fn head_parts<'a>(head: &'a RuleHead, visit: &mut dyn FnMut(Part<'a>)) {
    let (refr, args, assign, key) = match head {
        RuleHead::Compr { refr, assign, .. } => (refr, [].as_slice(), assign.as_ref(), None),
        RuleHead::Set { refr, key, .. } => (refr, [].as_slice(), None, key.as_ref()),
        RuleHead::Func { refr, args, assign, .. } => (refr, args.as_slice(), assign.as_ref(), None),
    };
    expr(refr, visit);
    args.iter().for_each(|arg| expr(arg, visit));
    if let Some(assign) = assign {
        expr(&assign.value, visit);
    }
    if let Some(key) = key {
        expr(key, visit);
    }
}

/// Visits a query and everything in it.
pub(super) fn query<'a>(query: &'a Query, visit: &mut dyn FnMut(Part<'a>)) {
    visit(Part::Query(query));
    query.stmts.iter().for_each(|one| statement(one, visit));
}

/// Visits the expressions of one statement.
pub(super) fn statement<'a>(statement: &'a LiteralStmt, visit: &mut dyn FnMut(Part<'a>)) {
    literal(&statement.literal, visit);
    for modifier in &statement.with_mods {
        expr(&modifier.refr, visit);
        expr(&modifier.r#as, visit);
    }
}

fn literal<'a>(literal: &'a Literal, visit: &mut dyn FnMut(Part<'a>)) {
    match literal {
        Literal::SomeVars { .. } => {}
        Literal::SomeIn { key, value, collection, .. } => {
            if let Some(key) = key {
                expr(key, visit);
            }
            expr(value, visit);
            expr(collection, visit);
        }
        Literal::Expr { expr: inner, .. } | Literal::NotExpr { expr: inner, .. } => expr(inner, visit),
        Literal::Every { domain, query: inner, .. } => {
            expr(domain, visit);
            query(inner, visit);
        }
    }
}

/// Visits an expression and everything in it.
pub(super) fn expr<'a>(expression: &'a Expr, visit: &mut dyn FnMut(Part<'a>)) {
    visit(Part::Expr(expression));
    match expression {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| expr(item, visit)),
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                expr(key, visit);
                expr(value, visit);
            }
        }
        Expr::ArrayCompr { term, query: body, .. } | Expr::SetCompr { term, query: body, .. } => {
            expr(term, visit);
            query(body, visit);
        }
        Expr::ObjectCompr { key, value, query: body, .. } => {
            expr(key, visit);
            expr(value, visit);
            query(body, visit);
        }
        Expr::Call { fcn, params, .. } => {
            expr(fcn, visit);
            params.iter().for_each(|param| expr(param, visit));
        }
        Expr::UnaryExpr { expr: inner, .. } => expr(inner, visit),
        Expr::RefDot { refr, .. } => expr(refr, visit),
        Expr::RefBrack { refr, index, .. } => {
            expr(refr, visit);
            expr(index, visit);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            expr(lhs, visit);
            expr(rhs, visit);
        }
        Expr::Membership { key, value, collection, .. } => {
            if let Some(key) = key {
                expr(key, visit);
            }
            expr(value, visit);
            expr(collection, visit);
        }
        Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } | Expr::Var { .. } => {}
    }
}

/// The parts of a reference of names only, such as `net.cidr_contains`; `None` for any other expression.
pub(super) fn dotted(expression: &Expr) -> Option<Vec<String>> {
    match expression {
        Expr::Var { span, .. } => Some(vec![span.text().to_owned()]),
        Expr::RefDot { refr, field, .. } => {
            let mut parts = dotted(refr)?;
            parts.push(field.0.text().to_owned());
            Some(parts)
        }
        Expr::RefBrack { refr, index, .. } => {
            let Expr::String { span, .. } = index.as_ref() else { return None };
            let mut parts = dotted(refr)?;
            parts.push(span.text().to_owned());
            Some(parts)
        }
        _ => None,
    }
}

/// A reference part by part; what is computed may be anything.
pub(super) fn parts(expression: &Expr) -> Vec<Option<String>> {
    match expression {
        Expr::RefDot { refr, field, .. } => {
            let mut found = parts(refr);
            found.push(Some(field.0.text().to_owned()));
            found
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut found = parts(refr);
            found.push(match index.as_ref() {
                Expr::String { span, .. } | Expr::RawString { span, .. } => Some(span.text().to_owned()),
                _ => None,
            });
            found
        }
        other => vec![Some(other.span().text().to_owned())],
    }
}
