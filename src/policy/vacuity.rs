//! Policies that matched no subject: their silence says nothing about the repository.

use super::{Outcome, Policy, Verdict};

/// Words of a rule that judges what `polity.yaml` says, which no file read stands for.
const FACTS: [&str; 2] = ["input.service", "input.services"];

/// The policies that had nothing to judge: not evaluated on anything, not applicable everywhere, or silent without having looked at
/// a file. Sorted.
#[must_use]
pub fn vacuous(policies: &[Policy], outcome: &Outcome) -> Vec<String> {
    let is_vacuous = |policy: &&Policy| {
        let looks_at_facts = FACTS.iter().any(|word| policy.rego().text().contains(word));
        let described = |root: &str| outcome.services.iter().any(|service| service.root == root && service.described);
        outcome.evaluations.iter().filter(|one| one.policy == policy.shown).all(|one| match one.verdict {
            Verdict::NotApplicable => true,
            Verdict::Pass => one.evidence.is_empty() && !(looks_at_facts && described(&one.root)),
            Verdict::Fail | Verdict::Unknown => false,
        })
    };
    let mut names: Vec<_> = policies.iter().filter(is_vacuous).map(|policy| policy.shown.clone()).collect();
    names.sort();
    names
}
