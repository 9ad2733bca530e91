//! What counts against a run. The exit code and every format ask here, so that none says that all is well where another one fails.

use crate::finding::{Finding, Severity};
use crate::policy::Outcome;

use super::human::count;

/// What a run must not come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The least severity that fails the run; `None` where none does.
    pub least: Option<Severity>,
    /// The most warnings that a run may have.
    pub most_warnings: Option<usize>,
}

impl Default for Bar {
    fn default() -> Self {
        Self { least: Some(Severity::Error), most_warnings: None }
    }
}

impl Bar {
    /// Whether a finding alone fails the run.
    #[must_use]
    pub fn is_hit_by(&self, finding: &Finding) -> bool {
        finding.counts() && self.least.is_some_and(|least| finding.severity >= least)
    }

    /// Whether the run fails.
    #[must_use]
    pub fn fails(&self, outcome: &Outcome) -> bool {
        self.hits(outcome) > 0 || self.excess(outcome).is_some()
    }

    /// What is to be said of warnings that are too many.
    #[must_use]
    pub fn excess(&self, outcome: &Outcome) -> Option<String> {
        let (most, warnings) = (self.most_warnings?, outcome.count(Severity::Warning));
        let are = if warnings == 1 { "is" } else { "are" };
        (warnings > most)
            .then(|| format!("{} {are} more than the {most} that `--max-warnings` allows", count(warnings, "warning", "warnings")))
    }

    /// How the run ended, in words.
    #[must_use]
    pub fn ending(&self, outcome: &Outcome) -> String {
        let counted = || if self.fails(outcome) { format!("failed: {}", self.counted(outcome)) } else { "passed".to_owned() };
        self.remark(outcome).unwrap_or_else(counted)
    }

    /// How the run ended, where the number of errors does not tell it.
    #[must_use]
    pub fn remark(&self, outcome: &Outcome) -> Option<String> {
        let (hits, errors, excess) = (self.hits(outcome), outcome.count(Severity::Error), self.excess(outcome));
        let by_severity = || self.counted(outcome);
        match (excess, hits > 0, errors > 0) {
            (Some(excess), true, false) => Some(format!("failed: {excess}, and {}", by_severity())),
            (Some(excess), _, _) => Some(format!("failed: {excess}")),
            (None, true, false) => Some(format!("failed: {}", by_severity())),
            (None, false, true) => Some(format!("passed: `--fail-on {}` lets every finding be", self.word())),
            (None, true, true) | (None, false, false) => None,
        }
    }

    fn counted(&self, outcome: &Outcome) -> String {
        format!("`--fail-on {}` counts {}", self.word(), count(self.hits(outcome), "finding", "findings"))
    }

    fn hits(&self, outcome: &Outcome) -> usize {
        outcome.findings.iter().filter(|finding| self.is_hit_by(finding)).count()
    }

    /// The least severity as the command line has it.
    pub(super) fn word(&self) -> &'static str {
        self.least.map_or("never", Severity::as_str)
    }
}

#[cfg(test)]
mod tests;
