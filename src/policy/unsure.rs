//! What a run could not judge: what is not found there may be there all the same.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Weight;
use super::{Evaluation, Policy, Repository, SubjectKind, sees_all};

/// Files and folders of which nobody knows what policies would find in them.
#[derive(Clone, Debug, Default)]
pub struct Unsure {
    /// For every policy.
    all: BTreeSet<String>,
    /// Descriptions of services that are there and cannot be understood: policies point at them for what they saw elsewhere.
    lost: BTreeSet<String>,
    /// By the full name of a policy.
    of: BTreeMap<String, BTreeSet<String>>,
}

impl Unsure {
    /// What the tree lacks is unknown to every policy, and so is what would be said of a place in a `polity.yaml` that cannot be understood. A file of that kind may decide
    /// about any other file of the subject, and so may one whose content is elsewhere; a condition in a chart is unknown in its own file. What is unknown in the repository
    /// around a folder may decide about all of it, and what is `unread` belongs to services that no policy looked at.
    pub(super) fn of(policies: &[Policy], repository: &Repository, evaluations: &[Evaluation], unread: &[Evaluation]) -> Self {
        let lost = repository.lost().into_iter();
        let mut found =
            Self { all: repository.left_out().into_iter().map(|item| item.path).collect(), lost: lost.collect(), of: BTreeMap::new() };
        let known: BTreeMap<&str, &Policy> = policies.iter().map(|policy| (policy.shown.as_str(), policy)).collect();
        let mut add = |policy: &Policy, place: String| found.of.entry(policy.name()).or_default().insert(place);
        for (path, asked, weight) in repository.problems() {
            let Some(&policy) = known.get(asked.as_str()) else { continue };
            let place = match policy.file.subject {
                _ if weight <= Weight::Own => path,
                SubjectKind::Service => repository.service_of(&path).to_owned(),
                SubjectKind::Repository => String::new(),
            };
            add(policy, place);
        }
        let is_part = !repository.above().prefix.is_empty() || repository.lacks().iter().any(|item| item.lack.is_folder());
        for one in evaluations.iter().filter(|_| is_part).filter(|one| one.is_open()) {
            if let Some(&policy) = known.get(one.policy.as_str()).filter(|policy| sees_all(policy, repository)) {
                add(policy, String::new());
            }
        }
        for one in unread {
            if let Some(&policy) = known.get(one.policy.as_str()) {
                add(policy, one.root.clone());
            }
        }
        found
    }

    /// Whether a policy may find something in a file that it did not find in this run.
    #[must_use]
    pub fn covers(&self, policy: &str, path: &str) -> bool {
        self.lacks(path) || self.lost.contains(path) || self.of.get(policy).is_some_and(|places| is_in(places, path))
    }

    /// Whether a file may be there, and was not looked at.
    pub(super) fn lacks(&self, path: &str) -> bool {
        is_in(&self.all, path)
    }
}

/// Whether a file is one of these places or lies in one.
fn is_in(places: &BTreeSet<String>, path: &str) -> bool {
    let above = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).map(|end| &path[..end]);
    [""].into_iter().chain(above).any(|place| places.contains(place))
}
