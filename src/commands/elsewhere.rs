//! Files of a checked folder that lay elsewhere in its repository before: the whole of it is looked at then, so that a file gets one verdict whichever
//! folder is named. Where nothing may have moved, nothing but the folder is looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::BaselineFile;
use crate::disk::{self, Descent, Point, Standing};
use crate::error::Error;
use crate::policy::baseline::{Names, about, bring, earlier, looks, renamed, unlisted};
use crate::policy::{Above, Outcome, Repository};
use crate::tree::{RepoPath, Tree};

use super::asked::Checked;
use super::survey::walked;

/// A folder as a revision has it.
pub(super) fn past(folder: &Path, revision: &str) -> Result<Repository, Error> {
    let walk = disk::past(folder, revision, Point::Parting).map_err(|error| {
        let help = error.help().unwrap_or_else(|| "`--since` compares with a commit of the repository around the folder".to_owned());
        Error::usage(error.to_string()).help(help)
    })?;
    Ok(walked(walk))
}

/// Whether a file of a folder is gone from its repository, as the files that were walked tell, or else the file system and git.
pub(super) fn gone<'a>(folder: &Path, tree: &'a Tree) -> impl Fn(&str) -> bool + use<'a> {
    let standing = Standing::of(folder);
    move |path| !tree.contains(&RepoPath::found(path.to_owned())) && standing.is_gone(path)
}

impl Checked<'_, '_> {
    /// The names that files had by which a baseline of the folder itself knows them.
    pub(super) fn moved(&self, outcome: &Outcome, known: &BaselineFile) -> Names {
        let tree = self.repository.tree();
        let (is_gone, descent) = (gone(self.folder, tree), Descent::of(self.folder));
        if !known.files.keys().any(|path| is_gone(path)) {
            return Names::new();
        }
        renamed(known, &unlisted(outcome, tree, &Above::default(), known), &is_gone, &|old, new| !descent.came_later(old, new))
    }

    /// A baseline of the repository as one of the folder, and the names that files had in the folder.
    pub(super) fn of_above(&self, outcome: &Outcome, known: BaselineFile) -> (BaselineFile, Names) {
        let names = self.names(outcome, &known);
        let mut own = about(known.clone(), self.repository.above());
        let names = bring(&mut own, &known, self.repository.above(), &names);
        (own, names)
    }

    /// Adds to what a revision knew of the folder what it knew elsewhere of files that are in the folder now; returns the names that files had in it.
    pub(super) fn moved_since(&self, outcome: &Outcome, revision: &str, known: &mut BaselineFile) -> Result<Names, Error> {
        let (tree, above) = (self.repository.tree(), self.repository.above());
        let Some(root) = self.root() else { return Ok(self.moved(outcome, known)) };
        if unlisted(outcome, tree, &Above::default(), known).is_empty() {
            return Ok(Names::new());
        }
        // A clone may lack what lies elsewhere.
        let (Ok(past), Ok(now)) = (past(&root, revision), self.around(&root)) else { return Ok(self.moved(outcome, known)) };
        let past = Arc::new(past);
        let is_gone = gone(&root, now.repository.tree());
        let names = past.tree().iter().map(|(path, _)| path.as_str()).filter(|path| is_gone(path));
        let lost = looks(past.tree(), names);
        if renamed(&lost, &unlisted(outcome, tree, above, &lost), &|_| true, &|_, _| true).is_empty() {
            return Ok(Names::new());
        }
        if self.whole(&root).is_none() {
            return Ok(self.moved(outcome, known));
        }
        let all = earlier(&self.asked.evaluate(&past, None, self.rules_of(now)?)?, &past);
        let names = self.names(outcome, &all);
        Ok(bring(known, &all, above, &names))
    }

    /// The names that files of the repository had by which a baseline of it knows them, as far as they are in the folder or were.
    fn names(&self, outcome: &Outcome, known: &BaselineFile) -> Names {
        let (tree, above) = (self.repository.tree(), self.repository.above());
        let mut new = unlisted(outcome, tree, above, known);
        let Some(root) = self.root().filter(|_| !renamed(known, &new, &|_| true, &|_, _| true).is_empty()) else { return Names::new() };
        let (standing, descent) = (Standing::of(&root), Descent::of(&root));
        let is_here = |path: &str| above.here(path).is_some_and(|path| tree.contains(&RepoPath::found(path.to_owned())));
        let is_gone = |path: &str| !is_here(path) && standing.is_gone(path);
        let may = |old: &str, new: &str| !descent.came_later(old, new);
        if renamed(known, &new, &is_gone, &may).is_empty() {
            return Names::new();
        }
        // Another file may be more like the one that is gone.
        match self.whole(&root) {
            Some((whole, said)) => {
                let others = unlisted(said, whole.tree(), &Above::default(), known);
                new.extend(others.into_iter().filter(|(path, _)| above.here(path).is_none()));
                renamed(known, &new, &is_gone, &may)
            }
            None => renamed(known, &new, &|path| above.here(path).is_some() && is_gone(path), &may),
        }
    }

    /// The root of the repository, when another folder is checked.
    pub(super) fn root(&self) -> Option<PathBuf> {
        let real = self.folder.canonicalize().ok().filter(|_| !self.repository.above().prefix.is_empty())?;
        disk::root_around(&real)
    }

    /// The whole repository and what a check of it says; nothing where it does not come to an end, whatever the reason elsewhere.
    fn whole(&self, root: &Path) -> Option<(&Repository, &Outcome)> {
        let around = self.around(root).ok()?;
        let rules = self.rules_of(around).ok()?;
        let said = self.asked.whole.get_or_init(|| self.asked.evaluate(&around.repository, None, rules).ok()).as_ref()?;
        Some((&around.repository, said))
    }
}
