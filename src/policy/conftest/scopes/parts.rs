//! An expression taken apart: what it is made of, without what stands in bodies of its own.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, Span};

/// A body inside a statement: of a comprehension, or of `every`.
#[derive(Clone)]
pub(in crate::policy::conftest) struct Closure<'a> {
    pub query: &'a Query,
    /// What a comprehension gives for every solution.
    pub heads: Vec<&'a Expr>,
    /// The key and the value of `every`.
    pub declares: Vec<&'a Span>,
    /// Where all of it stands.
    pub start: u32,
    pub end: u32,
}

/// The direct parts of an expression; functions are called by names, which are no parts.
pub(in crate::policy::conftest) fn children(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().map(AsRef::as_ref).collect(),
        Expr::Object { fields, .. } => fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]).collect(),
        Expr::Call { params, .. } => params.iter().map(AsRef::as_ref).collect(),
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::RefDot { refr, .. } => vec![refr],
        Expr::RefBrack { refr, index, .. } => vec![refr, index],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => {
            key.iter().map(AsRef::as_ref).chain([value.as_ref(), collection.as_ref()]).collect()
        }
        _ => Vec::new(),
    }
}

/// An expression as a body of its own.
pub(super) fn closure(expression: &Expr) -> Option<Closure<'_>> {
    let (query, heads): (_, Vec<&Expr>) = match expression {
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => (query, vec![term]),
        Expr::ObjectCompr { key, value, query, .. } => (query, vec![key, value]),
        _ => return None,
    };
    let span = expression.span();
    Some(Closure { query, heads, declares: Vec::new(), start: span.start, end: span.end })
}

/// The expressions of a statement, without those in the body of `every`.
pub(in crate::policy::conftest) fn expressions(statement: &LiteralStmt) -> Vec<&Expr> {
    let mut found: Vec<&Expr> = match &statement.literal {
        Literal::SomeVars { .. } => Vec::new(),
        Literal::SomeIn { key, value, collection, .. } => {
            key.iter().map(AsRef::as_ref).chain([value.as_ref(), collection.as_ref()]).collect()
        }
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => vec![expr],
        Literal::Every { domain, .. } => vec![domain],
    };
    found.extend(statement.with_mods.iter().map(|modifier| modifier.r#as.as_ref()));
    found
}

/// The bodies inside a statement, outermost only.
pub(in crate::policy::conftest) fn closures(statement: &LiteralStmt) -> Vec<Closure<'_>> {
    let mut found = Vec::new();
    for expression in expressions(statement) {
        closures_in(expression, &mut found);
    }
    if let Literal::Every { span, key, value, query, .. } = &statement.literal {
        let declares = key.iter().chain([value]).collect();
        found.push(Closure { query, heads: Vec::new(), declares, start: span.start, end: span.end });
    }
    found
}

/// The bodies inside an expression, outermost only.
pub(in crate::policy::conftest) fn closures_in<'a>(expression: &'a Expr, found: &mut Vec<Closure<'a>>) {
    match closure(expression) {
        Some(closure) => found.push(closure),
        None => children(expression).into_iter().for_each(|child| closures_in(child, found)),
    }
}

/// Visits an expression and its parts, outer parts first.
pub(in crate::policy::conftest) fn visit<'a>(expression: &'a Expr, see: &mut dyn FnMut(&'a Expr)) {
    see(expression);
    children(expression).into_iter().for_each(|child| visit(child, see));
}

/// The first name of a reference.
pub(super) fn root(expression: &Expr) -> &str {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => root(refr),
        other => other.span().text(),
    }
}

/// What stands in the brackets of a reference.
pub(in crate::policy::conftest) fn indices(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::RefDot { refr, .. } => indices(refr),
        Expr::RefBrack { refr, index, .. } => {
            let mut found = indices(refr);
            found.push(index);
            found
        }
        _ => Vec::new(),
    }
}

/// The names that an expression binds when it is taken for a pattern.
pub(super) fn pattern(expression: &Expr) -> Vec<&Span> {
    match expression {
        Expr::Var { span, .. } => vec![span],
        Expr::Array { items, .. } => items.iter().flat_map(|item| pattern(item)).collect(),
        Expr::Object { fields, .. } => fields.iter().flat_map(|(_, _, value)| pattern(value)).collect(),
        _ => Vec::new(),
    }
}
