//! From a template to its layers in exact versions: what may be taken, what minimum version selection takes, and what is known of it.

mod explain;
mod release;
mod search;

use std::collections::BTreeMap;

use crate::catalog::{SelectError, Selection, select};
use crate::config::{Lock, LockedKnowledge, Requirement};
use crate::template::{Layer, Stack, TemplateError};

use super::federated;
use super::shelf::Shelf;

pub(super) use release::{error, load, refusal, refused, signed};
use search::Search;

/// A template with all its layers.
pub(super) struct Resolved {
    pub(super) stack: Stack,
    pub(super) selection: Selection,
    /// What is known of the layers that come from the federation, by name.
    pub(super) known: BTreeMap<String, LockedKnowledge>,
    /// What the user should hear.
    pub(super) notices: Vec<String>,
}

/// What a lock has to say in a selection.
#[derive(Clone, Copy)]
pub(super) enum Held<'a> {
    /// There is none, or it does not matter.
    Nothing,
    /// What it locks may be taken though it was yanked since.
    Working(&'a Lock),
    /// Every layer has the locked version and bytes, and none that is not locked takes part.
    Binding(&'a Lock),
}

/// Finds the layers of `top`, and of `extras`, which stand over it.
pub(super) fn resolve(shelf: &Shelf, top: Layer, extras: Vec<Layer>, held: Held<'_>) -> Result<Resolved, TemplateError> {
    let (over, names): (_, Vec<_>) = (top.name.clone(), extras.iter().map(|layer| layer.name.clone()).collect());
    let given = std::iter::once(top).chain(extras);
    let roots: Vec<_> = given.map(|l| (Requirement { name: l.name.clone(), version: l.file.version.clone() }, l)).collect();
    let (roots, loaded): (Vec<_>, BTreeMap<_, _>) = (roots.iter().map(|(root, _)| root.clone()).collect(), roots.into_iter().collect());
    let mut search = Search::new(shelf, held, loaded);
    let selection = match select(&roots, &mut search) {
        Ok(selection) => selection,
        Err(SelectError::Candidates(error)) => return Err(error),
        Err(error) => return Err(TemplateError::template(search.explain(&error))),
    };
    let layers = selection.order.iter().map(|release| search.layer(release)).collect::<Result<Vec<_>, _>>()?;
    let known = layers.iter().filter_map(|layer| Some((layer.name.clone(), search.knowledge(layer)?))).collect();
    search.note(&selection);
    Ok(Resolved { stack: Stack::new(layers)?.with_extras(&over, names), selection, known, notices: search.notices })
}
