//! Prompts: one question at a time, checked while it is typed.

use inquire::validator::Validation;
use inquire::{Confirm, InquireError, Select, Text};
use serde_json::Value;

use crate::error::Error;
use crate::template::{InputKind, InputSpec, Question, Stack};

/// Asks the person at the terminal.
pub(in crate::commands) fn ask(stack: &Stack, question: &Question) -> Result<Value, Error> {
    let Some(spec) = stack.input(&question.name) else { return Err(Error::usage(format!("no input is called `{}`", question.name))) };
    let answer = match spec.kind() {
        InputKind::Bool => confirm(spec, question.default.as_ref()),
        InputKind::Choice => choose(spec, question.default.as_ref()),
        _ => text(spec, question.default.as_ref()),
    };
    answer.map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Error::usage("stopped at your wish; nothing was written"),
        other => Error::io("ask", other),
    })
}

fn confirm(spec: &InputSpec, default: Option<&Value>) -> Result<Value, InquireError> {
    let mut prompt = Confirm::new(&spec.name);
    prompt.help_message = spec.help();
    prompt.default = default.and_then(Value::as_bool);
    prompt.prompt().map(Value::Bool)
}

fn choose(spec: &InputSpec, default: Option<&Value>) -> Result<Value, InquireError> {
    let choices = spec.choices();
    let start = choices.iter().position(|choice| default.and_then(Value::as_str) == Some(choice)).unwrap_or(0);
    let mut prompt = Select::new(&spec.name, choices).with_starting_cursor(start);
    if let Some(help) = spec.help() {
        prompt = prompt.with_help_message(help);
    }
    prompt.prompt().map(Value::String)
}

fn text(spec: &InputSpec, default: Option<&Value>) -> Result<Value, InquireError> {
    let shown = default.map(typed).unwrap_or_default();
    let checker = spec.clone();
    let mut prompt = Text::new(&spec.name).with_validator(move |text: &str| {
        let why = match checker.read(text) {
            Err(why) => Some(why),
            Ok(value) => checker.problem(&value).map(|(_, why)| why),
        };
        Ok(why.map_or(Validation::Valid, |why| Validation::Invalid(format!("this {why}").into())))
    });
    prompt.help_message = spec.help();
    if default.is_some() {
        prompt.default = Some(&shown);
    }
    let typed = prompt.prompt()?;
    spec.read(&typed).map_err(InquireError::InvalidConfiguration)
}

/// A value as the person would type it.
fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
