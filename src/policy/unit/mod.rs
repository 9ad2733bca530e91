//! Unit tests of a policy in the way of `opa test`: rules `test_*` in files `*_test.rego` of its folder.
//!
//! Host functions see an empty repository, and `with repo.exists as …` puts another function or a value in their place.

mod engine;
mod module;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::finding::{Diagnostic, SourceText};
use crate::tree::Tree;

use super::{ContractReader, Policy, PolicyError};

use engine::Bench;
use module::{Module, Test};

/// What the unit tests of one policy came to.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// Every test, in the order of files and lines.
    pub tests: Vec<UnitTest>,
    /// Which lines of the rule they evaluated.
    pub coverage: Coverage,
}

/// A test and how it ended.
#[derive(Clone, Debug)]
pub struct UnitTest {
    /// Its package and name, such as `polity_test.test_denied`.
    pub name: String,
    /// How it ended.
    pub end: End,
}

/// How a test ended.
#[derive(Clone, Debug)]
pub enum End {
    /// It was true.
    Passed,
    /// It was not, or could not be evaluated: where and why.
    Failed(Box<Diagnostic>),
    /// It is a `todo_test_*`.
    Skipped,
}

/// Lines of a rule, from 1.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Those that some test evaluated.
    pub covered: BTreeSet<u32>,
    /// Those that hold something to evaluate, and that no test evaluated.
    pub uncovered: BTreeSet<u32>,
}

impl Units {
    /// Why tests failed.
    pub fn failures(&self) -> impl Iterator<Item = &Diagnostic> {
        self.tests.iter().filter_map(|test| if let End::Failed(diagnostic) = &test.end { Some(&**diagnostic) } else { None })
    }
}

impl Coverage {
    /// The share of lines that were evaluated, in percent rounded down; 100 when there are none.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.covered.len() * 100).checked_div(self.covered.len() + self.uncovered.len()).unwrap_or(100)
    }

    /// The lines that were not evaluated, as ranges such as `3, 7-9`.
    #[must_use]
    pub fn missing(&self) -> String {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for line in &self.uncovered {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *line => *last = *line,
                _ => ranges.push((*line, *line)),
            }
        }
        let shown = ranges.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// Runs the unit tests in a policy's folder.
///
/// # Errors
/// [`PolicyError`] with a place when a file of tests does not compile, has a test twice, or something that looks like one and never runs.
pub fn units(policy: &Policy, tree: &Tree, contract: ContractReader) -> Result<Units, PolicyError> {
    let modules = files(policy, tree)?;
    if modules.is_empty() {
        return Ok(Units::default());
    }
    let rule = Module::new(policy.rego().clone())?;
    let bench = Bench::new(&rule, &modules, contract)?;
    let tests: Vec<(&Module, &Test)> = modules.iter().flat_map(|module| module.tests.iter().map(move |test| (module, test))).collect();
    let ran: Vec<_> = tests.into_par_iter().map(|(module, test)| bench.run(module, test)).collect();
    let mut units = Units::default();
    for (test, lines) in ran {
        units.coverage.covered.extend(lines.covered);
        units.coverage.uncovered.extend(lines.uncovered);
        units.tests.push(test);
    }
    let Coverage { covered, uncovered } = &mut units.coverage;
    uncovered.retain(|line| !covered.contains(line));
    Ok(units)
}

/// The files of tests, those of cases and templates apart.
fn files(policy: &Policy, tree: &Tree) -> Result<Vec<Module>, PolicyError> {
    let is_test = |path: &str| path.ends_with("_test.rego") && !path.starts_with("cases/") && !path.starts_with("fix/");
    let mut modules = Vec::new();
    for (path, _) in tree.iter().filter(|(path, _)| is_test(path.as_str())) {
        let shown = format!("{}/{path}", policy.folder);
        let unread = |why: String| PolicyError::Rule(Box::new(Diagnostic::new(format!("cannot read `{shown}`: {why}"))));
        let bytes = tree.read(path).map_err(|error| unread(error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| unread(error.to_string()))?;
        let module = Module::new(SourceText::new(shown.as_str(), text))?;
        if let Some(lack) = module.lack {
            return Err(PolicyError::Rule(Box::new(lack)));
        }
        if let Some(twice) = twice(&modules, &module) {
            return Err(PolicyError::Rule(Box::new(twice)));
        }
        modules.push(module);
    }
    Ok(modules)
}

/// A test of a package that another file has as well: they would be one rule, and either of them would be enough.
fn twice(modules: &[Module], module: &Module) -> Option<Diagnostic> {
    let beside = modules.iter().filter(|other| other.package == module.package);
    let mut pairs = beside.flat_map(|other| other.tests.iter().map(move |first| (other, first)));
    pairs.find_map(|(other, first)| {
        let second = module.tests.iter().find(|test| test.name == first.name)?;
        let diagnostic = Diagnostic::new(format!("there are two tests `{}`", second.name));
        let diagnostic = diagnostic.at(module.source.location(second.at.clone(), "either of them would be enough"));
        Some(diagnostic.at(other.source.location(first.at.clone(), "the first one")))
    })
}
