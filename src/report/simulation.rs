//! What policies would do to repositories that do not have them: who breaks and by what, for people, for a pull request, and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::config::Date;
use crate::finding::{Finding, Severity, plain};
use crate::policy::{Outcome, Verdict};

use super::escape::{markdown as inert, markdown_code, shortened};
use super::human::count;

/// The most findings of one service that are shown to people.
const SHOWN: usize = 3;
/// The most characters of a message in a table.
const LONGEST: usize = 120;
/// The most rows of a table of services: GitHub refuses comments of more than 65,536 characters.
const ROWS: usize = 100;

/// A policy that is simulated.
pub struct Asked {
    /// `namespace/id`.
    pub name: String,
    /// The day from which on its findings have their severity, if it has not come.
    pub from: Option<Date>,
}

/// What policies say about one repository.
pub struct Simulated {
    /// The repository, as it was named.
    pub repository: String,
    /// What they say.
    pub outcome: Outcome,
    /// The owners of its services, by root.
    pub owners: BTreeMap<String, String>,
}

/// A service that would hear something.
struct Affected<'a> {
    repository: &'a str,
    root: &'a str,
    owner: Option<&'a str>,
    findings: Vec<&'a Finding>,
}

impl Affected<'_> {
    fn name(&self) -> String {
        if self.root.is_empty() { self.repository.to_owned() } else { format!("{}/{}", self.repository, self.root) }
    }

    fn number(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Every service with a finding that counts, the gravest findings first.
fn affected(rows: &[Simulated]) -> Vec<Affected<'_>> {
    let mut found = Vec::new();
    for row in rows {
        let mut services: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in row.outcome.findings.iter().filter(|finding| finding.counts()) {
            services.entry(&finding.service).or_default().push(finding);
        }
        for (root, mut findings) in services {
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
            found.push(Affected { repository: &row.repository, root, owner: row.owners.get(root).map(String::as_str), findings });
        }
    }
    found
}

fn place(finding: &Finding) -> String {
    finding.diagnostic.locations.first().map_or(String::new(), |place| match place.start.line {
        0 => place.path.clone(),
        line => format!("{}:{line}", place.path),
    })
}

/// A row for each repository, then the services that would hear something, with their owners and first findings.
#[must_use]
pub fn human(rows: &[Simulated], policies: &[Asked]) -> String {
    let width = rows.iter().map(|row| row.repository.chars().count()).max().unwrap_or_default().max("repository".len());
    let mut text = format!("{:<width$}  pass  fail  n/a  unknown  errors  warnings  advice\n", "repository");
    for row in rows {
        let verdict = |verdict| row.outcome.verdicts(verdict);
        let found = |severity| row.outcome.count(severity);
        let _ = writeln!(
            text,
            "{:<width$}  {:>4}  {:>4}  {:>3}  {:>7}  {:>6}  {:>8}  {:>6}",
            plain(&row.repository),
            verdict(Verdict::Pass),
            verdict(Verdict::Fail),
            verdict(Verdict::NotApplicable),
            verdict(Verdict::Unknown),
            found(Severity::Error),
            found(Severity::Warning),
            found(Severity::Advice),
        );
    }
    for one in affected(rows) {
        let owner = one.owner.map_or(String::new(), |owner| format!(", owned by {}", plain(owner)));
        let _ = writeln!(text, "\n{}{owner}", plain(&one.name()));
        for finding in one.findings.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}: {} ({})", finding.severity.as_str(), plain(&finding.diagnostic.title), plain(&place(finding)));
        }
        if one.findings.len() > SHOWN {
            let _ = writeln!(text, "  and {} more", one.findings.len() - SHOWN);
        }
    }
    let ahead: String = ahead(policies, plain).into_iter().map(|line| format!("{line}\n")).collect();
    format!("{text}\n{}\n{ahead}", verdict(rows))
}

/// What is said of policies whose day has not come: everything above is about that day.
fn ahead(policies: &[Asked], shown: impl Fn(&str) -> String) -> Vec<String> {
    let line = |one: &Asked| Some(format!("{} says so from {} on; before that day its findings are advice", shown(&one.name), one.from?));
    policies.iter().filter_map(line).collect()
}

/// How many repositories would fail, and how many would only hear something.
fn verdict(rows: &[Simulated]) -> String {
    let fails = |row: &&Simulated| row.outcome.count(Severity::Error) > 0;
    let hears = |row: &&Simulated| row.outcome.findings.iter().any(Finding::counts);
    let failing = rows.iter().filter(fails).count();
    let text = format!("{failing} of {} would fail", count(rows.len(), "repository", "repositories"));
    match rows.iter().filter(|row| hears(row) && !fails(row)).count() {
        0 => text,
        more => format!("{text}, {more} would hear warnings or advice"),
    }
}

/// The same as Markdown for the pull request of the policy.
#[must_use]
pub fn markdown(rows: &[Simulated], policies: &[Asked]) -> String {
    let names: Vec<_> = policies.iter().map(|one| markdown_code(&one.name)).collect();
    let mut text = format!("### What {} would do\n\n{}.\n", names.join(", "), verdict(rows));
    text.extend(ahead(policies, markdown_code).into_iter().map(|line| format!("\n{line}.\n")));
    let affected = affected(rows);
    if !affected.is_empty() {
        text += "\n| service | owner | errors | warnings | advice | such as |\n|---|---|--:|--:|--:|---|\n";
    }
    for one in affected.iter().take(ROWS) {
        let first = one.findings[0];
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} ({}) |",
            markdown_code(&shortened(&one.name(), LONGEST)),
            inert(&shortened(one.owner.unwrap_or("–"), LONGEST)),
            one.number(Severity::Error),
            one.number(Severity::Warning),
            one.number(Severity::Advice),
            inert(&shortened(&first.diagnostic.title, LONGEST)),
            markdown_code(&shortened(&place(first), LONGEST)),
        );
    }
    if affected.len() > ROWS {
        let _ = writeln!(text, "\nand {} more", count(affected.len() - ROWS, "service", "services"));
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn json(rows: &[Simulated], policies: &[Asked]) -> Json {
    let names: Vec<_> = policies.iter().map(|one| &one.name).collect();
    let from: serde_json::Map<_, _> = policies.iter().filter_map(|one| Some((one.name.clone(), json!(one.from?)))).collect();
    json!({
        "schema": "polity/policy-simulate/1",
        "policies": names,
        "enforced_from": from,
        "repositories": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Simulated) -> Json {
    let verdict = |verdict| row.outcome.verdicts(verdict);
    let service = |one: &Affected<'_>| {
        let number = |severity| one.number(severity);
        json!({
            "root": one.root, "owner": one.owner,
            "errors": number(Severity::Error), "warnings": number(Severity::Warning), "advice": number(Severity::Advice),
        })
    };
    json!({
        "repository": row.repository,
        "fails": row.outcome.count(Severity::Error) > 0,
        "verdicts": {
            "pass": verdict(Verdict::Pass),
            "fail": verdict(Verdict::Fail),
            "not-applicable": verdict(Verdict::NotApplicable),
            "unknown": verdict(Verdict::Unknown),
        },
        "services": affected(std::slice::from_ref(row)).iter().map(service).collect::<Vec<_>>(),
        "findings": row.outcome.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// A finding in short.
#[must_use]
pub fn finding(finding: &Finding) -> Json {
    let place = finding.diagnostic.locations.first();
    json!({
        "severity": finding.severity,
        "service": finding.service,
        "message": finding.diagnostic.title,
        "path": place.map(|place| &place.path),
        "line": place.map(|place| place.start.line),
    })
}
