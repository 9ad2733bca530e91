//! What a verdict has to take into account beside what the rule said: that it left files out because of their
//! names.

use super::host::Session;
use super::repository::lock;

/// The reasons, and what the rule left out by its name: else "there is no Dockerfile" would be said of a repository that has some in `docs/`.
pub(super) fn left_out(reasons: Vec<String>, session: &Session, rule: &str) -> Vec<String> {
    let mut aside = lock(&session.aside).clone();
    // The key `runs` of an object, and not the function of that name.
    if rule.match_indices(".runs").any(|(at, word)| !rule[at + word.len()..].starts_with('(')) {
        aside.append(&mut lock(&session.objects_aside));
    }
    let Some(first) = aside.first() else { return reasons };
    let more = match aside.len() - 1 {
        0 => String::new(),
        1 => " and 1 more file".to_owned(),
        many => format!(" and {many} more files"),
    };
    reasons.into_iter().map(|reason| format!("{reason}; left out for the names of their folders: `{first}`{more}")).collect()
}
