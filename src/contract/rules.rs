//! What is wrong with a document although each part has the right form: names that are not unique, parameters that no path has.

use std::collections::{HashMap, HashSet};

use crate::config::{Node, Step, Value};

use super::model::{Operation, Parameter};
use super::schema;
use super::shape::Extra;
use super::structure::{Problems, Walk, short};

/// The most undeclared names noted for one path.
const MAX_NAMES: usize = 20;

/// The checks that belong to one object, run where the walk stands.
pub(super) fn extra<'a>(walk: &mut Walk<'a>, node: &'a Node, extra: Extra) {
    match extra {
        Extra::None => {}
        Extra::Root => root(walk, node),
        Extra::Operation => operation(walk, node),
        Extra::Parameter => parameter(walk, node),
        Extra::Header => schema_or_content(walk, node, "header"),
        Extra::SecurityScheme => security_scheme(walk, node),
        Extra::Requirement => requirement(walk, node),
        Extra::Server => server(walk, node),
        Extra::Schema => schema::together(walk, node),
        Extra::MediaType => one_example(walk, node),
    }
}

fn root(walk: &mut Walk<'_>, node: &Node) {
    let is_text = node.get("openapi").is_some_and(|version| version.as_str().is_some());
    if is_text && walk.version.text.split('.').count() != 3 {
        walk.note_at("openapi", format!("version `{}` has not three parts, such as `3.1.0`", walk.version.text));
    }
    if walk.version.minor > 0 && ["paths", "components", "webhooks"].iter().all(|part| node.get(part).is_none()) {
        walk.note("document has none of `paths`, `components` and `webhooks`");
    }
    let Some(Value::Sequence(tags)) = node.get("tags").map(|tags| &tags.value) else { return };
    let mut seen = HashSet::new();
    for name in tags.iter().filter_map(|tag| tag.get("name")).filter_map(Node::as_str) {
        if !seen.insert(name) {
            walk.note_at("tags", format!("tag `{}` is declared twice", short(name)));
        }
    }
}

fn operation<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    if let Some(id) = node.get("operationId").and_then(Node::as_str) {
        let here = walk.here();
        match walk.operation_ids.get(id) {
            Some(first) => {
                let message = format!("operation id `{}` is used twice, first in {}", short(id), shown(first));
                walk.note_at("operationId", message);
            }
            None => {
                walk.operation_ids.insert(id, here);
            }
        }
    }
    let has_response = node.get("responses").is_some_and(|responses| match &responses.value {
        Value::Mapping(entries) => responses.get("$ref").is_some() || entries.iter().any(|(key, _)| !key.name.starts_with("x-")),
        // Another type is noted by its field already.
        _ => true,
    });
    if !has_response {
        walk.note("operation declares no response");
    }
}

fn parameter(walk: &mut Walk<'_>, node: &Node) {
    schema_or_content(walk, node, "parameter");
    let location = node.get("in").and_then(Node::as_str);
    if location == Some("path") && node.get("required").is_none_or(|required| required.value == Value::Bool(false)) {
        walk.note("a path parameter must have `required: true`");
    }
}

fn schema_or_content(walk: &mut Walk<'_>, node: &Node, what: &str) {
    match (node.get("schema"), node.get("content")) {
        (None, None) => walk.note(format!("{what} has neither `schema` nor `content`")),
        (Some(_), Some(_)) => walk.note(format!("{what} has both `schema` and `content`")),
        (None, Some(content)) if matches!(&content.value, Value::Mapping(types) if types.len() != 1) => {
            walk.note_at("content", format!("the content of a {what} has exactly one media type"));
        }
        _ => one_example(walk, node),
    }
}

fn one_example(walk: &mut Walk<'_>, node: &Node) {
    if node.get("example").is_some() && node.get("examples").is_some() {
        walk.note("`example` and `examples` exclude each other");
    }
}

fn security_scheme(walk: &mut Walk<'_>, node: &Node) {
    let needed: &[&str] = match node.get("type").and_then(Node::as_str) {
        Some("apiKey") => &["name", "in"],
        Some("http") => &["scheme"],
        Some("oauth2") => &["flows"],
        Some("openIdConnect") => &["openIdConnectUrl"],
        _ => &[],
    };
    for field in needed.iter().filter(|field| node.get(field).is_none()) {
        walk.note(format!("security scheme of this type has no `{field}`"));
    }
}

