//! Findings as a GitLab code quality report: a JSON array with one object a finding.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::finding::{Finding, Fingerprint, Severity};

use super::Report;
use super::json::Each;

/// Writes the report.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counting = || report.outcome.findings.iter().zip(&report.prints).filter(|(finding, _)| finding.counts());
    let issues = Each(|| counting().map(|(finding, print)| issue(report, finding, print)));
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

fn issue(report: &Report<'_>, finding: &Finding, print: &Fingerprint) -> Json {
    let diagnostic = &finding.diagnostic;
    // GitLab refuses an issue without a file and a line.
    let (path, begin, end) = diagnostic.locations.first().map_or_else(
        || (report.below(&finding.service), 1, 1),
        |place| (report.path(place), place.start.line, place.end.line.max(place.start.line)),
    );
    let path = if path.is_empty() { ".".to_owned() } else { path };
    let label = diagnostic.locations.first().map(|place| place.label.as_str()).filter(|label| !label.is_empty());
    let description = label.map_or_else(|| diagnostic.title.clone(), |label| format!("{}: {label}", diagnostic.title));
    json!({
        "description": description,
        "check_name": finding.policy,
        "fingerprint": print.id,
        "severity": severity(finding.severity),
        "location": {"path": path, "lines": {"begin": begin, "end": end}},
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Advice => "info",
    }
}
