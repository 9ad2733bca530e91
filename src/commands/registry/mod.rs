//! `polity registry` and `polity outbox`: publishing to other teams, and learning from them.

mod add;
mod branch;
mod bring;
mod bump;
mod commit;
mod cosign;
mod desk;
mod earlier;
mod fetch;
mod gate;
mod inspect;
mod left;
mod list;
mod mirror;
mod org;
mod outbox;
mod output;
mod progress;
mod publish;
mod reconcile;
mod release;
mod send;
mod site;
mod sources;
mod sync;
mod take;
mod unfinished;
mod unit;
mod verify;
mod waiting;
mod withdraw;

use crate::cli::{RegistryArgs, RegistryVerb};
use crate::error::{Error, Exit};

use super::{Env, federation, locked, policy, print, template};

pub(super) use outbox::run as outbox;

/// Runs a verb of `polity registry`.
pub(super) fn run(args: &RegistryArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    match &args.verb {
        RegistryVerb::Add(args) => add::run(args, env),
        RegistryVerb::List { format } => list::run(*format, env),
        RegistryVerb::Sync(args) => sync::run(args, env),
        RegistryVerb::Mirror(args) => mirror::run(args, env),
        RegistryVerb::Verify { namespaces, format } => verify::run(namespaces, *format, env),
        RegistryVerb::Release(args) => release::run(args, env),
        RegistryVerb::Yank(args) => withdraw::run(args, withdraw::Weight::Yank, env),
        RegistryVerb::Revoke(args) => withdraw::run(args, withdraw::Weight::Revoke, env),
        RegistryVerb::Deprecate(args) => withdraw::deprecate(args, env),
        RegistryVerb::Cosign(args) => cosign::run(args, env),
        RegistryVerb::Checkpoint(args) => publish::checkpoint(args, env),
    }
}
