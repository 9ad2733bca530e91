//! What layers come to: a join. The strictest mandatory severity, unless a default of the narrowest layer is stricter still. Commutative
//! and idempotent, so the order of layers means nothing. The parameters are joined in a file of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::config::{Date, Grade, Level, ServiceFile};
use crate::finding::Diagnostic;
use crate::policy::Policy;

use super::parameters::parameter;
use super::scope::concerns;
use super::{Entry, Layer, Rules, Strength, is_pattern, lies_in, names};

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The places that say so, as `file:line`; sorted.
    pub origins: Vec<String>,
    /// Whether a mandatory entry says so.
    pub mandatory: bool,
}

/// The parameters of a policy, by name.
pub type Parameters = BTreeMap<String, Setting<Json>>;

/// What layers demand of one policy for one service.
#[derive(Clone, Debug)]
pub struct Effective {
    /// How bad findings are today, or that there are none.
    pub grade: Setting<Grade>,
    /// How bad they will be when every stage is reached.
    pub final_grade: Grade,
    /// The day on which the severity is reached, when it is not yet.
    pub from: Option<Date>,
    /// Every parameter.
    pub parameters: Parameters,
    /// Every parameter where a mandatory entry with paths holds; the same wherever the entry has nothing to hold up.
    pub in_paths: Parameters,
    /// Since when it holds, and for whom, as the entries say.
    pub since: Option<Date>,
    /// The team that asked for it.
    pub owner: Option<String>,
}

/// What an entry with paths comes to where it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct AtPaths {
    /// The patterns of paths.
    pub paths: Vec<String>,
    /// The entry, as `file:line`.
    pub origin: String,
    /// How bad findings there are today, with all that is said everywhere.
    pub grade: Setting<Grade>,
    /// The parameters that are stricter there than elsewhere.
    pub parameters: Parameters,
}

/// One entry that concerns a policy and a service.
#[derive(Clone, Copy)]
pub(super) struct Concern<'a> {
    pub(super) layer: &'a Layer,
    pub(super) entry: &'a Entry,
    /// Whether the layer is one of all services, and not one that a service chose.
    pub(super) is_shared: bool,
}

impl Concern<'_> {
    /// The narrower layer first, then the one that names the policy rather than a pattern.
    pub(super) fn rank(&self) -> (Level, bool) {
        (self.layer.level, !is_pattern(&self.entry.demand.policy))
    }

    pub(super) fn is_mandatory(&self) -> bool {
        self.entry.strength == Strength::Mandatory
    }

    /// The severity that the entry asks for when every stage is reached; `None` when it says nothing of severities.
    fn asked(&self, policy: &Policy) -> Option<Grade> {
        let demand = &self.entry.demand;
        let says = demand.severity.is_some() || self.is_mandatory() || demand.stages().is_some();
        says.then(|| demand.severity.unwrap_or_else(|| policy.file.severity.into()))
    }

    fn is_everywhere(&self) -> bool {
        self.entry.demand.scope.paths.is_empty()
    }

    /// Whether the entry is about a path of the checked folder.
    fn is_about(&self, path: &str, rules: &Rules) -> bool {
        self.is_everywhere() || self.layer.seen(path, &rules.above).is_some_and(|path| lies_in(&self.entry.demand.scope, &path))
    }

    /// Whether a default that says nothing of severities switches the policy on again: of the defaults that are no narrower, the narrowest
    /// ones switch it off.
    fn revives(&self, policy: &Policy, among: &[Self]) -> bool {
        if self.is_mandatory() || self.asked(policy).is_some() {
            return false;
        }
        let above = || among.iter().filter(|one| !one.is_mandatory() && one.rank() <= self.rank() && one.asked(policy).is_some());
        let Some(narrowest) = above().map(Self::rank).max() else { return false };
        above().filter(|one| one.rank() == narrowest).all(|one| one.asked(policy) == Some(Grade::Off))
    }

    /// The severity that the entry asks for on a day.
    fn on(&self, policy: &Policy, day: Date) -> Option<Grade> {
        let grade = self.asked(policy)?;
        Some(self.entry.demand.stages().map_or(grade, |stages| stages.on(grade, day)))
    }
}

/// Every entry that concerns a policy and a service, wherever findings lie.
pub(super) fn concern<'a>(policy: &Policy, rules: &'a Rules, root: &str, facts: Option<&ServiceFile>) -> Vec<Concern<'a>> {
    let about = |entry: &&Entry| names(&entry.demand, policy) && concerns(&entry.demand.scope, facts);
    let of = |layer: &'a Layer, is_shared| layer.entries.iter().filter(about).map(move |entry| Concern { layer, entry, is_shared });
    let own = rules.own.get(root).into_iter().flatten();
    rules.shared.iter().flat_map(|layer| of(layer, true)).chain(own.flat_map(|layer| of(layer, false))).collect()
}

