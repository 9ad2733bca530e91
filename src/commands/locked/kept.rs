//! Locked releases that their owners took back since and that go on working where they are locked: what was yanked, and what is revoked and
//! used by an exception.

use semver::Version;

use crate::catalog::trust::Standing;
use crate::catalog::{Unit, UnitKind};
use crate::config::LockedUnit;

use super::Shelf;
use super::concern::concern;
use super::resolve::signed;

impl Shelf {
    /// The locked release itself, if it was taken back and goes on working.
    pub(in crate::commands) fn kept(&self, locked: &LockedUnit) -> Option<(Unit, Version)> {
        let version = Version::parse(&locked.version).ok()?;
        let (namespace, unit) = signed(self, &locked.name)?;
        let standing = namespace.standing(&unit, &version, Some(&locked.digest));
        if !matches!(standing, Standing::Yanked { .. } | Standing::Revoked { .. }) {
            return None;
        }
        let layer = self.locked_layer(locked, &version).ok()?;
        let (namespace, id) = (namespace.name.clone(), unit.1);
        let unit = Unit { kind: UnitKind::Template, namespace, id, origin: layer.registry, folder: layer.folder, tree: layer.tree };
        Some((unit, version))
    }

    /// What is to be said of such a release.
    pub(in crate::commands) fn kept_notice(&self, locked: &LockedUnit) -> Option<String> {
        self.kept(locked)?;
        concern(self.namespace_of(&locked.name)?, locked).ok()?
    }
}
