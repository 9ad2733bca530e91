//! How the contributions of two layers become one file.
//!
//! Mappings merge by key, lists append what is not there yet, and of two scalars the upper layer's wins. Every kind of merge is
//! idempotent and associative.

mod toml;
mod written;

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use crate::config::{Format, parse};
use crate::finding::SourceText;

use super::manifest::Merge;

use self::written::Written;

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

/// Puts `upper` over `lower`.
pub(super) fn merge(kind: Merge, lower: &[u8], upper: &[u8]) -> Result<Vec<u8>, MergeFault> {
    let (lower, upper) = (text(lower, false)?, text(upper, true)?);
    let merged = match kind {
        Merge::Lines => lines(lower, upper),
        Merge::Toml => toml::merge(lower, upper)?,
        Merge::Yaml => values(Format::Yaml, lower, upper)?.yaml(),
        Merge::Json => values(Format::Json, lower, upper)?.json(),
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

fn values(format: Format, lower: &str, upper: &str) -> Result<Written, MergeFault> {
    let mut base = one(format, lower, false)?;
    overlay(&mut base, one(format, upper, true)?, "", &(0..0))?;
    Ok(base)
}

fn one(format: Format, text: &str, in_upper: bool) -> Result<Written, MergeFault> {
    let source = SourceText::new("contribution", text);
    let fail = |message: String, span: Range<usize>| MergeFault { in_upper, message, span };
    let documents = parse(&source, format).map_err(|error| {
        let at = error.locations.first();
        let start = at.map_or(0, |location| source.offset(location.start));
        fail(at.map_or(error.title.clone(), |location| location.label.clone()), start..start)
    })?;
    match &documents[..] {
        [] => Ok(Written::null()),
        [document] => Ok(Written::read(document, text, format)),
        [_, second, ..] => Err(fail("a file of several documents cannot be merged".to_owned(), second.span.clone())),
    }
}

/// Puts a value over another; `at` and `span` are the place for the error.
fn overlay(base: &mut Written, upper: Written, at: &str, span: &Range<usize>) -> Result<(), MergeFault> {
    match (base, upper) {
        (_, Written::Scalar(Value::Null, _)) => {}
        (base @ Written::Scalar(Value::Null, _), upper) => *base = upper,
        (Written::Mapping(base), Written::Mapping(upper)) => {
            let places: HashMap<_, _> = base.iter().enumerate().map(|(index, (name, _))| (name.name.clone(), index)).collect();
            for (name, value) in upper {
                let place = if at.is_empty() { name.name.clone() } else { format!("{at}.{}", name.name) };
                match places.get(&name.name) {
                    Some(index) => overlay(&mut base[*index].1, value, &place, &name.span)?,
                    None => base.push((name, value)),
                }
            }
        }
        (Written::List(base), Written::List(upper)) => {
            let mut known: Vec<_> = base.iter().map(Written::meaning).collect();
            for value in upper {
                let meaning = value.meaning();
                if !known.contains(&meaning) {
                    known.push(meaning);
                    base.push(value);
                }
            }
        }
        (base, upper) => {
            if shape(base) != shape(&upper) {
                let place = if at.is_empty() { "the file".to_owned() } else { format!("`{at}`") };
                let message = format!("{place} is {} here and {} in a lower layer", shape(&upper), shape(base));
                return Err(MergeFault { in_upper: true, message, span: span.clone() });
            }
            *base = upper;
        }
    }
    Ok(())
}

fn shape(value: &Written) -> &'static str {
    match value {
        Written::Mapping(_) => "a mapping",
        Written::List(_) => "a list",
        Written::Scalar(..) => "a single value",
    }
}

#[cfg(test)]
mod tests;
