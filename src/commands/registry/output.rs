//! The policies on what a template renders: a service that is new must not begin with findings that nobody waived.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::finding::{Finding, Severity};
use crate::policy::waivers::{self, Run};
use crate::policy::{Policy, Repository, check_by};
use crate::report::human::{Paint, count, finding};
use crate::template::Given;
use crate::tree::Tree;

use super::super::{check, federated, layers, policies, shelf, template::trial};
use super::{Env, print};

/// Checks every case of a template; says whether no finding counts. A layer is no service: only the policies that it says it satisfies
/// have business with what it renders alone.
pub(super) fn is_silent(folder: &Path, env: &mut Env<'_>) -> Result<bool, Error> {
    // A name without a slash would be looked up in the registries at hand.
    let (shelf, unit) = shelf::open(env, &format!("{}/", env.cwd.join(folder).to_string_lossy().trim_end_matches('/')))?;
    let stack = shelf.stack(&unit)?;
    let file = &stack.top().file;
    if file.is_abstract && file.satisfies.is_empty() {
        return Ok(true);
    }
    federated::demand_policies(env, Some(&unit.namespace))?;
    let sources = policies::of(&shelf)?;
    let names = layers::names(&sources);
    let only = if file.is_abstract { &file.satisfies[..] } else { &[] };
    let chosen = policies::chosen(sources, only).map_err(|error| Error { kind: Kind::Config, ..error })?;
    let policies = policies::compile(&chosen)?;
    let (mut text, mut left) = (String::new(), 0);
    for case in trial::cases(stack.top()) {
        let mut tree = Tree::new();
        for (path, rendered) in trial::render(&stack, &case, &mut Given::default())?.files {
            tree.insert(path, rendered.mode, rendered.bytes);
        }
        let found = findings(env, &policies, &names, tree)?;
        if !found.is_empty() {
            left += found.len();
            text += &format!("FAILED {} {case}: {}\n", unit.name(), count(found.len(), "finding", "findings"));
            text.extend(found.iter().map(|one| finding(one, Paint::when(env.colour)) + "\n"));
        }
    }
    print(env, &text)?;
    Ok(left == 0)
}

/// What the policies find as errors, as the layers of the federation demand them, and no waiver of the service lets be.
fn findings(env: &Env<'_>, policies: &[Policy], names: &[layers::Name], tree: Tree) -> Result<Vec<Finding>, Error> {
    let repository = Arc::new(Repository::new(tree, Vec::new()));
    let rules = layers::rules(env, &repository, policies, names, layers::today(None), None)?;
    let mut outcome = check_by(policies, &repository, check::contract, &rules).map_err(check::policy_errors)?;
    let both = |(namespace, id): &layers::Name| [format!("{namespace}/{id}"), id.clone()];
    let evaluated = policies.iter().flat_map(|policy| [policy.id.clone(), policy.name()]).collect();
    let known: BTreeSet<String> = names.iter().flat_map(both).collect();
    waivers::apply(&mut outcome, &repository, &rules, &Run { evaluated, known });
    outcome.findings.retain(|finding| finding.counts() && finding.severity == Severity::Error);
    Ok(outcome.findings)
}
