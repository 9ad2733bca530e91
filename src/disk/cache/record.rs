//! Small records of the cache: the last sync of a namespace, and publications that wait for a connection.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::catalog::UnitKind;
use crate::catalog::trust::{Timestamp, Trust};
use crate::tree::Digest;

use super::{Cache, CacheError, Space};

/// How a namespace is synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synced {
    /// What signed statements say of it is taken.
    Signed,
    /// What its address holds is taken.
    Unsigned,
}

/// What the last successful sync of a namespace found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRecord {
    /// The registry's address in the federation file at that time; with another one the record counts for nothing.
    pub url: String,
    /// How it was, which is no less a part of it: the one way keeps nothing that the other goes by. Earlier builds did not say.
    #[serde(default)]
    pub how: Option<Synced>,
    /// When it was.
    pub at: Timestamp,
    /// The address that answered: the registry itself or a mirror.
    pub source: String,
    /// The git object of every tag whose tree was found to be what a statement says.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What an unsigned registry held; of a signed one the statements say it.
    #[serde(default)]
    pub units: Vec<CachedUnit>,
    /// The newest checkpoint of a signed one. A log that does not know it has lost its end; earlier builds did not say.
    #[serde(default)]
    pub checkpoint: Option<Digest>,
}

impl Synced {
    /// How a namespace with these signers is synced.
    #[must_use]
    pub fn by(trust: Option<&Trust>) -> Self {
        if trust.is_some() { Self::Signed } else { Self::Unsigned }
    }
}

impl SyncRecord {
    /// How the sync was. Of those that do not say only one without signers left units.
    #[must_use]
    pub fn how(&self) -> Synced {
        self.how.unwrap_or(if self.units.is_empty() { Synced::Signed } else { Synced::Unsigned })
    }
}

/// A template or policy of an unsigned registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedUnit {
    /// Template or policy.
    pub kind: UnitKind,
    /// Its name.
    pub name: String,
    /// The version that its manifest says.
    pub version: String,
    /// Its tree in the store.
    pub tree: Digest,
}

/// A publication that waits for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The federation.
    pub federation: String,
    /// The namespace.
    pub namespace: String,
    /// The registry's working copy.
    pub checkout: String,
    /// Where it is pushed.
    pub url: String,
    /// The refs that are pushed, as git's refspecs.
    pub refs: Vec<String>,
    /// When it was made.
    pub at: Timestamp,
    /// What it is, for people.
    pub summary: String,
    /// The statements in it, which nobody else has seen; earlier builds did not say.
    #[serde(default)]
    pub statements: Vec<Digest>,
}

impl Cache {
    /// The record of the last sync; `None` when there was none, or when the record is damaged.
    #[must_use]
    pub fn last_sync(&self, space: &Space) -> Option<SyncRecord> {
        read(&self.place_of(space).join("sync.json"))
    }

    /// Keeps the record of a sync.
    ///
    /// # Errors
    /// [`CacheError`] when it cannot be written.
    pub fn record_sync(&self, space: &Space, record: &SyncRecord) -> Result<(), CacheError> {
        self.replace(&self.folder(space)?.join("sync.json"), &to_json(record))
    }

    /// Queues a publication.
    ///
    /// # Errors
    /// [`CacheError`] when it cannot be written.
    pub fn queue(&self, queued: &Queued) -> Result<(), CacheError> {
        let bytes = to_json(queued);
        let name = format!("{:012}-{}.json", queued.at.unix(), &Digest::of(&bytes).as_str()[..12]);
        self.replace(&self.make("outbox")?.join(name), &bytes)
    }

    /// What waits, by name, oldest first.
    #[must_use]
    pub fn outbox(&self) -> Vec<(String, Queued)> {
        let Ok(entries) = fs::read_dir(self.root.join("outbox")) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut found: Vec<_> = names.filter_map(|name| Some((name.clone(), read(&self.root.join("outbox").join(&name))?))).collect();
        found.sort_by(|a: &(String, Queued), b| a.0.cmp(&b.0));
        found
    }

    /// Takes a publication out of the queue.
    ///
    /// # Errors
    /// [`CacheError`] when it cannot be removed.
    pub fn dequeue(&self, name: &str) -> Result<(), CacheError> {
        let path = self.root.join("outbox").join(name);
        match fs::remove_file(&path) {
            // Another process sent it, too.
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(CacheError { path, cause }),
            _ => Ok(()),
        }
    }
}

fn read<T: DeserializeOwned>(path: &std::path::Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("a record has only texts as keys");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_and_damage_counts_as_absence() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        let space = Space { federation: "acme".to_owned(), namespace: "pay".to_owned() };
        let (url, at) = ("https://h/x".to_owned(), Timestamp::from_unix(9));
        let unit = CachedUnit { kind: UnitKind::Policy, name: "p".to_owned(), version: "1.0.0".to_owned(), tree: Digest::of(b"") };
        let how = Some(Synced::Unsigned);
        let record = SyncRecord { source: url.clone(), url, how, at, tags: BTreeMap::new(), units: vec![unit], checkpoint: None };
        assert_eq!(cache.last_sync(&space), None);
        cache.record_sync(&space, &record).unwrap();
        assert_eq!(cache.last_sync(&space), Some(record));
        fs::write(dir.path().join("namespaces/acme/pay/sync.json"), "{").unwrap();
        assert_eq!(cache.last_sync(&space), None);
    }

    #[test]
    fn the_outbox_keeps_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        let queued = |at: u64| Queued {
            federation: "acme".to_owned(),
            namespace: "pay".to_owned(),
            checkout: "/pay".to_owned(),
            url: "https://h/x".to_owned(),
            refs: vec!["HEAD".to_owned()],
            at: Timestamp::from_unix(at),
            summary: format!("number {at}"),
            statements: Vec::new(),
        };
        for at in [30, 7, 200] {
            cache.queue(&queued(at)).unwrap();
        }
        let summaries: Vec<_> = cache.outbox().into_iter().map(|(_, q)| q.summary).collect();
        assert_eq!(summaries, ["number 7", "number 30", "number 200"]);
        cache.dequeue(&cache.outbox()[0].0).unwrap();
        assert_eq!(cache.outbox().len(), 2);
    }
}
