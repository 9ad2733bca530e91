//! Adding files to a folder that has some: nothing that exists is touched, and every file that is kept is named.

use std::fs;
use std::io;
use std::path::Path;

use crate::tree::{Change, Plan, RepoPath};

use super::stage::{Staging, WriteError, create};

/// Writes the files of `plan` that do not exist yet and returns those that do.
///
/// The contents are written beside the target first, so each file appears whole.
///
/// # Errors
/// [`WriteError`] when a folder on the way is a link or a file, or the operating system refuses.
pub fn add(target: &Path, plan: &Plan) -> Result<Vec<RepoPath>, WriteError> {
    for (path, _) in plan.iter() {
        refuse_detours(target, path)?;
    }
    let staging = Staging::begin(target)?;
    staging.write(plan)?;
    let mut kept = Vec::new();
    for (path, change) in plan.iter() {
        let Change::Write { mode, bytes } = change else { continue };
        let to = target.join(path.as_str());
        let folder = target.join(path.parent());
        fs::create_dir_all(&folder).map_err(WriteError::io("make the folder", &folder))?;
        // A link never replaces what stands there, not even what appeared a moment ago.
        let linked = fs::hard_link(staging.tree().join(path.as_str()), &to);
        // Some file systems have no hard links; there the file is written in place.
        let written =
            linked.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Err(error) } else { create(&to, *mode, bytes) });
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => kept.push(path.clone()),
            Err(error) => return Err(WriteError::io("write", &to)(error)),
        }
    }
    Ok(kept)
}

/// A link among the folders on the way would lead the file elsewhere.
pub(super) fn refuse_detours(target: &Path, path: &RepoPath) -> Result<(), WriteError> {
    let mut folder = target.to_owned();
    for component in path.parent().split('/').filter(|component| !component.is_empty()) {
        folder.push(component);
        match folder.symlink_metadata() {
            Ok(metadata) if !metadata.is_dir() => {
                let cause = io::Error::new(io::ErrorKind::NotADirectory, "a link or a file stands where a folder is needed");
                return Err(WriteError::io("write below", &folder)(cause));
            }
            _ => {}
        }
    }
    let file = target.join(path.as_str());
    if file.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let cause = io::Error::new(io::ErrorKind::IsADirectory, "a folder stands where a file is to be");
        return Err(WriteError::io("write", &file)(cause));
    }
    Ok(())
}
