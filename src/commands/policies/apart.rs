//! Names for policies of plain folders: the same ones from every working directory and however the folders were typed.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::disk;

use super::{LOCAL, Source};

/// Leaves each folder's policies once, and gives those that share a name the folder that they stand in as their namespace: by its path in
/// the repository of `subject`, or by as many names of its way as tell it apart when it lies elsewhere. The name is a part of fingerprints
/// and of waivers, so neither the working directory nor the spelling nor the order has a say in it.
pub(super) fn apart(sources: Vec<Source>, subject: &Path) -> Vec<Source> {
    let mut seen = BTreeSet::new();
    let mut sources: Vec<_> = sources.into_iter().filter(|s| s.home.as_ref().is_none_or(|home| seen.insert(home.clone()))).collect();
    let is_local = |source: &Source| source.namespace == LOCAL;
    let twice = |index: &usize| {
        let source = &sources[*index];
        source.home.is_some() && sources.iter().filter(|other| is_local(other) && other.id == source.id).count() > 1
    };
    let doubled: Vec<usize> = (0..sources.len()).filter(twice).collect();
    if doubled.is_empty() {
        return sources;
    }
    let root = root(subject);
    let taken: BTreeSet<&str> = sources.iter().map(|source| source.namespace.as_str()).collect();
    let folders: BTreeSet<&Path> = doubled.iter().filter_map(|index| sources[*index].home.as_deref()?.parent()).collect();
    let names: Vec<_> = doubled
        .iter()
        .map(|index| name(sources[*index].home.as_deref().and_then(Path::parent).unwrap_or(&root), &folders, &root, &taken))
        .collect();
    for (index, name) in doubled.into_iter().zip(names) {
        sources[index].namespace = name;
    }
    sources
}

/// The root of the repository around a folder, or the folder itself.
fn root(subject: &Path) -> PathBuf {
    let real = subject.canonicalize().unwrap_or_else(|_| subject.to_owned());
    disk::enclosing_repository(&real).unwrap_or(real)
}

fn name(folder: &Path, all: &BTreeSet<&Path>, root: &Path, taken: &BTreeSet<&str>) -> String {
    let inside = |folder: &Path| folder.strip_prefix(root).ok().map(joined);
    if let Some(inside) = inside(folder) {
        return match inside.as_str() {
            "" => ".".to_owned(),
            name if taken.contains(name) => format!("./{name}"),
            _ => inside,
        };
    }
    let others: Vec<_> = all.iter().filter(|other| **other != folder).collect();
    let is_free = |name: &String| {
        let ends = |other: &Path| inside(other).unwrap_or_else(|| last(other, name.split('/').count())) == *name;
        !taken.contains(name.as_str()) && !others.iter().any(|other| ends(other))
    };
    (1..folder.components().count()).map(|count| last(folder, count)).find(is_free).unwrap_or_else(|| joined(folder))
}

/// The last names of a path.
fn last(path: &Path, count: usize) -> String {
    let names: Vec<_> = path.components().collect();
    joined(&names[names.len().saturating_sub(count)..].iter().collect::<PathBuf>())
}

fn joined(path: &Path) -> String {
    let names = path.components().filter(|part| !matches!(part, Component::RootDir | Component::Prefix(_)));
    names.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_called_by_its_place_in_the_repository_or_by_what_tells_it_apart() {
        let all = ["/w/o/rules", "/w/o", "/w/r", "/x/a/policies", "/x/b/policies", "/w/acme", "/w/o/acme", "/y/rules"];
        let folders: BTreeSet<&Path> = all.iter().map(Path::new).collect();
        let called = |folder: &str| name(Path::new(folder), &folders, Path::new("/w/o"), &BTreeSet::from(["acme"]));
        let names = all.map(called);
        assert_eq!(names, ["rules", ".", "r", "a/policies", "b/policies", "w/acme", "./acme", "y/rules"]);
    }
}
