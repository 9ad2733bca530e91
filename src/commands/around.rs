//! The repository around a checked folder, for policies that look around. It is walked only when there is one and a policy asks for it.

use std::path::Path;
use std::sync::Arc;

use crate::disk::{Footprint, TraceFile};
use crate::policy::{Repository, Rules, Whole};
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
    /// What policies look around in, when a folder of a repository is checked: all of it, with what was repaired in the folder. Nothing where no policy does, or
    /// where the repository cannot be had.
    pub(super) fn look_around<T>(&self, then: impl FnOnce(Option<Whole<'_>>) -> T) -> T {
        let is_asked = || self.asked.policies.iter().any(|policy| policy.file.sees_all());
        let Some(around) = self.root().filter(|_| is_asked()).and_then(|root| self.around(&root)) else { return then(None) };
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
        let around = self.asked.around.get()?.as_ref()?;
        Some((Arc::new(past(&self.root()?, revision).ok()?), &around.rules))
    }

    /// The repository around the folder, walked once.
    fn around(&self, root: &Path) -> Option<&Around> {
        let make = || {
            let (repository, footprint, ()) = surveyed(root, self.env, |_| ()).ok()?;
            let (repository, traces) = traced(repository, root, self.args);
            let repository = Arc::new(repository);
            let rules = self.quietly(|| self.asked.rules(self.args, self.env, &repository).ok())?;
            Some(Around { repository, rules, footprint, traces })
        };
        self.asked.around.get_or_init(make).as_ref()
    }

    /// What is worth knowing of other folders is no business of this one.
    pub(super) fn quietly<T>(&self, of: impl FnOnce() -> T) -> T {
        let notices = self.env.notices.borrow().clone();
        let said = of();
        self.env.notices.replace(notices);
        said
    }
}
