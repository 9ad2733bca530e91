//! What a check found, in conftest's own shape: the JSON output is these types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// The outcome of one rule for one document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleResult {
    /// The message; empty when the rule passed.
    #[serde(rename = "msg")]
    pub message: String,
    /// Where the rule says that the cause stands.
    #[serde(rename = "loc", default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Whatever else the rule returned, and the query that found it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
}

/// A place that a rule returned as `_loc`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Number>,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} L{}", self.file, self.line())
    }
}

impl Location {
    /// The line as text; empty when the rule gave none.
    #[must_use]
    pub fn line(&self) -> String {
        self.line.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// What a single query did besides finding things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryResult {
    /// The query, such as `data.main.deny`.
    pub query: String,
    /// Whether nothing was found.
    pub passed: bool,
    /// Lines of policies that were evaluated, when tracing is on.
    pub traces: Vec<String>,
    /// What `print` printed, each with its place.
    pub outputs: Vec<String>,
}

/// The outcome of all rules of a namespace for one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The file, as the user named it.
    #[serde(rename = "filename")]
    pub file: String,
    /// The namespace.
    #[serde(default)]
    pub namespace: String,
    /// How many rules passed, over all documents.
    #[serde(default)]
    pub successes: usize,
    /// Tests that were skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<RuleResult>,
    /// What `warn` rules found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<RuleResult>,
    /// What `deny` and `violation` rules found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<RuleResult>,
    /// What an `exception` rule let pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<RuleResult>,
    /// The queries that were made.
    #[serde(skip)]
    pub queries: Vec<QueryResult>,
}

impl CheckResult {
    /// Adds the outcome for another document of the same file.
    pub fn absorb(&mut self, other: Self) {
        self.successes += other.successes;
        self.skipped.extend(other.skipped);
        self.warnings.extend(other.warnings);
        self.failures.extend(other.failures);
        self.exceptions.extend(other.exceptions);
        self.queries.extend(other.queries);
    }

    /// The numbers of this result.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally {
            successes: self.successes,
            skipped: self.skipped.len(),
            warnings: self.warnings.len(),
            failures: self.failures.len(),
            exceptions: self.exceptions.len(),
        }
    }
}

/// How often each outcome came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub successes: usize,
    /// Skipped.
    pub skipped: usize,
    /// Warned.
    pub warnings: usize,
    /// Failed.
    pub failures: usize,
    /// Let pass by an exception.
    pub exceptions: usize,
}

impl Tally {
    /// The numbers of several results.
    #[must_use]
    pub fn of(results: &[CheckResult]) -> Self {
        results.iter().map(CheckResult::tally).fold(Self::default(), |a, b| Self {
            successes: a.successes + b.successes,
            skipped: a.skipped + b.skipped,
            warnings: a.warnings + b.warnings,
            failures: a.failures + b.failures,
            exceptions: a.exceptions + b.exceptions,
        })
    }

    /// All outcomes together.
    #[must_use]
    pub fn total(self) -> usize {
        self.successes + self.skipped + self.warnings + self.failures + self.exceptions
    }

    /// conftest's summary: `5 tests, 4 passed, 1 warning, 0 failures, 0 exceptions`.
    #[must_use]
    pub fn summary(self) -> String {
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let tests = count(self.total(), "test");
        let (warnings, failures) = (count(self.warnings, "warning"), count(self.failures, "failure"));
        format!("{tests}, {} passed, {warnings}, {failures}, {}", self.successes, count(self.exceptions, "exception"))
    }
}
