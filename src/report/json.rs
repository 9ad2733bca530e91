//! Results as JSON for programs. The schema is part of the interface: keys may be added, none changes its meaning without a
//! higher number at the end of `schema`.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::finding::{Finding, Fingerprint, Location, Position};
use crate::policy::{Evaluation, Outcome, SubjectKind, Verdict, vacuous};

use super::Report;

/// Writes the result of a check.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Check(report))?;
    out.write_all(b"\n")
}

/// Text of a JSON value as every verb prints it.
#[must_use]
pub fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("a value without maps of odd keys is JSON") + "\n"
}

/// A JSON array whose items are made one at a time, when they are written.
pub(super) struct Each<F>(pub F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

struct Check<'a>(&'a Report<'a>);

impl Serialize for Check<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use crate::finding::Severity::{Advice, Error, Warning};
        let Self(report) = self;
        let outcome = report.outcome;
        let versions: HashMap<&str, String> =
            report.policies.iter().map(|policy| (policy.shown.as_str(), policy.file.version.to_string())).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "polity/check/1")?;
        let counts = json!({"error": outcome.count(Error), "warning": outcome.count(Warning), "advice": outcome.count(Advice)});
        map.serialize_entry("summary", &counts)?;
        let (failed, bar) = (report.bar.fails(outcome), report.bar);
        map.serialize_entry("result", &json!({"failed": failed, "fail_on": bar.word(), "max_warnings": bar.most_warnings}))?;
        map.serialize_entry("verdicts", &verdicts(outcome))?;
        let services = || outcome.services.iter().map(|s| json!({"root": s.root, "described": s.described}));
        map.serialize_entry("baseline", &outcome.trend)?;
        map.serialize_entry("services", &Each(services))?;
        let findings = || outcome.findings.iter().zip(&report.prints).map(|(one, print)| finding(one, print, &versions));
        map.serialize_entry("findings", &Each(findings))?;
        map.serialize_entry("vacuous", &vacuous(report.policies, outcome))?;
        map.serialize_entry("evaluations", &Each(|| outcome.evaluations.iter().map(evaluation)))?;
        let left_out = || {
            report.outcome.left_out.iter().map(|item| json!({"path": item.path, "reason": item.reason, "folder": item.lack.is_folder()}))
        };
        map.serialize_entry("left_out", &Each(left_out))?;
        let hidden = || outcome.hidden.iter().map(|one| json!({"file": one.file, "pattern": one.pattern, "files": one.files}));
        map.serialize_entry("hidden", &Each(hidden))?;
        if !report.freshness.is_empty() {
            map.serialize_entry("registries", &report.freshness)?;
        }
        if !report.notices.is_empty() {
            map.serialize_entry("notices", &report.notices)?;
        }
        map.end()
    }
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

fn evaluation(one: &Evaluation) -> Json {
    let subject = if one.subject == SubjectKind::Repository { "repository" } else { "service" };
    json!({"policy": one.policy, "subject": subject, "root": one.root, "verdict": one.verdict, "reasons": one.reasons, "evidence": &*one.evidence})
}

fn finding(finding: &Finding, print: &Fingerprint, versions: &HashMap<&str, String>) -> Json {
    let diagnostic = &finding.diagnostic;
    json!({
        "policy": finding.policy,
        "version": versions.get(finding.policy.as_str()),
        "severity": finding.severity,
        "fingerprint": print.id,
        "service": finding.service,
        "message": diagnostic.title,
        "locations": diagnostic.locations.iter().map(location).collect::<Vec<_>>(),
        "help": diagnostic.helps,
        "notes": diagnostic.notes,
        "suppression": finding.suppression,
        "fix": finding.fix,
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
