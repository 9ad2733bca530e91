//! `polity registry sync`: the one verb that waits for the network.

use std::time::Duration;

use indicatif::ProgressBar;

use crate::cli::SyncArgs;
use crate::config::{Address, Lock};
use crate::disk::Cache;
use crate::error::{Error, Exit};

use super::federation::{Federated, cache, expect};
use super::take::{Report, take};
use super::{Env, fetch, inspect, list, locked, org, print, send};

/// Fetches the namespaces one after the other; none stops the others.
pub(super) fn run(args: &SyncArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (mut federated, cache) = (expect(env)?, cache()?);
    if env.offline {
        return Err(Error::usage("`sync` needs the network, and `--offline` forbids it"));
    }
    let org = org::refresh(&federated, args.timeout)?;
    if org.as_ref().is_some_and(|org| matches!(org.outcome, Ok(true))) {
        federated = expect(env)?;
    }
    let namespaces = federated.chosen(&args.namespaces)?;
    // First, or what was published here would be news that the registry withholds.
    let pushed = send::push_waiting(&cache, &federated, Duration::from_secs(args.timeout))?;
    let lock = locked::around(env)?;
    let mut reports = Vec::new();
    let bar = if env.progress { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.enable_steady_tick(Duration::from_millis(120));
    for namespace in &namespaces {
        bar.set_message(format!("{namespace}: {}", federated.federation.file.namespaces[namespace].url));
        reports.push(namespace_of(&federated, &cache, namespace, lock.as_ref(), args)?);
    }
    bar.finish_and_clear();
    let knowns = namespaces.iter().map(|name| federated.known(&cache, name)).collect::<Result<Vec<_>, _>>()?;
    let text = list::sync_report(org.as_ref(), &reports, &knowns, &pushed, args);
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

fn namespace_of(federated: &Federated, cache: &Cache, namespace: &str, lock: Option<&Lock>, args: &SyncArgs) -> Result<Report, Error> {
    let rules = &federated.federation.file.namespaces[namespace];
    let own = || std::iter::once(&rules.url).chain(&rules.mirrors).cloned().collect();
    let addresses: Vec<String> = args.from.as_ref().map_or_else(own, |from| vec![from.clone()]);
    let mut known = federated.known(cache, namespace)?;
    known.locked = lock.and_then(|lock| lock.checkpoint(namespace).cloned());
    let mut report = Report { namespace: namespace.to_owned(), ..Report::default() };
    for text in addresses {
        // What the user names on the command line stands where the user stands, not where the file stands.
        let address = if args.from.is_some() {
            Address::parse(&text).map_err(|e| Error::usage(e.to_string()).help(e.help()))?
        } else {
            federated.address(&text)?
        };
        let fetched = match fetch::fetch(&address, cache, Duration::from_secs(args.timeout)) {
            Ok(fetched) => fetched,
            Err(fetch::Failure { why, refused }) => {
                report.failures.push((text, why, refused));
                continue;
            }
        };
        // What was wrong with a source that was not believed is no matter once another one is.
        report.problems.clear();
        let judged = inspect::check_namespace(&fetched.snapshot, namespace);
        match judged.and_then(|()| take(&fetched, cache, &known, (&rules.url, &text), &mut report)) {
            Ok(Ok(())) => {
                report.source = Some(text);
                break;
            }
            Ok(Err(error)) => return Err(error),
            Err(why) => report.failures.push((text, why, true)),
        }
    }
    Ok(report)
}
