//! A folder as a repository of services: the walk and what stands above. It finds out what there is and judges nothing.

use std::path::Path;
use std::sync::Arc;

use crate::disk::{self, Footprint, Walk};
use crate::error::Error;
use crate::policy::{Above, Hidden, LeftOut, Repository};

use super::check::folder;
use super::{Env, traces};

/// A folder as a repository of services, and what was looked at for that; `meanwhile` is done beside it and told when it is over.
pub(super) fn surveyed<T>(
    path: &Path,
    env: &Env<'_>,
    meanwhile: impl FnOnce(&dyn Fn() -> bool) -> T,
) -> Result<(Repository, Footprint, T), Error> {
    let folder = folder(path, env)?;
    let (walk, done) = std::thread::scope(|scope| {
        let walk = scope.spawn(|| disk::walk(&folder));
        let done = meanwhile(&|| walk.is_finished());
        (walk.join().expect("a walk does not panic"), done)
    });
    let mut walk = walk.map_err(|error| Error::io(format!("read `{}`", error.path.display()), error.cause))?;
    let footprint = std::mem::take(&mut walk.footprint);
    Ok((walked(traces::apart(walk, &folder)).below(Arc::new(above(&folder)?)), footprint, done))
}

/// What stands above a folder and is about it.
pub(super) fn above(folder: &Path) -> Result<Above, Error> {
    let above = disk::above(folder).map_err(|error| Error::io(format!("read `{}`", error.path.display()), error.cause))?;
    Ok(Above { prefix: above.prefix, homes: above.homes, service: above.service, chart: above.chart, files: above.files })
}

/// What was walked as a repository.
pub(super) fn walked(walk: Walk) -> Repository {
    let left_out = walk.skipped.into_iter().map(|item| LeftOut { path: item.path, reason: item.reason, lack: item.lack });
    let hidden = walk.hidden.into_iter().map(|(by, files)| Hidden { file: by.file, pattern: by.pattern, files });
    Repository::new(walk.tree, left_out.collect()).hiding(hidden.collect())
}
