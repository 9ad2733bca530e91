//! How the contributions of two layers become one file.
//!
//! Mappings merge by key, lists append what is not there yet, and of two scalars the upper layer's wins. Every kind of merge is
//! idempotent and associative.

mod toml;

use std::ops::Range;

use serde_json::Value;

use crate::config::{Format, parse};
use crate::finding::SourceText;

use super::manifest::Merge;

/// Why two contributions do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MergeFault {
    /// Whether the upper contribution is wrong.
    pub(super) in_upper: bool,
    /// What is wrong.
    pub(super) message: String,
    /// Where, in bytes of that contribution.
    pub(super) span: Range<usize>,
}

impl MergeFault {
    fn upper(message: impl Into<String>) -> Self {
        Self { in_upper: true, message: message.into(), span: 0..0 }
    }
}

/// Puts `upper` over `lower`.
pub(super) fn merge(kind: Merge, lower: &[u8], upper: &[u8]) -> Result<Vec<u8>, MergeFault> {
    let (lower, upper) = (text(lower, false)?, text(upper, true)?);
    let merged = match kind {
        Merge::Lines => lines(lower, upper),
        Merge::Toml => toml::merge(lower, upper)?,
        Merge::Yaml => {
            let value = values(Format::Yaml, lower, upper)?;
            serde_yaml::to_string(&value).map_err(|error| MergeFault::upper(error.to_string()))?
        }
        Merge::Json => {
            let value = values(Format::Json, lower, upper)?;
            serde_json::to_string_pretty(&value).map_err(|error| MergeFault::upper(error.to_string()))? + "\n"
        }
    };
    Ok(merged.into_bytes())
}

fn text(bytes: &[u8], in_upper: bool) -> Result<&str, MergeFault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        MergeFault { in_upper, message: "not UTF-8".to_owned(), span: at..at }
    })
}

/// The lower lines, then those of the upper that are not there yet. The line ends of the lower text stay.
fn lines(lower: &str, upper: &str) -> String {
    let end = if lower.contains("\r\n") { "\r\n" } else { "\n" };
    let mut merged = lower.to_owned();
    let mut seen: std::collections::HashSet<&str> = lower.lines().collect();
    for line in upper.lines().filter(|line| seen.insert(line)) {
        if !merged.is_empty() && !merged.ends_with('\n') {
            merged.push_str(end);
        }
        merged.push_str(line);
        merged.push_str(end);
    }
    merged
}

fn values(format: Format, lower: &str, upper: &str) -> Result<Value, MergeFault> {
    let mut base = one(format, lower, false)?;
    overlay(&mut base, one(format, upper, true)?, "").map_err(MergeFault::upper)?;
    Ok(base)
}

fn one(format: Format, text: &str, in_upper: bool) -> Result<Value, MergeFault> {
    let source = SourceText::new("contribution", text);
    let fail = |message: String, span: Range<usize>| MergeFault { in_upper, message, span };
    let documents = parse(&source, format).map_err(|error| {
        let at = error.locations.first();
        let start = at.map_or(0, |location| source.offset(location.start));
        fail(at.map_or(error.title.clone(), |location| location.label.clone()), start..start)
    })?;
    match &documents[..] {
        [] => Ok(Value::Null),
        [document] => Ok(document.to_json()),
        [_, second, ..] => Err(fail("a file of several documents cannot be merged".to_owned(), second.span.clone())),
    }
}

/// Puts a value over another; `at` names the place for the error.
fn overlay(base: &mut Value, upper: Value, at: &str) -> Result<(), String> {
    match (base, upper) {
        (_, Value::Null) => {}
        (base @ Value::Null, upper) => *base = upper,
        (Value::Object(base), Value::Object(upper)) => {
            for (name, value) in upper {
                let place = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                match base.get_mut(&name) {
                    Some(old) => overlay(old, value, &place)?,
                    None => {
                        base.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(base), Value::Array(upper)) => {
            for value in upper {
                if !base.contains(&value) {
                    base.push(value);
                }
            }
        }
        (base, upper) => {
            if shape(base) != shape(&upper) {
                let place = if at.is_empty() { "the file".to_owned() } else { format!("`{at}`") };
                return Err(format!("{place} is {} here and {} in a lower layer", shape(&upper), shape(base)));
            }
            *base = upper;
        }
    }
    Ok(())
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "a mapping",
        Value::Array(_) => "a list",
        _ => "a single value",
    }
}

#[cfg(test)]
mod tests;
