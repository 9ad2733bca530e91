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
