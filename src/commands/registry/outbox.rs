//! `polity outbox`: what was published without a connection.

use std::time::Duration;

use serde_json::json;

use crate::cli::{OutboxArgs, OutboxVerb, OutputFormat};
use crate::error::{Error, Exit};

use super::federation::{cache, find};
use super::{Env, print, reconcile, waiting};

/// Shows or pushes what waits.
pub(in crate::commands) fn run(args: &OutboxArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (cache, federated) = (cache()?, find(env)?);
    let waiting = || waiting::waiting(&cache, federated.as_ref());
    if args.verb.is_none() {
        let waiting = waiting();
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
    let Some(OutboxVerb::Push { timeout }) = args.verb else { return Ok(Exit::Clean) };
    if env.offline {
        return Err(Error::usage("`outbox push` needs the network, and `--offline` forbids it"));
    }
    let pushed = reconcile::push_waiting(&cache, waiting(), Duration::from_secs(timeout), env)?;
    print(env, &pushed.lines.iter().map(|line| format!("{line}\n")).collect::<String>())?;
    Ok(if pushed.is_done { Exit::Clean } else { Exit::Io })
}
