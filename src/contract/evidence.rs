//! A contract as the JSON value that rules read through `repo.contract`.

use serde_json::{Value, json};

use crate::config::Step;
use crate::finding::SourceText;

use super::{ContractError, Operation, Parameter, Problem, Response, other, read, root};

/// Reads a text for a rule: `{kind, version, operations, problems}`, where every `at` is a list of keys and indices.
///
/// `kind` is `openapi`, `asyncapi`, `jsonschema` or `unknown`; only the first has operations. A text of unknown kind has one
/// problem, which says what it is.
///
/// # Errors
/// [`ContractError::Syntax`] when the text is neither YAML nor JSON.
pub fn evidence(source: &SourceText) -> Result<Value, ContractError> {
    match read(source) {
        Ok(contract) => Ok(value("openapi", &contract.version, &contract.operations, &contract.problems)),
        Err(error @ ContractError::Kind { .. }) => Ok(match root(source).ok().and_then(|root| other::examine(&root)) {
            Some(found) => value(found.kind, &found.version, &[], &found.problems),
            None => value("unknown", "", &[], &[Problem { message: error.to_string(), at: Vec::new() }]),
        }),
        Err(error) => Err(error),
    }
}

fn value(kind: &str, version: &str, operations: &[Operation], problems: &[Problem]) -> Value {
    json!({
        "kind": kind,
        "version": version,
        "operations": operations.iter().map(operation).collect::<Vec<_>>(),
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
    })
}

fn operation(operation: &Operation) -> Value {
    json!({
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "deprecated": operation.deprecated,
        "parameters": operation.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "body": operation.body,
        "responses": operation.responses.iter().map(response).collect::<Vec<_>>(),
        "at": pointer(&operation.at),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({ "name": parameter.name, "in": parameter.location, "required": parameter.required, "at": pointer(&parameter.at) })
}

fn response(response: &Response) -> Value {
    json!({
        "status": response.status,
        "media_types": response.media_types,
        "elsewhere": response.elsewhere,
        "at": pointer(&response.at),
    })
}

fn problem(problem: &Problem) -> Value {
    json!({ "message": problem.message, "at": pointer(&problem.at) })
}

fn pointer(steps: &[Step]) -> Vec<Value> {
    let part = |step: &Step| match step {
        Step::Key(name) => json!(name),
        Step::Index(index) => json!(index),
    };
    steps.iter().map(part).collect()
}
