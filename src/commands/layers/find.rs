//! A policy layer by name: which release of it is at hand, or is locked, and what it says.

use semver::{Version, VersionReq};

use crate::catalog::{Unit, UnitKind};
use crate::config::{ConfigError, Format, LayerFile, LockedUnit, load};
use crate::finding::{Diagnostic, SourceText};
use crate::policy::Layer;
use crate::tree::RepoPath;

use super::super::locked::Pins;
use super::super::shelf::Shelf;

/// A policy layer in one version.
pub(super) struct Found {
    pub(super) unit: Unit,
    pub(super) version: Version,
    source: SourceText,
}

/// A layer by `namespace/id@version`; the version is the least that will do, in its major version. Of several that will do the newest is
/// taken, and a newer one that will not is no obstacle. What is pinned is taken as it is locked.
pub(super) fn find(shelf: &Shelf, name: &str, pins: Option<&Pins>) -> Result<Found, String> {
    let (id, version) = name.split_once('@').map_or((name, None), |(id, version)| (id, Some(version)));
    let parse = |text: &str| VersionReq::parse(&format!("^{text}")).map_err(|_| format!("`{text}` is no version such as `3` or `3.1.0`"));
    let wanted = version.map(parse).transpose()?;
    let unit = match pins {
        Some(pins) => pins.layer(shelf, id).map_err(said)?,
        None => newest(shelf, id, wanted.as_ref())?,
    };
    let shown = format!("{}/layer.yaml", unit.folder);
    let bytes = unit.tree.read(&RepoPath::found("layer.yaml".to_owned())).map_err(|error| format!("{shown}: {error}"))?;
    let source = SourceText::new(shown, std::str::from_utf8(&bytes).map_err(|error| error.to_string())?);
    let (file, _) = load::<LayerFile>(&source, Format::Yaml).map_err(|error| placed(&error))?;
    match wanted {
        Some(wanted) if !wanted.matches(&file.version) => {
            Err(format!("version {} is {}, and {wanted} was asked for", file.version, if pins.is_some() { "locked" } else { "at hand" }))
        }
        _ => Ok(Found { unit, version: file.version, source }),
    }
}

fn newest(shelf: &Shelf, id: &str, wanted: Option<&VersionReq>) -> Result<Unit, String> {
    let mut unit = shelf.catalog.find(UnitKind::Layer, id).map_err(|error| said(error.into_diagnostic()))?;
    let released = shelf.namespace(&unit.namespace).zip(wanted);
    if let Some(tree) =
        released.and_then(|(namespace, wanted)| namespace.fitting(&(UnitKind::Layer, unit.id.clone()), |v| wanted.matches(v)))
    {
        unit.tree = tree;
    }
    Ok(unit)
}

impl Found {
    /// What it says.
    pub(super) fn layer(self) -> Result<Layer, String> {
        Layer::load(&self.unit.name(), self.source).map_err(|error| placed(&error))
    }

    /// As a lock records it.
    pub(super) fn locked(&self, shelf: &Shelf) -> Result<LockedUnit, String> {
        let (name, version) = (self.unit.name(), self.version.to_string());
        let digest = self.unit.tree.digest().map_err(|error| error.to_string())?;
        let key = (UnitKind::Layer, self.unit.id.clone());
        let known = shelf.namespace(&self.unit.namespace).map(|namespace| namespace.knowledge(&key, &self.version, &digest));
        Ok(LockedUnit { name, version, registry: self.unit.origin.clone(), digest, known })
    }
}

fn said(diagnostic: Diagnostic) -> String {
    [vec![diagnostic.title], diagnostic.helps].concat().join("; ")
}

fn placed(error: &ConfigError) -> String {
    let place = error.0.locations.first().map_or_else(String::new, |l| format!("{}:{}:{}: ", l.path, l.start.line, l.start.column));
    format!("{place}{}", error.0.title)
}
