//! What a repository says to polity is no evidence: a policy that is named, waived or skipped finds what it found before.

use crate::support::{Repo, repo};

const EVENTS: &str = "service: {name: orders, owner: pay}\nowns: {data: [orders]}\nevents: {publishes: [order.placed]}\n";

/// The verdict of a policy of the binary, and how many findings of it are waived or known.
#[track_caller]
fn verdict(folder: &Repo, policy: &str) -> (String, usize) {
    let run = folder.polity(["check", "--policy", policy, "--today", "2026-12-01", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"));
    let suppressed = report["findings"].as_array().unwrap().iter().filter(|finding| !finding["suppression"].is_null()).count();
    (report["evaluations"][0]["verdict"].as_str().unwrap().to_owned(), suppressed)
}

#[track_caller]
fn fails(folder: &Repo, policy: &str, suppressed: usize) {
    assert_eq!(verdict(folder, policy), ("fail".to_owned(), suppressed));
}

/// A service that publishes events from its code, without an outbox.
fn publisher(facts: &str) -> Repo {
    repo().file("polity.yaml", format!("{EVENTS}{facts}")).file("a.go", "func x() { producer.Send(m) }\n")
}

#[test]
fn the_name_of_a_policy_proves_nothing() {
    let policy = "event-without-outbox";
    fails(&publisher(""), policy, 0);
    fails(&publisher("policies: {default: [{policy: event-without-outbox, severity: error}]}\n"), policy, 0);
    let waiver = "policy: polity/event-without-outbox\nsubject: {path: polity.yaml, at: '#/events/publishes'}\nreason: migration\nbecause: the outbox comes later\nowner: t\nticket: T-1\nexpires: 2026-12-31\n";
    fails(&publisher("").file("waivers/w.yaml", waiver), policy, 1);
    fails(&publisher("").file("waivers/w.yaml", waiver.replace("2026", "2025")), policy, 0);
    let folder = publisher("");
    folder.polity(["check", "--baseline", "write"]).exits(0);
    fails(&folder, policy, 1);
    let comment = "// polity:waive event-without-outbox until=2025-12-31 owner=t reason=migration the outbox comes later\n";
    fails(&publisher("").file("a.go", format!("{comment}func x() {{ producer.Send(m) }}\n")), policy, 0);
    fails(&publisher("").file("ci/x.yaml", "polity:\n  skip: [event-without-outbox]\n"), policy, 0);
    let proven = publisher("").file("b.sql", "create table outbox (id int);\n");
    assert_eq!(verdict(&proven, policy).0, "pass");
}

#[test]
fn a_pipeline_that_calls_polity_is_no_gate() {
    let provides = "service: {name: orders, owner: pay}\nprovides: [{name: x, kind: openapi, file: api.yaml}]\n";
    let with = |steps: &str| {
        let api = "openapi: 3.1.0\ninfo: {title: a, version: 1.0.0}\npaths: {}\n";
        let workflow = format!("on: push\njobs:\n  a:\n    steps:\n      - run: |\n{steps}");
        repo().file("polity.yaml", provides).file("api.yaml", api).file(".github/workflows/ci.yml", workflow)
    };
    let policy = "contract-without-breaking-change-gate";
    for steps in [
        "          polity check --skip contract-without-breaking-change-gate\n",
        "          polity check \\\n            --skip contract-without-breaking-change-gate\n",
        "          SKIP=polity/contract-without-breaking-change-gate make\n",
        "          polity waiver add --because 'oasdiff breaking comes later'\n",
    ] {
        fails(&with(steps), policy, 0);
    }
    let gate = "          polity check --skip contract-without-breaking-change-gate && oasdiff breaking a.yaml b.yaml\n";
    assert_eq!(verdict(&with(gate), policy).0, "pass");
}

#[test]
fn what_must_stand_nowhere_is_searched_for_in_every_file() {
    let secret = "# AKIAZ3MHGQ5XK7NPLWQR\n";
    for file in ["polity.yaml", "waivers/w.yaml", "layers/org/layer.yaml"] {
        fails(&repo().file("polity.yaml", EVENTS).file(file, format!("{EVENTS}{secret}")), "committed-secret", 0);
    }
    let waived = |n: usize| format!("# polity:waive p{n} until=2026-12-31 owner=t reason=migration later\n");
    let many = (0..40).map(waived).collect::<String>();
    fails(&repo().file("polity.yaml", format!("{many}{EVENTS}")), "waiver-debt", 0);
}
