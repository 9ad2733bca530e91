//! A lock that binds: layers in exactly the locked versions and bytes, and what has become of them since.

use std::path::Path;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::Standing;
use crate::config::{LOCK_FILE, Lock, LockedUnit};
use crate::error::{Error, Kind};
use crate::finding::{Diagnostic, SourceText};
use crate::template::{Layer, TemplateError};

use super::resolve::{Resolved, error, load, refused, resolve};
use super::shelf::Shelf;

/// Reads the lock file of a folder; `None` when there is none.
pub(super) fn read(folder: &Path, shown: &Path) -> Result<Option<Lock>, Error> {
    let shown = shown.join(LOCK_FILE).display().to_string();
    let text = match std::fs::read_to_string(folder.join(LOCK_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(format!("read `{shown}`"), error)),
    };
    Ok(Some(Lock::read(&SourceText::new(shown, text))?))
}

/// The template `top` with all its layers exactly as they are locked: from the cache, no network, no choice.
pub(super) fn stack(shelf: &Shelf, lock: &Lock, top: &str, extras: &[String]) -> Result<Resolved, Error> {
    let layer = |name: &str| -> Result<Layer, Error> {
        let Some(locked) = lock.layer(name) else {
            return Err(Error::config(format!("`{name}` is not locked")).help("run without `--locked` to lock it"));
        };
        let version = Version::parse(&locked.version).map_err(|e| Error::config(format!("`{name}` is locked at no version: {e}")))?;
        Ok(shelf.locked_layer(locked, &version)?)
    };
    let extras = extras.iter().map(|name| layer(name)).collect::<Result<_, _>>()?;
    let mut resolved = resolve(shelf, layer(top)?, extras, Some(lock))?;
    resolved.notices.extend(lock.layers.iter().filter_map(|unit| shelf.concern(UnitKind::Template, unit)));
    Ok(resolved)
}

/// Refuses a result that is not what is locked.
pub(super) fn demand(lock: &Lock, made: &Lock) -> Result<(), Error> {
    let differences = lock.differences(made);
    if differences.is_empty() {
        return Ok(());
    }
    let mut diagnostic = Diagnostic::new(format!("the result is not what {LOCK_FILE} says"));
    diagnostic.notes.extend(differences.iter().take(20).cloned());
    if differences.len() > 20 {
        diagnostic.notes.push(format!("and {} more", differences.len() - 20));
    }
    Err(Error::new(Kind::Config, diagnostic.help("without `--locked` the lock is written anew")))
}

impl Shelf {
    /// A layer in the locked version; its bytes are proven by the locked digest.
    pub(super) fn locked_layer(&self, locked: &LockedUnit, version: &Version) -> Result<Layer, TemplateError> {
        let name = &locked.name;
        let signed = self.namespace_of(name).filter(|namespace| namespace.is_signed());
        let Some(namespace) = signed else {
            let layer = match self.namespace_of(name).and_then(|namespace| Some((namespace, namespace.tree(&locked.digest)?))) {
                // Of an unsigned namespace the cache may hold more than its newest state.
                Some((namespace, tree)) => {
                    let id = name.split_once('/').map_or(name.as_str(), |(_, id)| id);
                    let folder = format!("{}/templates/{id}", namespace.origin.trim_end_matches('/'));
                    Layer::load(name, &namespace.origin, &folder, tree)?
                }
                None => self.layer(&self.find(name)?)?,
            };
            if layer.file.version != *version || layer.digest()? != locked.digest {
                let title = format!("{name} {version} is locked and not at hand, only {}", layer.file.version);
                return Err(error(title, format!("use what {} held then, or lock it anew", locked.registry)));
            }
            return Ok(layer);
        };
        let unit = (UnitKind::Template, name.split_once('/').map_or(String::new(), |(_, id)| id.to_owned()));
        match namespace.standing(&unit, version, Some(&locked.digest)) {
            Standing::Released { tree } | Standing::Yanked { tree, .. } if tree == locked.digest => load(namespace, &unit, version, &tree),
            Standing::Released { .. } | Standing::Yanked { .. } => {
                Err(error(format!("{name} {version} is locked with another digest than the released one"), "restore polity.lock"))
            }
            standing => Err(refused(name, version, &standing)),
        }
    }

    /// What the owner has said against a locked release since: a notice for the user.
    pub(super) fn concern(&self, kind: UnitKind, locked: &LockedUnit) -> Option<String> {
        let namespace = self.namespace_of(&locked.name)?;
        let unit = (kind, locked.name.split_once('/')?.1.to_owned());
        let (name, version) = (&locked.name, &locked.version);
        if let Standing::Yanked { reason, .. } = namespace.standing(&unit, &Version::parse(version).ok()?, Some(&locked.digest)) {
            return Some(format!("{name} {version} is locked and was yanked: {reason}"));
        }
        let deprecation = namespace.known.state.deprecation(&unit)?;
        Some(format!("{name} is deprecated in favour of {}: {}", deprecation.successor, deprecation.reason))
    }
}
