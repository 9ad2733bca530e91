//! The command line: every verb, argument and help text. No verb does its work here; `commands` does.

mod check;
mod conftest;
mod gatekeeper;
mod life;
mod new;
mod policy;
mod registry;
mod template;
mod waiver;
mod why;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use check::{BaselineVerb, CheckArgs, ExplainArgs, FailOn, ReportFormat};
pub use conftest::{
    ConftestArgs, ConftestDocArgs, ConftestFmtArgs, ConftestOutputArgs, ConftestParseArgs, ConftestPolicyArgs, ConftestReformatArgs,
    ConftestTestArgs, ConftestVerb, ConftestVerifyArgs,
};
pub use gatekeeper::{GatekeeperArgs, GatekeeperPathArgs, GatekeeperVerb};
pub use life::{AdoptArgs, BlameArgs, DriftArgs, PromoteArgs, UpdateArgs};
pub use new::NewArgs;
pub use policy::{PolicyArgs, PolicyDiffArgs, PolicyTestArgs, PolicyVerb, SimulateArgs, SimulateFormat};
pub use registry::{
    AddArgs, CosignArgs, DeprecateArgs, MirrorArgs, OutboxArgs, OutboxVerb, PublishArgs, RegistryArgs, RegistryVerb, ReleaseArgs, SyncArgs,
    WithdrawArgs,
};
pub use template::{TemplateArgs, TemplateVerb};
pub use waiver::{WaiverAddArgs, WaiverArgs, WaiverListArgs, WaiverVerb};
pub use why::WhyArgs;

/// Generate services from templates, check them against shared policies, and keep both true for years.
#[derive(Debug, Parser)]
#[command(name = "polity", version, about, max_term_width = 100, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 clean, 1 findings, 2 usage, 3 bad config, template or policy, 4 I/O or network, 70 bug.")]
pub struct Cli {
    /// What applies to every verb.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What applies to every verb.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Print nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Use nothing but what is on this machine
    ///
    /// Only `registry sync` and `outbox push` need the network; what is published offline waits in the outbox.
    #[arg(long, global = true)]
    pub offline: bool,
    /// Another registry folder to take templates and policies from; may be given several times
    #[arg(long = "registry", global = true, value_name = "DIR")]
    pub registries: Vec<PathBuf>,
    /// The federation file; without it, the `polity.federation.yaml` at or above the working directory: in a git repository the outermost one, else the nearest
    #[arg(long, global = true, value_name = "FILE")]
    pub federation: Option<PathBuf>,
    /// Use what is known of a namespace past its `hard_expiry`, and record why
    #[arg(long, global = true, value_name = "REASON", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub accept_stale: Option<String>,
}

/// When to colour the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// When it goes to a terminal and `NO_COLOR` is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The format of a verb's result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Text for people
    #[default]
    Human,
    /// JSON for programs, with a stable schema
    Json,
}

/// Everything polity does.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Create a service from a template
    New(NewArgs),
    /// Bring a service to newer versions of its template
    Update(UpdateArgs),
    /// Make a repository that was born without polity a service of a template
    Adopt(AdoptArgs),
    /// Say how far a service is from what its template rendered
    Drift(DriftArgs),
    /// Say who made each line of a file: which layer, or you
    Blame(BlameArgs),
    /// Turn an improvement of a file into a change of its template
    Promote(PromoteArgs),
    /// Check a repository against policies
    Check(CheckArgs),
    /// Say what a policy checks, why, and how to repair a finding
    Explain(ExplainArgs),
    /// List, show, scaffold and test templates
    Template(TemplateArgs),
    /// List, scaffold and test policies
    Policy(PolicyArgs),
    /// Say why a layer is used in the version it is used in
    Why(WhyArgs),
    /// Write, list and watch exceptions to policies
    Waiver(WaiverArgs),
    /// Run conftest's Rego policies on config files
    Conftest(ConftestArgs),
    /// Judge Kubernetes objects by Gatekeeper's constraint templates
    Gatekeeper(GatekeeperArgs),
    /// Share templates and policies with other teams, signed and without a server
    Registry(RegistryArgs),
    /// Show or push what was published without a connection
    Outbox(OutboxArgs),
    /// Generate, build, start, call and check a service before your eyes
    Demo(DemoArgs),
    /// Print a completion script for your shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// Render a template in this process and print the result; polity starts this verb itself to contain untrusted templates
    #[command(name = "__render", hide = true)]
    Render,
    /// Evaluate a program in Jsonnet in this process and print its value; polity starts this verb itself to contain programs
    #[command(name = "__jsonnet", hide = true)]
    Jsonnet,
}

/// `polity demo`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  polity demo\n  polity demo /tmp/orders")]
pub struct DemoArgs {
    /// The folder to generate into; must not exist or be empty
    #[arg(default_value = "polity-demo", value_name = "DIR")]
    pub dir: PathBuf,
    /// The target directory that cargo builds into, to share it between services
    #[arg(long, value_name = "DIR")]
    pub target_dir: Option<PathBuf>,
}

/// `polity completions`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  polity completions bash > ~/.local/share/bash-completion/completions/polity\n  polity completions zsh > ~/.zfunc/_polity"
)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn examples(command: &clap::Command) -> Vec<String> {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let own = text.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned);
        own.chain(command.get_subcommands().flat_map(examples)).collect()
    }

    /// The words of a command line; single quotes keep blanks together.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        for (i, part) in line.split('\'').enumerate() {
            let quoted = i % 2 == 1;
            let mut pieces = part.split(|c: char| !quoted && c.is_whitespace());
            let first = pieces.next().unwrap_or_default();
            words.last_mut().expect("there is a word from the start").push_str(first);
            words.extend(pieces.map(str::to_owned));
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_example_of_the_help_is_a_command_line() {
        let examples = examples(&Cli::command());
        assert!(examples.len() > 15, "{examples:?}");
        for example in examples {
            let words = words(&example).into_iter().take_while(|word| word != ">");
            assert!(Cli::try_parse_from(words).is_ok(), "`{example}` is not a command line");
        }
    }
}
