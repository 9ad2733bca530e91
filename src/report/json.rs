//! Results as JSON for programs. The schema is part of the interface: keys may be added, none changes its meaning without a
//! higher number at the end of `schema`.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::finding::{Finding, Fingerprint, Location, Position, fingerprints};
use crate::policy::{LeftOut, Outcome, Policy, SubjectKind, Verdict, vacuous};

/// The result of a check; ends with a line break.
#[must_use]
pub fn outcome(outcome: &Outcome, policies: &[Policy], left_out: &[LeftOut]) -> String {
    use crate::finding::Severity::{Advice, Error, Warning};
    let counts = json!({"error": outcome.count(Error), "warning": outcome.count(Warning), "advice": outcome.count(Advice)});
    let services = outcome.services.iter().map(|s| json!({"root": s.root, "described": s.described}));
    let left_out = left_out.iter().map(|item| json!({"path": item.path, "reason": item.reason, "folder": item.folder}));
    let evaluations = outcome.evaluations.iter().map(|one| {
        let subject = if one.subject == SubjectKind::Repository { "repository" } else { "service" };
        json!({"policy": one.policy, "subject": subject, "root": one.root, "verdict": one.verdict, "reasons": one.reasons, "evidence": one.evidence})
    });
    let prints = fingerprints(&outcome.findings);
    pretty(&json!({
        "schema": "polity/check/1",
        "summary": counts,
        "verdicts": verdicts(outcome),
        "services": services.collect::<Vec<_>>(),
        "findings": outcome.findings.iter().zip(&prints).map(|(one, print)| finding(one, print, policies)).collect::<Vec<_>>(),
        "vacuous": vacuous(policies, outcome),
        "evaluations": evaluations.collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
    }))
}

/// Text of a JSON value as every verb prints it.
#[must_use]
pub fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("a value without maps of odd keys is JSON") + "\n"
}

/// How many evaluations came to what.
fn verdicts(outcome: &Outcome) -> Json {
    let count = |verdict| outcome.verdicts(verdict);
    json!({
        "pass": count(Verdict::Pass),
        "fail": count(Verdict::Fail),
        "not-applicable": count(Verdict::NotApplicable),
        "unknown": count(Verdict::Unknown),
    })
}

fn finding(finding: &Finding, print: &Fingerprint, policies: &[Policy]) -> Json {
    let version = policies.iter().find(|policy| policy.shown == finding.policy).map(|policy| policy.file.version.to_string());
    let diagnostic = &finding.diagnostic;
    json!({
        "policy": finding.policy,
        "version": version,
        "severity": finding.severity,
        "fingerprint": print.id,
        "service": finding.service,
        "message": diagnostic.title,
        "locations": diagnostic.locations.iter().map(location).collect::<Vec<_>>(),
        "help": diagnostic.helps,
        "notes": diagnostic.notes,
        "suppression": finding.suppression,
    })
}

fn location(location: &Location) -> Json {
    let place = |position: &Position| json!({"line": position.line, "column": position.column});
    json!({
        "path": location.path,
        "start": place(&location.start),
        "end": place(&location.end),
        "pointer": location.pointer,
        "label": location.label,
        "excerpt": location.excerpt,
    })
}
