//! Updates that are killed at any moment: the next run finds what was, or what was to be, and loses nothing.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::shelf::{Shelf, shelf};
use crate::support::Run;

const FILES: usize = 24;

fn version(shelf: &Shelf, version: &str, word: &str) {
    let names: Vec<_> = (0..FILES).map(|n| (format!("dir{}/file{n}.txt", n % 5), format!("{word}\n1\n2\n3\nfile {n}\n"))).collect();
    let more = [(format!("only-{word}.txt"), "x\n".to_owned())];
    let files: Vec<_> = names.iter().chain(&more).map(|(path, text)| (path.as_str(), text.as_str())).collect();
    shelf.version(version, "", &files);
}

fn snapshot(shelf: &Shelf) -> Vec<(String, Vec<u8>)> {
    let files = shelf.repo.files("svc").into_iter();
    files.map(|path| (path.clone(), std::fs::read(shelf.repo.path(&format!("svc/{path}"))).unwrap())).collect()
}

/// Waits for a git that a killed run started: before there is a journal, it may still hold the index.
fn settle(shelf: &Shelf) {
    let lock = shelf.repo.path("svc/.git/index.lock");
    let began = Instant::now();
    while lock.exists() && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Takes an update back, and says whether there was a journal, and whether of an update that had come to its end.
fn aborted(shelf: &Shelf) -> (bool, bool, Run) {
    let journal = shelf.repo.path("svc/.git/polity-update");
    (journal.exists(), journal.join("finished").exists(), shelf.update(&["--abort"]))
}

/// `POLITY_KILLS=200` makes it thorough.
#[test]
fn a_killed_update_is_undone_or_done() {
    let kills: u32 = std::env::var("POLITY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let shelf = shelf(&[]);
    version(&shelf, "1.0.0", "old");
    let shelf = shelf.made();
    shelf.edit(&[("dir1/file1.txt", "old\n1\n2\n3\nmine\n"), ("own.txt", "mine\n")]);
    version(&shelf, "2.0.0", "new");
    let args = ["--registry", "reg", "update", "svc", "--stash"];
    let before = snapshot(&shelf);
    let began = Instant::now();
    shelf.update(&["--stash"]).exits(0);
    let whole = began.elapsed();
    let after = snapshot(&shelf);
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(snapshot(&shelf), before);
    let (mut nothing, mut half, mut done) = (0, 0, 0);
    for kill in 0..kills {
        // Every other run has work in progress that is put aside.
        let dirty = kill % 2 == 1;
        if dirty {
            shelf.write("svc/own.txt", "half done\n");
        }
        let mut child = shelf.repo.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if kill % 3 == 0 {
            std::thread::sleep(whole.mul_f64(f64::from(kill) / f64::from(kills) * 1.1));
        } else {
            // From the moment on at which there is something to be undone.
            let journal = shelf.repo.path("svc/.git/polity-update");
            while !journal.exists() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(Duration::from_micros(u64::from(kill / 3 % 12) * 1500));
        }
        let _ = child.kill();
        child.wait().unwrap();
        // A git that the killed run started lives on and comes to its end; until then the journal is in use.
        let mut run = aborted(&shelf);
        while run.2.code == 4 && run.2.stderr.contains("polity-update` is in use") {
            std::thread::sleep(Duration::from_millis(20));
            run = aborted(&shelf);
        }
        // `--abort` takes back what is there to be taken back, whether it was half done or done.
        let (has_journal, is_finished, run) = run;
        assert_eq!(run.code, if has_journal { 0 } else { 2 }, "kill {kill}: {run}");
        match (has_journal, is_finished) {
            (true, true) => done += 1,
            (true, false) => half += 1,
            _ => nothing += 1,
        }
        let mut expected = before.clone();
        if dirty {
            expected.iter_mut().filter(|(path, _)| path == "own.txt").for_each(|(_, bytes)| *bytes = b"half done\n".to_vec());
        }
        assert_eq!(snapshot(&shelf), expected, "kill {kill}: {run}");
        settle(&shelf);
        shelf.git(&["checkout", "-q", "--", "own.txt"]);
        assert_eq!(shelf.git(&["status", "--porcelain"]), "", "kill {kill}");
        assert_eq!(shelf.git(&["stash", "list"]), "", "kill {kill}");
    }
    assert!(nothing > 0 && half > 0 && done + half + nothing == kills, "the kills are spread over the run: {nothing} {half} {done}");
    // A run that follows a killed one recovers by itself and comes to the same end.
    let mut child = shelf.repo.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(whole.mul_f64(0.8));
    let _ = child.kill();
    child.wait().unwrap();
    let mut run = shelf.update(&["--stash"]);
    while run.code == 4 && run.stderr.contains("is in use") {
        run = shelf.update(&["--stash"]);
    }
    assert_eq!((run.code, snapshot(&shelf)), (0, after), "{run}");
    shelf.git(&["fsck", "--strict"]);
}

#[test]
fn a_journal_that_cannot_be_read_is_an_error_and_stays() {
    let shelf = shelf(&[]).made();
    shelf.write("svc/.git/polity-update/lock", "");
    shelf.write("svc/.git/polity-update/log.json", "{");
    let run = shelf.update(&[]).exits(4);
    assert!(run.stderr.contains("the journal `[ROOT]/svc/.git/polity-update` cannot be read: "), "{run}");
    assert!(shelf.repo.path("svc/.git/polity-update/log.json").exists());
}

#[test]
fn an_update_at_work_is_left_alone() {
    let shelf = shelf(&[]).made();
    shelf.write("svc/.git/polity-update/lock", "");
    let lock = std::fs::File::open(shelf.repo.path("svc/.git/polity-update/lock")).unwrap();
    lock.lock().unwrap();
    let run = shelf.update(&[]).exits(4);
    assert!(run.stderr.contains("another process is at work"), "{run}");
}
