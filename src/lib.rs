//! polity: generate, govern and migrate services owned by autonomous teams, without a central server.
//!
//! The modules are layered: each imports only those above it in the table of the book's architecture page.

pub mod catalog;
pub mod cli;
pub mod commands;
pub mod config;
pub mod contract;
pub mod disk;
pub mod error;
pub mod finding;
pub mod net;
pub mod policy;
pub mod report;
pub mod template;
pub mod tree;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command line `args` (the first is the program's name) and returns the process's exit code.
///
/// Called by the name `conftest`, the program is `polity conftest`; the children that it starts for itself are told by their hidden verbs.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let is_child = args.get(1).is_some_and(|verb| verb.as_encoded_bytes().starts_with(b"__"));
    let is_conftest = |program: &OsString| std::path::Path::new(program).file_stem().is_some_and(|stem| stem == "conftest");
    if !is_child && args.first().is_some_and(is_conftest) {
        args.insert(1, "conftest".into());
        if args.get(2).is_some_and(|verb| verb == "help") {
            args[2] = "--help".into();
        }
    }
    let verb = args.iter().skip(1).find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let is_conftest = verb.is_some_and(|verb| verb == "conftest");
    match cli::Cli::try_parse_from(args) {
        Ok(cli) => commands::dispatch(&cli).into(),
        Err(error) => {
            // A closed pipe while printing help is no reason to complain.
            let _ = error.print();
            refused(&error, is_conftest).into()
        }
    }
}

/// The exit code for a command line that is none, or that asks for help. conftest knows one code for all errors, and 2 means failures there.
fn refused(error: &clap::Error, is_conftest: bool) -> error::Exit {
    let is_bare = error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    match (error.use_stderr(), is_conftest) {
        (true, true) if !is_bare => error::Exit::Findings,
        (true, false) => error::Exit::Usage,
        _ => error::Exit::Clean,
    }
}
