//! What `polity policy diff` found out, for people and for programs.

use semver::Version;
use serde_json::{Value as Json, json};

use crate::catalog::Bump;
use crate::finding::Finding;
use crate::policy::Verdict;
use crate::policy::difference::Difference;
use crate::report::simulation;

/// A change of a policy with its grade.
pub(super) struct Graded {
    /// `namespace/name`.
    pub policy: String,
    pub versions: (Version, Version),
    pub rows: Vec<(String, Difference)>,
    pub changes: Vec<(Bump, String)>,
    /// The bump that the change deserves; `None` when nothing changed.
    pub deserved: Option<Bump>,
    /// Whether the version number says as much.
    pub is_announced: bool,
}

pub(super) fn table(graded: &Graded) -> String {
    let Graded { versions: (old, new), rows, .. } = graded;
    let width = rows.iter().map(|(path, _)| path.chars().count()).max().unwrap_or_default().max("repository".len());
    let mut text = format!("{:<width$}  added  removed  renamed  regraded  moved\n", "repository");
    for (path, one) in rows {
        let numbers = [one.added.len(), one.removed.len(), one.renamed.len(), one.regraded.len(), one.moved.len()];
        let [added, removed, renamed, regraded, moved] = numbers;
        text += &format!("{path:<width$}  {added:>5}  {removed:>7}  {renamed:>7}  {regraded:>8}  {moved:>5}\n");
    }
    text.push('\n');
    text += &rows.iter().map(|(path, difference)| details(path, difference)).collect::<String>();
    let Some(deserved) = graded.deserved else { return text + &format!("nothing changed between {old} and {new}\n") };
    text += &format!("deserves a {} version:\n", word(deserved));
    text += &graded.changes.iter().filter(|(bump, _)| *bump == deserved).map(|(_, what)| format!("  {what}\n")).collect::<String>();
    let verdict =
        if graded.is_announced { "says so".to_owned() } else { format!("does not say so: set `version: {}`", wanted(old, deserved)) };
    text + &format!("{old} to {new} {verdict}\n")
}

fn details(path: &str, difference: &Difference) -> String {
    let line = |sign: &str, finding: &Finding, note: &str| {
        let place = finding
            .diagnostic
            .locations
            .first()
            .map_or_else(String::new, |at| format!(" ({}:{}:{})", at.path, at.start.line, at.start.column));
        format!("{sign} {path}: {}: {}{place}{note}\n", finding.severity.as_str(), finding.diagnostic.title)
    };
    let added = difference.added.iter().map(|finding| line("+", finding, ""));
    let removed = difference.removed.iter().map(|finding| line("-", finding, ""));
    let renamed =
        difference.renamed.iter().map(|finding| line("~", finding, ", in words that make another finding of it: give it a `key`"));
    let regraded = difference.regraded.iter().map(|(was, finding)| line("~", finding, &format!(", was {}", was.as_str())));
    let subject = |root: &str| if root.is_empty() { String::new() } else { format!(" {root}") };
    let moved = difference.moved.iter().map(|(root, was, is)| format!("~ {path}:{} {} → {}\n", subject(root), was.as_str(), is.as_str()));
    added.chain(removed).chain(renamed).chain(regraded).chain(moved).collect()
}

/// The smallest version number that announces a bump. Below 1.0.0 the minor number does what the major does later.
fn wanted(old: &Version, bump: Bump) -> String {
    match bump {
        Bump::Major if old.major > 0 => format!("{}.0.0", old.major + 1),
        Bump::Major | Bump::Minor if old.major == 0 || bump == Bump::Minor => format!("{}.{}.0", old.major, old.minor + 1),
        _ => format!("{}.{}.{}", old.major, old.minor, old.patch + 1),
    }
}

fn word(bump: Bump) -> &'static str {
    match bump {
        Bump::Patch => "patch",
        Bump::Minor => "minor",
        Bump::Major => "major",
    }
}

pub(super) fn as_json(graded: &Graded) -> Json {
    let findings = |all: &[Finding]| all.iter().map(simulation::finding).collect::<Vec<_>>();
    let verdict = |one: Verdict| json!(one);
    let row = |(path, one): &(String, Difference)| {
        let regraded = one.regraded.iter().map(|(was, finding)| json!({"was": was, "finding": simulation::finding(finding)}));
        let moved = one.moved.iter().map(|(root, was, is)| json!({"root": root, "from": verdict(*was), "to": verdict(*is)}));
        json!({
            "repository": path,
            "added": findings(&one.added),
            "removed": findings(&one.removed),
            "renamed": findings(&one.renamed),
            "regraded": regraded.collect::<Vec<_>>(),
            "moved": moved.collect::<Vec<_>>(),
        })
    };
    json!({
        "schema": "polity/policy-diff/1",
        "policy": graded.policy,
        "from": graded.versions.0.to_string(),
        "to": graded.versions.1.to_string(),
        "deserves": graded.deserved.map(word),
        "announced": graded.is_announced,
        "changes": graded.changes.iter().map(|(bump, what)| json!({"bump": word(*bump), "change": what})).collect::<Vec<_>>(),
        "repositories": graded.rows.iter().map(row).collect::<Vec<_>>(),
    })
}
