//! What the same repository hears from two versions of a policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Severity, fingerprints, places};

use crate::config::{Date, Grade};

use super::{Outcome, PolicyFile, Verdict};

/// The difference between two outcomes on one repository.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// What only the new version finds.
    pub added: Vec<Finding>,
    /// What only the old version finds.
    pub removed: Vec<Finding>,
    /// What both find at one place in words that make other findings of it: baselines and waivers of the old one do not hold any more.
    pub renamed: Vec<Finding>,
    /// What both find, with the severity that the old one gave it.
    pub regraded: Vec<(Severity, Finding)>,
    /// The subjects whose verdict is another one: root, old and new.
    pub moved: Vec<(String, Verdict, Verdict)>,
}

impl Difference {
    /// Compares what two versions said.
    #[must_use]
    pub fn between(old: &Outcome, new: &Outcome) -> Self {
        let ids = |findings: &[Finding]| fingerprints(findings).into_iter().map(|print| print.id).collect::<Vec<_>>();
        let (same, gone, new_ones) = pairs(&old.findings, &new.findings, &ids);
        let (moved_words, mut removed, mut added) = pairs(&gone, &new_ones, &places);
        let mut difference = Self { moved: moved(old, new), ..Self::default() };
        difference.renamed = moved_words.iter().map(|(_, is)| is.clone()).collect();
        let regraded = same.into_iter().chain(moved_words).filter(|(was, is)| was.severity != is.severity);
        difference.regraded = regraded.map(|(was, is)| (was.severity, is)).collect();
        difference.regraded.sort_by(|(_, a), (_, b)| a.order_key().cmp(&b.order_key()));
        for all in [&mut added, &mut removed, &mut difference.renamed] {
            all.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        }
        Self { added, removed, ..difference }
    }

    /// The errors of the new version that were none before.
    pub fn new_errors(&self) -> impl Iterator<Item = &Finding> {
        let raised = self.regraded.iter().map(|(_, finding)| finding);
        self.added.iter().chain(raised).filter(|finding| finding.severity == Severity::Error)
    }

    /// Whether both versions say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.renamed.is_empty() && self.regraded.is_empty() && self.moved.is_empty()
    }
}

/// From when on a finding is graver or milder than it was by an old manifest: the severity and the day of enforcement, where no layer has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regraded {
    /// The first such day, today or later.
    pub day: Date,
    /// What it was to be on that day.
    pub was: Grade,
    /// What it is then.
    pub is: Grade,
}

impl Regraded {
    /// The gravest severity that findings get sooner, and that they lose or get later. A day that has come makes no difference.
    #[must_use]
    pub fn between(old: &PolicyFile, new: &PolicyFile, today: Date) -> Vec<Self> {
        let ahead = [old.enforce_after, new.enforce_after].into_iter().flatten().filter(|day| *day > today);
        let days: BTreeSet<Date> = ahead.chain([today]).collect();
        let all: Vec<_> = days.into_iter().map(|day| Self { day, was: old.on(day), is: new.on(day) }).collect();
        let first = |one: fn(&&Self) -> bool| {
            let gravest = all.iter().filter(one).map(|one| one.is.max(one.was)).max();
            all.iter().filter(one).find(|one| Some(one.is.max(one.was)) == gravest).copied()
        };
        first(|one| one.is > one.was).into_iter().chain(first(|one| one.is < one.was)).collect()
    }
}

/// Findings that have the same print, and those that only the one or the other list has.
type Pairs = (Vec<(Finding, Finding)>, Vec<Finding>, Vec<Finding>);

fn pairs(old: &[Finding], new: &[Finding], prints: &dyn Fn(&[Finding]) -> Vec<String>) -> Pairs {
    let mut after: BTreeMap<_, _> = prints(new).into_iter().zip(0..).collect();
    let (mut both, mut gone) = (Vec::new(), Vec::new());
    for (print, was) in prints(old).into_iter().zip(old.iter().cloned()) {
        match after.remove(&print) {
            Some(index) => both.push((was, new[index].clone())),
            None => gone.push(was),
        }
    }
    // Prints are made in the order of findings.
    let left: BTreeSet<usize> = after.into_values().collect();
    (both, gone, left.into_iter().map(|index| new[index].clone()).collect())
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
