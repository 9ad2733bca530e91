//! Policies: their manifests, the Rego engine with its host functions, and the evaluation of every policy on every subject.
//!
//! Nothing here reads a disk or prints: a policy and a repository come in as trees, findings go out.

mod above;
mod around;
pub mod baseline;
mod beside;
mod calls;
mod check;
mod comments;
pub mod conftest;
pub mod difference;
mod dockerfile;
mod dockerfiles;
mod embedded;
mod encoding;
mod evidence;
mod facts;
pub mod fix;
pub mod gatekeeper;
mod helm;
mod host;
mod kubernetes;
mod languages;
pub mod laws;
pub mod layers;
pub mod layout;
mod lint;
mod load;
mod manifest;
mod misnamed;
pub mod mutate;
mod named;
pub mod odd;
mod order;
mod outcome;
mod own;
mod patterns;
mod pointer;
mod purpose;
pub mod ratchet;
mod re2;
pub mod readme;
mod renames;
mod repository;
mod rule;
mod scaffold;
mod search;
mod traces;
mod undecided;
mod unheard;
pub mod unit;
mod unsure;
mod vacuity;
mod value;
mod verdict;
pub mod waivers;
mod walk;
mod watch;

pub use above::Above;
pub use around::{Whole, sees_all};
pub use check::{check, check_by, check_in};
pub use facts::{Fact, Facts};
pub use layers::{Layer, Rules};
pub use load::{Policy, PolicyError, tell_apart};
pub use manifest::{Parameter, ParameterKind, ParameterOrder, PolicyFile, SubjectKind};
pub use misnamed::meant;
pub use outcome::{Evaluation, Outcome, Service, Silent, Verdict};
pub use repository::{Hidden, LeftOut, Repository, UNREADABLE};
pub use scaffold::scaffold;
pub use traces::Traces;
pub use unsure::Unsure;
pub use vacuity::vacuous;
pub use watch::{Excess, WATCH, Watch};

use crate::finding::{Diagnostic, SourceText};

/// The documentation of the finding that the engine itself makes.
pub const UNREADABLE_PAGE: &str = include_str!("unreadable-evidence.md");

/// Makes the model of a contract that `repo.contract` answers; a diagnostic when the text is no document at all.
///
/// Contracts are another job of the product, so the caller brings the function.
pub type ContractReader = fn(&SourceText) -> Result<serde_json::Value, Box<Diagnostic>>;
