//! Functions of old policies: operators by their names, and what version 1 of the language refuses.

use std::collections::BTreeSet;

use regorus::Value as Rego;

use super::{Answer, Failure, Function, expressions, networks, text};
use crate::policy::conftest::arithmetic;

/// Operators by their names.
pub(super) const OPERATORS: &[(&str, u8, Function)] = &[
    ("and", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::INTERSECTION, args)?)),
    ("div", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::BY, args)?)),
    ("eq", 2, |args, _| Ok(Rego::from(args[0] == args[1]))),
    ("equal", 2, |args, _| Ok(Rego::from(args[0] == args[1]))),
    ("gt", 2, |args, _| Ok(Rego::from(args[0] > args[1]))),
    ("gte", 2, |args, _| Ok(Rego::from(args[0] >= args[1]))),
    ("lt", 2, |args, _| Ok(Rego::from(args[0] < args[1]))),
    ("lte", 2, |args, _| Ok(Rego::from(args[0] <= args[1]))),
    ("minus", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::MINUS, args)?)),
    ("mul", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::TIMES, args)?)),
    ("neq", 2, |args, _| Ok(Rego::from(args[0] != args[1]))),
    ("or", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::UNION, args)?)),
    ("plus", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::PLUS, args)?)),
    ("rem", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::REST, args)?)),
];

/// What version 1 of the language refuses.
pub(super) const DEPRECATED: &[(&str, u8, Function)] = &[
    ("all", 1, |args, _| elements(args).map(|all| Rego::from(all.iter().all(is_true)))),
    ("any", 1, |args, _| elements(args).map(|all| Rego::from(all.iter().any(is_true)))),
    ("cast_array", 1, |args, _| elements(args).map(Rego::from)),
    ("cast_boolean", 1, |args, _| of_kind(args, |value| matches!(value, Rego::Bool(_)))),
    ("cast_null", 1, |args, _| of_kind(args, |value| matches!(value, Rego::Null))),
    ("cast_object", 1, |args, _| of_kind(args, |value| matches!(value, Rego::Object(_)))),
    ("cast_set", 1, |args, _| elements(args).map(|all| Rego::from(all.into_iter().collect::<BTreeSet<_>>()))),
    ("cast_string", 1, |args, _| of_kind(args, |value| matches!(value, Rego::String(_)))),
    ("net.cidr_overlap", 2, |args, _| Ok(Rego::from(networks::contains(text(args, 0)?, text(args, 1)?)?))),
    ("re_match", 2, |args, _| Ok(Rego::from(expressions::compiled(args, 0)?.is_match(text(args, 1)?)))),
    ("set_diff", 2, |args, _| Ok(arithmetic::evaluate(arithmetic::MINUS, args)?)),
];

/// The elements of an array or a set, sorted when it is a set.
fn elements(args: &[Rego]) -> Result<Vec<Rego>, Failure> {
    match &args[0] {
        Rego::Array(items) => Ok(items.iter().cloned().collect()),
        Rego::Set(items) => Ok(items.iter_sorted().cloned().collect()),
        _ => Err("operand 1 must be one of {array, set}".into()),
    }
}

fn is_true(value: &Rego) -> bool {
    *value == Rego::from(true)
}

fn of_kind(args: &[Rego], is: fn(&Rego) -> bool) -> Answer {
    if is(&args[0]) { Ok(args[0].clone()) } else { Err("operand 1 is of another type".into()) }
}
