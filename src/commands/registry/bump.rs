//! Whether the number of a new version says as much as its change does.

use semver::Version;
use serde_json::Value;

use crate::catalog::trust::{Standing, UnitKey};
use crate::catalog::{Bump, UnitKind, changes, unannounced};
use crate::config::{Format, parse};
use crate::error::Error;
use crate::finding::SourceText;
use crate::tree::{RepoPath, Tree};

use super::bring;
use super::desk::Desk;

/// Compares with the newest release below that is at hand.
pub(super) fn check(desk: &Desk, unit: &UnitKey, version: &Version, tree: &Tree) -> Result<(), Error> {
    let state = &desk.known.state;
    let below = state.versions().filter(|(other, v)| *other == unit && *v < version && v.pre.is_empty()).map(|(_, v)| v).max();
    let Some(below) = below else { return Ok(()) };
    let (Standing::Released { tree: old } | Standing::Yanked { tree: old, .. }) = state.standing(unit, below, None) else { return Ok(()) };
    let Some(old) = desk.cache.tree(&old) else { return Ok(()) };
    let changes = changes(&manifest(&old, unit.0), &manifest(tree, unit.0));
    let Some((bump, what)) = unannounced(below, version, &changes) else { return Ok(()) };
    let (word, next) = match bump {
        Bump::Major if below.major == 0 => ("another minor", format!("0.{}.0", below.minor + 1)),
        Bump::Major => ("another major", format!("{}.0.0", below.major + 1)),
        _ => ("another minor", format!("{}.{}.0", below.major, below.minor + 1)),
    };
    let title = format!("{} {version} needs {word} version than {below}: {what}", bring::folder(unit));
    Err(Error::config(title).help(format!("set `version: {next}` in its {}", unit.0.manifest())))
}

fn manifest(tree: &Tree, kind: UnitKind) -> Value {
    let read = || {
        let bytes = tree.read(&RepoPath::found(kind.manifest().to_owned())).ok()?;
        let source = SourceText::new(kind.manifest(), String::from_utf8_lossy(&bytes).into_owned());
        Some(parse(&source, Format::Yaml).ok()?.first()?.to_json())
    };
    read().unwrap_or_default()
}
