//! A lock that binds: layers in exactly the locked versions and bytes, and what has become of them since.

mod attested;
mod concern;
mod kept;
mod layer;
mod pins;
mod proof;

use std::path::Path;

use semver::Version;

use crate::config::{LOCK_FILE, Lock, LockedUnit};
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;
use crate::template::Layer;

use super::resolve::{self, Held, Resolved, resolve};
use super::shelf::{self, Shelf};
use super::{Env, federated, own};

pub(super) use attested::attested;
pub(super) use concern::{unseen, watch};
pub(super) use pins::Pins;
pub(super) use proof::prove;

/// Reads the lock file of a folder; `None` when there is none.
pub(super) fn read(folder: &Path, shown: &Path) -> Result<Option<Lock>, Error> {
    let text = own::read(&folder.join(LOCK_FILE), shown.join(LOCK_FILE).display().to_string())?;
    Ok(text.map(|text| Lock::read(&text)).transpose()?)
}

/// The nearest lock file at or above the working directory.
pub(super) fn around(env: &Env<'_>) -> Result<Option<Lock>, Error> {
    let folder = env.cwd.ancestors().find(|folder| own::stands(&folder.join(LOCK_FILE)));
    folder.map_or(Ok(None), |folder| read(folder, folder))
}

/// The template that was named, as it is locked. A locked version is found by the lock alone: its template may have nothing left that
/// could be chosen.
pub(super) fn open(env: &Env<'_>, lock: &Lock, named: &str, extras: &[String]) -> Result<(Shelf, Resolved), Error> {
    let (shelf, name) = match lock.named(named) {
        Some(locked) => (shelf::shelf(env)?.clone(), locked.name.clone()),
        None => {
            let (shelf, unit) = shelf::open(env, named)?;
            (shelf, unit.name())
        }
    };
    match stack(&shelf, lock, &name, extras) {
        Ok(resolved) => Ok((shelf, resolved)),
        Err(error) => {
            // A namespace that cannot be used is the better reason.
            lock.layers.iter().try_for_each(|layer| federated::demand_namespace(env, &layer.name))?;
            Err(error)
        }
    }
}

/// Which locked layers are not at hand, in words; `None` when all are.
pub(super) fn lost(env: &Env<'_>, lock: &Lock) -> Option<String> {
    let shelf = shelf::shelf(env).ok()?;
    let is_lost = |locked: &&LockedUnit| Version::parse(&locked.version).is_ok_and(|version| shelf.locked_layer(locked, &version).is_err());
    let names: Vec<_> = lock.layers.iter().filter(is_lost).map(|locked| format!("{} {}", locked.name, locked.version)).collect();
    match &names[..] {
        [] => None,
        [name] => Some(format!("{name} is not at hand")),
        names => Some(format!("{} are not at hand", names.join(", "))),
    }
}

/// The template `top` with all its layers exactly as they are locked: from the cache, no network, no choice.
fn stack(shelf: &Shelf, lock: &Lock, top: &str, extras: &[String]) -> Result<Resolved, Error> {
    let layer = |name: &str| -> Result<Layer, Error> {
        let Some(locked) = lock.layer(name) else {
            return Err(Error::config(format!("`{name}` is not locked")).help("run without `--locked` to lock it"));
        };
        let version = Version::parse(&locked.version).map_err(|e| Error::config(format!("`{name}` is locked at no version: {e}")))?;
        Ok(shelf.locked_layer(locked, &version)?)
    };
    let added = extras.iter().map(|name| layer(name.split('@').next().unwrap_or(name))).collect::<Result<_, _>>()?;
    let mut resolved = resolve(shelf, layer(top)?, added, Held::Binding(lock))?;
    resolved.stack = resolved.stack.with_extras(top, extras.to_vec());
    resolved.notices.extend(concern::concerns(shelf, lock)?);
    Ok(resolved)
}

/// Refuses a result that is not what is locked.
pub(super) fn demand(lock: &Lock, made: &Lock, help: &str) -> Result<(), Error> {
    let differences = lock.differences(made);
    if differences.is_empty() {
        return Ok(());
    }
    let mut diagnostic = Diagnostic::new(format!("the result is not what {LOCK_FILE} says"));
    diagnostic.notes.extend(differences.iter().take(20).cloned());
    if differences.len() > 20 {
        diagnostic.notes.push(format!("and {} more", differences.len() - 20));
    }
    Err(Error::new(Kind::Config, diagnostic.help(help)))
}
