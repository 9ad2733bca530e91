//! From values to text: diagnostics for people, JSON for programs, and the formats of the places where checks run.
//!
//! Every format of a check writes a finding at a time, so that a hundred thousand of them need no second copy in memory.

pub mod annotations;
mod bar;
pub mod codequality;
mod escape;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
mod scorecard;
pub mod simulation;

use std::collections::BTreeMap;

use crate::config::TrendPoint;
use crate::finding::{Finding, Fingerprint, Location, fingerprints};
use crate::policy::{Outcome, Policy};
use crate::tree::from_folder;

pub use bar::Bar;

/// A check and what is needed to explain it: what every format is made from.
pub struct Report<'a> {
    /// What the check came to.
    pub outcome: &'a Outcome,
    /// What counts against the run.
    pub bar: Bar,
    /// The policies that ran.
    pub policies: &'a [Policy],
    /// What services say of themselves, by root.
    pub cards: BTreeMap<String, Card>,
    /// The checked folder as seen from where paths are resolved, such as `services/orders`; empty for that folder itself.
    pub prefix: String,
    /// How old the knowledge of each namespace of the federation is: `fresh`, `cached 3h`, `STALE 21d`.
    pub freshness: BTreeMap<String, String>,
    /// What is worth knowing of what the check rests on and is no finding, such as a locked layer that was yanked.
    pub notices: Vec<String>,
    /// The policies that the user left out.
    pub skipped: Vec<String>,
    /// How many findings the baseline held, by day, as far as its file and its history tell.
    pub history: Vec<TrendPoint>,
    prints: Vec<Fingerprint>,
}

/// What a service says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub name: Option<String>,
    /// The team that answers for it.
    pub owner: Option<String>,
}

impl<'a> Report<'a> {
    /// A report on a check.
    #[must_use]
    pub fn new(outcome: &'a Outcome, policies: &'a [Policy], cards: BTreeMap<String, Card>, prefix: String) -> Self {
        Self {
            prints: fingerprints(&outcome.findings),
            outcome,
            bar: Bar::default(),
            policies,
            cards,
            prefix,
            freshness: BTreeMap::new(),
            notices: Vec::new(),
            skipped: Vec::new(),
            history: Vec::new(),
        }
    }

    /// The findings that decide about the run: nothing lets them be.
    fn counting(&self) -> impl Iterator<Item = &'a Finding> + Clone {
        self.outcome.findings.iter().filter(|finding| finding.counts())
    }

    /// What the check did not look at because somebody said so: policies that are skipped, and files that are hidden, a sentence each.
    fn unseen(&self) -> impl Iterator<Item = String> {
        let skipped = self.skipped.iter().map(|name| format!("policy `{name}` was skipped, as `--skip` says"));
        let hidden = self.outcome.hidden.iter().map(|one| {
            let files = human::count(one.files, "file is", "files are");
            format!("{files} hidden from every policy by `{}` of `{}`", one.pattern, one.file)
        });
        skipped.chain(hidden)
    }

    /// The path of a place from where the reader stands.
    fn path(&self, place: &Location) -> String {
        self.below(&place.path)
    }

    fn below(&self, path: &str) -> String {
        match (self.prefix.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => from_folder(prefix, path),
        }
    }
}
