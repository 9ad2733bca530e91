//! A run with traces and one without say the same, whatever happens in between; and what is unchanged is neither read nor evaluated.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;
use crate::policy::waivers::{self, Run};
use crate::policy::{Outcome, Policy, Repository, Rules, check};
use crate::tree::{Entry, Mode, ReadError, RepoPath, Source, Stamp, Tree};

/// Nanoseconds after which a change shows in a stamp.
const LONG: i64 = 10_000_000_000;

/// A disk with a clock: files with the time at which each was written, and how many were read.
#[derive(Default)]
struct Disk {
    files: Mutex<BTreeMap<String, (String, i64)>>,
    now: Mutex<i64>,
    reads: AtomicUsize,
}

impl Source for Disk {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let files = self.files.lock().unwrap();
        files.get(path.as_str()).map(|(text, _)| text.as_bytes().into()).ok_or(ReadError::Missing)
    }

    fn stamp(&self, path: &RepoPath) -> Option<Stamp> {
        let files = self.files.lock().unwrap();
        let (text, time) = files.get(path.as_str())?;
        Some(Stamp { size: text.len() as u64, inode: 1, modified: *time, changed: *time })
    }
}

impl Disk {
    fn write(&self, path: &str, text: &str) {
        self.files.lock().unwrap().insert(path.to_owned(), (text.to_owned(), *self.now.lock().unwrap()));
    }

    fn pass(&self, time: i64) {
        *self.now.lock().unwrap() += time;
    }

    fn repository(self: &Arc<Self>) -> Repository {
        let mut tree = Tree::new();
        let files = self.files.lock().unwrap().clone();
        for (name, (text, _)) in files {
            let mode = if text.starts_with("#!") { Mode::Executable } else { Mode::File };
            let path = RepoPath::found(name);
            let stamp = self.stamp(&path);
            tree.insert_entry(path, Entry::lazy(mode, self.clone()).stamped(stamp));
        }
        Repository::new(tree, Vec::new())
    }

    /// A run that leaves its traces for the next one, with the number of files that it read.
    fn run(self: &Arc<Self>, policies: &[Policy], traces: &mut Traces, salt: &str) -> (Outcome, usize) {
        let text = serde_json::to_string(traces).unwrap();
        let old = serde_json::from_str(&text).unwrap();
        let before = self.reads.load(Ordering::Relaxed);
        let repository = Arc::new(self.repository().traced(old, salt.to_owned(), *self.now.lock().unwrap()));
        let outcome = outcome(policies, &repository);
        if let Some(new) = repository.traces() {
            *traces = new;
        }
        (outcome, self.reads.load(Ordering::Relaxed) - before)
    }
}

fn outcome(policies: &[Policy], repository: &Arc<Repository>) -> Outcome {
    let mut outcome = check(policies, repository, |_| Ok(serde_json::Value::Null)).unwrap();
    waivers::apply(&mut outcome, repository, &Rules::default(), &Run::default());
    outcome
}

fn policy(id: &str, rule: &str) -> Policy {
    let mut tree = Tree::new();
    let manifest = "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n";
    tree.insert(RepoPath::found("policy.yaml".to_owned()), Mode::File, manifest.as_bytes());
    tree.insert(RepoPath::found("policy.rego".to_owned()), Mode::File, format!("package polity\n{rule}\n").as_bytes());
    Policy::load("org", id, id, &tree).unwrap()
}

