//! The mutation score of a policy: small changes to its rule, each of which some case must notice.
//!
//! Nothing here prints: what lived through the cases comes back with its place in the rule.

mod edits;
mod excuse;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::finding::{Diagnostic, Finding, Location, SourceText};

use super::laws::Case;
use super::{ContractReader, Policy, PolicyError, Repository, Verdict, check_by};

use edits::{Edit, edits};
pub use excuse::Excuse;

/// So many times as long as the unchanged rule on its slowest case a changed one may take on any, within these bounds.
const SLOWER: u32 = 20;
const TIME_LIMIT: RangeInclusive<Duration> = Duration::from_millis(200)..=Duration::from_secs(2);

/// What became of the changes to one policy.
#[derive(Clone, Debug, Default)]
pub struct Mutation {
    /// How many changes some case noticed.
    pub killed: usize,
    /// How many of these were noticed because the rule did not end in time.
    pub endless: usize,
    /// The changes that no case noticed.
    pub survivors: Vec<Survivor>,
    /// The changes that no case noticed and that the rule's author says no case can.
    pub equivalent: Vec<(Survivor, String)>,
    /// How many changes made no rule: they are not counted.
    pub invalid: usize,
    /// Excuses for changes that do not live, or that there are not.
    pub stray: Vec<Diagnostic>,
}

/// A change that no case noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The changed text in the rule.
    pub place: Location,
    /// What was done to it.
    pub does: String,
}

/// What became of one change.
enum Fate {
    Killed,
    Endless,
    Survived,
    Invalid,
}

/// What a policy says about a case, as far as a test can see it.
type Said = (Vec<Finding>, Vec<(String, Verdict, Vec<String>)>);

impl Mutation {
    /// The number of changes that count.
    #[must_use]
    pub fn mutants(&self) -> usize {
        self.killed + self.survivors.len()
    }

    /// The share of changes that were noticed, in percent rounded down; 100 when there are none.
    #[must_use]
    pub fn score(&self) -> usize {
        (self.killed * 100).checked_div(self.mutants()).unwrap_or(100)
    }
}

/// Changes a policy in every way and holds each change against the cases.
///
/// # Errors
/// What keeps the unchanged policy from being judged.
pub fn mutate(policy: &Policy, cases: &[Case], contract: ContractReader) -> Result<Mutation, Vec<PolicyError>> {
    let source = policy.rego();
    let edits = edits(source).map_err(|diagnostic| vec![PolicyError::Rule(diagnostic)])?;
    let (mut known, mut slowest) = (Vec::new(), Duration::ZERO);
    for case in cases {
        let began = Instant::now();
        known.push((case, said(std::slice::from_ref(policy), case, contract)?));
        slowest = slowest.max(began.elapsed());
    }
    let limit = (slowest * SLOWER).clamp(*TIME_LIMIT.start(), *TIME_LIMIT.end());
    let fates: Vec<Fate> = edits.par_iter().map(|edit| fate(policy, edit, limit, &known, contract)).collect();
    let mut excuses = excuse::read(source);
    let mut mutation = Mutation::default();
    for (edit, fate) in edits.iter().zip(fates) {
        match fate {
            Fate::Killed => mutation.killed += 1,
            Fate::Invalid => mutation.invalid += 1,
            Fate::Endless => {
                mutation.killed += 1;
                mutation.endless += 1;
            }
            Fate::Survived => {
                let survivor = Survivor { place: source.location(edit.start..edit.end, edit.does.as_str()), does: edit.does.clone() };
                match excuse::for_line(&mut excuses, survivor.place.start.line) {
                    Some(reason) => mutation.equivalent.push((survivor, reason)),
                    None => mutation.survivors.push(survivor),
                }
            }
        }
    }
    mutation.stray = excuse::stray(source, &excuses);
    Ok(mutation)
}

fn fate(policy: &Policy, edit: &Edit, limit: Duration, known: &[(&Case, Said)], contract: ContractReader) -> Fate {
    let text = policy.rego().text();
    let changed = format!("{}{}{}", &text[..edit.start], edit.text, &text[edit.end..]);
    let mutant = policy.with_rule(SourceText::new(policy.rego().path(), changed), limit);
    if mutant.compile().is_err() {
        return Fate::Invalid;
    }
    for (case, before) in known {
        match said(std::slice::from_ref(&mutant), case, contract) {
            Ok(now) if now == *before => {}
            Ok(_) => return Fate::Killed,
            Err(errors) if errors.iter().any(is_no_rule) => return Fate::Invalid,
            Err(errors) if errors.iter().any(|error| matches!(error, PolicyError::TooSlow { .. })) => return Fate::Endless,
            Err(_) => return Fate::Killed,
        }
    }
    Fate::Survived
}

/// The engine notices only at evaluation that nothing binds a variable.
fn is_no_rule(error: &PolicyError) -> bool {
    let PolicyError::Evaluation { diagnostic, .. } = error else { return false };
    diagnostic.locations.iter().any(|place| ["undefined variable", "is not defined"].iter().any(|words| place.label.contains(words)))
}

fn said(policy: &[Policy], case: &Case, contract: ContractReader) -> Result<Said, Vec<PolicyError>> {
    let repository = Arc::new(Repository::new(case.tree.clone(), Vec::new()));
    let outcome = check_by(policy, &repository, contract, &case.rules())?;
    let verdicts = outcome.evaluations.into_iter().map(|one| (one.root, one.verdict, one.reasons)).collect();
    Ok((outcome.findings, verdicts))
}
