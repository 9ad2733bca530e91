//! From an evaluation to what is kept of it, and back.

use std::collections::BTreeSet;
use std::sync::Arc;

use regorus::Value as Rego;
use serde::Serialize;

use crate::finding::{Diagnostic, Finding, Fix};
use crate::policy::host::Session;
use crate::policy::repository::lock;
use crate::policy::{Evaluation, Policy, SubjectKind, helm};
use crate::tree::{Digest, RepoPath};

use super::{Said, Tracing};

/// What a rule gets without reading, and what its findings are made of besides.
pub(in crate::policy) fn given<'a>(policy: &'a Policy, subject: (SubjectKind, &'a str), input: &'a Rego) -> impl Serialize + use<'a> {
    let names = (&policy.namespace, &policy.id, &policy.shown, &policy.folder);
    (names, policy.rego().text(), &policy.blanks, subject, input)
}

/// What an earlier run heard of a rule, as if it had been evaluated.
pub(in crate::policy) fn recalled(
    policy: &Policy,
    session: &Session,
    said: &Said,
    evidence: Arc<[RepoPath]>,
) -> (Vec<Finding>, Evaluation) {
    let finding = |(service, diagnostic, fix): &(String, Diagnostic, Option<Fix>)| {
        let finding = Finding::new(policy.shown.clone(), policy.file.severity, service.clone(), diagnostic.clone());
        Finding { policy_name: policy.name(), fix: fix.clone(), ..finding }
    };
    said.effects.iter().for_each(|effect| session.tell(effect.clone()));
    let evaluation = Evaluation {
        policy: policy.shown.clone(),
        subject: session.kind,
        root: session.root.clone(),
        verdict: said.verdict,
        reasons: said.reasons.clone(),
        evidence,
    };
    (said.findings.iter().map(finding).collect(), evaluation)
}

/// Keeps what a rule said for the next run, with every file that it rests on.
pub(in crate::policy) fn remember(tracing: &Tracing, key: Digest, session: &Session, findings: &[Finding], evaluation: &Evaluation) {
    let reads = lock(&session.reads);
    let mut behind: BTreeSet<RepoPath> = reads.keys().flat_map(|path| helm::behind(&session.repository, path)).collect();
    behind.extend(findings.iter().flat_map(|finding| &finding.diagnostic.locations).map(|place| RepoPath::found(place.path.clone())));
    let said = Said {
        findings: findings.iter().map(|one| (one.service.clone(), one.diagnostic.clone(), one.fix.clone())).collect(),
        verdict: evaluation.verdict,
        reasons: evaluation.reasons.clone(),
        effects: lock(&session.effects).values().flatten().cloned().collect(),
    };
    tracing.note(key, reads.keys().cloned().collect(), behind, said);
}
