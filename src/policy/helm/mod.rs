//! Kubernetes documents out of plain YAML and out of Helm chart templates, without rendering: actions are masked in place, so that
//! every line and column stays what it was, and the chart's own default values are filled in where an action is simple.
//!
//! It is no Go template engine: what it does not understand becomes the text `<templated>`.

mod action;
mod expression;
mod fill;
mod mask;

use std::sync::{Arc, LazyLock};

use serde_json::{Value as Json, json};

use crate::config::{Document, Format, parse};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::tree::RepoPath;

use super::evidence::{Evidence, Parsed, Problem, Weight};
use super::repository::{Repository, join};
use mask::Unknown;

/// What stands for an action whose value is not known.
const TEMPLATED: &str = "<templated>";

/// What describes a chart.
const DESCRIPTION: &str = "Chart.yaml";
/// The values that a chart brings itself.
const VALUES: &str = "values.yaml";

/// The Kubernetes objects of a file; none for a file that has nothing to do with Kubernetes.
pub(super) fn manifests(repository: &Repository, evidence: &Evidence) -> Result<Arc<Parsed>, Problem> {
    evidence.manifests(|| {
        let path = evidence.path();
        let none = || Ok(Parsed::of_kubernetes(SourceText::new(path.as_str(), ""), Vec::new()));
        // Most JSON is something else, and some of it is large: nothing is made of it.
        if is_json(path.as_str()) && !speaks_of_objects(&evidence.searched(repository.tree())?) {
            return none();
        }
        let source = evidence.text(repository.tree())?;
        let documents = match chart_of(repository, path) {
            Some(chart) => templated(&source, &repository.chart(&chart, || defaults(repository, &chart)))?,
            None if !source.text().contains("apiVersion") => return none(),
            None if is_json(path.as_str()) => json(&source)?,
            None => plain(&source)?,
        };
        Ok(Parsed::of_kubernetes((*source).clone(), documents))
    })
}

/// Whether a file is JSON by its name.
pub(super) fn is_json(path: &str) -> bool {
    Format::of_path(path) == Some(Format::Json)
}

