//! `polity registry` and `polity outbox`: arguments and help.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputFormat;

/// Share templates and policies with other teams, signed and without a server
#[derive(Debug, Args)]
pub struct RegistryArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: RegistryVerb,
}

/// What to do with registries.
#[derive(Debug, Subcommand)]
pub enum RegistryVerb {
    /// Add a namespace to the federation file, which is created when there is none
    #[command(after_help = "Examples:
  polity registry add pay https://git.example.org/pay/registry.git --signer 'ana@example.org ssh-ed25519 AAAA…'
  polity registry add web ../web-registry --unsigned
  polity registry add --org git@git.example.org:acme/platform.git")]
    Add(AddArgs),
    /// List the namespaces of the federation and how fresh what is known of them is
    List {
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
    /// Fetch what the namespaces published since the last time, verify it and keep it for use offline
    #[command(after_help = "Examples:
  polity registry sync
  polity registry sync pay --explain
  polity registry sync --from /media/usb/pay

Exit codes: 0 all synced, 1 synced but something was refused, 3 a registry was refused, 4 a registry could not be reached.")]
    Sync(SyncArgs),
    /// Write what this machine knows of a namespace as plain files, for any web server or stick
    #[command(after_help = "Examples:
  polity registry mirror pay public/pay
  polity registry sync pay --from public/pay

Who serves the folder over HTTP makes a mirror of it, or a registry: `static+https://example.org/pay` in the federation file. It needs no
trust and no git; run the command again after each sync.")]
    Mirror(MirrorArgs),
    /// Verify every statement and every cached release of a namespace again, from the signatures up
    Verify {
        /// The namespaces; all of the federation when none is named
        namespaces: Vec<String>,
        /// The format of the result
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: OutputFormat,
    },
    /// Test a template or policy, sign a statement of its version and publish it
    ///
    /// Every case of a template renders what its snapshot says, and a service made from it has no finding of severity `error` that no waiver
    /// lets be. What is `abstract` is no service: only the policies that it `satisfies` judge it.
    #[command(after_help = "Examples:
  polity registry release templates/api
  polity registry release policies/service-without-pager --key ~/.ssh/id_ed25519
  polity registry release templates/api --no-push")]
    Release(ReleaseArgs),
    /// Take a version back: it is not chosen any more, and who has it is told
    #[command(after_help = "Example:\n  polity registry yank templates/api 1.2.0 --reason 'renders a broken Dockerfile'")]
    Yank(WithdrawArgs),
    /// Forbid a version: who has it gets an error
    #[command(after_help = "Example:\n  polity registry revoke templates/api 1.2.0 --reason 'ships a known secret'")]
    Revoke(WithdrawArgs),
    /// Say that something else is to be used in the place of a template or policy
    #[command(after_help = "Example:\n  polity registry deprecate templates/api --successor pay/http-api --reason 'has no tracing'")]
    Deprecate(DeprecateArgs),
    /// Sign what others signed and what still needs further signers
    #[command(after_help = "Examples:\n  polity registry cosign\n  polity registry cosign pay --key ~/.ssh/id_ed25519")]
    Cosign(CosignArgs),
    /// Sign that nothing newer exists, and for how long that may be believed
    #[command(after_help = "Example:\n  polity registry checkpoint --valid 30d")]
    Checkpoint(PublishArgs),
}

/// `polity registry add`
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The namespace
    #[arg(required_unless_present = "org")]
    pub namespace: Option<String>,
    /// Where it publishes: https, ssh, `git@host:path`, file, static+https for plain files, or a folder
    #[arg(required_unless_present = "org")]
    pub url: Option<String>,
    /// A line of OpenSSH's allowed_signers format; may be given several times
    #[arg(long = "signer", value_name = "LINE", required_unless_present_any = ["unsigned", "org"], conflicts_with = "unsigned")]
    pub signers: Vec<String>,
    /// Trust whoever can write to the registry; this is said on every use
    #[arg(long)]
    pub unsigned: bool,
    /// The name of the federation, for a file that does not exist yet
    #[arg(long, value_name = "NAME", default_value = "federation")]
    pub name: String,
    /// Take the federation file from this repository of your organisation, wherever none is nearer; each sync brings it up to date
    ///
    /// A git repository or a folder with a `polity.federation.yaml` at its root. Whoever can write to it decides whom you trust.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["namespace", "url", "signers", "unsigned"])]
    pub org: Option<String>,
}

