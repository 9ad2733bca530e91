//! Which versions of a layer may be taken, and which layers were loaded on the way.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::catalog::{Candidate, Offers, UnitKind};
use crate::config::{Lock, LockedKnowledge, Requirement};
use crate::template::{Layer, TemplateError};

use super::super::shelf::Shelf;
use super::Held;
use super::release::{candidate, error, signed};

/// What a selection asks for.
pub(super) struct Search<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) held: Held<'a>,
    pub(super) loaded: BTreeMap<Requirement, Layer>,
    /// Releases that would be taken if their bytes were here.
    pub(super) absent: BTreeMap<String, BTreeSet<Version>>,
    pub(super) notices: Vec<String>,
}

impl Offers for Search<'_> {
    type Error = TemplateError;

    fn candidates(&mut self, name: &str, path: &[Requirement]) -> Result<Vec<Candidate>, TemplateError> {
        if path.is_empty() {
            return Ok(self.loaded.values().filter(|layer| layer.name == name).map(candidate).collect());
        }
        let found = match self.held {
            Held::Binding(lock) => self.pinned(lock, name),
            Held::Nothing | Held::Working(_) => self.free(name),
        };
        found.map_err(|error| self.blame(error, path, name))
    }

    fn holds(&mut self, release: &Requirement) -> bool {
        let is_here = self.loaded.contains_key(release)
            || signed(self.shelf, &release.name).is_none_or(|(namespace, unit)| namespace.holds(&unit, &release.version));
        if !is_here {
            self.absent.entry(release.name.clone()).or_default().insert(release.version.clone());
        }
        is_here
    }
}

impl<'a> Search<'a> {
    /// Nothing was asked yet; `loaded` are the layers at hand.
    pub(super) fn new(shelf: &'a Shelf, held: Held<'a>, loaded: BTreeMap<Requirement, Layer>) -> Self {
        Self { shelf, held, loaded, absent: BTreeMap::new(), notices: Vec::new() }
    }

    fn free(&mut self, name: &str) -> Result<Vec<Candidate>, TemplateError> {
        if let Some((namespace, unit)) = signed(self.shelf, name) {
            let mut here = namespace.candidates(&unit);
            if let Some(unit) = self.shelf.own(name) {
                let layer = self.shelf.layer(&unit)?;
                let own = candidate(&layer);
                here.retain(|other| other.version != own.version);
                self.loaded.insert(Requirement { name: name.to_owned(), version: own.version.clone() }, layer);
                here.push(own);
            }
            here.extend(self.kept(name)?.filter(|kept| here.iter().all(|other| other.version != kept.version)));
            // Of what was taken back, the reason is the better answer.
            if here.is_empty() && namespace.known.state.versions().all(|(other, _)| *other != unit) {
                self.shelf.find(name)?;
            }
            return Ok(here);
        }
        let layer = self.shelf.layer(&self.shelf.find(name)?)?;
        let found = candidate(&layer);
        self.loaded.insert(Requirement { name: name.to_owned(), version: found.version.clone() }, layer);
        Ok(vec![found])
    }

    /// The locked version, if it was taken back and goes on working where it is locked.
    fn kept(&mut self, name: &str) -> Result<Option<Candidate>, TemplateError> {
        let Held::Working(lock) = self.held else { return Ok(None) };
        let Some((unit, version)) = lock.layer(name).and_then(|locked| self.shelf.kept(locked)) else { return Ok(None) };
        let layer = self.shelf.layer(&unit)?;
        let found = candidate(&layer);
        self.loaded.entry(Requirement { name: name.to_owned(), version }).or_insert(layer);
        Ok(Some(found))
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

    pub(super) fn layer(&mut self, release: &Requirement) -> Result<Layer, TemplateError> {
        if let Some(layer) = self.loaded.get(release) {
            return Ok(layer.clone());
        }
        let layer = self.shelf.release(&release.name, &release.version)?;
        self.loaded.insert(release.clone(), layer.clone());
        Ok(layer)
    }

    pub(super) fn knowledge(&self, layer: &Layer) -> Option<LockedKnowledge> {
        let namespace = self.shelf.namespace_of(&layer.name)?;
        let unit = (UnitKind::Template, layer.name.split_once('/')?.1.to_owned());
        let known = namespace.knowledge(&unit, &layer.file.version, &layer.digest().ok()?);
        // What stands in a working copy and was not released is nothing that the namespace said.
        (known.statement.is_some() || !namespace.is_signed()).then_some(known)
    }
}
