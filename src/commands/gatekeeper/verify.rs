//! `polity gatekeeper verify`: the suites that templates come with.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::{GatekeeperPathArgs, OutputFormat};
use crate::commands::{Env, print, traces};
use crate::error::{Error, Exit};
use crate::policy::gatekeeper::{Case, Document, Inventory, Rulebook, Subject, Suite, SuiteTest, judge};
use crate::report::human::one_line;
use crate::report::json::pretty;

use super::documents;

/// A case and how it ended; what is wrong, or nothing. Without a result it was left out.
struct Outcome {
    suite: String,
    test: String,
    case: String,
    wrong: Option<Vec<String>>,
}

/// Runs the suites and prints the cases that fail.
pub(super) fn run(args: &GatekeeperPathArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let read = documents::read(&env.cwd, &args.paths)?;
    let suites: Vec<_> = read.into_iter().filter(|document| document.kind() == "Suite").collect();
    if suites.is_empty() {
        return Err(Error::config("the given files hold no suite").help("a suite is a document with `kind: Suite`"));
    }
    let mut outcomes = Vec::new();
    for document in &suites {
        for test in Suite::read(document)?.tests {
            run_test(&env.cwd, document, &test, &mut outcomes)?;
        }
    }
    let failed = outcomes.iter().any(|outcome| outcome.wrong.as_ref().is_some_and(|wrong| !wrong.is_empty()));
    let text = match args.format {
        OutputFormat::Json => pretty(&as_json(&outcomes)),
        OutputFormat::Human => human(&outcomes, env.quiet),
    };
    print(env, &text)?;
    Ok(if failed { Exit::Findings } else { Exit::Clean })
}

fn run_test(folder: &Path, suite: &Document, test: &SuiteTest, outcomes: &mut Vec<Outcome>) -> Result<(), Error> {
    let base = Path::new(&suite.path).parent().map(Path::to_path_buf).unwrap_or_default();
    let files = Files { folder, base };
    let outcome = |case: &Case, wrong| Outcome { suite: suite.path.clone(), test: test.name.clone(), case: case.name.clone(), wrong };
    let book = match test.skip {
        true => None,
        false => Some(Rulebook::new(&files.read(&test.template)?, &files.read(&test.constraint)?, traces::now())?),
    };
    for case in &test.cases {
        let Some(book) = book.as_ref().filter(|_| !case.skip) else {
            outcomes.push(outcome(case, None));
            continue;
        };
        let mut others = Vec::new();
        for path in &case.inventory {
            others.extend(files.read(path)?);
        }
        let inventory = Inventory::of(others.iter().map(|document| &document.value));
        let mut found = Vec::new();
        for document in files.read(&case.object)? {
            found.extend(book.review(&Subject::read(&document)?, &inventory)?.1);
        }
        let wrong = judge(case, &found).map_err(|error| Error::config(format!("{}: {}: {error}", suite.path, case.name)))?;
        outcomes.push(outcome(case, Some(wrong)));
    }
    Ok(())
}

/// Files that a suite names, relative to itself.
struct Files<'a> {
    folder: &'a Path,
    base: PathBuf,
}

impl Files<'_> {
    fn read(&self, path: &str) -> Result<Vec<Document>, Error> {
        let shown = self.base.join(path);
        documents::file_documents(&self.folder.join(&shown), &shown.to_string_lossy())
    }
}

fn human(outcomes: &[Outcome], quiet: bool) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        for wrong in outcome.wrong.iter().flatten() {
            out += &format!("FAIL   {}\n", one_line(&format!("{}: {} / {}: {wrong}", outcome.suite, outcome.test, outcome.case)));
        }
    }
    if !quiet {
        let skipped = outcomes.iter().filter(|outcome| outcome.wrong.is_none()).count();
        let failed = outcomes.iter().filter(|outcome| outcome.wrong.as_ref().is_some_and(|wrong| !wrong.is_empty())).count();
        let total = outcomes.len();
        let cases = if total == 1 { "case" } else { "cases" };
        out += &format!("{total} {cases}: {} as expected, {failed} not, {skipped} left out\n", total - skipped - failed);
    }
    out
}

fn as_json(outcomes: &[Outcome]) -> Value {
    let one = |outcome: &Outcome| {
        let result = match &outcome.wrong {
            None => "skipped",
            Some(wrong) if wrong.is_empty() => "passed",
            Some(_) => "failed",
        };
        let wrong = outcome.wrong.clone().unwrap_or_default();
        json!({"suite": outcome.suite, "test": outcome.test, "case": outcome.case, "result": result, "wrong": wrong})
    };
    json!({"schema": "polity/gatekeeper-verify/1", "cases": outcomes.iter().map(one).collect::<Vec<_>>()})
}
