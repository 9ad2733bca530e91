//! Policy layers: what several teams demand of policies, and what it comes to for one service on one day.
//!
//! Everything here is a function of values: no layer is read from a disk, and the day is an argument. The order in which layers are given
//! means nothing; their level does.

mod join;
mod parameters;
mod read;
mod scope;
mod several;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::config::{Date, Demand, Level, Scope};
use crate::finding::{SourceText, calls, local};

use super::{Above, Facts, Policy, patterns};

pub use join::{AtPaths, Effective, Parameters, Setting, effective, severity_at};
pub use scope::unmatched;
pub use several::{Demands, Party};

/// A policy layer that was read.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `namespace/id`, or the file for a service's own section.
    pub name: String,
    /// Whose it is.
    pub level: Level,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// The longest that a waiver may last, in days.
    pub max_waiver: Option<i64>,
    /// What it says, each with the line that says so.
    pub entries: Vec<Entry>,
    /// Its text.
    pub source: SourceText,
    /// The folder of the service that says it itself, by its path in the repository; the paths of scopes are relative to it, all others
    /// to the repository's root.
    pub home: Option<String>,
}

impl Layer {
    /// The path of a file as the scopes of this layer see it; `None` for one of another service.
    fn seen(&self, path: &str, above: &Above) -> Option<String> {
        let whole = above.whole(path);
        match self.home.as_deref() {
            None | Some("") => Some(whole),
            Some(home) => Some(whole.strip_prefix(home)?.strip_prefix('/')?.to_owned()),
        }
    }
}

/// What a layer demands of one policy or of several.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whether no other layer may loosen it.
    pub strength: Strength,
    /// What it says.
    pub demand: Demand,
    /// The place of the whole entry, as `file:line`.
    pub origin: String,
    /// The byte range of the key or item in the layer's text.
    pub span: std::ops::Range<usize>,
    /// The places of its parameters, by name.
    pub parameters: std::collections::BTreeMap<String, (String, std::ops::Range<usize>)>,
}

/// Whether other layers may loosen a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Narrower layers may change it.
    Default,
    /// No layer may loosen it.
    Mandatory,
}

/// The layers that hold for a service, the day, and what else rules are told.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Layers that hold for every service.
    pub shared: Vec<Layer>,
    /// What each service adds, by its root.
    pub own: std::collections::BTreeMap<String, Vec<Layer>>,
    /// The day on which the verdict is asked for.
    pub today: Date,
    /// What rules are told beyond the repository.
    pub facts: Facts,
    /// Where the checked folder lies in its repository.
    pub above: Arc<Above>,
}

impl Default for Rules {
    /// No layer, and every stage of a rollout reached.
    fn default() -> Self {
        Self {
            shared: Vec::new(),
            own: std::collections::BTreeMap::new(),
            today: Date::LAST,
            facts: Facts::default(),
            above: Arc::default(),
        }
    }
}

impl Rules {
    /// The layers that hold for a service.
    pub fn of(&self, root: &str) -> impl Iterator<Item = &Layer> {
        self.shared.iter().chain(self.own.get(root).into_iter().flatten())
    }

    /// All layers, those of services too.
    pub fn all(&self) -> impl Iterator<Item = &Layer> {
        self.shared.iter().chain(self.own.values().flatten())
    }

    /// The longest that a waiver for some services may last, in days: what the strictest of them allows.
    pub fn max_waiver<'a>(&self, roots: impl IntoIterator<Item = &'a str>) -> Option<i64> {
        roots.into_iter().flat_map(|root| self.of(root)).filter_map(|layer| layer.max_waiver).min()
    }
}

/// Whether a demand names a policy: by full name, by id, or by a pattern of full names.
#[must_use]
pub fn names(demand: &Demand, policy: &Policy) -> bool {
    named(&demand.policy, &policy.namespace, &policy.id)
}

/// Whether a name or pattern of a demand stands for the policy `namespace/id`; `local/*` does for all of plain folders.
#[must_use]
pub fn named(name: &str, namespace: &str, id: &str) -> bool {
    let full = format!("{namespace}/{id}");
    let fits = |full: &str| matches(name, full);
    calls(name, &full) || (is_pattern(name) && (fits(&full) || local(&full).is_some_and(|local| fits(&local))))
}

/// Whether a name is a pattern.
#[must_use]
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', '{'])
}

/// Whether a path is one of the scope's. A pattern that does not end in a wildcard names a folder as well, with all that is in it, as in
/// `.gitignore` and `CODEOWNERS`.
fn lies_in(scope: &Scope, path: &str) -> bool {
    let is_of = |pattern: &String| {
        let (folder, is_folder) = pattern.strip_suffix('/').map_or((pattern.as_str(), false), |folder| (folder, true));
        let may_hold = !is_pattern(folder.rsplit('/').next().unwrap_or(folder));
        let mut above = path.match_indices('/').map(|(end, _)| &path[..end]);
        !is_folder && matches(folder, path) || (is_folder || may_hold) && above.any(|above| matches(folder, above))
    };
    scope.paths.is_empty() || scope.paths.iter().any(is_of)
}

fn matches(pattern: &str, text: &str) -> bool {
    // A pattern that is wrong was refused when the layer was read.
    patterns::glob(pattern).is_ok_and(|glob| glob.is_match(text))
}
