//! What of a namespace may be chosen, and whether its bytes are at hand.

use semver::Version;

use crate::catalog::Candidate;
use crate::catalog::trust::{Standing, UnitKey};
use crate::finding::Diagnostic;
use crate::tree::{Digest, Tree};

use super::{Namespace, requirements};

/// What is said of bytes that only a sync can bring; `flaw` says what is wrong with those at hand.
pub(in crate::commands) fn lost(title: String, flaw: Option<String>, namespace: &str) -> Diagnostic {
    let diagnostic = flaw.into_iter().fold(Diagnostic::new(title), Diagnostic::note);
    diagnostic.help(format!("`polity registry sync {namespace}` may bring it"))
}

impl Namespace {
    /// The newest version of a unit that fits and may be chosen, whether its bytes are at hand or not.
    pub(in crate::commands) fn fitting(&self, unit: &UnitKey, fits: impl Fn(&Version) -> bool) -> Option<(Version, Digest)> {
        let mut choices = self.known.state.choices(unit).filter(|(version, _)| self.may(unit.0) && fits(version));
        choices.next().map(|(version, digest)| (version.clone(), digest))
    }

    /// The releases of a unit that may be chosen, whether their bytes are at hand or not.
    pub(in crate::commands) fn candidates(&self, unit: &UnitKey) -> Vec<Candidate> {
        let requires = |version: &Version, tree| self.claim(unit, version, &tree).map(requirements).unwrap_or_default();
        let may_be = self.known.state.candidates(unit).filter(|_| self.may(unit.0));
        may_be.map(|(version, tree)| Candidate { version: version.clone(), requires: requires(version, tree) }).collect()
    }

    /// Whether a release that may be chosen is at hand.
    pub(in crate::commands) fn holds(&self, unit: &UnitKey, version: &Version) -> bool {
        matches!(self.standing(unit, version, None), Standing::Released { tree } if self.cache.holds(&tree))
    }

    /// The bytes of a release, proven whole.
    ///
    /// # Errors
    /// What is missing or damaged, and what to do about it.
    pub(in crate::commands) fn whole(&self, title: String, digest: &Digest) -> Result<Tree, Diagnostic> {
        let flaw = self.cache.flaw(digest);
        match self.cache.tree(digest).filter(|_| flaw.is_none()) {
            Some(tree) => Ok(tree),
            None => Err(lost(title, flaw, &self.name)),
        }
    }
}
