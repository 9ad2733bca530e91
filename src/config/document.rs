//! Parsing by format: one spanned data model for YAML, JSON and TOML.

use crate::finding::{Diagnostic, SourceText};

use super::{Node, json, toml, yaml};

/// The formats whose places polity can point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2, core schema; one or more documents.
    Yaml,
    /// JSON (RFC 8259); in a file `*.jsonc` with comments and commas behind the last member.
    Json,
    /// TOML 1.0.
    Toml,
}

impl Format {
    /// The format that a file's extension stands for.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" | "jsonc" => Some(Self::Json),
            "toml" | "lock" => Some(Self::Toml),
            _ => None,
        }
    }
}

/// The most nodes a file may have after aliases are expanded, so that an alias bomb stays a small error.
pub(super) const MAX_NODES: usize = 1_000_000;
/// The deepest nesting accepted.
pub(super) const MAX_DEPTH: usize = 128;

/// One document of a file.
pub type Document = Node;

/// Parses a text into its documents: any number for YAML, one for the others.
///
/// # Errors
/// A diagnostic that points at the first character that does not fit. Duplicate keys, nesting deeper than
/// 128 and more than a million nodes are errors too.
pub fn parse(source: &SourceText, format: Format) -> Result<Vec<Document>, Box<Diagnostic>> {
    match format {
        Format::Yaml => yaml::parse(source, yaml::Dialect::Core),
        Format::Json => json::parse(source).map(|node| vec![node]),
        Format::Toml => toml::parse(source).map(|node| vec![node]),
    }
}
