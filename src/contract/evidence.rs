//! A contract as the JSON value that rules read through `repo.contract`.

use serde_json::{Value, json};

use crate::config::Step;
use crate::finding::SourceText;

use super::{Contract, ContractError, Operation, Parameter, Problem, Response, read};

/// Reads a text for a rule: `{kind, version, operations, problems}`, where every `at` is a list of keys and indices.
///
/// A text that is a document of another kind has `kind: unknown`, no operations, and one problem that says what it is.
///
/// # Errors
/// [`ContractError::Syntax`] when the text is neither YAML nor JSON.
pub fn evidence(source: &SourceText) -> Result<Value, ContractError> {
    match read(source) {
        Ok(contract) => Ok(contract_value(&contract)),
        Err(error @ ContractError::Kind { .. }) => {
            let problem = json!({ "message": error.to_string(), "at": [] });
            Ok(json!({ "kind": "unknown", "version": "", "operations": [], "problems": [problem] }))
        }
        Err(error) => Err(error),
    }
}

fn contract_value(contract: &Contract) -> Value {
    json!({
        "kind": "openapi",
        "version": contract.version,
        "operations": contract.operations.iter().map(operation).collect::<Vec<_>>(),
        "problems": contract.problems.iter().map(problem).collect::<Vec<_>>(),
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
