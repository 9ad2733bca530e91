//! What the cache knows of a namespace, judged now, or remembered from a run that judged the same.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::catalog::trust::{Freshness, Judged, State, StatementSet, Timestamp, Trust, judge, limits_of};
use crate::config::LockedCheckpoint;
use crate::disk::{Cache, Log, Queued, Space, SyncRecord, Synced};
use crate::error::Error;
use crate::tree::Digest;

use super::federation::Federated;
use super::traces;
use super::user::now;

/// What the cache knows of one namespace, judged now.
pub(super) struct Known {
    pub(super) space: Space,
    pub(super) trust: Option<Trust>,
    pub(super) state: State,
    pub(super) record: Option<SyncRecord>,
    /// How it was synced at its address, where that is not how the federation file has it now: nothing that was kept counts then.
    pub(super) otherwise: Option<Synced>,
    pub(super) freshness: Freshness,
    /// When it was judged: now by this machine's clock, but not before the last sync.
    pub(super) now: Timestamp,
    /// The newest checkpoint that the lock of the service around has seen.
    pub(super) locked: Option<LockedCheckpoint>,
    /// How many lines of the log are damaged.
    pub(super) damaged: usize,
    log: Log,
    /// The statements themselves, once somebody asks for them: the state says what most verbs need.
    set: OnceLock<StatementSet>,
}

impl Federated {
    /// What the cache knows of a namespace.
    pub(super) fn known(&self, cache: &Cache, namespace: &str) -> Result<Known, Error> {
        let (trust, space) = (self.trust(namespace)?, self.space(namespace));
        let log = cache.log(&space)?;
        let url = &self.federation.file.namespaces[namespace].url;
        let last = cache.last_sync(&space).filter(|record| record.url == *url);
        let otherwise = last.as_ref().map(SyncRecord::how).filter(|was| *was != Synced::by(trust.as_ref()));
        let record = last.filter(|_| otherwise.is_none());
        // A clock that was set back must not revive a key: the last sync was no later than now.
        let clock = now();
        let now = record.as_ref().map_or(clock, |record| clock.max(record.at));
        let limits = limits_of(&self.federation, namespace).expect("the namespace was chosen from the file");
        let freshness = Freshness::of(record.as_ref().map(|r| r.at), clock, limits);
        let state = State::default();
        let known = Known { space, trust, state, record, otherwise, freshness, now, locked: None, damaged: 0, log, set: OnceLock::new() };
        Ok(known.judged(cache))
    }
}

impl Known {
    /// Every statement at hand, whether it counts or not.
    pub(super) fn set(&self) -> &StatementSet {
        self.set.get_or_init(|| self.log.statements().0)
    }

    /// As [`Self::set`], read again, and how many lines are damaged.
    pub(super) fn read(&self) -> (StatementSet, usize) {
        self.log.statements()
    }

    /// Takes statements from elsewhere in, and judges all anew.
    pub(super) fn add(&mut self, others: &StatementSet) {
        let mut set = self.set().clone();
        set.merge(others);
        if let Some(trust) = &self.trust {
            self.state = judge(&set, trust, now());
        }
        self.set = set.into();
    }

    /// Takes what waits in the outbox for not seen: the registry has never had it.
    pub(super) fn overlook(&mut self, cache: &Cache) {
        let of_here = |queued: &Queued| queued.federation == self.space.federation && queued.namespace == self.space.namespace;
        let waiting = cache.outbox().into_iter().map(|(_, queued)| queued).filter(of_here);
        let unsent: BTreeSet<Digest> = waiting.flat_map(|queued| queued.statements).collect();
        let Some(trust) = self.trust.as_ref().filter(|_| !unsent.is_empty()) else { return };
        let mut set = StatementSet::default();
        for (_, signed) in self.set().iter().filter(|(id, _)| !unsent.contains(*id)) {
            set.insert(signed.clone());
        }
        self.state.checkpoint = judge(&set, trust, self.now).checkpoint;
        self.locked = self.locked.take().filter(|seen| !unsent.contains(&seen.id));
    }

    fn judged(mut self, cache: &Cache) -> Self {
        let Some(trust) = &self.trust else { return self };
        let key = key(trust, &self.log);
        let kept = key.as_ref().and_then(|key| cache.judged(&self.space, key)).filter(|(judged, _)| judged.holds(self.now));
        let (judged, damaged) = kept.unwrap_or_else(|| {
            let (set, damaged) = self.log.statements();
            let judged = (Judged::of(&set, trust, self.now), damaged);
            self.set = set.into();
            key.iter().for_each(|key| cache.keep_judged(&self.space, key, &judged));
            judged
        });
        (self.state, self.damaged) = (judged.state, damaged);
        self
    }
}

/// What a judgement rests on beside the time: the statements, whom the federation trusts, and the program.
fn key(trust: &Trust, log: &Log) -> Option<Digest> {
    let trust = serde_json::to_string(trust).ok()?;
    Some(Digest::of(format!("{}\n{}\n{trust}", traces::program()?, log.digest()).as_bytes()))
}
