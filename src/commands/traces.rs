//! What `polity check` keeps between runs: where, and for which program.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cli::CheckArgs;
use crate::disk::{TraceFile, Walk};
use crate::policy::Repository;

use super::{Env, federation};

/// The repository with what earlier runs kept of it, and where this run may keep something: nowhere without a cache folder, and when
/// everything is to be evaluated.
pub(super) fn traced(repository: Repository, folder: &Path, args: &CheckArgs) -> (Repository, Option<TraceFile>) {
    let Some((file, salt)) = place(folder).filter(|_| !args.no_cache) else { return (repository, None) };
    (repository.traced(file.read(), salt, now()), Some(file))
}

/// Whether an earlier run kept something.
pub(super) fn has(args: &CheckArgs, env: &Env<'_>) -> bool {
    !args.no_cache && place(&env.cwd.join(&args.path)).is_some_and(|(file, _)| file.is_there())
}

/// A walk without what polity itself keeps in the folder: what a registry brought is no evidence of what stands beside it.
pub(super) fn apart(mut walk: Walk, folder: &Path) -> Walk {
    let place = || -> Option<String> {
        let (cache, folder) = (federation::cache().ok()?.root().canonicalize().ok()?, folder.canonicalize().ok()?);
        let inside = cache.strip_prefix(folder).ok()?.to_str()?.replace('\\', "/");
        (!inside.is_empty()).then(|| inside + "/")
    };
    if let Some(inside) = place() {
        walk.tree = walk.tree.only(|path| !path.starts_with(&inside));
        walk.skipped.retain(|item| !format!("{}/", item.path).starts_with(&inside));
    }
    walk
}

/// Keeps what this run learnt.
pub(super) fn keep(file: Option<&TraceFile>, repository: &Repository) {
    if let (Some(file), Some(new)) = (file, repository.traces()) {
        file.write(&new);
    }
}

/// Keeps what this run learnt while something else is done: what a run says need not wait for what the next one may believe.
pub(super) fn keep_beside<T>(file: Option<&TraceFile>, repository: &Repository, other: impl FnOnce() -> T) -> T {
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| keep(file, repository));
        other()
    })
}

/// What tells this program from others: a version says nothing of builds on the way to the next one.
pub(super) fn program() -> Option<String> {
    let file = std::env::current_exe().ok()?.metadata().ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), file.len(), nanoseconds(file.modified().ok()?)))
}

/// The file of a folder, and the program that may believe what is in it.
fn place(folder: &Path) -> Option<(TraceFile, String)> {
    let cache = federation::cache().ok()?;
    let salt = program()?;
    let folder = folder.canonicalize().ok()?;
    // Somebody's home may be a repository; what is kept must not be part of what is checked.
    let is_apart = cache.root().ancestors().all(|above| above.canonicalize().ok().as_ref() != Some(&folder));
    is_apart.then(|| (TraceFile::of(cache.root(), &folder), salt))
}

/// Where it may be kept what a check of a folder said to a command line, and the program that may believe it.
pub(super) fn of_said(folder: &Path, command: &str) -> Option<(TraceFile, String)> {
    let (_, salt) = place(folder)?;
    Some((TraceFile::of_said(federation::cache().ok()?.root(), &folder.canonicalize().ok()?, command), salt))
}

/// Where it may be kept what the commits say of the baseline of a folder.
pub(super) fn of_baseline(folder: &Path) -> Option<TraceFile> {
    let cache = federation::cache().ok()?;
    place(folder).and(Some(TraceFile::of_baseline(cache.root(), &folder.canonicalize().ok()?)))
}

/// The time by this machine's clock, in nanoseconds since 1970.
pub(super) fn now() -> i64 {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or_default()
}
