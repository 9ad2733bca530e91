//! `polity demo`: generate, build, start, call, stop and check a service, and say what was seen.
//!
//! Every line it prints is an observation; the first one that is not as promised ends the demo with an error.

mod build;
mod calls;
mod service;

use std::path::Path;
use std::time::Instant;

use crate::cli::{CheckArgs, DemoArgs, NewArgs, OutputFormat, ReportFormat};
use crate::error::{Error, Exit};
use crate::template::shell_word;

use super::{Env, print};

/// The template that the demo generates from.
const TEMPLATE: &str = "polity/rust-service";

/// Runs the whole demo.
pub(super) fn run(args: &DemoArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let dir = env.cwd.join(&args.dir);
    if std::fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        let help = "name another folder, as in `polity demo DIR`, or remove this one";
        return Err(Error::usage(format!("`{}` is not empty", args.dir.display())).help(help));
    }
    let began = Instant::now();
    heading(env, "generate")?;
    generate(&args.dir, env)?;
    seen(env, &format!("a service in {} ({})", args.dir.display(), since(began)))?;

    heading(env, "build")?;
    let began = Instant::now();
    let binary = build::cargo(&dir, args.target_dir.as_deref(), env)?;
    seen(env, &format!("built by cargo ({})", since(began)))?;

    heading(env, "start")?;
    let log = dir.join("target/demo/service.log");
    let mut service = service::start(&binary, &dir, &log)?;
    let began = Instant::now();
    service.wait_until_ready()?;
    seen(env, &format!("ready on {} ({})", service.url(), since(began)))?;

    heading(env, "call")?;
    calls::all(&service, env)?;

    heading(env, "stop")?;
    let began = Instant::now();
    service.stop()?;
    seen(env, &format!("SIGTERM: drained and ended with exit code 0 ({})", since(began)))?;

    heading(env, "check")?;
    let exit = super::check::run(&policies(&args.dir), env)?;
    epilogue(env, &args.dir, &binary, &log)?;
    Ok(exit)
}

/// Creates the service. The next steps that `new` suggests are what the demo does.
fn generate(dir: &Path, env: &mut Env<'_>) -> Result<(), Error> {
    let quiet = std::mem::replace(&mut env.quiet, true);
    let created = super::new::new(&answers(dir), env);
    env.quiet = quiet;
    created.map(|_| ())
}

fn answers(dir: &Path) -> NewArgs {
    NewArgs {
        template: TEMPLATE.to_owned(),
        dir: dir.to_owned(),
        set: vec!["name=orders".to_owned()],
        answers: None,
        defaults: true,
        dry_run: false,
        diff: false,
        locked: false,
        frozen: false,
        lock: None,
        force: false,
        no_git: false,
        format: OutputFormat::Human,
    }
}

fn policies(dir: &Path) -> CheckArgs {
    CheckArgs { path: dir.to_owned(), format: ReportFormat::Human, ..CheckArgs::default() }
}

fn epilogue(env: &mut Env<'_>, dir: &Path, binary: &Path, log: &Path) -> Result<(), Error> {
    heading(env, "where everything lies")?;
    let rows = [
        ("service", dir.to_owned()),
        ("contract", dir.join("contract/openapi.yaml")),
        ("descriptor", dir.join("polity.yaml")),
        ("binary", binary.to_owned()),
        ("log", log.to_owned()),
    ];
    for (name, path) in rows {
        seen(env, &format!("{name:<10} {}", path.strip_prefix(&env.cwd).unwrap_or(&path).display()))?;
    }
    seen(env, &format!("next       cd {} && cargo run", shell_word(&dir.display().to_string())))
}

fn heading(env: &mut Env<'_>, title: &str) -> Result<(), Error> {
    print(env, &format!("\n{title}\n"))
}

/// Prints one observation.
fn seen(env: &mut Env<'_>, text: &str) -> Result<(), Error> {
    print(env, &format!("  {text}\n"))?;
    let _ = env.stdout.flush();
    Ok(())
}

fn since(began: Instant) -> String {
    format!("{:.1} s", began.elapsed().as_secs_f64())
}
