//! What names stand for at one place of a template, and what expressions come to there.

use std::sync::Arc;

use super::define::Defines;
use super::expression::{Command, Expression, Operand};
use super::functions::call;
use super::guess::Guesses;
use super::render::{nodes, render};
use super::value::{HOLE, Value};

/// How deep named templates call each other; what is deeper is not known.
const MAX_DEPTH: usize = 24;
/// The most nodes that named templates render for one action; what takes more is not known.
const MAX_STEPS: usize = 20_000;

/// The functions that change what they are given first.
const CHANGING: [&str; 6] = ["set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"];

/// The names at one place.
pub(super) struct Scope<'a> {
    root: Value,
    /// `.`, where it is not `$`.
    dot: Option<Value>,
    /// From the outermost to the innermost one.
    variables: Vec<(String, Value)>,
    defines: &'a Defines,
    depth: usize,
    guesses: &'a Guesses<'a>,
}

impl<'a> Scope<'a> {
    /// That of a template which sees `root`.
    pub fn new(root: Value, defines: &'a Defines, guesses: &'a Guesses<'a>) -> Self {
        Self { root, dot: None, variables: Vec::new(), defines, depth: 0, guesses }
    }

    /// What an action comes to that stands in the template itself.
    pub fn outer(&mut self, expression: &Expression) -> Value {
        self.guesses.steps.set(0);
        self.value(expression)
    }

    /// Counts one more step; whether there are some left.
    pub fn step(&self) -> bool {
        let steps = &self.guesses.steps;
        steps.set(steps.get() + 1);
        steps.get() <= MAX_STEPS
    }

    /// What is guessed where conditions are not known.
    pub fn guesses(&self) -> &'a Guesses<'a> {
        self.guesses
    }

    /// Binds `.`, and gives what it was.
    pub fn bind(&mut self, dot: Option<Value>) -> Option<Value> {
        std::mem::replace(&mut self.dot, dot)
    }

    /// Whether `.` is all that the template sees.
    pub fn is_at_top(&self) -> bool {
        self.dot.is_none()
    }

    /// The number of variables there are.
    pub fn count(&self) -> usize {
        self.variables.len()
    }

    /// Forgets all variables but the first `count`.
    pub fn forget(&mut self, count: usize) {
        self.variables.truncate(count);
    }

    pub fn declare(&mut self, name: &str, value: Value) {
        self.variables.push((name.trim_start_matches('$').to_owned(), value));
    }

    /// Gives a variable another value; the number of those that were declared before it.
    pub fn assign(&mut self, name: &str, value: Value) -> usize {
        let name = name.trim_start_matches('$');
        let place = self.variables.iter().rposition(|(known, _)| known == name);
        match place {
            Some(place) => self.variables[place].1 = value,
            None => self.declare(name, value),
        }
        place.unwrap_or(self.variables.len())
    }

    /// The value of a pipeline.
    pub fn value(&mut self, expression: &Expression) -> Value {
        let mut value = None;
        for command in &expression.0 {
            value = Some(self.command(command, value));
        }
        value.unwrap_or(Value::Unknown)
    }

    fn command(&mut self, command: &Command, before: Option<Value>) -> Value {
        let Command { head, arguments } = command;
        let Operand::Function(name) = head else {
            // A method of something that only Helm has.
            return if arguments.is_empty() && before.is_none() { self.operand(head) } else { Value::Unknown };
        };
        let values: Vec<_> = arguments.iter().map(|operand| self.operand(operand)).chain(before).collect();
        match (name.as_str(), &values[..]) {
            ("include" | "template", [name, rest @ ..]) => {
                let Some(named) = name.as_text().and_then(|name| self.defines.nodes(name)) else { return Value::Unknown };
                self.rendered(&named, rest.first().cloned().unwrap_or(Value::Null))
            }
            ("tpl", [text, dot]) => match text.as_text() {
                Some(plain) if !plain.contains("{{") => text.clone(),
                Some(plain) => self.rendered(&nodes(plain), dot.clone()),
                None => Value::Unknown,
            },
            _ => {
                let result = call(name, &values);
                if CHANGING.contains(&name.as_str())
                    && let Some(first) = arguments.first()
                {
                    self.change(first, &result);
                }
                result
            }
        }
    }

    /// What nodes make of a value, as text.
    fn rendered(&self, nodes: &[super::render::Node], dot: Value) -> Value {
        if self.depth >= MAX_DEPTH {
            return Value::Unknown;
        }
        let (defines, guesses) = (self.defines, self.guesses);
        let mut inner = Self { root: dot, dot: None, variables: Vec::new(), defines, depth: self.depth + 1, guesses };
        let mut out = String::new();
        match render(nodes, &mut inner, &mut out) {
            Ok(()) if out.trim().chars().eq([HOLE]) => Value::Unknown,
            Ok(()) => Value::text(out),
            Err(_) => Value::Unknown,
        }
    }

    fn operand(&mut self, operand: &Operand) -> Value {
        match operand {
            Operand::Literal(value) => value.clone(),
            Operand::Dot(path) => self.dot.as_ref().unwrap_or(&self.root).at(path),
            Operand::Variable(name, path) if name.is_empty() => self.root.at(path),
            Operand::Variable(name, path) => {
                self.variables.iter().rfind(|(known, _)| known == name).map_or(Value::Unknown, |(_, value)| value.at(path))
            }
            Operand::Inner(expression, path) => self.value(expression).at(path),
            Operand::Function(name) => call(name, &[]),
            Operand::Odd => Value::Unknown,
        }
    }

    /// A function has changed what an operand names.
    fn change(&mut self, operand: &Operand, value: &Value) {
        match operand {
            Operand::Dot(path) => put(self.dot.as_mut().unwrap_or(&mut self.root), path, value),
            Operand::Variable(name, path) if name.is_empty() => put(&mut self.root, path, value),
            Operand::Variable(name, path) => {
                if let Some((_, known)) = self.variables.iter_mut().rfind(|(known, _)| known == name) {
                    put(known, path, value);
                }
            }
            _ => {}
        }
    }
}

/// Puts a value at a path such as `a.b`.
fn put(whole: &mut Value, path: &str, value: &Value) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match whole {
        whole if first.is_empty() => *whole = value.clone(),
        Value::Map(members) => put(Arc::make_mut(members).entry(first.to_owned()).or_insert(Value::Null), rest, value),
        _ => {}
    }
}
