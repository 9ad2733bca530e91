//! `polity registry yank`, `revoke` and `deprecate`: a version is taken back by a further statement; nothing is deleted.

use std::path::Path;

use semver::Version;

use crate::catalog::is_name;
use crate::catalog::trust::{Body, Deprecation, Standing, UnitKey, Withdrawal};
use crate::cli::{DeprecateArgs, WithdrawArgs};
use crate::error::{Error, Exit};

use super::desk::{Desk, desk, nearest};
use super::publish::publish;
use super::release::unit_of;
use super::{Env, unit};

/// How much is taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Not chosen any more.
    Yank,
    /// Not used any more.
    Revoke,
}

/// Publishes the statement.
pub(super) fn run(args: &WithdrawArgs, weight: Weight, env: &mut Env<'_>) -> Result<Exit, Error> {
    let desk = desk(env, &args.unit)?;
    let unit = published(env, &args.unit, &desk)?;
    let version = Version::parse(&args.version).map_err(|e| Error::usage(format!("`{}` is not a version: {e}", args.version)))?;
    match desk.known.state.standing(&unit, &version, None) {
        Standing::Unknown => return Err(Error::usage(format!("{} has no release {version}", unit::folder(&unit)))),
        Standing::Revoked { reason } => {
            return Err(Error::usage(format!("{} {version} is revoked already: {reason}", unit::folder(&unit))));
        }
        Standing::Yanked { reason, .. } if weight == Weight::Yank => {
            return Err(Error::usage(format!("{} {version} is yanked already: {reason}", unit::folder(&unit))));
        }
        _ => {}
    }
    let body = Withdrawal { kind: unit.0, name: unit.1, version: version.to_string(), reason: args.reason.clone() };
    let body = if weight == Weight::Yank { Body::Yank(body) } else { Body::Revoke(body) };
    publish(&desk, Some(body), None, &args.publish, env)
}

/// The template or policy that a folder is, or was: what its owners have deleted can still be taken back.
fn published(env: &Env<'_>, folder: &Path, desk: &Desk) -> Result<UnitKey, Error> {
    unit_of(env, folder, desk).or_else(|error| {
        let real = nearest(&env.cwd.join(folder)).map_err(|_| error.clone())?;
        let inside = real.strip_prefix(&desk.root).unwrap_or(&real).to_string_lossy().replace('\\', "/");
        desk.known.state.units().find(|known| unit::folder(known) == inside).cloned().ok_or(error)
    })
}

/// Publishes that something else is to be used.
pub(super) fn deprecate(args: &DeprecateArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let desk = desk(env, &args.unit)?;
    let unit = published(env, &args.unit, &desk)?;
    if !desk.known.state.units().any(|known| *known == unit) {
        return Err(Error::usage(format!("{} has no release", unit::folder(&unit))));
    }
    let is_name = args.successor.split_once('/').is_some_and(|(namespace, id)| is_name(namespace) && is_name(id));
    if !is_name || args.successor == format!("{}/{}", desk.namespace, unit.1) {
        return Err(Error::usage(format!("`{}` is no successor", args.successor)).help("name another one as `namespace/name`"));
    }
    let (successor, reason) = (args.successor.clone(), args.reason.clone());
    let body = Deprecation { kind: unit.0, name: unit.1, successor, reason };
    publish(&desk, Some(Body::Deprecate(body)), None, &args.publish, env)
}
