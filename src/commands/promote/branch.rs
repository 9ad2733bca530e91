//! A proposal on a branch of the checkouts that the user named: nothing of their working trees is touched.

use std::path::{Path, PathBuf};

use crate::catalog::{Registry, registry};
use crate::cli::PromoteArgs;
use crate::disk::update::{Ground, Proposed};
use crate::error::Error;
use crate::template::Stack;
use crate::template::life::Proposal;
use crate::tree::{Mode, RepoPath, Tree};

use super::super::Env;
use super::super::provenance::Traced;
use super::super::update::failed;

/// Commits to a branch of the checkout that holds the layer; nothing without `--registry`.
pub(super) fn commit(
    args: &PromoteArgs,
    env: &Env<'_>,
    checkouts: &[PathBuf],
    traced: &Traced,
    stack: &Stack,
    proposal: &Proposal,
) -> Result<Option<String>, Error> {
    let mut branches = Vec::new();
    for folder in checkouts {
        let ground = Ground::open(&env.cwd.join(folder)).map_err(failed)?;
        let Some(home) = registry_of(&ground, folder) else { continue };
        let own = proposal.files.iter().filter(|((layer, _), _)| layer.split_once('/').is_some_and(|(owner, _)| owner == home.namespace));
        let files: Vec<_> = own
            .filter_map(|((layer, file), text)| {
                let old = stack.layers.iter().find(|other| other.name == *layer)?.tree.read(&RepoPath::found(file.clone())).ok()?;
                Some((RepoPath::found(place(home.template.as_deref(), layer, file)), old.to_vec(), text.clone().into_bytes()))
            })
            .collect();
        if files.is_empty() {
            continue;
        }
        if !ground.is_versioned() {
            let error =
                Error::usage(format!("the registry `{}` is in no git repository, so there is no branch to commit to", folder.display()));
            return Err(error
                .help("name the checkout of its repository with `--registry`")
                .help("`--diff` shows the change and commits nothing"));
        }
        let stem = traced.path.as_str().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let branch = args.branch.clone().unwrap_or_else(|| format!("polity/promote-{}", stem.trim_matches('-')));
        let title = format!("{}: an improvement made in {}", traced.path, traced.service.name());
        let broken = |error| Error::io(format!("commit to the registry `{}`", folder.display()), error);
        match ground.propose(&branch, &files, &title).map_err(broken)? {
            Proposed::Committed => branches.push(format!("{branch} in {}", folder.display())),
            Proposed::Exists => {
                return Err(Error::usage(format!("the branch `{branch}` exists already")).help("name another with `--branch`"));
            }
            Proposed::Conflict(path) => {
                return Err(
                    Error::usage(format!("`{path}` has changed there, and the change does not fit")).help("update the service first")
                );
            }
        }
    }
    Ok(branches.into_iter().reduce(|all, one| format!("{all}, {one}")))
}

/// What `registry.yaml` of a checkout says.
pub(super) fn registry_of(ground: &Ground, folder: &Path) -> Option<Registry> {
    let mut tree = Tree::new();
    tree.insert(RepoPath::found("registry.yaml".to_owned()), Mode::File, ground.read("registry.yaml")?);
    registry(&folder.to_string_lossy(), tree).ok()
}

/// The path of a layer's file in its registry, which has the template `rooted` at its root.
pub(super) fn place(rooted: Option<&str>, layer: &str, file: &str) -> String {
    let id = layer.split_once('/').map_or(layer, |(_, id)| id);
    if rooted == Some(id) { file.to_owned() } else { format!("templates/{id}/{file}") }
}
