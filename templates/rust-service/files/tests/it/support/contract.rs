//! The contract as the tests see it: read from the file, independently of what the service serves.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

use super::Answer;

/// `contract/openapi.yaml`.
pub static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contract/openapi.yaml");
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

/// Paths with their operations, as (method, operation).
pub fn paths() -> Vec<(&'static str, Vec<(String, &'static Value)>)> {
    let paths = CONTRACT["paths"].as_object().unwrap().iter();
    let operations = |item: &'static Value| {
        let operations = item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters");
        operations.map(|(method, operation)| (method.to_uppercase(), operation)).collect()
    };
    paths.map(|(path, item)| (path.as_str(), operations(item))).collect()
}

/// Holds an answer against the operation that it belongs to; paths outside of the contract are not its business.
#[track_caller]
pub fn hold(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap();
    let Some(operation) = operation(method.as_str(), path) else { return };
    let what = format!("{method} {path} → {answer:?}");
    let response = &operation["responses"][answer.status.to_string()];
    assert!(!response.is_null(), "the contract does not declare the status: {what}");
    let response = resolve(response);
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let required = resolve(header)["required"] == true;
        assert!(!required || answer.headers.contains_key(name), "{name} is missing: {what}");
    }
    let media_type = answer.headers.get("content-type").map(|value| value.to_str().unwrap());
    let content = response["content"].as_object();
    assert_eq!(content.is_some(), media_type.is_some(), "{what}");
    if let (Some(content), Some(media_type)) = (content, media_type) {
        let schema = &content.get(media_type).unwrap_or_else(|| panic!("undeclared media type: {what}"))["schema"];
        let mut faults = Vec::new();
        conform("", schema, &answer.body, &mut faults);
        assert!(faults.is_empty(), "{faults:?}: {what}");
    }
}

fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let segments: Vec<_> = path.split('/').collect();
    let matches = |template: &str| {
        let template: Vec<_> = template.split('/').collect();
        let same = |(pattern, segment): (&&str, &&str)| pattern.starts_with('{') || pattern == segment;
        template.len() == segments.len() && template.iter().zip(&segments).all(same)
    };
    let (_, operations) = paths().into_iter().find(|(template, _)| matches(template))?;
    operations.into_iter().find(|(name, _)| name == method).map(|(_, operation)| operation)
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => CONTRACT.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere"),
        None => value,
    }
}

/// The part of JSON Schema that this contract uses for answers.
fn conform(at: &str, schema: &'static Value, value: &Value, faults: &mut Vec<String>) {
    let schema = resolve(schema);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|allowed| allowed == kind),
        one => one == kind,
    };
    if !allowed {
        faults.push(format!("{at} is {kind}"));
    }
    if schema["format"] == "date-time" && !value.as_str().is_some_and(|text| text.ends_with('Z')) {
        faults.push(format!("{at} is not in UTC"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            faults.push(format!("{at}/{name} is missing"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => conform(&format!("{at}/{name}"), schema, value, faults),
            None => faults.push(format!("{at}/{name} is not declared")),
        }
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        conform(&format!("{at}/{index}"), &schema["items"], value, faults);
    }
}
