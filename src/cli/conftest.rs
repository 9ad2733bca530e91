//! `polity conftest`: conftest's own command line. Names, short forms and defaults are conftest's, not ours.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Run conftest's Rego policies on config files
///
/// Takes conftest's arguments, config file and environment variables, and counts and prints as conftest does. Called by the name `conftest`, the whole program behaves like this verb.
#[derive(Debug, Args)]
#[command(display_name = "Conftest:", version = concat!(env!("CARGO_PKG_VERSION"), " (polity)\nOPA: 1.21.1"))]
#[command(after_help = "Examples:
  polity conftest test deployment.yaml
  polity conftest test -p policy -o json --all-namespaces manifests/
  polity conftest verify -p policy

Exit codes: 0 nothing failed, 1 failures or an error, with --fail-on-warn 1 warnings and 2 failures.")]
pub struct ConftestArgs {
    /// The config file; without it `conftest.toml`, `.yaml` or `.json` of this folder is read
    #[arg(long, short, global = true, value_name = "FILE")]
    pub config_file: Option<PathBuf>,
    /// The verb.
    #[command(subcommand)]
    pub verb: ConftestVerb,
}

/// conftest's verbs.
#[derive(Debug, Subcommand)]
pub enum ConftestVerb {
    /// Test config files against policies
    Test(ConftestTestArgs),
    /// Run the tests of policies
    Verify(ConftestVerifyArgs),
    /// Print config files as policies see them
    Parse(ConftestParseArgs),
    /// Print results that were written as JSON in another format
    Reformat(ConftestReformatArgs),
    /// Lay out policies as `opa fmt` does
    #[command(after_help = "Examples:
  polity conftest fmt policy
  polity conftest fmt --check policy

A policy that cannot be laid out without a change of its meaning is left alone and named.

Exit codes: 0 all policies are laid out, 1 some are not or could not be.")]
    Fmt(ConftestFmtArgs),
    /// Not supported: polity fetches no policies
    #[command(hide = true)]
    Pull(ConftestRefusedArgs),
    /// Not supported: polity pushes no policies
    #[command(hide = true)]
    Push(ConftestRefusedArgs),
    /// Not supported: polity runs no plugins
    #[command(hide = true)]
    Plugin(ConftestRefusedArgs),
    /// Write a page about policies from their annotations
    #[command(after_help = "Examples:
  polity conftest doc policy
  polity conftest doc -o docs -t page.md.tpl policy")]
    Doc(ConftestDocArgs),
}

/// Where policies come from and how strictly they are read.
#[derive(Debug, Args)]
pub struct ConftestPolicyArgs {
    /// A policy file or a folder of policies; may be given several times, `policy` by default
    #[arg(long, short, value_name = "PATH", value_delimiter = ',')]
    pub policy: Option<Vec<PathBuf>>,
    /// A data file or a folder of data files; may be given several times
    #[arg(long, short, value_name = "PATH", value_delimiter = ',')]
    pub data: Option<Vec<PathBuf>>,
    /// The namespaces to test, `main` by default; `*`, `?` and `[…]` match any characters, dots as well
    #[arg(long, short, value_name = "NAMESPACE", value_delimiter = ',')]
    pub namespace: Option<Vec<String>>,
    /// A JSON file that lists the functions that policies may call
    #[arg(long, value_name = "FILE")]
    pub capabilities: Option<PathBuf>,
    /// The version of Rego that policies are written in: `v0` or `v1`
    #[arg(long, value_name = "VERSION")]
    pub rego_version: Option<String>,
    /// Refuse policies with unused variables, arguments or imports
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub strict: Option<bool>,
    /// End with an error when a built-in function fails, instead of taking its value as undefined
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub show_builtin_errors: Option<bool>,
    /// Print the evaluated lines of policies on the error stream
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub trace: Option<bool>,
    /// A folder of `.proto` files, the schemas of textproto files; may be given several times
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub proto_file_dirs: Option<Vec<PathBuf>>,
}

/// How results are printed.
#[derive(Debug, Args)]
pub struct ConftestOutputArgs {
    /// The format: `stdout`, `json`, `tap`, `table`, `junit`, `github`, `azuredevops` or `sarif`
    #[arg(long, short, value_name = "FORMAT")]
    pub output: Option<String>,
    /// Print without colours
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub no_color: Option<bool>,
    /// Leave messages out of the names of JUnit tests
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub junit_hide_message: Option<bool>,
    /// Leave files without findings out of the output for GitHub
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub github_hide_passed: Option<bool>,
}

