//! The registries at hand: the embedded one, those the user named, and the one around a template's folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, CatalogError, Registry, Unit, UnitKind, embedded, registry};
use crate::disk::{Skipped, read_folder};
use crate::error::Error;
use crate::finding::Diagnostic;
use crate::template::{Layer, Stack, TemplateError, at_name};

use super::{Env, federated};

/// The namespace of a template folder that belongs to no registry.
pub(super) const LOCAL: &str = "local";

/// What is at hand, and what could not be read of it.
#[derive(Clone)]
pub(super) struct Shelf {
    /// All registries as one.
    pub(super) catalog: Catalog,
    skipped: BTreeMap<String, Vec<Skipped>>,
}

/// The embedded registry and those that the user named.
pub(super) fn shelf(env: &Env<'_>) -> Result<Shelf, Error> {
    gather(env, None)
}

/// A template by name or by folder, with the registries that its layers come from.
pub(super) fn open(env: &Env<'_>, name: &str) -> Result<(Shelf, Unit), Error> {
    let folder = env.cwd.join(name);
    let is_folder = name.starts_with(['.', '/']) || name.ends_with('/');
    if !is_folder {
        let shelf = shelf(env)?;
        match shelf.catalog.find(UnitKind::Template, name) {
            Err(CatalogError::Name(_)) if folder.join("template.yaml").is_file() => {}
            found => return Ok((shelf, found?)),
        }
    }
    let shown = name.trim_end_matches('/');
    let Some((root, id)) = registry_around(env, &folder, shown) else {
        let mut shelf = shelf(env)?;
        let walk = read_folder(&folder).map_err(|error| Error::config(error.to_string()))?;
        let shown = named(Path::new(shown));
        shelf.skipped.insert(shown.clone(), walk.skipped);
        let id = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned())).unwrap_or_default();
        let (origin, folder) = (shown.clone(), shown);
        return Ok((shelf, Unit { kind: UnitKind::Template, namespace: LOCAL.to_owned(), id, origin, folder, tree: walk.tree }));
    };
    let shelf = gather(env, Some(&root))?;
    let units = shelf.catalog.units(UnitKind::Template)?;
    let unit = units.into_iter().find(|unit| unit.id == id && unit.origin == named(&root));
    unit.map(|unit| (shelf, unit)).ok_or_else(|| Error::config(format!("`{shown}` is not a template")))
}

/// The registry that holds a template's folder, as the user would name it, and the template's id.
fn registry_around(env: &Env<'_>, folder: &Path, shown: &str) -> Option<(PathBuf, String)> {
    let real = folder.canonicalize().ok()?;
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

/// `beside` is the registry of a template that the user named by folder: it stands in for another of the same namespace.
pub(super) fn gather(env: &Env<'_>, beside: Option<&Path>) -> Result<Shelf, Error> {
    let mut skipped = BTreeMap::new();
    let own = beside.map(|folder| read(env, folder, &mut skipped)).transpose()?;
    let mut registries: Vec<Registry> = vec![embedded()?];
    registries.extend(federated::registries(env, own.as_ref().map(|own| own.namespace.as_str()))?);
    registries.retain(|other| own.as_ref().is_none_or(|own| own.namespace != other.namespace));
    let real = |path: &Path| env.cwd.join(path).canonicalize().ok();
    for folder in env.registries.iter().filter(|folder| beside.is_none_or(|b| real(b) != real(folder))) {
        registries.push(read(env, folder, &mut skipped)?);
    }
    registries.extend(own);
    Ok(Shelf { catalog: Catalog::new(registries)?, skipped })
}

fn read(env: &Env<'_>, folder: &Path, skipped: &mut BTreeMap<String, Vec<Skipped>>) -> Result<Registry, Error> {
    let walk = read_folder(&env.cwd.join(folder)).map_err(|error| Error::config(error.to_string()))?;
    let origin = named(folder);
    skipped.insert(origin.clone(), walk.skipped);
    Ok(registry(&origin, walk.tree)?)
}

/// A registry's origin; a folder must not pass for the registry inside the binary.
fn named(folder: &Path) -> String {
    let text = folder.to_string_lossy();
    if text == "embedded" { "./embedded".to_owned() } else { text.into_owned() }
}

impl Shelf {
    /// A template with all its layers.
    pub(super) fn stack(&self, unit: &Unit) -> Result<Stack, TemplateError> {
        let top = self.layer(unit)?;
        Stack::assemble(top, &mut |name| {
            let unit = self.catalog.find(UnitKind::Template, name).map_err(|error| TemplateError::template(error.into_diagnostic()))?;
            self.layer(&unit)
        })
    }

    /// One template. What could not be read of it is an error: a link that leads out, a name that is not text.
    pub(super) fn layer(&self, unit: &Unit) -> Result<Layer, TemplateError> {
        let prefix = if unit.origin == unit.folder { String::new() } else { format!("templates/{}/", unit.id) };
        let lost = self.skipped.get(&unit.origin).into_iter().flatten().find(|skipped| skipped.path.starts_with(&prefix));
        if let Some(lost) = lost {
            let at = at_name(&unit.folder, &lost.path[prefix.len()..], &lost.reason);
            return Err(TemplateError::template(Diagnostic::new("template holds what polity does not read").at(at)));
        }
        Layer::load(&unit.name(), &unit.origin, &unit.folder, unit.tree.clone())
    }
}
