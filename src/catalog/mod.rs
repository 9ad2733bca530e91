//! Registries, and the templates and policies that they hold. Knows nothing of the disk: callers bring trees.

mod bump;
mod embedded;
mod find;
mod registry;
mod select;
pub mod trust;

pub use bump::{Bump, changes, unannounced};
pub use embedded::embedded;
pub use find::Catalog;
pub use registry::{Registry, RegistryFile, is_of_root, registry, rooted};
pub use select::{Candidate, Demand, Offers, SelectError, Selection, select};

use serde::{Deserialize, Serialize};

use crate::config::ConfigError;
pub use crate::config::is_name;
use crate::finding::Diagnostic;
use crate::tree::Tree;

/// What a registry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// A folder of `templates/`.
    Template,
    /// A folder of `policies/`.
    Policy,
    /// A folder of `layers/`: what a team demands of policies.
    Layer,
}

impl UnitKind {
    /// The folder of a registry that holds units of this kind.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Template => "templates",
            Self::Policy => "policies",
            Self::Layer => "layers",
        }
    }

    /// The file that every unit of this kind has.
    #[must_use]
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Template => "template.yaml",
            Self::Policy => "policy.yaml",
            Self::Layer => "layer.yaml",
        }
    }

    /// The word for one unit.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Policy => "policy",
            Self::Layer => "policy layer",
        }
    }
}

/// One template or policy.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it is.
    pub kind: UnitKind,
    /// The namespace of its registry.
    pub namespace: String,
    /// Its name, which is the name of its folder.
    pub id: String,
    /// Where the registry came from: `embedded`, or the folder as the user named it.
    pub origin: String,
    /// The prefix of its paths in diagnostics, such as `templates/rust-service`.
    pub folder: String,
    /// Its files, rooted at its own folder.
    pub tree: Tree,
}

impl Unit {
    /// `namespace/id`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.namespace, self.id)
    }
}

/// A registry that cannot be used, or a name that leads nowhere.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CatalogError {
    /// `registry.yaml` is not what it should be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The registries do not fit together, or a folder is no registry.
    #[error("{}", .0.title)]
    Registry(Box<Diagnostic>),
    /// No unit, or more than one, has the name that the user gave.
    #[error("{}", .0.title)]
    Name(Box<Diagnostic>),
}

impl CatalogError {
    /// What to tell the user.
    #[must_use]
    pub fn into_diagnostic(self) -> Diagnostic {
        match self {
            Self::Config(ConfigError(diagnostic)) | Self::Registry(diagnostic) | Self::Name(diagnostic) => *diagnostic,
        }
    }
}
