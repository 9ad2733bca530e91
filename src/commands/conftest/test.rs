//! `conftest test`: config files against policies.

use crate::cli::ConftestTestArgs;
use crate::commands::Env;
use crate::error::Exit;
use crate::policy::conftest::output::{Style, traces};
use crate::policy::conftest::{CheckOptions, CheckResult, Config, Policies, Tally, check, check_combined};

use super::settings::Settings;
use super::{Doing as _, Failure, configs, output, policies, update};

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
    let quiet = env.quiet || settings.switch("quiet", None)?;
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
    let mut configs = configs::parse(&files, parser.as_deref())?;
    rename_stdin(&mut configs, settings.text("stdin-filename", args.stdin_filename.as_deref())?.as_deref());
    let addresses = settings.list("update", args.update.clone())?.unwrap_or_default();
    update::run(&addresses, &policies::paths(&args.policies, settings)?)?;
    let loaded = policies::load(&args.policies, settings)?;
    let options = CheckOptions { namespaces: namespaces(args, settings, &loaded)?, folder: env.cwd.to_string_lossy().into_owned() };
    let combine = settings.switch("combine", args.combine)?;
    Ok(if combine { check_combined(&loaded, &configs, &options) } else { check(&loaded, &configs, &options) }?)
}

fn rename_stdin(configs: &mut [Config], name: Option<&str>) {
    for config in configs.iter_mut().filter(|config| config.path == "-") {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            name.clone_into(&mut config.path);
        }
    }
}

fn namespaces(args: &ConftestTestArgs, settings: &Settings, loaded: &Policies) -> Result<Vec<String>, Failure> {
    if settings.switch("all-namespaces", args.all_namespaces)? {
        return Ok(loaded.namespaces());
    }
    let wanted = settings.list("namespace", args.policies.namespace.clone())?.unwrap_or_else(|| vec!["main".to_owned()]);
    Ok(loaded.select(&wanted)?)
}
