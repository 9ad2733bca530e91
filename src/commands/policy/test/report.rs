//! What `polity policy test` found out, for people and for programs.

use serde_json::{Value as Json, json};

use crate::cli::PolicyTestArgs;
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;
use crate::policy::mutate::Mutation;
use crate::policy::unit::{Coverage, End, Units};
use crate::report::human::{self, Paint, count};

use super::mutation;

/// What one policy's test came to.
pub(super) struct Tested {
    /// `namespace/id`.
    pub policy: String,
    pub id: String,
    /// How many cases it has.
    pub cases: usize,
    /// The laws that it breaks.
    pub broken: Vec<Diagnostic>,
    pub units: Units,
    pub mutation: Option<Mutation>,
}

/// A line for a policy, and what is to be said about it.
pub(super) fn one(tested: &Tested, args: &PolicyTestArgs, paint: Paint) -> String {
    let verdict = if tested.broken.is_empty() { "ok    " } else { "broken" };
    let mut text = format!("{verdict}  {}\n", tested.id);
    if !tested.units.tests.is_empty() {
        text += &units(&tested.units);
    }
    if args.coverage {
        text += &coverage(&tested.units.coverage, tested.units.tests.is_empty());
    }
    text += &tested.mutation.as_ref().map(mutation::text).unwrap_or_default();
    for diagnostic in &tested.broken {
        text += &format!("\n{}", human::error(&Error::new(Kind::Config, diagnostic.clone()), paint));
    }
    text
}

fn units(units: &Units) -> String {
    let skipped = units.tests.iter().filter(|test| matches!(test.end, End::Skipped)).count();
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    format!("        {}, {} failed{skipped}\n", count(units.tests.len(), "test", "tests"), units.failures().count())
}

fn coverage(coverage: &Coverage, is_untested: bool) -> String {
    match (is_untested, coverage.missing()) {
        (true, _) => "        no tests\n".to_owned(),
        (false, missing) if missing.is_empty() => "        100 % of the lines evaluated\n".to_owned(),
        (false, missing) => format!("        {} % of the lines evaluated, not: {missing}\n", coverage.percent()),
    }
}

fn units_as_json(units: &Units) -> Json {
    let test = |test: &crate::policy::unit::UnitTest| match &test.end {
        End::Passed => json!({"name": test.name, "end": "passed"}),
        End::Skipped => json!({"name": test.name, "end": "skipped"}),
        End::Failed(diagnostic) => json!({"name": test.name, "end": "failed", "problem": problem(diagnostic)}),
    };
    let Coverage { covered, uncovered } = &units.coverage;
    json!({
        "tests": units.tests.iter().map(test).collect::<Vec<_>>(),
        "coverage": {"percent": units.coverage.percent(), "covered": covered, "uncovered": uncovered},
    })
}

/// The last lines.
pub(super) fn sum(tested: &[Tested], args: &PolicyTestArgs) -> String {
    let broken = tested.iter().filter(|one| !one.broken.is_empty()).count();
    let mut text = format!("\n{}, {broken} broken\n", count(tested.len(), "policy", "policies"));
    if args.mutate {
        let least = args.min_score.map(|least| format!(", {least} % wanted")).unwrap_or_default();
        text += &format!("mutation score {} %{least}\n", mutation::score(tested));
    }
    text
}

pub(super) fn as_json(tested: &[Tested]) -> Json {
    let one = |one: &Tested| {
        let mut value = json!({"policy": one.policy, "cases": one.cases, "broken": one.broken.iter().map(problem).collect::<Vec<_>>()});
        if !one.units.tests.is_empty() {
            value["units"] = units_as_json(&one.units);
        }
        if let Some(mutation) = &one.mutation {
            value["mutation"] = mutation::as_json(mutation);
        }
        value
    };
    json!({"schema": "polity/policy-test/1", "policies": tested.iter().map(one).collect::<Vec<_>>()})
}

fn problem(diagnostic: &Diagnostic) -> Json {
    let place = diagnostic.locations.first();
    json!({"title": diagnostic.title, "path": place.map(|one| &one.path), "start": place.map(|one| one.start)})
}
