//! Edits of TOML on the document of `toml_edit`, which keeps comments and layout.

use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use crate::config::Step;

use super::structured::{Change, proven};

/// Makes a change, and proves it by parsing the result.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|_| "the file is not valid TOML".to_owned())?;
    let (last, parents) = change.at.split_last().ok_or_else(|| "a whole document is not replaced".to_owned())?;
    let mut item = document.as_item_mut();
    for step in parents {
        item = descend(item, step, change.to.is_some()).ok_or_else(|| "there is no such table".to_owned())?;
    }
    match (&change.to, last) {
        (Some(to), Step::Key(name)) => set(item, name, value(to)?)?,
        (Some(to), Step::Index(index)) => set_item(item, *index, value(to)?)?,
        (None, Step::Key(name)) => {
            let table = item.as_table_like_mut().ok_or_else(|| "there is no such table".to_owned())?;
            table.remove(name).ok_or_else(|| format!("there is no `{name}`"))?;
        }
        (None, Step::Index(index)) => remove_item(item, *index)?,
    }
    proven(text, document.to_string(), crate::config::Format::Toml, change)
}

fn descend<'a>(item: &'a mut Item, step: &Step, make: bool) -> Option<&'a mut Item> {
    match step {
        Step::Key(name) => {
            let table = item.as_table_like_mut()?;
            if make && table.get(name).is_none() {
                let mut inner = Table::new();
                inner.set_implicit(true);
                table.insert(name, Item::Table(inner));
            }
            table.get_mut(name)
        }
        Step::Index(index) => item.get_mut(*index),
    }
}

fn set(item: &mut Item, name: &str, mut new: Value) -> Result<(), String> {
    let table = item.as_table_like_mut().ok_or_else(|| "there is no such table".to_owned())?;
    match table.get_mut(name) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        Some(Item::None) | None => {
            table.insert(name, Item::Value(new));
        }
        Some(_) => return Err(format!("`{name}` is a table")),
    }
    Ok(())
}

fn set_item(item: &mut Item, index: usize, new: Value) -> Result<(), String> {
    let array = item.as_array_mut().ok_or_else(|| "there is no such list".to_owned())?;
    let length = array.len();
    match array.get_mut(index) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        None if index == length => array.push(new),
        None => return Err("the list is shorter".to_owned()),
    }
    Ok(())
}

fn remove_item(item: &mut Item, index: usize) -> Result<(), String> {
    let array = item.as_array_mut().filter(|array| index < array.len()).ok_or_else(|| "there is no such item".to_owned())?;
    array.remove(index);
    Ok(())
}

fn value(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => return Err("TOML has no null".to_owned()),
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(float)) => float.into(),
            (None, None) => return Err("the number is too large".to_owned()),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Value::Array(items.iter().map(value).collect::<Result<Array, _>>()?),
        Json::Object(members) => {
            let mut table = InlineTable::new();
            for (name, member) in members {
                table.insert(name, value(member)?);
            }
            Value::InlineTable(table)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(keys: &[&str]) -> Vec<Step> {
        keys.iter().map(|key| Step::Key((*key).to_owned())).collect()
    }

    #[test]
    fn comments_and_layout_stay() {
        let text = "# top\n[package]\nname = \"a\"   # name\n\n[deps] # all\nx = \"1\"\n";
        let set = |keys: &[&str], to: Json| edit(text, &Change::set(0, at(keys), to)).unwrap();
        assert_eq!(set(&["package", "name"], json!("b")), text.replace("\"a\"", "\"b\""));
        assert_eq!(set(&["deps", "y"], json!([1, {"z": true}])), format!("{text}y = [1, {{ z = true }}]\n"));
        assert_eq!(set(&["lints", "rust", "unsafe_code"], json!("forbid")), format!("{text}\n[lints.rust]\nunsafe_code = \"forbid\"\n"));
        let removed = edit(text, &Change::remove(0, at(&["deps", "x"]))).unwrap();
        assert_eq!(removed, text.replace("x = \"1\"\n", ""));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |change| edit("a = 1\n[t]\n", &change).unwrap_err();
        assert!(refused(Change::set(0, at(&["a", "b"]), json!(1))).contains("no such table"));
        assert!(refused(Change::set(0, at(&["t"]), json!(1))).contains("is a table"));
        assert!(refused(Change::remove(0, at(&["no"]))).contains("`no`"));
        assert!(refused(Change::set(0, at(&["b"]), Json::Null)).contains("null"));
    }
}
