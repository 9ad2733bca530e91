//! `polity policy test`: holds policies to their laws, their snapshots and their unit tests.

mod group;
mod mutation;
mod report;

use rayon::prelude::*;

use crate::cli::{OutputFormat, PolicyTestArgs};
use crate::error::{Error, Exit};
use crate::finding::{Diagnostic, Location};
use crate::policy::laws::{Case, Expectation, cases, documentation, judge, reads_something};
use crate::policy::mutate::{Mutation, mutate};
use crate::policy::unit::units;
use crate::policy::{Outcome, Policy, odd};
use crate::report::human::{self, Paint};
use crate::report::json::pretty;
use crate::tree::RepoPath;

use super::policies::{Source, compile};
use super::{Env, check, in_folder, neighbours, policies, print};

use group::{Group, groups};
use report::Tested;

/// Tests the policies of some folders; of the registry in this folder, or else of all registries, when none is named.
pub(super) fn run(args: &PolicyTestArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let mut tested = Vec::new();
    for Group { ids, registry } in groups(&args.dirs, env)? {
        let policies = compile(&registry)?;
        for (policy, source) in policies.iter().zip(&registry).filter(|(policy, _)| ids.contains(&policy.id)) {
            let one = examine(policy, source, &policies, args, env)?;
            if args.format == OutputFormat::Human {
                print(env, &report::one(&one, args, Paint::when(env.colour)))?;
            }
            tested.push(one);
        }
    }
    let text = match args.format {
        OutputFormat::Human => report::sum(&tested, args),
        OutputFormat::Json => pretty(&report::as_json(&tested)),
    };
    print(env, &text)?;
    let low = args.min_score.is_some_and(|least| mutation::score(&tested) < least);
    Ok(if low || tested.iter().any(|one| !one.broken.is_empty()) { Exit::Findings } else { Exit::Clean })
}

/// Every law that a policy breaks, and what else was asked about it. With `--accept`, snapshots are written instead of compared.
fn examine(policy: &Policy, source: &Source, registry: &[Policy], args: &PolicyTestArgs, env: &Env<'_>) -> Result<Tested, Error> {
    let (cases, mut broken) = cases(policy, &source.tree);
    broken.extend(documentation(policy, &cases));
    let judged: Vec<_> = cases.par_iter().map(|case| judge(policy, registry, case, check::contract)).collect();
    let mut outcomes = Vec::new();
    for (case, result) in cases.iter().zip(judged) {
        let (outcome, laws) = result.map_err(check::policy_errors)?;
        broken.extend(laws);
        if let Some(said) = said(case.expectation, &outcome) {
            broken.extend(compare(source, case, &said, args.accept, env)?);
        }
        outcomes.push(outcome);
    }
    broken.extend(reads_something(policy, &outcomes));
    broken.extend(odd::failures(policy, &cases, check::contract).map_err(check::policy_errors)?);
    let units = units(policy, &source.tree, check::contract).map_err(|error| check::policy_errors(vec![error]))?;
    broken.extend(units.failures().cloned());
    let mutation = args.mutate.then(|| mutate(policy, &cases, check::contract).map_err(check::policy_errors)).transpose()?;
    broken.extend(mutation.iter().flat_map(|mutation: &Mutation| mutation.stray.clone()));
    Ok(Tested { policy: policy.name(), id: policy.id.clone(), cases: cases.len(), broken, units, mutation })
}

/// What the snapshot of a case holds; a good case has none.
fn said(expectation: Expectation, outcome: &Outcome) -> Option<String> {
    match expectation {
        Expectation::Silence => None,
        Expectation::Finding => Some(human::findings(&outcome.findings, Paint::Plain)),
        Expectation::NoBusiness => {
            let reasons = outcome.evaluations.iter().flat_map(|one| &one.reasons);
            Some(reasons.map(|reason| format!("not applicable: {reason}\n")).collect())
        }
    }
}

fn compare(source: &Source, case: &Case, said: &str, accept: bool, env: &Env<'_>) -> Result<Option<Diagnostic>, Error> {
    let path = format!("cases/{}.snap", case.name);
    let shown = format!("{}/{path}", source.folder);
    let kept = source.tree.read(&RepoPath::found(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if kept.as_deref() == Some(said) {
        return Ok(None);
    }
    if accept {
        std::fs::write(env.cwd.join(&shown), said).map_err(|error| Error::io(format!("write `{shown}`"), error))?;
        return Ok(None);
    }
    let label = if kept.is_some() { "differs from what the policy says now" } else { "no such file" };
    let title = format!("snapshot is not what the policy says about its {} case", case.expectation.word());
    let help = format!("`polity policy test {} --accept` writes it; the policy says now:\n\n{said}", source.folder);
    Ok(Some(Diagnostic::new(title).at(Location::file(shown, label)).help(help.trim_end())))
}
