//! From signed statements to other machines: a commit, a push, or the outbox.

use std::time::Duration;

use crate::catalog::trust::StatementSet;
use crate::cli::PublishArgs;
use crate::config::Address;
use crate::disk::{Queued, Space};
use crate::error::Error;
use crate::net::{ProgramError, git};

use super::Env;
use super::branch::{self, Reach};
use super::commit::commit;
use super::desk::Desk;
use super::federation::now;
use super::progress::spinner;
use super::reconcile;

const DEADLINE: Duration = Duration::from_secs(60);

/// Writes what was made below `statements/`, commits and tags it, and sends it; returns what became of it, for people.
pub(super) fn deliver(
    desk: &Desk,
    (made, summary, tag): (&StatementSet, &str, Option<&str>),
    args: &PublishArgs,
    env: &Env<'_>,
) -> Result<String, Error> {
    let reach = branch::check(desk, args, env)?;
    let refs = commit(desk, made, summary, tag)?;
    send(desk, refs, (made, summary), reach, env)
}

/// Pushes, or puts into the outbox what cannot be pushed now.
fn send(desk: &Desk, refs: Vec<String>, (made, summary): (&StatementSet, &str), reach: Reach, env: &Env<'_>) -> Result<String, Error> {
    let url = desk.federated.federation.file.namespaces[&desk.namespace].url.clone();
    let (root, namespace) = (desk.root.display(), &desk.namespace);
    let url = match desk.federated.address(&url)? {
        Address::Git { url, .. } => url,
        Address::Folder(_) => return Ok(format!("{summary}\n  written to {root}\n")),
        Address::Static { .. } => {
            return Ok(format!(
                "{summary}\n  written to {root}; `polity registry mirror {namespace} DIR` writes what the web server is to hold\n"
            ));
        }
    };
    let Space { federation, namespace } = desk.known.space.clone();
    let (checkout, statements) = (desk.root.to_string_lossy().into_owned(), made.iter().map(|(id, _)| id.clone()).collect());
    let queued = Queued { federation, namespace, checkout, url, refs, at: now(), summary: summary.to_owned(), statements };
    let why = match reach {
        Reach::Later(why) => why,
        Reach::Now => {
            let bar = spinner(env, format!("pushing to {}, {} s at most", queued.url, DEADLINE.as_secs()));
            let pushed = match git::push(&desk.root, &queued.url, &queued.refs, DEADLINE) {
                // Perhaps others published meanwhile.
                Err(ProgramError::Refused(..)) => reconcile::push(&queued, DEADLINE).map_err(|waits| waits.why),
                pushed => pushed.map_err(|error| error.to_string()),
            };
            bar.finish_and_clear();
            match pushed {
                Ok(()) => return Ok(format!("{summary}\n  pushed to {}\n", queued.url)),
                Err(why) => why,
            }
        }
    };
    desk.cache.queue(&queued)?;
    Ok(format!("{summary}\n  waits in the outbox ({why}); `polity outbox push` sends it\n"))
}
