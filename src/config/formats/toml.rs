//! TOML on `toml_edit`; dates and times are texts, as Go writes a moment in JSON: what is missing is zero, and the zone is UTC.

use serde_json::{Map, Value};
use toml_edit::{Datetime, Document, Item, Offset, TableLike, Value as Ast};

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
        Ast::Datetime(moment) => Ok(Value::String(moment_text(moment.value()))),
        Ast::Array(items) => items.iter().map(scalar).collect(),
        Ast::InlineTable(inner) => table(inner),
    }
}

fn moment_text(moment: &Datetime) -> String {
    let date = moment.date.map_or_else(|| "0000-01-01".to_owned(), |date| date.to_string());
    let time = moment.time.map_or((0, 0, 0, 0), |time| (time.hour, time.minute, time.second.unwrap_or(0), time.nanosecond.unwrap_or(0)));
    let (hour, minute, second, nanosecond) = time;
    let fraction = format!(".{nanosecond:09}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    let offset = match moment.offset {
        Some(Offset::Custom { minutes }) if minutes != 0 => {
            let size = minutes.unsigned_abs();
            format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, size / 60, size % 60)
        }
        _ => "Z".to_owned(),
    };
    format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}")
}
