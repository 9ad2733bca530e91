//! Gives parts of a rule other places: some are printed as if they stood elsewhere.

use super::Place;
use super::syntax::{Expr, ExprKind, Head, Term, Value};

/// Moves a head.
pub(super) fn head(head: &mut Head, place: Place) {
    head.place = place;
    let Head { reference, args, key, value, .. } = head;
    reference.iter_mut().chain(args).chain(key).chain(value).for_each(|one| term(one, place));
}

/// Moves statements.
pub(super) fn body(exprs: &mut [Expr], place: Place) {
    for expr in exprs {
        expr.place = place;
        match &mut expr.kind {
            ExprKind::Term(one) => term(one, place),
            ExprKind::Some(own, terms) => {
                *own = place;
                terms.iter_mut().for_each(|one| term(one, place));
            }
            ExprKind::Every(every) => {
                every.place = place;
                every.key.iter_mut().chain([&mut every.value, &mut every.domain]).for_each(|one| term(one, place));
                body(&mut every.body, place);
            }
            ExprKind::Not(inner) => body(inner, place),
        }
        for with in &mut expr.with {
            with.place = place;
            term(&mut with.target, place);
            term(&mut with.value, place);
        }
    }
}

fn term(one: &mut Term, place: Place) {
    one.place = place;
    match &mut one.value {
        Value::Scalar(_) | Value::Var(_) => {}
        Value::Text(_, written) => *written = None,
        Value::Ref(terms) | Value::Array(terms) | Value::Set(terms) => terms.iter_mut().for_each(|one| term(one, place)),
        Value::Call(function, terms) => {
            term(function, place);
            terms.iter_mut().for_each(|one| term(one, place));
        }
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| {
            term(key, place);
            term(value, place);
        }),
        Value::ArrayOf(inner, query) | Value::SetOf(inner, query) => {
            term(inner, place);
            body(query, place);
        }
        Value::ObjectOf(pair, query) => {
            term(&mut pair.0, place);
            term(&mut pair.1, place);
            body(query, place);
        }
    }
}
