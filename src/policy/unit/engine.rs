//! The engine of unit tests: the rule, its tests, and a package of functions in front of the host's.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value as Rego};

use crate::finding::Diagnostic;
use crate::policy::conftest::{cases, gatherer, rewritten};
use crate::policy::host::{self, Session};
use crate::policy::rule::{LATE, LENGTH, located};
use crate::policy::watch;
use crate::policy::{ContractReader, PolicyError, Repository, SubjectKind};
use crate::tree::Tree;

use super::module::{Module, Test};
use super::{Coverage, End, UnitTest};

/// The package through which rules reach the host in a test.
pub(super) const HOST: &str = "polity_host";

/// The longest that one test may take: what it looks at is small.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Everything compiled, to be copied for each test.
pub(super) struct Bench<'a> {
    engine: std::sync::Mutex<Engine>,
    rule: &'a Module,
    modules: &'a [Module],
}

impl<'a> Bench<'a> {
    /// Compiles the rule with its tests.
    pub fn new(rule: &'a Module, modules: &'a [Module], contract: ContractReader) -> Result<Self, PolicyError> {
        let failed = |message: String| PolicyError::Rule(place(rule, modules, "test does not compile", &message));
        let all: Vec<&Module> = std::iter::once(rule).chain(modules).collect();
        let files: Vec<_> = all.iter().map(|module| (module.source.path(), module.text.as_str())).collect();
        let mut engine = Engine::new();
        engine.set_policy_length_config(LENGTH);
        for (module, text) in all.iter().zip(rewritten(&files).map_err(failed)?) {
            let added = engine.add_policy(module.source.path().to_owned(), text);
            added.map_err(|error| failed(error.to_string()))?;
        }
        let failed = |error: anyhow::Error| failed(error.to_string());
        engine.add_policy("host.rego".to_owned(), host_package()).map_err(failed)?;
        host::install(&mut engine, &session(contract)).map_err(failed)?;
        engine.set_enable_coverage(true);
        Ok(Self { engine: std::sync::Mutex::new(engine), rule, modules })
    }

    /// Runs one test, and says which lines of the rule it evaluated.
    pub fn run(&self, module: &Module, test: &Test) -> (UnitTest, Coverage) {
        let name = format!("{}.{}", module.package, test.name);
        if test.name.starts_with("todo_") {
            return (UnitTest { name, end: End::Skipped }, Coverage::default());
        }
        let evaluate = |clock| self.asked(module, test, clock);
        let is_late = |ran: &Ran| ran.answer.as_ref().is_err_and(|error| error.to_string().contains(LATE));
        let Ran { answer, failing, report } = watch::within(TIME_LIMIT, module.source.path(), evaluate, is_late);
        let lines = |path: &str| report.iter().find(|file| file.path == path);
        let end = match answer {
            Ok(value) if value == Rego::from(true) => End::Passed,
            Ok(_) => {
                let covered = lines(module.source.path()).map(|file| file.covered.clone()).unwrap_or_default();
                End::Failed(Box::new(false_step(module, test, failing.as_deref(), &covered)))
            }
            Err(error) => End::Failed(self.broken(module, test, &error.to_string())),
        };
        let coverage = lines(self.rule.source.path())
            .map_or_else(Coverage::default, |file| Coverage { covered: file.covered.clone(), uncovered: file.not_covered.clone() });
        (UnitTest { name, end }, coverage)
    }
}

/// What a test came to.
struct Ran {
    answer: anyhow::Result<Rego>,
    /// The case that does not hold, of a test with cases.
    failing: Option<String>,
    report: Vec<regorus::coverage::File>,
}

impl Bench<'_> {
    /// Evaluates a test, for at most `clock`.
    fn asked(&self, module: &Module, test: &Test, clock: Duration) -> Ran {
        let mut engine = crate::policy::repository::lock(&self.engine).clone();
        let check_interval = NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: clock, check_interval });
        let mut ask = |rule: &str| engine.eval_rule(format!("data.{}.{rule}", module.package));
        let mut failing = None;
        let mut answer = ask(&test.name);
        if test.cases
            && let Ok(value) = &answer
        {
            let reached = ask(&gatherer(&test.name));
            answer = reached.map(|reached| {
                let all = cases(value, &reached);
                failing = all.iter().find(|case| case.last && !case.passed).map(|case| case.path.join("/"));
                Rego::from(*value != Rego::Undefined && failing.is_none())
            });
        }
        let report = engine.get_coverage_report().map(|report| report.files).unwrap_or_default();
        Ran { answer, failing, report }
    }

    /// Why a test cannot be evaluated. That it does not end is its own fault, wherever it was by then.
    fn broken(&self, module: &Module, test: &Test, message: &str) -> Box<Diagnostic> {
        let title = format!("test `{}` cannot be evaluated", test.name);
        if message.contains(LATE) {
            let label = format!("did not end within {} s", TIME_LIMIT.as_secs());
            return Box::new(Diagnostic::new(title).at(module.source.location(test.at.clone(), label)));
        }
        place(self.rule, self.modules, &title, message)
    }
}

/// The statement that a test came to last is the one that does not hold.
fn false_step(module: &Module, test: &Test, case: Option<&str>, covered: &BTreeSet<u32>) -> Diagnostic {
    let line = |at: usize| u32::try_from(module.source.position(at).line).unwrap_or(u32::MAX);
    let last = test.steps.iter().rev().find(|step| covered.contains(&line(step.start)));
    let (at, label) = last.map_or((&test.at, "this test"), |step| (step, "this does not hold"));
    let case = case.map(|case| format!(" in its case `{case}`")).unwrap_or_default();
    Diagnostic::new(format!("test `{}` fails{case}", test.name)).at(module.source.location(at.clone(), label))
}

/// A message of the engine with its place in the file that it names.
fn place(rule: &Module, modules: &[Module], title: &str, message: &str) -> Box<Diagnostic> {
    let named = message.rsplit("--> ").next().unwrap_or_default();
    // Of a line that was changed for the engine its columns would mean nothing: no text is the same as none.
    let module = modules.iter().find(|module| named.starts_with(&format!("{}:", module.source.path()))).unwrap_or(rule);
    located((&module.source, ""), title, message)
}

/// `exists(a) := repo.exists(a)` and the like for every function of the host.
fn host_package() -> String {
    let function = |(name, arguments): (&str, u8)| {
        let arguments = ["a", "b", "c"][..usize::from(arguments)].join(", ");
        format!("{}({arguments}) := {name}({arguments})\n", name.trim_start_matches("repo."))
    };
    format!("package {HOST}\n\n{}", host::signatures().map(function).collect::<String>())
}

fn session(contract: ContractReader) -> Arc<Session> {
    let repository = Arc::new(Repository::new(Tree::new(), Vec::new()));
    Arc::new(Session::new(repository, SubjectKind::Repository, String::new(), Default::default(), contract))
}
