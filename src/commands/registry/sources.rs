//! Where the news of a namespace comes from: its registry, or all of its mirrors when that cannot be had, or what the user names.

use std::time::Duration;

use crate::cli::SyncArgs;
use crate::config::{Address, Lock};
use crate::disk::Cache;
use crate::error::Error;

use super::federation::{Federated, Known};
use super::fetch::Failure;
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

/// Asks the registry and, when it does not answer, is not believed or lacks the bytes of a release, every mirror: no mirror is trusted to
/// be up to date, so each adds what it knows, and the one with the newest history is the source.
pub(super) fn ask(federated: &Federated, cache: &Cache, namespace: &str, lock: Option<&Lock>, args: &SyncArgs) -> Result<Report, Error> {
    let rules = &federated.federation.file.namespaces[namespace];
    let own = || std::iter::once(&rules.url).chain(&rules.mirrors).cloned().collect();
    let addresses: Vec<String> = args.from.as_ref().map_or_else(own, |from| vec![from.clone()]);
    let mut report = Report { namespace: namespace.to_owned(), ..Report::default() };
    for text in addresses {
        let is_answered = report.source.as_ref() == Some(&rules.url);
        if is_answered && report.lacking.iter().all(|(tree, _)| cache.has_tree(tree)) {
            break;
        }
        // What the user names on the command line stands where the user stands, not where the file stands.
        let address = if args.from.is_some() { place(&text)? } else { federated.address(&text)? };
        // Before the registry is asked: what is published here meanwhile is not what it withholds.
        let mut known = federated.known(cache, namespace)?;
        known.locked = lock.and_then(|lock| lock.checkpoint(namespace).cloned());
        known.overlook(cache);
        // What was wrong with a source that was not believed is no matter once another one is, nor what an older one lacked.
        let before = (std::mem::take(&mut report.problems), std::mem::take(&mut report.lacking));
        match visit(&address, cache, &known, (&rules.url, &text), args, &mut report)? {
            // The registry has the last word; its mirrors bring what it lacks.
            Ok(()) if is_answered => (report.problems, report.lacking) = before,
            Ok(()) => report.source = Some(text),
            Err(Failure { why, refused }) => {
                report.failures.push((text, why, refused));
                if report.source.is_some() || !refused {
                    (report.problems, report.lacking) = before;
                }
            }
        }
        // Without signers nothing tells a newer state from an older one: the first that answers is taken.
        if known.trust.is_none() && report.source.is_some() {
            break;
        }
    }
    let lacking = std::mem::take(&mut report.lacking).into_iter().filter(|(tree, _)| !cache.has_tree(tree));
    report.problems.extend(lacking.map(|(_, why)| why));
    Ok(report)
}

/// Takes over what is served at an address. The outer error is a failure of this machine. What was fetched before and is damaged is
/// fetched anew: it is no fault of the registry's.
fn visit(
    address: &Address,
    cache: &Cache,
    known: &Known,
    places: (&str, &str),
    args: &SyncArgs,
    report: &mut Report,
) -> Result<Result<(), Failure>, Error> {
    let deadline = Duration::from_secs(args.timeout);
    let once = |report: &mut Report| -> Result<Result<(), Failure>, Error> {
        let fetched = match fetch::fetch(address, cache, deadline) {
            Ok(fetched) => fetched,
            Err(failure) if fetch::is_full(&failure) => return Err(Error::io("keep it in the cache", failure.why)),
            Err(failure) => return Ok(Err(failure)),
        };
        let judged = inspect::check_namespace(&fetched.snapshot, &known.space.namespace);
        match judged.and_then(|()| take(&fetched, cache, known, places, report)) {
            Ok(done) => done.map(Ok),
            Err(why) => Ok(Err(Failure { why, refused: true })),
        }
    };
    let outcome = once(report)?;
    let is_odd = outcome.is_err() || !report.problems.is_empty() || !report.lacking.is_empty();
    if !is_odd || !fetch::mend(address, cache, deadline) {
        return Ok(outcome);
    }
    (report.problems, report.lacking) = Default::default();
    once(report)
}

fn place(text: &str) -> Result<Address, Error> {
    Address::parse(text).map_err(|e| Error::usage(e.to_string()).help(e.help()))
}
