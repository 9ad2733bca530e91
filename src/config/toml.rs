//! TOML 1.0 with places, on the document of `toml_edit`.

use std::ops::Range;

use serde_json::Number;
use toml_edit::{Document, Item, Value as Ast};

use crate::finding::{Diagnostic, SourceText};

use super::{Key, Node, Value};

/// Parses one TOML text.
pub(super) fn parse(source: &SourceText) -> Result<Node, Box<Diagnostic>> {
    let document = Document::parse(source.text()).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        Box::new(Diagnostic::new("file is not valid TOML").at(source.location(span, error.message())))
    })?;
    Ok(Node { value: table(document.as_table().iter().map(|(name, _)| name), document.as_table()), span: 0..source.text().len() })
}

fn table<'a>(names: impl Iterator<Item = &'a str>, table: &toml_edit::Table) -> Value {
    let entries = names.filter_map(|name| {
        let (key, item) = table.get_key_value(name)?;
        Some((Key { name: name.to_owned(), span: key.span().unwrap_or_default() }, convert(item)))
    });
    Value::Mapping(entries.collect())
}

fn convert(item: &Item) -> Node {
    let span = item.span().unwrap_or_default();
    match item {
        Item::None => Node { value: Value::Null, span },
        Item::Value(ast) => scalar(ast, span),
        Item::Table(inner) => Node { value: table(inner.iter().map(|(name, _)| name), inner), span },
        Item::ArrayOfTables(array) => {
            let items = array
                .iter()
                .map(|inner| Node { value: table(inner.iter().map(|(name, _)| name), inner), span: inner.span().unwrap_or_default() });
            Node { value: Value::Sequence(items.collect()), span }
        }
    }
}

fn scalar(ast: &Ast, span: Range<usize>) -> Node {
    let value = match ast {
        Ast::String(text) => Value::String(text.value().clone()),
        Ast::Integer(number) => Value::Number(Number::from(*number.value())),
        Ast::Float(number) => Number::from_f64(*number.value()).map_or(Value::Null, Value::Number),
        Ast::Boolean(truth) => Value::Bool(*truth.value()),
        Ast::Datetime(moment) => Value::String(moment.value().to_string()),
        Ast::Array(items) => Value::Sequence(items.iter().map(|item| scalar(item, item.span().unwrap_or_default())).collect()),
        Ast::InlineTable(inner) => {
            let entries = inner.iter().filter_map(|(name, _)| {
                let (key, item) = inner.get_key_value(name)?;
                Some((Key { name: name.to_owned(), span: key.span().unwrap_or_default() }, convert(item)))
            });
            Value::Mapping(entries.collect())
        }
    };
    Node { value, span }
}
