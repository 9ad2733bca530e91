//! Policies of a plain folder that the user named.

use std::path::Path;

use crate::disk::{self, Skipped, Walk};
use crate::error::Error;
use crate::tree::{Lack, RepoPath, Tree};

use super::{Env, LOCAL, Source};

/// The file that makes a folder a policy.
const MANIFEST: &str = "policy.yaml";

/// The policies of a folder: a registry, a folder of policies, or the folder of one policy.
pub(in crate::commands) fn in_folder(env: &Env<'_>, folder: &Path) -> Result<Vec<Source>, Error> {
    let full = env.cwd.join(folder);
    let walk = disk::read_folder(&full).map_err(|error| Error::config(format!("cannot read `{}`: {}", folder.display(), error.cause)))?;
    let Walk { tree, skipped, .. } = walk;
    let shown = folder.to_string_lossy().trim_end_matches('/').to_owned();
    let has = |path: &str| tree.contains(&RepoPath::found(path.to_owned()));
    if has(MANIFEST) {
        let real = full.canonicalize().unwrap_or(full);
        let name = real.file_name().map_or_else(|| shown.clone(), |n| n.to_string_lossy().into_owned());
        return Ok(vec![Source { namespace: LOCAL.to_owned(), id: name, folder: shown, tree, embedded: false, home: Some(real) }]);
    }
    let inside = if has("registry.yaml") { "policies/" } else { "" };
    overlooked(&tree, &skipped, inside, &shown).into_iter().for_each(|notice| env.notice(notice));
    let manifests = tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix(inside)?.strip_suffix("/policy.yaml"));
    let found: Vec<_> = manifests.filter(|id| !id.contains('/')).map(|id| source(&tree, &full, &shown, &format!("{inside}{id}"))).collect();
    if found.is_empty() {
        return Err(Error::usage(format!("there is no policy in `{shown}`")).help("a policy is a folder with a `policy.yaml`"));
    }
    Ok(found)
}

/// What looks like a policy of a registry or of a folder `shown`, whose policies stand below `inside`, and is loaded as none.
pub(in crate::commands) fn overlooked(tree: &Tree, skipped: &[Skipped], inside: &str, shown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |path: &str, why: &str| found.push(format!("`{shown}/{path}` is no policy and is not loaded: {why}"));
    for item in skipped {
        let folder = inside.trim_end_matches('/');
        let is_meant = item.path.strip_prefix(inside).is_some_and(|rest| !rest.contains('/'));
        if (is_meant || item.path == folder) && item.lack != Lack::File {
            say(&item.path, &item.reason);
        }
    }
    let has = |path: String| tree.contains(&RepoPath::found(path));
    for (path, _) in tree.iter() {
        let Some((folder, name)) = path.as_str().strip_prefix(inside).and_then(|path| path.rsplit_once('/')) else { continue };
        let is_manifest = name == MANIFEST;
        let is_alike = !is_manifest && ["policy.yaml", "policy.yml"].iter().any(|one| name.eq_ignore_ascii_case(one));
        let (top, is_deep) = folder.split_once('/').map_or((folder, false), |(top, _)| (top, true));
        if has(format!("{inside}{top}/{MANIFEST}")) {
            continue;
        } else if is_manifest && is_deep {
            say(path.as_str(), "a policy is a folder directly below the others");
        } else if is_alike && !is_deep {
            say(path.as_str(), "it is to be called `policy.yaml`");
        }
    }
    found
}

fn source(tree: &Tree, full: &Path, shown: &str, inside: &str) -> Source {
    let id = inside.rsplit('/').next().unwrap_or(inside).to_owned();
    let (folder, home) = (format!("{shown}/{inside}"), full.join(inside).canonicalize().ok());
    Source { namespace: LOCAL.to_owned(), id, folder, tree: tree.subtree(inside), embedded: false, home }
}