/// Whether both keys that every object has stand somewhere in a text of JSON.
fn speaks_of_objects(bytes: &[u8]) -> bool {
    static KEYS: LazyLock<[regex::bytes::Regex; 2]> = LazyLock::new(|| {
        [r#""apiVersion"\s*:\s*""#, r#""kind"\s*:\s*""#].map(|key| regex::bytes::Regex::new(key).expect("the expression is constant"))
    });
    KEYS.iter().all(|key| key.is_match(bytes))
}

/// A stream of documents in JSON has the marks of YAML between them, and is YAML.
fn json(source: &SourceText) -> Result<Vec<Document>, Problem> {
    let format = if source.text().contains("\n---") { Format::Yaml } else { Format::Json };
    parse(source, format).map_err(|diagnostic| Problem { weight: Weight::Policy, diagnostic: *diagnostic })
}

/// The files whose content goes into the documents of a file besides its own.
pub(super) fn behind(repository: &Repository, path: &RepoPath) -> Vec<RepoPath> {
    let charts = std::iter::successors(chart_of(repository, path), |chart| parent(repository, chart));
    charts.flat_map(|chart| [DESCRIPTION, VALUES].map(|name| RepoPath::found(join(&chart, name)))).collect()
}

fn plain(source: &SourceText) -> Result<Vec<Document>, Problem> {
    match parse(source, Format::Yaml) {
        Ok(documents) => Ok(documents),
        // Somebody else's template language may use the words of a manifest: only a text that begins like one is taken for one.
        Err(diagnostic) if source.text().lines().any(|line| line.starts_with("apiVersion:")) => {
            Err(Problem { weight: Weight::Policy, diagnostic: *diagnostic })
        }
        Err(_) => Ok(Vec::new()),
    }
}

fn templated(source: &SourceText, root: &Json) -> Result<Vec<Document>, Problem> {
    let attempt = |unknown| {
        let masked = mask::mask(source.text(), root, unknown);
        let documents = parse(&SourceText::new(source.path(), masked.text.as_str()), Format::Yaml)?;
        Ok(documents.into_iter().map(|document| fill::fill(document, &masked)).collect())
    };
    // A block of unknown text may be keys, items, or a helper that renders nothing at all: then it fits nowhere.
    let documents = attempt(Unknown::Kept).or_else(|first| attempt(Unknown::Dropped).map_err(|_: Box<Diagnostic>| first));
    documents.map_err(|mut diagnostic| {
        diagnostic.title = "chart template cannot be understood without rendering it".to_owned();
        diagnostic.locations = diagnostic.locations.iter().map(|place| relocate(source, place)).collect();
        diagnostic.helps.push("let one action stand for one value, or put the condition on lines of its own".to_owned());
        Problem { weight: Weight::Policy, diagnostic: *diagnostic }
    })
}

/// The same place with the lines of the real file: masks mean nothing to a reader.
fn relocate(source: &SourceText, place: &Location) -> Location {
    source.location(source.offset(place.start)..source.offset(place.end), place.label.clone())
}

/// The folder of the chart whose templates a file belongs to.
fn chart_of(repository: &Repository, path: &RepoPath) -> Option<String> {
    let text = path.as_str();
    let folders = text.match_indices("templates/").map(|(at, _)| text[..at].trim_end_matches('/'));
    let charts = folders.filter(|folder| folder.is_empty() || text.as_bytes()[folder.len()] == b'/');
    charts.filter(|folder| repository.contains(&RepoPath::found(join(folder, DESCRIPTION)))).last().map(str::to_owned)
}

/// The chart that a chart is a part of: `shop` for `shop/charts/cart`.
fn parent(repository: &Repository, chart: &str) -> Option<String> {
    let above = chart.rsplit_once('/')?.0.strip_suffix("charts")?;
    let above = above.strip_suffix('/').or_else(|| above.is_empty().then_some(above))?;
    repository.contains(&RepoPath::found(join(above, DESCRIPTION))).then(|| above.to_owned())
}

/// What a template sees: the chart's own values and name. The release is unknown before there is one.
fn defaults(repository: &Repository, chart: &str) -> Json {
    let about = read(repository, chart, DESCRIPTION).unwrap_or_default();
    let values = values(repository, chart, about["name"].as_str());
    json!({"Values": values, "Chart": {"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"]}})
}

/// The values of a chart; what the chart around it says of it, and what is global there, goes before.
fn values(repository: &Repository, chart: &str, name: Option<&str>) -> Json {
    let mut values = read(repository, chart, VALUES).filter(Json::is_object).unwrap_or_else(|| json!({}));
    if let Some(above) = parent(repository, chart) {
        let about = read(repository, &above, DESCRIPTION).unwrap_or_default();
        let around = self::values(repository, &above, about["name"].as_str());
        merge(&mut values, &around[name.unwrap_or_default()]);
        merge(&mut values, &json!({"global": around["global"]}));
    }
    values
}

/// Helm's merge: mappings member by member, all else as a whole; null says nothing here.
fn merge(values: &mut Json, over: &Json) {
    match (values, over) {
        (_, Json::Null) => {}
        (Json::Object(values), Json::Object(over)) => {
            over.iter().for_each(|(key, value)| merge(values.entry(key).or_insert(Json::Null), value));
        }
        (values, over) => *values = over.clone(),
    }
}

fn read(repository: &Repository, chart: &str, name: &str) -> Option<Json> {
    let evidence = repository.evidence(&RepoPath::found(join(chart, name)))?;
    let parsed = evidence.parsed(repository.tree(), Format::Yaml).ok()?;
    parsed.documents.first().map(Document::to_json)
}

#[cfg(test)]
mod tests;
