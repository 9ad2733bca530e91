//! `polity registry sync`: the one verb that waits for the network.

use std::time::Duration;

use crate::cli::SyncArgs;
use crate::error::{Error, Exit};

use super::federation::{cache, expect};
use super::progress::spinner;
use super::take::Report;
use super::{Env, list, locked, org, print, reconcile, sources, waiting};

/// Fetches the namespaces one after the other; none stops the others.
pub(super) fn run(args: &SyncArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (mut federated, cache) = (expect(env)?, cache()?);
    if env.offline {
        return Err(Error::usage("`sync` needs the network, and `--offline` forbids it"));
    }
    cache.probe()?;
    let org = org::refresh(&federated, args.timeout)?;
    if org.as_ref().is_some_and(|org| matches!(org.outcome, Ok(true))) {
        federated = expect(env)?;
    }
    let namespaces = sources::namespaces(&federated, &cache, args)?;
    // First, or what was published here would be news that the registry withholds.
    let own = &federated.federation.file.federation;
    let mut waiting = waiting::waiting(&cache, Some(&federated));
    waiting.retain(|(_, queued)| queued.federation == *own);
    let pushed = reconcile::push_waiting(&cache, waiting, Duration::from_secs(args.timeout), env)?;
    let lock = locked::around(env)?;
    let mut reports = Vec::new();
    let bar = spinner(env, String::new());
    for namespace in &namespaces {
        bar.set_message(format!("{namespace}: {}", federated.federation.file.namespaces[namespace].url));
        reports.push(sources::ask(&federated, &cache, namespace, lock.as_ref(), args)?);
    }
    bar.finish_and_clear();
    let knowns = namespaces.iter().map(|name| federated.known(&cache, name)).collect::<Result<Vec<_>, _>>()?;
    let text = list::sync_report(org.as_ref(), &reports, &knowns, &pushed.lines, args);
    print(env, &text)?;
    let refused = |r: &Report| r.source.is_none() && r.failures.iter().any(|(.., refused)| *refused);
    Ok(if reports.iter().any(refused) {
        Exit::Config
    } else if reports.iter().any(|r| r.source.is_none()) || org.is_some_and(|org| org.outcome.is_err()) {
        Exit::Io
    } else if reports.iter().any(|r| !r.problems.is_empty()) {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
