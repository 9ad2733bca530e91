//! Between JSON and the values of the Rego engine.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use regorus::Value as Rego;
use regorus::value::Set;

use super::decimals::Exact;
use super::format::digits;
use serde_json::{Map, Value};

/// A config as a rule sees it.
pub(super) fn to_rego(value: &Value) -> Rego {
    match value {
        Value::Null => Rego::Null,
        Value::Bool(truth) => Rego::from(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Rego::from(whole),
            (None, Some(whole)) => Rego::from(whole),
            (None, None) => Rego::from(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Rego::from(text.as_str()),
        Value::Array(items) => Rego::from(items.iter().map(to_rego).collect::<Vec<_>>()),
        Value::Object(members) => {
            Rego::from(members.iter().map(|(key, value)| (Rego::from(key.as_str()), to_rego(value))).collect::<BTreeMap<_, _>>())
        }
    }
}

/// A value of a rule as JSON: sets become arrays, members stand in the order of their keys.
pub(super) fn to_json(value: &Rego) -> Value {
    match value {
        Rego::Array(items) => items.iter().map(to_json).collect(),
        Rego::Set(items) => in_order(items).into_iter().map(to_json).collect(),
        Rego::Object(members) => {
            let entries = members.iter_sorted().map(|(key, value)| {
                let key = key.as_string().map_or_else(|_| key.to_string(), |text| text.to_string());
                (key, to_json(value))
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Rego::Undefined => Value::Null,
        simple => serde_json::to_value(simple).unwrap_or_default(),
    }
}

/// The same as a text. Numbers have all of their digits, which those of JSON values here do not.
pub(super) fn json_text(value: &Rego, exact: &Exact) -> String {
    let list = |items: &mut dyn Iterator<Item = &Rego>| items.map(|item| json_text(item, exact)).collect::<Vec<_>>().join(",");
    match value {
        Rego::Array(items) => format!("[{}]", list(&mut items.iter())),
        Rego::Set(items) => format!("[{}]", list(&mut in_order(items).into_iter())),
        Rego::Object(members) => {
            let member = |(key, value): (&Rego, &Rego)| {
                let key = key.as_string().map_or_else(|_| key.to_string(), |text| text.to_string());
                format!("{}:{}", Value::from(key), json_text(value, exact))
            };
            format!("{{{}}}", members.iter_sorted().map(member).collect::<Vec<_>>().join(","))
        }
        Rego::Number(_) => digits(value, exact),
        other => to_json(other).to_string(),
    }
}

/// The elements of a set in OPA's order. To the engine sets come before objects.
pub(super) fn in_order(items: &Set) -> Vec<&Rego> {
    let mut sorted: Vec<&Rego> = items.iter_sorted().collect();
    if sorted.last().is_some_and(|last| matches!(last, Rego::Object(_) | Rego::Set(_) | Rego::Array(_))) {
        sorted.sort_by(|left, right| compare(left, right));
    }
    sorted
}

/// OPA's order of values.
pub(super) fn compare(left: &Rego, right: &Rego) -> Ordering {
    match (left, right) {
        (Rego::Set(_), Rego::Object(_)) => Ordering::Greater,
        (Rego::Object(_), Rego::Set(_)) => Ordering::Less,
        (Rego::Array(left), Rego::Array(right)) => in_turn(left.iter(), right.iter()),
        (Rego::Set(left), Rego::Set(right)) => in_turn(in_order(left).into_iter(), in_order(right).into_iter()),
        (Rego::Object(left), Rego::Object(right)) => {
            let sorted = |members: &mut dyn Iterator<Item = (&Rego, &Rego)>| -> Vec<(Rego, Rego)> {
                let mut sorted: Vec<_> = members.map(|(key, value)| (key.clone(), value.clone())).collect();
                sorted.sort_by(|left, right| compare(&left.0, &right.0));
                sorted
            };
            let (left, right) = (sorted(&mut left.iter_sorted()), sorted(&mut right.iter_sorted()));
            let member = |((key, value), (other, of_other)): (&(Rego, Rego), &(Rego, Rego))| {
                compare(key, other).then_with(|| compare(value, of_other))
            };
            let first = left.iter().zip(&right).map(member).find(|order| order.is_ne());
            first.unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        _ => left.cmp(right),
    }
}

fn in_turn<'a>(mut left: impl Iterator<Item = &'a Rego>, mut right: impl Iterator<Item = &'a Rego>) -> Ordering {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match compare(left, right) {
                Ordering::Equal => {}
                order => return order,
            },
        }
    }
}

/// The elements of an array or a set; `None` for anything else.
pub(super) fn elements(value: &Rego) -> Option<Vec<&Rego>> {
    match value {
        Rego::Array(items) => Some(items.iter().collect()),
        Rego::Set(items) => Some(in_order(items)),
        _ => None,
    }
}

/// The values that `value[_]` iterates over.
pub(super) fn members(value: &Rego) -> Vec<&Rego> {
    match value {
        Rego::Object(members) => members.values().collect(),
        other => elements(other).unwrap_or_default(),
    }
}
