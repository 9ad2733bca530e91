//! Runs the tests of policies: rules whose names begin with `test_`. One that begins with `todo_test_` is skipped.

use std::time::{Duration, Instant};

use rayon::prelude::*;
use regorus::Value as Rego;

use super::ConftestError;
use super::check::Evaluator;
use super::load::{Policies, TestRule};
use super::result::{CheckResult, QueryResult, RuleResult};

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// It was true.
    Pass,
    /// It was false or undefined.
    Fail,
    /// It was not run.
    Skip,
}

/// A test and how it ended.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// The policy file.
    pub file: String,
    /// The line of the test.
    pub line: u32,
    /// The full name, such as `data.main.test_denied`.
    pub name: String,
    /// The rule's own name.
    pub rule: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took.
    pub duration: Duration,
    /// What `print` printed, each with its place.
    pub outputs: Vec<String>,
    /// Texts given to `trace`.
    pub notes: Vec<String>,
    /// Lines that were evaluated, when tracing is on.
    pub traces: Vec<String>,
}

/// Runs every test, or those of the given namespaces.
///
/// # Errors
/// [`ConftestError`] when a test cannot be evaluated, or when a namespace pattern is none.
pub fn verify(policies: &Policies, namespaces: &[String]) -> Result<Vec<TestResult>, ConftestError> {
    let allowed = if namespaces.is_empty() { None } else { Some(policies.matching(namespaces)?) };
    let wanted = |test: &&TestRule| allowed.as_ref().is_none_or(|names| names.contains(&test.namespace));
    let tests: Vec<_> = policies.tests.iter().filter(wanted).collect();
    let run_one =
        |evaluator: &mut Result<Evaluator<'_>, ConftestError>, test: &&TestRule| run(evaluator.as_mut().map_err(|e| e.clone())?, test);
    tests.par_iter().map_init(|| policies.evaluator(), run_one).collect()
}

fn run(evaluator: &mut Evaluator<'_>, test: &TestRule) -> Result<TestResult, ConftestError> {
    let mut result = TestResult {
        file: test.path.clone(),
        line: test.line,
        name: format!("data.{}.{}", test.namespace, test.name),
        rule: test.name.clone(),
        outcome: TestOutcome::Skip,
        duration: Duration::ZERO,
        outputs: Vec::new(),
        notes: Vec::new(),
        traces: Vec::new(),
    };
    if test.name.starts_with("todo_") {
        return Ok(result);
    }
    let start = Instant::now();
    let answer = evaluator.query(&format!("data.{}.{}", test.namespace, test.inner))?;
    result.duration = start.elapsed();
    result.outcome = if answer.value == Rego::from(true) { TestOutcome::Pass } else { TestOutcome::Fail };
    result.outputs = answer.outputs;
    result.notes = answer.notes.traces;
    result.traces = answer.traces;
    Ok(result)
}

/// Test results in the shape of check results, one a test, for the output formats that both share.
#[must_use]
pub fn as_check_results(tests: &[TestResult]) -> Vec<CheckResult> {
    tests.iter().map(as_check_result).collect()
}

fn as_check_result(test: &TestResult) -> CheckResult {
    let passed = test.outcome == TestOutcome::Pass;
    let query = QueryResult { query: test.rule.clone(), passed, traces: test.traces.clone(), outputs: test.outputs.clone() };
    let mut result = CheckResult { file: test.file.clone(), queries: vec![query], ..CheckResult::default() };
    let named = || vec![RuleResult { message: test.name.clone(), ..RuleResult::default() }];
    match test.outcome {
        TestOutcome::Pass => result.successes = 1,
        TestOutcome::Fail => result.failures = named(),
        TestOutcome::Skip => result.skipped = named(),
    }
    result
}
