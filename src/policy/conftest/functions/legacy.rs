//! Functions of old policies: operators by their names, and what version 1 of the language refuses. Sums and products go with the operators.

use std::collections::BTreeSet;

use regorus::Value as Rego;

use super::{Answer, Failure, Function, expressions, networks, text};
use crate::policy::conftest::arithmetic;
use crate::policy::conftest::decimals::Exact;
use crate::policy::conftest::value::compare;

/// Operators by their names.
pub(super) const OPERATORS: &[(&str, u8, Function)] = &[
    ("and", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::INTERSECTION, args, &at.exact)?)),
    ("div", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::BY, args, &at.exact)?)),
    ("eq", 2, |args, _| Ok(Rego::from(args[0] == args[1]))),
    ("equal", 2, |args, _| Ok(Rego::from(args[0] == args[1]))),
    ("gt", 2, |args, _| Ok(Rego::from(compare(&args[0], &args[1]).is_gt()))),
    ("gte", 2, |args, _| Ok(Rego::from(compare(&args[0], &args[1]).is_ge()))),
    ("lt", 2, |args, _| Ok(Rego::from(compare(&args[0], &args[1]).is_lt()))),
    ("lte", 2, |args, _| Ok(Rego::from(compare(&args[0], &args[1]).is_le()))),
    ("minus", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::MINUS, args, &at.exact)?)),
    ("mul", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::TIMES, args, &at.exact)?)),
    ("neq", 2, |args, _| Ok(Rego::from(args[0] != args[1]))),
    ("or", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::UNION, args, &at.exact)?)),
    ("plus", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::PLUS, args, &at.exact)?)),
    ("rem", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::REST, args, &at.exact)?)),
];

/// What the engine computes with fewer digits, or in another order.
pub(super) const NUMBERS: &[(&str, u8, Function)] = &[
    ("max", 1, |args, _| in_order(args).map(|all| all.last().cloned().unwrap_or(Rego::Undefined))),
    ("min", 1, |args, _| in_order(args).map(|all| all.first().cloned().unwrap_or(Rego::Undefined))),
    ("product", 1, |args, at| whole(args, arithmetic::TIMES, 1, &at.exact).or_else(|()| of_all(args, |all| at.exact.product(all)))),
    ("sort", 1, |args, _| in_order(args).map(Rego::from)),
    ("sum", 1, |args, at| whole(args, arithmetic::PLUS, 0, &at.exact).or_else(|()| of_all(args, |all| at.exact.sum(all)))),
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
    ("re_match", 2, |args, _| Ok(Rego::from(expressions::compiled(args, 0)?.is_match(text(args, 1)?).map_err(expressions::wrong)?))),
    ("set_diff", 2, |args, at| Ok(arithmetic::evaluate(arithmetic::MINUS, args, &at.exact)?)),
];

/// A sum or a product of whole numbers.
fn whole(args: &[Rego], function: &str, start: i64, exact: &Exact) -> Result<Rego, ()> {
    let add = |all: Rego, one: Rego| match one.as_number() {
        Ok(number) if number.is_integer() => arithmetic::evaluate(function, &[all, one], exact).map_err(|_| ()),
        _ => Err(()),
    };
    elements(args).map_err(|_| ())?.into_iter().try_fold(Rego::from(start), add)
}

fn of_all(args: &[Rego], compute: impl Fn(&[&Rego]) -> Option<Rego>) -> Answer {
    let all = elements(args)?;
    if !all.iter().all(|one| matches!(one, Rego::Number(_))) {
        return Err("operand 1 must be array or set of numbers".into());
    }
    compute(&all.iter().collect::<Vec<_>>()).ok_or_else(|| "the number is too large".into())
}

/// The elements of an array or a set, in OPA's order.
fn in_order(args: &[Rego]) -> Result<Vec<Rego>, Failure> {
    let mut all = elements(args)?;
    all.sort_by(compare);
    Ok(all)
}

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
