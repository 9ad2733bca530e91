//! `polity policy new`: a policy that passes its own test, to be changed into the one that is wanted.

use std::path::Path;

use crate::catalog::UnitKind;
use crate::error::{Error, Exit};
use crate::policy::laws::{Case, Expectation, cases, judge};
use crate::policy::{Policy, scaffold};
use crate::report::human;
use crate::tree::{Mode, RepoPath, Tree};

use super::policies::{Source, compile};
use super::{Env, check, neighbours, print};

/// Writes the files of a new policy.
pub(super) fn run(dir: &Path, env: &mut Env<'_>) -> Result<Exit, Error> {
    let full = env.cwd.join(dir);
    if full.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || full.is_file() {
        return Err(Error::usage(format!("`{}` exists already", dir.display())).help("choose another name for the policy"));
    }
    let id = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let valid = id.split('-').all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if !valid || id.starts_with(|c: char| c.is_ascii_digit()) {
        let help = "name what is wrong in lower-case words with hyphens, for example `service-without-owner`";
        return Err(Error::usage(format!("`{id}` is not an id for a policy")).help(help));
    }
    let registry = neighbours(env, dir)?;
    let folder = dir.to_string_lossy().trim_end_matches('/').to_owned();
    let mut tree = scaffold(&id, good_service(&registry)?.as_ref());
    snapshot(&id, &folder, &mut tree)?;
    write(&full, &tree)?;
    if !env.quiet {
        print(env, &said(&folder, &tree, stands_in_registry(&full)))?;
    }
    Ok(Exit::Clean)
}

/// A good case of a neighbour that no policy of the registry has anything to say about.
fn good_service(registry: &[Source]) -> Result<Option<Tree>, Error> {
    let policies = compile(registry)?;
    for (policy, source) in policies.iter().zip(registry) {
        let good = cases(policy, &source.tree).0.into_iter().find(|case| case.expectation == Expectation::Silence);
        if let Some(case) = good
            && is_silent(&policies, &case)?
        {
            return Ok(Some(case.tree));
        }
    }
    Ok(None)
}

fn is_silent(policies: &[Policy], case: &Case) -> Result<bool, Error> {
    let repository = std::sync::Arc::new(crate::policy::Repository::new(case.tree.clone(), Vec::new()));
    Ok(check::evaluate(policies, &repository)?.findings.is_empty())
}

/// Adds what the new policy says about its bad case.
fn snapshot(id: &str, folder: &str, tree: &mut Tree) -> Result<(), Error> {
    let source = Source {
        namespace: "local".to_owned(),
        id: id.to_owned(),
        folder: folder.to_owned(),
        tree: tree.clone(),
        embedded: false,
        home: None,
    };
    let policies = compile(&[source])?;
    for policy in &policies {
        for case in cases(policy, tree).0.iter().filter(|case| case.expectation == Expectation::Finding) {
            let (outcome, _) = judge(policy, &policies, case, check::contract).map_err(check::policy_errors)?;
            let path = RepoPath::found(format!("cases/{}.snap", case.name));
            tree.insert(path, Mode::File, human::findings(&outcome.findings, human::Paint::Plain).into_bytes());
        }
    }
    Ok(())
}

fn write(full: &Path, tree: &Tree) -> Result<(), Error> {
    for (path, _) in tree.iter() {
        let target = full.join(path.as_str());
        let failed = |error: std::io::Error| Error::io(format!("write `{}`", target.display()), error);
        let bytes = tree.read(path).map_err(|error| Error::io(format!("read `{path}`"), error))?;
        std::fs::create_dir_all(target.parent().unwrap_or(full)).map_err(failed)?;
        std::fs::write(&target, &*bytes).map_err(failed)?;
    }
    Ok(())
}

/// Whether a policy's folder will be found: it must stand in `policies/` beside a `registry.yaml`.
fn stands_in_registry(full: &Path) -> bool {
    let kinds = full.parent().filter(|kinds| kinds.ends_with(UnitKind::Policy.folder()));
    kinds.and_then(Path::parent).is_some_and(|root| root.join("registry.yaml").is_file())
}

fn said(folder: &str, tree: &Tree, is_registered: bool) -> String {
    let hint = match is_registered {
        true => "",
        false => "it stands in no registry: put it below `policies/` beside a `registry.yaml` to give it a namespace\n",
    };
    let files: String = tree.iter().map(|(path, _)| format!("  {folder}/{path}\n")).collect();
    format!(
        "wrote {}\n{files}{hint}\nnext\n  change policy.rego, the cases and README.md\n  polity policy test {folder} --accept\n",
        human::count(tree.len(), "file", "files")
    )
}
