//! Names for policies of plain folders: the same ones from every working directory, however the folders were typed, and whatever else is given.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::disk;

use super::{LOCAL, Source};

/// How many names of its way a folder outside of the repository is called by.
const NAMES: usize = 2;

/// Leaves each folder's policies once, and gives them the folder that they stand in as their namespace: its path in the repository of `subject`, or
/// the last names of its way when it lies elsewhere. The name is a part of fingerprints and of waivers, so what else is given has no say in it, unless
/// two folders elsewhere share these names.
pub(super) fn apart(sources: Vec<Source>, subject: &Path) -> Vec<Source> {
    let mut seen = BTreeSet::new();
    let mut sources: Vec<_> = sources.into_iter().filter(|s| s.home.as_ref().is_none_or(|home| seen.insert(home.clone()))).collect();
    let folder = |source: &Source| Some(source.home.as_ref().filter(|_| source.namespace == LOCAL)?.parent()?.to_owned());
    let folders: BTreeSet<PathBuf> = sources.iter().filter_map(folder).collect();
    if folders.is_empty() {
        return sources;
    }
    let real = subject.canonicalize().unwrap_or_else(|_| subject.to_owned());
    let root = disk::root_around(&real).unwrap_or(real);
    for source in &mut sources {
        if let Some(folder) = folder(source) {
            source.namespace = name(&folder, &folders, &root);
        }
    }
    sources
}

fn name(folder: &Path, all: &BTreeSet<PathBuf>, root: &Path) -> String {
    if let Ok(inside) = folder.strip_prefix(root) {
        return if inside.as_os_str().is_empty() { ".".to_owned() } else { format!("./{}", joined(inside)) };
    }
    let others = || all.iter().filter(|other| *other != folder && !other.starts_with(root));
    let is_free = |count: &usize| !others().any(|other| last(other, *count) == last(folder, *count));
    let names = joined(folder);
    let count = (NAMES..folder.components().count()).find(is_free).map(|count| last(folder, count));
    // One name alone would be that of a registry.
    count.unwrap_or_else(|| format!("/{names}"))
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

    #[track_caller]
    fn check(folders: &[&str], expected: &[&str]) {
        let all: BTreeSet<PathBuf> = folders.iter().map(PathBuf::from).collect();
        let names: Vec<_> = folders.iter().map(|folder| name(Path::new(folder), &all, Path::new("/w/o"))).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_folder_is_called_by_its_place_in_the_repository_or_by_its_last_names() {
        let each =
            [("/w/o/rules", "./rules"), ("/w/o", "."), ("/w/o/x/a", "./x/a"), ("/w/r", "w/r"), ("/x/a/rules", "a/rules"), ("/r", "/r")];
        each.iter().for_each(|(folder, name)| check(&[folder], &[name]));
        let (folders, names): (Vec<_>, Vec<_>) = each.into_iter().unzip();
        check(&folders, &names);
    }

    #[test]
    fn folders_elsewhere_that_share_their_last_names_are_told_apart() {
        check(&["/x/a/rules", "/y/a/rules", "/w/o/a/rules"], &["x/a/rules", "y/a/rules", "./a/rules"]);
        check(&["/a/rules", "/y/a/rules"], &["/a/rules", "y/a/rules"]);
    }
}
