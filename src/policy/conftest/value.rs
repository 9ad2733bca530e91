//! Between JSON and the values of the Rego engine.

use std::collections::BTreeMap;

use regorus::Value as Rego;

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
        Rego::Set(items) => items.iter_sorted().map(to_json).collect(),
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
        Rego::Set(items) => format!("[{}]", list(&mut items.iter_sorted())),
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

/// The elements of an array or a set; `None` for anything else.
pub(super) fn elements(value: &Rego) -> Option<Vec<&Rego>> {
    match value {
        Rego::Array(items) => Some(items.iter().collect()),
        Rego::Set(items) => Some(items.iter_sorted().collect()),
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
