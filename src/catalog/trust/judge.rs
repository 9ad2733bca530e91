//! Which statements count, and when they were first witnessed. A function of the set, the federation's rules and the time.
//!
//! Order: the statement's form, federation and namespace (on reading, see `set`) · signatures fit · the key is listed for our purpose ·
//! the key was valid when the statement was first witnessed · enough voices · the author is one of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::tree::Digest;

use super::set::{Signed, StatementSet};
use super::signers::{AllowedSigner, KeyRefusal, Voice, voice};
use super::state::State;
use super::statement::{Body, Checkpoint};
use super::time::Timestamp;

/// Whom a federation trusts to speak for a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trust {
    /// The federation's name.
    pub federation: String,
    /// The namespace.
    pub namespace: String,
    /// Who may speak.
    pub signers: Vec<AllowedSigner>,
    /// How many of them must agree, at least 1.
    pub threshold: usize,
}

/// Why a statement does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// Too few voices; the first refusal of a signature says more, if one was refused.
    #[error("{have} of {need} signers agree{}", .first.as_ref().map(|f| format!(": {f}")).unwrap_or_default())]
    Threshold {
        /// The voices that count.
        have: usize,
        /// The voices that are needed.
        need: usize,
        /// Why a further signature does not count.
        first: Option<KeyRefusal>,
    },
    /// The statement names an author who did not sign it.
    #[error("it says that `{0}` made it, but no key of that principal signed it")]
    Author(String),
    /// A checkpoint's digest is not that of the statements it names.
    #[error("the checkpoint's digest does not fit the statements that it covers")]
    CheckpointDigest,
    /// It belongs elsewhere.
    #[error("it speaks for `{0}` in the federation `{1}`")]
    Elsewhere(String, String),
}

/// Judges all statements of a namespace at the time `now`.
#[must_use]
pub fn judge(set: &StatementSet, trust: &Trust, now: Timestamp) -> State {
    let history = History::of(set);
    let (mut state, mut named) = (State::default(), BTreeSet::new());
    let mut witnessed: HashMap<&Digest, Timestamp> = HashMap::new();
    for id in history.newest_first() {
        let Some((signed, checkpoint)) = history.checkpoints.get(id) else { continue };
        let at = witnessed.get(id).copied().unwrap_or(now);
        let mut outcome = admit(signed, trust, at);
        if outcome.is_ok() && !witnessed.contains_key(id) && history.digest(id).is_some_and(|digest| digest != checkpoint.statements) {
            outcome = Err(Refusal::CheckpointDigest);
        }
        // What stands below was there when this checkpoint was made, or when one above it was.
        let above = witnessed.get(id).copied();
        let own = outcome.is_ok().then_some(signed.statement.issued);
        if let Some(time) = own.into_iter().chain(above).min() {
            for child in checkpoint.previous.iter().chain(&checkpoint.adds) {
                let known = witnessed.entry(child).or_insert(time);
                *known = (*known).min(time);
            }
        }
        if outcome.is_ok() {
            named.extend(checkpoint.previous.iter().chain(&checkpoint.adds));
        }
        state.record(id, signed, outcome);
    }
    for (id, signed) in set.iter().filter(|(id, _)| !history.checkpoints.contains_key(id)) {
        let at = witnessed.get(id).copied().unwrap_or(now);
        state.record(id, signed, admit(signed, trust, at));
    }
    state.missing = named.iter().filter(|id| set.get(id).is_none()).map(|id| (*id).clone()).collect();
    state.fallen = named.into_iter().filter(|id| state.refused.contains_key(*id)).cloned().collect();
    state
}

/// The body of a checkpoint over everything that counts in `state`, valid until `expires`.
#[must_use]
pub fn checkpoint_over(set: &StatementSet, state: &State, expires: Timestamp) -> Checkpoint {
    let history = History::of(set);
    let counts = |id: &&Digest| state.counted.contains(*id);
    let covered: BTreeSet<_> = history.checkpoints.keys().filter(|id| counts(id)).flat_map(|id| history.children(id)).collect();
    let open = |id: &&Digest| counts(id) && !covered.contains(*id);
    let is_checkpoint = |id: &&Digest| history.checkpoints.contains_key(*id);
    let previous: Vec<_> = set.iter().map(|(id, _)| id).filter(open).filter(is_checkpoint).cloned().collect();
    let adds: Vec<_> = set.iter().map(|(id, _)| id).filter(open).filter(|id| !is_checkpoint(id)).cloned().collect();
    let mut all: BTreeSet<&Digest> = previous.iter().chain(&adds).collect();
    for id in &previous {
        history.cover(id, &mut all);
    }
    Checkpoint { statements: digest_of(&all), previous, adds, expires }
}

