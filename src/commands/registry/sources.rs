//! Where the news of a namespace comes from: its registry, or all of its mirrors when that cannot be had, or what the user names.

use std::time::Duration;

use crate::cli::SyncArgs;
use crate::config::{Address, Lock};
use crate::disk::Cache;
use crate::error::Error;

use super::federation::Federated;
use super::take::{Report, take};
use super::{fetch, inspect};

/// The namespaces of a sync: those that were named, or the one that a named place is of, or all.
pub(super) fn namespaces(federated: &Federated, cache: &Cache, args: &SyncArgs) -> Result<Vec<String>, Error> {
    let Some(from) = args.from.as_ref().filter(|_| args.namespaces.is_empty()) else { return federated.chosen(&args.namespaces) };
    let fetched = fetch::fetch(&place(from)?, cache, Duration::from_secs(args.timeout)).map_err(|failure| {
        let title = format!("cannot take anything from `{from}`: {}", failure.why);
        if failure.refused { Error::config(title) } else { Error::io(format!("reach `{from}`"), failure.why) }
    })?;
    let claimed = inspect::namespace(&fetched.snapshot).map_err(|why| {
        Error::config(format!("`{from}` does not say whose it is: {why}"))
            .help("name its namespace: `polity registry sync NAMESPACE --from …`")
    })?;
    federated.chosen(&[claimed])
}

/// Asks the registry and, when it does not answer or is not believed, every mirror: no mirror is trusted to be up to date, so each adds
/// what it knows, and the one with the newest history is the source.
pub(super) fn ask(federated: &Federated, cache: &Cache, namespace: &str, lock: Option<&Lock>, args: &SyncArgs) -> Result<Report, Error> {
    let rules = &federated.federation.file.namespaces[namespace];
    let own = || std::iter::once(&rules.url).chain(&rules.mirrors).cloned().collect();
    let addresses: Vec<String> = args.from.as_ref().map_or_else(own, |from| vec![from.clone()]);
    let mut report = Report { namespace: namespace.to_owned(), ..Report::default() };
    for text in addresses {
        if report.source.as_ref() == Some(&rules.url) {
            break;
        }
        // What the user names on the command line stands where the user stands, not where the file stands.
        let address = if args.from.is_some() { place(&text)? } else { federated.address(&text)? };
        // Before the registry is asked: what is published here meanwhile is not what it withholds.
        let mut known = federated.known(cache, namespace)?;
        known.locked = lock.and_then(|lock| lock.checkpoint(namespace).cloned());
        let fetched = match fetch::fetch(&address, cache, Duration::from_secs(args.timeout)) {
            Ok(fetched) => fetched,
            Err(fetch::Failure { why, refused }) => {
                report.failures.push((text, why, refused));
                continue;
            }
        };
        // What was wrong with a source that was not believed is no matter once another one is, nor what an older one lacked.
        let before = std::mem::take(&mut report.problems);
        let judged = inspect::check_namespace(&fetched.snapshot, namespace);
        match judged.and_then(|()| take(&fetched, cache, &known, (&rules.url, &text), &mut report)) {
            // Without signers nothing tells a newer state from an older one: the first that answers is taken.
            Ok(Ok(())) if known.trust.is_none() => {
                report.source = Some(text);
                break;
            }
            Ok(Ok(())) => report.source = Some(text),
            Ok(Err(error)) => return Err(error),
            Err(why) => {
                report.failures.push((text, why, true));
                if report.source.is_some() {
                    report.problems = before;
                }
            }
        }
    }
    Ok(report)
}

fn place(text: &str) -> Result<Address, Error> {
    Address::parse(text).map_err(|e| Error::usage(e.to_string()).help(e.help()))
}
