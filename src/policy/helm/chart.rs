//! What the templates of a chart see: its own values and name, and what the chart around it says of it.

use std::sync::{Arc, LazyLock};

use regex::bytes::Regex;
use serde_json::{Map, Value as Json, json};

use crate::config::{CHART_FILE, Document, Format};
use crate::finding::Diagnostic;
use crate::policy::evidence::{Problem, Weight};
use crate::policy::repository::{Repository, join, left_out_problem};
use crate::tree::RepoPath;

use super::define::Defines;
use super::value::{HOLE, Members, Value};

/// Where a file may name a template.
static DEFINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{-?[ \t\r\n]*(?:define|block)[ \t\r\n]").expect("the expression is a constant"));
/// The values that a chart brings itself.
const VALUES: &str = "values.yaml";

/// What the templates of one chart see.
pub(in crate::policy) struct Chart {
    /// `$`. The release is unknown before there is one.
    pub(super) root: Value,
    /// The files of the chart that could not be had, each once.
    pub problems: Vec<(RepoPath, Problem)>,
    /// The named templates of the chart, of those below it and of those around it.
    pub(super) defines: Defines,
    /// The files in which they stand.
    pub(super) helpers: Vec<RepoPath>,
}

/// The chart in a folder, read once for all of its templates.
pub(super) fn chart(repository: &Repository, folder: &str) -> Arc<Chart> {
    repository.chart(folder, || Reader { repository, problems: Vec::new() }.chart(folder))
}

/// The files whose content goes into the documents of a file besides its own.
pub(in crate::policy) fn behind(repository: &Repository, path: &RepoPath) -> Vec<RepoPath> {
    let Some(folder) = chart_of(repository, path) else { return Vec::new() };
    let helpers = chart(repository, &folder).helpers.clone();
    let charts = std::iter::successors(Some(folder), |chart| parent(repository, chart));
    charts.flat_map(|chart| [CHART_FILE, VALUES].map(|name| RepoPath::found(join(&chart, name)))).chain(helpers).collect()
}

/// The files of named templates that a chart sees: its own, and those of all charts that are rendered together with it.
fn helpers(repository: &Repository, folder: &str) -> Vec<RepoPath> {
    let top = std::iter::successors(Some(folder.to_owned()), |chart| parent(repository, chart)).last().unwrap_or_default();
    let prefix = if top.is_empty() { top } else { format!("{top}/") };
    let is_template = |path: &str| {
        let inside = path.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with("templates/") || rest.starts_with("charts/"));
        inside && path.contains("templates/")
    };
    let names = |path: &RepoPath| {
        let bytes = repository.evidence(path).and_then(|evidence| evidence.bytes(repository.tree()).ok());
        bytes.is_some_and(|bytes| DEFINE.is_match(&bytes))
    };
    repository.tree().iter().map(|(path, _)| path).filter(|path| is_template(path.as_str()) && names(path)).cloned().collect()
}

/// The folder of the chart whose templates a file belongs to.
pub(super) fn chart_of(repository: &Repository, path: &RepoPath) -> Option<String> {
    let (text, mut start) = (path.as_str(), 0_usize);
    let charts = text.match_indices('/').filter_map(|(end, _)| {
        let (folder, name) = (&text[..start.saturating_sub(1)], &text[start..end]);
        start = end + 1;
        (name == "templates").then_some(folder)
    });
    charts.filter(|folder| repository.contains(&RepoPath::found(join(folder, CHART_FILE)))).last().map(str::to_owned)
}

/// The chart that a chart is a part of: `shop` for `shop/charts/cart`.
fn parent(repository: &Repository, chart: &str) -> Option<String> {
    let above = chart.rsplit_once('/')?.0.strip_suffix("charts")?;
    let above = above.strip_suffix('/').or_else(|| above.is_empty().then_some(above))?;
    repository.contains(&RepoPath::found(join(above, CHART_FILE))).then(|| above.to_owned())
}