fn requirement(walk: &mut Walk<'_>, node: &Node) {
    let Value::Mapping(entries) = &node.value else { return };
    let declared = walk.root.get("components").and_then(|components| components.get("securitySchemes"));
    for (key, _) in entries {
        // From 3.2 on a requirement may name a scheme by its URI.
        let is_uri = walk.version.minor >= 2 && key.name.contains([':', '/', '#']);
        if !is_uri && declared.is_none_or(|schemes| schemes.get(&key.name).is_none()) {
            walk.note_at(&key.name, format!("security scheme `{}` is not declared in `components.securitySchemes`", short(&key.name)));
        }
    }
}

fn server(walk: &mut Walk<'_>, node: &Node) {
    let Some(url) = node.get("url").and_then(Node::as_str) else { return };
    let Some(names) = template_names(url) else {
        return walk.note_at("url", "the braces in the URL do not match");
    };
    for name in names {
        if node.get("variables").and_then(|variables| variables.get(name)).is_none() {
            walk.note_at("url", format!("server variable `{}` is not declared", short(name)));
        }
    }
}

/// The checks that compare operations with each other or with their path.
pub(super) fn problems(operations: &[Operation], problems: &mut Problems) {
    let mut shapes: HashMap<String, &str> = HashMap::new();
    for operation in operations {
        let at = vec![Step::Key("paths".to_owned()), Step::Key(operation.path.clone())];
        let Some(names) = template_names(&operation.path) else {
            problems.add(format!("the braces in path `{}` do not match", short(&operation.path)), at);
            continue;
        };
        let first = *shapes.entry(blank(&operation.path)).or_insert(&operation.path);
        if first != operation.path {
            problems.add(format!("path `{}` cannot be told from `{}`", short(&operation.path), short(first)), at.clone());
        }
        path_parameters(operation, &names, problems);
        repeated_parameters(&operation.parameters, problems);
    }
}

fn path_parameters(operation: &Operation, names: &[&str], problems: &mut Problems) {
    let declared: Vec<_> = operation.parameters.iter().filter(|parameter| parameter.location == "path").collect();
    let declared_names: HashSet<_> = declared.iter().map(|parameter| parameter.name.as_str()).collect();
    for name in names.iter().filter(|name| !declared_names.contains(*name)).take(MAX_NAMES) {
        let message = format!("path parameter `{}` of `{}` is not declared", short(name), short(&operation.path));
        problems.add(message, operation.at.clone());
    }
    let used: HashSet<_> = names.iter().copied().collect();
    for parameter in declared.into_iter().filter(|parameter| !used.contains(parameter.name.as_str())) {
        let message = format!("path parameter `{}` does not stand in the path `{}`", short(&parameter.name), short(&operation.path));
        problems.add(message, parameter.at.clone());
    }
}

fn repeated_parameters(parameters: &[Parameter], problems: &mut Problems) {
    let mut seen = HashSet::new();
    for parameter in parameters {
        if !seen.insert((&parameter.name, &parameter.location)) {
            let message = format!("{} parameter `{}` is declared twice", short(&parameter.location), short(&parameter.name));
            problems.add(message, parameter.at.clone());
        }
    }
}

/// The names in braces, or `None` when the braces do not match.
fn template_names(text: &str) -> Option<Vec<&str>> {
    let (mut names, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        names.push(name);
        rest = tail;
    }
    (!rest.contains('}')).then_some(names)
}

/// The path with all names in braces left out: two paths that differ in these only match the same requests.
fn blank(path: &str) -> String {
    let parts =
        path.split('{').enumerate().map(|(index, part)| if index == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) });
    parts.collect::<Vec<_>>().join("{}")
}

fn shown(steps: &[Step]) -> String {
    let parts = steps.iter().map(|step| match step {
        Step::Key(name) => format!("`{}`", short(name)),
        Step::Index(index) => index.to_string(),
    });
    parts.collect::<Vec<_>>().join(" ")
}
