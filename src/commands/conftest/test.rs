//! `conftest test`: config files against policies.

use crate::cli::ConftestTestArgs;
use crate::commands::Env;
use crate::error::Exit;
use crate::policy::conftest::output::{Style, traces};
use crate::policy::conftest::{CheckOptions, CheckResult, Config, Policies, Tally, check, check_combined};

use super::settings::Settings;
use super::{Doing as _, Failure, configs, means, output, policies, update};

/// Tests the files that the user named.
pub(super) fn run(args: &ConftestTestArgs, settings: &Settings, env: &mut Env<'_>) -> Result<Exit, Failure> {
    if args.paths.is_empty() {
        return Err(Failure("missing required arguments: name a file or a folder to test".to_owned()));
    }
    let results = results(args, settings, env).doing("running test")?;
    let tally = Tally::of(&results);
    let exit = match (tally.failures > 0, tally.warnings > 0, settings.switch("fail-on-warn", args.fail_on_warn)?) {
        // conftest's own numbers: 2 for failures once warnings take the 1.
        (true, _, true) => Exit::Usage,
        (true, _, false) | (false, true, true) => Exit::Findings,
        (false, ..) => Exit::Clean,
    };
    let quiet = env.quiet || settings.switch("quiet", args.quiet)?;
    if quiet && exit == Exit::Clean {
        return Ok(exit);
    }
    let (format, style) = output::choose(&args.results, settings, env)?;
    let suppress_exceptions = settings.switch("suppress-exceptions", args.suppress_exceptions)?;
    let style = Style { suppress_exceptions, exit_code: u8::from(tally.failures > 0), ..style };
    if settings.switch("trace", args.policies.trace)? {
        let _ = env.stderr.write_all(traces(&results, style.colour).as_bytes());
    }
    output::write(format, &results, style, env)?;
    Ok(if settings.switch("no-fail", args.no_fail)? { Exit::Clean } else { exit })
}

fn results(args: &ConftestTestArgs, settings: &Settings, env: &Env<'_>) -> Result<Vec<CheckResult>, Failure> {
    let ignore = settings.text("ignore", args.ignore.as_deref())?;
    let files = configs::find(&args.paths, ignore.as_deref())?;
    let parser = settings.text("parser", args.parser.as_deref())?;
    let stdin = settings.text("stdin-filename", args.stdin_filename.as_deref())?;
    let addresses = settings.list("update", args.update.clone())?.unwrap_or_default();
    update::run(&addresses, &policies::paths(&args.policies, settings)?)?;
    let means = means::load(args.policies.proto_file_dirs.as_deref(), settings)?;
    let loaded = policies::load(&args.policies, settings, means.clone())?;
    let options = CheckOptions { namespaces: namespaces(args, settings, &loaded)?, folder: env.cwd.to_string_lossy().into_owned() };
    let read = |path: &String| configs::parse_one(path, parser.as_deref(), &means).map(|config| renamed(config, stdin.as_deref()));
    if !settings.switch("combine", args.combine)? {
        return check(&loaded, &files, read, &options);
    }
    let configs = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(check_combined(&loaded, &configs, &options)?)
}

/// The standard input under the name that the user gives it.
fn renamed(config: Config, name: Option<&str>) -> Config {
    match name.filter(|name| config.path == "-" && !name.is_empty()) {
        Some(name) => Config { path: name.to_owned(), ..config },
        None => config,
    }
}

fn namespaces(args: &ConftestTestArgs, settings: &Settings, loaded: &Policies) -> Result<Vec<String>, Failure> {
    if settings.switch("all-namespaces", args.all_namespaces)? {
        return Ok(loaded.namespaces());
    }
    let wanted = settings.list("namespace", args.policies.namespace.clone())?.unwrap_or_else(|| vec!["main".to_owned()]);
    Ok(loaded.select(&wanted)?)
}
