//! What policies look at: a tree divided into services, with every file read and parsed once for all policies of a run.
//!
//! It answers by path and by pattern; the functions that rules call stand in `host`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::{BASELINE_FILE, FEDERATION_FILE, SERVICE_FILE};
use crate::finding::{Diagnostic, Finding, Location, Severity, SourceText};
use crate::tree::{Lack, RepoPath, Tree};

use super::SubjectKind;
use super::above::Above;
use super::evidence::{Evidence, Problem, Room, Weight};
use super::helm::Chart;
use super::patterns;
use super::traces::{Identity, Traces, Tracing};

/// The id under which the engine itself reports a file that a policy asked for and could not have.
pub const UNREADABLE: &str = "unreadable-evidence";

/// A file or folder that the tree lacks although the repository has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What it is.
    pub lack: Lack,
}

/// Files that git keeps and that a `.polityignore` hides from policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The file that says so.
    pub file: String,
    /// The pattern in it.
    pub pattern: String,
    /// How many files it hides.
    pub files: usize,
}

/// A tree divided into services.
pub struct Repository {
    tree: Tree,
    left_out: Vec<LeftOut>,
    hidden: Vec<Hidden>,
    above: Arc<Above>,
    /// Data of tests that cannot be read, by path, with the reason.
    skipped: Mutex<BTreeMap<String, String>>,
    roots: Vec<String>,
    evidence: Mutex<HashMap<RepoPath, Arc<Evidence>>>,
    room: Arc<Room>,
    tracing: Option<Tracing>,
    globs: Mutex<HashMap<GlobKey, Arc<Vec<String>>>>,
    charts: Mutex<HashMap<String, Arc<Chart>>>,
    problems: Mutex<BTreeMap<String, Asked>>,
}

/// Kind and root of a subject, and the pattern.
type GlobKey = (SubjectKind, String, String);

/// A problem, and the policies that ran into it, each with the gravest way in which it did.
struct Asked {
    problem: Problem,
    policies: BTreeMap<String, Weight>,
}

impl Repository {
    /// Divides a tree into services: every folder with a `polity.yaml` is the root of one.
    #[must_use]
    pub fn new(tree: Tree, left_out: Vec<LeftOut>) -> Self {
        // What is to describe a service and cannot be read makes it no undescribed one.
        let missed = left_out.iter().map(|item| item.path.as_str());
        let marks = tree.iter().map(|(path, _)| path.as_str()).chain(missed).map(|path| path.rsplit_once('/').unwrap_or(("", path)));
        let roots = marks.filter(|(_, name)| *name == SERVICE_FILE).map(|(folder, _)| folder.to_owned());
        let roots = roots.collect::<BTreeSet<_>>().into_iter().collect();
        Self {
            tree,
            left_out,
            hidden: Vec::new(),
            above: Arc::default(),
            skipped: Mutex::default(),
            roots,
            evidence: Mutex::default(),
            room: Arc::new(Room::new(false)),
            tracing: None,
            globs: Mutex::default(),
            charts: Mutex::default(),
            problems: Mutex::default(),
        }
    }

    /// The same, with what is hidden from policies.
    #[must_use]
    pub fn hiding(self, hidden: Vec<Hidden>) -> Self {
        Self { hidden, ..self }
    }

    /// The same folder with other files, such as repaired ones.
    #[must_use]
    pub fn holding(&self, tree: Tree) -> Self {
        Self { hidden: self.hidden.clone(), above: self.above.clone(), ..Self::new(tree, self.left_out.clone()) }
    }

    /// The same with what the walk of a folder in it has beyond that: one that git ignores belongs to its repository when it is the one that is checked.
    #[must_use]
    pub fn taking_in(mut self, folder: &Self) -> Self {
        if self.tree.take_in(&folder.above.prefix, &folder.tree) == 0 {
            return self;
        }
        let whole = |one: &LeftOut| LeftOut { path: folder.above.whole(&one.path), ..one.clone() };
        let known: BTreeSet<_> = self.left_out.iter().map(|one| one.path.clone()).collect();
        self.left_out.extend(folder.left_out.iter().map(whole).filter(|one| !known.contains(&one.path)));
        self.left_out.sort_by(|a, b| a.path.cmp(&b.path));
        self.holding(self.tree.clone())
    }

    /// The same, lying where it does in its repository.
    #[must_use]
    pub fn below(self, above: Arc<Above>) -> Self {
        Self { above, ..self }
    }

    /// What lies above the folder.
    #[must_use]
    pub fn above(&self) -> &Arc<Above> {
        &self.above
    }

