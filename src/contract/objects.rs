//! What is wrong inside one object beyond its fields: keys that exclude each other, names that are not declared.

use std::collections::HashSet;

use crate::config::{Node, Step, Value};

use super::rules::template_names;
use super::schema;
use super::shape::Extra;
use super::structure::{Walk, short};

/// The checks that belong to one object, run where the walk stands.
pub(super) fn extra<'a>(walk: &mut Walk<'a>, node: &'a Node, extra: Extra) {
    match extra {
        Extra::None => {}
        Extra::Root => root(walk, node),
        Extra::Operation => operation(walk, node),
        Extra::Parameter => parameter(walk, node),
        Extra::Header => schema_or_content(walk, node, "header"),
        Extra::Link => link(walk, node),
        Extra::SecurityScheme => security_scheme(walk, node),
        Extra::Requirement => requirement(walk, node),
        Extra::Server => server(walk, node),
        Extra::Schema => schema::together(walk, node),
        Extra::Excludes(pairs) => exclusive(walk, node, pairs),
    }
    if matches!(extra, Extra::Parameter | Extra::Header) {
        exclusive(walk, node, &[("example", "examples")]);
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
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let (Some(location), Some(name)) = (text("in"), text("name")) else { return };
    if location == "path" && node.get("required").is_none_or(|required| required.value == Value::Bool(false)) {
        walk.note("a path parameter must have `required: true`");
    }
    if location == "header" && !is_token(name) {
        walk.note_at("name", format!("`{}` is no name of a header", short(name)));
    }
    if location == "querystring" && node.get("schema").is_some() {
        walk.note_at("schema", "a parameter in `querystring` has `content`, not `schema`");
    }
    let styles: &[&str] = match location {
        "path" => &["simple", "label", "matrix"],
        "header" => &["simple"],
        "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        "cookie" if walk.version.minor >= 2 => &["form", "cookie"],
        "cookie" => &["form"],
        _ => &[],
    };
    if let Some(style) = text("style").filter(|style| !styles.is_empty() && !styles.contains(style)) {
        walk.note_at("style", format!("style `{}` does not fit a parameter in `{location}`: one of {}", short(style), styles.join(", ")));
    }
    let encodes = location != "header" && text("style") != Some("cookie");
    if walk.version.minor > 0 && !encodes && node.get("allowReserved").is_some() {
        walk.note_at("allowReserved", "nothing is percent-encoded here, so that nothing is reserved");
    }
}

/// A header name (RFC 9110, section 5.6.2).
pub(super) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn schema_or_content(walk: &mut Walk<'_>, node: &Node, what: &str) {
    match (node.get("schema"), node.get("content")) {
        (None, None) => walk.note(format!("{what} has neither `schema` nor `content`")),
        (Some(_), Some(_)) => walk.note(format!("{what} has both `schema` and `content`")),
        (None, Some(content)) => {
            if matches!(&content.value, Value::Mapping(types) if types.len() != 1) {
                walk.note_at("content", format!("the content of a {what} has exactly one media type"));
            }
            for key in ["style", "explode", "allowReserved"].into_iter().filter(|key| walk.version.minor > 0 && node.get(key).is_some()) {
                walk.note_at(key, format!("`{key}` says how a `schema` is written, but there is `content`"));
            }
        }
        (Some(_), None) => {}
    }
}

/// Keys that exclude each other.
fn exclusive(walk: &mut Walk<'_>, node: &Node, pairs: &[(&str, &str)]) {
    for (one, other) in pairs.iter().filter(|(one, other)| node.get(one).is_some() && node.get(other).is_some()) {
        walk.note_at(other, format!("`{one}` and `{other}` exclude each other"));
    }
}

fn link(walk: &mut Walk<'_>, node: &Node) {
    exclusive(walk, node, &[("operationRef", "operationId")]);
    if node.get("operationRef").is_none() && node.get("operationId").is_none() {
        walk.note("link has neither `operationRef` nor `operationId`");
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

fn shown(steps: &[Step]) -> String {
    let parts = steps.iter().map(|step| match step {
        Step::Key(name) => format!("`{}`", short(name)),
        Step::Index(index) => index.to_string(),
    });
    parts.collect::<Vec<_>>().join(" ")
}
