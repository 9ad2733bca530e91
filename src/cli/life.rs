//! The verbs of a service's life after its generation: arguments and help.

use std::path::PathBuf;

use clap::Args;

use super::OutputFormat;

/// Bring a service to newer versions of its template
///
/// Merges what changed in the template into the working tree, as git merges a branch: what you edited stays, and where both changed the
/// same lines you find an ordinary conflict. Nothing is committed. The tree must be clean; an update that was interrupted is undone by the
/// next run, and `--abort` takes the last one back. No layer goes back to an older version unless `--to` or `--add LAYER@VERSION` says so.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  polity update
  polity update --dry-run --diff
  polity update orders --to 2.1.0 --set region=eu
  polity update --add org/chaos
  polity --registry ../platform update --add pay/support-page@1.2
  polity update --locked
  polity update --abort")]
pub struct UpdateArgs {
    /// The service's folder
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
    /// The template's version, or its beginning; without it, the newest at hand
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// The template, if it is not to be looked up by its name: a folder, or another name
    #[arg(long, value_name = "TEMPLATE")]
    pub from: Option<String>,
    /// The value of one input; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// A YAML file with the values of inputs; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Take the default of every new input, and ask nothing
    #[arg(long)]
    pub defaults: bool,
    /// Add a layer over the template; may be given several times
    ///
    /// `@1`, `@1.2` or `@1.2.0` behind the name asks for a version, also of a layer that was added before; later updates keep to it until `--add LAYER` lifts it.
    #[arg(long, value_name = "LAYER")]
    pub add: Vec<String>,
    /// Take a layer away that was added; may be given several times
    #[arg(long, value_name = "LAYER")]
    pub remove: Vec<String>,
    /// Write nothing; print what would change
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run, print the changes as a diff
    #[arg(long, requires = "dry_run")]
    pub diff: bool,
    /// Put changes that are not committed aside, and bring them back afterwards
    #[arg(long)]
    pub stash: bool,
    /// Take back the last update that is not committed
    #[arg(long, conflicts_with_all = ["to", "from", "set", "answers", "defaults", "add", "remove", "dry_run", "stash", "locked", "frozen"])]
    pub abort: bool,
    /// Change nothing: render the locked versions again; any difference from `polity.lock` is an error
    #[arg(long, conflicts_with_all = ["to", "from", "set", "answers", "add", "remove", "stash"])]
    pub locked: bool,
    /// As --locked, and no network
    #[arg(long, conflicts_with_all = ["to", "from", "set", "answers", "add", "remove", "stash"])]
    pub frozen: bool,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// Make a repository that was born without polity a service of a template
///
/// Files that you have and that the template would share with you (`merged`, `seeded`) stay as they are; where a `managed` file differs you
/// find an ordinary conflict. Afterwards `polity update`, `drift` and `blame` work as for a generated service.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity adopt rust-service
  polity adopt pay/go orders --defaults --set owner=payments --dry-run")]
pub struct AdoptArgs {
    /// The template: `namespace/name`, a name that is unique, or a template's folder
    pub template: String,
    /// The repository's folder
    #[arg(default_value = ".", value_name = "DIR")]
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
    /// Write nothing; print what would change
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run, print the changes as a diff
    #[arg(long, requires = "dry_run")]
    pub diff: bool,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// Say how far a service is from what its template rendered
///
/// Compares every file with the digests in `polity.lock`. Exit code 1 when files that the template manages have drifted; files that both
/// edit (`merged`) and files that are yours (`seeded`) are counted, and are no finding.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity drift
  polity drift orders --diff
  polity drift --locked
  polity drift --format json")]
pub struct DriftArgs {
    /// The service's folder
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// Print what drifted as a diff from what was rendered
    #[arg(long)]
    pub diff: bool,
    /// Do not take the word of `polity.lock`: render the locked versions again; any difference from it is an error
    #[arg(long)]
    pub locked: bool,
    /// As --locked, and no network
    #[arg(long)]
    pub frozen: bool,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// Say who made each line of a file: which layer, or you
///
/// For a line of a template: the layer with its version and signer, the line of its file, and the answers that shaped it. For a line of
/// yours: the commit. What is not certain is called unknown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity blame Dockerfile
  polity blame src/main.rs:12
  polity blame src/main.rs --format json")]
pub struct BlameArgs {
    /// The file, or `FILE:LINE`
    #[arg(value_name = "FILE[:LINE]")]
    pub place: PathBuf,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}

/// Turn an improvement of a file into a change of its template
///
/// Finds the lines of the template that made what you changed, and turns answers in your lines into expressions again. The result is
/// rendered with your answers and held against your file: exit code 0 says that it is the same, byte for byte. With `--registry`, the
/// change is committed to a branch of that checkout, whose working tree stays as it is; without, it is shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polity promote Dockerfile
  polity --registry ../platform promote src/main.rs --branch faster-start")]
pub struct PromoteArgs {
    /// The file
    pub file: PathBuf,
    /// The branch; without it, `polity/promote-` and the file's name
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Print the change and commit nothing
    #[arg(long)]
    pub diff: bool,
    /// The format of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,
}
