//! What a namespace's statements add up to: which versions there are, which were withdrawn, and where they contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::catalog::UnitKind;
use crate::finding::plain;
use crate::tree::Digest;

use super::judge::Refusal;
use super::set::Signed;
use super::statement::{Body, Deprecation, Release, Statement, Withdrawal};
use super::time::Timestamp;

/// A template or policy by kind and name.
pub type UnitKey = (UnitKind, String);
/// The releases of one version: tree digests, each with the statements that name it, by id. More than one tree is equivocation.
type Trees = BTreeMap<Digest, Vec<Claim>>;

/// What a statement says of the release that it makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// The statement's id.
    pub id: Digest,
    /// Who made it.
    pub signer: String,
    /// Its number.
    pub seq: u64,
    /// When it was made.
    pub issued: Timestamp,
    /// The layers that the release builds on, such as `polity/service-base@1.0.0`.
    pub requires: Vec<String>,
}

impl Claim {
    fn of(id: &Digest, statement: &Statement, release: &Release) -> Self {
        let (signer, requires) = (statement.signer.clone(), release.requires.clone());
        Self { id: id.clone(), signer, seq: statement.seq, issued: statement.issued, requires }
    }
}

/// The statements of a namespace, judged and added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The statements that count.
    pub counted: BTreeSet<Digest>,
    /// The statements that do not count.
    pub refused: BTreeMap<Digest, Refusal>,
    /// Statements that a checkpoint names and that are not at hand.
    pub missing: BTreeSet<Digest>,
    /// Statements that a checkpoint names and that do not count any more: whom the federation trusts has changed since.
    pub fallen: BTreeSet<Digest>,
    /// The newest checkpoint that counts.
    pub checkpoint: Option<Newest>,
    releases: BTreeMap<UnitKey, BTreeMap<Version, Trees>>,
    yanked: BTreeMap<(UnitKey, String), String>,
    revoked: BTreeMap<(UnitKey, String), String>,
    /// The newest by number, and of several the highest id, so that a later word replaces an earlier one.
    deprecated: BTreeMap<UnitKey, (u64, Digest, Deprecation)>,
}

/// A checkpoint as far as freshness is concerned. The order is that of time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Newest {
    /// Its number.
    pub seq: u64,
    /// When it was made.
    pub issued: Timestamp,
    /// Until when it may be taken for the newest.
    pub expires: Timestamp,
    /// Its id.
    pub id: Digest,
}

/// How a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody released it.
    Unknown,
    /// It may be used; `tree` is what it is.
    Released {
        /// The digest of its tree.
        tree: Digest,
    },
    /// It is not chosen anew.
    Yanked {
        /// The digest of its tree.
        tree: Digest,
        /// Why.
        reason: String,
    },
    /// It must not be used.
    Revoked {
        /// Why.
        reason: String,
    },
    /// The namespace says two different things about it.
    Equivocal {
        /// The trees, each with one statement that names it.
        trees: Vec<(Digest, Digest)>,
    },
}

/// A version about which a namespace says two things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// The template or policy.
    pub unit: UnitKey,
    /// The version.
    pub version: Version,
    /// The trees, each with one statement that names it.
    pub trees: Vec<(Digest, Digest)>,
}

impl State {
    /// Adds a judged statement.
    pub(super) fn record(&mut self, id: &Digest, signed: &Signed, outcome: Result<(), Refusal>) {
        if let Err(refusal) = outcome {
            self.refused.insert(id.clone(), refusal);
            return;
        }
        self.counted.insert(id.clone());
        match &signed.statement.body {
            Body::Release(body) => {
                // A version that is none cannot be asked for either; `sync` names it.
                let Ok(version) = Version::parse(&body.version) else { return };
                let versions = self.releases.entry((body.kind, body.name.clone())).or_default();
                let claims = versions.entry(version).or_default().entry(body.tree_digest.clone()).or_default();
                claims.push(Claim::of(id, &signed.statement, body));
                claims.sort();
            }
            Body::Yank(body) => withdraw(&mut self.yanked, body),
            Body::Revoke(body) => withdraw(&mut self.revoked, body),
            Body::Deprecate(body) => {
                let reason = plain(&body.reason);
                let said = (signed.statement.seq, id.clone(), Deprecation { reason, ..body.clone() });
                let known = self.deprecated.entry((body.kind, body.name.clone())).or_insert_with(|| said.clone());
                if (known.0, &known.1) < (said.0, &said.1) {
                    *known = said;
                }
            }
            Body::Checkpoint(body) => {
                let statement = &signed.statement;
                let newest = Newest { seq: statement.seq, issued: statement.issued, expires: body.expires, id: id.clone() };
                self.checkpoint = self.checkpoint.take().max(Some(newest));
            }
            Body::Other(..) => {}
        }
    }

