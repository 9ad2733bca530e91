//! The registries that a user names for a proposal: where the branch is made, and only for namespaces that the federation does not bring
//! also where the layers come from.

use std::path::PathBuf;

use crate::disk::update::Ground;
use crate::error::Error;

use super::super::federation::{self, Federated};
use super::Env;
use super::branch::registry_of;

/// The folders that were named. Those whose namespace the federation has are taken from the registries at hand: the service was made from
/// what was released, and a checkout of it is no second registry.
pub(super) fn named(env: &mut Env<'_>) -> Result<Vec<PathBuf>, Error> {
    let all = env.registries.clone();
    if let Some(federated) = federation::find(env)? {
        let mut others = Vec::new();
        for folder in &all {
            let namespace = Ground::open(&env.cwd.join(folder)).ok().and_then(|ground| Some(registry_of(&ground, folder)?.namespace));
            let is_known = namespace.map(|namespace| is_usable(&federated, &namespace)).transpose()?;
            if !is_known.unwrap_or_default() {
                others.push(folder.clone());
            }
        }
        env.registries = others;
    }
    Ok(all)
}

/// Whether layers of a namespace can come from the cache.
fn is_usable(federated: &Federated, namespace: &str) -> Result<bool, Error> {
    if !federated.federation.file.namespaces.contains_key(namespace) {
        return Ok(false);
    }
    Ok(federated.known(&federation::cache()?, namespace)?.freshness.is_usable())
}
