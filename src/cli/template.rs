//! `polity template`: arguments and help.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputFormat;

/// List, show, scaffold and test templates
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: TemplateVerb,
}

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub enum TemplateVerb {
    /// List the templates at hand
    ///
    /// Those of polity, of the federation, of the registries that `--registry` names, and of the registry in whose folder you stand.
    #[command(after_help = "Example:\n  polity template list --registry ../platform")]
    List {
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
    /// Show a template's layers, inputs and files
    #[command(after_help = "Example:\n  polity template show rust-service")]
    Show {
        /// The template: `namespace/name`, a name that is unique, or a template's folder
        template: String,
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
    /// Scaffold a template that passes its own test
    #[command(after_help = "Example:\n  polity template new templates/team-docs")]
    New {
        /// The template's folder; its last part becomes the id
        dir: PathBuf,
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
    /// Render every case, compare it with its snapshot and run the template's checks
    #[command(
        after_help = "Examples:\n  polity template test templates/team-docs --accept\n  polity template test rust-service --no-checks"
    )]
    Test {
        /// The templates: names or folders; all of the registry when none is named
        templates: Vec<String>,
        /// Write the snapshots instead of comparing them
        #[arg(long)]
        accept: bool,
        /// Leave out the commands that the template declares as its checks
        #[arg(long)]
        no_checks: bool,
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
}
