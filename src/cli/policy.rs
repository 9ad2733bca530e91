//! `polity policy`: arguments and help.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::finding::Severity;

use super::OutputFormat;

/// List, scaffold and test policies
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: PolicyVerb,
}

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum PolicyVerb {
    /// List the policies at hand
    #[command(after_help = "Examples:\n  polity policy list\n  polity policy list --effective services/orders")]
    List {
        /// Show what layers make of each policy for the services of this folder, and where every value comes from
        #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = ".")]
        effective: Option<PathBuf>,
        /// The day to judge on, such as 2026-12-31, instead of today (UTC)
        #[arg(long, value_name = "DATE", requires = "effective")]
        today: Option<crate::config::Date>,
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
    /// Show what a policy would do to repositories
    Simulate(SimulateArgs),
    /// Show what a new version of a policy changes on repositories, and which version number says so
    Diff(PolicyDiffArgs),
    /// Scaffold a policy that passes its own test
    #[command(after_help = "Example:\n  polity policy new policies/service-without-pager")]
    New {
        /// The policy's folder; its last part becomes the id
        dir: PathBuf,
    },
    /// Check every law of a policy: its bad cases fire it alone, its good cases fire nothing, its unit tests hold
    Test(PolicyTestArgs),
}

/// `polity policy diff`
#[derive(Debug, Args)]
#[command(
    after_help = "A version is the folder of a policy, a release of a registry, or a revision of git with a folder; a revision alone speaks of the
folder of the other version. Ends with 1 when the version number announces less than the change deserves.

Examples:
  polity policy diff main policies/service-without-pager --on ../orders ../billing
  polity policy diff main:policies/service-without-pager HEAD:policies/service-without-pager --on ../orders
  polity policy diff acme/service-without-pager@1.2.0 policies/service-without-pager --on ../orders --format json"
)]
pub struct PolicyDiffArgs {
    /// The old version
    #[arg(value_name = "V1")]
    pub old: String,
    /// The new version
    #[arg(value_name = "V2")]
    pub new: String,
    /// The repositories to look at
    #[arg(long, required = true, num_args = 1.., value_name = "DIR")]
    pub on: Vec<PathBuf>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// `polity policy test`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity policy test
  polity policy test policies/service-without-pager --accept
  polity policy test policies/service-without-pager --coverage
  polity policy test policies --mutate --min-score 90")]
pub struct PolicyTestArgs {
    /// Folders of policies, or of one policy; all of the registry when none is named
    pub dirs: Vec<PathBuf>,
    /// Write the snapshots instead of comparing them
    #[arg(long)]
    pub accept: bool,
    /// Show which lines of each rule its unit tests evaluate
    #[arg(long)]
    pub coverage: bool,
    /// Change each condition of each rule in turn, and list the changes that no case notices
    #[arg(long)]
    pub mutate: bool,
    /// Exit with 1 when cases notice less than this share of the changes
    #[arg(long, value_name = "PERCENT", requires = "mutate", value_parser = percent)]
    pub min_score: Option<usize>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

impl PolicyTestArgs {
    /// The laws of one folder alone.
    #[must_use]
    pub fn of(folder: &std::path::Path) -> Self {
        Self {
            dirs: vec![folder.to_owned()],
            accept: false,
            coverage: false,
            mutate: false,
            min_score: None,
            format: OutputFormat::default(),
        }
    }
}

fn percent(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number <= 100).ok_or_else(|| "a whole number from 0 to 100 is wanted".to_owned())
}

/// `polity policy simulate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity policy simulate policies/service-without-pager --on ../orders ../billing
  polity policy simulate service-without-decision --severity error --on services/* --format markdown")]
pub struct SimulateArgs {
    /// The policy: its folder, its id, or `namespace/id`
    pub policy: String,
    /// The repositories to look at
    #[arg(long, required = true, num_args = 1.., value_name = "DIR")]
    pub on: Vec<PathBuf>,
    /// A parameter of the policy, as `name=value`; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// The severity that its findings would have
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub severity: Option<Severity>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: SimulateFormat,
}

fn severity(text: &str) -> Result<Severity, String> {
    let all = [Severity::Error, Severity::Warning, Severity::Advice];
    all.into_iter().find(|one| one.as_str() == text).ok_or_else(|| "one of `error`, `warning` and `advice` is wanted".to_owned())
}

/// The format of a simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SimulateFormat {
    /// Text for people
    #[default]
    Human,
    /// Markdown for the pull request of the policy
    Markdown,
    /// JSON for programs, with a stable schema
    Json,
}
