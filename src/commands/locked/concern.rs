//! What has become of locked releases since: yanked, deprecated, revoked, contradicted, or a history older than the one that was seen.

use std::collections::BTreeSet;
use std::path::Path;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::Standing;
use crate::config::{BreakGlass, LOCK_FILE, Lock, LockedUnit};
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;

use super::federated::Namespace;
use super::layer::foreign;
use super::resolve::refusal;
use super::{Env, Shelf, shelf};

/// Says what there is to say of the locks of a folder and of the service roots below it: notices, or an error for what must not be used.
pub(in crate::commands) fn watch(env: &Env<'_>, folder: &Path, roots: &[String]) -> Result<(), Error> {
    for root in std::iter::once("").chain(roots.iter().map(String::as_str).filter(|root| !root.is_empty())) {
        let shown = folder.join(root);
        let Some(lock) = super::read(&env.cwd.join(&shown), &shown)? else { continue };
        if lock.units().all(|unit| unit.known.is_none()) {
            continue;
        }
        let place = if root.is_empty() { String::new() } else { format!(" ({})", shown.join(LOCK_FILE).display()) };
        let said = concerns(shelf::shelf(env)?, &lock).map_err(|error| at(error, &place))?;
        said.into_iter().for_each(|notice| env.notice(notice + &place));
    }
    Ok(())
}

/// Says which of several locks an error is about.
fn at(mut error: Error, place: &str) -> Error {
    error.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.title += place);
    error
}

/// The notices on a lock. Its policies do not bind, so only what they have seen of their namespaces matters.
pub(super) fn concerns(shelf: &Shelf, lock: &Lock) -> Result<Vec<String>, Error> {
    let mut notices = Vec::new();
    for unit in &lock.layers {
        let Some(namespace) = shelf.namespace_of(&unit.name) else { continue };
        notices.extend(concern(namespace, unit)?);
    }
    notices.extend(unseen(shelf, lock));
    Ok(notices)
}

/// What a lock has seen of its namespaces and this machine has not.
pub(in crate::commands) fn unseen(shelf: &Shelf, lock: &Lock) -> Vec<String> {
    let names: BTreeSet<_> = lock.units().map(LockedUnit::namespace).collect();
    names.into_iter().filter_map(|name| unseen_of(shelf.namespace(name)?, lock)).collect()
}

/// The lock has seen more of a namespace than this machine, or something else.
fn unseen_of(namespace: &Namespace, lock: &Lock) -> Option<String> {
    let (name, seen) = (&namespace.name, lock.checkpoint(&namespace.name)?);
    let newest = namespace.known.state.checkpoint.as_ref().map_or(0, |newest| newest.seq);
    let seq = seen.seq;
    if seq > newest {
        return Some(format!(
            "polity.lock has seen checkpoint {seq} of `{name}`, and this machine knows {newest}: run `polity registry sync {name}`"
        ));
    }
    let text = || {
        format!("polity.lock has seen a checkpoint {seq} of `{name}` that this machine does not know: run `polity registry sync {name}`")
    };
    (!namespace.known.state.knows(&seen.id)).then(text)
}

/// What there is to say of one locked layer.
pub(super) fn concern(namespace: &Namespace, locked: &LockedUnit) -> Result<Option<String>, Error> {
    let (name, Ok(version)) = (&locked.name, Version::parse(&locked.version)) else { return Ok(None) };
    let unit = (UnitKind::Template, name.split_once('/').map_or(String::new(), |(_, id)| id.to_owned()));
    let refuse = |diagnostic: Diagnostic| Err(Error::new(Kind::Config, diagnostic));
    let standing = namespace.standing(&unit, &version, Some(&locked.digest));
    let is_released = namespace.known.state.claim(&unit, &version, &locked.digest).is_some();
    match &standing {
        Standing::Revoked { .. } => {
            let Some(excuse) = namespace.excuse(name, &version) else {
                let help = format!("`break_glass` in the federation file lets {name}@{version} be used until a day");
                return refuse(refusal(name, &version, &standing).help(help));
            };
            if !is_released {
                return refuse(foreign(name, &version));
            }
            return Ok(Some(format!("{name} {version} is revoked and used until {}: {}", excuse.expires, excuse.reason)));
        }
        // A service that somebody made from a working copy has what nobody released yet.
        Standing::Released { .. } | Standing::Yanked { .. } | Standing::Equivocal { .. } if !is_released && locked.known.is_none() => {
            return Ok(Some(format!("{name} {version} is locked in bytes that were not released")));
        }
        Standing::Equivocal { .. } => return refuse(refusal(name, &version, &standing)),
        Standing::Released { .. } | Standing::Yanked { .. } if !is_released => return refuse(foreign(name, &version)),
        Standing::Yanked { reason, .. } => return Ok(Some(format!("{name} {version} is locked and was yanked: {reason}"))),
        Standing::Released { .. } | Standing::Unknown => {}
    }
    let deprecation = namespace.known.state.deprecation(&unit);
    Ok(deprecation.map(|d| format!("{name} is deprecated in favour of {}: {}", d.successor, d.reason)))
}

impl Namespace {
    /// The exception that lets a revoked release be used where it is locked.
    pub(super) fn excuse(&self, name: &str, version: &Version) -> Option<&BreakGlass> {
        self.glass.iter().find(|glass| glass.release == format!("{name}@{version}"))
    }
}
