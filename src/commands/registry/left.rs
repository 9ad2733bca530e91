//! What signers left behind who are not listed any more. It counts for nothing, and nothing is wrong with it: a checkpoint that counts names
//! it, or this machine took it while they were listed. What neither shows is a stranger's.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::trust::{Body, Ignored, Signed, StatementSet, Trust};
use crate::report::human::count;
use crate::tree::Digest;

use super::unit::tag;

/// Statements that are not listed signers' any more, by id.
#[derive(Default)]
pub(super) struct Left<'a>(BTreeMap<&'a Digest, &'a Signed>);

impl<'a> Left<'a> {
    /// Those of `known`, which this machine has taken, and those of `served` that are there only because a checkpoint names them.
    pub(super) fn of(trust: &Trust, known: &'a StatementSet, served: &'a StatementSet) -> Self {
        let named = served.iter().filter(|(_, signed)| signed.signatures.is_empty());
        let is_listed = |signed: &Signed| trust.signers.iter().any(|signer| signer.principals.matches(&signed.statement.signer));
        Self(known.iter().chain(named).filter(|(_, signed)| !is_listed(signed)).collect())
    }

    /// Whether a statement is one of them.
    pub(super) fn has(&self, id: &Digest) -> bool {
        self.0.contains_key(id)
    }

    /// Whether a file of `statements/` is one of them, or a signature of one.
    pub(super) fn is_of(&self, ignored: &Ignored) -> bool {
        let id = ignored.file.split('.').next().and_then(|id| Digest::parse(id).ok());
        id.is_some_and(|id| self.has(&id))
    }

    /// The tags of the releases among them.
    pub(super) fn tags(&self) -> BTreeSet<String> {
        let tags = self.0.values().filter_map(|signed| match &signed.statement.body {
            Body::Release(release) => Some(tag(&(release.kind, release.name.clone()), &release.version.parse().ok()?)),
            _ => None,
        });
        tags.collect()
    }

    /// One line for each of those signers.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut signers: BTreeMap<&str, Vec<&Signed>> = BTreeMap::new();
        for signed in self.0.values() {
            signers.entry(&signed.statement.signer).or_default().push(signed);
        }
        let line = |(signer, all): (&str, Vec<&Signed>)| {
            let said: BTreeSet<_> =
                all.iter().filter(|s| !matches!(s.statement.body, Body::Checkpoint(_))).map(|s| s.statement.summary()).collect();
            let more = if said.len() > 3 { ", …" } else { "" };
            let said: Vec<_> = said.into_iter().take(3).collect();
            let said = if said.is_empty() { String::new() } else { format!(": {}{more}", said.join(", ")) };
            let verb = if all.len() == 1 { "does" } else { "do" };
            format!("{} of {signer}, who is not listed, {verb} not count{said}", count(all.len(), "statement", "statements"))
        };
        signers.into_iter().map(line).collect()
    }
}
