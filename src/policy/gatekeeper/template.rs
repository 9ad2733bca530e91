//! A constraint template: its Rego, compiled, and the defaults of its parameters.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::config::formats::Means;
use crate::policy::conftest::{LoadOptions, Policies, Reader, RegoFile, RegoVersion, offline};

use super::{Constraint, Document, GatekeeperError, Inventory, Subject, Violation};

/// How long a single query may take before it counts as endless.
const LIMIT: Duration = Duration::from_secs(10);

/// A constraint template.
pub struct Template {
    /// The kind of constraint that it defines.
    pub kind: String,
    path: String,
    query: String,
    policies: Policies,
    schema: Value,
}

/// The Rego of a template: the rule, its libraries, and the version it is written in.
struct Source {
    rego: String,
    libraries: Vec<String>,
    version: RegoVersion,
}

impl Template {
    /// Reads and compiles a template.
    ///
    /// # Errors
    /// [`GatekeeperError`] also for a template in another language than Rego.
    pub fn read(document: &Document, now: i64) -> Result<Self, GatekeeperError> {
        let kind = document.text_at("/spec/crd/spec/names/kind");
        if kind.is_empty() {
            return Err(GatekeeperError::invalid(document, "the template names no kind at `spec.crd.spec.names.kind`"));
        }
        let source = Source::of(document)?;
        let mut files = vec![RegoFile { path: document.path.clone(), text: padded(&source.rego, &document.text) }];
        for (number, library) in source.libraries.iter().enumerate() {
            files.push(RegoFile { path: format!("{} (library {})", document.path, number + 1), text: library.clone() });
        }
        let options = LoadOptions {
            version: source.version,
            strict: false,
            // What a template asked the network would be undefined, and no violation.
            allowed: Some(offline()),
            builtin_errors: false,
            tracing: false,
            limit: LIMIT,
            now,
            runtime: json!({}),
            reader: Reader { read: Arc::new(|path| Err(format!("{path}: a constraint template reads no files"))), means: Means::default() },
        };
        let rego = |source| GatekeeperError::Rego { path: document.path.clone(), source };
        let policies = Policies::load(&files, &[], options).map_err(rego)?;
        let package = policies.namespaces().into_iter().next().unwrap_or_default();
        let schema = document.value.pointer("/spec/crd/spec/validation/openAPIV3Schema").cloned().unwrap_or_default();
        Ok(Self { kind: kind.to_owned(), path: document.path.clone(), query: format!("data.{package}.violation"), policies, schema })
    }

    /// The parameters of a constraint, with the defaults that the template declares.
    #[must_use]
    pub fn parameters(&self, given: Option<&Value>) -> Value {
        let mut parameters = given.cloned().unwrap_or_else(|| json!({}));
        complete(&mut parameters, &self.schema);
        parameters
    }

    /// What the template says against an object.
    ///
    /// # Errors
    /// Rego that cannot be evaluated, or an answer without a message.
    pub fn violations(&self, constraint: &Constraint, subject: &Subject, inventory: &Inventory) -> Result<Vec<Violation>, GatekeeperError> {
        let input = json!({"review": subject.review, "parameters": constraint.parameters});
        let rego = |source| GatekeeperError::Rego { path: self.path.clone(), source };
        let answer = self.policies.evaluate(&self.query, &input, &inventory.data).map_err(rego)?;
        let found = answer.as_array().cloned().unwrap_or_default();
        found.into_iter().map(|one| self.violation(constraint, &one)).collect()
    }

    fn violation(&self, constraint: &Constraint, answer: &Value) -> Result<Violation, GatekeeperError> {
        let Some(message) = answer.get("msg").and_then(Value::as_str) else {
            let message = format!("`violation` must be a set of objects with a text `msg`, not {answer}");
            return Err(GatekeeperError::Invalid { path: self.path.clone(), message });
        };
        Ok(Violation {
            constraint: (constraint.kind.clone(), constraint.name.clone()),
            action: constraint.action,
            message: message.to_owned(),
            details: answer.get("details").cloned().unwrap_or_default(),
        })
    }
}

impl Source {
    /// The first target's Rego, in the place of the old and of the new form.
    fn of(document: &Document) -> Result<Self, GatekeeperError> {
        let target = document.value.pointer("/spec/targets/0");
        let Some(target) = target else { return Err(GatekeeperError::invalid(document, "the template has no target")) };
        let engines = target.get("code").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let coded = engines.iter().find(|code| code["engine"] == "Rego").map(|code| &code["source"]);
        let source = coded.unwrap_or(target);
        let Some(rego) = source.get("rego").and_then(Value::as_str) else {
            let names: Vec<_> = engines.iter().filter_map(|code| code["engine"].as_str()).collect();
            let other = if names.is_empty() { "no Rego".to_owned() } else { format!("no Rego but {}", names.join(" and ")) };
            return Err(GatekeeperError::invalid(document, format!("the template has {other}; polity runs templates in Rego")));
        };
        let libraries = source.get("libs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Ok(Self {
            rego: rego.to_owned(),
            libraries: libraries.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            version: if source.get("version").and_then(Value::as_str) == Some("v1") { RegoVersion::V1 } else { RegoVersion::V0 },
        })
    }
}

/// The Rego with as many empty lines before it as the file has, so that messages name the lines of the file.
fn padded(rego: &str, file: &str) -> String {
    let first = rego.lines().next().unwrap_or_default().trim();
    let lines = file.lines().position(|line| !first.is_empty() && line.trim() == first).unwrap_or_default();
    "\n".repeat(lines) + rego
}

/// Puts the defaults of a schema where an object has no member.
fn complete(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(members) => {
            for (name, of) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if let Some(default) = of.get("default") {
                    members.entry(name).or_insert_with(|| default.clone());
                }
                if let Some(member) = members.get_mut(name) {
                    complete(member, of);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| complete(item, schema.get("items").unwrap_or(&Value::Null))),
        _ => {}
    }
}
