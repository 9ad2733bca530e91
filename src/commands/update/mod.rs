//! `polity update`: a service brought to newer versions of its template, all or nothing.

mod change;
mod clean;
mod failed;
mod layers;
mod recover;
mod summary;
mod target;
mod unmerged;
mod version;
mod words;
mod write;

use crate::cli::UpdateArgs;
use crate::disk::update::Ground;
use crate::error::{Error, Exit};
use crate::template::life::sides;

use super::service::Service;
use super::{Env, locked, print, provenance, service, show};

pub(super) use change::{Carry, Done, carry_out};
use clean::settled;
pub(super) use clean::{Stash, ready};
pub(super) use failed::failed;
pub(super) use recover::recover;
pub(super) use summary::About;
pub(super) use target::{Target, Wanted};
use write::Own;
pub(super) use write::own;

/// Brings a service to newer versions, or shows what that would change, or takes the last update back.
pub(super) fn run(args: &UpdateArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let ground = service::ground(env, &args.dir)?;
    if args.abort {
        return recover::abort(args, env, &ground);
    }
    recover(env, &ground)?;
    if !args.locked
        && !args.frozen
        && let Some(exit) = unmerged::settle(args, env, &ground)?
    {
        return Ok(exit);
    }
    let own = own(&ground);
    let service = service::open(ground, &args.dir)?;
    if args.locked || args.frozen {
        locked::prove(env, &service)?;
        let text = summary::as_locked(env, &service, args.format);
        print(env, &text)?;
        return Ok(Exit::Clean);
    }
    let wanted = Wanted {
        template: args.from.clone().unwrap_or_else(|| service.record.from.clone()),
        extras: layers::extras(args, &service)?,
        asked: &args.add,
        to: args.to.as_deref(),
        answers: args.answers.as_deref(),
        set: &args.set,
        defaults: args.defaults,
        dir: &args.dir,
    };
    let target = Target::work_out(env, &wanted, Some(&service), &service.name())?;
    let about = summary::About::of(&service, &target);
    if service.lock.differences(target.lock()).is_empty() {
        let text = about.unchanged(env, args.format);
        print(env, &text)?;
        return Ok(Exit::Clean);
    }
    bring(args, env, &service, &target, &about, own)
}

/// Merges what the target brings into the service, or shows what that would change.
fn bring(args: &UpdateArgs, env: &mut Env<'_>, service: &Service, target: &Target, about: &About, own: Own) -> Result<Exit, Error> {
    settled(&service.ground)?;
    if !args.dry_run {
        ready(&service.ground, target, if args.stash { Stash::Asked } else { Stash::Offered })?;
    }
    let base = service.base(&|| provenance::layers(env, service))?;
    let seen = sides(Some(&service.lock), base, &target.rendered, &mut |path| seen_file(&service.ground, path));
    let carry = Carry {
        ground: &service.ground,
        target,
        seen,
        title: about.title.clone(),
        before: Some(&service.lock),
        is_real: !args.dry_run,
        is_diff: args.diff,
        stash: args.stash,
        own,
    };
    let done = carry_out(&carry)?;
    recover::tell(env, done.back.unwrap_or_default());
    let text = about.done(env, args.format, args.dry_run, service.ground.is_versioned(), &done);
    show(env, &text)?;
    if let Some(error) = done.unfit {
        return Err(error);
    }
    Ok(if done.merged.clashes.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// A file of the service as a merge sees it: as it was committed, or as it lies there when git leaves it out.
pub(super) fn seen_file(ground: &Ground, path: &crate::tree::RepoPath) -> Option<(crate::tree::Mode, Vec<u8>)> {
    ground.committed(path).ok().flatten().or_else(|| ground.file(path))
}
