//! What a manifest must be beyond its types: names, combinations of keys, patterns, globs, requirements.

use globset::Glob;
use serde_json::Value;

use crate::config::{Requirement, Step};
use crate::finding::Diagnostic;

use super::input::{compile, problem};
use super::manifest::{Input, InputKind};
use super::renames::migrations;
use super::{Layer, TemplateError};

/// Words that mean something else in an expression.
const RESERVED: [&str; 21] = [
    "true", "false", "none", "null", "in", "is", "and", "or", "not", "if", "elif", "else", "for", "set", "include", "block", "extends",
    "loop", "folder", "dir", "self",
];

pub(super) fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

/// Checks a manifest and reports every mistake in it.
pub(super) fn manifest(layer: &Layer) -> Result<(), TemplateError> {
    let mut found = Vec::new();
    inputs(layer, &mut found);
    values(layer, &mut found);
    requirements(layer, &mut found);
    rules(layer, &mut found);
    migrations(layer, &mut found);
    for (index, argv) in layer.file.checks.iter().enumerate() {
        if argv.first().is_none_or(|program| program.is_empty()) {
            let at = layer.at(&[key("checks"), Step::Index(index)], "no program stands here");
            found.push(Diagnostic::new("check names no program").at(at));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(TemplateError::Template(found)) }
}

fn inputs(layer: &Layer, found: &mut Vec<Diagnostic>) {
    for (name, input) in layer.file.inputs.iter() {
        let at = |part: &str, label: String| layer.at(&[key("inputs"), key(name), key(part)], label);
        if let Err(why) = identifier(name) {
            found.push(Diagnostic::new(format!("`{name}` is not a name for an input")).at(layer.at(&[key("inputs"), key(name)], why)));
        }
        for part in misplaced(input) {
            let title = format!("`{part}` means nothing for an input of type `{}`", word(input.kind));
            found.push(Diagnostic::new(title).at(at(part, "not for this type".to_owned())));
        }
        bounds(input, &at, found);
        choices(input.kind, input.choices.as_deref(), &at, found);
        let items = input.items.as_ref().map(|items| (&items.pattern, &items.except)).unwrap_or((&None, &None));
        for (part, pattern) in [("pattern", &input.pattern), ("except", &input.except), ("items", items.0), ("items", items.1)] {
            if let Some(Err(error)) = pattern.as_deref().map(compile) {
                found.push(Diagnostic::new("pattern is not a regular expression").at(at(part, last_line(&error.to_string()))));
            }
        }
        if let Some(default) = &input.default
            && !is_template(default)
            && let Some(why) = problem(input, default)
        {
            found.push(Diagnostic::new(format!("default of `{name}` is not a valid answer")).at(at("default", why)));
        }
    }
}

/// Whether the value of a default is known only when earlier answers are.
pub(super) fn is_template(default: &Value) -> bool {
    match default {
        Value::String(text) => text.contains("{{") || text.contains("{%"),
        Value::Array(items) => items.iter().any(is_template),
        _ => false,
    }
}

fn bounds(input: &Input, at: &dyn Fn(&str, String) -> crate::finding::Location, found: &mut Vec<Diagnostic>) {
    let pairs = [
        ("min", input.min.map(i128::from), input.max.map(i128::from)),
        ("min_length", input.min_length.map(|n| n as i128), input.max_length.map(|n| n as i128)),
        ("min_items", input.min_items.map(|n| n as i128), input.max_items.map(|n| n as i128)),
    ];
    for (part, low, high) in pairs {
        if let (Some(low), Some(high)) = (low, high)
            && low > high
        {
            found.push(Diagnostic::new("no answer can satisfy both bounds").at(at(part, format!("{low} is more than {high}"))));
        }
    }
}

fn choices(
    kind: InputKind,
    choices: Option<&[String]>,
    at: &dyn Fn(&str, String) -> crate::finding::Location,
    found: &mut Vec<Diagnostic>,
) {
    match choices {
        None if kind == InputKind::Choice => {
            found.push(Diagnostic::new("key `choices` is missing").at(at("type", "a choice needs answers to choose from".to_owned())));
        }
        Some([]) => found.push(Diagnostic::new("there is nothing to choose from").at(at("choices", "this list is empty".to_owned()))),
        _ => {}
    }
}

/// The keys of an input that its type does not have.
fn misplaced(input: &Input) -> Vec<&'static str> {
    let (text, integer, list) = (input.kind == InputKind::String, input.kind == InputKind::Integer, input.kind == InputKind::List);
    let keys = [
        ("pattern", input.pattern.is_some(), text),
        ("except", input.except.is_some(), text),
        ("min_length", input.min_length.is_some(), text),
        ("max_length", input.max_length.is_some(), text),
        ("min", input.min.is_some(), integer),
        ("max", input.max.is_some(), integer),
        ("choices", input.choices.is_some(), input.kind == InputKind::Choice),
        ("items", input.items.is_some(), list),
        ("min_items", input.min_items.is_some(), list),
        ("max_items", input.max_items.is_some(), list),
    ];
    keys.into_iter().filter(|(_, set, allowed)| *set && !allowed).map(|(name, ..)| name).collect()
}

fn word(kind: InputKind) -> &'static str {
    match kind {
        InputKind::String => "string",
        InputKind::Integer => "integer",
        InputKind::Bool => "bool",
        InputKind::Choice => "choice",
        InputKind::List => "list",
    }
}

fn identifier(name: &str) -> Result<(), &'static str> {
    if RESERVED.contains(&name) {
        return Err("this word means something else in a template");
    }
    let shaped = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if shaped && name.len() <= 64 { Ok(()) } else { Err("use lower-case letters, digits and `_`, starting with a letter") }
}

fn values(layer: &Layer, found: &mut Vec<Diagnostic>) {
    for (name, _) in layer.file.values.iter() {
        let at = |label: &str| layer.at(&[key("values"), key(name)], label);
        if let Err(why) = identifier(name) {
            found.push(Diagnostic::new(format!("`{name}` is not a name for a value")).at(at(why)));
        }
        if layer.file.inputs.iter().any(|(input, _)| input == name) {
            found.push(Diagnostic::new(format!("`{name}` is an input and a value")).at(at("an input has this name already")));
        }
    }
}

fn requirements(layer: &Layer, found: &mut Vec<Diagnostic>) {
    for (index, text) in layer.file.requires.iter().enumerate() {
        if let Err(why) = Requirement::parse(text) {
            let at = layer.at(&[key("requires"), Step::Index(index)], why);
            found.push(Diagnostic::new(format!("`{text}` is not a requirement")).at(at).help("write it like `polity/service-base@1.0.0`"));
        }
    }
}

fn rules(layer: &Layer, found: &mut Vec<Diagnostic>) {
    for (index, rule) in layer.file.files.iter().enumerate() {
        let steps = [key("files"), Step::Index(index), key("path")];
        if let Err(error) = Glob::new(&rule.path) {
            found.push(Diagnostic::new("path is not a glob").at(layer.at(&steps, error.kind().to_string())));
        }
        if rule.class.is_none() && rule.when.is_none() && rule.merge.is_none() && rule.verbatim.is_none() {
            found.push(Diagnostic::new("rule says nothing").at(layer.at(&steps, "set `class`, `when`, `merge` or `verbatim`")));
        }
    }
}

/// The last line of a message of the regex crate says what is wrong; those before draw the pattern.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ").to_owned()
}
