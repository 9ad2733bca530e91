//! What of a namespace may be chosen, and whether its bytes are at hand.

use semver::Version;

use crate::catalog::Candidate;
use crate::catalog::trust::{Standing, UnitKey};
use crate::tree::Tree;

use super::{Namespace, requirements};

impl Namespace {
    /// The newest version of a unit that fits, may be chosen, and whose bytes are at hand.
    pub(in crate::commands) fn fitting(&self, unit: &UnitKey, fits: impl Fn(&Version) -> bool) -> Option<Tree> {
        let choices = self.known.state.choices(unit).filter(|(version, _)| self.may(unit.0) && fits(version));
        choices.into_iter().find_map(|(_, digest)| self.cache.tree(&digest))
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
}
