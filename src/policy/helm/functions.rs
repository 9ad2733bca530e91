//! The functions of templates whose value follows from their arguments alone: Go's, Sprig's and Helm's. What they have an error for is not known.

use super::collections::collection;
use super::texts::text;
use super::value::{HOLE, Value, is_open};

/// What a function comes to.
pub(super) fn call(name: &str, arguments: &[Value]) -> Value {
    logic(name, arguments)
        .or_else(|| kind(name, arguments))
        .or_else(|| number(name, arguments))
        .or_else(|| text(name, arguments))
        .or_else(|| collection(name, arguments))
        .unwrap_or(Value::Unknown)
}

/// Functions that choose and compare.
fn logic(name: &str, arguments: &[Value]) -> Option<Value> {
    Some(match (name, arguments) {
        ("not", [value]) => truth(value.holds().map(|holds| !holds)),
        ("empty", [value]) => truth(value.holds().map(|holds| !holds)),
        ("default", [default, value]) => match value.holds() {
            Some(true) => value.clone(),
            Some(false) => default.clone(),
            None => either(default.holds() == Some(true)),
        },
        ("required", [_, value]) => match value.holds() {
            Some(false) if matches!(value, Value::Null | Value::Text(_)) => Value::Something,
            _ => value.clone(),
        },
        ("coalesce", values) => first(values, true).unwrap_or(Value::Null),
        ("ternary", [yes, no, condition]) => match condition.holds() {
            Some(true) => yes.clone(),
            Some(false) => no.clone(),
            None if yes == no => yes.clone(),
            None => either(yes.holds() == Some(true) && no.holds() == Some(true)),
        },
        // What comes after an argument that is not known may still decide.
        ("and", [.., last]) => first(arguments, false).unwrap_or_else(|| last.clone()),
        ("or", [.., last]) => first(arguments, true).unwrap_or_else(|| last.clone()),
        ("eq", [first, others @ ..]) if !others.is_empty() => {
            let found: Vec<_> = others.iter().map(|other| equal(first, other)).collect();
            truth(if found.contains(&Some(true)) { Some(true) } else { found.iter().all(|one| *one == Some(false)).then_some(false) })
        }
        ("ne", [first, second]) => truth(equal(first, second).map(|same| !same)),
        ("lt" | "le" | "gt" | "ge", [first, second]) => {
            let order = match (first.as_f64(), second.as_f64()) {
                (Some(first), Some(second)) => first.partial_cmp(&second)?,
                _ => first.as_text()?.cmp(second.as_text()?),
            };
            Value::Bool(match name {
                "lt" => order.is_lt(),
                "le" => order.is_le(),
                "gt" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
        _ => return None,
    })
}

fn truth(known: Option<bool>) -> Value {
    known.map_or(Value::Unknown, Value::Bool)
}

fn either(holds: bool) -> Value {
    if holds { Value::Something } else { Value::Unknown }
}

/// The first of several values that holds, or does not; where others before it are not known, no more than that there is one.
fn first(values: &[Value], holds: bool) -> Option<Value> {
    let mut is_known = true;
    for value in values {
        match value.holds() {
            Some(truth) if truth == holds => {
                return Some(match (is_known, holds) {
                    (true, _) => value.clone(),
                    (false, true) => Value::Something,
                    (false, false) => Value::Bool(false),
                });
            }
            Some(_) => {}
            None => is_known = false,
        }
    }
    (!is_known).then_some(Value::Unknown)
}

/// Whether two values are the same; `None` where nobody knows.
fn equal(first: &Value, second: &Value) -> Option<bool> {
    match (first, second) {
        (Value::Something, other) | (other, Value::Something) if other.holds() == Some(false) => return Some(false),
        _ => {}
    }
    if !first.is_known() || !second.is_known() {
        return None;
    }
    match (first.as_f64(), second.as_f64()) {
        (Some(first), Some(second)) => Some(first.total_cmp(&second).is_eq()),
        _ => Some(first == second),
    }
}

/// Functions about what a value is.
fn kind(name: &str, arguments: &[Value]) -> Option<Value> {
    let is = |value: &Value| match value {
        Value::Unknown | Value::Something => None,
        Value::Null => Some(("invalid", "<nil>")),
        Value::Bool(_) => Some(("bool", "bool")),
        Value::Number(_) => Some(("float64", "float64")),
        Value::Text(_) => Some(("string", "string")),
        Value::List(_) => Some(("slice", "[]interface {}")),
        Value::Map(_) => Some(("map", "map[string]interface {}")),
    };
    let whole = |name: &str| matches!(name, "int" | "int64" | "float64");
    Some(match (name, arguments) {
        ("kindIs" | "typeIs", [wanted, value]) => {
            let ((kind, of), wanted) = (is(value)?, wanted.as_text()?);
            let found = if name == "kindIs" { kind } else { of };
            // A number of the values is one with a fraction, one that is written in the template is a whole one.
            if whole(wanted) && whole(found) { Value::Unknown } else { Value::Bool(wanted == found) }
        }
        ("kindOf", [value]) => Value::text(is(value)?.0),
        ("typeOf", [value]) => Value::text(is(value)?.1),
        _ => return None,
    })
}

/// Functions on numbers.
fn number(name: &str, arguments: &[Value]) -> Option<Value> {
    let to_number = |value: &Value| match value {
        Value::Text(text) => Some(text.parse::<f64>().unwrap_or_default()).filter(|_| !text.contains(HOLE)),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Null => Some(0.0),
        other => other.as_f64(),
    };
    let numbers: Option<Vec<_>> = arguments.iter().map(to_number).collect();
    let fold = |of: fn(f64, f64) -> f64| numbers.as_ref()?.iter().copied().reduce(of);
    let result = match name {
        "int" | "int64" | "atoi" | "float64" | "add1" | "ceil" | "floor" | "round" => {
            let number = *numbers.as_ref()?.first()?;
            match name {
                "float64" => return serde_json::Number::from_f64(number).map(Value::Number),
                "add1" => number + 1.0,
                "ceil" => number.ceil(),
                "floor" => number.floor(),
                "round" => number.round(),
                _ => number.trunc(),
            }
        }
        "add" => fold(|a, b| a.trunc() + b.trunc())?,
        "sub" => fold(|a, b| a.trunc() - b.trunc())?,
        "mul" => fold(|a, b| a.trunc() * b.trunc())?,
        "div" => fold(|a, b| (a.trunc() / b.trunc()).trunc())?,
        "mod" => fold(|a, b| a.trunc() % b.trunc())?,
        "max" | "biggest" => fold(f64::max)?,
        "min" => fold(f64::min)?,
        _ => return None,
    };
    // Whole numbers up to here are exact.
    (result.is_finite() && result.abs() < 9e15).then(|| format!("{result:.0}").parse().ok().map(Value::whole)).flatten()
}

/// The arguments, if all of them are known.
pub(super) fn known(arguments: &[Value]) -> Option<&[Value]> {
    arguments.iter().all(Value::is_known).then_some(arguments)
}

/// Whether a mapping shows all of its members.
pub(super) fn is_shown(value: &Value) -> bool {
    value.as_map().is_some_and(|members| !is_open(members))
}
