//! What layers come to: a join. The strictest mandatory severity, unless a default of the narrowest layer is stricter still; parameters
//! by their declared order. Commutative and idempotent, so the order of layers means nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::config::{Grade, Level, ServiceFile};
use crate::finding::Diagnostic;
use crate::policy::{ParameterOrder, Policy};

use super::{Entry, Layer, Rules, Strength, concerns, is_pattern, lies_in, names, own_stages};

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

/// What layers demand of one policy for one service.
#[derive(Clone, Debug)]
pub struct Effective {
    /// How bad findings are today, or that there are none.
    pub grade: Setting<Grade>,
    /// How bad they will be when every stage is reached.
    pub final_grade: Grade,
    /// The day on which the severity is reached, when it is not yet.
    pub from: Option<crate::config::Date>,
    /// Every parameter.
    pub parameters: BTreeMap<String, Setting<Json>>,
    /// Since when it holds, and for whom, as the entries say.
    pub since: Option<crate::config::Date>,
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
}

/// One entry that concerns a policy and a service.
#[derive(Clone, Copy)]
pub(super) struct Concern<'a> {
    layer: &'a Layer,
    entry: &'a Entry,
}

impl Concern<'_> {
    /// The narrower layer first, then the one that names the policy rather than a pattern.
    fn rank(&self) -> (Level, bool) {
        (self.layer.level, !is_pattern(&self.entry.demand.policy))
    }

    fn is_mandatory(&self) -> bool {
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

    fn today(&self, policy: &Policy, rules: &Rules) -> Option<Grade> {
        let grade = self.asked(policy)?;
        Some(self.entry.demand.stages().map_or(grade, |stages| stages.on(grade, rules.today)))
    }
}

/// Every entry that concerns a policy and a service, wherever findings lie.
pub(super) fn concern<'a>(policy: &Policy, rules: &'a Rules, root: &str, facts: Option<&ServiceFile>) -> Vec<Concern<'a>> {
    let about = |entry: &&Entry| names(&entry.demand, policy) && concerns(&entry.demand.scope, facts);
    rules.of(root).flat_map(|layer| layer.entries.iter().filter(about).map(move |entry| Concern { layer, entry })).collect()
}

/// What layers demand of a policy for a service.
///
/// # Errors
/// A diagnostic that shows both origins when two layers set a parameter that has no order to different values.
pub fn effective(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>) -> Result<Effective, Box<Diagnostic>> {
    let all = concern(policy, rules, root, facts);
    let everywhere: Vec<_> = all.iter().copied().filter(Concern::is_everywhere).collect();
    let grade = grade(policy, rules, &everywhere, |one| one.today(policy, rules));
    let last = grade_of(policy, &everywhere, |one| one.asked(policy)).value;
    let days = everywhere.iter().filter_map(|one| one.entry.demand.stages()).map(|s| s.deny).chain(policy.file.enforce_after);
    let from = if grade.value < last { days.filter(|day| *day > rules.today).min() } else { None };
    let mut parameters = BTreeMap::new();
    for name in policy.file.parameters.keys() {
        parameters.insert(name.clone(), parameter(policy, name, &everywhere)?);
    }
    let strongest = everywhere.iter().max_by_key(|one| (one.entry.strength, one.rank(), std::cmp::Reverse(&one.entry.origin)));
    let since = everywhere.iter().filter_map(|one| one.entry.demand.since).min().or(policy.file.since);
    let owner = strongest.and_then(|one| one.entry.demand.owner.clone().or_else(|| one.layer.owner.clone()));
    Ok(Effective { grade, final_grade: last, from, parameters, since, owner: owner.or_else(|| Some(policy.file.owner.clone())) })
}

/// The severity of a finding at a path, when entries with paths have a say.
#[must_use]
pub fn severity_at(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>, path: &str) -> Setting<Grade> {
    let all = concern(policy, rules, root, facts);
    let is_here = |one: &Concern<'_>| {
        one.is_everywhere() || one.layer.seen(path, &rules.above).is_some_and(|path| lies_in(&one.entry.demand.scope, &path))
    };
    let here: Vec<_> = all.into_iter().filter(is_here).collect();
    grade(policy, rules, &here, |one| one.today(policy, rules))
}

/// What each entry with paths comes to where it holds.
pub(super) fn at_paths(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>) -> Vec<AtPaths> {
    let all = concern(policy, rules, root, facts);
    let there = |here: &Concern<'_>| {
        let together: Vec<_> = all.iter().copied().filter(|one| one.is_everywhere() || one.entry.origin == here.entry.origin).collect();
        let grade = grade(policy, rules, &together, |one| one.today(policy, rules));
        AtPaths { paths: here.entry.demand.scope.paths.clone(), origin: here.entry.origin.clone(), grade }
    };
    all.iter().filter(|one| !one.is_everywhere()).map(there).collect()
}

