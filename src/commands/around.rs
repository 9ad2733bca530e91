//! The repository around a checked folder, for policies that look around and for files that moved. It is walked once, when there is one and somebody asks for it.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use crate::config::{CHART_FILE, SERVICE_FILE};
use crate::disk::{Footprint, TraceFile};
use crate::error::Error;
use crate::policy::{Above, Repository, Rules, Whole, sees_all};
use crate::tree::RepoPath;

use super::asked::Checked;
use super::elsewhere;
use super::survey::surveyed;
use super::traces::traced;

/// The repository around a checked folder.
pub(super) struct Around {
    pub(super) repository: Arc<Repository>,
    /// Its layers, once somebody had to know.
    rules: OnceCell<Rules>,
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
        let looks = self.asked.policies.iter().any(|policy| sees_all(policy, self.repository));
        let Some(root) = self.root().filter(|_| looks || self.repository.is_in_none()) else { return then(None) };
        if !looks {
            // Nothing is asked of it but whether there are services, and by whose rules does not matter.
            let around = self.around(&root)?;
            return then(Some(Whole { repository: &around.repository, rules: self.rules }));
        }
        let around = self.around(&root).and_then(|around| Ok((around, self.rules_of(around)?)));
        let (around, rules) = around.map_err(|error| error.help("policies look around in the repository that this folder lies in"))?;
        let repaired = self.repository.tree().iter().filter(|(_, entry)| entry.written().is_some()).collect::<Vec<_>>();
        if repaired.is_empty() {
            return then(Some(Whole { repository: &around.repository, rules }));
        }
        let mut tree = around.repository.tree().clone();
        for (path, entry) in repaired {
            tree.insert_entry(RepoPath::found(self.repository.above().whole(path.as_str())), entry.clone());
        }
        then(Some(Whole { repository: &Arc::new(around.repository.holding(tree)), rules }))
    }

    /// The same as a revision has it, which has the folder as `past`.
    pub(super) fn looked_around(&self, revision: &str, past: &Repository) -> Option<(Arc<Repository>, &Rules)> {
        let root = self.root()?;
        if past.is_in_none() {
            self.around(&root).ok()?;
        }
        let rules = self.asked.around.get().and_then(|around| self.rules_of(around).ok())?;
        let whole = elsewhere::past(&root, revision).ok()?;
        let whole = joined(whole, past, |service| {
            let above = Above { prefix: service.to_owned(), ..Above::default() };
            Some(elsewhere::past(&root.join(service), revision).ok()?.below(Arc::new(above)))
        });
        Some((Arc::new(whole), rules))
    }

    /// The repository around the folder, walked once.
    pub(super) fn around(&self, root: &Path) -> Result<&Around, Error> {
        if let Some(around) = self.asked.around.get() {
            return Ok(around);
        }
        let (repository, mut footprint, ()) = surveyed(root, self.env, |_| ())?;
        let repository = joined(repository, self.repository, |service| {
            // What it looks at there is noted nowhere.
            footprint.doubt();
            Some(surveyed(&root.join(service), self.env, |_| ()).ok()?.0)
        });
        let (repository, traces) = traced(repository, root, self.args);
        Ok(self.asked.around.get_or_init(|| Around { repository: Arc::new(repository), rules: OnceCell::new(), footprint, traces }))
    }

    /// By what rules the repository around the folder is held.
    pub(super) fn rules_of<'a>(&self, around: &'a Around) -> Result<&'a Rules, Error> {
        if around.rules.get().is_none() {
            let _ = around.rules.set(self.quietly(|| self.asked.rules(self.args, self.env, &around.repository))?);
        }
        Ok(around.rules.get().expect("set a moment ago"))
    }

    /// What is worth knowing of other folders is no business of this one.
    pub(super) fn quietly<T>(&self, of: impl FnOnce() -> T) -> T {
        let notices = self.env.notices.borrow().clone();
        let said = of();
        self.env.notices.replace(notices);
        said
    }
}

/// A repository with the folder in it, and with what belongs to that, whatever leaves them out: what somebody names is judged.
fn joined(whole: Repository, folder: &Repository, take: impl FnOnce(&str) -> Option<Repository>) -> Repository {
    let around = missing(&whole, folder.above()).and_then(take);
    around.iter().chain([folder]).fold(whole, Repository::taking_in)
}

/// The outermost folder around the checked one that the repository leaves out: the service, the chart, or a part of it.
fn missing<'a>(whole: &Repository, above: &'a Above) -> Option<&'a str> {
    let homes = [(&above.service, SERVICE_FILE), (&above.chart, CHART_FILE)];
    let mut homes: Vec<_> = homes.into_iter().filter_map(|(home, file)| Some((home.as_deref()?, file))).collect();
    homes.retain(|(home, _)| !home.is_empty());
    homes.sort_unstable_by_key(|(home, _)| home.len());
    let is_missing = |(home, file): &&(&str, &str)| !whole.tree().contains(&RepoPath::found(format!("{home}/{file}")));
    let parts = || {
        let ends = above.prefix.match_indices('/').map(|(end, _)| end);
        ends.filter(|end| homes.first().is_some_and(|(home, _)| *end > home.len())).map(|end| &above.prefix[..end])
    };
    homes.iter().find(is_missing).map(|(home, _)| *home).or_else(|| parts().find(|part| whole.tree().below(part).is_empty()))
}
