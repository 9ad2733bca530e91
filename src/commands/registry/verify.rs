//! `polity registry verify`: everything in the cache again, from the signatures up. What was found out before counts for nothing.

use serde_json::json;

use crate::catalog::trust::{Standing, StatementSet, files, gather, judge};
use crate::cli::OutputFormat;
use crate::disk::Cache;
use crate::error::{Error, Exit};
use crate::report::human::count;

use super::federation::{Known, cache, expect, now};
use super::unit::folder;
use super::{Env, list, print};

/// Verifies namespaces; exit code 1 when something does not hold.
pub(super) fn run(namespaces: &[String], format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (federated, cache) = (expect(env)?, cache()?);
    let (mut rows, mut text, mut clean) = (Vec::new(), String::new(), true);
    for namespace in federated.chosen(namespaces)? {
        let known = federated.known(&cache, &namespace)?;
        let problems = problems(&cache, &known);
        clean &= problems.is_empty();
        let verdict = if known.trust.is_none() {
            "unsigned"
        } else if problems.is_empty() {
            "verified"
        } else {
            "NOT VERIFIED"
        };
        text += &format!("{namespace}  {verdict}  {}, {}\n", known.freshness, count(known.set.len(), "statement", "statements"));
        problems.iter().for_each(|problem| text += &format!("  {problem}\n"));
        rows.push(json!({
            "namespace": namespace, "signed": known.trust.is_some(), "freshness": known.freshness.to_string(),
            "statements": known.set.len(), "problems": problems,
        }));
    }
    if format == OutputFormat::Json {
        text = format!("{:#}\n", json!({"schema": "polity/registry-verify/1", "namespaces": rows}));
    }
    print(env, &text)?;
    Ok(if clean { Exit::Clean } else { Exit::Findings })
}

fn problems(cache: &Cache, known: &Known) -> Vec<String> {
    let mut problems = Vec::new();
    if known.damaged > 0 {
        problems.push(format!("{} of the log damaged", count(known.damaged, "line", "lines")));
    }
    let Some(trust) = &known.trust else { return problems };
    let texts: Vec<_> = known.set.iter().flat_map(|(_, signed)| files(signed)).collect();
    let named = texts.iter().map(|(name, text)| (name.rsplit('/').next().unwrap_or(name), text.as_bytes()));
    let (set, ignored) = gather(named, trust, &StatementSet::default());
    problems.extend(ignored.iter().map(|i| format!("statements/{}: {}", i.file, i.reason)));
    let state = judge(&set, trust, now());
    problems.extend(state.refused.iter().map(|(id, why)| format!("statement {id} does not count: {why}")));
    problems.extend(state.missing.iter().map(|id| format!("statement {id} is named by a checkpoint and not at hand")));
    problems.extend(state.equivocations().iter().map(list::equivocation));
    for (unit, version) in state.versions() {
        let Standing::Released { tree } = state.standing(unit, version, None) else { continue };
        let Some(stored) = cache.tree(&tree) else { continue };
        match stored.digest() {
            Ok(found) if found == tree => {}
            Ok(found) => problems.push(format!("{} {version}: the cached tree is {found}, not {tree}", folder(unit))),
            Err(error) => problems.push(format!("{} {version}: {error}", folder(unit))),
        }
    }
    problems
}
