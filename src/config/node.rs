//! A parsed value of any format, each part with the byte range it came from.

use std::ops::Range;

use serde_json::Number;

use super::Members;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The byte range in the text.
    pub span: Range<usize>,
}

/// The data model that YAML 1.2 (core schema), JSON and TOML share.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// An ordered list.
    Sequence(Vec<Node>),
    /// Keys in the order of the text; keys are unique.
    Mapping(Members),
}

/// A key of a mapping and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key's text.
    pub name: String,
    /// The byte range in the text.
    pub span: Range<usize>,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a sequence, counted from 0.
    Index(usize),
}

impl Node {
    /// The node at the end of `steps`.
    #[must_use]
    pub fn at(&self, steps: &[Step]) -> Option<&Self> {
        steps.iter().try_fold(self, |node, step| node.step(step))
    }

    /// The member `name` of a mapping.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = &self.value { Some(text) } else { None }
    }

    /// The range to point at for `steps`: the key that leads there, else the item, else the nearest parent that exists.
    #[must_use]
    pub fn span_of(&self, steps: &[Step]) -> Range<usize> {
        let (mut node, mut span) = (self, self.first_span());
        for step in steps {
            let Some(next) = node.step(step) else { break };
            span = match step {
                Step::Key(name) => node.entry(name).map_or(span, |(key, _)| key.span.clone()),
                Step::Index(_) => next.first_span(),
            };
            node = next;
        }
        span
    }

    /// The whole of what [`Self::span_of`] points at: the key with its value, or the item.
    #[must_use]
    pub fn extent_of(&self, steps: &[Step]) -> Range<usize> {
        let start = self.span_of(steps).start;
        let deepest = steps.iter().try_fold(self, |node, step| node.step(step).ok_or(node)).unwrap_or_else(|node| node);
        // What an alias stands for may be anywhere.
        start..deepest.span.end.max(self.span_of(steps).end)
    }

    /// The same value without places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.clone().into_json()
    }

    /// The value without its places.
    #[must_use]
    pub fn into_json(self) -> serde_json::Value {
        match self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => b.into(),
            Value::Number(n) => serde_json::Value::Number(n),
            Value::String(s) => s.into(),
            Value::Sequence(items) => items.into_iter().map(Self::into_json).collect(),
            Value::Mapping(entries) => entries.into_iter().map(|(k, v)| (k.name, v.into_json())).collect(),
        }
    }

    /// A key and its value.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&(Key, Self)> {
        let Value::Mapping(entries) = &self.value else { return None };
        entries.entry(name)
    }

    fn step(&self, step: &Step) -> Option<&Self> {
        match (step, &self.value) {
            (Step::Key(name), Value::Mapping(_)) => self.get(name),
            (Step::Index(index), Value::Sequence(items)) => items.get(*index),
            _ => None,
        }
    }

    /// A short range for a long value: the first key of a mapping, the first item of a list.
    fn first_span(&self) -> Range<usize> {
        match &self.value {
            Value::Mapping(entries) => entries.first().map_or(self.span.clone(), |(key, _)| key.span.clone()),
            Value::Sequence(items) => items.first().map_or(self.span.clone(), Self::first_span),
            _ => self.span.clone(),
        }
    }
}
