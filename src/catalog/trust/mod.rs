//! Trust without a server: signed statements about releases, who may make them, and what they add up to.
//!
//! Everything is a function of statements, rules and a time. No key is read, no clock is asked and nothing is fetched here.

mod canonical;
mod freshness;
mod judge;
mod judged;
mod members;
mod patterns;
mod rules;
mod set;
mod signature;
mod signers;
mod state;
mod statement;
#[cfg(test)]
mod tests;
mod time;

pub use canonical::{CanonicalError, from_canonical, to_canonical};
pub use freshness::{Freshness, Limits};
pub use judge::{Refusal, Trust, checkpoint_over, judge};
pub use judged::Judged;
pub use patterns::Patterns;
pub use rules::{limits_of, trust_of};
pub use set::{Attested, FOLDER, Ignored, Signed, StatementSet, files, gather};
pub use signature::{Attestor, CertificateFacts, PURPOSE, SignatureError, fingerprint, sign, verify};
pub use signers::{AllowedSigner, KeyRefusal, LineError, Voice, parse_signer, parse_signers, voice};
pub use state::{Claim, Equivocation, Newest, Standing, State, UnitKey};
pub use statement::{Body, Checkpoint, Deprecation, Release, Statement, StatementError, Withdrawal};
pub use time::{TimeError, Timestamp, rough};
