//! The policies that a verb works with: those of the registries and those of folders that the user named, loaded in parallel.

mod apart;
mod folder;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::catalog::{Unit, UnitKind};
use crate::error::Error;
use crate::finding::{calls, nearest};
use crate::policy::{Policy, PolicyError, tell_apart};
use crate::tree::Tree;

use super::{Env, check::policy_errors, federated, shelf::Shelf, shelf::shelf};

pub(super) use folder::{in_folder, overlooked};

/// The namespace of policies that stand in a plain folder, until it is known which repository is looked at.
const LOCAL: &str = "local";
/// The stack of a thread that evaluates policies, in bytes; memory is taken as it is used.
pub(super) const STACK: usize = 64 << 20;

/// A policy's folder before it is compiled.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub namespace: String,
    pub id: String,
    pub folder: String,
    pub tree: Tree,
    /// Whether it comes with the binary, whose tests compile it.
    pub embedded: bool,
    /// Where it lies on this disk, when the user named its folder.
    pub home: Option<PathBuf>,
}

/// Compiles the policies of the registries and of `folders`; with `only`, no others than these.
pub(super) fn load(env: &Env<'_>, folders: &[PathBuf], only: &[String]) -> Result<Vec<Policy>, Error> {
    compile(&sources(env, &env.cwd, folders, only)?)
}

/// The policies of the registries and of `folders`, for a check of `subject`; with `only`, no others than these.
pub(super) fn sources(env: &Env<'_>, subject: &Path, folders: &[PathBuf], only: &[String]) -> Result<Vec<Source>, Error> {
    let mut sources = registered(env)?;
    for folder in folders {
        sources.extend(in_folder(env, folder)?);
    }
    chosen(apart::apart(sources, &env.cwd.join(subject)), only)
}

/// Compiles policies, all of them or none.
pub(super) fn compile(sources: &[Source]) -> Result<Vec<Policy>, Error> {
    // A thread that waits for the files of one rule takes up another rule meanwhile, on top of its stack.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    let load = |source: &Source| {
        let policy = Policy::load(&source.namespace, &source.id, &source.folder, &source.tree)?;
        if source.embedded {
            return Ok(policy.verbatim());
        }
        policy.prove(&source.tree)?;
        Ok(policy)
    };
    let loaded: Vec<_> = sources.par_iter().map(load).collect();
    let (mut policies, mut errors): (Vec<Policy>, Vec<PolicyError>) = (Vec::new(), Vec::new());
    for result in loaded {
        match result {
            Ok(policy) => policies.push(policy),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(policy_errors(errors));
    }
    tell_apart(&mut policies);
    Ok(policies)
}

/// The policies of every registry.
pub(super) fn registered(env: &Env<'_>) -> Result<Vec<Source>, Error> {
    let found = of(shelf(env)?)?;
    federated::demand_policies(env, None)?;
    Ok(found)
}

/// The policies that a shelf has at hand.
pub(super) fn of(shelf: &Shelf) -> Result<Vec<Source>, Error> {
    let units = shelf.catalog.units(UnitKind::Policy)?;
    let source = |Unit { namespace, id, origin, folder, tree, .. }| Source {
        namespace,
        id,
        folder,
        tree,
        embedded: origin == "embedded",
        home: None,
    };
    Ok(units.into_iter().map(source).collect())
}

/// The policies that were named, by id or by `namespace/id`; all of them when none was.
pub(super) fn chosen(sources: Vec<Source>, only: &[String]) -> Result<Vec<Source>, Error> {
    let matches = |source: &Source, name: &str| calls(name, &format!("{}/{}", source.namespace, source.id));
    for name in only {
        if !sources.iter().any(|source| matches(source, name)) {
            let error = Error::usage(format!("there is no policy `{name}`"));
            return Err(match nearest(name, sources.iter().map(|source| source.id.as_str())) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("`polity policy list` shows what there is"),
            });
        }
    }
    Ok(sources.into_iter().filter(|source| only.is_empty() || only.iter().any(|name| matches(source, name))).collect())
}
