//! One version of a policy: a folder, a release of a registry, or a folder as a git revision has it.

use std::path::Path;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::{Standing, UnitKey};
use crate::disk::{self, Point};
use crate::error::{Error, Kind};
use crate::tree::RepoPath;

use super::policies::{Source, in_folder, registered};
use super::{Env, shelf};

/// The version that `text` names; `beside` is the other one, whose folder a bare revision speaks of.
pub(super) fn find(text: &str, beside: &str, env: &Env<'_>) -> Result<Source, Error> {
    if is_policy(text, env) {
        return in_folder(env, Path::new(text))?.pop().ok_or_else(|| Error::usage(format!("there is no policy in `{text}`")));
    }
    if let Some((name, version)) = text.rsplit_once('@')
        && let (Some((namespace, id)), Ok(version)) = (name.split_once('/'), Version::parse(version))
    {
        return released(namespace, id, &version, env);
    }
    match text.split_once(':') {
        Some((revision, folder)) => at_revision(revision, folder, env),
        None if is_policy(beside, env) => at_revision(text, beside, env),
        None => {
            let error = Error::usage(format!("`{text}` is no version of a policy"));
            Err(error.help("name a folder, a release such as `org/id@1.2.0`, or a revision with a folder such as `main:policies/id`"))
        }
    }
}

fn is_policy(folder: &str, env: &Env<'_>) -> bool {
    env.cwd.join(folder).join("policy.yaml").is_file()
}

fn at_revision(revision: &str, folder: &str, env: &Env<'_>) -> Result<Source, Error> {
    let shown = folder.trim_end_matches('/');
    let full = env.cwd.join(shown);
    let failed = |why: String| Error::usage(format!("cannot read `{shown}` at `{revision}`: {why}"));
    let tree = disk::past(&full, revision, Point::Itself).map_err(|error| failed(error.to_string()))?.tree;
    if !tree.contains(&RepoPath::found("policy.yaml".to_owned())) {
        return Err(failed("there is no `policy.yaml`".to_owned()));
    }
    let id = full.canonicalize().unwrap_or(full).file_name().map_or_else(|| shown.to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(Source { namespace: "local".to_owned(), id, folder: format!("{revision}:{shown}"), tree, embedded: false, home: None })
}

/// A release of a signed namespace by its version, or what another registry holds when that is this version.
fn released(namespace: &str, id: &str, version: &Version, env: &Env<'_>) -> Result<Source, Error> {
    let name = format!("{namespace}/{id}");
    let shelf = shelf(env)?;
    if let Some(known) = shelf.namespace(namespace).filter(|known| known.is_signed()) {
        let unit: UnitKey = (UnitKind::Policy, id.to_owned());
        let unusable = |diagnostic| Error::new(Kind::Config, diagnostic);
        known.demand(UnitKind::Policy).map_err(unusable)?;
        let tree = match known.standing(&unit, version, None) {
            Standing::Released { tree } => known.whole(format!("the bytes of {name} {version} are not in the cache"), &tree),
            standing => Err(super::refusal(&name, version, &standing)),
        };
        let tree = tree.map_err(unusable)?;
        return Ok(Source {
            namespace: namespace.to_owned(),
            id: id.to_owned(),
            folder: format!("{name}@{version}"),
            tree,
            embedded: false,
            home: None,
        });
    }
    let here = registered(env)?.into_iter().find(|source| source.namespace == namespace && source.id == id);
    let here = here.ok_or_else(|| Error::usage(format!("there is no policy `{name}`")).help("`polity policy list` shows what there is"))?;
    let found = super::policies::compile(std::slice::from_ref(&here))?.pop().map(|policy| policy.file.version);
    match found {
        Some(found) if found == *version => Ok(here),
        _ => {
            let has = found.map(|found| found.to_string()).unwrap_or_default();
            Err(Error::usage(format!("the registry has {name} {has}, not {version}")).help("only signed namespaces keep older versions"))
        }
    }
}
