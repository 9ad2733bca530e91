//! The registries that a verb works with: the one inside the binary, and the folders that the user named.

use crate::catalog::{Catalog, CatalogError, Registry, embedded, registry};
use crate::disk;
use crate::error::{Error, Kind};

use super::Env;

/// All registries at hand.
pub(super) fn catalog(env: &Env<'_>) -> Result<Catalog, Error> {
    let mut registries = vec![embedded().map_err(failed)?];
    for folder in &env.registries {
        registries.push(open(env, folder)?);
    }
    Catalog::new(registries).map_err(failed)
}

fn open(env: &Env<'_>, folder: &std::path::Path) -> Result<Registry, Error> {
    let walk = disk::read_folder(&env.cwd.join(folder))
        .map_err(|error| Error::io(format!("read the registry `{}`", folder.display()), error.cause))?;
    registry(&folder.to_string_lossy(), walk.tree).map_err(failed)
}

/// A name that leads nowhere is the command line's mistake, everything else the registry's.
pub(super) fn failed(error: CatalogError) -> Error {
    let kind = if matches!(error, CatalogError::Name(_)) { Kind::Usage } else { Kind::Config };
    Error::new(kind, error.into_diagnostic())
}