    /// How a version stands. What `locked` names goes on working through an equivocation.
    #[must_use]
    pub fn standing(&self, unit: &UnitKey, version: &Version, locked: Option<&Digest>) -> Standing {
        let Some(trees) = self.releases.get(unit).and_then(|versions| versions.get(version)) else { return Standing::Unknown };
        let key = (unit.clone(), version.to_string());
        if let Some(reason) = self.revoked.get(&key) {
            return Standing::Revoked { reason: reason.clone() };
        }
        let tree = match (trees.len(), locked.filter(|tree| trees.contains_key(*tree))) {
            (1, _) => trees.keys().next().cloned(),
            (_, locked) => locked.cloned(),
        };
        let Some(tree) = tree else {
            let both = trees.iter().map(|(tree, claims)| (tree.clone(), claims[0].id.clone()));
            return Standing::Equivocal { trees: both.collect() };
        };
        match self.yanked.get(&key) {
            Some(reason) => Standing::Yanked { tree, reason: reason.clone() },
            None => Standing::Released { tree },
        }
    }

    /// Whether somebody took a version back, whether or not its release counts.
    #[must_use]
    pub fn is_withdrawn(&self, unit: &UnitKey, version: &Version) -> bool {
        let key = (unit.clone(), version.to_string());
        self.yanked.contains_key(&key) || self.revoked.contains_key(&key)
    }

    /// Every released version of every unit, in order.
    pub fn versions(&self) -> impl Iterator<Item = (&UnitKey, &Version)> {
        self.releases.iter().flat_map(|(unit, versions)| versions.keys().map(move |version| (unit, version)))
    }

    /// The versions of a unit that may be chosen, newest first: released, neither yanked nor revoked nor contradicted, no pre-release.
    pub fn choices(&self, unit: &UnitKey) -> impl Iterator<Item = (&Version, Digest)> {
        let versions = self.releases.get(unit).into_iter().flat_map(|versions| versions.keys().rev());
        versions.filter(|v| v.pre.is_empty()).filter_map(move |v| match self.standing(unit, v, None) {
            Standing::Released { tree } => Some((v, tree)),
            _ => None,
        })
    }

    /// The versions of a unit that minimum version selection may take, lowest first: as [`Self::choices`], pre-releases too.
    pub fn candidates(&self, unit: &UnitKey) -> impl Iterator<Item = (&Version, Digest)> {
        let versions = self.releases.get(unit).into_iter().flat_map(|versions| versions.keys());
        versions.filter_map(move |v| match self.standing(unit, v, None) {
            Standing::Released { tree } => Some((v, tree)),
            _ => None,
        })
    }

    /// What the statement says that makes this tree a version; of several the first by id.
    #[must_use]
    pub fn claim(&self, unit: &UnitKey, version: &Version, tree: &Digest) -> Option<&Claim> {
        self.releases.get(unit)?.get(version)?.get(tree)?.first()
    }

    /// Whether a statement with this id was judged, whatever came of it.
    #[must_use]
    pub fn knows(&self, id: &Digest) -> bool {
        self.counted.contains(id) || self.refused.contains_key(id)
    }

    /// The newest version of a unit that may be chosen.
    #[must_use]
    pub fn newest(&self, unit: &UnitKey) -> Option<(&Version, Digest)> {
        self.choices(unit).next()
    }

    /// Every unit that was ever released.
    pub fn units(&self) -> impl Iterator<Item = &UnitKey> {
        self.releases.keys()
    }

    /// What is to be used in the place of a unit, if it is deprecated.
    #[must_use]
    pub fn deprecation(&self, unit: &UnitKey) -> Option<&Deprecation> {
        self.deprecated.get(unit).map(|(.., said)| said)
    }

    /// The versions about which the namespace contradicts itself.
    #[must_use]
    pub fn equivocations(&self) -> Vec<Equivocation> {
        let all = self.versions().filter_map(|(unit, version)| match self.standing(unit, version, None) {
            Standing::Equivocal { trees } => Some(Equivocation { unit: unit.clone(), version: version.clone(), trees }),
            _ => None,
        });
        all.collect()
    }
}

/// Of several reasons the first in byte order is kept, so that the result does not depend on an order of arrival.
fn withdraw(map: &mut BTreeMap<(UnitKey, String), String>, body: &Withdrawal) {
    let key = ((body.kind, body.name.clone()), body.version.clone());
    let said = plain(&body.reason);
    let reason = map.entry(key).or_insert_with(|| said.clone());
    if said < *reason {
        *reason = said;
    }
}
