//! Kubernetes documents out of plain YAML and out of Helm chart templates, without rendering: actions are masked in place, so that
//! every line and column stays what it was, and the chart's own default values are filled in where an action is simple.
//!
//! Named templates are rendered as far as all that decides their lines is known; what is not known becomes the text `<templated>`.

mod action;
mod chart;
mod collections;
mod define;
mod expression;
mod fill;
mod functions;
mod guess;
mod mask;
mod render;
mod scope;
mod texts;
mod unseen;
mod value;
mod walk;
mod whole;

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::config::{Document, Format, parse};
use crate::finding::SourceText;
use crate::tree::RepoPath;

use super::encoding;
use super::evidence::{Evidence, Parsed, Problem, Weight};
use super::repository::Repository;
pub(super) use chart::{Chart, behind};
use chart::{chart, chart_of};
pub(super) use unseen::Unseen;
pub(super) use walk::Choices;
use whole::{Template, templated};

/// What stands for an action whose value is not known.
pub(super) const TEMPLATED: &str = "<templated>";

/// The key that every manifest has, where a line, a document or a flow mapping begins with it or goes on with it.
static VERSION: LazyLock<Regex> = LazyLock::new(|| key("apiVersion"));
/// The other one.
static KIND: LazyLock<Regex> = LazyLock::new(|| key("kind"));
/// The first one at the beginning of a line, and nowhere else.
static FIRST: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?m)^(?:---[ \t]+)?["']?apiVersion["']?[ \t]*:"#));

fn key(name: &str) -> Regex {
    regex(&format!(r#"(?m)(?:^|[ \t\r\n{{\[,])["']?{name}["']?[ \t]*:"#))
}

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("the expression is a constant")
}

/// Which of the ways in which conditions that are not known may turn out; `None` for the first case of each.
pub(super) type Turned = Option<usize>;

/// The Kubernetes objects of a file; none for a file that has nothing to do with Kubernetes. Where conditions of a template are `turned` and that
/// cannot be understood, it is as if they were not.
pub(super) fn manifests(repository: &Repository, evidence: &Evidence, turned: Turned) -> Result<Arc<Parsed>, Problem> {
    let first = first_case(repository, evidence);
    match (turned, &first) {
        (Some(way), Ok(parsed)) if let Some(choices) = parsed.ways.get(way) => Ok(evidence
            .turned(way, || {
                let chart = chart(repository, &chart_of(repository, evidence.path())?);
                let documents = whole::turned(&parsed.source, &chart, choices)?;
                Some(Parsed::of_kubernetes(parsed.source.clone(), documents))
            })
            .unwrap_or_else(|| parsed.clone())),
        _ => first,
    }
}

/// The same with the first case of every condition that is not known.
fn first_case(repository: &Repository, evidence: &Evidence) -> Result<Arc<Parsed>, Problem> {
    evidence.manifests(|| {
        let path = evidence.path();
        let none = || Ok(Parsed::of_kubernetes(SourceText::new(path.as_str(), ""), Vec::new()));
        // Most JSON is something else, and some of it is large: nothing is made of it.
        if is_json(path.as_str()) {
            let bytes = evidence.searched(repository.tree())?;
            if let Some(problem) = evidence.missing(&bytes) {
                return Err(problem);
            }
            if !encoding::searched(&bytes).is_some_and(|text| speaks_of_objects(&text)) {
                return none();
            }
        }
        let source = evidence.text(repository.tree())?;
        let of = |documents| Parsed::of_kubernetes((*source).clone(), documents);
        match chart_of(repository, path) {
            Some(folder) => {
                let chart = chart(repository, &folder);
                let Template { documents, ways, open, unseen } = templated(&source, &chart, &Choices::default())?;
                let mut parsed = of(documents);
                // Where values cannot be had, that is told, and no condition that rests on them beside it.
                if chart.problems.is_empty() {
                    (parsed.ways, parsed.open) = (ways, open);
                    parsed.unseen = if is_rendered(path) { unseen } else { Vec::new() };
                }
                Ok(parsed)
            }
            None if !source.text().contains("apiVersion") => none(),
            None if is_json(path.as_str()) => Ok(of(json(&source)?)),
            None => Ok(of(plain(&source)?)),
        }
    })
}

/// Whether a file is JSON by its name.
pub(super) fn is_json(path: &str) -> bool {
    Format::of_path(path) == Some(Format::Json)
}

/// Whether both keys that every object has stand somewhere in a text of JSON.
fn speaks_of_objects(text: &str) -> bool {
    static KEYS: LazyLock<[Regex; 2]> =
        LazyLock::new(|| [r#""apiVersion"[ \t\r\n]*:[ \t\r\n]*""#, r#""kind"[ \t\r\n]*:[ \t\r\n]*""#].map(regex));
    KEYS.iter().all(|key| key.is_match(text))
}

/// A stream of documents in JSON has the marks of YAML between them, and is YAML.
fn json(source: &SourceText) -> Result<Vec<Document>, Problem> {
    let format = if source.text().contains("\n---") { Format::Yaml } else { Format::Json };
    parse(source, format).map_err(|diagnostic| Problem { weight: Weight::Policy, diagnostic: *diagnostic })
}

/// What could not be had of the chart that a file is a template of: its values are then unknown.
pub(super) fn unread(repository: &Repository, path: &RepoPath) -> Vec<(RepoPath, Problem)> {
    chart_of(repository, path).map_or_else(Vec::new, |folder| chart(repository, &folder).problems.clone())
}

fn plain(source: &SourceText) -> Result<Vec<Document>, Problem> {
    match parse(source, Format::Yaml) {
        Ok(documents) => Ok(documents),
        Err(diagnostic) if is_meant(source.text()) => Err(Problem { weight: Weight::Policy, diagnostic: *diagnostic }),
        Err(_) => Ok(Vec::new()),
    }
}

/// Whether a text that does not parse may be a manifest. Somebody else's template language may use the words of one: of such a text, only
/// one that begins like a manifest is taken for one.
fn is_meant(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let flow = text.trim_start().strip_prefix('{').is_some_and(|rest| !rest.starts_with(['{', '%']));
    let foreign = !flow && ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark));
    FIRST.is_match(text) || (!foreign && VERSION.is_match(text) && KIND.is_match(text))
}

/// Whether Helm makes objects of a file of templates: those that begin like this hold named templates only.
fn is_rendered(path: &RepoPath) -> bool {
    !path.as_str().rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

#[cfg(test)]
mod tests;
