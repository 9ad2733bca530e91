//! The verbs: each loads, calls the core and reports. The only place where the product's jobs meet.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use crate::cli::{Cli, Colour, GlobalArgs, Verb};
use crate::error::{Error, Exit};
use crate::report::human::{self, Paint};

mod check;
mod conftest;
mod contain;
mod demo;
mod explain;
mod new;
mod policies;
mod policy;
mod shelf;
mod shell;
mod template;

/// What a verb knows of its surroundings.
pub struct Env<'a> {
    /// Where results go.
    pub stdout: &'a mut dyn Write,
    /// Where progress and errors go.
    pub stderr: &'a mut dyn Write,
    /// The folder the user stands in.
    pub cwd: PathBuf,
    /// Whether somebody can answer a question.
    pub interactive: bool,
    /// Whether results are coloured.
    pub colour: bool,
    /// Whether progress may be drawn on the standard error stream.
    pub progress: bool,
    /// Whether to print nothing but results and errors.
    pub quiet: bool,
    /// Registry folders beside the embedded one, as the user named them.
    pub registries: Vec<PathBuf>,
}

/// Runs one verb on the process's own streams and reports its error, if it has one.
#[must_use]
pub fn dispatch(cli: &Cli) -> Exit {
    let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr());
    let mut env = match surroundings(&cli.global, &mut stdout, &mut stderr) {
        Ok(env) => env,
        Err(error) => return fail(&error, &mut std::io::stderr(), Paint::Plain),
    };
    let result = run(&cli.verb, &mut env);
    let flushed = env.stdout.flush();
    match result {
        Ok(exit) if flushed.is_ok() => exit,
        // Whoever reads the output has seen enough (`polity … | head`).
        Ok(exit) => exit,
        Err(error) => fail(&error, env.stderr, Paint::when(env.colour)),
    }
}

fn run(verb: &Verb, env: &mut Env<'_>) -> Result<Exit, Error> {
    match verb {
        Verb::Check(args) => check::run(args, env),
        Verb::Demo(args) => demo::run(args, env),
        Verb::New(args) => new::new(args, env),
        Verb::Template(args) => template::run(&args.verb, env),
        Verb::Render => contain::render(env),
        Verb::Explain(args) => explain::run(args, env),
        Verb::Policy(args) => policy::run(args, env),
        Verb::Conftest(args) => conftest::run(args, env),
        Verb::Completions(args) => shell::completions(args, env),
        Verb::Man => shell::man(env),
    }
}

fn surroundings<'a>(global: &GlobalArgs, stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Result<Env<'a>, Error> {
    let cwd = std::env::current_dir().map_err(|e| Error::io("find the current folder", e))?;
    let terminal = std::io::stdout().is_terminal();
    let colour = match global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    Ok(Env {
        stdout,
        stderr,
        cwd,
        interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        colour,
        progress: !global.quiet && std::io::stderr().is_terminal(),
        quiet: global.quiet,
        registries: global.registries.clone(),
    })
}

/// Prints an error where nobody pipes it away, and names the exit code.
fn fail(error: &Error, stderr: &mut dyn Write, paint: Paint) -> Exit {
    let _ = stderr.write_all(human::error(error, paint).as_bytes());
    error.kind.exit()
}

/// Writes to the result stream; a closed pipe ends the output, not the program.
pub(crate) fn print(env: &mut Env<'_>, text: &str) -> Result<(), Error> {
    match env.stdout.write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::io("write the result", error)),
        _ => Ok(()),
    }
}
