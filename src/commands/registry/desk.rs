//! The place of a publisher: a registry's working copy, and everything that is known of its namespace.

use std::path::{Path, PathBuf};

use crate::catalog::trust::{FOLDER, Statement, gather};
use crate::catalog::{Registry, registry};
use crate::disk::{Cache, Guard, Snapshot};
use crate::error::Error;
use crate::tree::{Mode, RepoPath, Tree};

use super::Env;
use super::federation::{Federated, Known, cache, expect};
use super::progress::spinner;

/// A registry's working copy, with all that is known of its namespace.
pub(super) struct Desk {
    pub(super) federated: Federated,
    pub(super) cache: Cache,
    pub(super) root: PathBuf,
    pub(super) known: Known,
    pub(super) namespace: String,
    /// The template that stands at the root, if there is one.
    pub(super) rooted: Option<String>,
    /// The number for the next statement: above all that the registry holds, also those of keys that are not listed any more.
    pub(super) next: u64,
    /// Held to the end: what is signed rests on what was read here, and one commit holds what one run signed.
    _alone: Guard,
}

/// Finds the registry at or above `folder`.
pub(super) fn desk(env: &Env<'_>, folder: &Path) -> Result<Desk, Error> {
    let here = nearest(&env.cwd.join(folder)).map_err(|e| Error::io(format!("open `{}`", folder.display()), e))?;
    let Some(root) = here.ancestors().find(|f| f.join("registry.yaml").is_file()) else {
        return Err(Error::usage(format!("`{}` is in no registry", folder.display())).help("a registry has a file `registry.yaml`"));
    };
    let (federated, cache) = (expect(env)?, cache()?);
    let bar = spinner(env, format!("waiting for another run that publishes from {}", root.display()));
    let alone = cache.lock_checkout(root)?;
    bar.finish_and_clear();
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
    let (own, _) = gather(read.iter().map(|(name, bytes)| (*name, &**bytes)), trust, known.set());
    known.add(&own);
    let written = read.iter().filter_map(|(_, bytes)| Statement::parse(std::str::from_utf8(bytes).ok()?).ok());
    let next = written.map(|statement| statement.seq + 1).max().unwrap_or(1).max(known.set().next_seq());
    Ok(Desk { root: root.to_owned(), federated, cache, known, namespace, rooted, next, _alone: alone })
}

/// The real path of something that may be gone: that of the nearest folder above it which is there, and the rest as it was written.
pub(super) fn nearest(path: &Path) -> std::io::Result<PathBuf> {
    match (path.canonicalize(), path.parent().zip(path.file_name())) {
        (Err(error), Some((parent, name))) if error.kind() == std::io::ErrorKind::NotFound => Ok(nearest(parent)?.join(name)),
        (found, _) => found,
    }
}