/// Test config files against policies
#[derive(Debug, Args)]
pub struct ConftestTestArgs {
    /// Config files and folders of them; `-` is the standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Policies.
    #[command(flatten)]
    pub policies: ConftestPolicyArgs,
    /// Results.
    #[command(flatten)]
    pub results: ConftestOutputArgs,
    /// Print nothing when nothing failed
    #[arg(long, short, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub quiet: Option<bool>,
    /// Test every namespace
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub all_namespaces: Option<bool>,
    /// Test all config files together, as one array of `{path, contents}`
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub combine: Option<bool>,
    /// Count warnings as failures: exit with 1 for warnings and 2 for failures
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub fail_on_warn: Option<bool>,
    /// Exit with 0 also when a policy fails
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub no_fail: Option<bool>,
    /// Leave exceptions out of the lines, not out of the count
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub suppress_exceptions: Option<bool>,
    /// A regular expression for paths to leave out
    #[arg(long, value_name = "REGEX")]
    pub ignore: Option<String>,
    /// The format of the config files, instead of the one that their names stand for
    #[arg(long, value_name = "FORMAT")]
    pub parser: Option<String>,
    /// The name under which the standard input is reported
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<String>,
    /// Copy policies from a `file:` address into the first policy folder before testing
    #[arg(long, short, value_name = "ADDRESS", value_delimiter = ',')]
    pub update: Option<Vec<String>>,
    /// Accepted for compatibility: no registry is ever contacted
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub tls: Option<bool>,
}

/// Run the tests of policies
#[derive(Debug, Args)]
pub struct ConftestVerifyArgs {
    /// Accepted for compatibility and not looked at
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Policies.
    #[command(flatten)]
    pub policies: ConftestPolicyArgs,
    /// Results.
    #[command(flatten)]
    pub results: ConftestOutputArgs,
    /// Print nothing when nothing failed
    #[arg(long, short, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub quiet: Option<bool>,
    /// Print a report in the manner of `opa test`: `full`, `notes` or `fails`
    #[arg(long, value_name = "DETAIL")]
    pub report: Option<String>,
    /// Accepted for compatibility: the values of variables are not shown
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub var_values: Option<bool>,
}

/// Print config files as policies see them
#[derive(Debug, Args)]
pub struct ConftestParseArgs {
    /// Config files; `-` is the standard input
    #[arg(value_name = "FILE")]
    pub paths: Vec<String>,
    /// Print all files together, as one array of `{path, contents}`
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub combine: Option<bool>,
    /// The format of the config files, instead of the one that their names stand for
    #[arg(long, value_name = "FORMAT")]
    pub parser: Option<String>,
}

/// Print results that were written as JSON in another format
#[derive(Debug, Args)]
pub struct ConftestReformatArgs {
    /// A file of results; the standard input without one
    #[arg(value_name = "FILE")]
    pub path: Option<PathBuf>,
    /// Results.
    #[command(flatten)]
    pub results: ConftestOutputArgs,
}

/// Lay out policies as `opa fmt` does
#[derive(Debug, Args)]
pub struct ConftestFmtArgs {
    /// Policy files and folders of them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// List the files that are not laid out, and change none
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub check: Option<bool>,
    /// The version of Rego that policies are written in: `v0` or `v1`
    #[arg(long, value_name = "VERSION")]
    pub rego_version: Option<String>,
}

/// Write a page about policies from their annotations
#[derive(Debug, Args)]
pub struct ConftestDocArgs {
    /// Policy files and folders of them; each becomes a page of its name
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The folder for the pages; this one by default
    #[arg(long, short, value_name = "DIR")]
    pub outdir: Option<PathBuf>,
    /// A template of Go's `text/template` for the page
    #[arg(long, short, value_name = "FILE")]
    pub template: Option<PathBuf>,
}

/// What follows a verb that is not supported.
#[derive(Debug, Args)]
pub struct ConftestRefusedArgs {
    /// Whatever else was given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub rest: Vec<String>,
}
