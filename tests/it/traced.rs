//! What `polity check` keeps between runs: it is used, it is not believed when it is wrong, and it is never in the way.

use std::fs;
use std::path::PathBuf;

use polity::tree::Digest;

use crate::support::{Repo, Run, repo};

/// A service in `s/` with something to find in it.
fn service() -> Repo {
    repo()
        .file("s/polity.yaml", "service:\n  name: orders\n  context: sales\n  description: d\n  tier: core\n")
        .file("s/Dockerfile", "FROM debian:12\n")
        .file("s/src/main.rs", "fn main() {}\n")
}

/// A check that says nothing again, so that its traces have to speak.
fn check(repo: &Repo, more: &[&str]) -> Run {
    let said = kept_as(repo, "said");
    said.iter().for_each(|file| drop(fs::remove_file(file)));
    repo.run(&[&["check", "s"], more].concat())
}

/// The files of a kind that are kept.
fn kept_as(repo: &Repo, ending: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(repo.path(".cache/polity/checks")).into_iter().flatten().map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|found| found == ending)).collect()
}

/// The one file of traces.
fn kept(repo: &Repo) -> PathBuf {
    let mut files = kept_as(repo, "traces");
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// A payload as it is kept: after a line with its digest.
fn sealed(payload: &[u8]) -> Vec<u8> {
    sealed_as("traces-2", payload)
}

fn sealed_as(head: &str, payload: &[u8]) -> Vec<u8> {
    [format!("{head} {}\n", Digest::of(payload)).as_bytes(), payload].concat()
}

/// What is kept, without that line.
fn payload(repo: &Repo) -> Vec<u8> {
    let bytes = fs::read(kept(repo)).unwrap();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert_eq!(bytes, sealed(&bytes[end..]));
    bytes[end..].to_vec()
}

/// The bytes with each `word` turned into one of the same length.
fn turned(bytes: &[u8], word: &str, other: &str) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(word.len()) {
        if bytes[at..].starts_with(word.as_bytes()) {
            out[at..at + word.len()].copy_from_slice(other.as_bytes());
        }
    }
    out
}

#[test]
fn a_cache_in_the_checked_folder_is_not_written_however_it_is_named() {
    let repo = service();
    for (place, cache) in [("s", "rel"), ("s", "./src/rel"), ("", "s/rel")] {
        let mut command = repo.command(&["check", if place.is_empty() { "s" } else { "." }]);
        let run = repo.finish(command.current_dir(repo.path(place)).env("POLITY_CACHE", cache));
        assert!(run.to_string().contains("is not pinned"), "{run}");
        assert!(!repo.files("s").iter().any(|file| file.contains("rel/")), "{cache} {:?}", repo.files("s"));
    }
}

#[test]
fn a_second_run_repeats_what_the_first_one_found() {
    let repo = service();
    let first = check(&repo, &[]).to_string();
    assert!(first.contains("is not pinned"), "{first}");
    assert_eq!(check(&repo, &[]).to_string(), first);
    // What is kept is used: a word changed in it comes back.
    fs::write(kept(&repo), sealed(&turned(&payload(&repo), "is not pinned", "is REMEMBERED"))).unwrap();
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
    let inner = payload(&repo);
    let other = |at: usize| [&inner[..at], &[inner[at] ^ 0x55], &inner[at + 1..]].concat();
    let odd = [
        whole[..whole.len() / 2].to_vec(),
        Vec::new(),
        b"\xff\xfe{".to_vec(),
        turned(&whole, "is not pinned", "is REMEMBERED"),
        sealed(b""),
        sealed(&[0xff; 100_000]),
        sealed(&inner[..inner.len() / 2]),
        sealed(&[1, 0, 1, 1, 7, 0]),
        sealed(&other(0)),
        sealed(&other(1)),
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
    payload(&repo);
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

#[cfg(unix)]
#[test]
fn where_the_folder_lies_is_a_part_of_what_is_kept() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n";
    let folder = repo().file("vendor/y/key.txt", key);
    let init = |path: &str| drop(git2::Repository::init(folder.path(path)).unwrap());
    let check = |code: i32| folder.run(&["check", "vendor/y", "--policy", "committed-secret"]).exits(code);
    init("");
    check(0);
    init("vendor/y");
    check(1);
}

#[test]
fn a_pipe_in_the_way_is_not_waited_for() {
    let repo = service();
    let before = check(&repo, &[]);
    let file = kept(&repo);
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert_eq!(check(&repo, &[]).stdout, before.stdout);
    assert!(kept(&repo).is_file());
}

/// Waits until the stamps of all files tell the next change.
fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(2_100));
}

/// Makes what is kept of a result tell that it is used.
fn mark(repo: &Repo, command: &[&str]) {
    kept_as(repo, "said").iter().for_each(|file| fs::remove_file(file).unwrap());
    let said = repo.run(command).to_string();
    assert!(said.contains("is not pinned") && !said.contains("is REMEMBERED"), "{said}");
    let files = kept_as(repo, "said");
    assert_eq!(files.len(), 1, "{files:?}");
    let bytes = fs::read(&files[0]).unwrap();
    let start = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&files[0], sealed_as("said-1", &turned(&bytes[start..], "is not pinned", "is REMEMBERED"))).unwrap();
}

#[test]
fn a_check_that_nothing_has_changed_since_says_the_same_again() {
    let repo = service();
    settle();
    for format in ["human", "json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let command = ["check", "s", "--format", format];
        let first = repo.run(&command);
        mark(&repo, &command);
        let again = repo.run(&command);
        assert!(again.stdout.contains("is REMEMBERED"), "{format}: {again}");
        assert_eq!(again.stdout.replace("is REMEMBERED", "is not pinned"), first.stdout, "{format}");
        assert_eq!((again.code, again.stderr), (first.code, first.stderr), "{format}");
    }
    let command = ["check", "s"];
    mark(&repo, &command);
    let is_again = |command: &[&str]| repo.run(command).stdout.contains("is REMEMBERED");
    assert!(is_again(&command));
    // Another question, or another day, is answered anew.
    for other in [&["--no-cache"][..], &["--quiet"], &["--today", "2031-01-01"], &["--baseline", "ignore"], &["--skip", "unpinned-base"]] {
        assert!(!is_again(&[&command, other].concat()), "{other:?}");
    }
    let elsewhere = repo.finish(repo.command(&["check"]).current_dir(repo.path("s")));
    assert!(!elsewhere.stdout.contains("is REMEMBERED"));
    assert!(is_again(&command), "what others say is kept for themselves");
    kept_as(&repo, "said").iter().for_each(|file| fs::write(file, b"said-1 damaged").unwrap());
    assert!(!is_again(&command));
}

#[test]
fn a_check_with_a_baseline_or_a_fresh_file_is_made_anew() {
    let repo = service();
    repo.run(&["check", "s"]);
    assert_eq!(kept_as(&repo, "said"), Vec::<PathBuf>::new(), "what was written a moment ago may change unseen");
    repo.run(&["check", "s", "--baseline", "write"]);
    settle();
    repo.run(&["check", "s"]);
    assert_eq!(kept_as(&repo, "said"), Vec::<PathBuf>::new());
}
