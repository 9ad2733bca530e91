//! Whether the number of a new version says as much as its change does.

use semver::Version;

use crate::catalog::trust::{Standing, UnitKey};
use crate::catalog::{Bump, changes, unannounced};
use crate::error::Error;
use crate::tree::Tree;

use super::desk::Desk;
use super::unit::{self, manifest};

/// Compares with the newest release below that is at hand.
pub(super) fn check(desk: &Desk, key: &UnitKey, version: &Version, tree: &Tree) -> Result<(), Error> {
    let state = &desk.known.state;
    let below = state.versions().filter(|(other, v)| *other == key && *v < version && v.pre.is_empty()).map(|(_, v)| v).max();
    let Some(below) = below else { return Ok(()) };
    let (Standing::Released { tree: old } | Standing::Yanked { tree: old, .. }) = state.standing(key, below, None) else { return Ok(()) };
    let Some(old) = desk.cache.tree(&old) else { return Ok(()) };
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
