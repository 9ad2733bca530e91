//! Contracts that are no OpenAPI: what can be said of AsyncAPI and JSON Schema documents without a model of them.

use jsonschema::paths::LocationSegment;

use crate::config::{Node, Step, Value};

use super::Problem;

/// Keywords that only a schema has at its root.
const SCHEMA_KEYS: [&str; 9] = ["$schema", "$defs", "properties", "allOf", "anyOf", "oneOf", "items", "enum", "const"];

/// A document of another language.
pub(super) struct Other {
    /// `asyncapi` or `jsonschema`.
    pub kind: &'static str,
    /// The version or dialect that it states.
    pub version: String,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Looks at a document that is no OpenAPI; `None` when it is of no language that polity knows.
pub(super) fn examine(root: &Node) -> Option<Other> {
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    if root.get("openapi").is_some() || root.get("swagger").is_some() {
        return None;
    }
    if root.get("asyncapi").is_some() {
        return Some(Other { kind: "asyncapi", version: text("asyncapi"), problems: asyncapi(root) });
    }
    let is_schema = SCHEMA_KEYS.iter().any(|key| root.get(key).is_some()) || root.get("type").is_some();
    is_schema.then(|| Other { kind: "jsonschema", version: text("$schema"), problems: schema(root) })
}

/// The parts that every AsyncAPI document has (2.x and 3.x).
fn asyncapi(root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut note = |message: &str, at: &[&str]| {
        problems.push(Problem { message: message.to_owned(), at: at.iter().map(|key| Step::Key((*key).to_owned())).collect() });
    };
    if !root.get("asyncapi").and_then(Node::as_str).is_some_and(|version| version.starts_with("2.") || version.starts_with("3.")) {
        note("version of AsyncAPI is none of 2.x and 3.x", &["asyncapi"]);
    }
    for key in ["title", "version"] {
        if root.get("info").and_then(|info| info.get(key)).and_then(Node::as_str).is_none() {
            note(&format!("info has no `{key}`"), &["info"]);
        }
    }
    if !matches!(root.get("channels").map(|channels| &channels.value), Some(Value::Mapping(_))) {
        note("document has no `channels`", &["channels"]);
    }
    problems
}

/// What the meta-schema of the document's dialect refuses.
fn schema(root: &Node) -> Vec<Problem> {
    let document = root.to_json();
    let Ok(meta) = jsonschema::meta::validator_for(&document) else {
        let message = "`$schema` names a dialect that polity does not know".to_owned();
        return vec![Problem { message, at: vec![Step::Key("$schema".to_owned())] }];
    };
    let problems = meta.iter_errors(&document).map(|error| {
        let steps = error.instance_path().iter().map(|segment| match segment {
            LocationSegment::Index(index) => Step::Index(index),
            LocationSegment::Property(name) => Step::Key(name.to_string()),
        });
        Problem { message: format!("schema is not valid: {}", super::structure::short(&error.to_string())), at: steps.collect() }
    });
    problems.collect()
}
