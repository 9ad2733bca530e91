//! What was published without a connection meets what others published meanwhile.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::disk::{Cache, Queued, joined};
use crate::error::Error;
use crate::net::git;

use super::Env;
use super::earlier::pinned;
use super::progress::spinner;

/// What became of everything that waits.
pub(super) struct Pushed {
    /// A line for each publication.
    pub(super) lines: Vec<String>,
    /// Whether nothing waits any more.
    pub(super) is_done: bool,
}

/// Why a publication goes on waiting.
pub(super) struct Waits {
    pub(super) why: String,
    /// Whether its registry did not answer, so that nothing else can be sent there now.
    is_unreachable: bool,
}

impl From<String> for Waits {
    fn from(why: String) -> Self {
        Self { why, is_unreachable: false }
    }
}

/// Pushes what waits, oldest first. A registry that does not answer is asked once.
pub(super) fn push_waiting(cache: &Cache, waiting: Vec<(String, Queued)>, deadline: Duration, env: &Env<'_>) -> Result<Pushed, Error> {
    let (mut pushed, mut silent) = (Pushed { lines: Vec::new(), is_done: true }, BTreeMap::<String, String>::new());
    for (name, queued) in waiting {
        let bar = spinner(env, format!("pushing {} to {}, {} s at most", queued.summary, queued.url, deadline.as_secs()));
        let sent = match silent.get(&queued.url) {
            Some(why) => Err(Waits::from(why.clone())),
            None => push(&queued, deadline),
        };
        bar.finish_and_clear();
        match sent {
            Ok(()) => {
                cache.dequeue(&name)?;
                pushed.lines.push(format!("pushed {} to {}", queued.summary, queued.url));
            }
            Err(waits) => {
                pushed.is_done = false;
                pushed.lines.push(format!("waits: {} ({})", queued.summary, waits.why));
                if waits.is_unreachable {
                    silent.insert(queued.url, waits.why);
                }
            }
        }
    }
    Ok(pushed)
}

/// Pushes one publication, which is commits by their ids: what is checked out meanwhile is neither sent nor changed. When others published
/// meanwhile, their commits are merged first: statements are files that never conflict.
pub(super) fn push(queued: &Queued, deadline: Duration) -> Result<(), Waits> {
    let checkout = Path::new(&queued.checkout);
    let run = |args: &[&str]| git::run(checkout, args, deadline).map(|said| said.trim().to_owned()).map_err(|e| e.to_string());
    let send = |refs: &[String]| git::push(checkout, &queued.url, refs, deadline).map_err(|e| e.to_string());
    let refs = pinned(queued, &run)?;
    let mut pairs = refs.iter().filter_map(|r| r.split_once(':'));
    let Some((commit, own)) = pairs.find(|(_, to)| to.starts_with("refs/heads/")) else { return Ok(send(&refs)?) };
    let read = git::default_branch(checkout, &queued.url, deadline);
    let read = read.map_err(|error| Waits { why: error.to_string(), is_unreachable: true })?;
    let branch = read.as_deref().unwrap_or(own);
    let refused = if branch == own { send(&refs).err() } else { None };
    if branch == own && refused.is_none() {
        return Ok(());
    }
    run(&["fetch", "--quiet", "--no-tags", "--end-of-options", &queued.url, branch]).map_err(|why| refused.clone().unwrap_or(why))?;
    let theirs = run(&["rev-parse", "--verify", "FETCH_HEAD"])?;
    let has = |below: &str, above: &str| run(&["merge-base", "--is-ancestor", below, above]).is_ok();
    // There is nothing to merge: it is refused for another reason.
    if let Some(why) = refused.filter(|_| theirs != commit && has(&theirs, commit)) {
        return Err(why.into());
    }
    let merged = if has(commit, &theirs) {
        theirs
    } else if branch == own {
        let tree = joined(checkout, commit, &theirs)
            .map_err(|why| format!("others published meanwhile, and their changes do not merge: {why}"))?;
        run(&["commit-tree", "-p", commit, "-p", &theirs, "-m", "merge what others published", &tree])?
    } else {
        let why = format!("it is on {own}, which nobody reads: merge it into {branch}, the registry's default branch, and push that");
        return Err(why.into());
    };
    let others = refs.iter().filter(|r| **r != format!("{commit}:{own}")).cloned();
    send(&others.chain([format!("{merged}:{branch}")]).collect::<Vec<_>>())?;
    // A branch that still ends with what was sent goes on from the merge; work that is checked out and would be touched stays as it is.
    let is_there = run(&["symbolic-ref", "HEAD"]).is_ok_and(|at| at == branch) && run(&["rev-parse", "HEAD"]).is_ok_and(|at| at == commit);
    if is_there {
        let _ = run(&["merge", "--quiet", "--ff-only", "--no-verify", &merged]);
    }
    Ok(())
}
