//! All registries at hand as one: units by kind and by name. The order of registries never decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Diagnostic, Location, nearest};

use super::{CatalogError, Registry, Unit, UnitKind, is_name};

/// The registries at hand, one a namespace.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    registries: BTreeMap<String, Arc<Registry>>,
}

impl Catalog {
    /// Puts registries together.
    ///
    /// # Errors
    /// [`CatalogError::Registry`] when two of them claim one namespace.
    pub fn new(registries: impl IntoIterator<Item = Registry>) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        for registry in registries {
            if let Some(first) = catalog.registries.get(&registry.namespace) {
                let title = format!("two registries claim the namespace `{}`", registry.namespace);
                let note = format!("they are `{}` and `{}`", first.origin, registry.origin);
                let help = "give each registry a namespace of its own in its `registry.yaml`";
                return Err(CatalogError::Registry(Box::new(Diagnostic::new(title).note(note).help(help))));
            }
            catalog.registries.insert(registry.namespace.clone(), Arc::new(registry));
        }
        Ok(catalog)
    }

    /// All units of a kind, sorted by namespace and id.
    ///
    /// # Errors
    /// [`CatalogError::Registry`] when a folder's name is no name for a unit.
    pub fn units(&self, kind: UnitKind) -> Result<Vec<Unit>, CatalogError> {
        Ok(self.ids(kind)?.into_iter().map(|(registry, id)| unit(registry, kind, id)).collect())
    }

    /// The unit called `name`: `namespace/id`, or an id that only one registry has.
    ///
    /// # Errors
    /// [`CatalogError::Name`] when there is none, or more than one.
    pub fn find(&self, kind: UnitKind, name: &str) -> Result<Unit, CatalogError> {
        let is_meant = |registry: &Registry, id: &str| {
            id == name || name.split_once('/').is_some_and(|(namespace, rest)| namespace == registry.namespace && rest == id)
        };
        let ids = self.ids(kind)?;
        let matches: Vec<_> = ids.iter().filter(|(registry, id)| is_meant(registry, id)).collect();
        match matches[..] {
            [(registry, id)] => Ok(unit(registry, kind, id.clone())),
            [] => Err(self.unknown(kind, name, &ids)),
            _ => Err(ambiguous(kind, name, &matches)),
        }
    }

    fn unknown(&self, kind: UnitKind, name: &str, ids: &[(&Registry, String)]) -> CatalogError {
        let names: Vec<_> = ids.iter().map(full_name).collect();
        let known = ids.iter().map(|(_, id)| id.as_str()).chain(names.iter().map(String::as_str));
        let stranger = name.split_once('/').map(|(namespace, _)| namespace).filter(|namespace| !self.registries.contains_key(*namespace));
        let help = match (nearest(name, known), stranger) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(namespace)) => format!("no registry at hand has the namespace `{namespace}`; `--registry` names one"),
            (None, None) => format!("`polity {} list` shows what there is", kind.word()),
        };
        CatalogError::Name(Box::new(Diagnostic::new(format!("there is no {} `{name}`", kind.word())).help(help)))
    }

    /// The ids of a kind, with their registries.
    fn ids(&self, kind: UnitKind) -> Result<Vec<(&Registry, String)>, CatalogError> {
        let mut found = Vec::new();
        for registry in self.registries.values() {
            for id in ids(registry, kind)? {
                if !is_name(&id) {
                    return Err(misnamed(registry, kind, &id));
                }
                found.push((&**registry, id));
            }
        }
        Ok(found)
    }
}

/// The folders of a kind that hold a manifest, and the template at the root.
fn ids(registry: &Registry, kind: UnitKind) -> Result<Vec<String>, CatalogError> {
    let prefix = format!("{}/", kind.folder());
    let manifest = format!("/{}", kind.manifest());
    let paths = registry.tree.below(kind.folder()).into_iter().filter_map(|path| path.strip_suffix(&manifest));
    let mut ids: Vec<_> = paths.filter(|id| !id.contains('/')).map(str::to_owned).collect();
    let Some(root) = registry.template.clone().filter(|_| kind == UnitKind::Template) else { return Ok(ids) };
    let wrong = |title: String| {
        let at = Location::file(format!("{}/registry.yaml", registry.origin.trim_end_matches('/')), "says `template`");
        Err(CatalogError::Registry(Box::new(Diagnostic::new(title).at(at))))
    };
    if !registry.tree.below("").contains(&kind.manifest()) {
        return wrong(format!("there is no {} at the root, where the template `{root}` should stand", kind.manifest()));
    }
    if ids.contains(&root) {
        return wrong(format!("the template `{root}` stands both at the root and in `{prefix}{root}`"));
    }
    ids.push(root);
    Ok(ids)
}

