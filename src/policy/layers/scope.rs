//! Whom an entry is about, by what services say of themselves: names that people spell in several ways, and words that no service has.

use std::collections::BTreeSet;

use crate::config::{Scope, ServiceFile, Tier};

use super::{Layer, Rules};

/// A fact that a scope may name, and how two of its values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Tier,
    Context,
    Language,
    Owner,
    Data,
}

const KEYS: [Key; 5] = [Key::Tier, Key::Context, Key::Language, Key::Owner, Key::Data];

impl Key {
    fn word(self) -> &'static str {
        match self {
            Self::Tier => "tier",
            Self::Context => "context",
            Self::Language => "language",
            Self::Owner => "owner",
            Self::Data => "data",
        }
    }

    /// What a scope asks for.
    fn wanted(self, scope: &Scope) -> Vec<&str> {
        match self {
            Self::Tier => scope.tier.iter().map(|tier| tier.as_str()).collect(),
            Self::Context => scope.context.iter().map(String::as_str).collect(),
            Self::Language => scope.language.iter().map(String::as_str).collect(),
            Self::Owner => scope.owner.iter().map(String::as_str).collect(),
            Self::Data => scope.data.iter().map(String::as_str).collect(),
        }
    }

    /// What a service says.
    fn said(self, facts: &ServiceFile) -> Vec<&str> {
        let service = facts.service.as_ref();
        match self {
            Self::Tier => service.and_then(|service| service.tier).map(Tier::as_str).into_iter().collect(),
            Self::Context => service.and_then(|service| service.context.as_deref()).into_iter().collect(),
            Self::Language => service.and_then(|service| service.language.as_deref()).into_iter().collect(),
            Self::Owner => service.and_then(|service| service.owner.as_deref()).into_iter().collect(),
            Self::Data => facts.owns.data.iter().chain(&facts.owns.classes).map(String::as_str).collect(),
        }
    }

    /// Whether two values mean one thing.
    fn is_same(self, wanted: &str, said: &str) -> bool {
        if self == Self::Owner { is_one_team(wanted, said) } else { is_one_word(wanted, said) }
    }
}

/// Whether a service is one that a scope is about; its paths are not looked at.
pub(super) fn concerns(scope: &Scope, facts: Option<&ServiceFile>) -> bool {
    KEYS.into_iter().all(|key| {
        let wanted = key.wanted(scope);
        wanted.is_empty()
            || facts.is_some_and(|facts| wanted.iter().any(|wanted| key.said(facts).iter().any(|said| key.is_same(wanted, said))))
    })
}

fn is_one_word(one: &str, other: &str) -> bool {
    one == other || one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// `Payments`, `payments`, `@acme/payments` and `group:default/payments` are one team, as for the policy `unknown-owner`; those of two
/// organisations are not.
fn is_one_team(one: &str, other: &str) -> bool {
    let (home, name) = team(one);
    let (other_home, other_name) = team(other);
    name == other_name && home.zip(other_home).is_none_or(|(one, other)| one == other)
}

/// The organisation in front of a team's name, where there is one, and the name, with `-` for whatever separates its words.
fn team(owner: &str) -> (Option<String>, String) {
    let lower = owner.trim().to_lowercase();
    let bare = lower.strip_prefix("group:").or_else(|| lower.strip_prefix('@'));
    let (home, name) = match bare {
        Some(bare) => bare.split_once('/').map_or((None, bare), |(home, name)| (Some(home.to_owned()), name)),
        None => (None, lower.as_str()),
    };
    let words: Vec<_> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    (home, words.join("-"))
}

/// The words of scopes that none of these services has, in lines for people: whoever meant one of them is not held to the entry.
#[must_use]
pub fn unmatched<'a>(rules: &Rules, services: impl Iterator<Item = &'a ServiceFile> + Clone) -> Vec<String> {
    if services.clone().next().is_none() {
        return Vec::new();
    }
    let lines = |layer: &Layer| -> Vec<String> {
        let scopes = layer.entries.iter().flat_map(|entry| KEYS.into_iter().map(move |key| (entry, key)));
        let words = scopes.flat_map(|(entry, key)| key.wanted(&entry.demand.scope).into_iter().map(move |word| (entry, key, word)));
        let line = |(entry, key, word): (&super::Entry, Key, &str)| {
            let there: BTreeSet<&str> = services.clone().flat_map(|facts| key.said(facts)).collect();
            if there.iter().any(|said| key.is_same(word, said)) {
                return None;
            }
            let there: Vec<_> = there.iter().map(|said| format!("`{said}`")).collect();
            let there = if there.is_empty() { "none says any".to_owned() } else { format!("there is {}", there.join(", ")) };
            Some(format!("{}: no service here has the {} `{word}`; {there}", entry.origin, key.word()))
        };
        words.filter_map(line).collect()
    };
    let found: BTreeSet<String> = rules.all().flat_map(lines).collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_goes_by_its_name_however_it_is_spelt() {
        for (one, other, same) in [
            ("payments", "Payments", true),
            ("payments", "@acme/payments", true),
            ("@acme/payments", "payments", true),
            ("@Acme/Payments", "@acme/payments", true),
            ("group:default/payments", "payments", true),
            ("Payments Team", "payments-team", true),
            ("@payments", "payments", true),
            ("@acme/payments", "@other/payments", false),
            ("payments", "payment", false),
            ("acme/payments", "payments", false),
            ("", "payments", false),
        ] {
            assert_eq!((is_one_team(one, other), is_one_team(other, one)), (same, same), "{one} {other}");
        }
    }
}
