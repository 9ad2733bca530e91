//! Waivers: what lets a finding be, and what is wrong with a waiver itself. Everything fails closed: a waiver that is expired, badly
//! written, too long, too broad or nobody's waives nothing.

mod apply;
mod broad;
mod file;
mod inline;
#[cfg(test)]
mod tests;

use crate::config::Date;
use crate::finding::{Diagnostic, Finding, Location, Severity, Subject, SuppressionKind};

use super::UNREADABLE;

pub use apply::{Run, all, apply, fitting, others};
pub use file::read;
pub(super) use inline::{MARK, is_marked};

/// The findings that the engine itself makes, about waivers, the baseline and evidence: id and title.
pub const OWN_FINDINGS: [(&str, &str); 10] = [
    ("broad-waiver", "a waiver covers more than one exact subject, or goes by a position alone"),
    ("expired-waiver", "a waiver is past its last day"),
    ("grown-baseline", "the baseline has what an earlier version did not have any more, or never had"),
    ("invalid-waiver", "a waiver cannot be read"),
    ("long-waiver", "a waiver lasts longer than the policy layers allow"),
    ("lost-baseline", "the versions of the baseline before cannot be had, so it may have grown"),
    ("ownerless-waiver", "nobody answers for a waiver"),
    ("stale-baseline", "the baseline lists findings that are gone"),
    (UNREADABLE, "a policy asked for a file that cannot be read or understood"),
    ("unused-waiver", "a waiver covers no finding"),
];

/// The title of a finding that the engine itself makes.
#[must_use]
pub fn own_title(id: &str) -> Option<&'static str> {
    OWN_FINDINGS.iter().find(|(own, _)| *own == id).map(|(_, title)| *title)
}

/// A waiver, from a file or from a comment.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Whether it is a file or a comment.
    pub kind: SuppressionKind,
    /// The policy: its id, or in full.
    pub policy: String,
    /// What it covers.
    pub covers: Covers,
    /// What the policy says of it; empty for all that it says.
    pub says: Vec<String>,
    /// Why, in one word.
    pub reason: String,
    /// Why, in a sentence.
    pub because: String,
    /// Who answers for it; empty for nobody.
    pub owner: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds.
    pub expires: Date,
    /// The service that it stands in.
    pub root: String,
    /// Whether it stands above the checked folder: then what is wrong with it is said where it stands.
    pub is_above: bool,
    /// Where it says so.
    pub place: Location,
    /// Where it says until when.
    pub expires_place: Location,
}

/// What a waiver covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covers {
    /// A subject, with its path from the checked folder.
    Subject(Subject),
    /// A line of a file.
    Line(String, usize),
}

/// A finding about a waiver.
fn complaint(id: &str, severity: Severity, root: &str, diagnostic: Diagnostic) -> Finding {
    Finding::new(id, severity, root, diagnostic)
}
