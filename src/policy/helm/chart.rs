//! What the templates of a chart see: its own values and name, and what the chart around it says of it.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::config::{Document, Format};
use crate::finding::Diagnostic;
use crate::policy::evidence::{Problem, Weight};
use crate::policy::repository::{Repository, join, left_out_problem};
use crate::tree::RepoPath;

use super::define::Defines;

/// What describes a chart.
const DESCRIPTION: &str = "Chart.yaml";
/// The values that a chart brings itself.
const VALUES: &str = "values.yaml";

/// What the templates of one chart see.
#[derive(Default)]
pub(in crate::policy) struct Chart {
    /// `$`, without what is not known. The release is unknown before there is one.
    pub root: Json,
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
    charts.flat_map(|chart| [DESCRIPTION, VALUES].map(|name| RepoPath::found(join(&chart, name)))).chain(helpers).collect()
}

/// The files of named templates that a chart sees: its own, and those of all charts that are rendered together with it.
fn helpers(repository: &Repository, folder: &str) -> Vec<RepoPath> {
    let top = std::iter::successors(Some(folder.to_owned()), |chart| parent(repository, chart)).last().unwrap_or_default();
    let prefix = if top.is_empty() { top } else { format!("{top}/") };
    let is_helper = |path: &str| {
        let inside = path.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with("templates/") || rest.starts_with("charts/"));
        let name = path.rsplit('/').next().unwrap_or(path);
        inside && path.contains("templates/") && (name.ends_with(".tpl") || name.starts_with('_'))
    };
    repository.tree().iter().map(|(path, _)| path).filter(|path| is_helper(path.as_str())).cloned().collect()
}

/// The folder of the chart whose templates a file belongs to.
pub(super) fn chart_of(repository: &Repository, path: &RepoPath) -> Option<String> {
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

struct Reader<'a> {
    repository: &'a Repository,
    problems: Vec<(RepoPath, Problem)>,
}

impl Reader<'_> {
    fn chart(mut self, folder: &str) -> Chart {
        let about = self.mapping(folder, DESCRIPTION);
        let values = self.values(folder, about.as_ref());
        let about = about.map(|about| json!({"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"]}));
        let known = [("Values", values), ("Chart", about)].into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let helpers = helpers(self.repository, folder);
        let mut defines = Defines::default();
        for text in helpers.iter().filter_map(|path| self.repository.evidence(path)?.text(self.repository.tree()).ok()) {
            defines.add(text.text());
        }
        Chart { root: Json::Object(known.collect::<Map<_, _>>()), problems: self.problems, defines, helpers }
    }

    /// The values of a chart; what the chart around it says of it, and what is global there, goes before.
    fn values(&mut self, folder: &str, about: Option<&Json>) -> Option<Json> {
        let own = self.mapping(folder, VALUES);
        let Some(above) = parent(self.repository, folder) else { return own };
        let around = self.mapping(&above, DESCRIPTION);
        let around = self.values(&above, around.as_ref())?;
        let (mut values, name) = (own?, about?["name"].as_str().unwrap_or_default());
        merge(&mut values, &around[name]);
        merge(&mut values, &json!({"global": around["global"]}));
        Some(values)
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
