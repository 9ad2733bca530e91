//! What an evaluation read and what came of it, kept between runs: a rule whose evidence is unchanged is not evaluated again.
//!
//! These are the constructive traces of Mokhov, Mitchell and Peyton Jones, *Build Systems à la Carte* (ICFP 2018). A trace is found by
//! everything that a rule gets without reading (its own text, `input`, the names of all files) and holds for as long as the digest of
//! what it read is the same. Branches that share files share traces.

mod identity;
mod kept;
mod replay;
mod run;

pub(super) use identity::Identity;
pub(super) use kept::Known;
pub use kept::Traces;
pub(super) use replay::{given, recalled, remember};
pub(super) use run::{Effect, Said, Tracing};

#[cfg(test)]
mod tests;
