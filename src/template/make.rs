//! From layers and given answers to files, or to the questions that are still open.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::finding::Diagnostic;

use super::answer::wrong;
use super::check::{is_template, key};
use super::engine;
use super::limits::MAX_TEXT;
use super::render::{self, Rendered};
use super::stack::expression_fault;
use super::{InputKind, InputSpec, Question, Stack, TemplateError};

/// What to do with an input that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unanswered {
    /// Take its default; ask only when it has none.
    Default,
    /// Ask.
    Ask,
}

/// What to do with an answer to an input whose condition does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unwanted {
    /// Somebody gave it just now: say that it is wrong.
    #[default]
    Refuse,
    /// It was given once: leave it out.
    Drop,
}

/// What is to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The answers by input; checked already.
    pub given: Map<String, Value>,
    /// What to do with the other inputs.
    pub unanswered: Unanswered,
    /// What to do with answers to inputs that do not apply.
    #[serde(default)]
    pub unwanted: Unwanted,
    /// The last part of the target's path: defaults may use it as `folder`.
    pub folder: String,
    /// The target as the user named it: next steps may use it as `dir`.
    pub dir: String,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// These inputs need an answer first, in this order.
    Ask(Vec<Question>),
    /// The files.
    Done(Box<Rendered>),
}

/// Does a job. `progress` hears the path of each file of a template before it is rendered.
///
/// # Errors
/// [`TemplateError`] with the place in the template or the input that is wrong.
pub fn make(stack: &Stack, job: &Job, progress: &mut dyn FnMut(&str)) -> Result<Outcome, TemplateError> {
    let mut answers = Answers { stack, job, values: Map::new(), questions: Vec::new() };
    for spec in &stack.inputs {
        answers.settle(spec)?;
    }
    if !answers.questions.is_empty() {
        return Ok(Outcome::Ask(answers.questions));
    }
    let mut values = answers.values;
    let recorded: Map<String, Value> = values.iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.clone(), v.clone())).collect();
    derive(stack, &mut values)?;
    render::render(stack, recorded, &values, &job.dir, progress).map(|rendered| Outcome::Done(Box::new(rendered)))
}

struct Answers<'a> {
    stack: &'a Stack,
    job: &'a Job,
    values: Map<String, Value>,
    questions: Vec<Question>,
}

impl Answers<'_> {
    /// Finds the value of one input, or makes it a question.
    fn settle(&mut self, spec: &InputSpec) -> Result<(), TemplateError> {
        let given = self.job.given.get(&spec.name);
        if !self.applies(spec)? {
            if let Some(value) = given.filter(|_| self.job.unwanted == Unwanted::Refuse) {
                let diagnostic = wrong(self.stack, spec, value, "is not wanted, because its condition does not hold", None, None);
                return Err(TemplateError::answer(diagnostic));
            }
            self.values.insert(spec.name.clone(), Value::Null);
            return Ok(());
        }
        if let Some(value) = given {
            if let Some((layer, why)) = spec.problem(value) {
                return Err(TemplateError::answer(wrong(self.stack, spec, value, &why, Some(layer), None)));
            }
            self.values.insert(spec.name.clone(), value.clone());
            return Ok(());
        }
        let default = self.default(spec)?;
        if default.is_none() || self.job.unanswered == Unanswered::Ask {
            self.questions.push(Question { name: spec.name.clone(), default: default.clone() });
        }
        // An open question counts as its default from here on, so that later questions can be listed too.
        if let Some(value) = default {
            self.values.insert(spec.name.clone(), value);
        }
        Ok(())
    }

    fn applies(&self, spec: &InputSpec) -> Result<bool, TemplateError> {
        let Some((layer, when)) = spec.when() else { return Ok(true) };
        match engine::holds(engine::expressions(), when, &engine::context(&self.values)) {
            Ok(truth) => Ok(truth),
            // What hangs on an open question cannot be known yet; it is asked once the question is answered.
            Err(_) if !self.questions.is_empty() => Ok(false),
            Err(fault) => {
                let steps = [key("inputs"), key(&spec.name), key("when")];
                Err(expression_fault(&self.stack.layers[layer], &steps, when, &fault, when))
            }
        }
    }

    fn default(&self, spec: &InputSpec) -> Result<Option<Value>, TemplateError> {
        let Some((layer, default)) = spec.default() else { return Ok(None) };
        if !is_template(default) {
            return Ok(Some(default.clone()));
        }
        let value = match self.expand(spec, layer, default) {
            Ok(value) => value,
            Err(_) if !self.questions.is_empty() => return Ok(None),
            Err(error) => return Err(error),
        };
        match spec.problem(&value) {
            None => Ok(Some(value)),
            // The default follows from other answers, or from the name of the folder: a person can give a better one.
            Some(_) if self.job.unanswered == Unanswered::Ask => Ok(None),
            Some((objector, why)) => Err(self.unfit(spec, &value, &why, Some(objector))),
        }
    }

    /// A default that follows from other answers and is none itself.
    fn unfit(&self, spec: &InputSpec, value: &Value, why: &str, objector: Option<usize>) -> TemplateError {
        let mut diagnostic = wrong(self.stack, spec, value, why, objector, None);
        diagnostic.notes.push("it is the default, which follows from other answers".to_owned());
        TemplateError::answer(diagnostic.help(format!("give one with `--set {}=…`", spec.name)))
    }

    /// Renders the texts of a default over the answers so far.
    fn expand(&self, spec: &InputSpec, layer: usize, default: &Value) -> Result<Value, TemplateError> {
        let mut context = engine::context(&self.values);
        context.insert("folder", &self.job.folder);
        let steps = [key("inputs"), key(&spec.name), key("default")];
        let layer = &self.stack.layers[layer];
        let text = |text: &str| {
            engine::render_text(engine::expressions(), text, &context, MAX_TEXT)
                .map_err(|fault| expression_fault(layer, &steps, text, &fault, text))
        };
        match default {
            Value::String(template) if spec.kind() == InputKind::String => Ok(Value::String(text(template)?)),
            Value::String(template) => {
                let said = text(template)?;
                spec.read(&said).map_err(|why| self.unfit(spec, &Value::from(said), &why, None))
            }
            Value::Array(items) => {
                items.iter().map(|item| item.as_str().map_or_else(|| Ok(item.clone()), |t| text(t).map(Value::from))).collect()
            }
            other => Ok(other.clone()),
        }
    }
}

/// Adds the derived values of every layer.
fn derive(stack: &Stack, values: &mut Map<String, Value>) -> Result<(), TemplateError> {
    for layer in &stack.layers {
        for (name, template) in layer.file.values.iter() {
            let text = engine::render_text(engine::expressions(), template, &engine::context(values), MAX_TEXT)
                .map_err(|fault| expression_fault(layer, &[key("values"), key(name)], template, &fault, template))?;
            if text.contains('\0') {
                let at = layer.at(&[key("values"), key(name)], "a NUL character came out");
                return Err(TemplateError::template(Diagnostic::new(format!("value `{name}` is not text")).at(at)));
            }
            values.insert(name.to_owned(), Value::String(text));
        }
    }
    Ok(())
}
