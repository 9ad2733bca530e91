//! Between the spanned data model and the values of the Rego engine.

use std::collections::BTreeMap;

use regorus::Value as Rego;

use crate::config::{Node, Value};

/// A document as a rule sees it.
pub(super) fn from_node(node: &Node) -> Rego {
    match &node.value {
        Value::Null => Rego::Null,
        Value::Bool(truth) => Rego::from(*truth),
        Value::Number(number) => from_number(number),
        Value::String(text) => Rego::from(text.as_str()),
        Value::Sequence(items) => Rego::from(items.iter().map(from_node).collect::<Vec<_>>()),
        Value::Mapping(entries) => {
            Rego::from(entries.iter().map(|(key, value)| (Rego::from(key.name.as_str()), from_node(value))).collect::<BTreeMap<_, _>>())
        }
    }
}

/// An array of texts.
pub(super) fn texts<'a>(items: impl IntoIterator<Item = &'a str>) -> Rego {
    Rego::from(items.into_iter().map(Rego::from).collect::<Vec<_>>())
}

/// An object of the given members.
pub(super) fn object<const N: usize>(members: [(&str, Rego); N]) -> Rego {
    Rego::from(members.into_iter().map(|(key, value)| (Rego::from(key), value)).collect::<BTreeMap<_, _>>())
}

fn from_number(number: &serde_json::Number) -> Rego {
    if let Some(whole) = number.as_i64() {
        return Rego::from(whole);
    }
    match number.as_u64() {
        Some(whole) => Rego::from(whole),
        // Neither YAML nor JSON nor TOML documents carry other numbers once parsed.
        None => Rego::from(number.as_f64().unwrap_or_default()),
    }
}
