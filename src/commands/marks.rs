//! What has become of the layers of a service, and how old that knowledge is, for verbs that only tell: nothing here refuses.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::{Value, json};

use crate::catalog::UnitKind;
use crate::catalog::trust::Standing;
use crate::config::{Lock, LockedUnit};

use super::shelf::Shelf;
use super::{Env, shelf};

/// What is known of the locked layers now.
#[derive(Default)]
pub(super) struct Marks {
    /// By the layer's name.
    layers: BTreeMap<String, Mark>,
    /// How old what is known of a namespace is, by its name.
    pub(super) freshness: BTreeMap<String, String>,
}

/// What its namespace says of one locked release.
pub(super) struct Mark {
    /// `yanked`, `revoked`, `deprecated`, `contradictory`, or `released`.
    pub(super) word: &'static str,
    /// Why, as its owner says.
    pub(super) reason: Option<String>,
    /// Who signed the release, by the statement itself.
    signer: Option<String>,
}

impl Marks {
    /// Of the layers that come from a federation. A registry that cannot be read is told of, and marks nothing.
    pub(super) fn of(env: &Env<'_>, lock: &Lock) -> Self {
        if lock.layers.iter().all(|layer| layer.known.is_none()) {
            return Self::default();
        }
        let at_hand = match shelf::shelf(env) {
            Ok(at_hand) => at_hand,
            Err(error) => {
                let why = error.diagnostics.first().map(|diagnostic| diagnostic.title.clone()).unwrap_or_default();
                env.notice(format!("nobody knows what has become of the layers: {why}"));
                return Self::default();
            }
        };
        let layers = lock.layers.iter().filter_map(|layer| Some((layer.name.clone(), mark(at_hand, layer)?))).collect();
        let mut freshness = env.freshness.borrow().clone();
        freshness.retain(|namespace, _| lock.layers.iter().any(|layer| layer.namespace() == namespace));
        Self { layers, freshness }
    }

    /// What is to be told of a layer.
    pub(super) fn concern(&self, layer: &str) -> Option<&Mark> {
        self.layers.get(layer).filter(|mark| mark.word != "released")
    }

    /// The layers that there is something to tell of, by name.
    pub(super) fn concerns(&self) -> impl Iterator<Item = (&String, &Mark)> {
        self.layers.iter().filter(|(_, mark)| mark.word != "released")
    }

    /// How old the knowledge of a layer's namespace is.
    pub(super) fn age(&self, layer: &str) -> Option<&str> {
        self.freshness.get(layer.split('/').next()?).map(String::as_str)
    }

    /// Who signed a locked layer: what its statement says, else what the lock says and nothing here confirms.
    pub(super) fn signer(&self, unit: &LockedUnit) -> Option<(String, bool)> {
        let proven = self.layers.get(&unit.name).and_then(|mark| mark.signer.clone()).map(|signer| (signer, true));
        proven.or_else(|| Some((unit.known.as_ref()?.signer.clone()?, false)))
    }

    /// For programs: `standing`, `reason` and `freshness`, each `null` when nothing is known.
    pub(super) fn json(&self, layer: &str) -> Value {
        let mark = self.layers.get(layer);
        json!({"standing": mark.map(|mark| mark.word), "reason": mark.and_then(|mark| mark.reason.as_ref()), "freshness": self.age(layer)})
    }
}

impl Mark {
    /// `yanked: breaks`.
    pub(super) fn text(&self) -> String {
        self.reason.as_ref().map_or_else(|| self.word.to_owned(), |reason| format!("{}: {reason}", self.word))
    }
}

fn mark(shelf: &Shelf, locked: &LockedUnit) -> Option<Mark> {
    let namespace = shelf.namespace_of(&locked.name).filter(|namespace| namespace.is_signed())?;
    let (key, version) = ((UnitKind::Template, locked.name.split_once('/')?.1.to_owned()), Version::parse(&locked.version).ok()?);
    let deprecation = namespace.known.state.deprecation(&key);
    let (word, reason) = match namespace.standing(&key, &version, Some(&locked.digest)) {
        Standing::Revoked { reason } => ("revoked", Some(reason)),
        Standing::Equivocal { .. } => ("contradictory", None),
        Standing::Yanked { reason, .. } => ("yanked", Some(reason)),
        Standing::Unknown => return None,
        Standing::Released { .. } => match deprecation {
            Some(said) => ("deprecated", Some(format!("{}, use {}", said.reason, said.successor))),
            None => ("released", None),
        },
    };
    let signer = namespace.claim(&key, &version, &locked.digest).map(|claim| claim.signer.clone());
    Some(Mark { word, reason, signer })
}
