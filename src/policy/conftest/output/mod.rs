//! conftest's output formats, each a function from results to text.

mod azure;
mod github;
mod json;
mod junit;
mod report;
mod sarif;
mod standard;
mod table;
mod tap;

use super::{CheckResult, ConftestError};

pub use json::{escape_html, read as read_json};
pub use report::{Detail, report};
pub use standard::traces;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    #[default]
    Standard,
    /// JSON.
    Json,
    /// Test anything protocol.
    Tap,
    /// A table for people.
    Table,
    /// JUnit XML.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// Logging commands of Azure pipelines.
    AzureDevops,
    /// SARIF 2.1.0.
    Sarif,
}

/// The names that `--output` takes.
pub const FORMATS: [(&str, Format); 8] = [
    ("stdout", Format::Standard),
    ("json", Format::Json),
    ("tap", Format::Tap),
    ("table", Format::Table),
    ("junit", Format::Junit),
    ("github", Format::Github),
    ("azuredevops", Format::AzureDevops),
    ("sarif", Format::Sarif),
];

impl Format {
    /// The format of a name; an unknown name is the standard format, as in conftest.
    #[must_use]
    pub fn named(name: &str) -> Self {
        FORMATS.iter().find(|(known, _)| *known == name).map_or(Self::Standard, |(_, format)| *format)
    }
}

/// What changes how results are shown.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each switch of the command line")]
pub struct Style {
    /// Whether to colour.
    pub colour: bool,
    /// Whether to leave exceptions out.
    pub suppress_exceptions: bool,
    /// Whether to count skipped tests in the summary.
    pub show_skipped: bool,
    /// Whether to leave messages out of JUnit's test names.
    pub junit_hide_message: bool,
    /// Whether to leave out files without findings for GitHub.
    pub github_hide_passed: bool,
    /// The exit code that SARIF records.
    pub exit_code: u8,
}

/// Shows results in a format.
///
/// # Errors
/// Only when the results cannot be written as JSON.
pub fn render(format: Format, results: &[CheckResult], style: Style) -> Result<String, ConftestError> {
    Ok(match format {
        Format::Standard => standard::render(results, style),
        Format::Json => json::render(results)?,
        Format::Tap => tap::render(results),
        Format::Table => table::render(results),
        Format::Junit => junit::render(results, style),
        Format::Github => github::render(results, style),
        Format::AzureDevops => azure::render(results),
        Format::Sarif => sarif::render(results, style)?,
    })
}

/// `- file - namespace -`, the way every line names its subject; the standard input is a bare dash.
fn subject(result: &CheckResult) -> String {
    let file = if result.file == "-" { "-".to_owned() } else { format!("- {}", result.file) };
    let namespace = if result.namespace == "-" { "-".to_owned() } else { format!("- {} -", result.namespace) };
    format!("{file} {namespace}")
}
