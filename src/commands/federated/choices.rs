//! What of a namespace may be chosen, and whether its bytes are at hand.

use semver::Version;

use crate::catalog::Candidate;
use crate::catalog::trust::{Standing, UnitKey};
use crate::tree::Tree;

use super::{Namespace, requirements};

/// Whether the bytes of releases are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Presence {
    /// Every release counts as at hand.
    Assumed,
    /// Each is looked for in the cache.
    Checked,
}

impl Namespace {
    /// The newest version of a unit that fits, may be chosen, and whose bytes are at hand.
    pub(in crate::commands) fn fitting(&self, unit: &UnitKey, fits: impl Fn(&Version) -> bool) -> Option<Tree> {
        let choices = self.known.state.choices(unit).filter(|(version, _)| self.may(unit.0) && fits(version));
        choices.into_iter().find_map(|(_, digest)| self.cache.tree(&digest))
    }

    /// The releases of a unit that may be chosen and are at hand, and the versions of those that are not at hand.
    pub(in crate::commands) fn candidates(&self, unit: &UnitKey, presence: Presence) -> (Vec<Candidate>, Vec<Version>) {
        let (mut here, mut absent) = (Vec::new(), Vec::new());
        for (version, tree) in self.known.state.candidates(unit).filter(|_| self.may(unit.0)) {
            if presence == Presence::Assumed || self.cache.holds(&tree) {
                let requires = self.release(unit, version, &tree).map(|(_, release)| requirements(release)).unwrap_or_default();
                here.push(Candidate { version: version.clone(), requires });
            } else {
                absent.push(version.clone());
            }
        }
        (here, absent)
    }

    /// Whether a release that may be chosen is at hand.
    pub(in crate::commands) fn holds(&self, unit: &UnitKey, version: &Version) -> bool {
        matches!(self.standing(unit, version, None), Standing::Released { tree } if self.cache.holds(&tree))
    }
}