/// Whether enough signers stand behind a statement, their keys judged at the time `at`.
fn admit(signed: &Signed, trust: &Trust, at: Timestamp) -> Result<(), Refusal> {
    let statement = &signed.statement;
    if statement.federation != trust.federation || statement.namespace != trust.namespace {
        return Err(Refusal::Elsewhere(statement.namespace.clone(), statement.federation.clone()));
    }
    let (mut voices, mut first) = (BTreeSet::<Voice>::new(), None);
    for attested in signed.signatures.values() {
        match voice(&trust.signers, &attested.attestor, at) {
            Ok(voice) => drop(voices.insert(voice)),
            Err(refusal) => first = Some(first.map_or(refusal.clone(), |f: KeyRefusal| f.min(refusal))),
        }
    }
    let have = voices.iter().map(|v| &v.identity).collect::<BTreeSet<_>>().len();
    let need = trust.threshold.max(1);
    if have < need {
        return Err(Refusal::Threshold { have, need, first });
    }
    if voices.iter().any(|voice| voice.speaks_as(&statement.signer)) { Ok(()) } else { Err(Refusal::Author(statement.signer.clone())) }
}

/// The checkpoints of a set, and which names which: a graph without cycles, since each names the others by digest.
struct History<'a> {
    checkpoints: BTreeMap<&'a Digest, (&'a Signed, &'a Checkpoint)>,
}

impl<'a> History<'a> {
    fn of(set: &'a StatementSet) -> Self {
        let checkpoints = set.iter().filter_map(|(id, signed)| match &signed.statement.body {
            Body::Checkpoint(checkpoint) => Some((id, (signed, checkpoint))),
            _ => None,
        });
        Self { checkpoints: checkpoints.collect() }
    }

    fn children(&self, id: &Digest) -> impl Iterator<Item = &'a Digest> + use<'a> {
        self.checkpoints.get(id).map(|(_, c)| *c).into_iter().flat_map(|c| c.previous.iter().chain(&c.adds))
    }

    /// Every checkpoint after all checkpoints that name it.
    fn newest_first(&self) -> Vec<&'a Digest> {
        let mut named: HashMap<&Digest, usize> = HashMap::new();
        for id in self.checkpoints.keys() {
            for child in self.children(id) {
                *named.entry(child).or_default() += 1;
            }
        }
        let mut queue: VecDeque<&'a Digest> = self.checkpoints.keys().copied().filter(|id| !named.contains_key(id)).collect();
        let mut order = Vec::with_capacity(self.checkpoints.len());
        while let Some(id) = queue.pop_front() {
            order.push(id);
            for child in self.children(id) {
                let left = named.get_mut(child).expect("every child was counted");
                *left -= 1;
                if *left == 0 && self.checkpoints.contains_key(child) {
                    queue.push_back(child);
                }
            }
        }
        order
    }

    /// Adds everything below a checkpoint to `all`.
    fn cover(&self, id: &Digest, all: &mut BTreeSet<&'a Digest>) {
        let mut open: Vec<&Digest> = self.children(id).collect();
        all.extend(open.iter().copied());
        while let Some(id) = open.pop() {
            open.extend(self.children(id).filter(|child| all.insert(child)));
        }
    }

    /// The digest over everything below a checkpoint; none when a checkpoint below is not at hand.
    fn digest(&self, id: &Digest) -> Option<Digest> {
        let mut all = BTreeSet::new();
        self.cover(id, &mut all);
        let named = |id: &Digest| self.checkpoints.get(id).is_none_or(|(_, c)| c.previous.iter().all(|p| self.checkpoints.contains_key(p)));
        (named(id) && all.iter().all(|id| named(id))).then(|| digest_of(&all))
    }
}

fn digest_of(all: &BTreeSet<&Digest>) -> Digest {
    let mut text = String::with_capacity(all.len() * 65);
    all.iter().for_each(|id| text.extend([id.as_str(), "\n"]));
    Digest::of(text.as_bytes())
}
