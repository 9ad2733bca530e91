//! Repairs: `Finding × Tree → Plan`, proven by checking the repaired tree again.
//!
//! A round makes every repair that can be made together, checks, and takes back what did not help; rounds follow until nothing is
//! left to do. Nothing is written here.

mod apply;
mod extent;
mod law;
mod render;
mod said;
mod structured;
mod toml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::finding::{Finding, Fix, Safety, fingerprints};
use crate::tree::{Plan, RepoPath, Tree};

use apply::{Files, Refusal, apply};
pub(super) use law::broken;
pub(super) use said::SaidFix;

use super::{ContractReader, LeftOut, Outcome, Policy, PolicyError, Repository, UNREADABLE, check};

/// The most rounds: a repair that makes work for another one is rare, one that makes it again and again is wrong.
const ROUNDS: usize = 8;

/// What repairing came to.
pub struct Repaired {
    /// What is to be written.
    pub plan: Plan,
    /// What a check says once it is written.
    pub outcome: Outcome,
    /// The repairs that were made, in their order.
    pub made: Vec<Made>,
    /// The repairs that could not be made or did not hold, with the reason.
    pub refused: Vec<(Finding, String)>,
    /// The repaired tree.
    pub tree: Tree,
}

/// A repair that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The policy.
    pub policy: String,
    /// What was done.
    pub does: String,
    /// The files that it changed.
    pub paths: Vec<String>,
}

/// Repairs what can be repaired at a level of safety. `first` is what a check says about the tree as it is, and `recheck` checks
/// another tree in the same way.
///
/// # Errors
/// What `recheck` says.
pub fn repair<E>(first: Outcome, tree: &Tree, most: Safety, recheck: &mut dyn FnMut(Tree) -> Result<Outcome, E>) -> Result<Repaired, E> {
    let mut state = Repaired { plan: Plan::new(), outcome: first, made: Vec::new(), refused: Vec::new(), tree: tree.clone() };
    let mut banned: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let before = fingerprints(&state.outcome.findings);
        let wanted: Vec<_> = state
            .outcome
            .findings
            .iter()
            .zip(&before)
            .filter(|(finding, print)| wants(finding, most) && !banned.contains_key(&print.id))
            .collect();
        let mut files = Files::default();
        let (mut made, mut waiting) = (Vec::new(), Vec::new());
        for (finding, print) in wanted {
            let Some(fix) = &finding.fix else { continue };
            match apply(fix, &mut files, &state.tree) {
                Ok(()) => made.push((finding.clone(), fix.clone(), print.id.clone())),
                Err(Refusal::Later) => waiting.push(print.id.clone()),
                Err(Refusal::Cannot(why)) => {
                    banned.insert(print.id.clone(), why);
                }
            }
        }
        if made.is_empty() {
            // Nothing came before them: they wait for themselves.
            banned.extend(waiting.into_iter().map(|id| (id, "its own edits change the same lines".to_owned())));
            break;
        }
        let next = with(&state.tree, &files);
        let outcome = recheck(next.clone())?;
        let failed = unhelpful(&state.outcome, &outcome, &made);
        if failed.is_empty() {
            state.made.extend(made.iter().map(|(finding, fix, _)| done(finding, fix)));
            (state.tree, state.outcome) = (next, outcome);
        } else {
            banned.extend(failed);
        }
    }
    let prints = fingerprints(&state.outcome.findings);
    let why = |finding: &Finding, id: &str| {
        banned.get(id).cloned().or_else(|| wants(finding, most).then(|| format!("it was not its turn in {ROUNDS} rounds")))
    };
    let refused =
        state.outcome.findings.iter().zip(&prints).filter_map(|(finding, print)| Some((finding.clone(), why(finding, &print.id)?)));
    state.refused = refused.collect();
    state.plan = difference(tree, &state.tree);
    Ok(state)
}

/// A check of another tree, for callers that have nothing to add to it.
///
/// # Errors
/// Every policy that failed.
pub fn check_again(policies: &[Policy], left_out: &[LeftOut], contract: ContractReader, tree: Tree) -> Result<Outcome, Vec<PolicyError>> {
    check(policies, &Arc::new(Repository::new(tree, left_out.to_vec())), contract)
}

fn wants(finding: &Finding, most: Safety) -> bool {
    let allowed = |fix: &Fix| fix.layer.is_none() && (fix.safety == Safety::Safe || most == Safety::Unsafe);
    finding.counts() && finding.fix.as_ref().is_some_and(allowed)
}

fn with(tree: &Tree, files: &Files) -> Tree {
    let mut next = tree.clone();
    for (path, (mode, text)) in &files.texts {
        next.insert(path.clone(), *mode, text.as_bytes());
    }
    next
}

/// The repairs of a round that did not help: the finding is still there, or a file that they changed cannot be read any more.
///
/// Equal findings of a policy in one file share an anchor and differ by their number only, so there the count decides.
fn unhelpful(before: &Outcome, after: &Outcome, made: &[(Finding, Fix, String)]) -> BTreeMap<String, String> {
    let left: BTreeSet<String> = fingerprints(&after.findings).into_iter().map(|print| print.id).collect();
    let number = |outcome: &Outcome, one: &Finding| outcome.findings.iter().filter(|other| group(other) == group(one)).count();
    let helped = |finding: &Finding| {
        let repaired = made.iter().filter(|(other, _, _)| group(other) == group(finding)).count();
        number(after, finding) + repaired <= number(before, finding)
    };
    let is_unread = |outcome: &Outcome, path: &str| {
        outcome
            .findings
            .iter()
            .any(|one| one.policy == UNREADABLE && one.diagnostic.locations.first().is_some_and(|place| place.path == path))
    };
    let mut failed = BTreeMap::new();
    for (finding, fix, print) in made {
        if left.contains(print) && !helped(finding) {
            failed.insert(print.clone(), "the finding was still there".to_owned());
        }
        if fix.edits.iter().any(|edit| is_unread(after, edit.path()) && !is_unread(before, edit.path())) {
            failed.insert(print.clone(), "the file could not be read any more".to_owned());
        }
    }
    failed
}

fn group(finding: &Finding) -> (&str, &str) {
    (&finding.policy, finding.diagnostic.locations.first().map_or("", |place| &place.path))
}

fn done(finding: &Finding, fix: &Fix) -> Made {
    let paths: BTreeSet<_> = fix.edits.iter().map(|edit| edit.path().to_owned()).collect();
    Made { policy: finding.policy.clone(), does: fix.does.clone(), paths: paths.into_iter().collect() }
}

/// What turns one tree into the other; only files that a repair wrote are read.
fn difference(old: &Tree, new: &Tree) -> Plan {
    let mut plan = Plan::new();
    for (path, entry) in new.iter() {
        if let Some(bytes) = entry.written() {
            let same = |path: &RepoPath| old.get(path).and_then(|entry| entry.written()).is_some_and(|other| Arc::ptr_eq(other, bytes));
            if !same(path) && old.read(path).as_deref() != Ok(&**bytes) {
                plan.write(path.clone(), entry.mode, bytes.clone());
            }
        }
    }
    plan
}
