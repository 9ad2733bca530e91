//! Findings as SARIF 2.1.0 (OASIS standard), for code scanning.
//!
//! Fingerprints are those of `finding`, which stay when lines move.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::finding::{Finding, Fingerprint, Location, Severity, fingerprints};
use crate::policy::{Outcome, Policy};

use super::json::pretty;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The result of a check; ends with a line break.
#[must_use]
pub fn outcome(outcome: &Outcome, policies: &[Policy]) -> String {
    let rules = rules(outcome, policies);
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(i, (id, _))| (*id, i)).collect();
    let prints = fingerprints(&outcome.findings);
    let results: Vec<_> = outcome.findings.iter().zip(&prints).map(|(finding, print)| result(finding, &index, print)).collect();
    let driver = json!({
        "name": "polity",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": "https://github.com/polity-dev/polity",
        "rules": rules.iter().map(|(_, rule)| rule).collect::<Vec<_>>(),
    });
    let run = json!({
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the folder that was checked"}}},
        "results": results,
    });
    pretty(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

/// Every policy, and the engine's own findings when there are any.
fn rules<'a>(outcome: &'a Outcome, policies: &'a [Policy]) -> Vec<(&'a str, Json)> {
    let mut rules: Vec<_> = policies.iter().map(|policy| (policy.shown.as_str(), rule(policy))).collect();
    for finding in &outcome.findings {
        if !rules.iter().any(|(id, _)| *id == finding.policy) {
            let text = "a policy asked for a file that cannot be read or understood";
            rules.push((&finding.policy, json!({"id": finding.policy, "shortDescription": {"text": text}})));
        }
    }
    rules
}

fn rule(policy: &Policy) -> Json {
    let mut rule = json!({
        "id": policy.shown,
        "name": pascal(&policy.id),
        "shortDescription": {"text": policy.file.title},
        "defaultConfiguration": {"level": level(policy.file.severity)},
        "properties": {"version": policy.file.version.to_string(), "owner": policy.file.owner, "sources": policy.file.sources},
    });
    if !policy.readme.trim().is_empty() {
        rule["help"] = json!({"text": policy.readme, "markdown": policy.readme});
    }
    rule
}

fn result(finding: &Finding, index: &BTreeMap<&str, usize>, print: &Fingerprint) -> Json {
    let diagnostic = &finding.diagnostic;
    let mut text = diagnostic.title.clone();
    for part in diagnostic.locations.first().map(|place| &place.label).into_iter().filter(|label| !label.is_empty()) {
        text.push_str(&format!(": {part}"));
    }
    for help in &diagnostic.helps {
        text.push_str(&format!("\nhelp: {help}"));
    }
    for note in &diagnostic.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    let mut result = json!({
        "ruleId": finding.policy,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": diagnostic.locations.first().map(physical).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"polity/v1": print.id},
        "properties": {"service": finding.service},
    });
    if let Some(position) = index.get(finding.policy.as_str()) {
        result["ruleIndex"] = json!(position);
    }
    let related: Vec<_> = diagnostic.locations.iter().skip(1).enumerate().map(|(id, place)| related(id, place)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = Json::Array(related);
    }
    result
}

fn physical(location: &Location) -> Json {
    let mut place = json!({"artifactLocation": {"uri": uri(&location.path), "uriBaseId": "ROOT"}});
    // A file without text to show has no region.
    if !location.excerpt.is_empty() {
        place["region"] = json!({
            "startLine": location.start.line,
            "startColumn": location.start.column,
            "endLine": location.end.line,
            "endColumn": location.end.column,
            "snippet": {"text": location.excerpt},
        });
    }
    json!({"physicalLocation": place})
}

fn related(id: usize, location: &Location) -> Json {
    let mut place = physical(location);
    place["id"] = json!(id);
    if !location.label.is_empty() {
        place["message"] = json!({"text": location.label});
    }
    place
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// A relative path as a URI reference (RFC 3986): everything but unreserved characters and slashes is escaped.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn pascal(id: &str) -> String {
    heck::ToUpperCamelCase::to_upper_camel_case(id)
}
