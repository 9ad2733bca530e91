//! Repairs: `Finding × Tree → Plan`, proven by checking the repaired tree again.
//!
//! A round makes every repair that can be made together, checks, and takes back what did not help or did harm; rounds follow until
//! nothing is left to do. Nothing is written here.

mod apply;
mod comments;
mod extent;
mod flow;
mod judge;
mod law;
mod lines;
mod own;
mod render;
mod said;
mod structured;
mod toml;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::finding::{Finding, Fix, Safety, fingerprints};
use crate::tree::{Plan, RepoPath, Tree};

use apply::{Files, Refusal, apply};
pub use judge::{Attempt, Missing, STILL_THERE, of_layers, proven, wanted_still};
use judge::{harm, unhelpful};
pub(super) use law::broken;
pub(super) use said::SaidFix;

use super::{ContractReader, LeftOut, Outcome, Policy, PolicyError, Repository, check};

/// The most checks of a repaired tree that look for what does harm.
const CHECKS: usize = 200;
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
    let state = Repaired { plan: Plan::new(), outcome: first, made: Vec::new(), refused: Vec::new(), tree: tree.clone() };
    let mut run = Run { state, most, banned: BTreeMap::new(), refused: BTreeMap::new(), checks: 0 };
    for _ in 0..ROUNDS {
        if !run.round(recheck)? {
            break;
        }
    }
    let Run { mut state, banned, refused, .. } = run;
    let prints = fingerprints(&state.outcome.findings);
    let why = |finding: &Finding, id: &str| {
        banned
            .get(id)
            .or(refused.get(id))
            .cloned()
            .or_else(|| wants(finding, most).then(|| format!("it was not its turn in {ROUNDS} rounds")))
    };
    let refused =
        state.outcome.findings.iter().zip(&prints).filter_map(|(finding, print)| Some((finding.clone(), why(finding, &print.id)?)));
    state.refused = refused.collect();
    state.plan = difference(tree, &state.tree);
    Ok(state)
}

/// Repairs on the way.
struct Run {
    state: Repaired,
    most: Safety,
    /// The findings that are not repaired, with the reason.
    banned: BTreeMap<String, String>,
    /// Those whose repair the files do not allow as they are; the repairs of a round may change that.
    refused: BTreeMap<String, String>,
    /// How often was checked.
    checks: usize,
}

impl Run {
    /// Makes what can be made together. What does harm is looked for among ever fewer repairs, until it is alone. Says whether there may
    /// be more to do.
    fn round<E>(&mut self, recheck: &mut dyn FnMut(Tree) -> Result<Outcome, E>) -> Result<bool, E> {
        let mut queue = VecDeque::from([self.wanted()]);
        let before = (self.state.made.len(), self.banned.len());
        self.refused.clear();
        while let Some(group) = queue.pop_front() {
            let (attempts, files) = self.attempt(&group);
            if attempts.is_empty() {
                continue;
            }
            let next = with(&self.state.tree, &files);
            let outcome = recheck(next.clone())?;
            self.checks += 1;
            let failed = unhelpful(&self.state.outcome, &outcome, &attempts);
            if !failed.is_empty() {
                self.banned.extend(failed);
                queue.push_front(group);
            } else if let Some(harm) = harm(&self.state.outcome, &outcome, &attempts) {
                let parts = if self.checks < CHECKS { parts(&attempts) } else { Vec::new() };
                if parts.is_empty() {
                    self.banned.extend(attempts.iter().map(|attempt| (attempt.print.clone(), harm.clone())));
                }
                parts.into_iter().rev().for_each(|part| queue.push_front(part));
            } else {
                self.state.made.extend(attempts.iter().map(|attempt| done(&attempt.finding, &attempt.fix)));
                (self.state.tree, self.state.outcome) = (next, outcome);
            }
        }
        Ok(before != (self.state.made.len(), self.banned.len()))
    }

    fn is_out(&self, id: &str) -> bool {
        self.banned.contains_key(id) || self.refused.contains_key(id)
    }

    /// The findings that are to be repaired, by their fingerprints.
    fn wanted(&self) -> BTreeSet<String> {
        let findings = &self.state.outcome.findings;
        let wanted = findings.iter().zip(fingerprints(findings)).filter(|(finding, _)| wants(finding, self.most));
        wanted.map(|(_, print)| print.id).collect()
    }

    /// Makes the repairs of a group in memory, as far as they can be made together.
    fn attempt(&mut self, group: &BTreeSet<String>) -> (Vec<Attempt>, Files) {
        let (mut files, mut attempts, mut waiting) = (Files::default(), Vec::new(), Vec::new());
        let findings = &self.state.outcome.findings;
        for (finding, print) in findings.iter().zip(fingerprints(findings)) {
            let is_wanted = group.contains(&print.id) && wants(finding, self.most) && !self.is_out(&print.id);
            let Some(fix) = finding.fix.as_ref().filter(|_| is_wanted) else { continue };
            let before = own::is_touched(fix).then(|| files.clone());
            let applied = apply(fix, &mut files, &self.state.tree);
            if let (Ok(()), Some(before)) = (&applied, before)
                && let Some(why) = own::unfit(fix, &files, &self.state.tree)
            {
                files = before;
                self.banned.insert(print.id, why);
                continue;
            }
            match applied {
                Ok(()) => attempts.push(Attempt { finding: finding.clone(), fix: fix.clone(), print: print.id }),
                Err(Refusal::Later) => waiting.push(print.id),
                Err(Refusal::Cannot(why)) => {
                    self.refused.insert(print.id, why);
                }
            }
        }
        if attempts.is_empty() {
            // Nothing came before them: they wait for themselves.
            self.banned.extend(waiting.into_iter().map(|id| (id, "its own edits change the same lines".to_owned())));
        }
        (attempts, files)
    }
}

/// The repairs in smaller groups, of which one does harm: by policy, else in halves. Nothing for a single one.
fn parts(attempts: &[Attempt]) -> Vec<BTreeSet<String>> {
    let mut by_policy: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for attempt in attempts {
        by_policy.entry(&attempt.finding.policy).or_default().insert(attempt.print.clone());
    }
    let halves = || attempts.chunks(attempts.len().div_ceil(2)).map(|half| half.iter().map(|attempt| attempt.print.clone()).collect());
    match (by_policy.len(), attempts.len()) {
        (_, 1) => Vec::new(),
        (1, _) => halves().collect(),
        _ => by_policy.into_values().collect(),
    }
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
