//! What a check with `--locked` goes by: the policies and policy layers of the locks of a repository, in the locked bytes.

use std::collections::BTreeMap;

use semver::Version;

use crate::catalog::trust::Standing;
use crate::catalog::{Unit, UnitKind};
use crate::config::{LOCK_FILE, LockedUnit};
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;
use crate::policy::Repository;
use crate::tree::Tree;

use super::super::policies::Source;
use super::super::{Env, releases, shelf};
use super::layer::foreign;
use super::resolve::refusal;
use super::shelf::Shelf;

/// The locked policies and policy layers, by name.
pub(in crate::commands) struct Pins {
    policies: BTreeMap<String, LockedUnit>,
    layers: BTreeMap<String, LockedUnit>,
}

impl Pins {
    /// What the locks of all services name.
    pub(in crate::commands) fn of(repository: &Repository) -> Result<Self, Error> {
        let mut pins = Self { policies: BTreeMap::new(), layers: BTreeMap::new() };
        let locks: Vec<_> = repository.roots().iter().filter_map(|root| releases::lock(repository, root)).collect();
        if locks.is_empty() {
            return Err(Error::usage(format!("there is no {LOCK_FILE} that could bind")).help("run without `--locked`"));
        }
        for lock in locks {
            for (units, pinned) in [(lock.policies, &mut pins.policies), (lock.policy_layers, &mut pins.layers)] {
                for unit in units {
                    let other = pinned.entry(unit.name.clone()).or_insert_with(|| unit.clone());
                    if other.digest != unit.digest {
                        let title = format!("{} is locked at {} and at {}", unit.name, other.version, unit.version);
                        return Err(Error::config(title).help("check one service at a time"));
                    }
                }
            }
        }
        Ok(pins)
    }

    /// The policies of federated namespaces in the locked versions; the others are no matter of a lock.
    pub(in crate::commands) fn sources(&self, env: &Env<'_>, at_hand: Vec<Source>) -> Result<Vec<Source>, Error> {
        let shelf = shelf::shelf(env)?;
        let mut sources: Vec<_> = at_hand.into_iter().filter(|source| shelf.namespace(&source.namespace).is_none()).collect();
        for locked in self.policies.values() {
            let Unit { namespace, id, folder, tree, .. } = unit(shelf, UnitKind::Policy, locked).map_err(config)?;
            sources.push(Source { namespace, id, folder, tree, embedded: false, home: None });
        }
        Ok(sources)
    }

    /// The locked policy layer that a name without a version means.
    pub(in crate::commands) fn layer(&self, shelf: &Shelf, name: &str) -> Result<Unit, Diagnostic> {
        let is = |locked: &&LockedUnit| locked.name == name || locked.name.split_once('/').is_some_and(|(_, id)| id == name);
        let missing = || Diagnostic::new("it is not locked").help("`polity update` locks it");
        unit(shelf, UnitKind::Layer, self.layers.values().find(is).ok_or_else(missing)?)
    }
}

/// A unit in the locked version; its bytes are proven by the locked digest.
fn unit(shelf: &Shelf, kind: UnitKind, locked: &LockedUnit) -> Result<Unit, Diagnostic> {
    let (namespace, id) = locked.name.split_once('/').unwrap_or_default();
    let made = |origin: &str, tree: Tree| {
        let folder = format!("{}/{}/{id}", origin.trim_end_matches('/'), kind.folder());
        Unit { kind, namespace: namespace.to_owned(), id: id.to_owned(), origin: origin.to_owned(), folder, tree }
    };
    let absent = || Diagnostic::new(format!("{} {} is locked and not at hand", locked.name, locked.version));
    let Some(federated) = shelf.namespace(namespace) else {
        let unit =
            shelf.catalog.find(kind, &locked.name).ok().filter(|unit| unit.tree.digest().is_ok_and(|digest| digest == locked.digest));
        return unit.ok_or_else(|| absent().help(format!("it came from the registry `{}`", locked.registry)));
    };
    federated.demand(kind)?;
    if federated.is_signed() {
        let wrong = |error| Diagnostic::new(format!("{} is locked at no version: {error}", locked.name));
        let (key, version) = ((kind, id.to_owned()), Version::parse(&locked.version).map_err(wrong)?);
        match federated.standing(&key, &version, Some(&locked.digest)) {
            Standing::Released { tree } | Standing::Yanked { tree, .. } if tree == locked.digest => {}
            Standing::Released { .. } | Standing::Yanked { .. } => return Err(foreign(&locked.name, &version)),
            Standing::Revoked { .. } if federated.excuse(&locked.name, &version).is_some() => {}
            standing => return Err(refusal(&locked.name, &version, &standing)),
        }
    }
    Ok(made(&federated.origin, federated.whole(absent().title, &locked.digest)?))
}

fn config(diagnostic: Diagnostic) -> Error {
    Error::new(Kind::Config, diagnostic)
}
