//! A namespace whose knowledge can be used: its units, their versions and bytes, all from the cache.

use std::collections::BTreeMap;

use semver::Version;

use crate::catalog::trust::{Claim, Standing, UnitKey};
use crate::catalog::{Registry, UnitKind};
use crate::config::{BreakGlass, Capability, NamespaceRules, Requirement};
use crate::disk::Cache;
use crate::finding::Diagnostic;
use crate::tree::{Digest, Tree};

use super::federation::Known;
use super::units::joined;

/// A namespace of the federation that can be used.
pub(in crate::commands) struct Namespace {
    pub(in crate::commands) name: String,
    pub(in crate::commands) known: Known,
    /// Where what comes from it came from.
    pub(in crate::commands) origin: String,
    pub(super) rules: NamespaceRules,
    pub(super) cache: Cache,
    pub(super) accepted: Option<String>,
    /// The exceptions for revoked releases that hold today.
    pub(in crate::commands) glass: Vec<BreakGlass>,
}

impl Namespace {
    /// Whether its releases are signed; of an unsigned namespace only the newest state is known.
    pub(in crate::commands) fn is_signed(&self) -> bool {
        self.known.trust.is_some()
    }

    pub(super) fn may(&self, kind: UnitKind) -> bool {
        self.rules.capabilities.contains(if kind == UnitKind::Template { &Capability::Templates } else { &Capability::Policies })
    }

    /// Whether commands that its templates declare may run on this machine.
    pub(in crate::commands) fn may_run(&self) -> bool {
        self.rules.capabilities.contains(&Capability::Steps)
    }

    /// Refuses a unit of a kind that the federation does not let the namespace bring.
    pub(in crate::commands) fn demand(&self, kind: UnitKind) -> Result<(), Diagnostic> {
        if self.may(kind) {
            return Ok(());
        }
        let (name, kind) = (&self.name, kind.folder());
        let diagnostic = Diagnostic::new(format!("namespace `{name}` may not bring {kind}"));
        Err(diagnostic.help(format!("its `capabilities` in polity.federation.yaml would have to name `{kind}`")))
    }

    /// The newest version of every unit that may be chosen, as far as the namespace may bring its kind and its bytes are at hand.
    pub(in crate::commands) fn registry(&self) -> Registry {
        let mut units: BTreeMap<String, Tree> = BTreeMap::new();
        for (unit, _, digest) in self.newest() {
            units.extend(self.cache.tree(&digest).map(|tree| (format!("{}/{}", unit.0.folder(), unit.1), tree)));
        }
        Registry { namespace: self.name.clone(), origin: self.origin.clone(), tree: joined(units), template: None }
    }

    /// Of templates and layers an older version whose bytes are at hand stands in for a newer one, for who names a version of them. Nobody names
    /// one of a policy: an older rule would judge in silence.
    fn newest(&self) -> Vec<(UnitKey, String, Digest)> {
        let mut newest = if self.may(UnitKind::Policy) { self.known.policies() } else { Vec::new() };
        let others = |kind: UnitKind| kind != UnitKind::Policy && self.may(kind);
        if !self.is_signed() {
            let units = self.known.record.iter().flat_map(|record| &record.units).filter(|unit| others(unit.kind));
            newest.extend(units.map(|unit| ((unit.kind, unit.name.clone()), unit.version.clone(), unit.tree.clone())));
            return newest;
        }
        let units = self.known.state.units().filter(|(kind, _)| others(*kind));
        let choice = |unit: &UnitKey| self.known.state.choices(unit).find(|(_, tree)| self.cache.has_tree(tree));
        newest.extend(units.filter_map(|unit| choice(unit).map(|(version, tree)| (unit.clone(), version.to_string(), tree))));
        newest
    }

    /// How a version stands. What `locked` names goes on working through a contradiction.
    pub(in crate::commands) fn standing(&self, unit: &UnitKey, version: &Version, locked: Option<&Digest>) -> Standing {
        self.known.state.standing(unit, version, locked)
    }

    /// The bytes of a release, if they are at hand.
    pub(in crate::commands) fn tree(&self, digest: &Digest) -> Option<Tree> {
        self.cache.tree(digest)
    }

    /// What the statement says that makes this tree a version.
    pub(in crate::commands) fn claim(&self, unit: &UnitKey, version: &Version, tree: &Digest) -> Option<&Claim> {
        self.known.state.claim(unit, version, tree)
    }
}

/// What a release requires. A text that is no requirement is an error of its manifest, which says where.
pub(in crate::commands) fn requirements(claim: &Claim) -> Vec<Requirement> {
    claim.requires.iter().filter_map(|text| Requirement::parse(text).ok()).collect()
}
