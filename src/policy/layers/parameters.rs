//! What layers come to for one parameter: what is mandatory, joined with what the narrowest default says.
//!
//! A mandatory entry that is silent on a parameter is not indifferent to it: it demands the policy as it is, so the policy's own default is the
//! floor, or a narrower layer could switch the policy off by a number.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::finding::Diagnostic;
use crate::policy::{Parameter, ParameterOrder, Policy};

use super::Setting;
use super::join::Concern;

/// What one entry says of a parameter, or holds of it in silence.
#[derive(Clone, Copy)]
struct Word<'a> {
    by: Concern<'a>,
    value: &'a Json,
    is_silent: bool,
}

impl<'a> Word<'a> {
    fn of(by: Concern<'a>, name: &str) -> Option<Self> {
        Some(Self { by, value: by.entry.demand.parameters.get(name)?, is_silent: false })
    }

    fn origin(&self, name: &str) -> &str {
        if self.is_silent { &self.by.entry.origin } else { &self.by.entry.parameters[name].0 }
    }
}

/// The value of one parameter: what is mandatory, joined with what the narrowest default says.
///
/// # Errors
/// A diagnostic with both places when two values differ and nothing says which one is stricter.
pub(super) fn parameter(policy: &Policy, name: &str, entries: &[Concern<'_>]) -> Result<Setting<Json>, Box<Diagnostic>> {
    let declared = &policy.file.parameters[name];
    let said: Vec<_> = entries.iter().filter_map(|by| Word::of(*by, name)).collect();
    let narrowest = said.iter().filter(|one| !one.by.is_mandatory()).map(|one| one.by.rank()).max();
    let counts = |one: &&Word<'_>| one.by.is_mandatory() || Some(one.by.rank()) == narrowest;
    let mut counting: Vec<_> = said.iter().filter(counts).copied().chain(floors(declared, entries, &said)).collect();
    counting.sort_by(|a, b| a.origin(name).cmp(b.origin(name)));
    let own = format!("{}/policy.yaml", policy.folder);
    let Some((first, rest)) = counting.split_first() else {
        return Ok(Setting { value: declared.default.clone(), origins: vec![own], mandatory: false });
    };
    let mut joined = canonical(declared.order, first.value.clone());
    for other in rest {
        let Some(next) = join(declared.order, &joined, other.value) else { return Err(conflict(policy, name, first, other)) };
        joined = next;
    }
    // Every value that the joined one cannot do without is an origin of it.
    let is_list = matches!(declared.order, Some(ParameterOrder::Union | ParameterOrder::Intersection));
    counting.retain(|one| is_list || *one.value == joined);
    let mut origins: BTreeSet<_> = counting.iter().map(|one| one.origin(name).to_owned()).collect();
    // A floor is held by an entry, and its value stands in the policy.
    origins.extend(counting.iter().any(|one| one.is_silent && *one.value == declared.default).then_some(own));
    let mandatory = counting.iter().any(|one| one.by.is_mandatory());
    if joined == canonical(declared.order, declared.default.clone()) {
        joined = declared.default.clone();
    }
    Ok(Setting { value: joined, origins: origins.into_iter().collect(), mandatory })
}

/// What the mandatory entries hold of a parameter whose layer demands the policy and is silent on it: the policy's own default.
///
/// Without an order nothing is stricter than that, so that any other value would be a conflict; there the layer's own defaults and wider layers
/// of all services may say what the value is. What a service chose may not, whatever level it claims.
fn floors<'a>(declared: &'a Parameter, entries: &[Concern<'a>], said: &[Word<'a>]) -> Vec<Word<'a>> {
    let of = |a: &Concern<'_>, b: &Concern<'_>| std::ptr::eq(a.layer, b.layer);
    let is_silent = |by: &&Concern<'a>| by.is_mandatory() && !said.iter().any(|one| one.by.is_mandatory() && of(&one.by, by));
    let value = |by: &Concern<'a>| {
        let leads = |one: &&Word<'a>| of(&one.by, by) || (one.by.is_shared && one.by.layer.level < by.layer.level);
        let followed = said.iter().filter(leads).max_by_key(|one| (one.by.is_mandatory(), one.by.rank()));
        followed.filter(|_| declared.order.is_none()).map_or(&declared.default, |one| one.value)
    };
    entries.iter().filter(is_silent).map(|by| Word { by: *by, value: value(by), is_silent: true }).collect()
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

fn conflict(policy: &Policy, name: &str, a: &Word<'_>, b: &Word<'_>) -> Box<Diagnostic> {
    let title = format!("layers disagree about `{name}` of policy `{}`", policy.name());
    let place = |one: &Word<'_>| {
        let layer = one.by.layer;
        if one.is_silent {
            let label = format!("`{}` demands the policy and leaves `{name}` at {}", layer.name, one.value);
            return layer.source.location(one.by.entry.span.clone(), label);
        }
        layer.source.location(one.by.entry.parameters[name].1.clone(), format!("`{}` says {}", layer.name, one.value))
    };
    let help = if a.is_silent || b.is_silent {
        format!("set `{name}` in the mandatory entry, or give it an `order` in {}/policy.yaml", policy.folder)
    } else {
        format!("agree on a value, or give `{name}` an `order` in {}/policy.yaml", policy.folder)
    };
    Box::new(
        Diagnostic::new(title)
            .at(place(a))
            .at(place(b))
            .help(help)
            .note("the parameter has no order, so neither value is the stricter one"),
    )
}
