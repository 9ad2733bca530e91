//! `polity policy test`: holds policies to their laws and to their snapshots.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Error, Exit};
use crate::finding::{Diagnostic, Location};
use crate::policy::Policy;
use crate::policy::laws::{Case, Expectation, cases, documentation, judge, reads_something};
use crate::report::human::{self, Paint, count};
use crate::tree::RepoPath;

use super::policies::{Source, compile, registered};
use super::{Env, check, in_folder, neighbours, print};

/// Tests the policies of some folders; of the registry in this folder, or else of all registries, when none is named.
pub(super) fn run(dirs: &[PathBuf], accept: bool, env: &mut Env<'_>) -> Result<Exit, Error> {
    let groups = groups(dirs, env)?;
    let (mut total, mut failed) = (0, 0);
    for Group { tested, registry } in groups {
        let policies = compile(&registry)?;
        for (policy, source) in policies.iter().zip(&registry).filter(|(policy, _)| tested.contains(&policy.id)) {
            let broken = examine(policy, source, &policies, accept, env)?;
            total += 1;
            failed += usize::from(!broken.is_empty());
            let verdict = if broken.is_empty() { "ok    " } else { "broken" };
            print(env, &format!("{verdict}  {}\n", policy.id))?;
            for diagnostic in broken {
                print(env, &format!("\n{}", human::error(&Error::new(crate::error::Kind::Config, diagnostic), Paint::when(env.colour))))?;
            }
        }
    }
    print(env, &format!("\n{}, {failed} broken\n", count(total, "policy", "policies")))?;
    Ok(if failed > 0 { Exit::Findings } else { Exit::Clean })
}

/// The ids to test, and all policies of their registry.
struct Group {
    tested: Vec<String>,
    registry: Vec<Source>,
}

fn groups(dirs: &[PathBuf], env: &Env<'_>) -> Result<Vec<Group>, Error> {
    let ids = |sources: &[Source]| sources.iter().map(|source| source.id.clone()).collect::<Vec<_>>();
    if dirs.is_empty() {
        let here = env.cwd.join("registry.yaml").is_file();
        let all = if here { in_folder(env, Path::new("policies"))? } else { registered(env)? };
        return Ok(vec![Group { tested: ids(&all), registry: all }]);
    }
    let group = |dir: &PathBuf| {
        let named = in_folder(env, dir)?;
        let tested = ids(&named);
        let others = if env.cwd.join(dir).join("policy.yaml").is_file() { neighbours(env, dir)? } else { Vec::new() };
        let others = others.into_iter().filter(|source| !tested.contains(&source.id));
        let registry = named.into_iter().chain(others).collect();
        Ok(Group { tested, registry })
    };
    dirs.iter().map(group).collect()
}

/// Every law that a policy breaks. With `accept`, snapshots are written instead of compared.
fn examine(policy: &Policy, source: &Source, registry: &[Policy], accept: bool, env: &Env<'_>) -> Result<Vec<Diagnostic>, Error> {
    let (cases, mut broken) = cases(policy, &source.tree);
    broken.extend(documentation(policy, &cases));
    let judged: Vec<_> = cases.par_iter().map(|case| judge(policy, registry, case, check::contract)).collect();
    let mut outcomes = Vec::new();
    for (case, result) in cases.iter().zip(judged) {
        let (outcome, laws) = result.map_err(check::policy_errors)?;
        broken.extend(laws);
        if case.expectation == Expectation::Finding {
            let said = human::findings(&outcome.findings, Paint::Plain);
            broken.extend(compare(source, case, &said, accept, env)?);
        }
        outcomes.push(outcome);
    }
    broken.extend(reads_something(policy, &outcomes));
    Ok(broken)
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
    let diagnostic = Diagnostic::new("snapshot is not what the policy says about its bad case").at(Location::file(shown, label));
    let help = format!("`polity policy test {} --accept` writes it; the policy says now:\n\n{said}", source.folder);
    Ok(Some(diagnostic.help(help.trim_end())))
}
