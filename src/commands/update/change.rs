//! The merge, what polity itself adds to its result, and one change of the disk.

use std::collections::BTreeMap;

use crate::config::{LOCK_FILE, Lock, SERVICE_FILE};
use crate::disk::update::{Back, Ground, Merged, Sides, merge};
use crate::error::Error;
use crate::template::Move;
use crate::template::life::{Seen, fold, unfold};
use crate::tree::{Mode, RepoPath};

use super::write::{Own, diff, write};
use super::{Target, failed, seen_file};

/// What is to be carried out.
pub(in crate::commands) struct Carry<'a> {
    pub(in crate::commands) ground: &'a Ground,
    pub(in crate::commands) target: &'a Target,
    pub(in crate::commands) seen: Seen,
    /// `pay/go 1.2.0 → 2.0.0`.
    pub(in crate::commands) title: String,
    pub(in crate::commands) before: Option<&'a Lock>,
    pub(in crate::commands) is_real: bool,
    pub(in crate::commands) is_diff: bool,
    pub(in crate::commands) stash: bool,
    /// The lock and the record when the change was worked out.
    pub(in crate::commands) own: Own,
}

/// What came of it.
pub(in crate::commands) struct Done {
    pub(in crate::commands) merged: Merged,
    /// `added`, `changed` or `removed`, by path.
    pub(in crate::commands) words: BTreeMap<RepoPath, &'static str>,
    pub(in crate::commands) moved: Vec<Move>,
    /// The changes as a diff, if that was wanted.
    pub(in crate::commands) diff: Option<String>,
    /// What became of changes that were put aside; `None` when they stay aside.
    pub(in crate::commands) back: Option<Back>,
    /// Why what was put aside did not come back.
    pub(in crate::commands) unfit: Option<Error>,
}

/// Merges, and writes the result unless it is only to be shown.
pub(in crate::commands) fn carry_out(carry: &Carry<'_>) -> Result<Done, Error> {
    let sides = sides(carry)?;
    let mut merged = merge(carry.ground, &sides).map_err(failed)?;
    complete(carry, &mut merged);
    sign(carry, &mut merged);
    let word = |path: &RepoPath, after: bool| match (seen_file(carry.ground, path).is_some(), after) {
        (true, true) => "changed",
        (false, _) => "added",
        (true, false) => "removed",
    };
    let words = merged.changes.iter().map(|(path, after)| (path.clone(), word(path, after.is_some()))).collect();
    let diff = if carry.is_diff { Some(diff(carry.ground, &merged)?) } else { None };
    let mut done = Done { merged, words, moved: carry.seen.moved.clone(), diff, back: Some(Back::Nothing), unfit: None };
    if carry.is_real {
        (done.back, done.unfit) = write(carry, &sides, &done.merged)?;
    }
    Ok(done)
}

fn sides(carry: &Carry<'_>) -> Result<Sides, Error> {
    let seen = &carry.seen;
    let names = ["yours".to_owned(), format!("template {}", carry.title)];
    let mut sides = Sides { base: seen.base.clone(), theirs: seen.theirs.clone(), ours: seen.ours.clone(), names };
    for path in seen.base.keys() {
        // Git leaves it out, and yet it was rendered.
        if !sides.ours.contains_key(path)
            && carry.ground.committed(path).map_err(failed)?.is_none()
            && let Some((mode, bytes)) = carry.ground.file(path)
        {
            sides.ours.insert(path.clone(), Some((mode, bytes.into())));
        }
    }
    Ok(sides)
}

/// Adds the lock, and the record of `polity.yaml`, which took no part in the merge.
fn complete(carry: &Carry<'_>, merged: &mut Merged) {
    let [lock, service] = [LOCK_FILE, SERVICE_FILE].map(|name| RepoPath::found(name.to_owned()));
    let own = |path: &RepoPath| carry.target.rendered.files[path].bytes.clone();
    if seen_file(carry.ground, &lock).is_some_and(|(_, bytes)| *bytes == *own(&lock)) {
        merged.changes.remove(&lock);
    } else {
        merged.changes.insert(lock.clone(), Some((Mode::File, own(&lock))));
    }
    let old = seen_file(carry.ground, &service);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let before = old.as_ref().map(|(_, bytes)| text(bytes));
    // A merge that removes the file goes too far: it holds what the service was made from.
    let (mode, folded) = match merged.changes.get(&service) {
        Some(Some((mode, bytes))) => (*mode, text(bytes)),
        _ => (old.as_ref().map_or(Mode::File, |(mode, _)| *mode), before.as_deref().map(fold).unwrap_or_default()),
    };
    let whole: std::sync::Arc<[u8]> = unfold(&folded, &text(&own(&service)), before.as_deref()).into_bytes().into();
    if old.as_ref().is_some_and(|(_, bytes)| **bytes == *whole) {
        merged.changes.remove(&service);
    } else {
        merged.changes.insert(service.clone(), Some((mode, whole)));
    }
    for clash in merged.clashes.iter_mut().filter(|clash| clash.path == service) {
        for side in clash.stages.iter_mut().flatten() {
            side.1 = unfold(&text(&side.1), &text(&own(&service)), None).into_bytes().into();
        }
    }
}

/// In markers, names the layer that a file comes from in the place of the template.
fn sign(carry: &Carry<'_>, merged: &mut Merged) {
    let general = format!("template {}", carry.title);
    for clash in &merged.clashes {
        let layers = carry.target.rendered.files.get(&clash.path).map(|file| &file.layers[..]).unwrap_or_default();
        let titles = layers.iter().rev().filter_map(|name| super::words::step(name, carry.before, carry.target.lock()));
        let (Some(title), Some(Some((_, bytes)))) = (titles.into_iter().next(), merged.changes.get_mut(&clash.path)) else { continue };
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        *bytes = text.replace(&format!(">>>>>>> {general}"), &format!(">>>>>>> template {title}")).into_bytes().into();
    }
}
