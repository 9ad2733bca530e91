//! The merge of three trees by libgit2, for machines without a git command of version 2.38 or newer. It follows files that were
//! renamed, by a measure of its own.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{FileFavor, Index, IndexConflict, IndexEntry, MergeFileOptions, MergeOptions, Oid};

use crate::tree::Mode;

use super::merge::{Outcome, free};
use super::scratch::{Scratch, entry};
use super::{UpdateError, mode_of};

/// Merges three trees: ancestor, yours, the template's.
pub(super) fn merge(scratch: &Scratch, trees: [Oid; 3], names: &[String; 2]) -> Result<Outcome, UpdateError> {
    let repository = &scratch.repository;
    let [base, ours, theirs] = trees.map(|id| repository.find_tree(id));
    let mut options = MergeOptions::new();
    options.find_renames(true).file_favor(FileFavor::Normal);
    let mut index = repository.merge_trees(&base?, &ours?, &theirs?, Some(&options))?;
    let mut stages: BTreeMap<String, [Option<(Mode, Oid)>; 3]> = BTreeMap::new();
    let mut resolved = Vec::new();
    for conflict in index.conflicts()?.collect::<Result<Vec<_>, _>>()? {
        let sides = [&conflict.ancestor, &conflict.our, &conflict.their];
        for (stage, side) in sides.into_iter().enumerate() {
            let Some(side) = side else { continue };
            let mode = mode_of(i32::try_from(side.mode).unwrap_or(0));
            stages.entry(path(side)).or_default()[stage] = mode.map(|mode| (mode, side.id));
        }
        resolved.extend(shown(scratch, &conflict, names)?);
    }
    let mut clean = Index::new()?;
    for item in index.iter().filter(|item| item.flags >> 12 & 3 == 0) {
        clean.add(&item)?;
    }
    index.clear()?;
    for (path, mode, id, side) in resolved {
        let is_folder = clean.iter().any(|item| item.path.starts_with(format!("{path}/").as_bytes()));
        let is_taken = |name: &str| clean.get_path(Path::new(name), 0).is_some();
        let target = if is_folder { free(&path, side, is_taken) } else { path.clone() };
        if is_folder && let Some(moved) = stages.remove(&path) {
            stages.insert(target.clone(), moved);
        }
        clean.add(&entry(&target, mode, id, 0))?;
    }
    Ok(Outcome { tree: clean.write_tree_to(repository)?, stages })
}

/// What stands in the working tree for a conflict: a file with markers, or the side that is left. With the word for that side.
fn shown(scratch: &Scratch, conflict: &IndexConflict, names: &[String; 2]) -> Result<Vec<(String, u32, Oid, &'static str)>, UpdateError> {
    match (&conflict.our, &conflict.their) {
        (Some(ours), Some(theirs)) if ours.path == theirs.path => {
            let empty = entry(&path(ours), ours.mode, scratch.repository.blob(b"")?, 0);
            let mut options = MergeFileOptions::new();
            options.our_label(&names[0]).their_label(&names[1]);
            let base = conflict.ancestor.as_ref().unwrap_or(&empty);
            let result = scratch.repository.merge_file_from_index(base, ours, theirs, Some(&mut options))?;
            // Two binary files have no markers: yours stays, as with git.
            let id = if is_binary(scratch, [ours, theirs]) { ours.id } else { scratch.repository.blob(result.content())? };
            Ok(vec![(path(ours), ours.mode, id, "yours")])
        }
        (ours, theirs) => {
            let sides = [(ours, "yours"), (theirs, "template")].into_iter();
            Ok(sides.filter_map(|(side, word)| side.as_ref().map(|side| (path(side), side.mode, side.id, word))).collect())
        }
    }
}

fn is_binary(scratch: &Scratch, sides: [&IndexEntry; 2]) -> bool {
    sides.iter().any(|side| scratch.repository.find_blob(side.id).is_ok_and(|blob| blob.is_binary()))
}

fn path(entry: &IndexEntry) -> String {
    Path::new(&*String::from_utf8_lossy(&entry.path)).to_string_lossy().into_owned()
}