/// What a template sees, by the names of what is known; what else Helm gives it is not.
pub(super) fn root(known: &Json) -> Value {
    let name = |known: bool| if known { Value::Something } else { Value::Unknown };
    let release = [("Name", true), ("Namespace", true), ("Revision", true), ("IsInstall", false), ("IsUpgrade", false)];
    let release = release.map(|(key, holds)| (key.to_owned(), name(holds))).into_iter();
    let release = release.chain([("Service".to_owned(), Value::text("Helm"))]).collect();
    let others = ["Values", "Chart", "Capabilities", "Files", "Template", "Subcharts"].map(|key| (key.to_owned(), Value::Unknown));
    let mut members: Members = others.into_iter().chain([("Release".to_owned(), Value::map(release))]).collect();
    if let Value::Map(known) = Value::from(known) {
        members.extend(known.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    Value::map(members)
}

struct Reader<'a> {
    repository: &'a Repository,
    problems: Vec<(RepoPath, Problem)>,
}

impl Reader<'_> {
    fn chart(mut self, folder: &str) -> Chart {
        let about = self.mapping(folder, CHART_FILE);
        let values = self.values(folder, about.as_ref()).map(|values| self.with_dependencies(folder, about.as_ref(), values));
        let about = about.map(|about| described(&about));
        let known = [("Values", values), ("Chart", about)].into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let helpers = helpers(self.repository, folder);
        let mut defines = Defines::default();
        for text in helpers.iter().filter_map(|path| self.repository.evidence(path)?.text(self.repository.tree()).ok()) {
            defines.add(text.text());
        }
        Chart { root: root(&Json::Object(known.collect::<Map<_, _>>())), problems: self.problems, defines, helpers }
    }

    /// The values of a chart; what the chart around it says of it, and what is global there, goes before.
    fn values(&mut self, folder: &str, about: Option<&Json>) -> Option<Json> {
        let own = self.mapping(folder, VALUES);
        let Some(above) = parent(self.repository, folder) else { return own };
        let description = self.mapping(&above, CHART_FILE);
        let around = self.values(&above, description.as_ref())?;
        let (mut values, name) = (own?, about?["name"].as_str().unwrap_or_default());
        let dependency = description.as_ref().and_then(|about| dependencies(about).find(|one| one["name"] == name));
        merge(&mut values, &around[dependency.map_or(name, called)]);
        merge(&mut values, &json!({"global": around["global"]}));
        Some(values)
    }

    /// The values of a chart with those that the charts below it bring themselves. Of one that is not there, nobody knows them.
    fn with_dependencies(&mut self, folder: &str, about: Option<&Json>, mut values: Json) -> Json {
        for dependency in about.into_iter().flat_map(dependencies) {
            let Some(name) = dependency["name"].as_str() else { continue };
            let below = join(folder, &format!("charts/{name}"));
            let mut own = json!({HOLE.to_string(): null});
            if self.repository.contains(&RepoPath::found(join(&below, CHART_FILE))) {
                let (inner, brought) = (self.mapping(&below, CHART_FILE), self.mapping(&below, VALUES));
                let Some(brought) = brought else { continue };
                own = self.with_dependencies(&below, inner.as_ref(), brought);
            }
            merge(&mut own, &values[called(dependency)]);
            values[called(dependency)] = own;
        }
        values
    }

    /// The mapping in a file of a chart, empty when there is no such file; `None` when it cannot be had.
    fn mapping(&mut self, folder: &str, name: &str) -> Option<Json> {
        let path = RepoPath::found(join(folder, name));
        match read(self.repository, &path) {
            Ok(value) => Some(value),
            Err(problem) => {
                if self.problems.iter().all(|(known, _)| *known != path) {
                    self.problems.push((path, problem));
                }
                None
            }
        }
    }
}

fn read(repository: &Repository, path: &RepoPath) -> Result<Json, Problem> {
    let Some(evidence) = repository.evidence(path) else {
        let missing = repository.why_missing(path);
        return missing.map_or_else(|| Ok(json!({})), |(item, weight)| Err(left_out_problem(item, weight)));
    };
    let parsed = evidence.parsed(repository.tree(), Format::Yaml)?;
    match parsed.documents.first().map(Document::to_json) {
        None | Some(Json::Null) => Ok(json!({})),
        Some(value @ Json::Object(_)) => Ok(value),
        Some(_) => {
            let place = parsed.source.location(parsed.documents[0].span.clone(), "names and values are to stand here");
            Err(Problem { weight: Weight::Error, diagnostic: Diagnostic::new("file of a chart is no mapping").at(place) })
        }
    }
}

/// The charts that a chart names.
fn dependencies(about: &Json) -> impl Iterator<Item = &Json> {
    about["dependencies"].as_array().into_iter().flatten()
}

/// What a chart calls another one in its values.
fn called(dependency: &Json) -> &str {
    dependency["alias"].as_str().or(dependency["name"].as_str()).unwrap_or_default()
}

/// What `.Chart` holds: the description with capital letters.
fn described(about: &Json) -> Json {
    let capital = |name: &str| match name {
        "apiVersion" => "APIVersion".to_owned(),
        name => name.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect(),
    };
    let members = about.as_object().into_iter().flatten().map(|(name, value)| (capital(name), value.clone()));
    Json::Object(members.chain([("IsRoot".to_owned(), Json::String(HOLE.to_string()))]).collect())
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
