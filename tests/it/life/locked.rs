//! `--locked` of `polity update` and `drift`: the lock is not taken at its word, and nothing but what it names is used.

use super::shelf::{Shelf, shelf};

/// A service of two files that somebody changed in one.
fn made() -> Shelf {
    shelf(&[("a.txt", "a\n"), ("port.tera", "{{ port }}\n")]).made()
}

/// Runs with the flag; says the exit code and the error.
#[track_caller]
fn refused(shelf: &Shelf, verb: &str, expected: &str) {
    for flag in ["--locked", "--frozen"] {
        let run = shelf.polity(&[verb, "svc", flag]).exits(3);
        assert!(run.stderr.contains(expected), "{expected}\n{run}");
        assert!(run.stdout.is_empty(), "{run}");
    }
}

#[test]
fn a_lock_that_holds_is_said_to_and_nothing_changes() {
    let shelf = made();
    let run = shelf.update(&["--locked"]).exits(0);
    assert_eq!(run.stdout, "svc is locked to pay/go 1.0.0: 3 files rendered again, no difference\n");
    let json: serde_json::Value = serde_json::from_str(&shelf.update(&["--frozen", "--format", "json"]).exits(0).stdout).unwrap();
    assert_eq!((&json["schema"], &json["state"]), (&"polity/update/1".into(), &"locked".into()));
    // What the service's owner did is no matter of the lock; drift measures it all the same.
    shelf.edit(&[("a.txt", "mine\n")]);
    shelf.update(&["--locked"]).exits(0);
    assert!(shelf.polity(&["drift", "svc", "--locked"]).exits(1).stdout.contains("changed   managed  a.txt"));
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    for other in [["--to", "1.0.0"], ["--add", "pay/x"], ["--set", "port=1"]] {
        shelf.update(&[&["--locked"], &other[..]].concat()).exits(2);
    }
}

#[test]
fn drift_that_was_written_into_the_lock_is_found() {
    let shelf = made();
    let old = shelf.read("polity.lock");
    let digest = |text: &str| polity::tree::Digest::of(text.as_bytes()).to_string();
    shelf.edit(&[("a.txt", "mine\n"), ("polity.lock", &old.replace(&digest("a\n"), &digest("mine\n")))]);
    assert!(shelf.polity(&["drift", "svc"]).exits(0).stdout.contains("managed  0 of 2 files drifted"));
    for verb in ["drift", "update"] {
        refused(&shelf, verb, "= note: a.txt is rendered otherwise\n");
    }
}

#[test]
fn answers_that_nobody_rendered_are_a_difference() {
    let shelf = made();
    let record = shelf.read("polity.yaml");
    shelf.edit(&[("polity.yaml", &record.replace("8080", "9090"))]);
    refused(&shelf, "update", "= note: the answers are others\n");
    refused(&shelf, "drift", "= note: port is rendered otherwise\n");
}

#[test]
fn a_version_that_is_not_at_hand_is_named() {
    let shelf = made();
    shelf.version("1.1.0", "", &[("a.txt", "new\n")]);
    refused(&shelf, "update", "pay/go 1.0.0 is locked and not at hand, only 1.1.0");
}
