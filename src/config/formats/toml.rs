//! TOML on `toml_edit`; dates are texts, as policies see them in JSON.

use serde_json::{Map, Value};
use toml_edit::{Document, Item, TableLike, Value as Ast};

/// Reads one TOML text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let document = Document::parse(text).map_err(|e| e.to_string())?;
    table(document.as_table())
}

fn table(table: &dyn TableLike) -> Result<Value, String> {
    let entries = table.iter().map(|(key, item)| Ok((key.to_owned(), convert(item)?)));
    entries.collect::<Result<Map<_, _>, String>>().map(Value::Object)
}

fn convert(item: &Item) -> Result<Value, String> {
    match item {
        Item::None => Ok(Value::Null),
        Item::Value(ast) => scalar(ast),
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(array) => array.iter().map(|inner| table(inner)).collect(),
    }
}

fn scalar(ast: &Ast) -> Result<Value, String> {
    match ast {
        Ast::String(text) => Ok(Value::String(text.value().clone())),
        Ast::Integer(number) => Ok(Value::from(*number.value())),
        Ast::Float(number) => super::number(*number.value()).ok_or_else(|| format!("`{number}` has no JSON form")),
        Ast::Boolean(truth) => Ok(Value::Bool(*truth.value())),
        Ast::Datetime(moment) => Ok(Value::String(moment.value().to_string())),
        Ast::Array(items) => items.iter().map(scalar).collect(),
        Ast::InlineTable(inner) => table(inner),
    }
}
