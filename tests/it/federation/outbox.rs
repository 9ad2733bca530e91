//! What waits: for how long somebody else does, with which git, and what earlier builds left there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::{World, said, script, world};

/// A server that takes connections, counts them, and never says a word.
fn silent() -> (u16, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            counted.fetch_add(1, Ordering::SeqCst);
            open.push(stream);
        }
    });
    (port, count)
}

#[test]
fn a_registry_that_never_answers_is_asked_once_and_not_for_long() {
    let world = world();
    let (port, count) = silent();
    let url = format!("git://127.0.0.1:{port}/pay.git");
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &url));
    world.edit("7.0.0");
    let waits = "waits in the outbox (no answer within 2 s); `polity outbox push` sends it";
    said(world.release("ana"), 0, waits);
    assert_eq!(count.load(Ordering::SeqCst), 1, "what does not answer is not pushed to");
    said(world.publish(&["checkpoint", "--timeout", "1"]), 0, "waits in the outbox (no answer within 1 s)");
    let run = world.polity_in(".", &["outbox", "push", "--timeout", "1"]).exits(4);
    assert_eq!(run.stdout.matches("(no answer within 1 s)\n").count(), 2, "{run}");
    assert_eq!(count.load(Ordering::SeqCst), 3, "two wait, and one asks");
}

/// Ana published without a connection, and Bob did meanwhile.
fn apart() -> World {
    let world = world();
    world.edit("7.0.0");
    world.publish(&["release", "templates/greeting", "--no-checks", "--no-push"]).exits(0);
    world.git(&["clone", "-q", "pay.git", "bobs"], ".");
    let key = world.repo.path("keys/bob");
    world.machine("bob", "bobs", &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
    world
}

#[test]
fn a_git_that_cannot_merge_trees_is_good_enough() {
    let world = apart();
    let old = "#!/bin/sh\nfor word; do [ \"$word\" != merge-tree ] || { echo 'usage: git merge-tree' >&2; exit 129; }; done\nPATH=${PATH#*:}\nexec git \"$@\"\n";
    script(&world.repo.path("bin/git"), old);
    let path = format!("{}:{}", world.repo.path("bin").display(), std::env::var("PATH").unwrap());
    let mut push = world.repo.command(&["outbox", "push"]);
    push.env("PATH", path).env("POLITY_CACHE", world.repo.path("caches/home"));
    said(world.repo.finish(&mut push), 0, "pushed release pay/greeting 7.0.0");
    said(world.sync(), 0, "pay  fresh  2 releases, 5 new statements");
}

#[test]
fn changes_of_the_same_lines_are_named_and_wait() {
    let world = apart();
    world.write("pay/registry.yaml", "namespace: pay # ana\n");
    world.commit("ana");
    world.publish(&["checkpoint", "--no-push"]).exits(0);
    world.write("bobs/registry.yaml", "namespace: pay # bob\n");
    world.git(&["commit", "-q", "-a", "-m", "bob"], "bobs");
    world.git(&["push", "-q", "origin", "HEAD:main"], "bobs");
    let run = world.polity_in(".", &["outbox", "push"]).exits(4);
    assert!(
        run.stdout.contains("waits: checkpoint (others published meanwhile, and their changes do not merge: both changed `registry.yaml`)"),
        "{run}"
    );
}

#[test]
fn names_that_an_earlier_build_kept_are_the_commits_that_were_published() {
    let world = world();
    world.edit("7.0.0");
    world.publish(&["release", "templates/greeting", "--no-checks", "--no-push"]).exits(0);
    world.publish(&["deprecate", "templates/greeting", "--successor", "pay/other", "--reason", "r", "--no-push"]).exits(0);
    let folder = "caches/home/outbox";
    for name in world.repo.files(folder) {
        let mut entry: serde_json::Value = serde_json::from_str(&world.repo.read(&format!("{folder}/{name}"))).unwrap();
        for refspec in entry["refs"].as_array_mut().unwrap() {
            let to = refspec.as_str().unwrap().split_once(':').unwrap().1.to_owned();
            *refspec = if to.starts_with("refs/tags/") { format!("{to}:{to}") } else { format!("HEAD:{to}") }.into();
        }
        world.write(&format!("{folder}/{name}"), &entry.to_string());
    }
    world.git(&["checkout", "-q", "-b", "secret"], "pay");
    world.write("pay/secret.md", "not for anybody\n");
    world.commit("do not publish");
    let run = world.polity_in(".", &["outbox", "push"]).exits(0);
    assert_eq!(run.stdout.matches("pushed ").count(), 2, "{run}");
    let sent = world.git(&["log", "--format=%s", "main"], "pay.git");
    assert!(sent.starts_with("deprecate pay/greeting") && !sent.contains("do not publish"), "{sent}");
    said(world.sync(), 0, "pay  fresh  2 releases, 6 new statements");
    // Of one that no commit is called by, nothing is sent.
    let lost = serde_json::json!({
        "federation": "acme", "namespace": "pay", "checkout": world.repo.path("pay"), "url": world.url(),
        "refs": ["HEAD:refs/heads/main"], "at": "2026-01-01T00:00:00Z", "summary": "yank pay/greeting 0.1.0",
    });
    world.write(&format!("{folder}/000000000001-x.json"), &lost.to_string());
    said(world.polity_in(".", &["outbox", "push"]), 4, "an earlier build kept `HEAD` of it, and no commit is called so: publish it again");
    assert_eq!(world.git(&["log", "--format=%s", "main"], "pay.git"), sent);
}
