//! Edits of TOML on the document of `toml_edit`, which keeps comments and layout.

use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use crate::config::{Format, Step, parse};
use crate::finding::SourceText;

use super::lines::line_end;
use super::structured::{Change, proven, without_break, without_line};

/// Makes a change, and proves it by parsing the result.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|_| "the file is not valid TOML".to_owned())?;
    let (last, parents) = change.at.split_last().ok_or_else(|| "a whole document is not replaced".to_owned())?;
    if let Some(edited) = removed(text, change, last, parents) {
        return proven(text, edited, Format::Toml, change);
    }
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
    proven(text, laid_out(text, document.to_string()), Format::Toml, change)
}

/// A text without an entry that has its line to itself, or lines: `toml_edit` would take the comments around it away as well.
fn removed(text: &str, change: &Change, last: &Step, parents: &[Step]) -> Option<String> {
    let (None, Step::Key(name)) = (&change.to, last) else { return None };
    let root = parse(&SourceText::new("", text), Format::Toml).ok()?.into_iter().next()?;
    let (key, value) = root.at(parents)?.entry(name)?;
    let start = text[..key.span.start].rfind('\n').map_or(0, |at| at + 1);
    let behind = text[value.span.end..].lines().next().unwrap_or_default().trim_start();
    let is_alone = text[start..key.span.start].trim().is_empty() && (behind.is_empty() || behind.starts_with('#'));
    let is_entry = text.get(key.span.end..value.span.start).is_some_and(|between| between.trim() == "=");
    (is_alone && is_entry).then(|| without_line(text, Format::Toml, start, key.span.start..value.span.end))
}

/// A new text with the byte order mark, the line breaks and the end of the old one.
fn laid_out(old: &str, new: String) -> String {
    let mut new = if old.starts_with('\u{feff}') && !new.starts_with('\u{feff}') { format!("\u{feff}{new}") } else { new };
    if line_end(old) == "\r\n" && !old.replace("\r\n", "").contains('\n') {
        new = new.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    if old.ends_with('\n') { new } else { without_break(&new).to_owned() }
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
            item.as_inline_table_mut().into_iter().for_each(close);
        }
        Some(_) => return Err(format!("`{name}` is a table")),
    }
    Ok(())
}

/// Puts the blank before the brace behind the new last value.
fn close(table: &mut InlineTable) {
    let mut values: Vec<_> = table.iter_mut().map(|(_, value)| value).collect();
    if let [.., before, last] = &mut values[..]
        && let Some(blank) = before.decor().suffix().cloned()
    {
        before.decor_mut().set_suffix("");
        last.decor_mut().set_suffix(blank);
    }
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
        let inline = |text: &str| edit(text, &Change::set(0, at(&["t", "b"]), json!(2))).unwrap();
        assert_eq!([inline("t = { a = 1 }\n"), inline("t = {a = 1}\n")], ["t = { a = 1, b = 2 }\n", "t = {a = 1, b = 2}\n"]);
        assert_eq!(set(&["deps", "y"], json!([1, {"z": true}])), format!("{text}y = [1, {{ z = true }}]\n"));
        assert_eq!(set(&["lints", "rust", "unsafe_code"], json!("forbid")), format!("{text}\n[lints.rust]\nunsafe_code = \"forbid\"\n"));
        let removed = edit(text, &Change::remove(0, at(&["deps", "x"]))).unwrap();
        assert_eq!(removed, text.replace("x = \"1\"\n", ""));
    }

    #[test]
    fn comments_around_what_goes_stay() {
        let remove = |text: &str, keys: &[&str]| edit(text, &Change::remove(0, at(keys)));
        assert_eq!(remove("# why a\na = 1 # one\nb = 2\n", &["a"]).unwrap(), "# why a\n# one\nb = 2\n");
        assert_eq!(remove("[t]\n  a = [1,\n  2] # one\nb = 2", &["t", "b"]).unwrap(), "[t]\n  a = [1,\n  2] # one");
        assert_eq!(remove("a = [\n  1, # one\n]\n", &["a"]).unwrap_err(), "the comment `# one` would be lost");
        assert_eq!(remove("# t\n[t]\na = 1\n", &["t"]).unwrap_err(), "the comment `# t` would be lost");
        let set = |text: &str, keys: &[&str], to: Json| edit(text, &Change::set(0, at(keys), to));
        assert_eq!(set("a = [\n  1, # one\n]\n", &["a"], json!(1)).unwrap_err(), "the comment `# one` would be lost");
    }

    #[test]
    fn the_byte_order_mark_line_breaks_and_the_end_stay() {
        let set = |text: &str, keys: &[&str], to: Json| edit(text, &Change::set(0, at(keys), to)).unwrap();
        assert_eq!(set("\u{feff}a = 1\r\n[t] # t\r\nb = 2\r\n", &["t", "c"], json!(3)), "\u{feff}a = 1\r\n[t] # t\r\nb = 2\r\nc = 3\r\n");
        assert_eq!(set("a = 1", &["b"], json!(2)), "a = 1\nb = 2");
        assert_eq!(set("a = \"\"\"\r\nx\r\n\"\"\"\r\n", &["b"], json!(2)), "a = \"\"\"\r\nx\r\n\"\"\"\r\nb = 2\r\n");
        assert_eq!(edit("\u{feff}a = 1 # x\r\nb = 2", &Change::remove(0, at(&["b"]))).unwrap(), "\u{feff}a = 1 # x");
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
