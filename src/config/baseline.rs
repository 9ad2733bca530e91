//! `.polity-baseline.yaml`: the findings that were there when a repository began to be checked. Written by polity; may only shrink.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Diagnostic, SourceText};

use super::{ConfigError, Date, Format, load};

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineFile {
    /// The version of this format.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// How many findings it held, each time that it was written.
    #[serde(default)]
    pub trend: Vec<TrendPoint>,
    /// The known findings by file.
    #[serde(default)]
    pub files: BTreeMap<String, KnownFile>,
}

/// How many findings the baseline held on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendPoint {
    /// The day.
    pub date: Date,
    /// The number of findings.
    pub findings: usize,
}

/// The known findings of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFile {
    /// What the file looked like, so that it is known again under another name: the smallest hashes of its lines.
    #[serde(default)]
    pub sketch: String,
    /// The findings.
    pub findings: Vec<KnownFinding>,
}

/// One known finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFinding {
    /// The policy in full.
    pub policy: String,
    /// The fingerprint of what was found, without the file's name.
    pub fingerprint: String,
    /// What was found, for people.
    pub message: String,
}

/// The version of the format.
const VERSION: u32 = 1;
/// What stands above the file's text.
const HEAD: &str = "# Findings that were there before, written by `polity check --baseline write`. This list may only shrink.\n";

impl BaselineFile {
    /// An empty baseline.
    #[must_use]
    pub fn empty() -> Self {
        Self { version: VERSION, trend: Vec::new(), files: BTreeMap::new() }
    }

    /// Reads a `.polity-baseline.yaml`.
    ///
    /// # Errors
    /// [`ConfigError`] that points at the first mistake, also when the format is of another version.
    pub fn load(source: &SourceText) -> Result<Self, ConfigError> {
        let (file, root) = load::<Self>(source, Format::Yaml)?;
        if file.version != VERSION {
            let span = root.get("version").map_or(0..0, |node| node.span.clone());
            let diagnostic = Diagnostic::new(format!("version {} of the baseline is not known", file.version));
            return Err(ConfigError(Box::new(diagnostic.at(source.location(span, "1 is known")).help("use a newer polity"))));
        }
        Ok(file)
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        HEAD.to_owned() + &serde_yaml::to_string(self).expect("a baseline is plain data")
    }

    /// The number of known findings.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.values().map(|file| file.findings.len()).sum()
    }
}
