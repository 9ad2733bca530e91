//! Whether the lock repeats what was signed: signer, statement and number of each locked release.

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::{Body, Signed, UnitKey};
use crate::config::{LOCK_FILE, Lock, LockedKnowledge, LockedUnit};
use crate::error::Error;
use crate::tree::Digest;

use super::Shelf;
use super::federated::Namespace;

/// Refuses a lock that says something else of a release than the statement which released it. What this machine does not know is not
/// judged.
pub(in crate::commands) fn attested(shelf: &Shelf, lock: &Lock) -> Result<(), Error> {
    for unit in &lock.layers {
        let namespace = shelf.namespace_of(&unit.name).filter(|namespace| namespace.is_signed());
        if let (Some(namespace), Some(known)) = (namespace, &unit.known)
            && let Some(title) = contradiction(namespace, unit, known)
        {
            return Err(Error::config(title).help(format!("restore {LOCK_FILE}; `polity registry sync` brings what is not known here")));
        }
    }
    Ok(())
}

fn contradiction(namespace: &Namespace, unit: &LockedUnit, known: &LockedKnowledge) -> Option<String> {
    let (id, version) = (known.statement.as_ref()?, Version::parse(&unit.version).ok()?);
    let key = (UnitKind::Template, unit.name.split_once('/')?.1.to_owned());
    let release = &format!("{} {version}", unit.name);
    match author(namespace, id, &key, &version, unit) {
        Some((signer, seq)) => {
            let is_same = known.signer.as_deref() == Some(signer) && known.seq == Some(seq);
            (!is_same).then(|| format!("{release} was released by `{signer}` in statement {seq}, and {LOCK_FILE} says otherwise"))
        }
        None => {
            namespace.claim(&key, &version, &unit.digest)?;
            Some(format!("the statement that {LOCK_FILE} names for {release} is not one that released it"))
        }
    }
}

/// Who made the statement that the lock names, and its number, if that releases what is locked. One that does not count any more is
/// looked for among all statements.
fn author<'a>(namespace: &'a Namespace, id: &Digest, key: &UnitKey, version: &Version, unit: &LockedUnit) -> Option<(&'a str, u64)> {
    if let Some(claim) = namespace.claim(key, version, &unit.digest).filter(|claim| claim.id == *id) {
        return Some((&claim.signer, claim.seq));
    }
    let signed = namespace.known.set().get(id).filter(|signed| releases(signed, &key.1, unit))?;
    Some((&signed.statement.signer, signed.statement.seq))
}

fn releases(signed: &Signed, name: &str, unit: &LockedUnit) -> bool {
    matches!(&signed.statement.body, Body::Release(release)
        if release.name == name && release.version == unit.version && release.tree_digest == unit.digest)
}
