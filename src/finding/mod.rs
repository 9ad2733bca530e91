//! What polity says about a file: located diagnostics, and the findings of policies.
//!
//! Nothing here prints; `report` turns these values into text, JSON or SARIF.

mod fingerprint;
mod fix;
mod name;
mod plain;
mod says;
mod source;
mod subject;
mod suppression;

use serde::{Deserialize, Serialize};

pub use fingerprint::{Fingerprint, Former, fingerprints, formers, kind, places};
pub use fix::{At, Edit, Fix, Safety};
pub use name::{calls, local, parts};
pub use plain::plain;
pub use says::{is_said, seen_from};
pub use source::{Location, Position, SourceText};
pub use subject::{Subject, one_blank, pinned};
pub use suppression::{Suppression, SuppressionKind};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Advice,
    /// Should be repaired; fails a run only when asked for.
    Warning,
    /// Must be repaired; fails the run.
    Error,
}

impl Severity {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A statement about places in files: what is so, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// States the fact, in lower case without a final period.
    pub title: String,
    /// The places; the first is the cause. Empty for an error that has no place.
    pub locations: Vec<Location>,
    /// The next actions.
    pub helps: Vec<String>,
    /// Who demands it, or what else is worth knowing.
    pub notes: Vec<String>,
    /// What tells it from others, as its rule says.
    #[serde(default)]
    pub identity: Box<Identity>,
}

/// What tells a diagnostic from others where its title and the line of its place do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What tells it from what else its policy says of the same place; its title when that is not given.
    pub key: Option<Box<str>>,
    /// What it is about, where the line that shows it says more than that and may change: the text of the line when that is not given.
    pub thing: Option<Box<str>>,
}

impl Diagnostic {
    /// A diagnostic with a title only.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), locations: Vec::new(), helps: Vec::new(), notes: Vec::new(), identity: Box::default() }
    }

    /// Adds a place; the first one added is the cause.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// Adds a next action.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }
}

/// What one policy found at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The policy's id, such as `service-without-owner`; `namespace/id` where two policies share an id.
    pub policy: String,
    /// The policy in full, `namespace/id`; the bare id for what the engine itself finds.
    pub policy_name: String,
    /// How bad it is, after all policy layers spoke.
    pub severity: Severity,
    /// The service root it belongs to, relative to the checked folder; empty for the folder itself.
    pub service: String,
    /// What and where.
    pub diagnostic: Diagnostic,
    /// Why it does not count, if it does not.
    pub suppression: Option<Suppression>,
    /// How it can be repaired, if the policy knows.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding of a policy, about the place that comes first.
    #[must_use]
    pub fn new(policy: impl Into<String>, severity: Severity, service: impl Into<String>, diagnostic: Diagnostic) -> Self {
        let policy = policy.into();
        Self { policy_name: policy.clone(), policy, severity, service: service.into(), diagnostic, suppression: None, fix: None }
    }

    /// Whether it decides about the run: nothing lets it be.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.suppression.is_none()
    }

    /// The key of the stable order of every output: place first, then policy, then text.
    #[must_use]
    pub fn order_key(&self) -> (&str, Position, &str, &str) {
        let place = self.diagnostic.locations.first();
        let path = place.map_or("", |l| l.path.as_str());
        let start = place.map_or(Position { line: 0, column: 0 }, |l| l.start);
        (path, start, &self.policy, &self.diagnostic.title)
    }
}

/// The name nearest to `wrong` among `known`, for "did you mean" hints.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|name| (strsim::normalized_damerau_levenshtein(wrong, name), name));
    let best = scored.filter(|(score, _)| *score >= 0.5).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    Some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_suggests_only_what_is_near() {
        assert_eq!(nearest("onwer", ["owner", "tier"]), Some("owner"));
        assert_eq!(nearest("zzzzz", ["owner", "tier"]), None);
        assert_eq!(nearest("ab", ["ac", "aa"]), Some("aa"), "ties go to the first name in byte order");
    }

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::Advice < Severity::Warning && Severity::Warning < Severity::Error);
    }
}
