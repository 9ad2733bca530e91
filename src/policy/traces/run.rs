//! The traces of this run: which of the old ones hold, and what is new.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::finding::{Diagnostic, Fix};
use crate::policy::Verdict;
use crate::policy::evidence::Problem;
use crate::policy::repository::{Repository, lock};
use crate::tree::{Digest, DigestOfParts, Mode, RepoPath};

use super::kept::{Builder, Content, Known, Trace};
use super::{Identity, Traces};

/// What one rule said about one subject, before layers and waivers speak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::policy) struct Said {
    /// The service, what is wrong, and how it can be repaired.
    pub findings: Vec<(String, Diagnostic, Option<Fix>)>,
    pub verdict: Verdict,
    pub reasons: Vec<String>,
    /// What the run has to know besides.
    pub effects: Vec<Effect>,
}

/// What an evaluation tells the run about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::policy) enum Effect {
    /// The rule could not have it.
    Problem(String, Problem),
    /// It was passed over.
    Skipped(String, String),
}

/// The traces of this run.
pub(in crate::policy) struct Tracing {
    old: Traces,
    known: HashMap<RepoPath, usize>,
    /// What else every result depends on: the program.
    salt: String,
    /// The beginning of the run, in nanoseconds since 1970.
    now: i64,
    names: OnceLock<Digest>,
    /// The digest of each set of `old`, as its files are now; nothing for one that cannot be read.
    sets: OnceLock<Vec<Option<Digest>>>,
    /// The paths of each set of `old`, once a rule that holds has read them.
    evidence: Vec<OnceLock<Arc<[RepoPath]>>>,
    hits: Mutex<BTreeSet<(Digest, usize)>>,
    fresh: Mutex<BTreeMap<Digest, Fresh>>,
}

struct Fresh {
    reads: BTreeSet<RepoPath>,
    behind: BTreeSet<RepoPath>,
    said: Said,
}

impl Tracing {
    /// What earlier runs kept. `salt` changes with the program; `now` is in nanoseconds since 1970.
    pub fn new(old: Traces, salt: String, now: i64) -> Self {
        let known = old.files.iter().enumerate().map(|(place, known)| (known.path.clone(), place)).collect();
        let (names, sets, evidence) = (OnceLock::new(), OnceLock::new(), vec![OnceLock::new(); old.sets.len()]);
        Self { old, known, salt, now, names, sets, evidence, hits: Mutex::default(), fresh: Mutex::default() }
    }

    /// What earlier runs knew of a file.
    pub fn known(&self, path: &RepoPath) -> Option<&Known> {
        self.old.files.get(*self.known.get(path)?)
    }

    /// Finds out what the files of old traces are now: those with another stamp are read. To be called before any evaluation.
    pub fn prepare(&self, repository: &Repository) {
        let contents: Vec<_> = self.old.files.par_iter().map(|known| content(repository, &known.path)).collect();
        let row = |file: &u32| {
            let place = usize::try_from(*file).ok()?;
            Some((&self.old.files.get(place)?.path, contents[place].as_deref()?))
        };
        let _ = self.sets.set(self.old.sets.par_iter().map(|set| digest_of(set.iter().map(row))).collect());
        let _ = self.names.set(names(repository));
    }

    /// The key of an evaluation: everything that the rule gets without reading.
    pub fn key(&self, given: &impl Serialize) -> Digest {
        let text = serde_json::to_vec(&(&self.salt, self.names.get(), given)).expect("texts, numbers and lists become JSON");
        Digest::of(&text)
    }

    /// What an earlier run heard, with the files that the rule read, if they are all the same.
    pub fn recall(&self, key: &Digest) -> Option<(&Said, Arc<[RepoPath]>)> {
        let now = |set: usize| self.sets.get()?.get(set)?.as_ref();
        let holds = |trace: &Trace| now(trace.reads) == Some(&trace.content[0]) && now(trace.behind) == Some(&trace.content[1]);
        let (index, trace) = self.old.evaluations.get(key)?.iter().enumerate().find(|(_, trace)| holds(trace))?;
        let reads = self.evidence(trace.reads)?;
        lock(&self.hits).insert((key.clone(), index));
        Some((&trace.said, reads))
    }

