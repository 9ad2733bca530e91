//! A policy layer by name: which release of it is at hand, or is locked, and what it says.

use semver::{Version, VersionReq};

use crate::catalog::{Unit, UnitKind};
use crate::config::{Format, LayerFile, LockedUnit, Step, load};
use crate::finding::{Diagnostic, Location, SourceText};
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
///
/// # Errors
/// Why it cannot be had, with the place in the layer where that is one.
pub(super) fn find(shelf: &Shelf, name: &str, pins: Option<&Pins>) -> Result<Found, Box<Diagnostic>> {
    let (id, version) = name.split_once('@').map_or((name, None), |(id, version)| (id, Some(version)));
    let parse =
        |text: &str| VersionReq::parse(&format!("^{text}")).map_err(|_| no(format!("`{text}` is no version such as `3` or `3.1.0`")));
    let wanted = version.map(parse).transpose()?;
    let unit = match pins {
        Some(pins) => pins.layer(shelf, id).map_err(Box::new)?,
        None => newest(shelf, id, wanted.as_ref())?,
    };
    let shown = format!("{}/layer.yaml", unit.folder);
    let bytes = unit.tree.read(&RepoPath::found("layer.yaml".to_owned())).map_err(|error| unread(&shown, error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| unread(&shown, error))?;
    let source = SourceText::new(shown, text);
    let (file, root) = load::<LayerFile>(&source, Format::Yaml).map_err(|error| error.0)?;
    match wanted {
        Some(wanted) if !wanted.matches(&file.version) => {
            let why =
                format!("version {} is {}, and {wanted} was asked for", file.version, if pins.is_some() { "locked" } else { "at hand" });
            let span = root.span_of(&[Step::Key("version".to_owned())]);
            Err(Box::new(Diagnostic::new(why).at(source.location(span, "this version"))))
        }
        _ => Ok(Found { unit, version: file.version, source }),
    }
}

fn no(why: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(why))
}

fn unread(path: &str, why: impl ToString) -> Box<Diagnostic> {
    let place = Location::file(path, why.to_string());
    Box::new(Diagnostic::new(format!("`{path}` cannot be read")).at(place))
}

fn newest(shelf: &Shelf, id: &str, wanted: Option<&VersionReq>) -> Result<Unit, Box<Diagnostic>> {
    let found = shelf.catalog.find(UnitKind::Layer, id).map_err(|error| Box::new(error.into_diagnostic()));
    let name = found.as_ref().map_or_else(|_| id.to_owned(), Unit::name);
    let released = shelf.namespace_of(&name).zip(name.split_once('/')).and_then(|(namespace, (_, id))| {
        let (version, digest) = namespace.fitting(&(UnitKind::Layer, id.to_owned()), |v| wanted.is_none_or(|wanted| wanted.matches(v)))?;
        Some((namespace, version, digest))
    });
    let Some((namespace, version, digest)) = released else { return found };
    // An older layer would demand less in silence.
    match namespace.whole(format!("{name} {version} is damaged or missing in the cache"), &digest) {
        Ok(tree) => found.map(|unit| Unit { tree, ..unit }),
        Err(_) if !shelf.locks(&namespace.name) => found,
        Err(lost) => Err(Box::new(lost)),
    }
}

impl Found {
    /// What it says.
    pub(super) fn layer(self) -> Result<Layer, Box<Diagnostic>> {
        Layer::load(&self.unit.name(), self.source).map_err(|error| error.0)
    }

    /// As a lock records it.
    pub(super) fn locked(&self, shelf: &Shelf) -> Result<LockedUnit, Box<Diagnostic>> {
        let (name, version) = (self.unit.name(), self.version.to_string());
        let digest = self.unit.tree.digest().map_err(|error| no(error.to_string()))?;
        let key = (UnitKind::Layer, self.unit.id.clone());
        let known = shelf.namespace(&self.unit.namespace).map(|namespace| namespace.knowledge(&key, &self.version, &digest));
        Ok(LockedUnit { name, version, registry: self.unit.origin.clone(), digest, known })
    }
}

/// A reason in one line.
pub(super) fn reason(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.locations.first().filter(|place| !place.excerpt.is_empty());
    let place = place.map_or_else(String::new, |l| format!("{}:{}:{}: ", l.path, l.start.line, l.start.column));
    format!("{place}{}", [vec![diagnostic.title.clone()], diagnostic.helps.clone()].concat().join("; "))
}