/// Every way in which a rule looks at a repository.
fn policies() -> Vec<Policy> {
    vec![
        policy("names", r#"deny contains {"message": file} if some file in repo.glob("*.txt")"#),
        policy("there", r#"deny contains {"message": "no b"} if not repo.exists("b.txt")"#),
        policy("text", r#"deny contains {"message": repo.text("a.txt"), "path": "b.txt", "line": 1}"#),
        policy(
            "search",
            r#"deny contains {"message": hit.text, "path": hit.path, "line": hit.line} if some hit in repo.search("**", "x")"#,
        ),
        policy(
            "manifests",
            r#"deny contains {"message": sprintf("%v", [row.document.spec]), "path": row.path, "at": ["spec"]} if some row in repo.manifests("c/templates/*.yaml")
not_applicable contains "no manifest" if count(repo.manifests("c/templates/*.yaml")) == 0"#,
        ),
        policy(
            "containers",
            r#"deny contains {"message": sprintf("%v", [one.container.image]), "path": one.manifest.path, "at": one.at} if some one in repo.containers("c/templates/*.yaml")"#,
        ),
        policy(
            "dockerfiles",
            r#"deny contains object.union(file.place, {"message": i.arguments, "line": i.line}) if { some file in repo.dockerfiles(); some i in file.instructions }"#,
        ),
        policy("yaml", r#"deny contains {"message": "v", "path": "c/values.yaml", "at": ["a"]} if repo.yaml("c/values.yaml")[_].a == 1"#),
    ]
}

const PATHS: [&str; 8] = ["a.txt", "b.txt", "n.txt", "c/Chart.yaml", "c/values.yaml", "c/templates/d.yaml", "polity.yaml", "compose.yaml"];

const TEXTS: [&str; 11] = [
    "x",
    "y",
    "x # polity:waive search -- expires 2999-01-01: accepted-risk, because we know it",
    "a: 1",
    "a: 2",
    "name: c",
    "a: [",
    "apiVersion: v1\nkind: K\nspec: {{ .Values.a }}\n",
    "apiVersion: v1\nkind: K\nspec: 3\n",
    "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: {{ .Values.a | quote }}}]}\n",
    "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM y\n",
];

fn same(left: &Outcome, right: &Outcome) {
    assert_eq!(left.findings, right.findings);
    assert_eq!(left.evaluations, right.evaluations);
}

#[test]
fn a_second_run_reads_nothing_and_says_the_same() {
    let (disk, policies, mut traces) = (Arc::new(Disk::default()), policies(), Traces::default());
    for (path, text) in PATHS.iter().zip(["x", "y", "x", "name: c", "a: 1", TEXTS[7]]) {
        disk.write(path, text);
    }
    disk.pass(LONG);
    let (first, reads) = disk.run(&policies, &mut traces, "1");
    assert!(first.findings.len() > 6 && reads >= 5, "{first:?}");
    let (second, reads) = disk.run(&policies, &mut traces, "1");
    same(&first, &second);
    assert_eq!(reads, 0);
    let (third, reads) = disk.run(&policies, &mut traces, "2");
    same(&first, &third);
    assert!(reads >= 5, "another program believes nothing");
}

#[test]
fn a_dockerfile_in_a_compose_file_is_seen_when_it_comes_and_goes() {
    let (disk, policies, mut traces) = (Arc::new(Disk::default()), policies(), Traces::default());
    let mut counts = Vec::new();
    for text in ["services: {}", TEXTS[10], "services: {}", "services: {a: {build: {dockerfile_inline: FROM y}}}"] {
        disk.write("compose.yaml", text);
        disk.pass(LONG);
        let (found, _) = disk.run(&policies, &mut traces, "1");
        same(&found, &outcome(&policies, &Arc::new(disk.repository())));
        counts.push(found.findings.len());
    }
    assert_eq!(counts, [1, 2, 1, 2], "that `b.txt` is missing, and the instruction");
}

#[test]
fn only_what_read_a_changed_file_is_evaluated_again() {
    let (disk, policies, mut traces) = (Arc::new(Disk::default()), policies(), Traces::default());
    disk.write("a.txt", "x");
    disk.write("c/values.yaml", "a: 1");
    disk.pass(LONG);
    disk.run(&policies, &mut traces, "1");
    let key = |traces: &Traces| traces.evaluations.iter().map(|(key, all)| (key.clone(), all.len())).collect::<BTreeMap<_, _>>();
    let before = key(&traces);
    disk.write("c/values.yaml", "a: 2");
    disk.pass(LONG);
    disk.run(&policies, &mut traces, "1");
    let grown = key(&traces).into_iter().filter(|(key, count)| before[key] != *count).count();
    assert_eq!(grown, 2, "the search and the one that reads it");
    disk.write("c/values.yaml", "a: 1");
    disk.pass(LONG);
    let (_, reads) = disk.run(&policies, &mut traces, "1");
    assert_eq!((reads, key(&traces).values().sum::<usize>()), (1, policies.len() + 2), "the first branch is remembered");
}

/// Checks, writes a file, and checks again: the second run must say what one without traces says, and something else than the first.
#[track_caller]
fn check_change(path: &str, text: &str, time: i64) {
    let (disk, policies, mut traces) = (Arc::new(Disk::default()), policies(), Traces::default());
    for (path, text) in PATHS.iter().zip(["x", "y", "x", "name: c", "a: 1", TEXTS[7]]) {
        disk.write(path, text);
    }
    disk.pass(time);
    let (first, _) = disk.run(&policies, &mut traces, "1");
    disk.write(path, text);
    let (second, _) = disk.run(&policies, &mut traces, "1");
    same(&second, &outcome(&policies, &Arc::new(disk.repository())));
    assert_ne!(first.findings, second.findings);
}

#[test]
fn a_change_shows_however_soon_and_wherever() {
    check_change("a.txt", "z", 0);
    check_change("a.txt", "z", LONG);
    check_change("b.txt", "z", LONG);
    check_change("c/values.yaml", "a: 2", LONG);
    check_change("new.txt", "", LONG);
    check_change("polity.yaml", "version: 2", LONG);
    check_change("n.txt", TEXTS[2], LONG);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("POLITY_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(24), ..ProptestConfig::default() })]

    /// Whatever happens between two runs, and however fast, the second says what a run without traces says.
    #[test]
    fn traces_change_no_result(
        steps in proptest::collection::vec((0..PATHS.len(), proptest::option::of(0..TEXTS.len()), proptest::bool::ANY, proptest::bool::ANY), 1..24)
    ) {
        let (disk, policies, mut traces) = (Arc::new(Disk::default()), policies(), Traces::default());
        disk.write("a.txt", "x");
        for (path, text, is_slow, is_checked) in steps {
            match text {
                Some(text) => disk.write(PATHS[path], TEXTS[text]),
                None => drop(disk.files.lock().unwrap().remove(PATHS[path])),
            }
            disk.pass(if is_slow { LONG } else { 0 });
            if is_checked {
                let (found, _) = disk.run(&policies, &mut traces, "1");
                same(&found, &outcome(&policies, &Arc::new(disk.repository())));
            }
        }
    }
}
