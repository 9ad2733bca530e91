//! What a body looks at below `data`: rules, functions and what lies beside them, by whatever name.

use std::collections::HashSet;

use regorus::unstable::Expr;

use super::super::recursion;
use super::names::Names;
use super::{Body, Known, Use};
use crate::policy::walk::{self, Part};

/// Adds everything that a body and what its head computes look at.
pub(super) fn gather(body: &Body<'_>, known: &Known<'_>, names: &Names, found: &mut Vec<Use>) {
    // Of a reference its beginnings are no references of their own.
    let mut inner: HashSet<*const Expr> = HashSet::new();
    let mut see = |part: Part<'_>| {
        let Part::Expr(expression) = part else { return };
        let is_beginning = inner.remove(&std::ptr::from_ref(expression));
        let begins = match expression {
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => refr.as_ref(),
            // Names of functions and of variables are apart.
            Expr::Call { fcn, .. } => {
                found.extend(recursion::absolute(fcn, known).map(|path| Use { rule: body.rule, path }));
                fcn.as_ref()
            }
            Expr::Var { .. } => expression,
            _ => return,
        };
        if !std::ptr::eq(begins, expression) {
            inner.insert(std::ptr::from_ref(begins));
        }
        if !is_beginning && !matches!(expression, Expr::Call { .. }) && !is_variable(expression, names) {
            found.extend(recursion::absolute(expression, known).map(|path| Use { rule: body.rule, path }));
        }
    };
    walk::query(body.query, &mut see);
    body.terms.iter().for_each(|term| walk::expr(term, &mut see));
}

/// Whether a reference begins with a variable.
pub(super) fn is_variable(expression: &Expr, names: &Names) -> bool {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => is_variable(refr, names),
        other => names.id(other.span()).is_some(),
    }
}
