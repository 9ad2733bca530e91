//! The layers of a service: those of its template, and those that were added over it.

use crate::catalog::Unit;
use crate::cli::UpdateArgs;
use crate::error::Error;
use crate::template::TemplateError;

use super::super::resolve::{Resolved, resolve};
use super::super::service::Service;
use super::super::shelf::Shelf;

/// A template with all its layers, and the layers of these names over it.
pub(super) fn stack(shelf: &Shelf, unit: &Unit, extras: &[String]) -> Result<Resolved, TemplateError> {
    let extras = extras.iter().map(|name| shelf.layer(&shelf.find(name)?)).collect::<Result<_, _>>()?;
    resolve(shelf, shelf.layer(unit)?, extras, None)
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
