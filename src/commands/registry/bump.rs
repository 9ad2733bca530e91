//! Whether the number of a new version says as much as its change does.

use semver::Version;

use crate::catalog::trust::{Standing, UnitKey};
use crate::catalog::{Bump, changes, unannounced};
use crate::disk::Snapshot;
use crate::error::Error;
use crate::tree::{Digest, Tree};

use super::desk::Desk;
use super::unit::{self, manifest};

/// Compares with the newest release below.
pub(super) fn check(desk: &Desk, key: &UnitKey, version: &Version, tree: &Tree) -> Result<(), Error> {
    let state = &desk.known.state;
    let below = state.versions().filter(|(other, v)| *other == key && *v < version && v.pre.is_empty()).map(|(_, v)| v).max();
    let Some(below) = below else { return Ok(()) };
    let (Standing::Released { tree: old } | Standing::Yanked { tree: old, .. }) = state.standing(key, below, None) else { return Ok(()) };
    let old = at_hand(desk, key, below, &old)?;
    let changes = changes(&manifest(&old, key.0), &manifest(tree, key.0));
    let Some((bump, what)) = unannounced(below, version, &changes) else { return Ok(()) };
    let (word, next) = match bump {
        Bump::Major if below.major == 0 => ("another minor", format!("0.{}.0", below.minor + 1)),
        Bump::Major => ("another major", format!("{}.0.0", below.major + 1)),
        _ => ("another minor", format!("{}.{}.0", below.major, below.minor + 1)),
    };
    let title = format!("{} {version} needs {word} version than {below}: {what}", unit::folder(key));
    Err(Error::config(title).help(format!("set `version: {next}` in its {}", key.0.manifest())))
}

/// The released tree from the cache, or else from its tag in the working copy, proven by its digest.
fn at_hand(desk: &Desk, key: &UnitKey, version: &Version, digest: &Digest) -> Result<Tree, Error> {
    let is_it = |tree: &Tree| tree.digest().is_ok_and(|found| found == *digest);
    let tagged = || Snapshot::checkout(&desk.root).and_then(|s| s.tagged(&unit::tag(key, version), &unit::folder(key))).ok();
    desk.cache.tree(digest).filter(is_it).or_else(|| tagged().filter(is_it)).ok_or_else(|| {
        let title = format!("{} {version} is not at hand, and what changed since then decides about the number", unit::folder(key));
        Error::config(title).help(format!("`polity registry sync {}` or `git fetch --tags` brings it", desk.namespace))
    })
}
