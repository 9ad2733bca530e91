//! The bytes behind the statements: every released tree into the cache, each proven by its digest.

use std::collections::BTreeMap;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::{Standing, State, UnitKey};
use crate::config::{Format, parse};
use crate::disk::{Cache, CachedUnit, Snapshot, StoreError};
use crate::error::Error;
use crate::finding::SourceText;
use crate::tree::{Digest, RepoPath, Tree};

/// What became of the bytes.
#[derive(Default)]
pub(super) struct Brought {
    /// The tags whose trees are what a statement says.
    pub(super) tags: BTreeMap<String, String>,
    /// What was refused, and why.
    pub(super) problems: Vec<String>,
}

/// Brings the trees of all releases that are not in the cache, and looks again at every tag that moved since `before`.
pub(super) fn bring(cache: &Cache, snapshot: &Snapshot, state: &State, before: &BTreeMap<String, String>) -> Result<Brought, Error> {
    let (served, mut brought) = (snapshot.tags(), Brought::default());
    for (unit, version) in state.versions() {
        let (Standing::Released { tree } | Standing::Yanked { tree, .. }) = state.standing(unit, version, None) else { continue };
        let (tag, folder) = (tag(unit, version), folder(unit));
        let known = before.get(&tag).is_some_and(|object| served.get(&tag) == Some(object));
        if let Some(object) = served.get(&tag) {
            if known && cache.has_tree(&tree) {
                brought.tags.insert(tag, object.clone());
                continue;
            }
            match snapshot.tagged(&tag, &folder).map_err(|e| e.to_string()).and_then(|t| fits(&t, &tree, unit, version).map(|()| t)) {
                Ok(found) => {
                    cache.store(&found).map_err(failed)?;
                    brought.tags.insert(tag, object.clone());
                    continue;
                }
                Err(why) => brought.problems.push(format!("tag {tag} is refused: {why}")),
            }
        }
        if cache.has_tree(&tree) {
            continue;
        }
        match snapshot.below(&folder).map_err(|e| e.to_string()).and_then(|t| fits(&t, &tree, unit, version).map(|()| t)) {
            Ok(found) => drop(cache.store(&found).map_err(failed)?),
            // A folder shows only its newest state; older releases are elsewhere.
            Err(_) if matches!(snapshot, Snapshot::Folder(_)) && state.newest(unit).is_some_and(|(newest, _)| newest != version) => {}
            Err(why) => brought.problems.push(format!("{folder} {version} is not to be had: {why}")),
        }
    }
    let signed: Vec<_> = state.versions().map(|(unit, version)| tag(unit, version)).collect();
    let others = served.keys().filter(|tag| !signed.contains(tag));
    brought.problems.extend(others.map(|tag| format!("tag {tag} is ignored: no statement that counts releases it")));
    Ok(brought)
}

/// Everything that an unsigned registry holds now.
pub(super) fn bring_unsigned(cache: &Cache, snapshot: &Snapshot) -> Result<(Vec<CachedUnit>, Vec<String>), Error> {
    let (mut units, mut problems) = (Vec::new(), Vec::new());
    for unit in snapshot.units() {
        match snapshot.below(&folder(&unit)) {
            Ok(tree) => {
                let version = manifest_version(&tree, unit.0).unwrap_or_default();
                units.push(CachedUnit { kind: unit.0, name: unit.1, version, tree: cache.store(&tree).map_err(failed)? });
            }
            Err(error) => problems.push(format!("{} is refused: {error}", folder(&unit))),
        }
    }
    Ok((units, problems))
}

/// Whether a tree is what was signed, and calls itself by the signed version.
fn fits(tree: &Tree, signed: &Digest, (kind, _): &UnitKey, version: &Version) -> Result<(), String> {
    let found = tree.digest().map_err(|e| e.to_string())?;
    if found != *signed {
        return Err(format!("its tree is {found}, and the signed statement says {signed}"));
    }
    match manifest_version(tree, *kind) {
        Some(own) if own == version.to_string() => Ok(()),
        own => Err(format!("its {} says version {}", kind.manifest(), own.as_deref().unwrap_or("nothing"))),
    }
}

/// The version that a template's or policy's manifest says.
pub(super) fn manifest_version(tree: &Tree, kind: UnitKind) -> Option<String> {
    Some(in_manifest(tree, kind, "version")?.as_str()?.to_owned())
}

/// The layers that a template's manifest names.
pub(super) fn manifest_requires(tree: &Tree, kind: UnitKind) -> Vec<String> {
    in_manifest(tree, kind, "requires").and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default()
}

fn in_manifest(tree: &Tree, kind: UnitKind, key: &str) -> Option<serde_json::Value> {
    let bytes = tree.read(&RepoPath::found(kind.manifest().to_owned())).ok()?;
    let source = SourceText::new(kind.manifest(), String::from_utf8_lossy(&bytes).into_owned());
    Some(parse(&source, Format::Yaml).ok()?.first()?.get(key)?.to_json())
}

/// The tag of a release.
pub(super) fn tag((kind, name): &UnitKey, version: &Version) -> String {
    format!("{}/{name}/{version}", kind.folder())
}

/// The folder of a template or policy in its registry.
pub(super) fn folder((kind, name): &UnitKey) -> String {
    format!("{}/{name}", kind.folder())
}

fn failed(error: StoreError) -> Error {
    Error::io("keep it in the cache", error)
}
