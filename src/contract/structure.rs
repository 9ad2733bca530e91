//! Walks a document along the tables of `openapi` and notes where it is not what they say.
//!
//! The walk follows no reference: what a reference leads to is walked where it stands. So it ends, and each mistake is noted once.

use std::collections::HashMap;

use crate::config::{Node, Step, Value};
use crate::finding::nearest;

use super::Problem;
use super::openapi::ROOT;
use super::reference::{References, Target};
use super::shape::{Extra, Field, Is, Reference, Rest, Shape, Version};
use super::{objects, schema};

/// The most problems noted for one document: more of them help nobody.
const MAX_PROBLEMS: usize = 200;

/// One step of the way to where the walk stands, borrowed until a problem needs it.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'a> {
    Key(&'a str),
    Index(usize),
}

/// What is wrong, in the order of the document, up to a limit.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    dropped: usize,
}

impl Problems {
    pub(super) fn add(&mut self, message: String, at: Vec<Step>) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem { message, at });
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn finish(mut self) -> Vec<Problem> {
        if self.dropped > 0 {
            let message = format!("{} more problems are not listed", self.dropped);
            self.list.push(Problem { message, at: Vec::new() });
        }
        self.list
    }
}

/// The walk's state.
pub(super) struct Walk<'a> {
    pub root: &'a Node,
    pub version: &'a Version,
    pub references: &'a References<'a>,
    pub path: Vec<At<'a>>,
    pub problems: Problems,
    /// Operation ids seen so far, with the way to the first.
    pub operation_ids: HashMap<&'a str, Vec<Step>>,
    /// How many schemas with an `$id` the walk stands in: references there are relative to that.
    embedded: usize,
    pub patterns: schema::Patterns,
}

/// Everything that the tables find wrong in a document.
pub(super) fn problems<'a>(root: &'a Node, version: &'a Version, references: &'a References<'a>) -> Problems {
    let mut walk = Walk {
        root,
        version,
        references,
        path: Vec::new(),
        problems: Problems::default(),
        operation_ids: HashMap::new(),
        embedded: 0,
        patterns: schema::Patterns::default(),
    };
    walk.object(root, &ROOT);
    walk.problems
}

impl<'a> Walk<'a> {
    /// Notes a problem at the current place.
    pub(super) fn note(&mut self, message: impl Into<String>) {
        let at = self.here();
        self.problems.add(message.into(), at);
    }

    /// Notes a problem at a member of the current place.
    pub(super) fn note_at(&mut self, key: &str, message: impl Into<String>) {
        let mut at = self.here();
        at.push(Step::Key(key.to_owned()));
        self.problems.add(message.into(), at);
    }

    /// The way to the current place.
    pub(super) fn here(&self) -> Vec<Step> {
        let steps = self.path.iter().map(|at| match at {
            At::Key(name) => Step::Key((*name).to_owned()),
            At::Index(index) => Step::Index(*index),
        });
        steps.collect()
    }

    fn within(&mut self, at: At<'a>, visit: impl FnOnce(&mut Self)) {
        self.path.push(at);
        visit(self);
        self.path.pop();
    }

