//! `polity.lock`: the exact releases, answers and files of a generated service. Written by polity, read by people and by git.
//!
//! One entry a block, sorted, so that two branches that touch different entries merge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tree::{BlobId, Digest, RepoPath};

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The version of this format.
    pub version: u32,
    /// The layers in the order of rendering, lowest first.
    pub layers: Vec<LockedLayer>,
    /// SHA-256 over the canonical JSON of the answers.
    pub answers: Digest,
    /// Every rendered file by path.
    #[schemars(with = "BTreeMap<String, LockedFile>")]
    pub files: BTreeMap<RepoPath, LockedFile>,
}

/// One template that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedLayer {
    /// `namespace/name`.
    pub name: String,
    /// The release.
    pub version: String,
    /// Where it came from: `embedded`, or the registry's folder or URL.
    pub registry: String,
    /// The digest of the template's tree.
    pub digest: Digest,
}

/// One rendered file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// Whose file it is.
    pub class: FileClass,
    /// SHA-256 of the rendered bytes.
    pub sha256: Digest,
    /// The name of the rendered bytes as a git blob: while git has it, an update needs no old release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<BlobId>,
    /// Whether the file is executable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The files of templates that it was rendered from, as `namespace/name:path`, lowest layer first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
}

/// Whose a file is after generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileClass {
    /// The template's: a difference is drift.
    #[default]
    Managed,
    /// Both edit: updates merge.
    Merged,
    /// Given once, then the user's.
    Seeded,
}
