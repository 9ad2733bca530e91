//! What the folders of a file are called, from the root of its repository on: a file is left out or judged alike whichever folder is checked.

use std::borrow::Cow;

use crate::config::SERVICE_FILE;

use super::SubjectKind;
use super::host::Session;
use super::purpose::is_of_product;
use super::repository::{Repository, is_below, join, lock, relative};

impl Session {
    /// Whether the folders of a file are called so. Those that lead to its service are not asked: a folder that a `polity.yaml` describes is
    /// a service, whatever it is called. `is` holds for no part of a path for which it does not hold.
    pub(super) fn named(&self, path: &str, is: impl Fn(&str) -> bool) -> bool {
        let (repository, above) = (&self.repository, self.repository.above());
        if self.kind == SubjectKind::Service {
            let is_its_own = above.prefix.is_empty() || repository.roots().contains(&self.root);
            return if is_its_own { is(path) } else { is(&in_service(repository, &above.whole(path))) };
        }
        let whole = if above.prefix.is_empty() { Cow::Borrowed(path) } else { Cow::Owned(above.whole(path)) };
        is(&whole) && is(&in_service(repository, &whole))
    }

    /// Whether a file is of something that runs.
    pub(super) fn runs(&self, path: &str) -> bool {
        !self.named(path, |path| !is_of_product(path))
    }

    /// The same, asked by a rule: what lies aside it then leaves out.
    pub(super) fn asks_runs(&self, path: &str) -> bool {
        let runs = self.runs(path);
        if !runs {
            lock(&self.aside).insert(path.to_owned());
        }
        runs
    }
}

/// The path in its service of a file of the repository. A description itself stands for its service, beside which others lie.
fn in_service(repository: &Repository, path: &str) -> String {
    let home = home(repository, path);
    let described = || home.rsplit_once('/').map_or_else(|| SERVICE_FILE.to_owned(), |(above, _)| join(above, SERVICE_FILE));
    let path = if path == join(&home, SERVICE_FILE) { described() } else { path.to_owned() };
    relative(&self::home(repository, &path), &path).unwrap_or(&path).to_owned()
}

/// The folder in the repository of the service that a file belongs to, as far as the checked folder and what lies above it tell.
fn home<'a>(repository: &'a Repository, path: &str) -> Cow<'a, str> {
    let above = repository.above();
    if above.prefix.is_empty() {
        return repository.service_of(path).into();
    }
    let inside = repository.roots().iter().map(|root| above.folder(root));
    let around = inside.chain(above.service.clone()).filter(|root| is_below(path, root));
    around.max_by_key(String::len).unwrap_or_default().into()
}
