//! The place of a publisher: a registry's working copy, and everything that is known of its namespace.

use std::path::{Path, PathBuf};

use crate::catalog::trust::{FOLDER, gather, judge};
use crate::catalog::{Registry, registry};
use crate::disk::{Cache, Snapshot};
use crate::error::Error;
use crate::tree::{Mode, RepoPath, Tree};

use super::Env;
use super::federation::{Federated, Known, cache, expect, now};

/// A registry's working copy, with all that is known of its namespace.
pub(super) struct Desk {
    pub(super) federated: Federated,
    pub(super) cache: Cache,
    pub(super) root: PathBuf,
    pub(super) known: Known,
    pub(super) namespace: String,
    /// The template that stands at the root, if there is one.
    pub(super) rooted: Option<String>,
}

/// Finds the registry at or above `folder`.
pub(super) fn desk(env: &Env<'_>, folder: &Path) -> Result<Desk, Error> {
    let here = env.cwd.join(folder).canonicalize().map_err(|e| Error::io(format!("open `{}`", folder.display()), e))?;
    let Some(root) = here.ancestors().find(|f| f.join("registry.yaml").is_file()) else {
        return Err(Error::usage(format!("`{}` is in no registry", folder.display())).help("a registry has a file `registry.yaml`"));
    };
    let (federated, cache) = (expect(env)?, cache()?);
    let tree = Snapshot::folder(root).map_err(|e| Error::io(format!("read `{}`", root.display()), e))?;
    let mut own = Tree::new();
    own.insert(RepoPath::found("registry.yaml".to_owned()), Mode::File, tree.file("registry.yaml").unwrap_or_default());
    let Registry { namespace, template: rooted, .. } = registry(&root.to_string_lossy(), own)?;
    let namespace = federated.chosen(&[namespace])?.remove(0);
    let mut known = federated.known(&cache, &namespace)?;
    let Some(trust) = &known.trust else {
        let help = "list your key: `signers: [\"you@example.org ssh-ed25519 AAAA…\"]`";
        return Err(Error::config(format!("namespace `{namespace}` has no signers, so nothing of it can be signed")).help(help));
    };
    let statements = tree.below(FOLDER).map_err(|e| Error::config(e.to_string()))?;
    let read: Vec<_> = statements.iter().filter_map(|(p, _)| Some((p.as_str(), statements.read(p).ok()?))).collect();
    let (own, _) = gather(read.iter().map(|(name, bytes)| (*name, &**bytes)), trust, &known.set);
    known.set.merge(&own);
    known.state = judge(&known.set, trust, now());
    Ok(Desk { root: root.to_owned(), federated, cache, known, namespace, rooted })
}
