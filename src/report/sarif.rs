//! Findings as SARIF 2.1.0 (OASIS standard), for code scanning.
//!
//! Fingerprints are those of `finding`, which stay when lines move.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::LazyLock;

use regex::Regex;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::error::Exit;
use crate::finding::{Finding, Fingerprint, Location, Severity, Suppression, SuppressionKind};
use crate::policy::waivers::own_title;
use crate::policy::{Policy, SubjectKind};

use super::Report;
use super::json::Each;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The taxonomy that sorts policies by what they look after; SARIF names a taxonomy by a GUID of its maker's choice.
const TAXONOMY: &str = "7d1f3bd2-5c53-4d0c-9a55-3c0f5d3f6b51";

/// Writes the result of a check.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Log(report))?;
    out.write_all(b"\n")
}

struct Log<'a>(&'a Report<'a>);

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("$schema", SCHEMA)?;
        map.serialize_entry("version", "2.1.0")?;
        map.serialize_entry("runs", &[Run(self.0)])?;
        map.end()
    }
}

struct Run<'a>(&'a Report<'a>);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(report) = self;
        let rules = rules(report);
        let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(i, (id, _))| (*id, i)).collect();
        let driver = json!({
            "name": "polity",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": "https://github.com/polity-dev/polity",
            "supportedTaxonomies": [{"name": "polity subjects", "guid": TAXONOMY, "index": 0}],
            "rules": rules.iter().map(|(_, rule)| rule).collect::<Vec<_>>(),
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tool", &json!({"driver": driver}))?;
        map.serialize_entry("invocations", &[invocation(report)])?;
        map.serialize_entry("columnKind", "unicodeCodePoints")?;
        let base = json!({"ROOT": {"description": {"text": "the folder that polity was started in"}}});
        map.serialize_entry("originalUriBaseIds", &base)?;
        map.serialize_entry("taxonomies", &[taxonomy()])?;
        let findings = || report.outcome.findings.iter().zip(&report.prints);
        map.serialize_entry("results", &Each(|| findings().map(|(finding, print)| result(report, finding, print, &index))))?;
        map.end()
    }
}

/// How the run ended (SARIF 2.1.0, section 3.20), with notifications of which viewers show the warnings. polity did its work whatever it
/// found, so the execution was a success; that the run failed is said by the exit code.
fn invocation(report: &Report<'_>) -> Json {
    let fails = report.bar.fails(report.outcome);
    let remark = report.bar.remark(report.outcome).map(|remark| {
        let properties = json!({"failed": fails});
        json!({"level": if fails { "warning" } else { "note" }, "message": {"text": remark}, "properties": properties})
    });
    let unseen = report.unseen().map(|text| json!({"level": "note", "message": {"text": text}}));
    let notifications: Vec<_> = remark.into_iter().chain(report.freshness.iter().map(age)).chain(unseen).collect();
    json!({
        "executionSuccessful": true,
        "exitCode": if fails { Exit::Findings } else { Exit::Clean } as u8,
        "exitCodeDescription": report.bar.ending(report.outcome),
        "toolExecutionNotifications": notifications,
    })
}

/// How old the knowledge of a namespace is that the result rests on.
fn age((namespace, mark): (&String, &String)) -> Json {
    let is_old = mark.starts_with("STALE") || mark.starts_with("EXPIRED") || mark == "never synced";
    json!({
        "level": if is_old { "warning" } else { "note" },
        "message": {"text": format!("what is known of the namespace `{namespace}` is {mark}")},
        "properties": {"namespace": namespace, "freshness": mark},
    })
}

/// What a policy is evaluated on, as a taxonomy: readers group rules by it.
fn taxonomy() -> Json {
    let taxon = |id: &str, text: &str| json!({"id": id, "shortDescription": {"text": text}});
    json!({
        "name": "polity subjects",
        "guid": TAXONOMY,
        "version": "1.0.0",
        "organization": "polity",
        "shortDescription": {"text": "what a policy is evaluated on"},
        "isComprehensive": true,
        "taxa": [taxon("service", "each service of a repository"), taxon("repository", "a repository as a whole")],
    })
}

