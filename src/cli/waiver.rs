//! `polity waiver`: arguments and help.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::Date;

use super::OutputFormat;

/// Write, list and watch exceptions to policies
#[derive(Debug, Args)]
pub struct WaiverArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: WaiverVerb,
}

/// What to do with waivers.
#[derive(Debug, Subcommand)]
pub enum WaiverVerb {
    /// Write a waiver to the folder `waivers/`
    Add(WaiverAddArgs),
    /// List the waivers of a repository, with who granted them
    List(WaiverListArgs),
    /// List the waivers that end soon, or have ended
    #[command(after_help = "Example:\n  polity waiver expire-soon --within 14")]
    ExpireSoon {
        /// How many days from today count as soon
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        within: i64,
        /// Where and how
        #[command(flatten)]
        list: WaiverListArgs,
    },
}

/// `polity waiver add`
#[derive(Debug, Args)]
#[command(after_help = "Example:
  polity waiver add unpinned-image --path deploy/shop.yaml --at Pod/shop#/spec/containers/name=web --reason third-party --because 'the vendor ships no tag' --owner pay --ticket PAY-12 --expires 2099-12-31")]
pub struct WaiverAddArgs {
    /// The policy, by id or by `namespace/id`
    pub policy: String,
    /// The file that is waived, relative to this folder
    #[arg(long)]
    pub path: String,
    /// The pointer into it, as `--format json` shows it
    #[arg(long)]
    pub at: Option<String>,
    /// The text of the line, where there is no pointer; what stands at a pointer that counts items is found out without it
    #[arg(long)]
    pub text: Option<String>,
    /// How many lines have the text, when it is more than one
    #[arg(long, value_name = "N", requires = "text", conflicts_with = "at", value_parser = clap::value_parser!(u16).range(1..))]
    pub times: Option<u16>,
    /// Why, in one word: false-positive, accepted-risk, compensating-control, migration, third-party, test-only
    #[arg(long)]
    pub reason: String,
    /// Why, in a sentence
    #[arg(long)]
    pub because: String,
    /// The team that answers for it
    #[arg(long)]
    pub owner: String,
    /// Where it is followed up
    #[arg(long)]
    pub ticket: String,
    /// The last day on which it holds (UTC)
    #[arg(long, value_name = "DATE")]
    pub expires: Date,
    /// The day to judge on, instead of today (UTC)
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
}

/// Where to look for waivers.
#[derive(Debug, Args)]
pub struct WaiverListArgs {
    /// The folder of the repository
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The day to judge on, instead of today (UTC)
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}
