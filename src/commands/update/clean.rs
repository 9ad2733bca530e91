//! What must be committed before an update, so that it can be told from other work and taken back.

use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::disk::update::{Ground, UpdateError};
use crate::error::Error;
use crate::tree::RepoPath;

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

/// Whether work that is not committed may be put aside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Stash {
    /// It is.
    Asked,
    /// It could be.
    Offered,
    /// The verb does not do that.
    Unknown,
}

/// Refuses to put a new file aside where the update brings one of that name: it could not come back.
fn welcome(ground: &Ground, target: &Target, dirty: &[String]) -> Result<(), Error> {
    let mut in_the_way = Vec::new();
    for path in dirty.iter().map(|path| RepoPath::found(path.clone())).filter(|path| target.rendered.files.contains_key(path)) {
        if ground.committed(&path).map_err(failed)?.is_none() {
            in_the_way.push(path.to_string());
        }
    }
    if in_the_way.is_empty() { Ok(()) } else { Err(failed(UpdateError::InTheWay(in_the_way))) }
}

/// Refuses a working tree in which an update could not be told from other work.
pub(in crate::commands) fn ready(ground: &Ground, target: &Target, stash: Stash) -> Result<(), Error> {
    free(ground)?;
    let dirty = ground.dirty(&mut |path| target.rendered.files.contains_key(path)).map_err(failed)?;
    if stash == Stash::Asked {
        return welcome(ground, target, &dirty);
    }
    if dirty.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = dirty.iter().take(5).map(|path| format!("`{path}`")).collect();
    let more = if dirty.len() > names.len() { ", …" } else { "" };
    let title = format!("the working tree has changes that are not committed: {}{more}", names.join(", "));
    let help = match stash {
        Stash::Offered => "commit them, or put them aside for the time with `--stash`",
        _ => "commit them, or put them aside with `git stash`",
    };
    Err(Error::usage(title).help(help))
}
