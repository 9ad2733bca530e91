//! What the same repository hears from two versions of a policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Severity, places};

use super::{Outcome, Verdict};

/// The difference between two outcomes on one repository.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// What only the new version finds.
    pub added: Vec<Finding>,
    /// What only the old version finds.
    pub removed: Vec<Finding>,
    /// What both find, with the severity that the old one gave it.
    pub regraded: Vec<(Severity, Finding)>,
    /// The subjects whose verdict is another one: root, old and new.
    pub moved: Vec<(String, Verdict, Verdict)>,
}

impl Difference {
    /// Compares what two versions said.
    #[must_use]
    pub fn between(old: &Outcome, new: &Outcome) -> Self {
        let by_print = |outcome: &Outcome| -> BTreeMap<String, Finding> {
            places(&outcome.findings).into_iter().zip(outcome.findings.iter().cloned()).collect()
        };
        let (before, mut after) = (by_print(old), by_print(new));
        let mut difference = Self { moved: moved(old, new), ..Self::default() };
        for (print, was) in before {
            match after.remove(&print) {
                None => difference.removed.push(was),
                Some(is) if is.severity != was.severity => difference.regraded.push((was.severity, is)),
                Some(_) => {}
            }
        }
        difference.added = after.into_values().collect();
        difference.added.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        difference.removed.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        difference
    }

    /// The errors of the new version that were none before.
    pub fn new_errors(&self) -> impl Iterator<Item = &Finding> {
        let raised = self.regraded.iter().map(|(_, finding)| finding);
        self.added.iter().chain(raised).filter(|finding| finding.severity == Severity::Error)
    }

    /// Whether both versions say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.regraded.is_empty() && self.moved.is_empty()
    }
}

fn moved(old: &Outcome, new: &Outcome) -> Vec<(String, Verdict, Verdict)> {
    let verdicts = |outcome: &Outcome| -> BTreeMap<String, BTreeSet<Verdict>> {
        let mut found: BTreeMap<String, BTreeSet<Verdict>> = BTreeMap::new();
        for one in &outcome.evaluations {
            found.entry(one.root.clone()).or_default().insert(one.verdict);
        }
        found
    };
    let (before, after) = (verdicts(old), verdicts(new));
    // A policy has one verdict on a subject; a policy that went from services to the repository has subjects that the other lacks.
    let one = |found: &BTreeMap<String, BTreeSet<Verdict>>, root: &str| {
        found.get(root).and_then(|all| all.first().copied()).unwrap_or(Verdict::NotApplicable)
    };
    let roots: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let pairs = roots.into_iter().map(|root| (root.clone(), one(&before, root), one(&after, root)));
    pairs.filter(|(_, was, is)| was != is).collect()
}
