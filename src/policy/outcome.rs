//! What a check came to: findings, and what each policy said of each of its subjects.

use std::sync::Arc;

use crate::config::TrendPoint;
use crate::finding::{Finding, Severity, SuppressionKind};
use crate::tree::RepoPath;

use super::{Hidden, LeftOut, SubjectKind, Unsure};

/// What a check came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every finding, in the stable order of [`Finding::order_key`].
    pub findings: Vec<Finding>,
    /// What was evaluated, by policy and subject.
    pub evaluations: Vec<Evaluation>,
    /// The service roots; one empty root for a repository without a `polity.yaml`.
    pub services: Vec<Service>,
    /// The number of policies.
    pub policies: usize,
    /// How many findings the baseline held, each time that it was written; empty without one.
    pub trend: Vec<TrendPoint>,
    /// What was not looked at, with the reason; sorted by path.
    pub left_out: Vec<LeftOut>,
    /// What a `.polityignore` hides, by file and pattern.
    pub hidden: Vec<Hidden>,
    /// Where layers switch policies off.
    pub silent: Vec<Silent>,
    /// What was found outside of the checked folder, in the same order: repairs in it must add nothing to that.
    pub elsewhere: Vec<Finding>,
    /// Where something may be that was not found.
    pub unsure: Unsure,
}

/// A policy, in full, that a layer switches off in a place: nobody knows what it would find there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// The policy.
    pub policy: String,
    /// The root of a service, for all of it; `None` for the whole repository or for a path.
    pub root: Option<String>,
    /// The file in which findings are left out; `None` for all.
    pub path: Option<String>,
}

/// A service that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its root; empty for the folder that was checked.
    pub root: String,
    /// Whether a `polity.yaml` describes it.
    pub described: bool,
    /// Whether it is no service, but the files that belong to none of the services beside it.
    pub is_rest: bool,
}

/// One policy on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The policy's id.
    pub policy: String,
    /// What it was evaluated on.
    pub subject: SubjectKind,
    /// The subject's root.
    pub root: String,
    /// What came out.
    pub verdict: Verdict,
    /// Why nothing could be judged, or what could not be read.
    pub reasons: Vec<String>,
    /// The files that the rule read or looked for, with paths from the checked folder.
    pub evidence: Arc<[RepoPath]>,
}

/// What one policy says about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything was looked at, and nothing was found.
    Pass,
    /// Something was found, whether or not it is waived.
    Fail,
    /// The subject is not the policy's business, for a reason that is given.
    NotApplicable,
    /// Something that should have been judged could not be read. Never a pass.
    Unknown,
}

impl Verdict {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not applicable",
            Self::Unknown => "unknown",
        }
    }

    /// What was found counts most, and missing evidence more than the word of a rule that may not have seen it.
    pub(super) fn of(found: bool, unknown: &[String], not_applicable: &[String]) -> Self {
        match (found, unknown.is_empty(), not_applicable.is_empty()) {
            (true, _, _) => Self::Fail,
            (false, false, _) => Self::Unknown,
            (false, true, false) => Self::NotApplicable,
            (false, true, true) => Self::Pass,
        }
    }
}

impl Evaluation {
    /// Whether something could not be judged, also beside what was found.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.verdict == Verdict::Unknown || (self.verdict == Verdict::Fail && !self.reasons.is_empty())
    }
}

impl Outcome {
    /// The number of findings of a severity that count.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.counts() && finding.severity == severity).count()
    }

    /// The number of findings that something lets be.
    #[must_use]
    pub fn suppressed(&self, kind: SuppressionKind) -> usize {
        self.findings.iter().filter(|finding| finding.suppression.as_ref().is_some_and(|s| s.kind == kind)).count()
    }

    /// Whether a layer switches a policy off for a file of a service.
    #[must_use]
    pub fn is_silent(&self, policy: &str, service: &str, path: &str) -> bool {
        let fits =
            |one: &Silent| one.root.as_ref().is_none_or(|root| root == service) && one.path.as_ref().is_none_or(|there| there == path);
        self.silent.iter().any(|one| one.policy == policy && fits(one))
    }

    /// The evaluations with a verdict.
    #[must_use]
    pub fn verdicts(&self, verdict: Verdict) -> usize {
        self.evaluations.iter().filter(|one| one.verdict == verdict).count()
    }
}
