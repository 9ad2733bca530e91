//! The law of odd values: whatever stands in a file, a rule finds something, passes or does not know. It never fails, since that ends the whole
//! check. Each value in the files that a rule reads in its cases, and in the descriptions of their services, is replaced by values of other kinds,
//! one at a time. A description that does not load any more is told, and one that does is no reason to fail.
//!
//! What a random generator would find one day this finds each time; what no case speaks of it does not find.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::config::{Format, Node, SERVICE_FILE, ServiceFile, Value, load, parse};
use crate::finding::{Diagnostic, Position, SourceText};
use crate::tree::{RepoPath, Tree};

use super::laws::Case;
use super::{ContractReader, Evaluation, Outcome, Policy, PolicyError, Repository, SubjectKind, Verdict, check_by};

/// What stands in the place of a value: nothing, a text that is no expression, a list of nothing, a map with a map.
const ODD: [&str; 4] = ["null", TEXT, "[null]", r#"{"a[(*": {"a": null}}"#];
/// The same in TOML, which has no word for nothing.
const ODD_IN_TOML: [&str; 4] = ["7", TEXT, "[7]", r#"{"a[(*" = {a = 7}}"#];
/// The same in the description of a service, whose values are typed: of each type, one that says nothing.
const ODD_IN_SERVICE: [&str; 7] = ["null", TEXT, "[null]", r#"{"a[(*": {"a": null}}"#, r#""""#, "[]", "{}"];
/// What stands in the place of a key, in all three formats.
const ODD_KEYS: [&str; 1] = [TEXT];
/// A text that is no expression: rules make some of what they read.
const TEXT: &str = r#""a[(*""#;
/// So many objects with something odd in them are judged at once, beside the file as it is.
const TOGETHER: usize = 32;

/// A file of a case, and where something odd is put.
struct Change<'a> {
    case: &'a Case,
    source: &'a SourceText,
    /// The object of Kubernetes that it is in: a file may hold any number of them.
    object: Option<Range<usize>>,
    at: Range<usize>,
    odd: &'static str,
    is_key: bool,
}

/// The places where a rule fails on something odd in its cases, each with the first value that shows it.
///
/// # Errors
/// What keeps the policy from being judged on the cases as they are.
pub fn failures(policy: &Policy, cases: &[Case], contract: ContractReader) -> Result<Vec<Diagnostic>, Vec<PolicyError>> {
    let files = read(policy, cases, contract)?;
    let mut known = BTreeSet::new();
    let rule = policy.rego().text();
    let changes: Vec<_> = files.iter().flat_map(|(case, source)| changes(case, source, rule, &mut known)).collect();
    let is_beside = |a: &Change<'_>, b: &Change<'_>| std::ptr::eq(a.source, b.source) && a.object.is_some() && b.object.is_some();
    let groups: Vec<_> = changes.chunk_by(is_beside).flat_map(|group| group.chunks(TOGETHER)).collect();
    let failed: Vec<_> = groups.par_iter().flat_map_iter(|group| failed(policy, group, contract)).collect();
    // One is enough of each place in the rule.
    let first: BTreeMap<_, _> = failed.into_iter().rev().map(|diagnostic| (place(&diagnostic), diagnostic)).collect();
    Ok(first.into_values().collect())
}

/// How the rule fails on each of these changes.
fn failed(policy: &Policy, changes: &[Change<'_>], contract: ContractReader) -> Vec<Diagnostic> {
    let alone = |change| failure(policy, change, &replaced(change, 0..change.source.text().len()), contract);
    if let [change] = changes {
        return alone(change).into_iter().collect();
    }
    let objects = changes.iter().filter_map(|change| Some(replaced(change, change.object.clone()?)));
    let text = objects.fold(changes[0].source.text().to_owned(), |text, object| text + "\n---\n" + &object);
    match failure(policy, &changes[0], &text, contract) {
        Some(_) => changes.iter().filter_map(alone).collect(),
        None => Vec::new(),
    }
}

/// The files that the rule reads in the cases, and what describes their services: rules are told that without reading it.
fn read<'a>(policy: &Policy, cases: &'a [Case], contract: ContractReader) -> Result<Vec<(&'a Case, SourceText)>, Vec<PolicyError>> {
    let mut files = Vec::new();
    for case in cases {
        let repository = Arc::new(Repository::new(case.tree.clone(), Vec::new()));
        let outcome = check_by(std::slice::from_ref(policy), &repository, contract, &case.rules())?;
        let descriptions = case.tree.iter().map(|(path, _)| path).filter(|path| is_description(path.as_str()));
        let paths: BTreeSet<_> = outcome.evaluations.iter().flat_map(|one| one.evidence.iter()).chain(descriptions).collect();
        for path in paths {
            let text = case.tree.read(path).ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
            files.extend(text.map(|text| (case, SourceText::new(path.as_str(), text))));
        }
    }
    Ok(files)
}

fn is_description(path: &str) -> bool {
    path.rsplit('/').next() == Some(SERVICE_FILE)
}

/// What is put into a file, but for values that stand as others did before. A layout that does not bear it is left alone, and so are the parts of a
/// description that the rule does not speak of.
fn changes<'a>(case: &'a Case, source: &'a SourceText, rule: &str, known: &mut BTreeSet<String>) -> Vec<Change<'a>> {
    let Some(format) = Format::of_path(source.path()) else { return Vec::new() };
    let Ok(documents) = parse(source, format) else { return Vec::new() };
    let mut changes = Vec::new();
    for document in &documents {
        let name = source.path().rsplit('/').next().unwrap_or_default();
        let kind = document.get("kind").and_then(Node::as_str);
        let object = kind.filter(|_| format == Format::Yaml && document.get("apiVersion").is_some()).map(|_| document.span.clone());
        let mut places = Vec::new();
        look(document, kind.unwrap_or(name), "", known, &mut places);
        if is_description(source.path())
            && let Value::Mapping(parts) = &document.value
        {
            let unspoken = parts.iter().filter(|(key, _)| !rule.contains(key.name.as_str()));
            let unspoken: Vec<_> = unspoken.map(|(key, value)| key.span.start..value.span.end).collect();
            places.retain(|(at, _)| unspoken.iter().all(|part| !part.contains(&at.start)));
        }
        for (at, is_key) in places {
            let odd = match format {
                _ if is_key => &ODD_KEYS[..],
                Format::Toml => &ODD_IN_TOML,
                Format::Yaml if is_description(source.path()) => &ODD_IN_SERVICE,
                Format::Yaml | Format::Json => &ODD,
            };
            changes.extend(odd.iter().map(|odd| Change { case, source, object: object.clone(), at: at.clone(), odd, is_key }));
        }
    }
    let fits = |change: &Change<'_>| {
        parse(&SourceText::new("", replaced(change, change.object.clone().unwrap_or(0..source.text().len()))), format).is_ok()
    };
    changes.retain(fits);
    changes
}

/// The places of values and keys that are not known yet: by the way to them, by what stands beside them and by what they are.
fn look(node: &Node, way: &str, beside: &str, known: &mut BTreeSet<String>, places: &mut Vec<(Range<usize>, bool)>) {
    let keys = match &node.value {
        Value::Mapping(members) => members.iter().map(|(key, _)| key.name.as_str()).collect::<Vec<_>>().join(" "),
        Value::Sequence(_) => "a list".to_owned(),
        _ => "a value".to_owned(),
    };
    if !known.insert(format!("{way}\n{beside}\n{keys}")) {
        return;
    }
    places.push((node.span.clone(), false));
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| look(item, &format!("{way}/*"), beside, known, places)),
        Value::Mapping(members) => members.iter().for_each(|(key, value)| {
            places.push((key.span.clone(), true));
            look(value, &format!("{way}/{}", key.name), &keys, known, places);
        }),
        _ => {}
    }
}

