//! `polity gatekeeper`: constraint templates of Gatekeeper, judged without a cluster.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputFormat;

/// Judge Kubernetes objects by Gatekeeper's constraint templates
///
/// Reads the templates' Rego, `spec.targets[].rego` or the engine `Rego` below `code`; no cluster is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity gatekeeper test templates/ constraints/ manifests/
  polity gatekeeper verify library/

Exit codes: 0 clean, 1 violations or failed cases, 2 usage, 3 bad template, constraint or object, 4 I/O.")]
pub struct GatekeeperArgs {
    /// The verb.
    #[command(subcommand)]
    pub verb: GatekeeperVerb,
}

/// What `polity gatekeeper` can do.
#[derive(Debug, Subcommand)]
pub enum GatekeeperVerb {
    /// Review objects by templates and constraints
    ///
    /// Documents of the kind ConstraintTemplate are templates, those of the API group constraints.gatekeeper.sh are constraints, all others are objects. An object is
    /// reviewed as if it were created, an AdmissionReview as the request that it holds; all objects together are the inventory.
    #[command(after_help = "Examples:
  polity gatekeeper test policies/ deployment.yaml
  polity gatekeeper test policies/ manifests/ --format json

Constraints with the action `warn` or `dryrun` are reported and fail nothing.")]
    Test(GatekeeperPathArgs),
    /// Run the test suites of templates
    ///
    /// Documents of the kind Suite are run as `gator verify` runs them: every case names an object, and what its constraint must say.
    #[command(after_help = "Examples:
  polity gatekeeper verify suite.yaml
  polity gatekeeper verify library/ --format json")]
    Verify(GatekeeperPathArgs),
}

/// Where documents come from.
#[derive(Debug, Args)]
pub struct GatekeeperPathArgs {
    /// YAML and JSON files, and folders of them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Human, value_name = "FORMAT")]
    pub format: OutputFormat,
}