/// What layers demand of a policy for a service.
///
/// # Errors
/// A diagnostic that shows both origins when two layers set a parameter that has no order to different values.
pub fn effective(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>) -> Result<Effective, Box<Diagnostic>> {
    let all = concern(policy, rules, root, facts);
    let everywhere: Vec<_> = all.iter().copied().filter(Concern::is_everywhere).collect();
    let grade = grade(policy, rules.today, &everywhere);
    let last = grade_of(policy, &everywhere, |one| one.asked(policy)).value;
    let from = if grade.value < last { reached(policy, rules.today, &everywhere, last) } else { None };
    let parameters = parameters(policy, &everywhere)?;
    let held: Vec<_> = all.iter().copied().filter(|one| one.is_everywhere() || one.is_mandatory()).collect();
    let in_paths = if held.len() > everywhere.len() { self::parameters(policy, &held)? } else { parameters.clone() };
    let strongest = everywhere.iter().max_by_key(|one| (one.entry.strength, one.rank(), std::cmp::Reverse(&one.entry.origin)));
    let since = everywhere.iter().filter_map(|one| one.entry.demand.since).min().or(policy.file.since);
    let owner = strongest.and_then(|one| one.entry.demand.owner.clone().or_else(|| one.layer.owner.clone()));
    Ok(Effective { grade, final_grade: last, from, parameters, in_paths, since, owner: owner.or_else(|| Some(policy.file.owner.clone())) })
}

/// The severity of a finding at a path, when entries with paths have a say.
#[must_use]
pub fn severity_at(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>, path: &str) -> Setting<Grade> {
    let all = concern(policy, rules, root, facts);
    let here: Vec<_> = all.into_iter().filter(|one| one.is_about(path, rules)).collect();
    grade(policy, rules.today, &here)
}

/// Whether a mandatory entry with paths is about a path.
pub(super) fn is_held_at(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>, path: &str) -> bool {
    let holds = |one: &Concern<'_>| !one.is_everywhere() && one.is_mandatory() && one.is_about(path, rules);
    concern(policy, rules, root, facts).iter().any(holds)
}

fn parameters(policy: &Policy, entries: &[Concern<'_>]) -> Result<Parameters, Box<Diagnostic>> {
    policy.file.parameters.keys().map(|name| Ok((name.clone(), parameter(policy, name, entries)?))).collect()
}

/// What each entry with paths comes to where it holds.
pub(super) fn at_paths(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>) -> Vec<AtPaths> {
    let all = concern(policy, rules, root, facts);
    let everywhere: Vec<_> = all.iter().copied().filter(Concern::is_everywhere).collect();
    let there = |here: &Concern<'_>| {
        let together: Vec<_> = all.iter().copied().filter(|one| one.is_everywhere() || one.entry.origin == here.entry.origin).collect();
        let grade = grade(policy, rules.today, &together);
        // Who disagrees about a parameter was told before.
        let of =
            |entries: &[Concern<'_>]| if here.is_mandatory() { parameters(policy, entries).unwrap_or_default() } else { Parameters::new() };
        let (elsewhere, mut parameters) = (of(&everywhere), of(&together));
        parameters.retain(|name, setting| elsewhere.get(name).is_none_or(|other| other.value != setting.value));
        AtPaths { paths: here.entry.demand.scope.paths.clone(), origin: here.entry.origin.clone(), grade, parameters }
    };
    all.iter().filter(|one| !one.is_everywhere()).map(there).collect()
}

/// The gravest that a finding of the policy can be today, anywhere in a service.
pub(super) fn gravest(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>) -> Grade {
    let all = concern(policy, rules, root, facts);
    let everywhere: Vec<_> = all.iter().copied().filter(Concern::is_everywhere).collect();
    let somewhere = at_paths(policy, rules, root, facts).into_iter().map(|one| one.grade.value);
    somewhere.chain([grade(policy, rules.today, &everywhere).value]).max().unwrap_or(Grade::Off)
}

/// The first day of a stage, after today, on which a severity is reached.
fn reached(policy: &Policy, today: Date, entries: &[Concern<'_>], last: Grade) -> Option<Date> {
    let stages = entries.iter().filter_map(|one| one.entry.demand.stages()).chain(policy.file.stages());
    let days: BTreeSet<_> = stages.flat_map(|one| [one.observe, one.warn, Some(one.deny)]).flatten().filter(|day| *day > today).collect();
    days.into_iter().find(|day| grade(policy, *day, entries).value >= last)
}

/// The severity on a day.
fn grade(policy: &Policy, day: Date, entries: &[Concern<'_>]) -> Setting<Grade> {
    let mut setting = grade_of(policy, entries, |one| one.on(policy, day));
    // A policy's own day of enforcement holds where nobody says anything of it.
    if setting.origins.is_empty() {
        if let Some(stages) = policy.file.stages() {
            setting.value = stages.on(setting.value, day);
        }
        setting.origins = vec![format!("{}/policy.yaml", policy.folder)];
    }
    setting
}

/// The strictest of what is mandatory and of what the narrowest default says.
fn grade_of(policy: &Policy, entries: &[Concern<'_>], of: impl Fn(&Concern<'_>) -> Option<Grade>) -> Setting<Grade> {
    let own = |one: &Concern<'_>| one.revives(policy, entries).then(|| policy.file.severity.into());
    let said: Vec<_> = entries.iter().filter_map(|one| Some((one, of(one).or_else(|| own(one))?))).collect();
    let narrowest = said.iter().filter(|(one, _)| !one.is_mandatory()).map(|(one, _)| one.rank()).max();
    let counts = |one: &Concern<'_>| one.is_mandatory() || Some(one.rank()) == narrowest;
    let Some(value) = said.iter().filter(|(one, _)| counts(one)).map(|(_, grade)| *grade).max() else {
        return Setting { value: policy.file.severity.into(), origins: Vec::new(), mandatory: false };
    };
    let winners: Vec<_> = said.iter().filter(|(one, grade)| counts(one) && *grade == value).collect();
    let origins: BTreeSet<_> = winners.iter().map(|(one, _)| one.entry.origin.clone()).collect();
    Setting { value, origins: origins.into_iter().collect(), mandatory: winners.iter().any(|(one, _)| one.is_mandatory()) }
}
