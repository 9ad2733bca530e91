//! `polity policy list`: the policies at hand.

use serde_json::json;

use crate::cli::OutputFormat;
use crate::error::{Error, Exit};
use crate::policy::Policy;
use crate::report::{human, json::pretty};

use super::{Env, policies, print};

/// Prints every policy of every registry.
pub(super) fn run(format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let policies = policies::load(env, &[], &[])?;
    let text = match format {
        OutputFormat::Human => table(&policies),
        OutputFormat::Json => pretty(&json!({"schema": "polity/policy-list/1", "policies": policies.iter().map(row).collect::<Vec<_>>()})),
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

fn table(policies: &[Policy]) -> String {
    let width = policies.iter().map(|policy| policy.name().len()).max().unwrap_or_default();
    let rows = policies.iter().map(|policy| {
        let name = policy.name();
        format!("{name:<width$}  {:<8}  {:<7}  {}\n", policy.file.version.to_string(), policy.file.severity.as_str(), policy.file.title)
    });
    let rows: String = rows.collect();
    format!("{rows}\n{}\n", human::count(policies.len(), "policy", "policies"))
}

fn row(policy: &Policy) -> serde_json::Value {
    json!({
        "namespace": policy.namespace,
        "id": policy.id,
        "version": policy.file.version.to_string(),
        "title": policy.file.title,
        "severity": policy.file.severity,
        "subject": policy.file.subject,
        "owner": policy.file.owner,
        "sources": policy.file.sources,
        "parameters": policy.file.parameters,
    })
}