    /// Holds `node` against what it must be.
    pub(super) fn value(&mut self, node: &'a Node, is: &'static Is) {
        match (is, &node.value) {
            (Is::Any, _) | (Is::Text, Value::String(_)) | (Is::Flag, Value::Bool(_)) | (Is::Number, Value::Number(_)) => {}
            (Is::Count, Value::Number(number))
                if number.as_u64().is_some() || number.as_f64().is_some_and(|n| n >= 0.0 && n.fract() == 0.0) => {}
            (Is::Word(words), Value::String(text)) => self.word(text, words),
            (Is::Object(shape), _) => self.object(node, shape),
            (Is::List(item), Value::Sequence(items)) => self.items(items, item),
            (Is::Filled(item), Value::Sequence(items)) => {
                if items.is_empty() {
                    self.note("the list is empty");
                }
                self.items(items, item);
            }
            (Is::Map(member), Value::Mapping(_)) => self.members(node, member),
            (Is::Named(member), Value::Mapping(_)) => {
                self.component_names(node);
                self.members(node, member);
            }
            (Is::Headers(member), Value::Mapping(entries)) => {
                for (key, _) in entries.iter().filter(|(key, _)| !objects::is_token(&key.name)) {
                    self.note_at(&key.name, format!("`{}` is no name of a header", short(&key.name)));
                }
                self.members(node, member);
            }
            (Is::FlagOrSchema, Value::Bool(_)) => {}
            (Is::FlagOrSchema, _) => self.object(node, &super::openapi::SCHEMA),
            (Is::SchemaType, _) => schema::type_names(self, node),
            (Is::Pattern, Value::String(text)) => schema::pattern(self, text),
            (Is::Patterns, Value::Mapping(entries)) => {
                for (key, _) in entries {
                    self.within(At::Key(&key.name), |walk| schema::pattern(walk, &key.name));
                }
                self.members(node, &Is::FlagOrSchema);
            }
            (Is::Exclusive, Value::Bool(_)) if self.version.minor == 0 => {}
            (Is::Exclusive, Value::Number(_)) if self.version.minor > 0 => {}
            _ => self.note(format!("must be {}, but is {}", self.wanted(is), described(node))),
        }
    }

