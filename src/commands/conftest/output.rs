//! Prints results in the format that the user asked for, and prints stored results again.

use std::io::Read as _;

use crate::cli::{ConftestOutputArgs, ConftestReformatArgs};
use crate::commands::{Env, print};
use crate::error::Exit;
use crate::policy::conftest::CheckResult;
use crate::policy::conftest::output::{Format, Style, read_json, render};

use super::settings::Settings;
use super::{Doing as _, Failure, go_words};

/// The format and the style that the user asked for.
pub(super) fn choose(args: &ConftestOutputArgs, settings: &Settings, env: &Env<'_>) -> Result<(Format, Style), Failure> {
    let format = settings.text("output", args.output.as_deref())?.map_or(Format::Standard, |name| Format::named(&name));
    let style = Style {
        colour: env.colour && !settings.switch("no-color", args.no_color)?,
        junit_hide_message: settings.switch("junit-hide-message", args.junit_hide_message)?,
        github_hide_passed: settings.switch("github-hide-passed", args.github_hide_passed)?,
        ..Style::default()
    };
    Ok((format, style))
}

/// Prints results.
pub(super) fn write(format: Format, results: &[CheckResult], style: Style, env: &mut Env<'_>) -> Result<(), Failure> {
    let text = render(format, results, style).doing("output results")?;
    print(env, &text).doing("output results")
}

/// `conftest reformat`
pub(super) fn reformat(args: &ConftestReformatArgs, settings: &Settings, env: &mut Env<'_>) -> Result<Exit, Failure> {
    let text = match &args.path {
        Some(path) => {
            let failed = |e: std::io::Error| Failure(format!("failed to open input file: open {}: {}", path.display(), go_words(&e)));
            std::fs::read_to_string(path).map_err(failed)?
        }
        None => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).doing("failed to read input")?;
            text
        }
    };
    let results = read_json(&text).doing("failed to parse JSON input")?;
    let (format, style) = choose(&args.results, settings, env)?;
    // Results come as JSON and, unless told otherwise, go as JSON.
    let named = settings.text("output", args.results.output.as_deref())?.is_some();
    write(if named { format } else { Format::Json }, &results, style, env)?;
    Ok(Exit::Clean)
}
