//! Policies of strangers are evaluated by a child process with a limit of memory: a rule that overflows the stack or fills the
//! memory ends the child, and the run ends with an error that names it, never with a crash and never with a pass.
//!
//! The child is this program with the same command line. Policies of the embedded registry alone need none.

use std::ffi::OsString;
use std::process::{Command, ExitStatus, Stdio};

use crate::cli::{CheckArgs, PolicyVerb, RegistryArgs, RegistryVerb, Verb, WaiverVerb};
use crate::error::{Error, Exit, Kind};
use crate::finding::{Diagnostic, Location};

use super::limits::{Most, die_with_parent, limit, stuck, watch};
use super::{Env, federation, policies};

/// Tells the child that it is one.
const MARK: &str = "POLITY_WARD";
/// The address space of the child, in bytes; the stacks of its threads come on top.
const MEMORY: u64 = 2 << 30;
/// What a thread reserves beside its stack, in bytes.
const THREAD: u64 = 8 << 20;
/// The exit code of a panic.
const PANIC: i32 = 101;

/// Whether a verb evaluates policies that do not come with the binary.
pub(super) fn is_needed(verb: &Verb, env: &Env<'_>) -> bool {
    if std::env::var_os(MARK).is_some() {
        die_with_parent();
        watch(None, stuck);
        limit(Most { memory: MEMORY + threads() * (policies::STACK as u64 + THREAD), processor: None, file: None });
        return false;
    }
    let elsewhere = || !env.registries.is_empty() || !matches!(federation::find(env), Ok(None));
    match verb {
        Verb::Check(args) => !args.policies.is_empty() || elsewhere() || env.cwd.join(&args.path).ancestors().any(federation::stands_in),
        Verb::Gatekeeper(_) => true,
        Verb::Waiver(args) => matches!(args.verb, WaiverVerb::Add(_)) && elsewhere(),
        Verb::Policy(args) => !matches!(args.verb, PolicyVerb::New { .. }),
        Verb::Registry(RegistryArgs { verb: RegistryVerb::Release(args) }) => !args.no_checks,
        _ => false,
    }
}

/// The threads that rayon will make; asking it would make them, before they are told how much stack they need.
fn threads() -> u64 {
    let wanted = std::env::var("RAYON_NUM_THREADS").ok().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
    wanted.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |number| number.get() as u64))
}

/// Runs the verb in a child and takes over its exit code.
pub(super) fn run(verb: &Verb, env: &Env<'_>) -> Result<Exit, Error> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let status = child(&arguments)?.status().map_err(|error| Error::io("start polity's own program", error))?;
    match status.code().filter(|code| *code != PANIC) {
        Some(code) => Ok(Exit::from_code(code)),
        None => Err(ended(status, &culprits(verb, env, &arguments))),
    }
}

fn child(arguments: &[OsString]) -> Result<Command, Error> {
    let program = std::env::current_exe().map_err(|error| Error::io("find polity's own program", error))?;
    let mut command = Command::new(program);
    // The C library would reserve 128 MiB of the address space for each thread.
    command.args(arguments).env(MARK, "1").env("MALLOC_ARENA_MAX", "1");
    Ok(command)
}

/// The folders of the policies that end the child when they run alone.
fn culprits(verb: &Verb, env: &Env<'_>, arguments: &[OsString]) -> Vec<String> {
    let Verb::Check(CheckArgs { path, policies, only, .. }) = verb else { return Vec::new() };
    let Ok(sources) = policies::sources(env, path, policies, only) else { return Vec::new() };
    let alone = |source: &policies::Source| {
        let name = format!("{}/{}", source.namespace, source.id);
        let mut command = child(arguments).ok()?;
        command.arg("--policy").arg(&name).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().ok()
    };
    let ends = |source: &&policies::Source| alone(source).is_some_and(|status| status.code().is_none_or(|code| code == PANIC));
    // A policy that the user named runs in every child: then each of them is a suspect.
    let suspects = sources.iter().filter(|source| source.namespace != "polity");
    suspects.filter(|source| !only.is_empty() || ends(source)).map(|source| source.folder.clone()).collect()
}

fn ended(status: ExitStatus, folders: &[String]) -> Error {
    let mut diagnostic = Diagnostic::new("a policy ended the check");
    for folder in folders {
        diagnostic =
            diagnostic.at(Location::file(format!("{folder}/policy.rego"), "evaluating this rule needs too much memory or nesting"));
    }
    let note = format!("the process that evaluates policies ended with {status}; it has {} GiB of memory", MEMORY >> 30);
    Error::new(Kind::Config, diagnostic.note(note).help("look for recursion, growing arrays and texts, and huge widths in `sprintf`"))
}
