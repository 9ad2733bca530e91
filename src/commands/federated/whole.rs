//! What a check rests on of a namespace, and whether all of it is at hand: a policy that was lost must not look like one that found nothing.

use std::collections::BTreeSet;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::{Body, Standing, Trust, UnitKey};
use crate::disk::Cache;
use crate::finding::Diagnostic;
use crate::tree::Digest;

use super::super::resolve::refusal;
use super::choices::lost;
use super::federation::Known;

impl Known {
    /// The newest version of every policy that may be chosen, whether its bytes are at hand or not.
    pub(super) fn policies(&self) -> Vec<(UnitKey, String, Digest)> {
        if self.trust.is_none() {
            let units = self.record.iter().flat_map(|record| &record.units).filter(|unit| unit.kind == UnitKind::Policy);
            return units.map(|unit| ((unit.kind, unit.name.clone()), unit.version.clone(), unit.tree.clone())).collect();
        }
        let units = self.state.units().filter(|(kind, _)| *kind == UnitKind::Policy);
        units.filter_map(|unit| self.state.newest(unit).map(|(version, tree)| (unit.clone(), version.to_string(), tree))).collect()
    }

    /// Refuses statements that were lost since the last sync, or of which none counts any more.
    pub(super) fn demand_history(&self) -> Result<(), Diagnostic> {
        let (name, state) = (&self.space.namespace, &self.state);
        let (Some(_), Some(record)) = (&self.trust, &self.record) else { return Ok(()) };
        // What a registry that is not believed names and withholds was never here.
        let is_torn = match &record.checkpoint {
            Some(newest) => !state.knows(newest) || (!state.missing.is_empty() && self.lacks_below(newest)),
            None => self.damaged > 0 && !state.missing.is_empty(),
        };
        if is_torn {
            let title = format!("statements of the namespace `{name}` are damaged or missing in the cache");
            return Err(Diagnostic::new(title).help(format!("`polity registry sync {name}` may bring them")));
        }
        if state.checkpoint.is_none() {
            let why = state.refused.values().next().map_or(String::new(), |why| format!(": {why}"));
            let help = format!("`polity registry sync {name}` asks its registry again and says what does not count");
            return Err(Diagnostic::new(format!("nothing that the namespace `{name}` says counts any more{why}")).help(help));
        }
        Ok(())
    }

    /// Whether a statement is not here that a checkpoint covers, or one below it that counts.
    fn lacks_below(&self, checkpoint: &Digest) -> bool {
        let (mut open, mut seen) = (vec![checkpoint], BTreeSet::new());
        while let Some(id) = open.pop() {
            let Some(signed) = self.set().get(id) else { return true };
            if let (Body::Checkpoint(body), true) = (&signed.statement.body, self.state.counted.contains(id)) {
                open.extend(body.previous.iter().chain(&body.adds).filter(|id| seen.insert(*id)));
            }
        }
        false
    }

    /// Refuses when a policy is not at hand in its newest version: for lack of bytes, because the namespace says two things of it, or because
    /// what released it does not count any more. Returns what there is to say of signers who left.
    pub(super) fn demand_policies(&self, cache: &Cache) -> Result<Vec<String>, Diagnostic> {
        let name = &self.space.namespace;
        for (unit, version, tree) in self.policies() {
            if let Some(flaw) = cache.flaw(&tree) {
                let title = format!("policy {name}/{} {version} is damaged or missing in the cache", unit.1);
                return Err(lost(title, Some(flaw), name));
            }
        }
        let contradictions = self.state.equivocations();
        let newest = contradictions.iter().filter(|twice| self.is_hidden(&twice.unit, &twice.version)).max_by_key(|twice| &twice.version);
        if let Some(twice) = newest {
            let standing = self.state.standing(&twice.unit, &twice.version, None);
            return Err(refusal(&format!("{name}/{}", twice.unit.1), &twice.version, &standing));
        }
        self.trust.as_ref().map_or(Ok(Vec::new()), |trust| self.fallen(trust))
    }

    /// The policies whose newest release does not count: an error when a checkpoint witnesses that it did and its signer is listed still, or else
    /// something to say, such as that it waits for further signers.
    fn fallen(&self, trust: &Trust) -> Result<Vec<String>, Diagnostic> {
        let (name, mut notices) = (&self.space.namespace, Vec::new());
        for (id, why) in &self.state.refused {
            let Some(signed) = self.set().get(id) else { continue };
            let Body::Release(release) = &signed.statement.body else { continue };
            let (unit, Ok(version)) = ((release.kind, release.name.clone()), Version::parse(&release.version)) else { continue };
            let counts = self.state.standing(&unit, &version, None) != Standing::Unknown;
            if counts || !self.is_hidden(&unit, &version) {
                continue;
            }
            let (what, signer) = (format!("the release of {name}/{} {version}", unit.1), &signed.statement.signer);
            let is_listed = trust.signers.iter().any(|listed| listed.principals.matches(signer));
            if is_listed && self.state.fallen.contains(id) {
                let help = "release the policy anew, or have enough signers sign it: `polity registry cosign`";
                return Err(Diagnostic::new(format!("{what} does not count any more: {why}")).help(help));
            }
            let why = if is_listed { why.to_string() } else { format!("{signer} is not listed; who is listed can release it anew") };
            notices.push(format!("{what} does not count: {why}"));
        }
        Ok(notices)
    }

    /// Whether a version of a policy would be chosen if nothing were wrong with it.
    fn is_hidden(&self, unit: &UnitKey, version: &Version) -> bool {
        let is_newest = self.state.newest(unit).is_none_or(|(newest, _)| newest < version);
        unit.0 == UnitKind::Policy && is_newest && version.pre.is_empty() && !self.state.is_withdrawn(unit, version)
    }
}
