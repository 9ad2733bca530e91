//! The outbox as the federation file sees it now: an address may have changed since something was put there.

use crate::config::Address;
use crate::disk::{Cache, Queued};

use super::federation::Federated;

/// What waits, each with the address that the federation file names by now.
pub(super) fn waiting(cache: &Cache, federated: Option<&Federated>) -> Vec<(String, Queued)> {
    let named = |queued: &Queued| {
        let federated = federated.filter(|federated| federated.federation.file.federation == queued.federation)?;
        match federated.address(&federated.federation.file.namespaces.get(&queued.namespace)?.url) {
            Ok(Address::Git { url, .. }) => Some(url),
            _ => None,
        }
    };
    let mut waiting = cache.outbox();
    for (_, queued) in &mut waiting {
        queued.url = named(queued).unwrap_or_else(|| queued.url.clone());
    }
    waiting
}