/// The gravest that a finding of the policy can be today, anywhere in a service.
pub(super) fn gravest(policy: &Policy, rules: &Rules, root: &str, facts: Option<&ServiceFile>) -> Grade {
    let all = concern(policy, rules, root, facts);
    let everywhere: Vec<_> = all.iter().copied().filter(Concern::is_everywhere).collect();
    let somewhere = at_paths(policy, rules, root, facts).into_iter().map(|one| one.grade.value);
    somewhere.chain([grade(policy, rules, &everywhere, |one| one.today(policy, rules)).value]).max().unwrap_or(Grade::Off)
}

fn grade(policy: &Policy, rules: &Rules, entries: &[Concern<'_>], of: impl Fn(&Concern<'_>) -> Option<Grade>) -> Setting<Grade> {
    let mut setting = grade_of(policy, entries, of);
    // A policy's own day of enforcement holds where nobody says anything of it.
    if setting.origins.is_empty() {
        if let Some(stages) = own_stages(policy) {
            setting.value = stages.on(setting.value, rules.today);
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

/// The value of one parameter: what is mandatory, joined with what the narrowest default says.
fn parameter(policy: &Policy, name: &str, entries: &[Concern<'_>]) -> Result<Setting<Json>, Box<Diagnostic>> {
    let declared = &policy.file.parameters[name];
    let said: Vec<_> = entries.iter().filter_map(|one| Some((one, one.entry.demand.parameters.get(name)?))).collect();
    let narrowest = said.iter().filter(|(one, _)| !one.is_mandatory()).map(|(one, _)| one.rank()).max();
    let mut counting: Vec<_> = said.into_iter().filter(|(one, _)| one.is_mandatory() || Some(one.rank()) == narrowest).collect();
    counting.sort_by(|a, b| a.0.entry.parameters[name].0.cmp(&b.0.entry.parameters[name].0));
    let Some(((first, value), rest)) = counting.split_first() else {
        let origins = vec![format!("{}/policy.yaml", policy.folder)];
        return Ok(Setting { value: declared.default.clone(), origins, mandatory: false });
    };
    let mut joined = canonical(declared.order, (*value).clone());
    for (other, value) in rest {
        let Some(next) = join(declared.order, &joined, value) else { return Err(conflict(policy, name, first, other)) };
        joined = next;
    }
    // Every value that the joined one cannot do without is an origin of it.
    let decides = |value: &Json| match declared.order {
        Some(ParameterOrder::Union | ParameterOrder::Intersection) => true,
        _ => *value == joined,
    };
    let origins: BTreeSet<_> =
        counting.iter().filter(|(_, value)| decides(value)).map(|(one, _)| one.entry.parameters[name].0.clone()).collect();
    let mandatory = counting.iter().any(|(one, value)| one.is_mandatory() && decides(value));
    Ok(Setting { value: joined, origins: origins.into_iter().collect(), mandatory })
}

/// The stricter of two values; `None` when they differ and nothing says which one is stricter.
pub(super) fn join(order: Option<ParameterOrder>, a: &Json, b: &Json) -> Option<Json> {
    let texts =
        |value: &Json| -> BTreeSet<String> { value.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect() };
    match order {
        None => (a == b).then(|| a.clone()),
        Some(ParameterOrder::Larger) => Some(a.as_i64()?.max(b.as_i64()?).into()),
        Some(ParameterOrder::Smaller) => Some(a.as_i64()?.min(b.as_i64()?).into()),
        Some(ParameterOrder::Union) => Some(texts(a).union(&texts(b)).cloned().collect::<Vec<_>>().into()),
        Some(ParameterOrder::Intersection) => Some(texts(a).intersection(&texts(b)).cloned().collect::<Vec<_>>().into()),
    }
}

/// Sets have one text, whoever is joined with whom.
fn canonical(order: Option<ParameterOrder>, value: Json) -> Json {
    join(order, &value, &value).unwrap_or(value)
}

fn conflict(policy: &Policy, name: &str, a: &Concern<'_>, b: &Concern<'_>) -> Box<Diagnostic> {
    let title = format!("layers disagree about `{name}` of policy `{}`", policy.name());
    let place = |one: &Concern<'_>| {
        let label = format!("`{}` says {}", one.layer.name, one.entry.demand.parameters[name]);
        one.layer.source.location(one.entry.parameters[name].1.clone(), label)
    };
    let help = format!("agree on a value, or give `{name}` an `order` in {}/policy.yaml", policy.folder);
    Box::new(
        Diagnostic::new(title)
            .at(place(a))
            .at(place(b))
            .help(help)
            .note("the parameter has no order, so neither value is the stricter one"),
    )
}
