//! What rules are told beyond the repository, found out for those that ask for it.

use serde_json::{Map, Value, json};

use crate::config::Date;
use crate::error::Error;
use crate::policy::{Fact, Facts, Policy, Repository, Rules, layers};

use super::{Env, releases};

/// What the policies ask to be told of the repository and of every service.
pub(super) fn facts(env: &Env<'_>, repository: &Repository, policies: &[Policy], today: Date) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    let is_asked = |fact| policies.iter().any(|policy| policy.file.facts.contains(&fact));
    if is_asked(Fact::Hidden) {
        let roots = repository.roots().iter().map(String::as_str);
        roots.chain([""]).for_each(|root| facts.tell(Fact::Hidden, root, hidden(repository, root)));
    }
    if is_asked(Fact::Releases) {
        releases::tell(&mut facts, env, repository, today)?;
    }
    Ok(facts)
}

/// Names the words of scopes that no service of the repository has: whom an entry means by one of them is not held to it.
pub(super) fn unmatched(env: &Env<'_>, repository: &Repository, rules: &Rules) {
    let services = super::layers::facts(repository);
    layers::unmatched(rules, services.values()).into_iter().for_each(|line| env.notice(line));
}

/// How many files each pattern hides, by the file that holds it: those in a folder, with paths from there.
fn hidden(repository: &Repository, root: &str) -> Value {
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    let mut found: Map<String, Value> = Map::new();
    for one in repository.hidden().iter().filter(|one| !one.file.starts_with("../")) {
        let Some(path) = one.file.strip_prefix(&prefix) else { continue };
        let of_file = found.entry(path).or_insert_with(|| json!({}));
        of_file[&one.pattern] = json!(one.files);
    }
    found.into()
}