    /// The paths of a set, made once for all rules that read the same files.
    fn evidence(&self, set: usize) -> Option<Arc<[RepoPath]>> {
        let made = self.evidence.get(set)?;
        if let Some(made) = made.get() {
            return Some(made.clone());
        }
        let paths = self.old.paths(set)?.into_iter().cloned().collect();
        Some(made.get_or_init(|| paths).clone())
    }

    /// Notes what a rule said now.
    pub fn note(&self, key: Digest, reads: BTreeSet<RepoPath>, behind: BTreeSet<RepoPath>, said: Said) {
        lock(&self.fresh).insert(key, Fresh { reads, behind, said });
    }

    /// What is to be kept for the next run; nothing when it would learn nothing from it.
    pub fn finish(&self, repository: &Repository) -> Option<Traces> {
        let fresh = lock(&self.fresh);
        let paths: BTreeSet<_> = fresh.values().flat_map(|one| one.reads.iter().chain(&one.behind)).collect();
        // Most files are read by many rules; nothing stands for one that may have changed during the run.
        let sure: HashMap<&RepoPath, Option<String>> =
            paths.into_par_iter().map(|path| (path, content(repository, path).filter(|_| self.is_sure(repository, path)))).collect();
        let digest = |paths: &BTreeSet<RepoPath>| digest_of(paths.iter().map(|path| Some((path, sure[path].as_deref()?))));
        let kept = fresh.par_iter().filter_map(|(key, one)| Some((key, one, [digest(&one.reads)?, digest(&one.behind)?])));
        let kept: Vec<_> = kept.collect();
        if kept.is_empty() && !repository.learnt(|identity| identity.is_settled(self.now)) {
            return None;
        }
        let known = |path: &RepoPath| self.describe(repository, path);
        let run = self.old.run.saturating_add(1);
        let mut builder = Builder::new(run, &known);
        for (key, one, content) in kept {
            let (reads, behind) = (builder.set(&one.reads), builder.set(&one.behind));
            builder.add(key, Trace { used: run, reads, behind, content, said: one.said.clone() });
        }
        builder.add_old(&self.old, &lock(&self.hits));
        Some(builder.build())
    }

    fn is_sure(&self, repository: &Repository, path: &RepoPath) -> bool {
        if !repository.contains(path) {
            return true;
        }
        repository.identity(path).is_some_and(|identity| identity.is_sure(path, repository.tree(), self.now))
    }

    /// What the next run may know of a file.
    fn describe(&self, repository: &Repository, path: &RepoPath) -> Known {
        let identity = repository.identity(path).filter(|identity| identity.is_settled(self.now));
        let seen = |identity: Identity| Some(Content { stamp: identity.stamp?, digest: identity.digest, is_marked: identity.is_marked });
        Known { path: path.clone(), seen: identity.and_then(seen) }
    }
}

/// The digest of a file's content, as a text, or that there is no such file. Nothing for a file that cannot be read.
fn content(repository: &Repository, path: &RepoPath) -> Option<String> {
    if !repository.contains(path) {
        return Some("-".to_owned());
    }
    Some(repository.identity(path)?.digest.to_string())
}

/// The digest of files with what is in them; nothing when that is not known of one.
fn digest_of<'a>(rows: impl Iterator<Item = Option<(&'a RepoPath, &'a str)>>) -> Option<Digest> {
    let mut whole = DigestOfParts::default();
    for row in rows {
        let (path, content) = row?;
        [path.as_str(), "\0", content, "\n"].into_iter().for_each(|part| whole.add(part.as_bytes()));
    }
    Some(whole.done())
}

/// The names of everything in the repository, what the walk left out, and where the folder lies: `vendor` above it says what its files are.
fn names(repository: &Repository) -> Digest {
    let mut whole = DigestOfParts::default();
    let mut add = |text: &str| whole.add(text.as_bytes());
    add(&repository.above().prefix);
    add("\n");
    for (path, entry) in repository.tree().iter() {
        add(path.as_str());
        add("\0");
        // A rule may ask for it, and no digest of a content tells it.
        if entry.mode != Mode::File {
            add(entry.mode.as_git());
        }
    }
    for item in repository.left_out() {
        add(&format!("\u{1}{}\0{}\0{:?}\0", item.path, item.reason, item.lack));
    }
    whole.done()
}
