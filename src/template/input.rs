//! Answers to one input: from text to a typed value, and what is wrong with a value.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::{self, Format, Node, parse};
use crate::finding::SourceText;

use super::limits::{MAX_REGEX, MAX_TEXT};
use super::manifest::{Input, InputKind, Items};

/// Everything that the layers of a template say about one input.
///
/// An upper layer may restate an input: its default, help and condition win, and an answer must satisfy both.
#[derive(Clone, Debug)]
pub struct InputSpec {
    /// The input's name.
    pub name: String,
    /// The declarations, lowest layer first; at least one, all of the same type. The number is the layer's place.
    pub declared: Vec<(usize, Input)>,
}

impl InputSpec {
    /// The type.
    #[must_use]
    pub fn kind(&self) -> InputKind {
        self.declared.first().map_or(InputKind::String, |(_, input)| input.kind)
    }

    /// The uppermost help.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.declared.iter().rev().find_map(|(_, input)| input.help.as_deref())
    }

    /// The uppermost default, with the place of its layer.
    #[must_use]
    pub fn default(&self) -> Option<(usize, &Value)> {
        self.declared.iter().rev().find_map(|(layer, input)| Some((*layer, input.default.as_ref()?)))
    }

    /// The uppermost condition, with the place of its layer.
    #[must_use]
    pub fn when(&self) -> Option<(usize, &str)> {
        self.declared.iter().rev().find_map(|(layer, input)| Some((*layer, input.when.as_deref()?)))
    }

    /// The choices that every layer offers.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        let mut lists = self.declared.iter().filter_map(|(_, input)| input.choices.as_ref());
        let Some(first) = lists.next() else { return Vec::new() };
        let rest: Vec<_> = lists.collect();
        first.iter().filter(|choice| rest.iter().all(|list| list.contains(choice))).cloned().collect()
    }

    /// What is wrong with `value`, and the place of the layer that objects.
    #[must_use]
    pub fn problem(&self, value: &Value) -> Option<(usize, String)> {
        self.declared.iter().find_map(|(layer, input)| Some((*layer, problem(input, value)?)))
    }

    /// The pattern of a layer, if `why` says that an answer does not match it.
    pub(super) fn unmatched(&self, layer: Option<usize>, why: &str) -> Option<&str> {
        let (_, input) = self.declared.iter().find(|(declared, _)| Some(*declared) == layer)?;
        input.pattern.as_deref().filter(|pattern| why == mismatch(pattern))
    }

    /// Reads the text that a person typed.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that starts with the text.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        match self.kind() {
            InputKind::String | InputKind::Choice => Ok(Value::String(text.to_owned())),
            InputKind::Integer => text.trim().parse::<i64>().map(Value::from).map_err(|_| "is not a whole number".to_owned()),
            InputKind::Bool => match text.trim() {
                "true" | "yes" | "y" => Ok(Value::Bool(true)),
                "false" | "no" | "n" => Ok(Value::Bool(false)),
                _ => Err("is neither `true` nor `false`".to_owned()),
            },
            InputKind::List => list(text),
        }
    }
}

/// One question that nobody answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The input's name.
    pub name: String,
    /// The default, as far as earlier answers decide it.
    pub default: Option<Value>,
}

/// A list as `[a, b]` in YAML, or separated by commas.
fn list(text: &str) -> Result<Value, String> {
    if !text.trim_start().starts_with('[') {
        return Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect());
    }
    let documents = parse(&SourceText::new("list", text), Format::Yaml).map_err(|error| format!("is not a list: {}", error.title))?;
    documents.first().and_then(|node| texts(node, text)).ok_or_else(|| "is not a list".to_owned())
}

/// The items of a list in `text`. They are texts: `[3.10, true]` means `3.10`, as it is written, and `true`.
pub(super) fn texts(node: &Node, text: &str) -> Option<Value> {
    let config::Value::Sequence(items) = &node.value else { return None };
    let items = items.iter().map(|item| match &item.value {
        config::Value::Number(_) | config::Value::Bool(_) => {
            let written = &text[item.span.clone()];
            // An alias or a tag is not what it stands for.
            if written.starts_with(['*', '&', '!']) { Value::String(item.to_json().to_string()) } else { Value::from(written) }
        }
        _ => item.to_json(),
    });
    Some(items.collect())
}

