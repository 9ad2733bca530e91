//! One file of Rego in a run of unit tests: its package, its tests, and its text with the functions of the host in reach of `with`.

use std::collections::HashMap;

use regorus::Source;
use regorus::unstable::{Expr, Parser, Rule, RuleHead, Span};

use crate::finding::{Diagnostic, SourceText};
use crate::policy::PolicyError;
use crate::policy::lint::forbidden;
use crate::policy::rule::located;

use super::engine::HOST;

/// A file of Rego.
pub(super) struct Module {
    /// As its author wrote it.
    pub source: SourceText,
    /// Such as `polity_test`.
    pub package: String,
    /// What the engine gets: the lines are the same.
    pub text: String,
    pub tests: Vec<Test>,
    /// What makes it no file of tests: something that looks like a test and never runs, or no test at all.
    pub lack: Option<Diagnostic>,
}

/// A rule whose name begins with `test_` or `todo_test_`.
pub(super) struct Test {
    pub name: String,
    /// Where the name stands.
    pub at: std::ops::Range<usize>,
    /// Whether it has cases: `test_x[name] if …`.
    pub cases: bool,
    /// Where each statement of its body stands.
    pub steps: Vec<std::ops::Range<usize>>,
}

impl Module {
    /// Parses a file.
    pub fn new(source: SourceText) -> Result<Self, PolicyError> {
        if let Some(diagnostic) = forbidden(&source) {
            return Err(PolicyError::Rule(Box::new(diagnostic)));
        }
        let wrong =
            |error: anyhow::Error| PolicyError::Rule(located((&source, source.text()), "test does not compile", &error.to_string()));
        let parsed = Source::from_contents(source.path().to_owned(), source.text().to_owned()).map_err(wrong)?;
        let mut parser = Parser::new(&parsed).map_err(wrong)?;
        parser.enable_rego_v1().map_err(wrong)?;
        let module = parser.parse().map_err(wrong)?;
        let package = module.package.refr.span().text().to_owned();
        // An import of this name stands before the functions of the host, and what it names can be replaced by `with`.
        let (before, after) = source.text().split_at(module.package.refr.span().end as usize);
        let text = format!("{before} import data.{HOST} as repo{after}");
        let tests: Vec<Test> = module.policy.iter().filter_map(|rule| test(rule)).collect();
        let mut seen = HashMap::new();
        for one in &tests {
            if let Some(first) = seen.insert(one.name.as_str(), &one.at) {
                let diagnostic = Diagnostic::new(format!("there are two tests `{}`", one.name));
                let diagnostic = diagnostic.at(source.location(one.at.clone(), "either of them would be enough"));
                return Err(PolicyError::Rule(Box::new(diagnostic.at(source.location(first.clone(), "the first one")))));
            }
        }
        let lack = module.policy.iter().find_map(|rule| stray(rule, &source)).or_else(|| {
            let (span, label) = (module.package.refr.span(), "no rule `test_…` in this package");
            let at = source.location(span.start as usize..span.end as usize, label);
            tests.is_empty().then(|| Diagnostic::new("there is no test in this file").at(at))
        });
        Ok(Self { package, text, tests, source, lack })
    }
}

/// What is called like a test and is none: nothing would run it, so that it could never fail.
fn stray(rule: &Rule, source: &SourceText) -> Option<Diagnostic> {
    let Rule::Spec { head, .. } = rule else { return None };
    let (refr, what) = match head {
        RuleHead::Compr { .. } => return None,
        RuleHead::Set { refr, .. } => (refr, "a set"),
        RuleHead::Func { refr, .. } => (refr, "a function"),
    };
    let span = root(refr)?;
    let name = span.text();
    let diagnostic = is_called(name).then(|| Diagnostic::new(format!("`{name}` never runs")))?;
    let at = source.location(span.start as usize..span.end as usize, format!("this is {what}, and no test"));
    Some(diagnostic.at(at).help(format!("write `{name} if {{ … }}`, or call it something else")))
}

fn is_called(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}

fn test(rule: &Rule) -> Option<Test> {
    let Rule::Spec { head: RuleHead::Compr { refr, .. }, bodies, .. } = rule else { return None };
    let span = root(refr)?;
    let cases = !matches!(refr.as_ref(), Expr::Var { .. });
    let name = span.text();
    let steps = bodies.iter().flat_map(|body| &body.query.stmts).map(|one| one.span.start as usize..one.span.end as usize);
    is_called(name).then(|| Test { name: name.to_owned(), at: span.start as usize..span.end as usize, cases, steps: steps.collect() })
}

/// What the name of a rule begins with.
fn root(mut refr: &Expr) -> Option<&Span> {
    while let Expr::RefDot { refr: inner, .. } | Expr::RefBrack { refr: inner, .. } = refr {
        refr = inner;
    }
    if let Expr::Var { span, .. } = refr { Some(span) } else { None }
}
