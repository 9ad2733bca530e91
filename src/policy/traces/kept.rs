//! The traces of earlier runs, in the form in which they are kept: every path once, every set of paths once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::tree::{Digest, RepoPath, Stamp};

use super::Said;

/// The most traces of one rule on one subject: as many branches are remembered.
const BRANCHES: usize = 4;
/// How many runs with something new a trace outlives without being of use.
const RUNS: u64 = 16;

/// The traces of earlier runs on one repository.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Traces {
    /// The number of runs that had something to keep.
    pub(super) run: u64,
    pub(super) files: Vec<Known>,
    /// Sets of files, by their places in `files`.
    pub(super) sets: Vec<Vec<u32>>,
    /// By everything that a rule got without reading.
    pub(super) evaluations: BTreeMap<Digest, Vec<Trace>>,
}

/// A file that some trace rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::policy) struct Known {
    #[serde(with = "found")]
    pub path: RepoPath,
    /// What it was when it was last read; nothing when the next change might not show.
    pub seen: Option<Content>,
}

/// A file's content as it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::policy) struct Content {
    pub stamp: Stamp,
    pub digest: Digest,
    pub is_marked: bool,
}

/// What one rule said about one subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Trace {
    /// The last run that it was of use to.
    pub used: u64,
    /// The files that the rule read, a place in `sets`.
    pub reads: usize,
    /// The files that its findings point at or that stand behind those it read, a place in `sets`.
    pub behind: usize,
    /// The digests of both sets.
    pub content: [Digest; 2],
    #[serde(with = "described")]
    pub said: Said,
}

impl Traces {
    /// The paths of a set.
    pub(super) fn paths(&self, set: usize) -> Option<Vec<&RepoPath>> {
        self.sets.get(set)?.iter().map(|file| Some(&self.files.get(usize::try_from(*file).ok()?)?.path)).collect()
    }
}

/// Traces on their way to be kept.
pub(super) struct Builder<'a> {
    run: u64,
    known: &'a dyn Fn(&RepoPath) -> Known,
    traces: Traces,
    places: HashMap<RepoPath, u32>,
    sets: HashMap<Vec<u32>, usize>,
}

impl<'a> Builder<'a> {
    /// Nothing yet; `known` says what is known of a file.
    pub fn new(run: u64, known: &'a dyn Fn(&RepoPath) -> Known) -> Self {
        Self { run, known, traces: Traces { run, ..Traces::default() }, places: HashMap::new(), sets: HashMap::new() }
    }

    /// The place of a set of paths.
    pub fn set<'p>(&mut self, paths: impl IntoIterator<Item = &'p RepoPath>) -> usize {
        let files: Vec<u32> = paths.into_iter().map(|path| self.file(path)).collect();
        let next = self.sets.len();
        *self.sets.entry(files).or_insert(next)
    }

    fn file(&mut self, path: &RepoPath) -> u32 {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        let place = u32::try_from(self.traces.files.len()).expect("no tree has four thousand million files");
        self.traces.files.push((self.known)(path));
        self.places.insert(path.clone(), place);
        place
    }

    /// Adds a trace, if it was of use not too long ago. Those that come first count as the newer ones.
    pub fn add(&mut self, key: &Digest, trace: Trace) {
        let known = self.traces.evaluations.entry(key.clone()).or_default();
        if trace.used.saturating_add(RUNS) >= self.run && known.len() < BRANCHES && known.iter().all(|other| other.content != trace.content)
        {
            known.push(trace);
        }
    }

    /// Adds the traces of earlier runs; `hits` were of use in this one.
    pub fn add_old(&mut self, old: &Traces, hits: &BTreeSet<(Digest, usize)>) {
        for (key, traces) in &old.evaluations {
            let mut traces: Vec<_> = traces.iter().enumerate().collect();
            traces.sort_by_key(|(index, trace)| (!hits.contains(&(key.clone(), *index)), std::cmp::Reverse(trace.used)));
            for (index, trace) in traces {
                let (Some(reads), Some(behind)) = (old.paths(trace.reads), old.paths(trace.behind)) else { continue };
                let used = if hits.contains(&(key.clone(), index)) { self.run } else { trace.used };
                if used.saturating_add(RUNS) >= self.run {
                    let (reads, behind) = (self.set(reads), self.set(behind));
                    self.add(key, Trace { used, reads, behind, ..trace.clone() });
                }
            }
        }
    }

    /// What is to be kept.
    pub fn build(mut self) -> Traces {
        self.traces.evaluations.retain(|_, traces| !traces.is_empty());
        self.traces.sets.resize(self.sets.len(), Vec::new());
        for (files, place) in self.sets {
            self.traces.sets[place] = files;
        }
        self.traces
    }
}

/// What a rule said, as a text that describes itself: its parts leave out what they lack.
mod described {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de, ser};

    use super::Said;

    pub fn serialize<S: Serializer>(said: &Said, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(said).map_err(ser::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Said, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Paths as they were found, which may be odder than what a user may name.
mod found {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::tree::RepoPath;

    pub fn serialize<S: Serializer>(path: &RepoPath, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(path.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RepoPath, D::Error> {
        String::deserialize(deserializer).map(RepoPath::found)
    }
}
