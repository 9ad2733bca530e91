//! The bytes behind the statements: every released tree into the cache, each proven by its digest.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::catalog::trust::{Standing, State, UnitKey};
use crate::disk::{Cache, CachedUnit, Snapshot, StoreError};
use crate::error::Error;
use crate::tree::{Digest, Tree};

use super::fetch::Fetched;
use super::unit::{folder, manifest_version, tag};

/// What became of the bytes.
#[derive(Default)]
pub(super) struct Brought {
    /// The tags whose trees are what a statement says.
    pub(super) tags: BTreeMap<String, String>,
    /// What was refused, and why.
    pub(super) problems: Vec<String>,
    /// The trees that did not come, and what there is to say of each.
    pub(super) lacking: Vec<(Digest, String)>,
}

/// Brings the trees of all releases that are not in the cache, and looks again at every tag that moved since `before`. The tags `left` are
/// nobody's any more.
pub(super) fn bring(
    cache: &Cache,
    fetched: &Fetched,
    state: &State,
    before: &BTreeMap<String, String>,
    left: &BTreeSet<String>,
) -> Result<Brought, Error> {
    let snapshot = &fetched.snapshot;
    let (served, mut brought) = (snapshot.tags(), Brought::default());
    if let Some(site) = &fetched.site {
        let lacking: Vec<_> = usable(state).map(|(.., tree)| tree).filter(|tree| !cache.has_tree(tree)).collect();
        // What did not come is named with each release that lacks it.
        brought.problems.extend(site.bring(cache, &lacking).err());
    }
    for (unit, version, tree) in usable(state) {
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
        let found = match &fetched.site {
            Some(site) => site.tree(cache, &tree, &folder),
            None => snapshot.below(&folder).map_err(|e| e.to_string()),
        };
        match found.and_then(|t| fits(&t, &tree, unit, version).map(|()| t)) {
            Ok(found) => drop(cache.store(&found).map_err(failed)?),
            // A folder shows only its newest state; older releases are elsewhere.
            Err(_)
                if fetched.site.is_none()
                    && matches!(snapshot, Snapshot::Folder(..))
                    && state.newest(unit).is_some_and(|(newest, _)| newest != version) => {}
            Err(why) => brought.lacking.push((tree, format!("{folder} {version} is not to be had: {why}"))),
        }
    }
    let signed: Vec<_> = state.versions().map(|(unit, version)| tag(unit, version)).collect();
    let others = served.keys().filter(|tag| !signed.contains(tag) && !left.contains(*tag));
    brought.problems.extend(others.map(|tag| format!("tag {tag} is ignored: no statement that counts releases it")));
    Ok(brought)
}

/// The releases that somebody may have, each with the digest of its tree.
pub(super) fn usable(state: &State) -> impl Iterator<Item = (&UnitKey, &Version, Digest)> {
    state.versions().filter_map(|(unit, version)| match state.standing(unit, version, None) {
        Standing::Released { tree } | Standing::Yanked { tree, .. } => Some((unit, version, tree)),
        _ => None,
    })
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

fn failed(error: StoreError) -> Error {
    Error::io("keep it in the cache", error)
}
