//! `registry.yaml`: whose registry this is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Format, is_name, load};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::tree::{Mode, RepoPath, Tree};

use super::trust::FOLDER;
use super::{CatalogError, UnitKind};

/// The file at the root of every registry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryFile {
    /// The namespace of everything in this registry: the name of the team, in lower-case letters, digits and hyphens.
    pub namespace: String,
    /// Who may publish here.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Where to ask.
    #[serde(default)]
    pub contact: Option<String>,
    /// The name of the template that stands at the root of this registry, for a repository of one template.
    #[serde(default)]
    pub template: Option<String>,
}

/// A registry: a namespace and a tree of templates and policies.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The namespace of everything in it.
    pub namespace: String,
    /// Where it came from: `embedded`, or the folder as the user named it.
    pub origin: String,
    /// Its files.
    pub tree: Tree,
    /// The name of the template that stands at its root, if there is one.
    pub template: Option<String>,
}

/// Reads the `registry.yaml` of a tree that came from `origin`.
///
/// # Errors
/// [`CatalogError`] when there is no `registry.yaml`, or when it is not what it should be.
pub fn registry(origin: &str, tree: Tree) -> Result<Registry, CatalogError> {
    let path = RepoPath::found("registry.yaml".to_owned());
    let shown = if origin == "embedded" { path.to_string() } else { format!("{}/{path}", origin.trim_end_matches('/')) };
    let bytes = tree.read(&path).map_err(|error| {
        let diagnostic = Diagnostic::new(format!("`{origin}` is not a registry")).at(Location::file(&shown, error.to_string()));
        CatalogError::Registry(Box::new(diagnostic.help("a registry has a file `registry.yaml` that says `namespace: <team>`")))
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let source = SourceText::new(shown, &*text);
    let (file, root) = load::<RegistryFile>(&source, Format::Yaml)?;
    for (key, what, name) in
        [("namespace", "a namespace", Some(&file.namespace)), ("template", "a name for a template", file.template.as_ref())]
    {
        let Some(name) = name.filter(|name| !is_name(name)) else { continue };
        let span = root.get(key).map_or(0..0, |node| node.span.clone());
        let diagnostic = Diagnostic::new(format!("`{name}` is not {what}")).at(source.location(span, "not a name"));
        return Err(CatalogError::Registry(Box::new(
            diagnostic.help("use lower-case letters, digits and hyphens, for example `payments`"),
        )));
    }
    Ok(Registry { namespace: file.namespace, origin: origin.to_owned(), tree, template: file.template })
}

/// The template that stands at the root of a registry, by the bytes of its `registry.yaml`; one that cannot be read names none.
#[must_use]
pub fn rooted(bytes: &[u8]) -> Option<String> {
    let mut tree = Tree::new();
    tree.insert(RepoPath::found("registry.yaml".to_owned()), Mode::File, bytes);
    registry("registry", tree).ok()?.template
}

/// Whether a path of a registry belongs to the template at its root, rather than to the registry itself or to its other units.
#[must_use]
pub fn is_of_root(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let kinds = [UnitKind::Template, UnitKind::Policy, UnitKind::Layer];
    path != "registry.yaml" && first != FOLDER && kinds.iter().all(|kind| first != kind.folder())
}

impl Registry {
    /// The files of a unit.
    pub(super) fn unit(&self, kind: UnitKind, id: &str) -> Tree {
        if !self.is_at_root(kind, id) {
            return self.tree.subtree(&format!("{}/{id}", kind.folder()));
        }
        self.tree.only(is_of_root)
    }

    /// Whether a unit is the template at the root.
    pub(super) fn is_at_root(&self, kind: UnitKind, id: &str) -> bool {
        kind == UnitKind::Template && self.template.as_deref() == Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut tree = Tree::new();
        tree.insert(RepoPath::new("registry.yaml").unwrap(), Mode::File, text.as_bytes());
        let said = match registry("reg", tree) {
            Ok(registry) => registry.namespace,
            Err(error) => {
                let diagnostic = error.into_diagnostic();
                let at = &diagnostic.locations[0];
                format!("{}:{}:{}: {}", at.path, at.start.line, at.start.column, diagnostic.title)
            }
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn a_registry_names_its_namespace() {
        check("namespace: payments\nowners: [ana]\n", "payments");
        check("namespace: Pay Ments\n", "reg/registry.yaml:1:12: `Pay Ments` is not a namespace");
        check("namespace: a\ntemplate: Go 1\n", "reg/registry.yaml:2:11: `Go 1` is not a name for a template");
        check("owners: [ana]\n", "reg/registry.yaml:1:1: key `namespace` is missing");
        check("namespace: a\nownerz: []\n", "reg/registry.yaml:2:1: unknown key `ownerz`");
    }

    #[test]
    fn a_folder_without_the_file_is_no_registry() {
        let error = registry("x/y", Tree::new()).unwrap_err().into_diagnostic();
        assert_eq!((error.title.as_str(), error.locations[0].path.as_str()), ("`x/y` is not a registry", "x/y/registry.yaml"));
    }
}
