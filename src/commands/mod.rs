//! The verbs: each loads, calls the core and reports. The only place where the product's jobs meet.

use std::io::Write;

use crate::cli::{Cli, Verb};
use crate::error::{Error, Exit};
use crate::report::human::{self, Paint};

mod added;
mod adopt;
mod around;
mod asked;
mod baseline;
mod blame;
mod check;
mod child;
mod conftest;
mod contain;
mod demo;
mod drift;
mod elsewhere;
mod env;
mod explain;
mod facts;
mod federated;
mod federation;
mod fix;
mod gatekeeper;
mod governed;
mod judged;
mod known;
mod layers;
mod limits;
mod locked;
mod marks;
mod new;
mod outermost;
mod output;
mod own;
mod panics;
mod policies;
mod policy;
mod promote;
mod provenance;
mod ratchet;
mod registry;
mod releases;
mod repeated;
mod reports;
mod resolve;
mod root;
mod service;
mod shelf;
mod shell;
mod survey;
mod targets;
mod template;
mod traces;
mod update;
mod user;
mod waiver;
mod ward;
mod why;

pub use env::Env;
use env::surroundings;
pub(crate) use output::{print, show};

/// Runs one verb on the process's own streams and reports its error, if it has one.
#[must_use]
pub fn dispatch(cli: &Cli) -> Exit {
    panics::are_bugs();
    let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr());
    let mut env = match surroundings(&cli.global, &mut stdout, &mut stderr) {
        Ok(env) => env,
        Err(error) => return fail(&error, &mut std::io::stderr(), Paint::Plain),
    };
    let result = run(&cli.verb, &mut env);
    for notice in env.notices.take().iter().filter(|_| !env.quiet) {
        let _ = writeln!(env.stderr, "note: {notice}");
    }
    // The last line may still be in the buffer.
    let result = result.and_then(|exit| print(&mut env, "").map(|()| exit));
    result.unwrap_or_else(|error| fail(&error, env.stderr, Paint::when(env.colour)))
}

fn run(verb: &Verb, env: &mut Env<'_>) -> Result<Exit, Error> {
    if ward::is_needed(verb, env) {
        return ward::run(verb, env);
    }
    match verb {
        Verb::Check(args) => check::run(args, env),
        Verb::Demo(args) => demo::run(args, env),
        Verb::New(args) => new::new(args, env),
        Verb::Update(args) => update::run(args, env),
        Verb::Adopt(args) => adopt::run(args, env),
        Verb::Drift(args) => drift::run(args, env),
        Verb::Blame(args) => blame::run(args, env),
        Verb::Promote(args) => promote::run(args, env),
        Verb::Template(args) => template::run(&args.verb, env),
        Verb::Render => contain::render(env),
        Verb::Jsonnet => conftest::programs::run(env),
        Verb::Explain(args) => explain::run(args, env),
        Verb::Policy(args) => policy::run(args, env),
        Verb::Why(args) => why::run(args, env),
        Verb::Waiver(args) => waiver::run(args, env),
        Verb::Conftest(args) => conftest::run(args, env),
        Verb::Gatekeeper(args) => gatekeeper::run(args, env),
        Verb::Registry(args) => registry::run(args, env),
        Verb::Outbox(args) => registry::outbox(args, env),
        Verb::Completions(args) => shell::completions(args, env),
        Verb::Man => shell::man(env),
    }
}

/// Prints an error where nobody pipes it away, and names the exit code.
fn fail(error: &Error, stderr: &mut dyn Write, paint: Paint) -> Exit {
    let _ = stderr.write_all(human::error(error, paint).as_bytes());
    error.kind.exit()
}
