//! A merge of three trees as git does it: by the git command, or by libgit2 where there is none that can.

use std::collections::BTreeMap;
use std::sync::Arc;

use git2::{Oid, Repository};

use crate::tree::{Changes, File, Files, Mode, RepoPath};

use super::scratch::Scratch;
use super::{Ground, UpdateError, fallback, mode_of};

/// What is to be merged.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// What both sides come from.
    pub base: Files,
    /// What the template brings.
    pub theirs: Files,
    /// How the working tree is to be seen before the merge: contents, or `None` for a file to be taken as absent.
    pub ours: Changes,
    /// The names of the sides in conflict markers: yours, the template's.
    pub names: [String; 2],
}

/// A path that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The path.
    pub path: RepoPath,
    /// Ancestor, yours, the template's.
    pub stages: [Option<File>; 3],
}

/// What came of a merge.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// Every file of the result, by what changes against the tree as it was merged; conflicts hold markers.
    pub changes: Changes,
    /// The paths with conflicts.
    pub clashes: Vec<Clash>,
}

/// A result inside the scratch repository.
pub(super) struct Outcome {
    /// The merged tree; conflicts hold markers.
    pub(super) tree: Oid,
    /// The stages of each conflict, by path.
    pub(super) stages: BTreeMap<String, [Option<(Mode, Oid)>; 3]>,
}

/// Merges; the result is told against the working tree as it is, not as it was to be seen.
///
/// # Errors
/// [`UpdateError`].
pub fn merge(ground: &Ground, sides: &Sides) -> Result<Merged, UpdateError> {
    let attributes = ground.read(".gitattributes");
    let scratch = Scratch::new(ground.repository(), attributes.as_deref())?;
    let real = ground.tree(&scratch, sides)?;
    let mut seen = BTreeMap::new();
    for (path, file) in &sides.ours {
        let file = file.as_ref().map(|(mode, bytes)| Ok::<_, git2::Error>((*mode, scratch.repository.blob(bytes)?))).transpose()?;
        seen.insert(path, file);
    }
    let ours = scratch.changed(real, seen)?;
    let trees = [scratch.tree(&sides.base)?, ours, scratch.tree(&sides.theirs)?];
    let outcome = match by_command(&scratch, ground, trees, &sides.names)? {
        Some(outcome) => outcome,
        None => fallback::merge(&scratch, trees, &sides.names)?,
    };
    collect(&scratch.repository, real, &outcome)
}

/// The result as changes against the real tree.
fn collect(repository: &Repository, real: Oid, outcome: &Outcome) -> Result<Merged, UpdateError> {
    let mut merged = Merged::default();
    let load = |file: Option<(Mode, Oid)>| -> Result<Option<File>, git2::Error> {
        file.map(|(mode, id)| Ok((mode, Arc::from(repository.find_blob(id)?.content())))).transpose()
    };
    let (old, new) = (repository.find_tree(real)?, repository.find_tree(outcome.tree)?);
    let diff = repository.diff_tree_to_tree(Some(&old), Some(&new), None)?;
    for delta in diff.deltas() {
        let name = |file: git2::DiffFile<'_>| file.path().and_then(std::path::Path::to_str).map(|path| RepoPath::found(path.to_owned()));
        let (Some(old), Some(new)) = (name(delta.old_file()), name(delta.new_file())) else { continue };
        if delta.status() == git2::Delta::Deleted {
            // A link that became a file is told as one path deleted and one added.
            merged.changes.entry(old).or_insert(None);
        } else {
            let file = delta.new_file();
            merged.changes.insert(new, load(mode_of(i32::from(file.mode())).map(|mode| (mode, file.id())))?);
        }
    }
    for (path, stages) in &outcome.stages {
        let [base, ours, theirs] = *stages;
        merged.clashes.push(Clash { path: RepoPath::found(path.clone()), stages: [load(base)?, load(ours)?, load(theirs)?] });
    }
    Ok(merged)
}

