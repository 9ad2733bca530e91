//! Merging TOML without losing the comments and the layout of the lower contribution.

use std::ops::Range;

use toml_edit::{Array, DocumentMut, Item, TableLike, Value};

use crate::config::{Format, Step, parse};
use crate::finding::SourceText;

use super::MergeFault;

/// Puts one TOML text over another.
pub(super) fn merge(lower: &str, upper: &str) -> Result<String, MergeFault> {
    let mut base = document(lower, false)?;
    let over = document(upper, true)?;
    tables(base.as_table_mut(), over.as_table(), &mut Vec::new()).map_err(|(steps, message)| MergeFault {
        in_upper: true,
        message,
        span: place(upper, &steps),
    })?;
    let merged = base.to_string();
    // The library reads every line end as `\n`.
    Ok(if lower.contains("\r\n") { merged.replace('\n', "\r\n") } else { merged })
}

/// What does not fit, and the keys that lead there.
type Misfit = (Vec<Step>, String);

/// Where a key stands, which the library forgets of a document that can be edited.
fn place(text: &str, steps: &[Step]) -> Range<usize> {
    let documents = parse(&SourceText::new("contribution", text), Format::Toml).unwrap_or_default();
    documents.first().map_or(0..0, |root| root.span_of(steps))
}

fn document(text: &str, in_upper: bool) -> Result<DocumentMut, MergeFault> {
    text.parse::<DocumentMut>().map_err(|error| MergeFault {
        in_upper,
        message: error.message().to_owned(),
        span: error.span().unwrap_or(0..0),
    })
}

fn tables(base: &mut dyn TableLike, upper: &dyn TableLike, at: &mut Vec<Step>) -> Result<(), Misfit> {
    for (name, item) in upper.iter() {
        at.push(Step::Key(name.to_owned()));
        match base.get_mut(name) {
            Some(old) => items(old, item, at)?,
            None => {
                base.insert(name, item.clone());
            }
        }
        at.pop();
    }
    Ok(())
}

fn items(base: &mut Item, upper: &Item, at: &mut Vec<Step>) -> Result<(), Misfit> {
    let (lower_shape, upper_shape) = (shape(base), shape(upper));
    if lower_shape != upper_shape {
        let names = at.iter().filter_map(|step| if let Step::Key(name) = step { Some(name.as_str()) } else { None });
        let names = names.collect::<Vec<_>>().join(".");
        return Err((at.clone(), format!("`{names}` is {upper_shape} here and {lower_shape} in a lower layer")));
    }
    if let (Some(base), Some(upper)) = (base.as_table_like_mut(), upper.as_table_like()) {
        return tables(base, upper, at);
    }
    match (base, upper) {
        (Item::ArrayOfTables(base), Item::ArrayOfTables(upper)) => {
            for table in upper {
                let text = plain(&Item::Table(table.clone()));
                if !base.iter().any(|old| plain(&Item::Table(old.clone())) == text) {
                    base.push(table.clone());
                }
            }
        }
        (Item::Value(Value::Array(base)), Item::Value(Value::Array(upper))) => append(base, upper),
        (Item::Value(base), Item::Value(upper)) => {
            // The comment beside the old value stays, the value goes.
            let decor = base.decor().clone();
            *base = upper.clone();
            *base.decor_mut() = decor;
        }
        (base, upper) => *base = upper.clone(),
    }
    Ok(())
}

fn append(base: &mut Array, upper: &Array) {
    for value in upper {
        let text = plain_value(value);
        if !base.iter().any(|old| plain_value(old) == text) {
            base.push(value.clone());
        }
    }
}

fn shape(item: &Item) -> &'static str {
    match item {
        Item::None => "nothing",
        Item::ArrayOfTables(_) => "a list of tables",
        Item::Value(Value::Array(_)) => "a list",
        _ if item.is_table_like() => "a table",
        _ => "a single value",
    }
}

/// A value without layout, for comparison.
fn plain_value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        Value::Float(number) => format!("{:?}", number.value()),
        Value::Boolean(truth) => truth.value().to_string(),
        Value::Datetime(moment) => moment.value().to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain_value).collect::<Vec<_>>().join(",")),
        Value::InlineTable(table) => plain_table(table),
    }
}

fn plain_table(table: &dyn TableLike) -> String {
    let mut entries: Vec<_> = table.iter().map(|(name, item)| format!("{name:?}={}", plain(item))).collect();
    entries.sort();
    format!("{{{}}}", entries.join(","))
}

fn plain(item: &Item) -> String {
    match item {
        Item::None => String::new(),
        Item::Value(value) => plain_value(value),
        Item::Table(table) => plain_table(table),
        Item::ArrayOfTables(array) => format!("[{}]", array.iter().map(|t| plain_table(t)).collect::<Vec<_>>().join(",")),
    }
}
