//! `polity conftest …`: conftest's verbs. Errors are conftest's as well: one line, exit code 1.

mod configs;
mod doc;
mod fmt;
mod means;
mod output;
mod parse;
mod policies;
pub(super) mod programs;
mod settings;
mod test;
mod update;
mod verify;

use crate::cli::{ConftestArgs, ConftestVerb};
use crate::error::{Error, Exit};

use super::{Env, limits};
use settings::Settings;

/// The most memory that policies may take, in bytes. conftest itself has no limit.
const MEMORY: u64 = 4 << 30;

/// Why a verb could not do its work, as one line.
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Puts what was being done before why it failed.
trait Doing<T> {
    fn doing(self, what: &str) -> Result<T, Failure>;
}

impl<T, E: std::fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, what: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs one of conftest's verbs.
pub(super) fn run(args: &ConftestArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    limits::watch(Some(MEMORY), limits::stuck_in_conftest);
    let result = Settings::load(args.config_file.as_deref(), &env.cwd).and_then(|settings| match &args.verb {
        ConftestVerb::Test(args) => test::run(args, &settings, env),
        ConftestVerb::Verify(args) => verify::run(args, &settings, env),
        ConftestVerb::Parse(args) => parse::run(args, &settings, env),
        ConftestVerb::Reformat(args) => output::reformat(args, &settings, env),
        ConftestVerb::Fmt(args) => fmt::run(args, &settings, env),
        ConftestVerb::Pull(_) => refuse("pull", "fetch policies with git"),
        ConftestVerb::Push(_) => refuse("push", "publish policies with git"),
        ConftestVerb::Plugin(_) => refuse("plugin", "run the other program itself"),
        ConftestVerb::Doc(args) => doc::run(args, env),
    });
    result.or_else(|failure| {
        // A closed error stream leaves nobody to tell.
        let _ = writeln!(env.stderr, "Error: {failure}");
        Ok(Exit::Findings)
    })
}

fn refuse(verb: &str, instead: &str) -> Result<Exit, Failure> {
    Err(Failure(format!("polity does not support `conftest {verb}`: {instead}")))
}

/// The text of an I/O error in Go's words, which scripts look for.
fn go_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Refuses what would be waited for, such as a pipe.
fn regular(path: &std::path::Path) -> Result<(), Failure> {
    if crate::disk::is_special(path) { Err(Failure(format!("load: {}: not a regular file", path.display()))) } else { Ok(()) }
}
