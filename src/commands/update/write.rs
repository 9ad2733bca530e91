//! One change of the disk: kept apart from other work, written down before it is made, undone when it fails.

use crate::config::LOCK_FILE;
use crate::disk::update::{Ground, Journal, Merged, Sides};
use crate::error::Error;
use crate::tree::{Files, Plan, Tree};

use super::{Carry, failed, seen_file};

/// The changes as a diff.
pub(super) fn diff(ground: &Ground, merged: &Merged) -> Result<String, Error> {
    let (mut plan, mut tree) = (Plan::new(), Tree::new());
    for (path, after) in &merged.changes {
        match after {
            Some((mode, bytes)) => plan.write(path.clone(), *mode, bytes.clone()),
            None => plan.delete(path.clone()),
        }
        if let Some((mode, bytes)) = seen_file(ground, path) {
            tree.insert(path.clone(), mode, bytes);
        }
    }
    plan.diff(&tree).map_err(|error| Error::io("compare", error))
}

/// Writes, and says whether changes that were put aside stay aside.
pub(super) fn write(carry: &Carry<'_>, sides: &Sides, merged: &Merged) -> Result<bool, Error> {
    let is_dirty =
        carry.stash && !carry.ground.dirty(&mut |path| carry.target.rendered.files.contains_key(path)).map_err(failed)?.is_empty();
    if !is_dirty {
        return journaled(carry, sides, merged, false).map(|()| false);
    }
    let stashed = carry.ground.stash().map_err(failed)?;
    let written = journaled(carry, sides, merged, true);
    if written.is_ok() && !merged.clashes.is_empty() {
        return Ok(true);
    }
    let restored = stashed.restore(carry.ground).map_err(failed);
    written.and(restored).map(|()| false)
}

fn journaled(carry: &Carry<'_>, sides: &Sides, merged: &Merged, has_stash: bool) -> Result<(), Error> {
    let rendered = carry.target.rendered.files.iter().filter(|(path, _)| path.as_str() != LOCK_FILE);
    let pristine: Files = rendered.map(|(path, file)| (path.clone(), (file.mode, file.bytes.clone()))).collect();
    carry.ground.keep(&pristine, &carry.title).map_err(failed)?;
    if let Some(last) = Journal::find(carry.ground).map_err(failed)?.filter(Journal::is_finished) {
        last.discard().map_err(failed)?;
    }
    let journal = Journal::begin(carry.ground, merged, sides, &carry.title, has_stash).map_err(failed)?;
    if let Err(error) = journal.perform(carry.ground, merged) {
        journal.undo(carry.ground).map_err(failed)?;
        return Err(failed(error));
    }
    Ok(())
}
