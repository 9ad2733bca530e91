//! The registries at hand: the embedded one, those the user named, and the one around a template's folder.

mod around;
mod units;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::catalog::{Catalog, CatalogError, Registry, Unit, UnitKind, embedded, registry};
use crate::disk::{Skipped, read_folder};
use crate::error::Error;

use super::federated::{self, Namespace};
use super::{Env, policies, resolve, root};

use around::registry_around;
pub(super) use around::{here, open_here};

/// The namespace of a template folder that belongs to no registry.
pub(super) const LOCAL: &str = "local";

/// What is at hand, and what could not be read of it.
#[derive(Clone)]
pub(super) struct Shelf {
    /// All registries as one.
    pub(super) catalog: Catalog,
    namespaces: Vec<Arc<Namespace>>,
    /// The namespace of the working copy that a template was named in: what stands there goes before the same version in the cache.
    own: Option<String>,
    skipped: BTreeMap<String, Vec<Skipped>>,
}

/// The embedded registry and those that the user named, gathered once in a run.
pub(super) fn shelf<'a>(env: &'a Env<'_>) -> Result<&'a Shelf, Error> {
    if env.shelf.get().is_none() {
        let _ = env.shelf.set(gather(env, None)?);
    }
    Ok(env.shelf.get().expect("it was set a moment ago"))
}

/// A template by name or by folder, with the registries that its layers come from.
pub(super) fn open(env: &Env<'_>, name: &str) -> Result<(Shelf, Unit), Error> {
    open_at(env, name, None)
}

/// As [`open`], in a version if the template has several at hand.
pub(super) fn open_at(env: &Env<'_>, name: &str, version: Option<&str>) -> Result<(Shelf, Unit), Error> {
    let folder = env.cwd.join(name);
    let is_folder = name.starts_with(['.', '/']) || name.ends_with('/');
    if !is_folder {
        let shelf = shelf(env)?;
        let versioned = version.filter(|_| shelf.namespace_of(name).is_some_and(Namespace::is_signed));
        match root::unit(shelf, &versioned.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"))) {
            Err(CatalogError::Name(_)) if folder.join("template.yaml").is_file() => {}
            // A namespace that cannot be used is the better reason.
            Err(CatalogError::Name(diagnostic)) => {
                federated::demand_namespace(env, name)?;
                return Err(CatalogError::Name(diagnostic).into());
            }
            found => return Ok((shelf.clone(), found?)),
        }
    }
    let shown = name.trim_end_matches('/');
    if !folder.is_dir() {
        return Err(Error::usage(format!("there is no folder `{name}`")).help("name the folder that holds a `template.yaml`"));
    }
    let Some((root, id)) = registry_around(env, &folder, shown) else {
        let mut shelf = shelf(env)?.clone();
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

/// `beside` is the registry of a template that the user named by folder: it stands in for another of the same namespace.
pub(super) fn gather(env: &Env<'_>, beside: Option<&Path>) -> Result<Shelf, Error> {
    let mut skipped = BTreeMap::new();
    let own = beside.map(|folder| read(env, folder, &mut skipped)).transpose()?;
    let mut registries: Vec<Registry> = vec![embedded()?];
    let namespaces = federated::namespaces(env, own.as_ref().map(|own| own.namespace.as_str()))?;
    let own_name = own.as_ref().map(|own| own.namespace.clone());
    registries.extend(namespaces.iter().filter(|n| Some(&n.name) != own_name.as_ref()).map(Namespace::registry));
    registries.retain(|other| own.as_ref().is_none_or(|own| own.namespace != other.namespace));
    let real = |path: &Path| env.cwd.join(path).canonicalize().ok();
    for folder in env.registries.iter().filter(|folder| beside.is_none_or(|b| real(b) != real(folder))) {
        registries.push(read(env, folder, &mut skipped)?);
    }
    registries.extend(own);
    let namespaces = namespaces.into_iter().map(Arc::new).collect();
    Ok(Shelf { catalog: Catalog::new(registries)?, namespaces, own: own_name, skipped })
}

fn read(env: &Env<'_>, folder: &Path, skipped: &mut BTreeMap<String, Vec<Skipped>>) -> Result<Registry, Error> {
    let walk = read_folder(&env.cwd.join(folder)).map_err(|error| Error::config(error.to_string()))?;
    let origin = named(folder);
    let overlooked = policies::overlooked(&walk.tree, &walk.skipped, "policies/", origin.trim_end_matches('/'));
    overlooked.into_iter().for_each(|notice| env.notice(notice));
    skipped.insert(origin.clone(), walk.skipped);
    Ok(registry(&origin, walk.tree)?)
}

/// A registry's origin; a folder must not pass for the registry inside the binary.
fn named(folder: &Path) -> String {
    let text = folder.to_string_lossy();
    if text == "embedded" { "./embedded".to_owned() } else { text.into_owned() }
}
