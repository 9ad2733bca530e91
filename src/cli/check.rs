//! `polity check` and `polity explain`: arguments and help.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::Date;

/// Check a repository against policies
///
/// Every folder with a `polity.yaml` is a service; a repository without one is checked as a whole. Files that git ignores are left out.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  polity check
  polity check services/orders --format sarif > polity.sarif
  polity check --policy unpinned-image --policy workload-without-probes
  polity check --policies my-policies
  polity check --baseline write
  polity check --since origin/main --max-warnings 0
  polity check --report sarif=polity.sarif --report html=scorecard.html
  polity check --fix --diff
  polity check --locked --today 2026-12-31

Exit codes: 0 nothing of severity error, 1 findings of severity error, 3 a bad policy or config file.")]
pub struct CheckArgs {
    /// The folder to check
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
    /// Write the result to this file instead of the standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write the result in a format to a file, such as `sarif=polity.sarif`; may be given several times
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = extra_report)]
    pub reports: Vec<(ReportFormat, PathBuf)>,
    /// Repair what a policy knows a safe fix for, check again, and print what is left
    #[arg(long, conflicts_with = "baseline")]
    pub fix: bool,
    /// With `--fix`: also make the fixes that may change what runs
    #[arg(long = "unsafe", requires = "fix")]
    pub unsafe_too: bool,
    /// With `--fix`: show the changes as a unified diff and make none; `--report` and `--output` get what a check says as it is
    #[arg(long, requires = "fix")]
    pub diff: bool,
    /// Check only this policy; may be given several times
    #[arg(long = "policy", value_name = "ID")]
    pub only: Vec<String>,
    /// A folder of further policies; may be given several times
    #[arg(long = "policies", value_name = "DIR")]
    pub policies: Vec<PathBuf>,
    /// What to do with `.polity-baseline.yaml`, which is used when it is there
    #[arg(long, value_enum, value_name = "WHAT")]
    pub baseline: Option<BaselineVerb>,
    /// Count only findings that were not there where this git revision and `HEAD` part
    ///
    /// So what a branch has repaired meanwhile is no news of another one. Histories without a common commit are compared as they are.
    #[arg(long, value_name = "REV", conflicts_with = "baseline")]
    pub since: Option<String>,
    /// The least severity that ends the run with exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// End with exit code 1 when there are more warnings than this
    #[arg(long, value_name = "NUMBER")]
    pub max_warnings: Option<usize>,
    /// Leave out this policy in this run, and say so in the result; may be given several times
    #[arg(long, value_name = "ID")]
    pub skip: Vec<String>,
    /// The day to judge on, such as 2026-12-31, instead of today (UTC); dates of layers, waivers and the baseline are held against it
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
    /// Go by the policies and policy layers of `polity.lock`, not by the newest ones
    ///
    /// The policies inside the binary are those of the binary; with `--today` and the same polity a check is made again as it was.
    #[arg(long)]
    pub locked: bool,
    /// Evaluate every policy anew, and keep nothing for the next run
    #[arg(long)]
    pub no_cache: bool,
    /// List the policies that matched no subject, so that nothing could be found
    #[arg(long)]
    pub vacuity: bool,
}

/// What to do with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BaselineVerb {
    /// Record the findings of today, which do not count from now on; a list that is there gets no new ones
    Write,
    /// Drop what is gone from it
    Shrink,
    /// Count what it knows, as if it were not there
    Ignore,
}

/// The least severity that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors fail
    #[default]
    Error,
    /// Errors and warnings fail
    Warning,
    /// Everything fails
    Advice,
    /// Nothing fails
    Never,
}

/// How a check result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Text for people, with the place of every finding
    #[default]
    Human,
    /// JSON for programs, with a stable schema
    Json,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// GitHub workflow commands, which become annotations
    Github,
    /// GitLab code quality report
    Gitlab,
    /// JUnit XML: a test case for each policy and service
    Junit,
    /// Markdown for a comment on a pull request, at most 65,536 characters
    Markdown,
    /// A page with a scorecard of services and policies
    Html,
}

/// `FORMAT=FILE`.
fn extra_report(text: &str) -> Result<(ReportFormat, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or_else(|| "write FORMAT=FILE, for example sarif=polity.sarif".to_owned())?;
    if file.is_empty() {
        return Err("the file has no name".to_owned());
    }
    Ok((ReportFormat::from_str(format, false)?, PathBuf::from(file)))
}

/// Say what a policy checks, why, and how to repair a finding
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  polity explain service-without-owner\n  polity explain polity/unpinned-image")]
pub struct ExplainArgs {
    /// The policy's id, as a finding shows it
    pub policy: String,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: super::OutputFormat,
}