/// `polity registry sync`
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// The namespaces; when none is named all of the federation, or with `--from` that of the place
    pub namespaces: Vec<String>,
    /// Say what changed since the last sync
    #[arg(long)]
    pub explain: bool,
    /// Take everything from this place, which needs no trust: a mirror, or a folder on a stick
    ///
    /// Without a namespace, the one that the place says is its own.
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// The seconds that a registry has for its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// `polity registry mirror`
#[derive(Debug, Args)]
pub struct MirrorArgs {
    /// The namespace
    pub namespace: String,
    /// The folder to write into; what stands there already is added to
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// What every verb takes that publishes a statement.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The SSH key to sign with: a private key, or a public one whose private key an agent or a security key holds
    ///
    /// Without it: git's `user.signingKey`, else `~/.ssh/id_ed25519`, `id_ecdsa` or `id_rsa`.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// How long the new checkpoint may be taken for the newest
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub valid: String,
    /// Sign and commit, but leave the pushing to `polity outbox push`
    #[arg(long)]
    pub no_push: bool,
    /// The seconds that the registry has to answer; when it does not, the publication waits in the outbox
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

/// `polity registry release`
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The folder of the template or policy, in a working copy of its registry
    pub unit: PathBuf,
    /// Leave out the policies on what a template renders, and the commands that it declares as its checks
    #[arg(long)]
    pub no_checks: bool,
    /// How to publish.
    #[command(flatten)]
    pub publish: PublishArgs,
}

/// `polity registry yank` and `revoke`
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The folder of the template or policy, in a working copy of its registry
    pub unit: PathBuf,
    /// The version
    // Every command has an argument `version` already: the flag.
    #[arg(id = "release", value_name = "VERSION")]
    pub version: String,
    /// Why, for those who use it
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
    /// How to publish.
    #[command(flatten)]
    pub publish: PublishArgs,
}

/// `polity registry deprecate`
#[derive(Debug, Args)]
pub struct DeprecateArgs {
    /// The folder of the template or policy, in a working copy of its registry
    pub unit: PathBuf,
    /// What to use in its place, as `namespace/name`
    #[arg(long, value_name = "NAME")]
    pub successor: String,
    /// Why, for those who use it
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
    /// How to publish.
    #[command(flatten)]
    pub publish: PublishArgs,
}

/// `polity registry cosign`
#[derive(Debug, Args)]
pub struct CosignArgs {
    /// A working copy of the registry
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
    /// How to publish.
    #[command(flatten)]
    pub publish: PublishArgs,
}

/// Show or push what was published without a connection
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  polity outbox\n  polity outbox push")]
pub struct OutboxArgs {
    /// What to do; shows what waits when nothing is named
    #[command(subcommand)]
    pub verb: Option<OutboxVerb>,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// What to do with what waits.
#[derive(Debug, Subcommand)]
pub enum OutboxVerb {
    /// Push everything that waits
    Push {
        /// The seconds that a registry has for each answer
        #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
        timeout: u64,
    },
}

/// A reason that says something: it can never be taken back.
fn reason(text: &str) -> Result<String, String> {
    match text {
        _ if text.trim().is_empty() => Err("say why: a reason is published for good".to_owned()),
        _ if text.chars().any(char::is_control) => Err("a reason is one line of text".to_owned()),
        _ => Ok(text.to_owned()),
    }
}
