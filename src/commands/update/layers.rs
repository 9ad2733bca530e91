//! The layers of a service: those of its template, and those that were added over it.

use crate::catalog::Unit;
use crate::cli::UpdateArgs;
use crate::error::Error;
use crate::template::{Layer, TemplateError};

use super::super::resolve::{Resolved, resolve};
use super::super::service::Service;
use super::super::shelf::Shelf;

/// A template with all its layers, and the layers of these names over it.
///
/// Unless `is_exact`, layers that others require are taken in their newest release of the same major version, too: that is what
/// teams expect who release on their own.
pub(super) fn stack(shelf: &Shelf, unit: &Unit, extras: &[String], is_exact: bool) -> Result<Resolved, TemplateError> {
    let newest = |name: &String| shelf.layer(&shelf.find(name)?);
    // The record names layers in full, whatever somebody typed.
    let mut full: Vec<String> = Vec::new();
    for name in extras {
        let name = shelf.find(name)?.name();
        if !full.contains(&name) {
            full.push(name);
        }
    }
    let mut roots = full.clone();
    loop {
        let layers = roots.iter().map(newest).collect::<Result<_, _>>()?;
        let mut resolved = resolve(shelf, shelf.layer(unit)?, layers, None)?;
        let older = |layer: &&Layer| -> bool {
            let is_open = !is_exact && layer.name != unit.name() && !roots.contains(&layer.name);
            let newer = |new: Layer| new.file.version.major == layer.file.version.major && new.file.version > layer.file.version;
            is_open && newest(&layer.name).is_ok_and(newer)
        };
        let raised: Vec<_> = resolved.stack.layers.iter().filter(older).map(|layer| layer.name.clone()).collect();
        if raised.is_empty() {
            resolved.stack = resolved.stack.with_extras(full);
            return Ok(resolved);
        }
        roots.extend(raised);
    }
}

/// The layers over the template afterwards.
pub(super) fn extras(args: &UpdateArgs, service: &Service) -> Result<Vec<String>, Error> {
    let mut extras = service.record.layers.clone();
    let is = |name: &str, wanted: &str| name == wanted || name.split_once('/').is_some_and(|(_, id)| id == wanted);
    for gone in &args.remove {
        if !extras.iter().any(|name| is(name, gone)) {
            let error = Error::usage(format!("the service has no added layer `{gone}`"));
            let list = if extras.is_empty() { "it has none".to_owned() } else { format!("it has: {}", extras.join(", ")) };
            return Err(error.help(list));
        }
        extras.retain(|name| !is(name, gone));
    }
    for name in &args.add {
        if service.lock.layers.iter().any(|layer| is(&layer.name, name)) {
            return Err(Error::usage(format!("the service has the layer `{name}` already")));
        }
        extras.push(name.clone());
    }
    Ok(extras)
}