/// `git merge-tree`, which merges as `git merge` does; `None` when there is no git, or none that knows it (before 2.38).
///
/// It runs in the user's repository, where it finds the attributes and the merge drivers that hold there, and writes into the scratch one.
fn by_command(scratch: &Scratch, ground: &Ground, trees: [Oid; 3], names: &[String; 2]) -> Result<Option<Outcome>, UpdateError> {
    let prefix = ground.prefix();
    let [base, ours, theirs] = trees.map(|tree| scratch.nested(tree, prefix));
    let ancestor = scratch.commit(base?, None)?;
    let sides = [scratch.commit(ours?, Some(ancestor))?.to_string(), scratch.commit(theirs?, Some(ancestor))?.to_string()];
    // A file of the user's does not move because the template moved its neighbours; it is followed whatever is set otherwise.
    let settings = ["-c", "merge.directoryRenames=false", "-c", "merge.renames=true"];
    let args = [&settings[..], &["merge-tree", "--write-tree", "-z", "--no-messages", &sides[0], &sides[1]]].concat();
    let Ok(output) = scratch.git_for(ground, &args).output() else { return Ok(None) };
    match output.status.code() {
        Some(0 | 1) => {}
        // 129 is a usage error: an old git does not know the flags. Any other failure is told.
        Some(129) => return Ok(None),
        _ => return Err(UpdateError::Command(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
    let mut rows = output.stdout.split(|b| *b == 0).map(String::from_utf8_lossy);
    let tree = rows.next().and_then(|id| Oid::from_str(id.trim()).ok());
    let Some(mut tree) = tree else { return Err(UpdateError::Command("merge-tree said nothing".to_owned())) };
    let mut stages: BTreeMap<String, [Option<(Mode, Oid)>; 3]> = BTreeMap::new();
    for row in rows.take_while(|row| !row.is_empty()) {
        let Some((mode, id, stage, path)) =
            staged(&row).and_then(|(mode, id, stage, path)| Some((mode, id, stage, path.strip_prefix(prefix)?)))
        else {
            return Err(UpdateError::Command(format!("merge-tree said `{row}`")));
        };
        stages.entry(path.to_owned()).or_default()[stage - 1] = mode.map(|mode| (mode, id));
    }
    tree = scratch.inside(tree, prefix)?;
    if !stages.is_empty() {
        tree = named(scratch, tree, &mut stages, (&sides, &ancestor.to_string()), names)?;
    }
    Ok(Some(Outcome { tree, stages }))
}

/// `mode SP id SP stage TAB path`.
fn staged(row: &str) -> Option<(Option<Mode>, Oid, usize, &str)> {
    let (head, path) = row.split_once('\t')?;
    let mut parts = head.split(' ');
    let mode = i32::from_str_radix(parts.next()?, 8).ok()?;
    let id = Oid::from_str(parts.next()?).ok()?;
    let stage: usize = parts.next()?.parse().ok()?;
    (1..=3).contains(&stage).then_some((mode_of(mode), id, stage, path))
}

/// Gives the sides their names: the command wrote the ids of two commits into markers and into names of files.
fn named(
    scratch: &Scratch,
    tree: Oid,
    stages: &mut BTreeMap<String, [Option<(Mode, Oid)>; 3]>,
    (ids, ancestor): (&[String; 2], &str),
    names: &[String; 2],
) -> Result<Oid, UpdateError> {
    let repository = &scratch.repository;
    let old = repository.find_tree(tree)?;
    let mut changes: Vec<(RepoPath, Option<(Mode, Oid)>)> = Vec::new();
    let mut renamed = BTreeMap::new();
    for (path, file) in std::mem::take(stages) {
        let entry = old.get_path(std::path::Path::new(&path)).ok();
        let mut target = path.clone();
        for (id, word) in ids.iter().zip(["yours", "template"]) {
            if let Some((stem, rest)) = path.split_once(&format!("~{id}")) {
                // Whoever kept a file of that name after the last conflict still has it.
                target = free(stem, word, |name| old.get_path(std::path::Path::new(name)).is_ok()) + rest;
            }
        }
        if let Some((mode, blob)) = entry.and_then(|entry| Some((mode_of(entry.filemode())?, entry.id()))) {
            let bytes = repository.find_blob(blob)?.content().to_vec();
            let marked = marked(&bytes, ids, ancestor, names);
            if marked != bytes || target != path {
                changes.push((RepoPath::found(path.clone()), None));
                changes.push((RepoPath::found(target.clone()), Some((mode, repository.blob(&marked)?))));
            }
        }
        renamed.insert(target, file);
    }
    *stages = renamed;
    scratch.changed(tree, changes.iter().map(|(path, change)| (path, *change)))
}

/// A name for one side of a path that both sides want, as git makes it: of `path~word`, `path~word_0` and so on the first that is not taken.
pub(super) fn free(path: &str, word: &str, mut is_taken: impl FnMut(&str) -> bool) -> String {
    let first = format!("{path}~{word}");
    let mut names = std::iter::once(first.clone()).chain((0..1000).map(|number| format!("{first}_{number}")));
    names.find(|name| !is_taken(name)).unwrap_or(first)
}

/// Puts names in the place of ids on the lines of conflict markers.
fn marked(bytes: &[u8], ids: &[String; 2], ancestor: &str, names: &[String; 2]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let is_marker = line.starts_with(b"<<<<<<<") || line.starts_with(b">>>>>>>");
        // Where `merge.conflictStyle` wants the ancestor too, git names it by the beginning of its id.
        let base = line.strip_prefix(b"||||||| ").map(|rest| String::from_utf8_lossy(rest).trim_end().to_owned());
        if base.is_some_and(|id| id.len() >= 7 && ancestor.starts_with(&id)) {
            text.extend_from_slice(b"||||||| as it was rendered before\n");
            continue;
        }
        match std::str::from_utf8(line).ok().filter(|_| is_marker) {
            Some(line) => text.extend_from_slice(line.replace(&ids[0], &names[0]).replace(&ids[1], &names[1]).as_bytes()),
            None => text.extend_from_slice(line),
        }
    }
    text
}
