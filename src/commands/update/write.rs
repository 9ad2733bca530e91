//! One change of the disk: kept apart from other work, written down before it is made, undone when it fails.

use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::disk::update::{Back, Ground, Journal, Merged, Sides, UpdateError};
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

/// Writes, and says what became of work that was put aside: `None` when it stays aside, with the reason when it did not fit any more.
pub(super) fn write(carry: &Carry<'_>, sides: &Sides, merged: &Merged) -> Result<(Option<Back>, Option<Error>), Error> {
    let ground = carry.ground;
    let is_dirty = carry.stash && !ground.dirty(&mut |path| carry.target.rendered.files.contains_key(path)).map_err(failed)?.is_empty();
    let rendered = carry.target.rendered.files.iter().filter(|(path, _)| path.as_str() != LOCK_FILE);
    let pristine: Files = rendered.map(|(path, file)| (path.clone(), (file.mode, file.bytes.clone()))).collect();
    ground.keep(&pristine, &carry.title).map_err(failed)?;
    if let Some(last) = Journal::find(ground).map_err(failed)?.filter(Journal::is_finished) {
        // Without its journal an update that came first could not be taken back.
        alone(carry)?;
        last.discard().map_err(failed)?;
    }
    let mut journal = Journal::begin(ground, &carry.title, is_dirty).map_err(failed)?;
    if let Err(error) = alone(carry) {
        journal.undo(ground).map_err(failed)?;
        return Err(error);
    }
    let done = journal.put_aside(ground).and_then(|()| journal.plan(ground, merged, sides)).and_then(|()| journal.perform(ground, merged));
    if let Err(error) = done {
        journal.undo(ground).map_err(failed)?;
        return Err(failed(error));
    }
    match journal.settle(ground) {
        Ok(back) => Ok(((!is_dirty || merged.clashes.is_empty()).then_some(back), None)),
        Err(error @ UpdateError::Stash { .. }) => Ok((Some(Back::Nothing), Some(failed(error)))),
        Err(error) => Err(failed(error)),
    }
}

/// The lock and the record as they lie in the working tree.
pub(in crate::commands) type Own = [Option<Vec<u8>>; 2];

/// Reads the lock and the record.
pub(in crate::commands) fn own(ground: &Ground) -> Own {
    [LOCK_FILE, SERVICE_FILE].map(|name| ground.read(name))
}

/// Refuses to go on when another update has changed the lock or the record since they were read.
fn alone(carry: &Carry<'_>) -> Result<(), Error> {
    if own(carry.ground) == carry.own {
        return Ok(());
    }
    Err(Error::io("change the service", format!("another process has changed {LOCK_FILE} or {SERVICE_FILE} meanwhile"))
        .help("look at what it did, and run this again; nothing was changed"))
}
