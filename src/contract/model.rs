//! The model of a document: the operations under `paths`, with parameters, bodies and responses as callers see them.
//!
//! References inside the document are resolved; what a reference to another file holds is left out.

use std::collections::HashSet;

use crate::config::{Node, Step, Value};

use super::Problem;
use super::reference::References;

/// The methods that a path item names (OpenAPI 3.2 added `query`).
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// What a document promises, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The version that the document states, such as `3.1.0`.
    pub version: String,
    /// The operations in the order of the document.
    pub operations: Vec<Operation>,
    /// What is wrong, in the order of the document.
    pub problems: Vec<Problem>,
}

/// One method of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId`.
    pub id: Option<String>,
    /// The method in upper case.
    pub method: String,
    /// The templated path, such as `/orders/{id}`.
    pub path: String,
    /// Whether callers should move away from it.
    pub deprecated: bool,
    /// The parameters, with those of the path item.
    pub parameters: Vec<Parameter>,
    /// The media types of the request body.
    pub body: Vec<String>,
    /// The responses.
    pub responses: Vec<Response>,
    /// The way to the operation.
    pub at: Vec<Step>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// `query`, `header`, `path`, `cookie` or `querystring`.
    pub location: String,
    /// Whether a caller must send it.
    pub required: bool,
    /// The way to the parameter, or to the reference to it.
    pub at: Vec<Step>,
}

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// A status code, a range such as `4XX`, or `default`.
    pub status: String,
    /// The media types of the body.
    pub media_types: Vec<String>,
    /// Whether the response is described in another file, so that its media types are not known.
    pub elsewhere: bool,
    /// The way to the response, or to the reference to it.
    pub at: Vec<Step>,
}

/// Every operation under `paths`.
pub(super) fn operations<'a>(root: &'a Node, references: &References<'a>) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, written) in entries(root.get("paths")).filter(|(path, _)| path.starts_with('/')) {
        let at = vec![Step::Key("paths".to_owned()), Step::Key(path.to_owned())];
        let (item, item_at) = match references.resolve_with_place(written) {
            Some((item, place)) => (item, place.unwrap_or_else(|| at.clone())),
            None => continue,
        };
        let shared = parameters(item, &item_at, references);
        let fixed = METHODS.iter().filter_map(|method| Some((*method, item.get(method)?, vec![key(method)])));
        let free = entries(item.get("additionalOperations")).map(|(m, node)| (m, node, vec![key("additionalOperations"), key(m)]));
        for (method, node, steps) in fixed.chain(free) {
            let at = item_at.iter().cloned().chain(steps).collect();
            operations.push(operation(node, (method, path), at, &shared, references));
        }
    }
    operations
}

fn operation<'a>(
    node: &'a Node,
    (method, path): (&str, &str),
    at: Vec<Step>,
    shared: &[Parameter],
    references: &References<'a>,
) -> Operation {
    let mut own = parameters(node, &at, references);
    let overridden: HashSet<_> = own.iter().map(|parameter| (&parameter.name, &parameter.location)).collect();
    let mut all: Vec<_> = shared.iter().filter(|s| !overridden.contains(&(&s.name, &s.location))).cloned().collect();
    all.append(&mut own);
    let body = node.get("requestBody").and_then(|body| references.resolve(body));
    Operation {
        id: node.get("operationId").and_then(Node::as_str).map(str::to_owned),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        deprecated: node.get("deprecated").is_some_and(|d| d.value == Value::Bool(true)),
        parameters: all,
        body: body.map(media_types).unwrap_or_default(),
        responses: responses(node, &at, references),
        at,
    }
}

fn parameters<'a>(node: &'a Node, at: &[Step], references: &References<'a>) -> Vec<Parameter> {
    let Some(Value::Sequence(items)) = node.get("parameters").map(|list| &list.value) else { return Vec::new() };
    let read = |(index, item)| {
        let parameter = references.resolve(item)?;
        let text = |key: &str| parameter.get(key).and_then(Node::as_str).map(str::to_owned);
        let required = parameter.get("required").is_some_and(|r| r.value == Value::Bool(true));
        let at = at.iter().cloned().chain([key("parameters"), Step::Index(index)]).collect();
        Some(Parameter { name: text("name")?, location: text("in")?, required, at })
    };
    items.iter().enumerate().filter_map(read).collect()
}

fn responses<'a>(node: &'a Node, at: &[Step], references: &References<'a>) -> Vec<Response> {
    let statuses = entries(node.get("responses")).filter(|(status, _)| !status.starts_with("x-"));
    let read = |(status, written): (&str, _)| {
        let response = references.resolve(written);
        Response {
            status: status.to_owned(),
            media_types: response.map(media_types).unwrap_or_default(),
            elsewhere: response.is_none(),
            at: at.iter().cloned().chain([key("responses"), key(status)]).collect(),
        }
    };
    statuses.map(read).collect()
}

fn media_types(node: &Node) -> Vec<String> {
    entries(node.get("content")).map(|(name, _)| name.to_owned()).collect()
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    let entries = match node.map(|node| &node.value) {
        Some(Value::Mapping(entries)) => &entries[..],
        _ => &[],
    };
    entries.iter().map(|(key, node)| (key.name.as_str(), node))
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}
