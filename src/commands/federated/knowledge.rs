//! What is known of a release now, in the words of the lock.

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::UnitKey;
use crate::config::{LockedCheckpoint, LockedKnowledge, LockedUnit};
use crate::tree::Digest;

use super::Namespace;

impl Namespace {
    /// Its newest policies as the lock records them, whether their bytes are at hand or not: a check says what is lost.
    pub(in crate::commands) fn locked(&self) -> Vec<LockedUnit> {
        let units = if self.may(UnitKind::Policy) { self.known.policies() } else { Vec::new() };
        let entry = |(unit, version, digest): (UnitKey, String, Digest)| LockedUnit {
            name: format!("{}/{}", self.name, unit.1),
            registry: self.origin.clone(),
            known: Version::parse(&version).ok().map(|version| self.knowledge(&unit, &version, &digest)),
            version,
            digest,
        };
        units.into_iter().map(entry).collect()
    }

    /// What is known now, for the lock.
    pub(in crate::commands) fn knowledge(&self, unit: &UnitKey, version: &Version, tree: &Digest) -> LockedKnowledge {
        let claim = self.claim(unit, version, tree);
        LockedKnowledge {
            signer: claim.map(|c| c.signer.clone()),
            statement: claim.map(|c| c.id.clone()),
            seq: claim.map(|c| c.seq),
            checkpoint: self.known.state.checkpoint.as_ref().map(|c| LockedCheckpoint { seq: c.seq, id: c.id.clone() }),
            freshness: self.known.freshness.to_string(),
            accepted_stale: self.accepted.clone(),
        }
    }
}