fn unit(registry: &Registry, kind: UnitKind, id: String) -> Unit {
    let inside = format!("{}/{id}", kind.folder());
    let tree = registry.unit(kind, &id);
    let folder = if registry.is_at_root(kind, &id) {
        registry.origin.clone()
    } else if matches!(registry.origin.as_str(), "embedded" | ".") {
        inside
    } else {
        format!("{}/{inside}", registry.origin.trim_end_matches('/'))
    };
    Unit { kind, namespace: registry.namespace.clone(), id, origin: registry.origin.clone(), folder, tree }
}

fn misnamed(registry: &Registry, kind: UnitKind, id: &str) -> CatalogError {
    let path = format!("{}/{}/{id}", registry.origin, kind.folder());
    let diagnostic = Diagnostic::new(format!("`{id}` is not a name for a {}", kind.word())).at(Location::file(path, ""));
    CatalogError::Registry(Box::new(diagnostic.help("use lower-case letters, digits and hyphens, for example `team-docs`")))
}

fn ambiguous(kind: UnitKind, name: &str, ids: &[&(&Registry, String)]) -> CatalogError {
    let names: Vec<_> = ids.iter().map(|id| format!("`{}`", full_name(id))).collect();
    let title = format!("more than one {} is called `{name}`", kind.word());
    CatalogError::Name(Box::new(Diagnostic::new(title).help(format!("name one of them in full: {}", names.join(", ")))))
}

fn full_name((registry, id): &(&Registry, String)) -> String {
    format!("{}/{id}", registry.namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::registry;
    use crate::tree::{Mode, RepoPath, Tree};

    fn sample(origin: &str, namespace: &str, files: &[&str]) -> Registry {
        let mut tree = Tree::new();
        tree.insert(RepoPath::new("registry.yaml").unwrap(), Mode::File, format!("namespace: {namespace}\n").into_bytes());
        for file in files {
            tree.insert(RepoPath::new(*file).unwrap(), Mode::File, &b""[..]);
        }
        registry(origin, tree).unwrap()
    }

    fn both() -> Catalog {
        let a = sample("embedded", "polity", &["templates/base/template.yaml", "templates/base/files/x", "policies/p/policy.yaml"]);
        let b =
            sample("../pay", "pay", &["templates/base/template.yaml", "templates/go/template.yaml", "templates/go/cases/c/template.yaml"]);
        Catalog::new([b, a]).unwrap()
    }

    #[test]
    fn units_are_folders_with_a_manifest() {
        let names: Vec<_> = both().units(UnitKind::Template).unwrap().iter().map(|u| format!("{} {}", u.name(), u.folder)).collect();
        assert_eq!(names, ["pay/base ../pay/templates/base", "pay/go ../pay/templates/go", "polity/base templates/base"]);
    }

    #[track_caller]
    fn fails(name: &str, expected: &str) {
        let diagnostic = both().find(UnitKind::Template, name).unwrap_err().into_diagnostic();
        assert_eq!(format!("{}; {}", diagnostic.title, diagnostic.helps.join("; ")), expected);
    }

    #[test]
    fn a_bare_name_must_be_unique() {
        assert_eq!(both().find(UnitKind::Template, "go").unwrap().name(), "pay/go");
        assert_eq!(both().find(UnitKind::Template, "polity/base").unwrap().tree.len(), 2);
        fails("base", "more than one template is called `base`; name one of them in full: `pay/base`, `polity/base`");
        fails("polity/bas", "there is no template `polity/bas`; did you mean `polity/base`?");
        fails("shop/page", "there is no template `shop/page`; no registry at hand has the namespace `shop`; `--registry` names one");
        fails("zzz", "there is no template `zzz`; `polity template list` shows what there is");
    }

    #[test]
    fn one_template_may_stand_at_the_root() {
        let files = ["template.yaml", "files/x", "README.md", "statements/s.json", "policies/p/policy.yaml"];
        let mut registry = sample("../go", "pay", &files);
        registry.template = Some("go".to_owned());
        let found = Catalog::new([registry.clone()]).unwrap().find(UnitKind::Template, "pay/go").unwrap();
        let paths: Vec<_> = found.tree.iter().map(|(path, _)| path.as_str().to_owned()).collect();
        assert_eq!((found.folder.as_str(), paths.join(" ").as_str()), ("../go", "README.md files/x template.yaml"));
        let fails = |registry: Registry, expected: &str| {
            let error = Catalog::new([registry]).unwrap().units(UnitKind::Template).unwrap_err().into_diagnostic();
            assert_eq!(error.title, expected);
        };
        registry.template = Some("base".to_owned());
        registry.tree = sample("x", "pay", &["templates/base/template.yaml", "template.yaml"]).tree;
        fails(registry.clone(), "the template `base` stands both at the root and in `templates/base`");
        registry.tree = sample("x", "pay", &[]).tree;
        fails(registry, "there is no template.yaml at the root, where the template `base` should stand");
    }

    #[test]
    fn one_namespace_has_one_registry() {
        let error = Catalog::new([sample("a", "x", &[]), sample("b", "x", &[])]).unwrap_err().into_diagnostic();
        assert_eq!((error.title.as_str(), error.notes[0].as_str()), ("two registries claim the namespace `x`", "they are `a` and `b`"));
    }
}
