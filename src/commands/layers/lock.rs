//! The policy layers of a service in its lock: what is recorded, and how that differs from what a check uses.

use std::collections::BTreeSet;

use crate::config::{Format, LOCK_FILE, LockedUnit, SERVICE_FILE, ServiceFile, load};
use crate::error::Error;
use crate::finding::SourceText;
use crate::policy::Repository;

use super::super::locked::Pins;
use super::super::shelf::{Shelf, shelf};
use super::super::{Env, federation, releases};
use super::described;
use super::find::{find, reason};

/// The layers that a service goes by, those of the federation and those that the texts of its `polity.yaml` name, as a lock records them.
/// One that cannot be had is told of: a check would refuse it.
pub(in crate::commands) fn locked(env: &Env<'_>, shelf: &Shelf, texts: &[Vec<u8>]) -> Result<Vec<LockedUnit>, Error> {
    let mut names = shared(env)?;
    for bytes in texts {
        let source = SourceText::new(SERVICE_FILE, &*String::from_utf8_lossy(bytes));
        names.extend(load::<ServiceFile>(&source, Format::Yaml).ok().into_iter().flat_map(|(file, _)| own(&file)));
    }
    let mut units: Vec<LockedUnit> = Vec::new();
    for name in &names {
        match find(shelf, name, None).and_then(|found| found.locked(shelf)) {
            Ok(unit) => match units.iter().any(|other| other.name == unit.name) {
                true => {}
                false => units.push(unit),
            },
            Err(why) => env.notice(format!("policy layer `{name}` cannot be loaded and is not locked: {}", reason(&why))),
        }
    }
    Ok(units)
}

/// Says where the layers that a check uses are others than those that the lock of a service names; with `pins` they are the same.
pub(in crate::commands) fn compare(env: &Env<'_>, repository: &Repository, pins: Option<&Pins>) -> Result<(), Error> {
    let shared = shared(env)?;
    for root in repository.roots().iter().filter(|_| pins.is_none()) {
        let Some(lock) = releases::lock(repository, root) else { continue };
        let named = described(repository.tree(), root).map(|(_, file, _)| own(&file)).unwrap_or_default();
        let names: BTreeSet<_> = shared.iter().cloned().chain(named).collect();
        if names.is_empty() && lock.policy_layers.is_empty() {
            continue;
        }
        let at_hand = shelf(env)?;
        let used: Vec<_> = names.iter().filter_map(|name| find(at_hand, name, None).ok()?.locked(at_hand).ok()).collect();
        let place = if root.is_empty() { String::new() } else { format!(" ({root}/{LOCK_FILE})") };
        for line in differences(&lock.policy_layers, &used) {
            env.notice(format!("{line}{place}: `polity update` moves the lock, `polity check --locked` goes by it"));
        }
    }
    Ok(())
}

fn differences(locked: &[LockedUnit], used: &[LockedUnit]) -> Vec<String> {
    let find = |units: &[LockedUnit], name: &str| units.iter().find(|unit| unit.name == name).cloned();
    let line = |unit: &LockedUnit| match find(locked, &unit.name) {
        None => Some(format!("policy layer {} {} is used and not locked", unit.name, unit.version)),
        Some(old) if old.version != unit.version => {
            Some(format!("policy layer {} {} is used and {} is locked", unit.name, unit.version, old.version))
        }
        Some(old) if old.digest != unit.digest => {
            Some(format!("policy layer {} {} is used in other bytes than locked", unit.name, unit.version))
        }
        Some(_) => None,
    };
    let gone = locked.iter().filter(|unit| find(used, &unit.name).is_none());
    let gone = gone.map(|unit| format!("policy layer {} {} is locked and not used", unit.name, unit.version));
    used.iter().filter_map(line).chain(gone).collect()
}

/// The layers of the federation.
fn shared(env: &Env<'_>) -> Result<BTreeSet<String>, Error> {
    Ok(federation::find(env)?.into_iter().flat_map(|federated| federated.federation.file.layers.clone()).collect())
}

/// The layers that a service subscribes to.
fn own(file: &ServiceFile) -> Vec<String> {
    file.policies.iter().flat_map(|rules| rules.layers.clone()).collect()
}
