//! Rego policies written for conftest, run on config files: its rule names, its counting, its output formats.
//!
//! Nothing here reads a disk or prints: the caller brings policies, data and configs as texts and values.

mod annotations;
mod arithmetic;
mod calls;
mod check;
mod conflicts;
mod decimals;
mod document;
mod edit;
mod extents;
mod format;
mod functions;
mod heads;
mod host;
mod load;
mod mismatch;
mod mocks;
mod module;
mod negation;
pub mod output;
mod plain;
mod recursion;
mod relations;
mod rendered;
mod result;
mod rewrite;
mod scopes;
mod shapes;
mod signatures;
mod source;
mod spread;
mod strict;
mod templates;
mod trials;
mod value;
mod verify;

pub use check::{CheckOptions, Config, check, check_combined, combined};
pub use document::document;
pub use host::{ReadFile, Reader, offline};
pub use load::{DataFile, LoadOptions, Policies, RegoFile, RegoVersion};
pub(super) use plain::{install, rewritten};
pub use result::{CheckResult, Location, QueryResult, RuleResult, Tally};
pub(super) use trials::gatherer;
pub(super) use verify::cases;
pub use verify::{Case, TestOutcome, TestResult, as_check_results, verify};

/// What keeps policies from being loaded or evaluated. Every one of these ends the run: none of them is a pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConftestError {
    /// No policy file at all.
    #[error("load: loading policies: no policies found in [{0}]")]
    NoPolicies(String),
    /// A policy that does not parse.
    #[error("load: loading policies: {0}")]
    Parse(String),
    /// Policies that do not compile, one message a mistake.
    #[error("load: loading policies: get compiler: {}", errors(.0))]
    Compile(Vec<String>),
    /// A rule head that means something else than its author thinks.
    #[error("load: loading policies: rule is using 'if' keyword without 'contains' keyword: rule in {path} at line {line}")]
    IfWithoutContains {
        /// The policy file.
        path: String,
        /// The rule's line.
        line: u32,
    },
    /// A template of a page that cannot be filled.
    #[error("rendering document: {0}")]
    Template(String),
    /// Data files that contradict each other.
    #[error("load: load documents: {0}")]
    Data(String),
    /// A namespace pattern that is no pattern.
    #[error("filter namespaces: match pattern \"{0}\": syntax error in pattern")]
    Pattern(String),
    /// A query that could not be evaluated.
    #[error("query rule: evaluating policy: {0}")]
    Evaluate(String),
    /// A test that cannot be run.
    #[error("run test: 1 error occurred: {0}")]
    Test(String),
    /// A built-in function that failed, when that was asked to be an error.
    #[error("built-in error: {0}")]
    Builtin(String),
    /// A rule that returned an object without a message.
    #[error("query rule: new result: \"msg\" field must be present and a string")]
    NoMessage,
}

fn errors(messages: &[String]) -> String {
    match messages {
        [one] => format!("1 error occurred: {one}"),
        many => format!("{} errors occurred:\n{}", many.len(), many.join("\n")),
    }
}
