//! `polity why`: arguments and help.

use clap::Args;

use super::OutputFormat;

/// Say why a layer is used in the version it is used in
///
/// Minimum version selection takes the highest of all versions that somebody asks for, and nothing newer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity why polity/rust-service
  polity why org/otel --template pay/api
  polity why org/otel --format json")]
pub struct WhyArgs {
    /// The layer, or a template whose layers are all explained
    pub name: String,
    /// The template that the layer is part of; without it, the one of the service you stand in, else the layer itself
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}
