//! From a template to its layers in exact versions: what may be taken, what minimum version selection takes, and what is known of it.

mod explain;
mod release;

use std::collections::BTreeMap;

use semver::Version;

use crate::catalog::{Candidate, SelectError, Selection, UnitKind, select};
use crate::config::{Lock, LockedKnowledge, Requirement};
use crate::template::{Layer, Stack, TemplateError};

use super::federated;
use super::shelf::Shelf;

use release::candidate;
pub(super) use release::{error, load, refusal, refused, signed};

/// A template with all its layers.
pub(super) struct Resolved {
    pub(super) stack: Stack,
    pub(super) selection: Selection,
    /// What is known of the layers that come from the federation, by name.
    pub(super) known: BTreeMap<String, LockedKnowledge>,
    /// What the user should hear.
    pub(super) notices: Vec<String>,
}

/// Finds the layers of `top`, and of `extras`, which stand over it. With `pins` every layer has the locked version and bytes, and none that is not locked takes part.
pub(super) fn resolve(shelf: &Shelf, top: Layer, extras: Vec<Layer>, pins: Option<&Lock>) -> Result<Resolved, TemplateError> {
    let names: Vec<_> = extras.iter().map(|layer| layer.name.clone()).collect();
    let given = std::iter::once(top).chain(extras);
    let roots: Vec<_> = given.map(|l| (Requirement { name: l.name.clone(), version: l.file.version.clone() }, l)).collect();
    let (roots, loaded): (Vec<_>, BTreeMap<_, _>) = (roots.iter().map(|(root, _)| root.clone()).collect(), roots.into_iter().collect());
    let mut search = Search { shelf, pins, loaded, absent: BTreeMap::new(), notices: Vec::new() };
    let selection = match select(&roots, &mut |name, path| search.candidates(name, path)) {
        Ok(selection) => selection,
        Err(SelectError::Candidates(error)) => return Err(error),
        Err(error) => return Err(TemplateError::template(search.explain(&error))),
    };
    let layers = selection.order.iter().map(|release| search.layer(release)).collect::<Result<Vec<_>, _>>()?;
    let known = layers.iter().filter_map(|layer| Some((layer.name.clone(), search.knowledge(layer)?))).collect();
    search.note(&selection);
    Ok(Resolved { stack: Stack::new(layers)?.with_extras(names), selection, known, notices: search.notices })
}

struct Search<'a> {
    shelf: &'a Shelf,
    pins: Option<&'a Lock>,
    loaded: BTreeMap<Requirement, Layer>,
    /// Releases that could be taken if their bytes were here.
    absent: BTreeMap<String, Vec<Version>>,
    notices: Vec<String>,
}

impl Search<'_> {
    fn candidates(&mut self, name: &str, path: &[Requirement]) -> Result<Vec<Candidate>, TemplateError> {
        if path.is_empty() {
            return Ok(self.loaded.values().filter(|layer| layer.name == name).map(candidate).collect());
        }
        let found = match self.pins {
            Some(lock) => self.pinned(lock, name),
            None => self.free(name),
        };
        found.map_err(|error| self.blame(error, path, name))
    }

    fn free(&mut self, name: &str) -> Result<Vec<Candidate>, TemplateError> {
        if let Some((namespace, unit)) = signed(self.shelf, name) {
            let (mut here, absent) = namespace.candidates(&unit);
            if let Some(unit) = self.shelf.own(name) {
                let layer = self.shelf.layer(&unit)?;
                let own = candidate(&layer);
                here.retain(|other| other.version != own.version);
                self.loaded.insert(Requirement { name: name.to_owned(), version: own.version.clone() }, layer);
                here.push(own);
            }
            if here.is_empty() && absent.is_empty() {
                self.shelf.find(name)?;
            }
            self.absent.insert(name.to_owned(), absent);
            return Ok(here);
        }
        let layer = self.shelf.layer(&self.shelf.find(name)?)?;
        let found = candidate(&layer);
        self.loaded.insert(Requirement { name: name.to_owned(), version: found.version.clone() }, layer);
        Ok(vec![found])
    }

    /// The locked version alone, if it may still be used and is what it was.
    fn pinned(&mut self, lock: &Lock, name: &str) -> Result<Vec<Candidate>, TemplateError> {
        let Some(locked) = lock.layer(name) else {
            return Err(error(format!("`{name}` is not locked"), "run without `--locked` to lock it"));
        };
        let version =
            Version::parse(&locked.version).map_err(|e| error(format!("`{name}` is locked at no version: {e}"), "restore polity.lock"))?;
        let layer = self.shelf.locked_layer(locked, &version)?;
        let found = candidate(&layer);
        self.loaded.insert(Requirement { name: name.to_owned(), version }, layer);
        Ok(vec![found])
    }

    fn layer(&mut self, release: &Requirement) -> Result<Layer, TemplateError> {
        if let Some(layer) = self.loaded.get(release) {
            return Ok(layer.clone());
        }
        let layer = self.shelf.release(&release.name, &release.version)?;
        self.loaded.insert(release.clone(), layer.clone());
        Ok(layer)
    }

    fn knowledge(&self, layer: &Layer) -> Option<LockedKnowledge> {
        let namespace = self.shelf.namespace_of(&layer.name)?;
        let unit = (UnitKind::Template, layer.name.split_once('/')?.1.to_owned());
        let known = namespace.knowledge(&unit, &layer.file.version, &layer.digest().ok()?);
        // What stands in a working copy and was not released is nothing that the namespace said.
        (known.statement.is_some() || !namespace.is_signed()).then_some(known)
    }
}
