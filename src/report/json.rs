//! Results as JSON for programs. The schema is part of the interface: keys may be added, none changes its meaning without a
//! higher `schema_version`.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::finding::{Finding, Location, Position};
use crate::policy::{LeftOut, Outcome, Policy, SubjectKind};

/// The version of the schemas in this file.
const SCHEMA_VERSION: u32 = 1;

/// The result of a check; ends with a line break.
#[must_use]
pub fn outcome(outcome: &Outcome, policies: &[Policy], left_out: &[LeftOut]) -> String {
    use crate::finding::Severity::{Advice, Error, Warning};
    let counts = json!({"error": outcome.count(Error), "warning": outcome.count(Warning), "advice": outcome.count(Advice)});
    let services = outcome.services.iter().map(|s| json!({"root": s.root, "described": s.described}));
    let left_out = left_out.iter().map(|item| json!({"path": item.path, "reason": item.reason, "folder": item.folder}));
    let evaluations = outcome.evaluations.iter().map(|one| {
        let subject = if one.subject == SubjectKind::Repository { "repository" } else { "service" };
        json!({"policy": one.policy, "subject": subject, "root": one.root, "evidence": one.evidence})
    });
    pretty(&json!({
        "schema_version": SCHEMA_VERSION,
        "summary": counts,
        "services": services.collect::<Vec<_>>(),
        "findings": outcome.findings.iter().map(|one| finding(one, policies)).collect::<Vec<_>>(),
        "evaluations": evaluations.collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
    }))
}

/// Text of a JSON value as every verb prints it.
#[must_use]
pub fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("a value without maps of odd keys is JSON") + "\n"
}

fn finding(finding: &Finding, policies: &[Policy]) -> Json {
    let version = policies.iter().find(|policy| policy.shown == finding.policy).map(|policy| policy.file.version.to_string());
    let diagnostic = &finding.diagnostic;
    json!({
        "policy": finding.policy,
        "version": version,
        "severity": finding.severity,
        "service": finding.service,
        "message": diagnostic.title,
        "locations": diagnostic.locations.iter().map(location).collect::<Vec<_>>(),
        "help": diagnostic.helps,
        "notes": diagnostic.notes,
    })
}

fn location(location: &Location) -> Json {
    let place = |position: &Position| json!({"line": position.line, "column": position.column});
    json!({
        "path": location.path,
        "start": place(&location.start),
        "end": place(&location.end),
        "label": location.label,
        "excerpt": location.excerpt,
    })
}
