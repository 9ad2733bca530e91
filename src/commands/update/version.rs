//! The versions of an update against those that the service has: nothing goes back unless somebody asks for it.

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::Standing;
use crate::config::{LockedUnit, Requirement};
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;

use super::super::resolve::Resolved;
use super::super::root;
use super::super::service::Service;
use super::super::shelf::Shelf;
use super::Wanted;

/// Refuses another version of the template than the one that is asked for, and layers that would go back unasked. What was taken back by
/// its owner goes back with a notice.
pub(super) fn hold(shelf: &Shelf, resolved: &Resolved, wanted: &Wanted<'_>, old: Option<&Service>) -> Result<Vec<String>, Error> {
    let (top, at_hand) = (&resolved.stack.top().name, &resolved.stack.top().file.version);
    if let Some(to) = wanted.to.filter(|to| !root::fits(at_hand, to)) {
        return Err(Error::config(format!("{top} {to} is not at hand, only {at_hand}")));
    }
    let Some(old) = old else { return Ok(Vec::new()) };
    let (mut notices, mut refused) = (Vec::new(), Vec::new());
    for taken in &resolved.selection.order {
        let Some(locked) = old.lock.layer(&taken.name) else { continue };
        let Some(before) = Version::parse(&locked.version).ok().filter(|before| *before > taken.version) else { continue };
        if is_asked_for(&taken.name, resolved, wanted) {
            let is_named = taken.name == *top || resolved.stack.is_extra(&taken.name);
            notices.extend(
                (!is_named).then(|| format!("{} goes back from {before} to {}, the newest that will do", taken.name, taken.version)),
            );
            continue;
        }
        match withdrawn(shelf, locked, &before) {
            Some(word) if taken.name != *top => notices.push(format!("{} {before} {word}, so {} is taken", taken.name, taken.version)),
            _ => refused.push(refusal(shelf, resolved, taken, locked)),
        }
    }
    if refused.is_empty() { Ok(notices) } else { Err(Error { kind: Kind::Config, diagnostics: refused }) }
}

/// `--to` speaks of the template and of what it requires, `--add LAYER@VERSION` of a layer that was added.
fn is_asked_for(name: &str, resolved: &Resolved, wanted: &Wanted<'_>) -> bool {
    if resolved.stack.is_extra(name) {
        let is = |extra: &str| extra == name || name.split_once('/').is_some_and(|(_, id)| id == extra);
        return wanted.asked.iter().any(|asked| asked.split_once('@').is_some_and(|(extra, _)| is(extra)));
    }
    wanted.to.is_some()
}

/// What the owner of a locked release said of it since.
fn withdrawn(shelf: &Shelf, locked: &LockedUnit, version: &Version) -> Option<&'static str> {
    let namespace = shelf.namespace_of(&locked.name).filter(|namespace| namespace.is_signed())?;
    let unit = (UnitKind::Template, locked.name.split_once('/')?.1.to_owned());
    match namespace.standing(&unit, version, Some(&locked.digest)) {
        Standing::Yanked { .. } => Some("was yanked"),
        Standing::Revoked { .. } => Some("is revoked"),
        Standing::Equivocal { .. } => Some("is contradictory"),
        Standing::Released { .. } | Standing::Unknown => None,
    }
}

fn refusal(shelf: &Shelf, resolved: &Resolved, taken: &Requirement, locked: &LockedUnit) -> Diagnostic {
    let (name, version, top) = (&taken.name, &taken.version, resolved.stack.top());
    let is_added = resolved.stack.is_extra(name);
    let mut diagnostic = Diagnostic::new(format!("the update would take {name} back from {} to {version}", locked.version));
    let origin = resolved.stack.layers.iter().find(|layer| layer.name == *name).map_or("", |layer| &layer.registry);
    diagnostic = diagnostic.note(match (is_added, *name == top.name) {
        (true, _) => format!("{version} is the newest in `{origin}`; the layer was added to the service with `--add`"),
        (_, true) => format!("{version} is the newest in `{origin}`"),
        _ => format!("{version} is the newest that may be chosen from `{origin}`; {} asks for it", asking(resolved, name)),
    });
    diagnostic = diagnostic.help(match shelf.namespace_of(name) {
        Some(namespace) => format!("`polity registry sync {}` fetches what is new", namespace.name),
        None => format!("name the registry that holds {} with `--registry`", locked.version),
    });
    diagnostic.help(match is_added {
        true => format!("`--add {name}@{version}` goes back to it"),
        false => format!("`--to {}` goes back to it", top.file.version),
    })
}

/// The last release on the way to a layer.
fn asking(resolved: &Resolved, name: &str) -> String {
    let by = resolved.selection.demands_of(name).find_map(|demand| demand.path.last().cloned());
    by.map_or_else(|| "nothing".to_owned(), |by| format!("{} {}", by.name, by.version))
}
