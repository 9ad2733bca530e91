//! What layers come to for a subject with several services: each finding is graded for the service it belongs to, and the rule, which
//! is evaluated once, gets the strictest parameters of all.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::config::{Grade, ServiceFile};
use crate::finding::Diagnostic;
use crate::policy::Policy;

use super::join::{at_paths, effective, gravest, is_held_at, severity_at};
use super::parameters::join;
use super::{AtPaths, Effective, Parameters, Rules, Setting};

/// A service: its root, and what its `polity.yaml` says, as far as it can be read.
pub type Party<'a> = (&'a str, Option<&'a ServiceFile>);

/// What layers demand of a policy for each service of a subject, and for all of them together.
pub struct Demands<'a> {
    policy: &'a Policy,
    rules: &'a Rules,
    each: Vec<(Party<'a>, Effective)>,
    all: Effective,
}

impl<'a> Demands<'a> {
    /// Asks the layers. A subject without services is one nameless service.
    ///
    /// # Errors
    /// A diagnostic when two layers, or two services, set a parameter that has no order to different values.
    pub fn new(policy: &'a Policy, rules: &'a Rules, services: &[Party<'a>]) -> Result<Self, Box<Diagnostic>> {
        let nameless = [("", None)];
        let services = if services.is_empty() { &nameless } else { services };
        let ask = |party: &Party<'a>| Ok((*party, effective(policy, rules, party.0, party.1)?));
        let each = services.iter().map(ask).collect::<Result<Vec<_>, Box<Diagnostic>>>()?;
        let all = together(policy, &each)?;
        Ok(Self { policy, rules, each, all })
    }

    /// What is demanded of all services together.
    #[must_use]
    pub fn all(&self) -> &Effective {
        &self.all
    }

    /// What is demanded of one service; of all of them together for what belongs to none.
    #[must_use]
    pub fn of(&self, service: &str) -> &Effective {
        self.each.iter().find(|((root, _), _)| *root == service).map_or(&self.all, |(_, demanded)| demanded)
    }

    /// Whether the policy is wanted anywhere.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.gravest() > Grade::Off
    }

    /// The gravest that a finding can be today, in any service and at any path.
    #[must_use]
    pub fn gravest(&self) -> Grade {
        let each = self.each.iter().map(|((root, facts), _)| gravest(self.policy, self.rules, root, *facts));
        each.max().unwrap_or(Grade::Off)
    }

    /// What each entry with paths comes to where it holds; one that several services share stands there once, as the strictest of them
    /// takes it.
    #[must_use]
    pub fn at_paths(&self) -> Vec<AtPaths> {
        let mut found: Vec<AtPaths> = Vec::new();
        for one in self.each.iter().flat_map(|((root, facts), _)| at_paths(self.policy, self.rules, root, *facts)) {
            match found.iter_mut().find(|known| known.origin == one.origin && known.paths == one.paths) {
                Some(known) => {
                    known.grade = strictest([known.grade.clone(), one.grade]);
                    let parameters = std::mem::take(&mut known.parameters);
                    known.parameters = one.parameters.into_iter().chain(parameters).collect();
                }
                None => found.push(one),
            }
        }
        found
    }

    /// The severity of a finding of a service at a path. What belongs to no service is as grave as the strictest of them takes it.
    #[must_use]
    pub fn severity_at(&self, service: &str, path: &str) -> Setting<Grade> {
        strictest(self.parties(service).map(|(root, facts)| severity_at(self.policy, self.rules, root, facts, path)))
    }

    /// Whether a finding of a service at a path is held to the parameters of mandatory entries with paths.
    #[must_use]
    pub fn is_held_at(&self, service: &str, path: &str) -> bool {
        self.parties(service).any(|(root, facts)| is_held_at(self.policy, self.rules, root, facts, path))
    }

    /// The service of that root alone, or all of them when there is none.
    fn parties(&self, service: &str) -> impl Iterator<Item = Party<'a>> {
        let is_one_of_them = self.each.iter().any(|((root, _), _)| *root == service);
        self.each.iter().map(|(party, _)| *party).filter(move |(root, _)| !is_one_of_them || *root == service)
    }
}

