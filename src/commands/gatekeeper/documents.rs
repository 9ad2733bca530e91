//! Reads the documents of files and folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::config::formats::Syntax;
use crate::disk::is_special;
use crate::error::Error;
use crate::policy::gatekeeper::Document;

/// Every document of the named files, and of the YAML and JSON files in the named folders.
pub(super) fn read(folder: &Path, paths: &[PathBuf]) -> Result<Vec<Document>, Error> {
    let mut found = Vec::new();
    for path in paths {
        let mut files = Vec::new();
        walk(&folder.join(path), &mut files)?;
        for file in files {
            let shown = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
            found.extend(file_documents(&file, &shown)?);
        }
    }
    Ok(found)
}

/// The documents of one file; those of a `List` stand for themselves.
pub(super) fn file_documents(file: &Path, shown: &str) -> Result<Vec<Document>, Error> {
    let bytes = std::fs::read(file).map_err(|error| Error::io(format!("read `{shown}`"), error))?;
    let syntax = if file.extension().is_some_and(|e| e == "json") { Syntax::Json } else { Syntax::Yaml };
    let value = syntax.parse(&bytes).map_err(|error| Error::config(format!("{shown}: {error}")))?;
    let text: Arc<str> = String::from_utf8_lossy(&bytes).into();
    let values = match value {
        Value::Array(values) => values,
        Value::Null => Vec::new(),
        value => vec![value],
    };
    let documents = values.into_iter().filter(|value| !value.is_null()).flat_map(opened);
    Ok(documents.map(|value| Document { path: shown.to_owned(), text: text.clone(), value }).collect())
}

/// The items of a `List`, and of lists in it; anything else is one document.
fn opened(mut value: Value) -> Vec<Value> {
    let is_list = value["kind"] == "List" && value["apiVersion"] == "v1";
    match value.get_mut("items").filter(|_| is_list).map(Value::take) {
        Some(Value::Array(items)) => items.into_iter().flat_map(opened).collect(),
        Some(other) => {
            value["items"] = other;
            vec![value]
        }
        None => vec![value],
    }
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::io(format!("read `{}`", path.display()), error);
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    let mut entries: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    entries.sort();
    for entry in entries {
        let known = entry.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known));
        if known && is_special(&entry) {
            return Err(Error::config(format!("{}: not a regular file", entry.display())));
        }
        if known || std::fs::symlink_metadata(&entry).map_err(failed)?.is_dir() {
            walk(&entry, files)?;
        }
    }
    Ok(())
}
