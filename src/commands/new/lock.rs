//! The lock of a new service: which one binds it, and what goes into its own.

use crate::cli::NewArgs;
use crate::config::{LOCK_FILE, Lock, SERVICE_FILE};
use crate::error::{Error, Kind};
use crate::template::Rendered;

use super::super::root::fits;
use super::super::{layers, own};
use super::resolve::{Held, Resolved, resolve};
use super::shelf::{self, Shelf};
use super::{Env, locked};

/// The lock that the user wants the service to be made by.
pub(super) fn wanted(env: &Env<'_>, args: &NewArgs) -> Result<Option<Lock>, Error> {
    if !args.locked && !args.frozen {
        return if args.lock.is_none() { Ok(None) } else { Err(Error::usage("`--lock` says which lock, and `--locked` that it binds")) };
    }
    let Some(file) = &args.lock else {
        let lock = locked::read(&env.cwd.join(&args.dir), &args.dir)?;
        let missing = || Error::usage(format!("there is no {LOCK_FILE} in `{}`", args.dir.display())).help("name one with `--lock FILE`");
        return lock.ok_or_else(missing).map(Some);
    };
    let failed = |error: Error| if error.kind == Kind::Io { Error::usage(format!("the lock: {error}")) } else { error };
    let text = own::named(env, file, file.display().to_string()).map_err(failed)?;
    Ok(Some(Lock::read(&text)?))
}

/// The template with its layers: the locked versions, which may not be chosen anew, or what minimum version selection takes now.
pub(super) fn resolved(env: &Env<'_>, args: &NewArgs, lock: Option<&Lock>) -> Result<(Shelf, Resolved), Error> {
    let (shelf, resolved) = match lock {
        Some(lock) => {
            let (shelf, resolved) = locked::open(env, lock, &args.template, &[])?;
            locked::attested(&shelf, lock)?;
            asked(&args.template, &resolved)?;
            (shelf, resolved)
        }
        None => {
            let (shelf, unit) = shelf::open(env, &args.template)?;
            let resolved = resolve(&shelf, shelf.layer(&unit)?, Vec::new(), Held::Nothing)?;
            (shelf, resolved)
        }
    };
    resolved.notices.iter().for_each(|notice| env.notice(notice.clone()));
    Ok((shelf, resolved))
}

/// Refuses a version that was asked for and is not the locked one.
fn asked(template: &str, resolved: &Resolved) -> Result<(), Error> {
    let top = resolved.stack.top();
    let version = &top.file.version;
    match template.split_once('@') {
        Some((_, asked)) if !fits(version, asked) => {
            let title = format!("{} is locked at {version}, and {asked} was asked for", top.name);
            Err(Error::config(title).help("name the template without a version, or leave out `--locked`"))
        }
        _ => Ok(()),
    }
}

/// Writes into the lock what is known of each layer, the policies of the federation and the policy layers of the service, which the texts
/// of its `polity.yaml` name; a lock that binds stays as it is.
pub(in crate::commands) fn seal(
    env: &Env<'_>,
    shelf: &Shelf,
    rendered: &mut Rendered,
    resolved: &Resolved,
    described: &[Vec<u8>],
) -> Result<(), Error> {
    for layer in &mut rendered.layers {
        layer.known = resolved.known.get(&layer.name).cloned();
    }
    let (policies, layers) = (shelf.locked_policies(), layers::locked(env, shelf, described)?);
    rendered.relock(|lock| (lock.policies, lock.policy_layers) = (policies, layers));
    Ok(())
}

/// As [`seal`], with what a lock says that binds.
pub(in crate::commands) fn seal_as(rendered: &mut Rendered, lock: &Lock) {
    for layer in &mut rendered.layers {
        layer.known = lock.layer(&layer.name).and_then(|locked| locked.known.clone());
    }
    let (policies, layers) = (lock.policies.clone(), lock.policy_layers.clone());
    rendered.relock(|lock| (lock.policies, lock.policy_layers) = (policies, layers));
}

/// What a result says in its `polity.yaml`.
pub(in crate::commands) fn described(rendered: &Rendered) -> Vec<u8> {
    let file = rendered.files.iter().find(|(path, _)| path.as_str() == SERVICE_FILE);
    file.map(|(_, file)| file.bytes.to_vec()).unwrap_or_default()
}
