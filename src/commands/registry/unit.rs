//! A template or policy in its registry: its folder, its tag, and what its manifest says.

use semver::Version;
use serde_json::Value;

use crate::catalog::UnitKind;
use crate::catalog::trust::UnitKey;
use crate::config::{Format, parse};
use crate::finding::SourceText;
use crate::tree::{RepoPath, Tree};

/// The version that a template's or policy's manifest says.
pub(super) fn manifest_version(tree: &Tree, kind: UnitKind) -> Option<String> {
    Some(in_manifest(tree, kind, "version")?.as_str()?.to_owned())
}

/// The layers that a template's manifest names.
pub(super) fn manifest_requires(tree: &Tree, kind: UnitKind) -> Vec<String> {
    in_manifest(tree, kind, "requires").and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default()
}

fn in_manifest(tree: &Tree, kind: UnitKind, key: &str) -> Option<Value> {
    manifest(tree, kind).get(key).cloned()
}

/// The whole manifest of a template or policy; `null` when it has none that can be read.
pub(super) fn manifest(tree: &Tree, kind: UnitKind) -> Value {
    let read = || {
        let bytes = tree.read(&RepoPath::found(kind.manifest().to_owned())).ok()?;
        let source = SourceText::new(kind.manifest(), String::from_utf8_lossy(&bytes).into_owned());
        Some(parse(&source, Format::Yaml).ok()?.first()?.to_json())
    };
    read().unwrap_or_default()
}

/// The tag of a release.
pub(super) fn tag((kind, name): &UnitKey, version: &Version) -> String {
    format!("{}/{name}/{version}", kind.folder())
}

/// The folder of a template or policy in its registry.
pub(super) fn folder((kind, name): &UnitKey) -> String {
    format!("{}/{name}", kind.folder())
}

/// Whether two trees differ in what git makes of line ends and in nothing else.
pub(super) fn same_but_line_ends(committed: &Tree, working: &Tree) -> bool {
    let turned = |tree: &Tree| -> Option<Vec<_>> {
        tree.iter().map(|(path, entry)| Some((path.clone(), entry.mode, lines(&tree.read(path).ok()?)))).collect()
    };
    turned(committed).is_some_and(|lines| turned(working) == Some(lines))
}

fn lines(bytes: &[u8]) -> Vec<u8> {
    let is_turned = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
    (0..bytes.len()).filter(|at| !is_turned(*at)).map(|at| bytes[at]).collect()
}