/// A part of the file with the change in it. A value is put one column further: what stands below its key may stand in the key's own column, and
/// a value of one line may not.
fn replaced(change: &Change<'_>, part: Range<usize>) -> String {
    let (text, at) = (change.source.text(), &change.at);
    let before = if change.is_key { "" } else { " " };
    let after = if text[at.clone()].ends_with('\n') { "\n" } else { "" };
    format!("{}{before}{}{after}{}", &text[part.start..at.start], change.odd, &text[at.end..part.end.max(at.end)])
}

/// How the rule fails where a text stands in the place of the file that a change is about, if it does.
fn failure(policy: &Policy, change: &Change<'_>, text: &str, contract: ContractReader) -> Option<Diagnostic> {
    let path = RepoPath::found(change.source.path().to_owned());
    let mut tree: Tree = change.case.tree.clone();
    let mode = tree.get(&path)?.mode;
    tree.insert(path, mode, text.as_bytes());
    let repository = Arc::new(Repository::new(tree, Vec::new()));
    let error = match check_by(std::slice::from_ref(policy), &repository, contract, &change.case.rules()) {
        Ok(outcome) => return untold(policy, change, text, &outcome),
        Err(errors) => errors.into_iter().next()?,
    };
    // A busy machine says nothing of a rule.
    let PolicyError::Evaluation { diagnostic, .. } = error else { return None };
    let shown = SourceText::new(format!("{}/cases/{}/{}", policy.folder, change.case.name, change.source.path()), change.source.text());
    let line = shown.position(change.at.start).line;
    let here = shown.line(line).map_or(change.at.clone(), |line| change.at.start..change.at.end.min(line.end).max(change.at.start));
    let mut diagnostic = *diagnostic;
    diagnostic.title = "rule fails on a value that it does not expect".to_owned();
    let diagnostic = diagnostic.at(shown.location(here, format!("with `{}` in the place of this", change.odd)));
    Some(
        diagnostic.help(
            "test the kind first, as with `is_array(x)`, `is_object(x)` or `is_string(x)`: such an error ends a check with exit code 3",
        ),
    )
}

/// A description that does not load, and of which nothing is told or on which something passes.
fn untold(policy: &Policy, change: &Change<'_>, text: &str, outcome: &Outcome) -> Option<Diagnostic> {
    let path = change.source.path();
    let loads = || load::<ServiceFile>(&SourceText::new(path, text), Format::Yaml).is_ok();
    if !is_description(path) || loads() {
        return None;
    }
    let root = path.strip_suffix(SERVICE_FILE)?.trim_end_matches('/');
    let is_told = outcome.findings.iter().any(|finding| finding.diagnostic.locations.iter().any(|place| place.path == path));
    let is_judged = |one: &Evaluation| one.subject == SubjectKind::Service && one.root == root && one.verdict != Verdict::Unknown;
    (!is_told || outcome.evaluations.iter().any(is_judged)).then(|| {
        let shown = SourceText::new(format!("{}/cases/{}/{path}", policy.folder, change.case.name), change.source.text());
        let title = "service is judged although its description does not load";
        Diagnostic::new(title).at(shown.location(change.at.clone(), format!("with `{}` in the place of this", change.odd)))
    })
}

fn place(diagnostic: &Diagnostic) -> Option<(String, Position)> {
    diagnostic.locations.first().map(|place| (place.path.to_string(), place.start))
}