    /// What describes the service around the folder, if what belongs to no service of the folder belongs to that one.
    #[must_use]
    pub fn around(&self) -> Option<SourceText> {
        if self.is_its_own() { None } else { self.above.description() }
    }

    /// Whether the folder is a service.
    pub(super) fn is_its_own(&self) -> bool {
        self.roots.first().is_some_and(String::is_empty)
    }

    /// Whether the folder is a part of a service.
    pub(super) fn is_in_service(&self) -> bool {
        self.above.service.is_some() && !self.is_its_own()
    }

    /// Whether the folder has no service and lies in none: only the repository around it tells whether it is something that should have said so.
    #[must_use]
    pub fn is_in_none(&self) -> bool {
        self.roots.is_empty() && self.above.service.is_none()
    }

    /// What is hidden from policies, by file and pattern.
    #[must_use]
    pub fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    /// The same, with what earlier runs kept: a rule whose evidence is unchanged is not evaluated again. Every result depends on `salt`
    /// too, which changes with the program; `now` is in nanoseconds since 1970.
    #[must_use]
    pub fn traced(self, old: Traces, salt: String, now: i64) -> Self {
        Self { room: Arc::new(Room::new(true)), tracing: Some(Tracing::new(old, salt, now)), ..self }
    }

    /// What is to be kept for the next run; nothing when it would learn nothing from it.
    #[must_use]
    pub fn traces(&self) -> Option<Traces> {
        self.tracing.as_ref()?.finish(self)
    }

    pub(super) fn tracing(&self) -> Option<&Tracing> {
        self.tracing.as_ref()
    }

    /// What is known of the content of a file; nothing for one that is not there or cannot be read.
    pub(super) fn identity(&self, path: &RepoPath) -> Option<Identity> {
        self.recalled(path).or_else(|| self.evidence(path)?.identity(&self.tree).cloned())
    }

    /// What an earlier run knew of the content of a file, if the file still has the stamp that it had then.
    fn recalled(&self, path: &RepoPath) -> Option<Identity> {
        Identity::recalled(self.tracing.as_ref()?.known(path)?, self.tree.get(path)?.stamp)
    }

    /// Whether it became known in this run what the content of some file is.
    pub(super) fn learnt(&self, wanted: impl Fn(&Identity) -> bool) -> bool {
        let is_news =
            |(path, evidence): (&RepoPath, &Arc<Evidence>)| evidence.learnt().is_some_and(&wanted) && self.recalled(path).is_none();
        lock(&self.evidence).iter().any(is_news)
    }

    /// The service roots, sorted; empty for a repository without a `polity.yaml`.
    #[must_use]
    pub fn roots(&self) -> &[String] {
        &self.roots
    }

    /// What was not looked at: what the tree lacks, and data of tests that cannot be read. Sorted by path.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        let skipped = lock(&self.skipped);
        let of_tests = skipped.iter().map(|(path, reason)| LeftOut { path: path.clone(), reason: reason.clone(), lack: Lack::File });
        let mut all: Vec<_> = self.left_out.iter().cloned().chain(of_tests).collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    /// What the tree lacks although the repository has it.
    #[must_use]
    pub fn lacks(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Notes that a file of a test was passed over.
    pub(super) fn skip(&self, path: &str, reason: &str) {
        lock(&self.skipped).insert(path.to_owned(), reason.to_owned());
    }

    /// The service that a path belongs to: the deepest root above it; the repository's own root when there is none.
    #[must_use]
    pub fn service_of(&self, path: &str) -> &str {
        let above = self.roots.iter().filter(|root| is_below(path, root));
        above.max_by_key(|root| root.len()).map_or("", String::as_str)
    }

    /// Whether there are files that belong to no service, beside services; what only tells git and polity what to do is none.
    #[must_use]
    pub fn has_rest(&self) -> bool {
        const OWN: [&str; 5] = [".gitattributes", ".gitignore", ".polityignore", BASELINE_FILE, FEDERATION_FILE];
        let is_divided = self.roots.first().is_some_and(|first| !first.is_empty());
        let is_outside = |path: &str| !OWN.contains(&path) && !self.roots.iter().any(|root| is_below(path, root));
        is_divided && self.tree.iter().any(|(path, _)| is_outside(path.as_str()))
    }

    /// The full path of what a rule calls `path`, if its subject has such a file.
    ///
    /// `.` and `..` are resolved as text, so nothing outside of the subject can be named.
    pub(super) fn resolve(&self, kind: SubjectKind, root: &str, path: &str) -> Option<RepoPath> {
        let full = join(root, &normal(path)?);
        self.belongs(kind, root, &full).then(|| RepoPath::found(full))
    }

    /// The files of a subject that match a pattern, relative to its root and sorted.
    ///
    /// # Errors
    /// The pattern's mistake.
    pub(super) fn glob(&self, kind: SubjectKind, root: &str, pattern: &str) -> Result<Arc<Vec<String>>, globset::Error> {
        let key = (kind, root.to_owned(), pattern.to_owned());
        if let Some(found) = lock(&self.globs).get(&key) {
            return Ok(found.clone());
        }
        let matcher = patterns::glob(pattern)?;
        let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
        let files = self.tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix(&prefix));
        let found = files.filter(|file| matcher.is_match(file) && self.belongs(kind, root, &join(root, file)));
        let found = Arc::new(found.map(str::to_owned).collect::<Vec<_>>());
        lock(&self.globs).insert(key, found.clone());
        Ok(found)
    }

