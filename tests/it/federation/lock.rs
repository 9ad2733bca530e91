//! Two branches that both changed `polity.lock`, and what git makes of them.

use polity::config::{FileClass, Lock, LockedCheckpoint, LockedFile, LockedKnowledge, LockedUnit};
use polity::finding::SourceText;
use polity::tree::{BlobId, Digest, RepoPath};

fn unit(name: &str, version: &str, seq: u64) -> LockedUnit {
    let checkpoint = LockedCheckpoint { seq, id: Digest::of(b"c") };
    let known = LockedKnowledge {
        signer: Some("ana@acme".to_owned()),
        statement: Some(Digest::of(name.as_bytes())),
        seq: Some(seq - 1),
        checkpoint: Some(checkpoint),
        freshness: "fresh".to_owned(),
        accepted_stale: None,
    };
    let registry = "https://h/x".to_owned();
    LockedUnit { name: name.to_owned(), version: version.to_owned(), registry, digest: Digest::of(version.as_bytes()), known: Some(known) }
}

fn file(text: &str) -> LockedFile {
    let (sha256, blob) = (Digest::of(text.as_bytes()), Some(BlobId::of(text.as_bytes())));
    LockedFile { class: FileClass::Managed, sha256, blob, executable: false, from: vec![format!("org/a:files/{text}")] }
}

/// What git makes of two changes of one file, by its own three-way merge; `Err` with the conflict.
fn merged(base: &Lock, ours: &Lock, theirs: &Lock) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let names = [("ours", ours), ("base", base), ("theirs", theirs)].map(|(name, lock)| {
        let path = dir.path().join(name);
        std::fs::write(&path, lock.to_text()).unwrap();
        path
    });
    let output = std::process::Command::new("git").args(["merge-file", "-p"]).args(names).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// A release of one layer comes: everything of its entry changes.
fn raised(lock: &Lock, index: usize) -> Lock {
    let mut lock = lock.clone();
    lock.layers[index] = unit(&lock.layers[index].name, "3.0.0", 40 + index as u64);
    let path = lock.files.keys().nth(index).unwrap().clone();
    lock.files.get_mut(&path).unwrap().sha256 = Digest::of(b"raised");
    lock
}

#[test]
fn branches_that_change_different_entries_merge_in_git() {
    let names = ["org/a", "org/b", "pay/a", "pay/b", "web/a"];
    let files = names.map(|n| (RepoPath::new(n).unwrap(), file(n)));
    let base = Lock::new(Digest::of(b"{}"), names.map(|name| unit(name, "1.0.0", 5)).into(), files.into());
    for (a, b) in (0..5).flat_map(|a| (0..5).map(move |b| (a, b))).filter(|(a, b)| a != b) {
        let text = merged(&base, &raised(&base, a), &raised(&base, b)).unwrap();
        assert_eq!(Lock::read(&SourceText::new("polity.lock", text)).unwrap(), raised(&raised(&base, a), b), "{a} {b}");
    }
    let mut added = base.clone();
    added.layers.insert(0, unit("org/0", "1.0.0", 5));
    let text = merged(&base, &added, &raised(&base, 4)).unwrap();
    assert_eq!(Lock::read(&SourceText::new("polity.lock", text)).unwrap().layers.len(), 6);
    let mut other = base.clone();
    other.layers[0] = unit("org/a", "1.4.0", 9);
    assert!(merged(&base, &raised(&base, 0), &other).is_err(), "the same layer in two versions is a conflict");
}
