//! From the folder of a template to the registry that holds it.

use std::path::{Path, PathBuf};

use crate::catalog::{Unit, UnitKind, rooted};
use crate::disk::own_file;
use crate::error::Error;

use super::{Env, Shelf, gather, open, shelf};

/// As [`shelf`], with the registry in whose folder the user stands.
pub(in crate::commands) fn here(env: &Env<'_>) -> Result<Shelf, Error> {
    if env.cwd.join("registry.yaml").is_file() { gather(env, Some(Path::new("."))) } else { shelf(env).cloned() }
}

/// As [`open`]; a template of the registry in whose folder the user stands, which is part of `here`, goes by its name, too.
pub(in crate::commands) fn open_here(env: &Env<'_>, here: &Shelf, name: &str) -> Result<(Shelf, Unit), Error> {
    match here.catalog.find(UnitKind::Template, name) {
        Ok(unit) if unit.origin == "." => Ok((here.clone(), unit)),
        _ => open(env, name),
    }
}

/// The registry that holds a template's folder, as the user would name it, and the template's id.
pub(super) fn registry_around(env: &Env<'_>, folder: &Path, shown: &str) -> Option<(PathBuf, String)> {
    let real = folder.canonicalize().ok()?;
    if let Some(id) = own_file(&real.join("registry.yaml")).ok().flatten().and_then(|bytes| rooted(&bytes)) {
        return Some((PathBuf::from(shown), id));
    }
    let (id, kinds) = (real.file_name()?.to_str()?, real.parent()?);
    let root = kinds.parent()?;
    if kinds.file_name()? != UnitKind::Template.folder() || !root.join("registry.yaml").is_file() {
        return None;
    }
    let relative = Path::new(shown).parent().and_then(Path::parent);
    let relative = relative.map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let named = relative.filter(|path| env.cwd.join(path).canonicalize().is_ok_and(|real| real == root)).unwrap_or(root).to_owned();
    Some((named, id.to_owned()))
}