    /// What is left out below a subject's root and might have matched a pattern, each with how bad that is.
    ///
    /// Links that lead nowhere or out are ordinary, and no error. A link to a folder of the repository hides something only from a pattern
    /// that names what lies behind it.
    pub(super) fn missed<'s>(&'s self, kind: SubjectKind, root: &str, pattern: &str) -> Vec<(&'s LeftOut, Weight)> {
        if self.left_out.is_empty() {
            return Vec::new();
        }
        let Ok(matcher) = patterns::glob(pattern) else { return Vec::new() };
        let literal = pattern.split(['*', '?', '[', '{']).next().unwrap_or_default();
        let concerns = |item: &'s LeftOut| {
            let LeftOut { path, lack, .. } = item;
            let here = format!("{}/", relative(root, path).filter(|_| self.belongs(kind, root, path))?);
            let (behind, around) = (literal.starts_with(&here), here.starts_with(literal));
            let is_meant = matcher.is_match(here.trim_end_matches('/')) || behind || (lack.is_folder() && around);
            let weight = match lack {
                Lack::Folder | Lack::File => Weight::Policy,
                Lack::Link | Lack::LinkedFolder | Lack::Submodule => Weight::Warning,
                Lack::Alias => {
                    if behind {
                        Weight::Warning
                    } else {
                        Weight::Advice
                    }
                }
            };
            is_meant.then_some((item, weight))
        };
        self.left_out.iter().filter_map(concerns).collect()
    }

    /// What the templates of the chart in a folder see, made once for all of them.
    pub(super) fn chart(&self, folder: &str, make: impl FnOnce() -> Chart) -> Arc<Chart> {
        if let Some(known) = lock(&self.charts).get(folder) {
            return known.clone();
        }
        // Two threads may make the same at the same time; waiting for each other would cost as much.
        let made = Arc::new(make());
        lock(&self.charts).insert(folder.to_owned(), made.clone());
        made
    }

    /// The file at a full path; `None` when the tree has no such file.
    pub(super) fn evidence(&self, path: &RepoPath) -> Option<Arc<Evidence>> {
        let mut known = lock(&self.evidence);
        if let Some(found) = known.get(path) {
            return Some(found.clone());
        }
        self.tree.contains(path).then(|| {
            let evidence = Arc::new(Evidence::new(path.clone(), self.room.clone()));
            known.insert(path.clone(), evidence.clone());
            evidence
        })
    }

    /// Whether a file stands at a full path.
    pub(super) fn contains(&self, path: &RepoPath) -> bool {
        self.tree.contains(path)
    }

    /// Why a full path is not in the tree, if the repository has it all the same.
    pub(super) fn why_missing<'s>(&'s self, path: &RepoPath) -> Option<(&'s LeftOut, Weight)> {
        let at = |item: &'s LeftOut| {
            let LeftOut { path: known, lack, .. } = item;
            let behind = (lack.is_folder() || *lack == Lack::Alias) && is_below(path.as_str(), known);
            let is_link = behind && *lack != Lack::Folder;
            (known == path.as_str() || behind).then_some((item, if is_link { Weight::Warning } else { Weight::Policy }))
        };
        self.left_out.iter().find_map(at)
    }

    /// The tree itself.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Notes that a policy, or the engine itself, could not have what it asked for. One file gives one finding, the gravest of
    /// its problems.
    pub(super) fn report(&self, path: &str, problem: &Problem, policy: Option<&str>) {
        let mut problems = lock(&self.problems);
        let asked = problems.entry(path.to_owned()).or_insert_with(|| Asked { problem: problem.clone(), policies: BTreeMap::new() });
        if let Some(policy) = policy {
            let weight = asked.policies.entry(policy.to_owned()).or_insert(problem.weight);
            *weight = problem.weight.max(*weight);
        }
        if problem.rank() > asked.problem.rank() {
            asked.problem = problem.clone();
        }
    }

    /// Takes over what policies could not have of the files of this folder in the `whole` repository, and what they passed over there; of files elsewhere
    /// it is what describes services, where that left policies without a verdict on the folder, which are `unknown`.
    pub(super) fn carry(&self, whole: &Self, policies: &BTreeSet<&str>, unknown: &BTreeSet<&str>) {
        for (path, asked) in &*lock(&whole.problems) {
            let here = self.above.here(path);
            let mut problem = asked.problem.clone();
            self.above.bring(&mut problem.diagnostic);
            for (policy, weight) in asked.policies.iter().filter(|(policy, _)| policies.contains(policy.as_str())) {
                if here.is_some() || (is_description(path) && *weight >= Weight::Policy && unknown.contains(policy.as_str())) {
                    self.report(&self.above.shown(path), &Problem { weight: *weight, ..problem.clone() }, Some(policy));
                }
            }
        }
        for (path, reason) in &*lock(&whole.skipped) {
            self.above.here(path).into_iter().for_each(|here| self.skip(here, reason));
        }
    }

    /// The files that policies could not have: each with the policy, and how bad that is.
    pub(super) fn problems(&self) -> Vec<(String, String, Weight)> {
        let problems = lock(&self.problems);
        let of = |(path, asked): (&String, &Asked)| {
            asked.policies.iter().map(|(policy, weight)| (path.clone(), policy.clone(), *weight)).collect::<Vec<_>>()
        };
        problems.iter().flat_map(of).collect()
    }

    /// The descriptions of services that could not be understood.
    pub(super) fn lost(&self) -> Vec<String> {
        let problems = lock(&self.problems);
        let lost = problems.iter().filter(|(path, asked)| is_description(path) && asked.problem.weight >= Weight::Policy);
        lost.map(|(path, _)| path.clone()).collect()
    }

    /// A finding for each file that a policy asked for and could not have; `grave` says how grave the findings of each policy can be.
    pub(super) fn problem_findings(&self, grave: &BTreeMap<String, Severity>) -> Vec<Finding> {
        let problems = lock(&self.problems);
        problems.iter().map(|(path, asked)| self.problem_finding(path, asked, grave)).collect()
    }

    fn problem_finding(&self, path: &str, asked: &Asked, grave: &BTreeMap<String, Severity>) -> Finding {
        let names: Vec<_> = asked.policies.keys().map(|name| format!("`{name}`")).collect();
        let mut diagnostic = asked.problem.diagnostic.clone();
        if !names.is_empty() {
            diagnostic.notes.push(format!("{} asked for this file", names.join(", ")));
        }
        let service = self.service_of(path).to_owned();
        // Not to know is as grave as to find something: what an error rests on must not end a run as clean.
        let gravest = asked.policies.iter().map(|(name, weight)| weight.severity(grave.get(name).copied())).max();
        let severity = gravest.unwrap_or_else(|| asked.problem.weight.severity(None));
        Finding::new(UNREADABLE, severity, service, diagnostic)
    }

    fn belongs(&self, kind: SubjectKind, root: &str, full: &str) -> bool {
        match kind {
            SubjectKind::Repository => true,
            SubjectKind::Service => is_below(full, root) && (self.service_of(full) == root),
        }
    }
}

