//! The law of fixes: made together they silence what they are for, and a second time there is nothing left to make.

use crate::finding::{Diagnostic, Location, Safety};
use crate::policy::laws::Case;
use crate::policy::{ContractReader, Outcome, Policy, PolicyError};

use super::{check_again, repair};

/// The ways in which the fixes of a policy on its bad case break the law.
///
/// # Errors
/// Every policy that failed.
pub(in crate::policy) fn broken(
    policy: &Policy,
    registry: &[Policy],
    case: &Case,
    outcome: &Outcome,
    contract: ContractReader,
) -> Result<Vec<Diagnostic>, Vec<PolicyError>> {
    let fixable = |outcome: &Outcome| {
        let mine = outcome.findings.iter().filter(|finding| finding.policy == policy.shown);
        mine.filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.layer.is_none())).count()
    };
    if fixable(outcome) == 0 {
        return Ok(Vec::new());
    }
    let mut again = |tree| check_again(registry, &[], contract, tree);
    let first = repair(outcome.clone(), &case.tree, Safety::Unsafe, &mut again)?;
    let second = repair(first.outcome.clone(), &first.tree, Safety::Unsafe, &mut again)?;
    let place = || Location::file(format!("{}/cases/{}", policy.folder, case.name), "after the fixes of this case");
    let mut broken = Vec::new();
    for (finding, why) in first.refused.iter().filter(|(finding, _)| finding.policy == policy.shown) {
        broken.push(Diagnostic::new(format!("fix does not hold: {}: {why}", finding.diagnostic.title)).at(place()));
    }
    if fixable(&first.outcome) > first.refused.len() {
        broken.push(Diagnostic::new("fix does not silence its finding").at(place()));
    }
    if !second.plan.is_empty() {
        broken.push(Diagnostic::new("fix changes something when it is made a second time").at(place()));
    }
    for finding in first.outcome.findings.iter().filter(|finding| finding.policy != policy.shown) {
        broken.push(Diagnostic::new(format!("fix makes `{}` fire: {}", finding.policy, finding.diagnostic.title)).at(place()));
    }
    Ok(broken)
}
