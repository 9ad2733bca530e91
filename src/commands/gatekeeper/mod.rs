//! `polity gatekeeper …`: constraint templates, constraints and objects from files.

mod documents;
mod test;
mod verify;

use crate::cli::{GatekeeperArgs, GatekeeperVerb};
use crate::error::{Error, Exit};
use crate::policy::gatekeeper::GatekeeperError;

use super::Env;

/// Runs one of the verbs.
pub(super) fn run(args: &GatekeeperArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    match &args.verb {
        GatekeeperVerb::Test(args) => test::run(args, env),
        GatekeeperVerb::Verify(args) => verify::run(args, env),
    }
}

impl From<GatekeeperError> for Error {
    fn from(error: GatekeeperError) -> Self {
        Self::config(error.to_string())
    }
}
