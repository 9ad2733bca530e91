//! What has become of locked releases since: yanked, deprecated, revoked, or a history older than the one that was seen.

use std::path::Path;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::Standing;
use crate::config::{BreakGlass, Lock, LockedUnit};
use crate::error::Error;

use super::federated::Namespace;
use super::resolve::refusal;
use super::{Env, Shelf, shelf};

/// Says what there is to say of a folder's lock, if it has one: notices, or an error for what is revoked.
pub(in crate::commands) fn watch(env: &Env<'_>, folder: &Path, shown: &Path) -> Result<(), Error> {
    let Some(lock) = super::read(folder, shown)? else { return Ok(()) };
    if lock.layers.iter().chain(&lock.policies).all(|unit| unit.known.is_none()) {
        return Ok(());
    }
    concerns(&shelf::shelf(env)?, &lock)?.into_iter().for_each(|notice| env.notice(notice));
    Ok(())
}

/// The notices on a lock.
pub(super) fn concerns(shelf: &Shelf, lock: &Lock) -> Result<Vec<String>, Error> {
    let mut notices = Vec::new();
    let layers = lock.layers.iter().map(|unit| (UnitKind::Template, unit));
    for (kind, unit) in layers.chain(lock.policies.iter().map(|unit| (UnitKind::Policy, unit))) {
        let Some(namespace) = shelf.namespace_of(&unit.name) else { continue };
        notices.extend(concern(namespace, kind, unit)?);
        let seen = lock.checkpoint(&namespace.name);
        let newest = namespace.known.state.checkpoint.as_ref().map_or(0, |newest| newest.seq);
        if let Some(seen) = seen.filter(|seen| seen.seq > newest) {
            let name = &namespace.name;
            let text = format!(
                "polity.lock has seen checkpoint {} of `{name}`, and this machine knows {newest}: run `polity registry sync {name}`",
                seen.seq
            );
            if !notices.contains(&text) {
                notices.push(text);
            }
        }
    }
    Ok(notices)
}

fn concern(namespace: &Namespace, kind: UnitKind, locked: &LockedUnit) -> Result<Option<String>, Error> {
    let (name, Ok(version)) = (&locked.name, Version::parse(&locked.version)) else { return Ok(None) };
    let unit = (kind, name.split_once('/').map_or(String::new(), |(_, id)| id.to_owned()));
    match namespace.standing(&unit, &version, Some(&locked.digest)) {
        Standing::Yanked { reason, .. } => return Ok(Some(format!("{name} {version} is locked and was yanked: {reason}"))),
        standing @ Standing::Revoked { .. } => {
            let Some(excuse) = namespace.excuse(name, &version) else {
                let help = format!("`break_glass` in the federation file lets {name}@{version} be used until a day");
                return Err(Error::new(crate::error::Kind::Config, refusal(name, &version, &standing)).help(help));
            };
            return Ok(Some(format!("{name} {version} is revoked and used until {}: {}", excuse.expires, excuse.reason)));
        }
        _ => {}
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
