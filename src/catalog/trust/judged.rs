//! What was judged once, to be remembered: as long as no key begins or ceases to be valid, the same statements add up to the same.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::judge::{Trust, judge};
use super::set::StatementSet;
use super::state::State;
use super::time::Timestamp;

/// What a set of statements adds up to, and during which time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// What they add up to.
    pub state: State,
    /// The first second of it.
    from: Option<Timestamp>,
    /// The first second after it.
    until: Option<Timestamp>,
}

impl Judged {
    /// Judges all statements of a namespace at the time `now`.
    #[must_use]
    pub fn of(set: &StatementSet, trust: &Trust, now: Timestamp) -> Self {
        let turns = turns(set, trust);
        let (from, until) = (turns.range(..=now).next_back().copied(), turns.range(now..).find(|turn| **turn > now).copied());
        Self { state: judge(set, trust, now), from, until }
    }

    /// Whether judging at the time `now` gives the same.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// The points in time at which a key or a certificate begins or ceases to be valid.
fn turns(set: &StatementSet, trust: &Trust) -> BTreeSet<Timestamp> {
    let of_keys = trust.signers.iter().flat_map(|signer| [signer.valid_after, signer.valid_before]).flatten();
    let attestors = set.iter().flat_map(|(_, signed)| signed.signatures.values()).map(|attested| &attested.attestor);
    let certificates = attestors.filter_map(|attestor| attestor.certificate.as_ref());
    let of_certificates = certificates.flat_map(|c| [c.valid_after, c.valid_before]).map(Timestamp::from_unix);
    of_keys.chain(of_certificates).collect()
}
