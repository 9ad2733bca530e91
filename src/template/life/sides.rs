//! What an update merges: the three trees, with the class of each file and the moves that templates declare worked into them.

use std::sync::Arc;

use semver::Version;

use crate::config::{FileClass, LOCK_FILE, Lock, SERVICE_FILE};
use crate::template::{Move, Rendered, RenderedFile};
use crate::tree::{Changes, Files, Mode, RepoPath};

use super::{Ours, fold};

/// The sides of a merge.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What was rendered before.
    pub base: Files,
    /// What is rendered now.
    pub theirs: Files,
    /// How some files of the working tree are to be seen: other contents, or `None` for absent.
    pub ours: Changes,
    /// The moves that were carried out.
    pub moved: Vec<Move>,
}

/// Works out the sides. `lock` and `base` say what was rendered before (nothing, for a service that joins); `ours` is asked for files of
/// the working tree.
///
/// - `managed` and `merged` files are merged. Where a service joins, its own `merged` files win.
/// - `seeded` files are the service's from their birth: they take no part, and are born only where nothing stands.
/// - `polity.lock` takes no part, of `polity.yaml` all but the record.
/// - A declared move takes place on all sides first, so that an edited file keeps its edits however much else changed.
pub fn sides(lock: Option<&Lock>, base: Files, rendered: &Rendered, ours: &mut Ours<'_>) -> Seen {
    let theirs = rendered.files.iter().map(|(path, file)| (path.clone(), (file.mode, file.bytes.clone())));
    let mut seen = Seen { base, theirs: theirs.collect(), ..Seen::default() };
    let own = RepoPath::found(LOCK_FILE.to_owned());
    seen.base.remove(&own);
    seen.theirs.remove(&own);
    seen.ours.insert(own, None);
    if let Some(lock) = lock {
        for step in rendered.moves.iter().filter(|step| applies(step, lock)) {
            carry_out(&mut seen, step, ours);
        }
    }
    let class = |path: &RepoPath| lock.and_then(|lock| lock.files.get(path)).map(|file| file.class);
    for (path, file) in &rendered.files {
        yield_to_owner(&mut seen, path, file, lock.is_none(), class(path), ours);
    }
    // What was seeded and is rendered no more stays, whatever became of it.
    for (path, _) in lock
        .iter()
        .flat_map(|lock| &lock.files)
        .filter(|(path, file)| file.class == FileClass::Seeded && !rendered.files.contains_key(*path))
    {
        alike(&mut seen, path, ours(path));
    }
    without_record(&mut seen, ours);
    seen
}

/// Whether the service comes from a version before the move.
fn applies(step: &Move, lock: &Lock) -> bool {
    let old = lock.layer(&step.layer).and_then(|layer| Version::parse(&layer.version).ok());
    let new = Version::parse(&step.version).ok();
    old.zip(new).is_some_and(|(old, new)| old < new)
}

fn carry_out(seen: &mut Seen, step: &Move, ours: &mut Ours<'_>) {
    let stands = |seen: &Seen, path: &RepoPath, ours: &mut Ours<'_>| match seen.ours.get(path) {
        Some(file) => file.clone(),
        None => ours(path).map(|(mode, bytes)| (mode, bytes.into())),
    };
    let is_taken = seen.base.contains_key(&step.to) || seen.theirs.contains_key(&step.from) || stands(seen, &step.to, ours).is_some();
    if is_taken {
        return;
    }
    let Some(old) = seen.base.remove(&step.from) else { return };
    seen.base.insert(step.to.clone(), old);
    if let Some(file) = stands(seen, &step.from, ours) {
        seen.ours.insert(step.from.clone(), None);
        seen.ours.insert(step.to.clone(), Some(file));
    }
    seen.moved.push(step.clone());
}

/// Takes a file that is the service's own out of the merge.
fn yield_to_owner(seen: &mut Seen, path: &RepoPath, file: &RenderedFile, joins: bool, before: Option<FileClass>, ours: &mut Ours<'_>) {
    let moved = seen.moved.iter().any(|step| step.to == *path);
    let stands = seen.ours.get(path).cloned().flatten().map(|(mode, bytes)| (mode, bytes.to_vec())).or_else(|| ours(path));
    match file.class {
        // Born once: where something stands, or stood.
        FileClass::Seeded if stands.is_some() || before.is_some() || moved => alike(seen, path, stands),
        FileClass::Merged if joins && stands.is_some() => alike(seen, path, stands),
        _ => {}
    }
}

/// Makes both sides of the template say what the service says.
fn alike(seen: &mut Seen, path: &RepoPath, stands: Option<(Mode, Vec<u8>)>) {
    match stands {
        Some((mode, bytes)) => {
            let bytes: Arc<[u8]> = bytes.into();
            seen.base.insert(path.clone(), (mode, bytes.clone()));
            seen.theirs.insert(path.clone(), (mode, bytes));
        }
        None => {
            seen.base.remove(path);
            seen.theirs.remove(path);
        }
    }
}

/// Folds the record on every side.
fn without_record(seen: &mut Seen, ours: &mut Ours<'_>) {
    let path = RepoPath::found(SERVICE_FILE.to_owned());
    let folded = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(|text| Arc::from(fold(text).into_bytes()));
    for side in [&mut seen.base, &mut seen.theirs] {
        if let Some((_, bytes)) = side.get_mut(&path)
            && let Some(text) = folded(bytes)
        {
            *bytes = text;
        }
    }
    if let Some((mode, bytes)) = ours(&path)
        && let Some(text) = folded(&bytes)
    {
        seen.ours.insert(path, Some((mode, text)));
    }
}
