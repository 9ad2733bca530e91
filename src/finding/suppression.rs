//! Why a finding does not count: a waiver that somebody granted, a comment on the line, or a baseline that knew it before.

use serde::Serialize;

/// Who lets a finding be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionKind {
    /// A file in `waivers/`.
    Waiver,
    /// A comment at the line.
    Inline,
    /// `.polity-baseline.yaml`.
    Baseline,
    /// The revision that `--since` names had it already.
    Since,
}

impl SuppressionKind {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiver => "waiver",
            Self::Inline => "inline",
            Self::Baseline => "baseline",
            Self::Since => "since",
        }
    }
}

/// Why a finding does not count. The finding stays in every report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// Who lets it be.
    pub kind: SuppressionKind,
    /// One of the closed list of reasons; empty for a baseline.
    pub reason: String,
    /// The reason in the words of who granted it.
    pub because: String,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds, such as `2026-12-31` (UTC).
    pub expires: Option<String>,
    /// The file that says so.
    pub path: String,
    /// The line in that file, from 1.
    pub line: usize,
}
