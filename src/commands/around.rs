//! The repository around a checked folder, for policies that look around and for files that moved. It is walked once, when there is one and somebody asks for it.

use std::path::Path;
use std::sync::Arc;

use crate::disk::{Footprint, TraceFile};
use crate::error::Error;
use crate::policy::{Repository, Rules, Whole, sees_all};
use crate::tree::RepoPath;

use super::asked::Checked;
use super::elsewhere::past;
use super::survey::surveyed;
use super::traces::traced;

/// The repository around a checked folder.
pub(super) struct Around {
    pub(super) repository: Arc<Repository>,
    pub(super) rules: Rules,
    pub(super) footprint: Footprint,
    /// Where it is kept what this run learnt of it.
    pub(super) traces: Option<TraceFile>,
}

impl Checked<'_, '_> {
    /// What policies see, when a folder of a repository is checked: all of it, with what was repaired in the folder. Nothing where the folder is enough, or
    /// there is none around.
    ///
    /// # Errors
    /// What is wrong elsewhere in the repository, as in a check of all of it: nobody knows what these policies would say.
    pub(super) fn look_around<T>(&self, then: impl FnOnce(Option<Whole<'_>>) -> Result<T, Error>) -> Result<T, Error> {
        let looks = || self.repository.is_in_none() || self.asked.policies.iter().any(|policy| sees_all(policy, self.repository));
        let Some(root) = self.root().filter(|_| looks()) else { return then(None) };
        let around = self.around(&root).map_err(|error| error.help("policies look around in the repository that this folder lies in"))?;
        let repaired = self.repository.tree().iter().filter(|(_, entry)| entry.written().is_some()).collect::<Vec<_>>();
        if repaired.is_empty() {
            return then(Some(Whole { repository: &around.repository, rules: &around.rules }));
        }
        let mut tree = around.repository.tree().clone();
        for (path, entry) in repaired {
            tree.insert_entry(RepoPath::found(self.repository.above().whole(path.as_str())), entry.clone());
        }
        then(Some(Whole { repository: &Arc::new(around.repository.holding(tree)), rules: &around.rules }))
    }

    /// The same as a revision has it.
    pub(super) fn looked_around(&self, revision: &str) -> Option<(Arc<Repository>, &Rules)> {
        let around = self.asked.around.get()?;
        Some((Arc::new(past(&self.root()?, revision).ok()?), &around.rules))
    }

    /// The repository around the folder, walked once.
    pub(super) fn around(&self, root: &Path) -> Result<&Around, Error> {
        if let Some(around) = self.asked.around.get() {
            return Ok(around);
        }
        let (repository, footprint, ()) = surveyed(root, self.env, |_| ())?;
        let (repository, traces) = traced(repository.taking_in(self.repository), root, self.args);
        let repository = Arc::new(repository);
        let rules = self.quietly(|| self.asked.rules(self.args, self.env, &repository))?;
        Ok(self.asked.around.get_or_init(|| Around { repository, rules, footprint, traces }))
    }

    /// What is worth knowing of other folders is no business of this one.
    pub(super) fn quietly<T>(&self, of: impl FnOnce() -> T) -> T {
        let notices = self.env.notices.borrow().clone();
        let said = of();
        self.env.notices.replace(notices);
        said
    }
}