/// Whether a file describes a service.
fn is_description(path: &str) -> bool {
    path.rsplit('/').next() == Some(SERVICE_FILE)
}

/// A problem with a file that the walk left out.
pub(super) fn left_out_problem(item: &LeftOut, weight: Weight) -> Problem {
    let what = match item.lack {
        Lack::Folder => "folder",
        Lack::Submodule => "submodule",
        Lack::File | Lack::Link | Lack::LinkedFolder | Lack::Alias => "file",
    };
    let mut diagnostic = Diagnostic::new(format!("{what} was not looked at")).at(Location::file(&item.path, &item.reason));
    if item.lack == Lack::Submodule {
        diagnostic
            .helps
            .push("check it out with `git submodule update --init`, which the checkout of a CI service has to be told".to_owned());
    }
    Problem { weight, diagnostic }
}

/// Takes a lock; what stands behind it stays whole even when another thread failed, since every change is one insertion.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether `path` lies below the folder `root`; everything lies below the empty one.
pub(super) fn is_below(path: &str, root: &str) -> bool {
    root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

pub(super) fn relative<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    if root.is_empty() { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') }
}

/// A path below a folder; the empty folder is the top.
pub(super) fn join(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}

/// A path without `.` and `..`; `None` when it leaves its folder or starts at a root.
pub(super) fn normal(path: &str) -> Option<String> {
    // As nearly all are that a rule got from a search.
    if path.split('/').all(|part| !part.is_empty() && part != "." && part != "..") {
        return Some(path.to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
