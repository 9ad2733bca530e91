//! What `polity check` keeps between runs: it is used, it is not believed when it is wrong, and it is never in the way.

use std::fs;
use std::path::PathBuf;

use crate::support::{Repo, Run, repo};

/// A service in `s/` with something to find in it.
fn service() -> Repo {
    repo()
        .file("s/polity.yaml", "service:\n  name: orders\n  context: sales\n  description: d\n  tier: core\n")
        .file("s/Dockerfile", "FROM debian:12\n")
        .file("s/src/main.rs", "fn main() {}\n")
}

fn check(repo: &Repo, more: &[&str]) -> Run {
    repo.run(&[&["check", "s"], more].concat())
}

/// The one file of traces.
fn kept(repo: &Repo) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(repo.path(".cache/polity/checks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

#[test]
fn a_second_run_repeats_what_the_first_one_found() {
    let repo = service();
    let first = check(&repo, &[]).to_string();
    assert!(first.contains("is not pinned"), "{first}");
    assert_eq!(check(&repo, &[]).to_string(), first);
    // What is kept is used: a word changed in it comes back.
    let text = fs::read_to_string(kept(&repo)).unwrap();
    fs::write(kept(&repo), text.replace("is not pinned", "is REMEMBERED")).unwrap();
    assert!(check(&repo, &[]).stdout.contains("is REMEMBERED"));
    assert_eq!(check(&repo, &["--no-cache"]).to_string(), first, "unless it is not wanted");
    // Another content is another matter, and the old one comes back with the old content.
    let repo = repo.file("s/Dockerfile", "FROM debian:13\n");
    assert!(check(&repo, &[]).stdout.contains("is not pinned"));
    let repo = repo.file("s/Dockerfile", "FROM debian:12\n");
    assert!(check(&repo, &[]).stdout.contains("is REMEMBERED"));
    let repo = repo.file("s/another", "");
    assert_eq!(check(&repo, &[]).to_string(), first, "rules may ask for names, so another file is another repository");
}

#[test]
fn what_is_kept_and_damaged_counts_as_absent() {
    let repo = service();
    let first = check(&repo, &[]).to_string();
    let whole = fs::read(kept(&repo)).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let odd = [
        whole[..whole.len() / 2].to_vec(),
        Vec::new(),
        b"\xff\xfe{".to_vec(),
        b"[".repeat(100_000),
        br#"{"run":1,"files":[],"sets":[[7]],"evaluations":{}}"#.to_vec(),
        text.replace("\"reads\":", "\"reads\":9").into_bytes(),
        text.replace("\"run\":1", "\"run\":18446744073709551615").into_bytes(),
    ];
    for damaged in odd {
        fs::write(kept(&repo), &damaged).unwrap();
        assert_eq!(check(&repo, &[]).to_string(), first, "{}", String::from_utf8_lossy(&damaged[..damaged.len().min(80)]));
    }
    let path = kept(&repo);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(check(&repo, &[]).to_string(), first);
    let repo = service().file(".cache", "in the way");
    assert_eq!(check(&repo, &[]).to_string(), first);
}

#[test]
fn runs_at_the_same_time_leave_one_whole_file() {
    let repo = service();
    let first = check(&repo, &["--no-cache"]).to_string();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| check(&repo, &[]).to_string())).collect();
        runs.into_iter().for_each(|run| assert_eq!(run.join().unwrap(), first));
    });
    assert!(serde_json::from_slice::<serde_json::Value>(&fs::read(kept(&repo)).unwrap()).is_ok());
}

#[test]
fn nothing_is_kept_inside_of_what_is_checked() {
    let repo = repo().file("Dockerfile", "FROM debian:12\n");
    repo.polity(["check"]);
    assert_eq!(repo.files(""), ["Dockerfile"]);
}

#[test]
fn layers_and_waivers_speak_anew_in_each_run() {
    let repo = service();
    let only = ["--policy", "unpinned-image", "--fail-on", "warning"];
    check(&repo, &only).exits(1);
    let waiver = "policy: unpinned-image\nsubject: {path: Dockerfile, text: 'FROM debian:12'}\nreason: accepted-risk\nbecause: it is rebuilt each night\nowner: pay\nticket: PAY-1\nexpires: 2026-12-31\n";
    let repo = repo.file("s/waivers/a.yaml", waiver);
    let waived = check(&repo, &[&only[..], &["--today", "2026-11-20"]].concat());
    assert_eq!(waived.code, 0, "{waived}");
    let expired = check(&repo, &[&only[..], &["--today", "2027-01-01"]].concat());
    assert_eq!(expired.code, 1, "{expired}");
}
