//! Publishing: a statement and a checkpoint over everything are signed, written, and sent.

use std::path::Path;

use crate::catalog::trust::{
    Attested, Body, Refusal, Signed, State, Statement, StatementSet, Timestamp, Trust, checkpoint_over, judge, verify,
};
use crate::cli::PublishArgs;
use crate::disk::{Space, signing};
use crate::error::{Error, Exit};
use crate::tree::Digest;

use super::desk::{Desk, desk};
use super::federation::now;
use super::send::deliver;
use super::unfinished::refuse_others;
use super::{Env, print};

/// Signs `body` and a checkpoint over everything, and publishes both. `tag` is set on the commit.
pub(super) fn publish(desk: &Desk, body: Option<Body>, tag: Option<&str>, args: &PublishArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    refuse_others(desk, tag)?;
    let valid = humantime::parse_duration(&args.valid)
        .map_err(|_| Error::usage(format!("`{}` is not a length of time such as `30d`", args.valid)))?;
    if valid.is_zero() {
        return Err(Error::usage("nobody may believe a checkpoint that is valid for no time").help("name a length such as `--valid 30d`"));
    }
    let trust = desk.known.trust.as_ref().expect("a desk has signers");
    let key = signing::key(args.key.as_deref(), &env.cwd, &desk.root)
        .map_err(|e| Error::config(e.to_string()).help("name a key with `--key FILE`"))?;
    let (mut set, mut made, at) = (desk.known.set().clone(), StatementSet::default(), now());
    let mut summary = "checkpoint".to_owned();
    if let Some(body) = body {
        let signed = sign(desk, &set, body, at, &key)?;
        summary = signed.statement.summary();
        set.insert(signed.clone());
        made.insert(signed);
    }
    let mut state = judge(&set, trust, at);
    count(&made, &state)?;
    if trust.threshold > 1 {
        // Whoever signs next signs the checkpoint too, so it covers what still waits for signatures.
        state = judge(&set, &Trust { threshold: 1, ..trust.clone() }, at);
        summary += &format!(" (1 of {} signatures; `polity registry cosign` adds the others)", trust.threshold);
    }
    let checkpoint = sign(desk, &set, Body::Checkpoint(checkpoint_over(&set, &state, at.plus(valid))), at, &key)?;
    set.insert(checkpoint.clone());
    made.insert(checkpoint);
    count(&made, &judge(&set, trust, at))?;
    let told = deliver(desk, (&made, &summary, tag), args, env)?;
    keep(desk, &made)?;
    print(env, &told)?;
    Ok(Exit::Clean)
}

/// Refuses statements that would not count, though others signed them too.
fn count(made: &StatementSet, state: &State) -> Result<(), Error> {
    let Some(why) = made.iter().find_map(|(id, _)| state.refused.get(id)).filter(|why| !is_begun(why)) else { return Ok(()) };
    let help = "the federation file says whose keys count, until when, and how many of them";
    Err(Error::config(format!("the statement would not count: {why}")).help(help))
}

/// Into the log of this machine, after everything was sent or queued: a statement that is not in there was not published to its end.
pub(super) fn keep(desk: &Desk, made: &StatementSet) -> Result<(), Error> {
    let guard = desk.cache.lock(&desk.known.space)?;
    let (present, _) = desk.cache.statements(&desk.known.space)?;
    Ok(desk.cache.append(&desk.known.space, &made.beyond(&present), &guard)?)
}

/// Publishes what a killed run signed: commits, tags and sends it. `None` when it was published to its end.
pub(super) fn resume(desk: &Desk, statement: &Digest, tag: &str, args: &PublishArgs, env: &mut Env<'_>) -> Result<Option<Exit>, Error> {
    let (present, _) = desk.cache.statements(&desk.known.space)?;
    let Some(signed) = desk.known.set().get(statement).filter(|_| present.get(statement).is_none()) else { return Ok(None) };
    let covers = |signed: &Signed| matches!(&signed.statement.body, Body::Checkpoint(c) if c.adds.contains(statement));
    if !desk.known.set().iter().any(|(_, signed)| covers(signed)) {
        return publish(desk, None, Some(tag), args, env).map(Some);
    }
    let summary = signed.statement.summary();
    let told = deliver(desk, (&desk.known.set().beyond(&present), &summary, Some(tag)), args, env)?;
    keep(desk, desk.known.set())?;
    print(env, &told)?;
    Ok(Some(Exit::Clean))
}

/// `polity registry checkpoint`: no statement but the checkpoint.
pub(super) fn checkpoint(args: &PublishArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    publish(&desk(env, Path::new("."))?, None, None, args, env)
}

fn sign(desk: &Desk, set: &StatementSet, body: Body, issued: Timestamp, key: &signing::Key) -> Result<Signed, Error> {
    let (trust, space) = (desk.known.trust.as_ref().expect("a desk has signers"), &desk.known.space);
    let listed = trust.signers.iter().find(|s| s.key == key.fingerprint && !s.authority && s.principals.is_name());
    let signer = listed.map(|s| s.principals.as_str().to_owned()).or_else(|| key.principal.clone());
    let signer = signer
        .ok_or_else(|| Error::config(format!("the key {} is not listed among the signers of `{}`", key.fingerprint, desk.namespace)))?;
    let Space { federation, namespace } = space.clone();
    let statement = Statement { federation, namespace, seq: set.next_seq().max(desk.next), issued, signer, body };
    let text = statement.to_text().map_err(|e| Error::config(e.to_string()))?;
    let armor = signing::sign(key, text.as_bytes()).map_err(|e| Error::config(e.to_string()))?;
    Ok(Signed { statement, signatures: [attested(&text, armor)?].into(), text: text.into() })
}

/// A signature that was just made, with whose it is.
pub(super) fn attested(text: &str, armor: String) -> Result<(Digest, Attested), Error> {
    let attestor = verify(&armor, text.as_bytes()).map_err(|e| Error::config(e.to_string()))?;
    Ok((Digest::of(armor.as_bytes()), Attested { armor: armor.into(), attestor }))
}

/// Whether nothing is missing but further signers.
pub(super) fn is_begun(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Threshold { have, first: None, .. } if *have > 0)
}
