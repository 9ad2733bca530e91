//! The mutation score of policies: as text, as JSON and as one number.

use serde_json::{Value as Json, json};

use crate::policy::mutate::{Mutation, Survivor};
use crate::report::human::count;

use super::report::Tested;

/// The share of changes to all policies that some case noticed, in percent rounded down.
pub(super) fn score(tested: &[Tested]) -> usize {
    let all = tested.iter().filter_map(|one| one.mutation.as_ref());
    let (killed, mutants) = all.fold((0, 0), |(killed, mutants), one| (killed + one.killed, mutants + one.mutants()));
    (killed * 100).checked_div(mutants).unwrap_or(100)
}

/// How many changes were noticed, and where the others are.
pub(super) fn text(mutation: &Mutation) -> String {
    let mut text =
        format!("        {} of {} noticed, {} %", mutation.killed, count(mutation.mutants(), "change", "changes"), mutation.score());
    for (number, what) in [(mutation.equivalent.len(), "excused"), (mutation.endless, "without an end")] {
        if number > 0 {
            text += &format!(", {number} {what}");
        }
    }
    text.push('\n');
    for survivor in &mutation.survivors {
        text += &format!("        {}: {}\n", place(survivor), survivor.does);
    }
    text
}

pub(super) fn as_json(mutation: &Mutation) -> Json {
    let survivor = |one: &Survivor| json!({"path": one.place.path, "start": one.place.start, "end": one.place.end, "does": one.does});
    let excused = |(one, reason): &(Survivor, String)| {
        let mut value = survivor(one);
        value["reason"] = json!(reason);
        value
    };
    json!({
        "mutants": mutation.mutants(),
        "killed": mutation.killed,
        "endless": mutation.endless,
        "score": mutation.score(),
        "survivors": mutation.survivors.iter().map(survivor).collect::<Vec<_>>(),
        "equivalent": mutation.equivalent.iter().map(excused).collect::<Vec<_>>(),
        "invalid": mutation.invalid,
    })
}

fn place(survivor: &Survivor) -> String {
    let place = &survivor.place;
    format!("{}:{}:{}", place.path, place.start.line, place.start.column)
}