/// Every policy, and the engine's own findings when there are any.
fn rules<'a>(report: &'a Report<'_>) -> Vec<(&'a str, Json)> {
    let mut rules: Vec<_> = report.policies.iter().map(|policy| (policy.shown.as_str(), rule(policy))).collect();
    let mut own: Vec<&str> = report.outcome.findings.iter().map(|finding| finding.policy.as_str()).collect();
    own.sort_unstable();
    own.dedup();
    for id in own {
        if !report.policies.iter().any(|policy| policy.shown == id) {
            let text = own_title(id).unwrap_or("a finding of polity itself");
            rules.push((id, json!({"id": id, "shortDescription": {"text": text}})));
        }
    }
    rules
}

fn rule(policy: &Policy) -> Json {
    let subject = match policy.file.subject {
        SubjectKind::Service => "service",
        SubjectKind::Repository => "repository",
    };
    let mut rule = json!({
        "id": policy.shown,
        "name": pascal(&policy.id),
        "shortDescription": {"text": policy.file.title},
        "defaultConfiguration": {"level": level(policy.file.severity)},
        "relationships": [{
            "target": {"id": subject, "toolComponent": {"name": "polity subjects", "guid": TAXONOMY, "index": 0}},
            "kinds": ["superset"],
        }],
        "properties": {"version": policy.file.version.to_string(), "owner": policy.file.owner, "sources": policy.file.sources},
    });
    if !policy.readme.trim().is_empty() {
        rule["help"] = json!({"text": policy.readme, "markdown": policy.readme});
    }
    rule
}

fn result(report: &Report<'_>, finding: &Finding, print: &Fingerprint, index: &BTreeMap<&str, usize>) -> Json {
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
        "message": {"text": literal(&text)},
        "locations": diagnostic.locations.first().map(|place| physical(report, place)).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"polity/v1": print.id},
        "properties": {"service": finding.service},
    });
    if let Some(position) = index.get(finding.policy.as_str()) {
        result["ruleIndex"] = json!(position);
    }
    if let Some(by) = &finding.suppression {
        result["suppressions"] = json!([suppression(report, by)]);
    }
    let related: Vec<_> = diagnostic.locations.iter().skip(1).enumerate().map(|(id, place)| related(report, id, place)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = Json::Array(related);
    }
    result
}

/// Who lets a finding be, and why (SARIF 2.1.0, section 3.35).
fn suppression(report: &Report<'_>, by: &Suppression) -> Json {
    let kind = if by.kind == SuppressionKind::Inline { "inSource" } else { "external" };
    let words = [by.kind.as_str(), &by.reason, &by.because].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let mut suppression = json!({"kind": kind, "status": "accepted", "justification": words.join(": ")});
    if !by.path.is_empty() {
        let artifact = json!({"uri": uri(&report.below(&by.path)), "uriBaseId": "ROOT"});
        suppression["location"] = json!({"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": by.line.max(1)}}});
    }
    suppression["properties"] = json!({"by": by.kind, "owner": by.owner, "ticket": by.ticket, "expires": by.expires});
    suppression
}

fn physical(report: &Report<'_>, location: &Location) -> Json {
    let mut place = json!({"artifactLocation": {"uri": uri(&report.path(location)), "uriBaseId": "ROOT"}});
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

fn related(report: &Report<'_>, id: usize, location: &Location) -> Json {
    let mut place = physical(report, location);
    place["id"] = json!(id);
    if !location.label.is_empty() {
        place["message"] = json!({"text": literal(&location.label)});
    }
    place
}

/// A message in which nothing is a link or a placeholder (sections 3.11.5 and 3.11.6): it may repeat what strangers wrote.
fn literal(text: &str) -> String {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[([^\]\n]*\]\()").expect("the expression is constant"));
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{(\d+)\}").expect("the expression is constant"));
    PLACEHOLDER.replace_all(&LINK.replace_all(text, r"\[$1"), "{{$1}}").into_owned()
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

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn what_strangers_wrote_is_neither_a_link_nor_a_placeholder() {
        assert_eq!(literal("[a](b) {0} x[1] {order} [c]"), r"\[a](b) {{0}} x[1] {order} [c]");
    }
}