    fn word(&mut self, text: &str, words: &[&str]) {
        if words.contains(&text) {
            return;
        }
        let hint = nearest(text, words.iter().copied());
        let hint = hint.map_or_else(|| format!("one of {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
        self.note(format!("unknown value `{}`: {hint}", short(text)));
    }

    fn items(&mut self, items: &'a [Node], item: &'static Is) {
        for (index, node) in items.iter().enumerate() {
            self.within(At::Index(index), |walk| walk.value(node, item));
        }
    }

    fn members(&mut self, node: &'a Node, member: &'static Is) {
        let Value::Mapping(entries) = &node.value else { return };
        for (key, node) in entries {
            self.within(At::Key(&key.name), |walk| walk.value(node, member));
        }
    }

    fn component_names(&mut self, node: &'a Node) {
        let Value::Mapping(entries) = &node.value else { return };
        for (key, _) in entries {
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
            if key.name.is_empty() || !key.name.bytes().all(fits) {
                self.note_at(&key.name, "the name of a component has only letters, digits, `.`, `-` and `_`");
            }
        }
    }

    fn object(&mut self, node: &'a Node, shape: &'static Shape) {
        let is_schema = shape.extra == Extra::Schema;
        if is_schema && self.version.minor > 0 && matches!(node.value, Value::Bool(_)) {
            return;
        }
        let Value::Mapping(entries) = &node.value else {
            return self.note(format!("must be a mapping ({}), but is {}", article(shape.name), described(node)));
        };
        if let Reference::Instead(section) | Reference::Beside(section) = shape.reference
            && let Some(target) = node.get("$ref")
        {
            self.within(At::Key("$ref"), |walk| walk.reference(node, target, section));
            let stops = matches!(shape.reference, Reference::Instead(_)) || (is_schema && self.version.minor == 0);
            if stops {
                return;
            }
        }
        let embedded = usize::from(is_schema && node.get("$id").is_some());
        self.embedded += embedded;
        for (key, value) in entries {
            self.within(At::Key(&key.name), |walk| walk.field(&key.name, value, shape));
        }
        self.missing(node, shape);
        objects::extra(self, node, shape.extra);
        self.embedded -= embedded;
    }

    fn field(&mut self, name: &'a str, value: &'a Node, shape: &'static Shape) {
        if let Some(field) = shape.fields.iter().find(|field| field.name == name && field.known_in(self.version)) {
            return self.value(value, &field.is);
        }
        if name.starts_with("x-") || (name == "$ref" && shape.reference != Reference::No) {
            return;
        }
        match shape.rest {
            Rest::Paths(is) if name.starts_with('/') => self.value(value, is),
            Rest::Paths(_) => self.note(format!("path `{}` does not start with a slash", short(name))),
            Rest::Statuses(is) if is_status(name) => self.value(value, is),
            Rest::Statuses(_) => self.note(format!("`{}` is no status code, range such as `4XX`, or `default`", short(name))),
            Rest::Each(is) => self.value(value, is),
            Rest::OpenSince31 if self.version.minor > 0 => {}
            Rest::Closed | Rest::OpenSince31 => self.unknown(name, shape),
        }
    }

    fn unknown(&mut self, name: &str, shape: &'static Shape) {
        let known = shape.fields.iter().filter(|field| field.known_in(self.version)).map(|field| field.name);
        let later = shape.fields.iter().find(|field| field.name == name).map(|field| field.minors.0);
        let hint = match (later, nearest(name, known)) {
            (Some(minor), _) => format!(", it belongs to OpenAPI 3.{minor}"),
            (None, Some(near)) => format!(", did you mean `{near}`?"),
            (None, None) => String::new(),
        };
        let whose = article(shape.name);
        self.note(format!("`{}` is not a key of {whose} in OpenAPI 3.{}{hint}", short(name), self.version.minor));
    }

    fn missing(&mut self, node: &'a Node, shape: &'static Shape) {
        let is_missing = |field: &&Field| field.required && node.get(field.name).is_none();
        for field in shape.fields.iter().filter(|field| field.known_in(self.version)).filter(is_missing) {
            self.note(format!("{} has no `{}`", shape.name, field.name));
        }
    }

    fn reference(&mut self, node: &'a Node, target: &'a Node, section: &'static str) {
        let Some(reference) = target.as_str() else {
            return self.note(format!("must be a string, but is {}", described(target)));
        };
        if self.embedded > 0 {
            return;
        }
        match self.references.target(reference) {
            Target::Elsewhere => {}
            Target::Missing => self.note(format!("reference `{}` leads nowhere", short(reference))),
            Target::Local(_, steps) => {
                if self.references.loops(node) {
                    self.note(format!("reference `{}` leads only to references, and so to nothing", short(reference)));
                }
                self.section(&steps, section);
            }
        }
    }

    /// A reference into `components` must lead to the section of the object in whose place it stands.
    fn section(&mut self, steps: &[Step], section: &'static str) {
        if let [Step::Key(components), Step::Key(actual), Step::Key(_)] = steps
            && components == "components"
            && actual != section
        {
            self.note(format!("reference leads to `components.{}`, but `components.{section}` belongs here", short(actual)));
        }
    }

    fn wanted(&self, is: &Is) -> &'static str {
        match is {
            Is::Text | Is::Word(_) | Is::Pattern => "a string",
            Is::Flag => "true or false",
            Is::Exclusive if self.version.minor == 0 => "true or false",
            Is::Number | Is::Exclusive => "a number",
            Is::Count => "an integer from 0",
            Is::List(_) | Is::Filled(_) => "a list",
            _ => "a mapping",
        }
    }
}

/// `default`, `200` or `2XX` (OpenAPI 3.1.1, section 4.8.16).
fn is_status(name: &str) -> bool {
    match name.as_bytes() {
        [b'1'..=b'5', b'X', b'X'] => true,
        [b'1'..=b'5', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => name == "default",
    }
}

fn described(node: &Node) -> String {
    match &node.value {
        Value::Null => "empty".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("the string `{}`", short(text)),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
    }
}

fn article(name: &str) -> String {
    match name {
        "paths" | "responses" | "components" | "info" | "external documentation" | "OAuth flows" => name.to_owned(),
        _ if name.starts_with(['a', 'e', 'i', 'o', 'O', 'X']) => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// At most 80 characters: a message quotes, it does not copy. Looks at no more of the text than that.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some(_) => text.chars().take(79).chain(['…']).collect(),
    }
}
