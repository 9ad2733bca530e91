//! `polity outbox`: what was published without a connection.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::{OutboxArgs, OutboxVerb, OutputFormat};
use crate::disk::Queued;
use crate::error::{Error, Exit};
use crate::net::git;

use super::federation::cache;
use super::{Env, print};

/// Shows or pushes what waits.
pub(in crate::commands) fn run(args: &OutboxArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let cache = cache()?;
    if args.verb.is_none() {
        let waiting = cache.outbox();
        let text = match args.format {
            OutputFormat::Json => {
                let rows: Vec<_> = waiting.iter().map(|(name, q)| json!({"name": name, "waiting": q})).collect();
                format!("{:#}\n", json!({"schema": "polity/outbox/1", "waiting": rows}))
            }
            OutputFormat::Human if waiting.is_empty() => "nothing waits\n".to_owned(),
            OutputFormat::Human => waiting.iter().map(|(_, q)| format!("{}  {}  to {}\n", q.at, q.summary, q.url)).collect(),
        };
        print(env, &text)?;
        return Ok(Exit::Clean);
    }
    let Some(OutboxVerb::Push) = args.verb else { return Ok(Exit::Clean) };
    if env.offline {
        return Err(Error::usage("`outbox push` needs the network, and `--offline` forbids it"));
    }
    let mut left = false;
    for (name, queued) in cache.outbox() {
        match push(&queued, Duration::from_secs(60)) {
            Ok(()) => {
                cache.dequeue(&name)?;
                print(env, &format!("pushed {} to {}\n", queued.summary, queued.url))?;
            }
            Err(why) => {
                left = true;
                print(env, &format!("waits: {} ({why})\n", queued.summary))?;
            }
        }
    }
    Ok(if left { Exit::Io } else { Exit::Clean })
}

/// Pushes one publication, which is commits by their ids: what is checked out meanwhile is neither sent nor changed. When others published
/// meanwhile, their commits are merged first: statements are files that never conflict.
pub(super) fn push(queued: &Queued, deadline: Duration) -> Result<(), String> {
    let checkout = Path::new(&queued.checkout);
    let send = |refs: &[String]| git::push(checkout, &queued.url, refs, deadline).map_err(|e| e.to_string());
    let mut pairs = queued.refs.iter().filter_map(|r| r.split_once(':'));
    let Some((commit, own)) = pairs.find(|(_, to)| to.starts_with("refs/heads/")) else { return send(&queued.refs) };
    let read = git::default_branch(checkout, &queued.url, deadline).map_err(|e| e.to_string())?;
    let branch = read.as_deref().unwrap_or(own);
    if branch == own && send(&queued.refs).is_ok() {
        return Ok(());
    }
    let run = |args: &[&str]| git::run(checkout, args, deadline).map(|said| said.trim().to_owned()).map_err(|e| e.to_string());
    run(&["fetch", "--quiet", "--no-tags", "--end-of-options", &queued.url, branch])?;
    let theirs = run(&["rev-parse", "--verify", "FETCH_HEAD"])?;
    let merged = if run(&["merge-base", "--is-ancestor", commit, &theirs]).is_ok() {
        theirs
    } else if branch == own {
        let tree = run(&["merge-tree", "--write-tree", commit, &theirs])
            .map_err(|why| format!("others published meanwhile, and their changes do not merge: {why}"))?;
        run(&["commit-tree", "-p", commit, "-p", &theirs, "-m", "merge what others published", &tree])?
    } else {
        return Err(format!("it is on {own}, which nobody reads: merge it into {branch}, the registry's default branch, and push that"));
    };
    let others = queued.refs.iter().filter(|r| **r != format!("{commit}:{own}")).cloned();
    send(&others.chain([format!("{merged}:{branch}")]).collect::<Vec<_>>())?;
    // A branch that still ends with what was sent goes on from the merge; work that is checked out and would be touched stays as it is.
    let is_there = run(&["symbolic-ref", "HEAD"]).is_ok_and(|at| at == branch) && run(&["rev-parse", "HEAD"]).is_ok_and(|at| at == commit);
    if is_there {
        let _ = run(&["merge", "--quiet", "--ff-only", "--no-verify", &merged]);
    }
    Ok(())
}
