//! `polity registry cosign`: further signatures for what others signed, where the federation wants more than one.

use crate::catalog::trust::{Signed, StatementSet, judge};
use crate::cli::CosignArgs;
use crate::disk::signing;
use crate::error::{Error, Exit};
use crate::report::human::count;

use super::desk::{Desk, desk};
use super::federation::now;
use super::publish::{attested, is_begun, keep};
use super::send::deliver;
use super::{Env, print};

/// Signs every statement that lacks nothing but signers, each shown by its summary.
pub(super) fn run(args: &CosignArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let desk = desk(env, &args.dir)?;
    let trust = desk.known.trust.as_ref().expect("a desk has signers");
    let key = signing::key(args.publish.key.as_deref(), &env.cwd, &desk.root)
        .map_err(|e| Error::config(e.to_string()).help("name a key with `--key FILE`"))?;
    let open = desk.known.set().iter().filter(|(id, _)| desk.known.state.refused.get(id).is_some_and(is_begun));
    let (mut made, mut lines) = (StatementSet::default(), String::new());
    for (_, signed) in open.filter(|(_, signed)| signed.signatures.values().all(|s| s.attestor.key != key.fingerprint)) {
        let armor = signing::sign(&key, signed.text.as_bytes()).map_err(|e| Error::config(e.to_string()))?;
        let signatures = [attested(&signed.text, armor)?].into();
        lines += &format!("{} (by {})\n", signed.statement.summary(), signed.statement.signer);
        made.insert(Signed { signatures, ..signed.clone() });
    }
    let unsent = if made.is_empty() { unsent(&desk, &key)? } else { 0 };
    if made.is_empty() && unsent == 0 {
        print(env, "nothing waits for a signature of yours\n")?;
        return Ok(Exit::Clean);
    }
    let mut all = desk.known.set().clone();
    all.merge(&made);
    let state = judge(&all, trust, now());
    if let Some(why) = made.iter().find_map(|(id, _)| state.refused.get(id)).filter(|why| !is_begun(why)) {
        return Err(Error::config(format!("the signature would not count: {why}")).help("the federation file says whose keys count"));
    }
    let waiting = made.iter().filter(|(id, _)| state.refused.contains_key(id)).count();
    let summary = format!("cosign {}", count(made.len() + unsent, "statement", "statements"));
    lines += &deliver(&desk, (&made, &summary, None), &args.publish, env)?;
    keep(&desk, &all)?;
    if waiting > 0 {
        lines += &format!("  {waiting} of them still wait for further signers\n");
    }
    print(env, &lines)?;
    Ok(Exit::Clean)
}

/// How many statements of others a killed run signed with this key and did not send: they are not in the log of this machine yet.
fn unsent(desk: &Desk, key: &signing::Key) -> Result<usize, Error> {
    let (present, _) = desk.cache.statements(&desk.known.space)?;
    let signed = |signed: &Signed| signed.signatures.values().any(|s| s.attestor.key == key.fingerprint);
    let is_shared = |id| desk.known.set().get(id).is_some_and(|signed| signed.signatures.len() > 1);
    Ok(desk.known.set().beyond(&present).iter().filter(|(id, new)| signed(new) && is_shared(id)).count())
}
