//! `polity new`: arguments and help.

use std::path::PathBuf;

use clap::Args;

use super::OutputFormat;

/// Create a service from a template
///
/// Renders the template and its layers in memory and writes the service in one step: either the whole folder
/// appears or nothing does. The result has its own git repository with a first commit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity new rust-service orders
  polity new rust-service orders --defaults --set owner=payments --set store=postgres
  polity new polity/rust-service orders --answers answers.yaml --dry-run --diff
  polity new ./my-templates/go-service payments
  polity new pay/api@1.2.0 orders
  polity new pay/api /tmp/again --locked --lock orders/polity.lock --answers answers.yaml")]
pub struct NewArgs {
    /// The template: `namespace/name`, a name that is unique, or a template's folder
    ///
    /// The newest version that may be chosen is taken; `@1`, `@1.2` or `@1.2.0` behind the name asks for another one.
    pub template: String,
    /// The folder to create
    pub dir: PathBuf,
    /// The value of one input; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// A YAML file with the values of inputs; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Take the default of every input that has no value, and ask nothing
    #[arg(long)]
    pub defaults: bool,
    /// Write nothing; print the files that would be written
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run, print the contents as a diff
    #[arg(long, requires = "dry_run")]
    pub diff: bool,
    /// Add to a folder that is not empty; files that exist are kept and named
    #[arg(long)]
    pub force: bool,
    /// Take the versions of the target's `polity.lock`; any other result is an error
    #[arg(long)]
    pub locked: bool,
    /// As --locked, and no network
    #[arg(long)]
    pub frozen: bool,
    /// The lock file that --locked and --frozen go by, instead of the target's own
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// Do not initialise a git repository
    #[arg(long)]
    pub no_git: bool,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}
