//! `polity completions` and `polity man`: what a shell and a manual need, made from the command line itself.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::{Error, Exit};

use super::{Env, print};

/// Prints a completion script.
pub(super) fn completions(args: &CompletionsArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "polity", &mut script);
    print(env, &String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}

/// Prints the manual page in roff.
pub(super) fn man(env: &mut Env<'_>) -> Result<Exit, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|e| Error::io("make the manual page", e))?;
    print(env, &String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}
