//! What `polity policy test` found out, for people and for programs.

use serde_json::{Value as Json, json};

use crate::cli::PolicyTestArgs;
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;
use crate::policy::mutate::Mutation;
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
    pub mutation: Option<Mutation>,
}

/// A line for a policy, and what is to be said about it.
pub(super) fn one(tested: &Tested, paint: Paint) -> String {
    let verdict = if tested.broken.is_empty() { "ok    " } else { "broken" };
    let mut text = format!("{verdict}  {}\n", tested.id);
    text += &tested.mutation.as_ref().map(mutation::text).unwrap_or_default();
    for diagnostic in &tested.broken {
        text += &format!("\n{}", human::error(&Error::new(Kind::Config, diagnostic.clone()), paint));
    }
    text
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
