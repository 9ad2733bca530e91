//! The layers of a service: those of its template, and those that were added over it.

use semver::Version;

use crate::catalog::Unit;
use crate::cli::UpdateArgs;
use crate::config::{Lock, LockedUnit, compatible};
use crate::error::Error;
use crate::template::{Layer, TemplateError};

use super::super::resolve::{Held, Resolved, resolve, signed};
use super::super::root;
use super::super::service::Service;
use super::super::shelf::Shelf;

/// A template with all its layers, and the layers of these names over it.
///
/// Layers that others require are taken in their newest release that is compatible: that is what teams expect who release on their own.
///
/// What the service has locked goes on working when its owner yanked it, and is named.
pub(super) fn stack(shelf: &Shelf, unit: &Unit, extras: &[String], lock: Option<&Lock>) -> Result<Resolved, TemplateError> {
    // The record names layers in full, whatever somebody typed, and in the version that was asked for.
    let (mut roots, mut full): (Vec<Unit>, Vec<String>) = (Vec::new(), Vec::new());
    for name in extras {
        let kept = || shelf.kept(lock?.named(name)?).map(|(unit, _)| unit);
        let found = root::unit(shelf, name).or_else(|error| kept().ok_or(error));
        let unit = found.map_err(|error| TemplateError::template(error.into_diagnostic()))?;
        if roots.iter().all(|other| other.name() != unit.name()) {
            full.push(name.split_once('@').map_or_else(|| unit.name(), |(_, version)| format!("{}@{version}", unit.name())));
            roots.push(unit);
        }
    }
    loop {
        let layers = roots.iter().map(|root| shelf.layer(root)).collect::<Result<_, _>>()?;
        let mut resolved = resolve(shelf, shelf.layer(unit)?, layers, lock.map_or(Held::Nothing, Held::Working))?;
        let given = |layer: &Layer| layer.name == unit.name() || roots.iter().any(|root| root.name() == layer.name);
        let open = resolved.stack.layers.iter().filter(|layer| !given(layer));
        let raised: Vec<_> = open.filter_map(|layer| newer(shelf, layer)).collect();
        if raised.is_empty() {
            let taken = |locked: &&LockedUnit| resolved.stack.layers.iter().any(|layer| is_locked(layer, locked));
            let kept = lock.iter().flat_map(|lock| &lock.layers).filter(taken).filter_map(|locked| shelf.kept_notice(locked));
            resolved.notices.extend(kept);
            resolved.stack = resolved.stack.with_extras(&unit.name(), full);
            return Ok(resolved);
        }
        roots.extend(raised);
    }
}

/// Whether a layer has the locked version.
fn is_locked(layer: &Layer, locked: &LockedUnit) -> bool {
    layer.name == locked.name && layer.file.version.to_string() == locked.version
}

/// The newest release that is compatible with a layer, if it is newer: the newest of all, or one before it.
fn newer(shelf: &Shelf, layer: &Layer) -> Option<Unit> {
    let old = &layer.file.version;
    let is_fit = |new: &Version| compatible(new, old) && new > old;
    let newest = shelf.find(&layer.name).ok().filter(|unit| shelf.layer(unit).is_ok_and(|new| is_fit(&new.file.version)));
    newest.or_else(|| {
        let (namespace, unit) = signed(shelf, &layer.name)?;
        let versions = namespace.candidates(&unit).into_iter().map(|candidate| candidate.version);
        let fitting = versions.filter(|version| version.pre.is_empty() && is_fit(version));
        let version = fitting.filter(|version| namespace.holds(&unit, version)).max()?;
        root::unit(shelf, &format!("{}@{version}", layer.name)).ok()
    })
}

/// The layers over the template afterwards.
pub(super) fn extras(args: &UpdateArgs, service: &Service) -> Result<Vec<String>, Error> {
    let mut extras = service.record.layers.clone();
    for gone in &args.remove {
        if !extras.iter().any(|extra| is(extra, gone)) {
            let error = Error::usage(format!("the service has no added layer `{gone}`"));
            let list = if extras.is_empty() { "it has none".to_owned() } else { format!("it has: {}", extras.join(", ")) };
            return Err(error.help(list));
        }
        extras.retain(|extra| !is(extra, gone));
    }
    for wanted in &args.add {
        let (name, version) = wanted.split_once('@').map_or((wanted.as_str(), None), |(name, version)| (name, Some(version)));
        let is_new = service.lock.layers.iter().all(|layer| !is(&layer.name, name));
        match (extras.iter_mut().find(|extra| is(extra, name)), version) {
            // Another version of what was added, or from now on the newest.
            (Some(extra), Some(version)) => *extra = format!("{}@{version}", base(extra)),
            (Some(extra), None) if extra.contains('@') => *extra = base(extra).to_owned(),
            (Some(_), None) if is_new => {}
            (None, _) if is_new => extras.push(wanted.clone()),
            _ => return Err(Error::usage(format!("the service has the layer `{name}` already"))),
        }
    }
    Ok(extras)
}

/// The name of a layer that may have a version behind it.
fn base(extra: &str) -> &str {
    extra.split('@').next().unwrap_or(extra)
}

/// Whether a user means this layer.
fn is(extra: &str, wanted: &str) -> bool {
    let name = base(extra);
    name == wanted || name.split_once('/').is_some_and(|(_, id)| id == wanted)
}
