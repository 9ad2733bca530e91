//! What must be committed before an update, so that it can be told from other work and taken back.

use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::disk::update::Ground;
use crate::error::Error;

use super::{Target, failed};

/// Refuses a record and a lock that are not committed: they tell what was rendered for the working tree, and the merge is one of commits.
pub(super) fn settled(ground: &Ground) -> Result<(), Error> {
    free(ground)?;
    let dirty = ground.dirty(&mut |path| [LOCK_FILE, SERVICE_FILE].contains(&path.as_str())).map_err(failed)?;
    match dirty.iter().find(|path| [LOCK_FILE, SERVICE_FILE].contains(&path.as_str())) {
        Some(path) => Err(Error::usage(format!("the working tree has changes that are not committed: `{path}`"))
            .help("an update goes out from what this file says: commit it, or take the last update back with `polity update --abort`")),
        None => Ok(()),
    }
}

/// Refuses a repository in which git is in the middle of something.
fn free(ground: &Ground) -> Result<(), Error> {
    match ground.occupied() {
        Some(what) => Err(Error::usage(format!("the repository has {what}")).help("finish that first: `git status` says how")),
        None => Ok(()),
    }
}

/// Refuses a working tree in which an update could not be told from other work.
pub(in crate::commands) fn ready(ground: &Ground, target: &Target, may_stash: bool) -> Result<(), Error> {
    free(ground)?;
    let dirty = ground.dirty(&mut |path| target.rendered.files.contains_key(path)).map_err(failed)?;
    if dirty.is_empty() || may_stash {
        return Ok(());
    }
    let names: Vec<_> = dirty.iter().take(5).map(|path| format!("`{path}`")).collect();
    let more = if dirty.len() > names.len() { ", …" } else { "" };
    let title = format!("the working tree has changes that are not committed: {}{more}", names.join(", "));
    Err(Error::usage(title).help("commit them, or put them aside for the time with `--stash`"))
}
