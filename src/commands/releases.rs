//! The releases above each locked layer that this machine knows, for the rules that ask for them.

use semver::Version;
use serde_json::{Value, json};

use crate::catalog::trust::Timestamp;
use crate::catalog::{Unit, UnitKind};
use crate::config::{Date, Format, LOCK_FILE, Lock, LockedUnit, load};
use crate::error::Error;
use crate::finding::SourceText;
use crate::policy::{Fact, Facts, Repository};
use crate::template::TemplateFile;
use crate::tree::RepoPath;

use super::Env;
use super::shelf::{Shelf, shelf};

/// Tells of every service what is known of the releases of its layers.
pub(super) fn tell(facts: &mut Facts, env: &Env<'_>, repository: &Repository, today: Date) -> Result<(), Error> {
    for root in repository.roots() {
        // A lock that does not load is for the rules to report, as is one that is not there.
        let Some(lock) = lock(repository, root) else { continue };
        let shelf = shelf(env)?;
        let known = lock.layers.iter().filter_map(|layer| Some((layer.name.clone(), json!({"newer": newer(shelf, layer, today)?}))));
        facts.tell(Fact::Releases, root, known.collect::<serde_json::Map<_, _>>().into());
    }
    Ok(())
}

/// The lock of a service, if it has one that loads.
pub(super) fn lock(repository: &Repository, root: &str) -> Option<Lock> {
    let path = if root.is_empty() { LOCK_FILE.to_owned() } else { format!("{root}/{LOCK_FILE}") };
    let bytes = repository.tree().read(&RepoPath::found(path.clone())).ok()?;
    Lock::read(&SourceText::new(path, std::str::from_utf8(&bytes).ok()?)).ok()
}

/// The version of a template that nobody signs: what its manifest says, whatever else is in it.
fn offered(unit: &Unit) -> Option<Version> {
    let bytes = unit.tree.read(&RepoPath::found(UnitKind::Template.manifest().to_owned())).ok()?;
    let source = SourceText::new(UnitKind::Template.manifest(), std::str::from_utf8(&bytes).ok()?);
    load::<TemplateFile>(&source, Format::Yaml).ok().map(|(file, _)| file.version)
}

/// The versions above the locked one that may be chosen, lowest first; nothing when nothing is known of any.
fn newer(shelf: &Shelf, locked: &LockedUnit, today: Date) -> Option<Vec<Value>> {
    let version = Version::parse(&locked.version).ok()?;
    let unit = (UnitKind::Template, locked.name.split_once('/')?.1.to_owned());
    let Some(namespace) = shelf.namespace_of(&locked.name).filter(|namespace| namespace.is_signed()) else {
        let found = offered(&shelf.find(&locked.name).ok()?)?;
        return Some((found > version).then(|| json!({"version": found.to_string(), "days": null})).into_iter().collect());
    };
    let state = &namespace.known.state;
    if !state.units().any(|known| *known == unit) {
        return None;
    }
    let days = |issued: Timestamp| today.since(Date::of_unix(issued.unix())).max(0);
    let row = |(version, tree)| {
        let said = namespace.claim(&unit, version, &tree).map(|claim| days(claim.issued));
        json!({"version": version.to_string(), "days": said})
    };
    let mut rows: Vec<_> = state.choices(&unit).take_while(|(other, _)| **other > version).map(row).collect();
    rows.reverse();
    Some(rows)
}
