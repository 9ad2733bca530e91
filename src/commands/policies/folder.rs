//! Policies of a plain folder that the user named.

use std::path::Path;

use crate::disk;
use crate::error::Error;
use crate::tree::{RepoPath, Tree};

use super::{Env, LOCAL, Source};

/// The policies of a folder: a registry, a folder of policies, or the folder of one policy.
pub(in crate::commands) fn in_folder(env: &Env<'_>, folder: &Path) -> Result<Vec<Source>, Error> {
    let full = env.cwd.join(folder);
    let tree =
        disk::read_folder(&full).map_err(|error| Error::config(format!("cannot read `{}`: {}", folder.display(), error.cause)))?.tree;
    let shown = folder.to_string_lossy().trim_end_matches('/').to_owned();
    let has = |path: &str| tree.contains(&RepoPath::found(path.to_owned()));
    if has("policy.yaml") {
        let real = full.canonicalize().unwrap_or(full);
        let name = real.file_name().map_or_else(|| shown.clone(), |n| n.to_string_lossy().into_owned());
        return Ok(vec![Source { namespace: LOCAL.to_owned(), id: name, folder: shown, tree, embedded: false, home: Some(real) }]);
    }
    let inside = if has("registry.yaml") { "policies/" } else { "" };
    let manifests = tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix(inside)?.strip_suffix("/policy.yaml"));
    let found: Vec<_> = manifests.filter(|id| !id.contains('/')).map(|id| source(&tree, &full, &shown, &format!("{inside}{id}"))).collect();
    if found.is_empty() {
        return Err(Error::usage(format!("there is no policy in `{shown}`")).help("a policy is a folder with a `policy.yaml`"));
    }
    Ok(found)
}

fn source(tree: &Tree, full: &Path, shown: &str, inside: &str) -> Source {
    let id = inside.rsplit('/').next().unwrap_or(inside).to_owned();
    let (folder, home) = (format!("{shown}/{inside}"), full.join(inside).canonicalize().ok());
    Source { namespace: LOCAL.to_owned(), id, folder, tree: tree.subtree(inside), embedded: false, home }
}
