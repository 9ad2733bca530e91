//! From the folder of a template to the registry that holds it.

use std::path::{Path, PathBuf};

use crate::catalog::{UnitKind, rooted};

use super::Env;

/// The registry that holds a template's folder, as the user would name it, and the template's id.
pub(super) fn registry_around(env: &Env<'_>, folder: &Path, shown: &str) -> Option<(PathBuf, String)> {
    let real = folder.canonicalize().ok()?;
    if let Some(id) = std::fs::read(real.join("registry.yaml")).ok().and_then(|bytes| rooted(&bytes)) {
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
