//! Two locks that come from one, as two branches leave them: what either of them changed, entry by entry.

use std::collections::BTreeSet;

use semver::Version;

use super::{Lock, LockedUnit};
use crate::tree::Digest;

impl Lock {
    /// The lock of a merge. Where both sides changed one release the newer one counts, and of a file that both rendered anew ours: what
    /// the two make together is rendered by the next update, for which either is a true base. `answers` is the digest of the merged ones.
    #[must_use]
    pub fn merged(base: Option<&Self>, ours: &Self, theirs: &Self, answers: Digest) -> Self {
        let units = |of: fn(&Self) -> &[LockedUnit]| units(base.map_or(&[], of), of(ours), of(theirs));
        let paths: BTreeSet<_> = ours.files.keys().chain(theirs.files.keys()).collect();
        let file = |path| {
            let before = base.and_then(|base| base.files.get(path));
            let sides = [ours.files.get(path), theirs.files.get(path)];
            either(before, sides).unwrap_or_else(|| sides[0].or(sides[1]))
        };
        let files = paths.into_iter().filter_map(|path| Some((path.clone(), file(path)?.clone()))).collect();
        let mut lock = Self::new(answers, units(|lock| &lock.layers), files);
        lock.policies = units(|lock| &lock.policies);
        lock.policy_layers = units(|lock| &lock.policy_layers);
        lock.sort();
        lock
    }
}

/// What a side alone made of something; `None` when both sides changed it, each in its own way.
fn either<T: PartialEq>(base: Option<T>, [ours, theirs]: [Option<T>; 2]) -> Option<Option<T>> {
    match (ours == base, theirs == base) {
        (true, _) => Some(theirs),
        (_, true) => Some(ours),
        _ if ours == theirs => Some(ours),
        _ => None,
    }
}

fn units(base: &[LockedUnit], ours: &[LockedUnit], theirs: &[LockedUnit]) -> Vec<LockedUnit> {
    let names: BTreeSet<_> = ours.iter().chain(theirs).map(|unit| &unit.name).collect();
    let unit = |name: &String| {
        let [before, ours, theirs] = [base, ours, theirs].map(|units| units.iter().find(|unit| unit.name == *name));
        either(before, [ours, theirs]).unwrap_or_else(|| ours.into_iter().chain(theirs).max_by_key(|unit| newness(unit))).cloned()
    };
    names.into_iter().filter_map(unit).collect()
}

/// The newer of two entries has the higher version, or else has seen more.
fn newness(unit: &LockedUnit) -> (Option<Version>, Option<u64>) {
    let checkpoint = unit.known.as_ref().and_then(|known| known.checkpoint.as_ref());
    (Version::parse(&unit.version).ok(), checkpoint.map(|checkpoint| checkpoint.seq))
}