/// The gravest of some severities, with the origins of all that are as grave.
fn strictest(all: impl IntoIterator<Item = Setting<Grade>>) -> Setting<Grade> {
    let all: Vec<_> = all.into_iter().collect();
    let value = all.iter().map(|one| one.value).max().unwrap_or(Grade::Off);
    let winners = || all.iter().filter(|one| one.value == value);
    let origins: BTreeSet<_> = winners().flat_map(|one| one.origins.iter().cloned()).collect();
    Setting { value, origins: origins.into_iter().collect(), mandatory: winners().any(|one| one.mandatory) }
}

fn together(policy: &Policy, each: &[(Party<'_>, Effective)]) -> Result<Effective, Box<Diagnostic>> {
    if let [(_, only)] = each {
        return Ok(only.clone());
    }
    let demands = || each.iter().map(|(_, demanded)| demanded);
    let grade = strictest(demands().map(|one| one.grade.clone()));
    let final_grade = demands().map(|one| one.final_grade).max().unwrap_or(grade.value);
    let from = if grade.value < final_grade { demands().filter_map(|one| one.from).min() } else { None };
    let of = |which: fn(&Effective) -> &Parameters| -> Result<Parameters, Box<Diagnostic>> {
        let set = |name| each.iter().filter_map(move |((root, _), one)| Some((*root, which(one).get(name)?))).collect::<Vec<_>>();
        policy.file.parameters.keys().map(|name| Ok((name.clone(), parameter(policy, name, &set(name))?))).collect()
    };
    let (parameters, in_paths) = (of(|one| &one.parameters)?, of(|one| &one.in_paths)?);
    let gravest = demands().max_by_key(|one| (one.grade.value, one.grade.mandatory));
    let owner = gravest.and_then(|one| one.owner.clone());
    Ok(Effective { grade, final_grade, from, parameters, in_paths, since: demands().filter_map(|one| one.since).min(), owner })
}

/// One value that is strict enough for every service.
fn parameter(policy: &Policy, name: &str, set: &[(&str, &Setting<Json>)]) -> Result<Setting<Json>, Box<Diagnostic>> {
    let declared = &policy.file.parameters[name];
    let own = [format!("{}/policy.yaml", policy.folder)];
    let said: Vec<_> = set.iter().filter(|(_, setting)| setting.origins != own).copied().collect();
    // Where no value is the stricter one, a service that says nothing goes with those that do.
    let counting = if declared.order.is_some() || said.is_empty() { set } else { &said };
    let Some(((first, start), rest)) = counting.split_first() else {
        return Ok(Setting { value: declared.default.clone(), origins: own.to_vec(), mandatory: false });
    };
    let mut value = start.value.clone();
    for (other, setting) in rest {
        let Some(next) = join(declared.order, &value, &setting.value) else {
            return Err(conflict(policy, name, (first, start), (other, setting)));
        };
        value = next;
    }
    let winners: Vec<_> = counting.iter().filter(|(_, setting)| setting.value == value).collect();
    let decides = if winners.is_empty() { counting.iter().collect() } else { winners };
    let origins: BTreeSet<_> = decides.iter().flat_map(|(_, setting)| setting.origins.iter().cloned()).collect();
    let mandatory = decides.iter().any(|(_, setting)| setting.mandatory);
    Ok(Setting { value, origins: origins.into_iter().collect(), mandatory })
}

fn conflict(policy: &Policy, name: &str, a: (&str, &Setting<Json>), b: (&str, &Setting<Json>)) -> Box<Diagnostic> {
    let title = format!("services disagree about `{name}` of policy `{}`, which looks at the whole repository", policy.name());
    let said = |(root, setting): (&str, &Setting<Json>)| format!("`{root}` has {} from {}", setting.value, setting.origins.join(", "));
    let help = format!("agree on a value, or give `{name}` an `order` in {}/policy.yaml", policy.folder);
    Box::new(Diagnostic::new(title).note(said(a)).note(said(b)).help(help))
}
