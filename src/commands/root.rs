//! The template that a user names: `name`, `namespace/name`, and which version of it when one is named too.

use semver::Version;

use crate::catalog::trust::{Standing, UnitKey};
use crate::catalog::{CatalogError, Unit, UnitKind};
use crate::finding::Diagnostic;
use crate::tree::Digest;

use super::federated::{Namespace, lost};
use super::shelf::Shelf;

/// The template called `name`, or `name@version`: without a version the newest that may be chosen, with `@1` or `@1.2` the newest of
/// those, with a whole version exactly that one. A pre-release must be named whole.
pub(super) fn unit(shelf: &Shelf, name: &str) -> Result<Unit, CatalogError> {
    let Some((base, wanted)) = name.split_once('@') else {
        let found = shelf.catalog.find(UnitKind::Template, name);
        return found.map_err(|error| withdrawn(shelf, name).unwrap_or(error));
    };
    let found = shelf.catalog.find(UnitKind::Template, base);
    let full = found.as_ref().map_or_else(|_| base.to_owned(), Unit::name);
    let Some(namespace) = shelf.namespace_of(&full).filter(|namespace| namespace.is_signed()) else {
        let unit = found?;
        let version = shelf.layer(&unit).map(|layer| layer.file.version).ok();
        return match version.filter(|version| fits(version, wanted)) {
            Some(_) => Ok(unit),
            None => Err(wrong(format!("there is no version `{wanted}` of `{full}`"), "only the newest is at hand; leave the version out")),
        };
    };
    let (_, id) = full.split_once('/').unwrap_or_default();
    let key: UnitKey = (UnitKind::Template, id.to_owned());
    namespace.demand(key.0).map_err(|diagnostic| CatalogError::Name(Box::new(diagnostic)))?;
    let (version, digest) = version(namespace, &key, &full, wanted)?;
    let lost = || lost(format!("the bytes of {full} {version} are not in the cache"), None, &namespace.name);
    let tree = namespace.tree(&digest).ok_or_else(|| CatalogError::Name(Box::new(lost())))?;
    let folder = format!("{}/templates/{id}", namespace.origin.trim_end_matches('/'));
    let (namespace, origin) = (namespace.name.clone(), namespace.origin.clone());
    Ok(Unit { kind: UnitKind::Template, namespace, id: id.to_owned(), origin, folder, tree })
}

/// Why there is nothing to choose of a template that its namespace knows: the newest version was taken back, or is contradictory.
fn withdrawn(shelf: &Shelf, name: &str) -> Option<CatalogError> {
    let namespace = shelf.namespace_of(name)?;
    let key: UnitKey = (UnitKind::Template, name.split_once('/')?.1.to_owned());
    let state = &namespace.known.state;
    let newest = state.versions().filter(|(unit, _)| **unit == key).map(|(_, version)| version).max()?;
    match namespace.standing(&key, newest, None) {
        // What may be chosen is not in the cache, or is a pre-release, or is not for this namespace to bring.
        _ if state.choices(&key).next().is_some() => None,
        Standing::Released { .. } => Some(wrong(format!("`{name}` has only pre-releases"), &format!("name one whole: `{name}@{newest}`"))),
        standing => Some(CatalogError::Registry(Box::new(super::resolve::refusal(name, newest, &standing)))),
    }
}

fn version(namespace: &Namespace, key: &UnitKey, full: &str, wanted: &str) -> Result<(Version, Digest), CatalogError> {
    let exact = Version::parse(wanted).ok();
    if let Some(exact) = &exact {
        match namespace.standing(key, exact, None) {
            Standing::Released { tree } => return Ok((exact.clone(), tree)),
            Standing::Unknown => {}
            standing => return Err(CatalogError::Registry(Box::new(super::resolve::refusal(full, exact, &standing)))),
        }
    }
    let choices: Vec<_> = namespace.known.state.choices(key).collect();
    if let Some((version, tree)) = choices.iter().find(|(version, _)| exact.is_none() && fits(version, wanted)) {
        return Ok(((*version).clone(), tree.clone()));
    }
    let all: Vec<_> = choices.iter().take(5).map(|(version, _)| version.to_string()).collect();
    let help =
        if all.is_empty() { "`polity template list` shows what there is".to_owned() } else { format!("there is {}", all.join(", ")) };
    Err(wrong(format!("there is no version `{wanted}` of `{full}`"), &help))
}

/// Whether a version is `wanted`, or begins with it: `1` or `1.2`.
pub(super) fn fits(version: &Version, wanted: &str) -> bool {
    let text = version.to_string();
    text == wanted || (version.pre.is_empty() && text.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.')))
}

fn wrong(title: String, help: &str) -> CatalogError {
    CatalogError::Name(Box::new(Diagnostic::new(title).help(help)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_whole_or_by_its_beginning() {
        let fits = |version: &str, wanted: &str| super::fits(&Version::parse(version).unwrap(), wanted);
        assert!(fits("1.2.3", "1") && fits("1.2.3", "1.2") && fits("1.2.3", "1.2.3") && fits("2.0.0-rc.1", "2.0.0-rc.1"));
        assert!(!fits("12.0.0", "1") && !fits("2.0.0-rc.1", "2") && !fits("1.2.3", "1.2.") && !fits("1.2.3", ""));
    }
}
