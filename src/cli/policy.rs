//! `polity policy`: arguments and help.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
    /// Scaffold a policy that passes its own test
    #[command(after_help = "Example:\n  polity policy new policies/service-without-pager")]
    New {
        /// The policy's folder; its last part becomes the id
        dir: PathBuf,
    },
    /// Check every law of a policy: its bad cases fire it alone, its good cases fire nothing
    #[command(after_help = "Examples:\n  polity policy test policies/service-without-pager --accept\n  polity policy test")]
    Test {
        /// Folders of policies, or of one policy; all of the registry when none is named
        dirs: Vec<PathBuf>,
        /// Write the snapshots instead of comparing them
        #[arg(long)]
        accept: bool,
    },
}

/// `polity policy simulate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity policy simulate policies/service-without-pager --on ../orders ../billing
  polity policy simulate service-without-decision --on services/orders --format json")]
pub struct SimulateArgs {
    /// The policy: its folder, its id, or `namespace/id`
    pub policy: String,
    /// The repositories to look at
    #[arg(long, required = true, num_args = 1.., value_name = "DIR")]
    pub on: Vec<PathBuf>,
    /// A parameter of the policy, as `name=value`; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}
