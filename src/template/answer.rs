//! The answers that a person gave: from `--set`, from a file, or typed at a prompt. They are data, never templates.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::config::{self, ConfigError, Format};
use crate::finding::{Diagnostic, Location, SourceText};

use super::check::key;
use super::input::texts;
use super::layer::text_of;
use super::limits::{MAX_ANSWERS, MAX_TEXT};
use super::{InputKind, InputSpec, Question, Stack, TemplateError};

/// Answers by input, and where they stand.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The values.
    pub values: Map<String, Value>,
    /// The places of those that stand in a file: of the name and of the value.
    places: BTreeMap<String, (Location, Location)>,
    /// What is wrong with those that could not be read.
    unread: Vec<Diagnostic>,
}

/// Reads a file of answers: a YAML mapping from inputs to values. `shown` is the file's name.
///
/// # Errors
/// [`TemplateError::Answer`] when the text is too large, is not UTF-8, or is no such mapping.
pub fn given_from_file(shown: &str, bytes: &[u8]) -> Result<Given, TemplateError> {
    if bytes.len() > MAX_ANSWERS {
        let head = String::from_utf8_lossy(&bytes[..MAX_ANSWERS]);
        let at = SourceText::new(shown, &*head).location(0..0, format!("more than {MAX_ANSWERS} bytes"));
        return Err(TemplateError::answer(Diagnostic::new("answers are too large").at(at)));
    }
    let text = text_of(shown, bytes).map_err(|error| match error {
        TemplateError::Template(diagnostics) | TemplateError::Answer(diagnostics) => TemplateError::Answer(diagnostics),
    })?;
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Given::default());
    }
    let source = SourceText::new(shown, text);
    let loaded = config::load::<Map<String, Value>>(&source, Format::Yaml);
    let (values, root) = loaded.map_err(|ConfigError(diagnostic)| TemplateError::answer(*diagnostic))?;
    let mut given = Given { values, ..Given::default() };
    if let config::Value::Mapping(entries) = &root.value {
        let at = |span: &std::ops::Range<usize>| source.location(span.clone(), "");
        for (key, node) in entries {
            given.values.extend(texts(node, source.text()).map(|items| (key.name.clone(), items)));
        }
        given.places = entries.iter().map(|(key, node)| (key.name.clone(), (at(&key.span), at(&node.span)))).collect();
    }
    Ok(given)
}

/// Reads `name=value` texts; the type of the input decides what the value means. What has no `=`, names no input, or does not fit the
/// input's type is reported by [`Given::check`], with all else that is wrong.
#[must_use]
pub fn given_from_text(stack: &Stack, texts: &[String]) -> Given {
    let mut given = Given::default();
    for text in texts {
        let read = match text.split_once('=') {
            None => Err(Diagnostic::new(format!("`{}` is not an answer", shorten(text))).help("write `--set name=value`")),
            Some((name, value)) => match stack.input(name) {
                None => Err(unknown(stack, name, None)),
                Some(spec) => match spec.read(value) {
                    Ok(value) => Ok((name, value)),
                    Err(why) => Err(wrong(stack, spec, &Value::from(value), &why, None, None)),
                },
            },
        };
        match read {
            Ok((name, value)) => drop(given.values.insert(name.to_owned(), value)),
            Err(diagnostic) => given.unread.push(diagnostic),
        }
    }
    given
}

impl Given {
    /// Takes further answers; they win.
    pub fn extend(&mut self, other: Self) {
        for (name, value) in other.values {
            self.places.remove(&name);
            self.values.insert(name, value);
        }
        self.places.extend(other.places);
        self.unread.extend(other.unread);
    }

