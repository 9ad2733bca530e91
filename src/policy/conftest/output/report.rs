//! `verify --report`: the tests of policies in the manner of `opa test`.

use super::super::{TestOutcome, TestResult};

/// How much of a failed test is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every evaluated line.
    Full,
    /// What the test gave to `trace`.
    Notes,
    /// No more than its name.
    Fails,
}

const RULE: &str = "--------------------------------------------------------------------------------\n";

/// Shows tests, grouped by file, failures in detail below.
#[must_use]
pub fn report(tests: &[TestResult], detail: Detail) -> String {
    let mut out = String::new();
    let mut file = "";
    for test in tests {
        if test.file != file {
            file = &test.file;
            out += &format!("{file}:{}:\n", test.line);
        }
        out += &line(test);
        out += &cases(test);
        if !test.outputs.is_empty() {
            let printed: String = test.outputs.iter().map(|output| format!("  {}\n", message(output))).collect();
            out += &format!("\n{printed}\n");
        }
    }
    let count = |outcome: TestOutcome| tests.iter().map(|test| tally(test, outcome)).sum::<usize>();
    let failed: Vec<_> = tests.iter().filter(|test| test.outcome == TestOutcome::Fail).collect();
    if !failed.is_empty() {
        out += &format!("{RULE}FAILURES\n{RULE}");
        for test in &failed {
            let cases = cases(test);
            out += &format!("{}\n{}\n", line(test), details(test, detail));
            if !cases.is_empty() {
                out += &format!("{cases}\n");
            }
        }
    }
    out += RULE;
    let counts = [TestOutcome::Pass, TestOutcome::Fail, TestOutcome::Skip].map(count);
    let total: usize = counts.iter().sum();
    for (word, number) in ["PASS", "FAIL", "SKIPPED"].into_iter().zip(counts) {
        if number > 0 {
            out += &format!("{word}: {number}/{total}\n");
        }
    }
    out
}

/// How many results of a kind a test stands for: a test with cases for each of them.
fn tally(test: &TestResult, outcome: TestOutcome) -> usize {
    if test.cases.is_empty() {
        return usize::from(test.outcome == outcome);
    }
    let ended = |passed: bool| if passed { TestOutcome::Pass } else { TestOutcome::Fail };
    test.cases.iter().filter(|case| case.last && ended(case.passed) == outcome).count()
}

/// The cases that failed, one a line.
fn cases(test: &TestResult) -> String {
    let failed = test.cases.iter().filter(|case| !case.passed);
    failed.map(|case| format!("{}{}: FAIL\n", "  ".repeat(case.path.len()), case.path.last().map_or("", String::as_str))).collect()
}

fn line(test: &TestResult) -> String {
    let word = match test.outcome {
        TestOutcome::Pass => "PASS",
        TestOutcome::Fail => "FAIL",
        TestOutcome::Skip => "SKIPPED",
    };
    format!("{}: {word} ({:?})\n", test.name, test.duration)
}

fn details(test: &TestResult, detail: Detail) -> String {
    let notes = test.notes.iter().map(|note| format!("  {}:{} | Note {note}\n", test.file, test.line));
    match detail {
        Detail::Fails => String::new(),
        Detail::Notes => notes.collect(),
        Detail::Full => test.traces.iter().map(|line| format!("  {line}\n")).chain(notes).collect(),
    }
}

/// A printed text without its place.
fn message(output: &str) -> &str {
    output.splitn(3, ':').nth(2).map_or(output, str::trim_start)
}
