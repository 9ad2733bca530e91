//! `polity registry verify`: everything in the cache again, from the signatures up. What was found out before counts for nothing.

use serde_json::json;

use crate::catalog::trust::{StatementSet, files, gather, judge};
use crate::cli::OutputFormat;
use crate::config::Address;
use crate::disk::Cache;
use crate::error::{Error, Exit};
use crate::report::human::count;

use super::bring::usable;
use super::federation::{Known, cache, expect, now};
use super::left::Left;
use super::unit::folder;
use super::{Env, list, print};

/// Verifies namespaces; exit code 1 when something does not hold.
pub(super) fn run(namespaces: &[String], format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (federated, cache) = (expect(env)?, cache()?);
    let (mut rows, mut text, mut clean) = (Vec::new(), String::new(), true);
    for namespace in federated.chosen(namespaces)? {
        let known = federated.known(&cache, &namespace)?;
        let (set, damaged) = known.read();
        let left = known.trust.as_ref().map(|trust| Left::of(trust, &set, &set)).unwrap_or_default();
        let (problems, notes) = (problems(&cache, &known, (&set, damaged), &left), left.notes());
        clean &= problems.is_empty();
        let verdict = if known.trust.is_none() {
            "unsigned"
        } else if problems.is_empty() {
            "verified"
        } else {
            "NOT VERIFIED"
        };
        text += &format!("{namespace}  {verdict}  {}, {}\n", known.freshness, count(set.len(), "statement", "statements"));
        problems.iter().chain(&notes).for_each(|line| text += &format!("  {line}\n"));
        rows.push(json!({
            "namespace": namespace, "signed": known.trust.is_some(), "freshness": known.freshness.to_string(),
            "statements": set.len(), "problems": problems, "notes": notes,
        }));
    }
    if format == OutputFormat::Json {
        text = format!("{:#}\n", json!({"schema": "polity/registry-verify/1", "namespaces": rows}));
    }
    print(env, &text)?;
    Ok(if clean { Exit::Clean } else { Exit::Findings })
}

fn problems(cache: &Cache, known: &Known, (set, damaged): (&StatementSet, usize), left: &Left<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    if damaged > 0 {
        let lines = count(damaged, "line", "lines");
        problems.push(format!("{lines} of the log damaged; `polity registry sync {}` repairs it", known.space.namespace));
    }
    let Some(trust) = &known.trust else { return problems };
    let texts: Vec<_> = set.iter().flat_map(|(_, signed)| files(signed)).collect();
    let named = texts.iter().map(|(name, text)| (name.rsplit('/').next().unwrap_or(name), text.as_bytes()));
    let (set, ignored) = gather(named, trust, &StatementSet::default());
    problems.extend(ignored.iter().filter(|ignored| !left.is_of(ignored)).map(|i| format!("statements/{}: {}", i.file, i.reason)));
    let state = judge(&set, trust, now());
    problems.extend(state.refused.iter().filter(|(id, _)| !left.has(id)).map(|(id, why)| format!("statement {id} does not count: {why}")));
    problems.extend(state.missing.iter().map(|id| format!("statement {id} is named by a checkpoint and not at hand")));
    problems.extend(state.equivocations().iter().map(list::equivocation));
    let source = known.record.as_ref().and_then(|record| Address::parse(&record.source).ok());
    let is_older = |unit, version| state.newest(unit).is_some_and(|(newest, _)| newest != version);
    for (unit, version, tree) in usable(&state) {
        let name = format!("{} {version}", folder(unit));
        let Some(stored) = cache.tree(&tree) else {
            // A folder shows only its newest state; its older releases never came.
            if !matches!(source, Some(Address::Folder(_))) || !is_older(unit, version) {
                problems.push(format!("{name}: its tree {tree} is not in the cache; `polity registry sync` fetches it again"));
            }
            continue;
        };
        let unread: Vec<_> =
            stored.iter().filter_map(|(path, _)| Some(format!("{name}: `{path}`: {}", stored.read(path).err()?))).collect();
        if unread.is_empty() && stored.digest().is_ok_and(|found| found != tree) {
            problems.push(format!("{name}: the cached tree is not {tree}"));
        }
        problems.extend(unread);
    }
    problems
}
