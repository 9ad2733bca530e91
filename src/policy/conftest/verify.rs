//! Runs the tests of policies: rules whose names begin with `test_`. One that begins with `todo_test_` is skipped.

use std::collections::BTreeMap;
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

/// A case of a test, such as `one` of `test_x[name] if some name in {"one", "two"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The names that lead to it.
    pub path: Vec<String>,
    /// Whether it holds, and so do those that it leads to.
    pub passed: bool,
    /// Whether it leads to no other case.
    pub last: bool,
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
    /// The cases in its head, in the order of their names, those that lead to others before them.
    pub cases: Vec<Case>,
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
        line: test.trial.line,
        name: format!("data.{}.{}", test.namespace, test.trial.name),
        rule: test.trial.name.clone(),
        outcome: TestOutcome::Skip,
        cases: Vec::new(),
        duration: Duration::ZERO,
        outputs: Vec::new(),
        notes: Vec::new(),
        traces: Vec::new(),
    };
    if test.trial.name.starts_with("todo_") {
        return Ok(result);
    }
    if test.trial.function {
        return Err(ConftestError::Test(format!("rego_type_error: function {} used as reference, not called", result.name)));
    }
    let start = Instant::now();
    let answer = evaluator.query(&format!("data.{}.{}", test.namespace, test.trial.inner))?;
    result.duration = start.elapsed();
    let passed = if test.trial.cases {
        // It prints and notes once more what the test did.
        let reached = evaluator.query(&format!("data.{}.{}", test.namespace, test.trial.gatherer()))?;
        result.cases = cases(&answer.value, &reached.value);
        answer.value != Rego::Undefined && result.cases.iter().all(|case| case.passed)
    } else {
        answer.value == Rego::from(true)
    };
    result.outcome = if passed { TestOutcome::Pass } else { TestOutcome::Fail };
    result.outputs = answer.outputs;
    result.notes = answer.notes.traces;
    result.traces = answer.traces;
    Ok(result)
}

/// The cases of a test with the value `value`, of which the test came to those in `reached`.
pub(in crate::policy) fn cases(value: &Rego, reached: &Rego) -> Vec<Case> {
    let mut all = Node::default();
    all.told(value);
    if let Ok(reached) = reached.as_set() {
        reached.iter().filter_map(|path| path.as_array().ok()).for_each(|path| all.come_to(path.iter()));
    }
    let mut found = Vec::new();
    all.list(&mut Vec::new(), &mut found);
    found
}

/// What the names of cases lead to.
#[derive(Default)]
struct Node {
    passed: bool,
    inner: BTreeMap<String, Node>,
}

impl Node {
    /// What the rule says.
    fn told(&mut self, value: &Rego) {
        self.passed = *value == Rego::from(true);
        if let Ok(members) = value.as_object() {
            members.iter().for_each(|(name, value)| self.inner.entry(named(name)).or_default().told(value));
        }
    }

    /// A case that does not hold unless the rule says so.
    fn come_to<'a>(&mut self, path: impl Iterator<Item = &'a Rego>) {
        path.fold(self, |node, name| node.inner.entry(named(name)).or_default());
    }

    fn holds(&self) -> bool {
        if self.inner.is_empty() { self.passed } else { self.inner.values().all(Self::holds) }
    }

    fn list(&self, path: &mut Vec<String>, found: &mut Vec<Case>) {
        for (name, node) in &self.inner {
            path.push(name.clone());
            found.push(Case { path: path.clone(), passed: node.holds(), last: node.inner.is_empty() });
            node.list(path, found);
            path.pop();
        }
    }
}

/// The name of a case: a text as it is, anything else as JSON.
fn named(name: &Rego) -> String {
    name.as_string().map_or_else(|_| name.to_string(), |text| text.to_string())
}

/// Test results in the shape of check results, one a test, for the output formats that both share.
#[must_use]
pub fn as_check_results(tests: &[TestResult]) -> Vec<CheckResult> {
    tests.iter().map(as_check_result).collect()
}

fn as_check_result(test: &TestResult) -> CheckResult {
    let passed = test.outcome == TestOutcome::Pass;
    // What tests print is told by `--report full` alone.
    let query = QueryResult { query: test.rule.clone(), passed, traces: test.traces.clone(), outputs: Vec::new() };
    let mut result = CheckResult { file: test.file.clone(), queries: vec![query], ..CheckResult::default() };
    let named = || vec![RuleResult { message: test.name.clone(), ..RuleResult::default() }];
    match test.outcome {
        TestOutcome::Pass => result.successes = 1,
        TestOutcome::Fail => result.failures = named(),
        TestOutcome::Skip => result.skipped = named(),
    }
    result
}