    /// Checks everything that can be known of the answers without the template engine.
    ///
    /// # Errors
    /// [`TemplateError::Answer`] with one diagnostic for each wrong answer.
    pub fn check(&mut self, stack: &Stack) -> Result<(), TemplateError> {
        let size: usize = self.values.values().map(size).sum();
        if size > MAX_ANSWERS {
            let diagnostic = Diagnostic::new("answers are too large").note(format!("together {size} bytes, more than {MAX_ANSWERS}"));
            return Err(TemplateError::answer(diagnostic));
        }
        let mut found = std::mem::take(&mut self.unread);
        for (name, value) in &mut self.values {
            let place = self.places.get(name);
            let Some(spec) = stack.input(name) else {
                found.push(unknown(stack, name, place.map(|(name, _)| name)));
                continue;
            };
            // A record that somebody edited has what the reader of YAML made of it.
            if let (InputKind::List, Value::Array(items)) = (spec.kind(), &mut *value) {
                items.iter_mut().filter(|item| item.is_number() || item.is_boolean()).for_each(|item| *item = item.to_string().into());
            }
            if let Some((layer, why)) = spec.problem(value) {
                found.push(wrong(stack, spec, value, &why, Some(layer), place.map(|(_, value)| value)));
            }
        }
        if found.is_empty() { Ok(()) } else { Err(TemplateError::Answer(found)) }
    }
}

/// The one error that lists every input without a value.
#[must_use]
pub fn missing(stack: &Stack, questions: &[Question]) -> TemplateError {
    let title = match questions {
        [question] => format!("input `{}` has no value", question.name),
        _ => format!("{} inputs have no value", questions.len()),
    };
    let mut diagnostic = Diagnostic::new(title);
    for question in questions {
        let about = stack.input(&question.name).and_then(InputSpec::help).unwrap_or("no help");
        let default = question.default.as_ref().map(|value| format!(" (default `{}`)", shown(value))).unwrap_or_default();
        diagnostic = diagnostic.note(format!("`{}`: {about}{default}", question.name));
    }
    let example = questions.first().map_or("name", |q| q.name.as_str());
    diagnostic = diagnostic.help(format!("give values with `--set {example}=…` or `--answers FILE`"));
    if questions.iter().any(|question| question.default.is_some()) {
        diagnostic = diagnostic.help("`--defaults` takes the default of every input that has one");
    }
    TemplateError::answer(diagnostic)
}

/// A value as a person would type it, shortened.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => shorten(text),
        other => shorten(&other.to_string()),
    }
}

fn shorten(text: &str) -> String {
    let head: String = text.chars().take(60).collect();
    let head = head.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(60).is_some() { format!("{head}…") } else { head }
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| size(item) + 8).sum(),
        Value::Object(entries) => entries.iter().map(|(name, item)| name.len() + size(item) + 8).sum(),
        _ => 8,
    }
}

fn unknown(stack: &Stack, name: &str, place: Option<&Location>) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(format!("template `{}` has no input `{}`", stack.top().name, shorten(name)));
    diagnostic.locations.extend(place.cloned());
    let help = match stack.near(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`polity template show {}` lists the inputs", stack.top().name),
    };
    diagnostic.help(help)
}

/// A wrong answer: where it stands, and who objects.
pub(super) fn wrong(
    stack: &Stack,
    spec: &InputSpec,
    value: &Value,
    why: &str,
    layer: Option<usize>,
    place: Option<&Location>,
) -> Diagnostic {
    // Who knows what is wanted in words reads them first, and the pattern behind them.
    let form = spec.unmatched(layer, why).filter(|_| spec.help().is_some());
    let said = if form.is_some() { "does not have the form that is asked for" } else { why };
    let mut diagnostic = Diagnostic::new(format!("answer for `{}` {said}", spec.name));
    diagnostic.locations.extend(place.map(|place| Location { label: "given here".to_owned(), ..place.clone() }));
    let layer = &stack.layers[layer.unwrap_or(spec.declared[0].0)];
    diagnostic = diagnostic.at(layer.at(&[key("inputs"), key(&spec.name)], "the input is declared here"));
    if place.is_none() && !matches!(value, Value::String(text) if text.len() > MAX_TEXT) {
        diagnostic = diagnostic.note(format!("the answer is `{}`", shown(value)));
    }
    if let Some(help) = spec.help() {
        diagnostic = diagnostic.help(help.to_owned());
    }
    match form {
        Some(pattern) => diagnostic.note(format!("the form is `{pattern}`")),
        None => diagnostic,
    }
}
