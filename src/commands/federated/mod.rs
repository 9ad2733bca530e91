//! Templates and policies of the federation's namespaces, from the cache, as registries beside the embedded one.

mod choices;
mod knowledge;
mod namespace;
mod units;
mod whole;

use crate::catalog::trust::{Freshness, Timestamp};
use crate::config::{BreakGlass, Capability, Date};
use crate::disk::Synced;
use crate::error::{Error, Kind};
use crate::finding::Diagnostic;

use super::Env;
use super::env::MARKS;
use super::federation::{self, Federated, Known};

pub(super) use choices::lost;
pub(super) use namespace::{Namespace, requirements};

/// The namespaces of the federation around the working directory; none without a federation.
///
/// Says in one line how fresh they are. A namespace that cannot be used is named, and the others go on working. Nothing is said of `own`,
/// the namespace of the working copy that the user works in.
pub(super) fn namespaces(env: &Env<'_>, own: Option<&str>) -> Result<Vec<Namespace>, Error> {
    let Some(federated) = federation::find(env)? else { return Ok(Vec::new()) };
    let (mut found, mut marks, cache) = (Vec::new(), Vec::new(), federation::cache()?);
    for (name, rules) in &federated.federation.file.namespaces {
        let known = federated.known(&cache, name)?;
        let is_own = own == Some(name.as_str());
        if !is_own {
            marks.push(format!("{name} {}", known.freshness));
            env.freshness.borrow_mut().insert(name.clone(), known.freshness.to_string());
        }
        if known.trust.is_none() && !is_own {
            env.notice(format!("namespace `{name}` has no signers: whoever can write to its registry decides what it holds"));
        }
        let accepted = accepted(env, known.freshness);
        if known.freshness.is_usable() || accepted.is_some() || is_own {
            // The name of the registry inside the binary is not for others: what is embedded is trusted.
            let origin = if rules.url == "embedded" { "./embedded".to_owned() } else { rules.url.clone() };
            let glass = glass(&federated, known.now);
            found.push(Namespace { name: name.clone(), known, origin, rules: rules.clone(), cache: cache.clone(), accepted, glass });
        } else {
            let (title, help) = unusable(&federated, &known);
            env.notice(format!("{title}; {help}"));
        }
    }
    if !marks.is_empty() {
        env.notice(format!("{MARKS}{}", marks.join(", ")));
    }
    Ok(found)
}

/// The exceptions that have not expired at the time at which the namespace is judged: a clock that was set back revives none.
fn glass(federated: &Federated, now: Timestamp) -> Vec<BreakGlass> {
    let today = Date::of_unix(now.unix());
    federated.federation.file.break_glass.iter().filter(|glass| glass.expires > today).cloned().collect()
}

/// The reason why knowledge of this age is used all the same. What was never synced cannot be used for any reason.
fn accepted(env: &Env<'_>, freshness: Freshness) -> Option<String> {
    env.accept_stale.clone().filter(|_| matches!(freshness, Freshness::Expired(_)))
}

/// Refuses to go on when a namespace that may bring policies cannot be used, or one of its policies: rules that did not load must not look like
/// rules that found nothing. Nothing is asked of `own`, whose working copy is at hand.
pub(super) fn demand_policies(env: &Env<'_>, own: Option<&str>) -> Result<(), Error> {
    let Some(federated) = federation::find(env)? else { return Ok(()) };
    for (namespace, rules) in &federated.federation.file.namespaces {
        if rules.capabilities.contains(&Capability::Policies) && own != Some(namespace) {
            let known = demand(env, &federated, namespace)?;
            let said = known.demand_policies(&federation::cache()?).map_err(|why| refused(&federated, namespace, why))?;
            said.into_iter().for_each(|notice| env.notice(notice));
        }
    }
    Ok(())
}

/// Refuses to go on when the namespace of `name` is one of the federation that cannot be used.
pub(super) fn demand_namespace(env: &Env<'_>, name: &str) -> Result<(), Error> {
    let (Some(federated), Some((namespace, _))) = (federation::find(env)?, name.split_once('/')) else { return Ok(()) };
    let is_of_it = federated.federation.file.namespaces.contains_key(namespace);
    if is_of_it { demand(env, &federated, namespace).map(drop) } else { Ok(()) }
}

fn demand(env: &Env<'_>, federated: &Federated, namespace: &str) -> Result<Known, Error> {
    let known = federated.known(&federation::cache()?, namespace)?;
    if known.freshness.is_usable() || accepted(env, known.freshness).is_some() {
        return known.demand_history().map(|()| known).map_err(|why| refused(federated, namespace, why));
    }
    let (title, help) = unusable(federated, &known);
    Err(refused(federated, namespace, Diagnostic::new(title).help(help)))
}

fn refused(federated: &Federated, namespace: &str, why: Diagnostic) -> Error {
    let federation = &federated.federation;
    let place = federation.source.location(federation.span(namespace, &[]), "this namespace");
    Error::new(Kind::Config, why.at(place))
}

fn unusable(federated: &Federated, known: &Known) -> (String, String) {
    let (namespace, file) = (&known.space.namespace, federated.federation.source.path());
    let help = format!("run `polity registry sync {namespace}`");
    match (known.freshness, known.otherwise) {
        (Freshness::Never, Some(Synced::Signed)) => {
            (format!("namespace `{namespace}` was synced as signed, and {file} says `signers: none`"), help)
        }
        (Freshness::Never, Some(Synced::Unsigned)) => {
            (format!("namespace `{namespace}` was synced without signers, and {file} names some"), help)
        }
        (Freshness::Never, None) => (format!("namespace `{namespace}` of {file} was never synced"), help),
        (other, _) => {
            let help = format!("{help}; without a connection, `--accept-stale REASON` uses it all the same");
            (format!("what is known of the namespace `{namespace}` is too old: {other}"), help)
        }
    }
}