/// A pattern that must match the whole text, in bounded memory. It is compiled once in a run.
pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let known = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known().get(pattern) {
        return Ok(regex.clone());
    }
    let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(MAX_REGEX).build();
    // What is wrong alone must not become right in a group: `a)(b` would close it.
    let whole = match build(&format!("^(?:{pattern})$")) {
        Ok(whole) if !pattern.contains(')') => whole,
        whole => build(pattern).and(whole)?,
    };
    known().insert(pattern.to_owned(), whole.clone());
    Ok(whole)
}

/// What is wrong with `value` as an answer to `input`, as the end of a sentence about it.
pub(super) fn problem(input: &Input, value: &Value) -> Option<String> {
    match (input.kind, value) {
        (InputKind::String, Value::String(text)) => length_problem(text, input.min_length, input.max_length)
            .or_else(|| pattern_problem(text, input.pattern.as_deref(), input.except.as_deref())),
        (InputKind::Choice, Value::String(text)) => choice_problem(text, input.choices.as_deref().unwrap_or_default()),
        (InputKind::Bool, Value::Bool(_)) => None,
        (InputKind::Integer, Value::Number(number)) => {
            let Some(number) = number.as_i64() else { return Some("is not a whole number".to_owned()) };
            if input.min.is_some_and(|min| number < min) {
                return Some(format!("is less than {}", input.min.unwrap_or_default()));
            }
            input.max.filter(|max| number > *max).map(|max| format!("is more than {max}"))
        }
        (InputKind::List, Value::Array(items)) => items_problem(input, items),
        (InputKind::String | InputKind::Choice, _) => Some("is not a text".to_owned()),
        (InputKind::Bool, _) => Some("is neither `true` nor `false`".to_owned()),
        (InputKind::Integer, _) => Some("is not a whole number".to_owned()),
        (InputKind::List, _) => Some("is not a list".to_owned()),
    }
}

fn length_problem(text: &str, min: Option<usize>, max: Option<usize>) -> Option<String> {
    if text.len() > MAX_TEXT {
        return Some(format!("has {} bytes, more than {MAX_TEXT}", text.len()));
    }
    if text.contains('\0') {
        return Some("holds a NUL character".to_owned());
    }
    let length = text.chars().count();
    if let Some(min) = min.filter(|min| length < *min) {
        return Some(format!("is shorter than {}", characters(min)));
    }
    max.filter(|max| length > *max).map(|max| format!("is longer than {}", characters(max)))
}

fn pattern_problem(text: &str, pattern: Option<&str>, except: Option<&str>) -> Option<String> {
    // An expression that does not compile was refused with its manifest; it accepts nothing here.
    let is_match = |pattern: &str, otherwise| compile(pattern).map_or(otherwise, |regex| regex.is_match(text));
    if let Some(pattern) = pattern.filter(|pattern| !is_match(pattern, false)) {
        return Some(mismatch(pattern));
    }
    except.filter(|except| is_match(except, true)).map(|except| format!("is one of those that `{except}` leaves out"))
}

fn mismatch(pattern: &str) -> String {
    format!("does not match `{pattern}`")
}

fn choice_problem(text: &str, choices: &[String]) -> Option<String> {
    (!choices.iter().any(|choice| choice == text)).then(|| format!("is not one of: {}", choices.join(", ")))
}

fn items_problem(input: &Input, items: &[Value]) -> Option<String> {
    if let Some(min) = input.min_items.filter(|min| items.len() < *min) {
        return Some(format!("has fewer than {}", counted(min, "item")));
    }
    if let Some(max) = input.max_items.filter(|max| items.len() > *max) {
        return Some(format!("has more than {}", counted(max, "item")));
    }
    let empty = Items::default();
    let rules = input.items.as_ref().unwrap_or(&empty);
    items.iter().find_map(|item| {
        let Value::String(text) = item else { return Some("has an item that is not a text".to_owned()) };
        let choice = rules.choices.as_deref().and_then(|choices| choice_problem(text, choices));
        let why = choice.or_else(|| length_problem(text, rules.min_length, rules.max_length));
        let why = why.or_else(|| pattern_problem(text, rules.pattern.as_deref(), rules.except.as_deref()))?;
        Some(format!("has the item `{}`, which {why}", text.chars().take(40).collect::<String>()))
    })
}

fn characters(count: usize) -> String {
    counted(count, "character")
}

/// A number with its noun: `1 file`, `2 files`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
