//! One release: from the cache, proven to be what was signed, or refused with the reason.

use semver::Version;

use crate::catalog::trust::{Standing, UnitKey};
use crate::catalog::{Candidate, UnitKind};
use crate::config::Requirement;
use crate::finding::Diagnostic;
use crate::template::{Layer, TemplateError};
use crate::tree::Digest;

use super::Shelf;
use super::federated::{Namespace, lost, requirements};

/// The signed namespace of a template's name, and the template in it.
pub(in crate::commands) fn signed<'a>(shelf: &'a Shelf, name: &str) -> Option<(&'a Namespace, UnitKey)> {
    let namespace = shelf.namespace_of(name).filter(|namespace| namespace.is_signed())?;
    Some((namespace, (UnitKind::Template, name.split_once('/')?.1.to_owned())))
}

impl Shelf {
    /// One release of a template of a signed namespace, proven to be what was signed.
    pub(in crate::commands) fn release(&self, name: &str, version: &Version) -> Result<Layer, TemplateError> {
        let (namespace, unit) = signed(self, name).ok_or_else(|| error(format!("`{name}` is of no signed namespace"), "name another"))?;
        match namespace.standing(&unit, version, None) {
            Standing::Released { tree } => load(namespace, &unit, version, &tree),
            standing => Err(refused(name, version, &standing)),
        }
    }
}

/// Loads a release from the cache. The manifest must say what the statement says: another machine resolves by the statement alone.
pub(in crate::commands) fn load(namespace: &Namespace, unit: &UnitKey, version: &Version, digest: &Digest) -> Result<Layer, TemplateError> {
    namespace.demand(unit.0).map_err(TemplateError::template)?;
    let name = format!("{}/{}", namespace.name, unit.1);
    let lost = || lost(format!("the bytes of {name} {version} are not in the cache"), None, &namespace.name);
    let tree = namespace.tree(digest).ok_or_else(|| TemplateError::template(lost()))?;
    let folder = format!("{}/{}/{}", namespace.origin.trim_end_matches('/'), unit.0.folder(), unit.1);
    let layer = Layer::load(&name, &namespace.origin, &folder, tree)?;
    let said = namespace.claim(unit, version, digest).map(requirements);
    if layer.file.version != *version || said.is_some_and(|said| said != candidate(&layer).requires) {
        let title = format!("the manifest of {name} {version} and the statement that releases it say different things");
        return Err(error(title, "its owner must release another version"));
    }
    Ok(layer)
}

/// Why a version may not be used.
pub(in crate::commands) fn refusal(name: &str, version: &Version, standing: &Standing) -> Diagnostic {
    let (title, help) = match standing {
        Standing::Revoked { reason } => (format!("{name} {version} is revoked: {reason}"), "use another version"),
        Standing::Yanked { reason, .. } => {
            (format!("{name} {version} is yanked: {reason}"), "use another version; who has it locked keeps it")
        }
        Standing::Equivocal { .. } => {
            (format!("{name} {version} is contradictory (equivocation)"), "`polity registry verify` shows both statements")
        }
        Standing::Unknown | Standing::Released { .. } => {
            (format!("{name} {version} is not known here"), "`polity registry sync` may bring it")
        }
    };
    Diagnostic::new(title).help(help)
}

pub(in crate::commands) fn refused(name: &str, version: &Version, standing: &Standing) -> TemplateError {
    TemplateError::template(refusal(name, version, standing))
}

pub(in crate::commands) fn error(title: impl Into<String>, help: impl Into<String>) -> TemplateError {
    TemplateError::template(Diagnostic::new(title).help(help))
}

pub(super) fn candidate(layer: &Layer) -> Candidate {
    let requires = layer.file.requires.iter().filter_map(|text| Requirement::parse(text).ok());
    Candidate { version: layer.file.version.clone(), requires: requires.collect() }
}
