//! A layer in the locked version and bytes.

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::Standing;
use crate::config::LockedUnit;
use crate::finding::Diagnostic;
use crate::template::{Layer, TemplateError};

use super::Shelf;
use super::resolve::{error, load, refused};

impl Shelf {
    /// A layer in the locked version; its bytes are proven by the locked digest.
    pub(in crate::commands) fn locked_layer(&self, locked: &LockedUnit, version: &Version) -> Result<Layer, TemplateError> {
        let name = &locked.name;
        let signed = self.namespace_of(name).filter(|namespace| namespace.is_signed());
        let Some(namespace) = signed else {
            let layer = match self.namespace_of(name).and_then(|namespace| Some((namespace, namespace.tree(&locked.digest)?))) {
                // Of an unsigned namespace the cache may hold more than its newest state.
                Some((namespace, tree)) => {
                    namespace.demand(UnitKind::Template).map_err(TemplateError::template)?;
                    let id = name.split_once('/').map_or(name.as_str(), |(_, id)| id);
                    let folder = format!("{}/templates/{id}", namespace.origin.trim_end_matches('/'));
                    Layer::load(name, &namespace.origin, &folder, tree)?
                }
                None => self.layer(&self.find(name).map_err(|_| absent(locked))?)?,
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
            Standing::Revoked { .. } if namespace.excuse(name, version).is_some() => {
                // The exception is for what was released, not for whatever the cache may hold.
                if namespace.known.state.claim(&unit, version, &locked.digest).is_none() {
                    return Err(TemplateError::template(foreign(name, version)));
                }
                load(namespace, &unit, version, &locked.digest)
            }
            Standing::Released { .. } | Standing::Yanked { .. } => Err(TemplateError::template(foreign(name, version))),
            standing => Err(refused(name, version, &standing)),
        }
    }
}

/// No registry at hand has the layer.
fn absent(locked: &LockedUnit) -> TemplateError {
    let help = format!("it came from the registry `{}`: name its folder with `--registry`", locked.registry);
    error(format!("{} {} is locked and not at hand", locked.name, locked.version), help)
}

/// What is said of a lock that names bytes which were never released as this version.
pub(super) fn foreign(name: &str, version: &Version) -> Diagnostic {
    Diagnostic::new(format!("{name} {version} is locked with another digest than the released one")).help("restore polity.lock")
}
