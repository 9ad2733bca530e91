//! Which policies `polity policy test` is asked about, and beside which others they stand.

use std::path::{Path, PathBuf};

use crate::error::Error;

use super::policies::{Source, registered};
use super::{Env, in_folder, neighbours};

/// The ids to test, and all policies of their registry.
pub(super) struct Group {
    pub ids: Vec<String>,
    pub registry: Vec<Source>,
}

/// The policies of some folders; of the registry in this folder, or else of all registries, when none is named.
pub(super) fn groups(dirs: &[PathBuf], env: &Env<'_>) -> Result<Vec<Group>, Error> {
    let ids = |sources: &[Source]| sources.iter().map(|source| source.id.clone()).collect::<Vec<_>>();
    if dirs.is_empty() {
        let here = env.cwd.join("registry.yaml").is_file();
        let registry = if here { in_folder(env, Path::new("policies"))? } else { registered(env)? };
        return Ok(vec![Group { ids: ids(&registry), registry }]);
    }
    let group = |dir: &PathBuf| {
        let named = in_folder(env, dir)?;
        let ids = ids(&named);
        let others = if env.cwd.join(dir).join("policy.yaml").is_file() { neighbours(env, dir)? } else { Vec::new() };
        let others = others.into_iter().filter(|source| !ids.contains(&source.id));
        let registry = named.into_iter().chain(others).collect();
        Ok(Group { ids, registry })
    };
    dirs.iter().map(group).collect()
}
