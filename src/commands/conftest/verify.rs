//! `conftest verify`: the tests of policies.

use crate::cli::ConftestVerifyArgs;
use crate::commands::{Env, print};
use crate::error::Exit;
use crate::policy::conftest::output::{Detail, Format, Style, report, traces};
use crate::policy::conftest::{TestOutcome, as_check_results, verify};

use super::settings::Settings;
use super::{Doing as _, Failure, means, output, policies};

/// Runs the tests.
pub(super) fn run(args: &ConftestVerifyArgs, settings: &Settings, env: &mut Env<'_>) -> Result<Exit, Failure> {
    let context = "running verification";
    let means = means::load(args.policies.proto_file_dirs.as_deref(), settings)?;
    let loaded = policies::load(&args.policies, settings, means).doing(context)?;
    let namespaces = settings.list("namespace", args.policies.namespace.clone())?.unwrap_or_default();
    let tests = verify(&loaded, &namespaces).doing(context)?;
    let failed = tests.iter().any(|test| test.outcome == TestOutcome::Fail);
    let exit = if failed { Exit::Findings } else { Exit::Clean };
    if (env.quiet || settings.switch("quiet", args.quiet)?) && !failed {
        return Ok(exit);
    }
    let (format, style) = output::choose(&args.results, settings, env)?;
    let wants_values = settings.switch("var-values", args.var_values)?;
    let detail = match settings.text("report", args.report.as_deref())?.as_deref() {
        Some("full") => Some(Detail::Full),
        Some("notes") => Some(Detail::Notes),
        Some("fails") => Some(Detail::Fails),
        _ => wants_values.then_some(Detail::Fails),
    };
    if let Some(detail) = detail {
        if format != Format::Standard {
            return Err(Failure("report flag is supported with stdout only".to_owned()));
        }
        print(env, &report(&tests, detail)).doing("report results")?;
        return Ok(exit);
    }
    let results = as_check_results(&tests);
    let style = Style { show_skipped: true, exit_code: u8::from(failed), ..style };
    if settings.switch("trace", args.policies.trace)? {
        let _ = env.stderr.write_all(traces(&results, style.colour).as_bytes());
    }
    output::write(format, &results, style, env)?;
    Ok(exit)
}
