//! Rules on files that no file falls under: most often a name that was mistyped, or that the file has no more.

use globset::GlobBuilder;

use crate::config::Step;
use crate::finding::Location;
use crate::tree::RepoPath;

use super::Layer;
use super::check::key;
use super::engine::{closings, openings};
use super::render::SUFFIX;

/// The places of the rules of a layer that match none of its files, under the names that they have with any answers, nor any of `rendered`.
#[must_use]
pub fn idle_rules(layer: &Layer, rendered: &[RepoPath]) -> Vec<(String, Location)> {
    let own = layer.tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix("files/")).map(|name| plain(layer, name));
    let names: Vec<String> = own.flat_map(|name| [name.strip_suffix(SUFFIX).map(str::to_owned), Some(name)]).flatten().collect();
    let is_idle = |glob: &str| {
        let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() else { return false };
        let glob = glob.compile_matcher();
        !names.iter().any(|name| glob.is_match(name)) && !rendered.iter().any(|path| glob.is_match(path.as_str()))
    };
    let idle = layer.file.files.iter().enumerate().filter(|(_, rule)| is_idle(&rule.path));
    idle.map(|(index, rule)| (rule.path.clone(), layer.at(&[key("files"), Step::Index(index), key("path")], ""))).collect()
}

/// A file's name with a letter in the place of each expression.
fn plain(layer: &Layer, name: &str) -> String {
    let mut name = name.to_owned();
    for (open, close) in openings(layer.file.delimiters).into_iter().zip(closings(layer.file.delimiters)) {
        while let Some(start) = name.find(open)
            && let Some(length) = name[start..].find(close)
        {
            name.replace_range(start..start + length + close.len(), "x");
        }
    }
    name
}
