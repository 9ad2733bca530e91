//! What is not to be published, what a registry refuses, and what others published first.

use super::world::{World, said, script, world};

fn key(world: &World, name: &str) -> String {
    world.repo.path(&format!("keys/{name}")).to_str().unwrap().to_owned()
}

#[test]
fn a_checkpoint_that_nobody_would_believe_is_not_published() {
    let world = world();
    world.run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "mallory@acme", "-f", &key(&world, "mallory")], ".");
    let before = world.git(&["rev-parse", "main"], "pay.git");
    let run = world.polity_in("pay", &["registry", "checkpoint", "--key", &key(&world, "mallory")]);
    said(run, 3, "the statement would not count: 0 of 1 signers agree");
    said(world.publish(&["checkpoint", "--valid", "0d"]), 2, "nobody may believe a checkpoint that is valid for no time");
    assert_eq!(world.git(&["rev-parse", "main"], "pay.git"), before);
    said(world.sync(), 0, "pay  fresh  1 release");
}

#[test]
fn what_a_registry_refuses_is_no_history_that_it_withholds() {
    let world = world();
    script(&world.repo.path("pay.git/hooks/pre-receive"), "#!/bin/sh\necho 'no pushes on a Sunday' >&2\nexit 1\n");
    world.edit("7.0.0");
    said(world.release("ana"), 0, "waits in the outbox (git: pre-receive hook declined; no pushes on a Sunday)");
    let sync = |folder: &str| world.polity_in(folder, &["registry", "sync", "--explain"]);
    let run = sync(".").exits(0);
    assert!(run.stdout.contains("pay  fresh") && run.stdout.contains("(git: pre-receive hook declined; no pushes on a Sunday)"), "{run}");
    world.polity_in(".", &["new", "pay/greeting", "svc", "--defaults", "--no-git"]).exits(0);
    said(sync("svc"), 0, "pay  fresh");
    // The registry moves, and what waits goes where it is now.
    world.git(&["clone", "-q", "--bare", "pay.git", "moved.git"], ".");
    let moved = world.url().replace("pay.git", "moved.git");
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &moved));
    said(world.polity_in(".", &["outbox"]), 0, "moved.git");
    said(world.polity_in(".", &["outbox", "push"]), 0, "pushed release pay/greeting 7.0.0 to");
    assert!(world.git(&["log", "--format=%s", "main"], "moved.git").starts_with("release pay/greeting 7.0.0"));
    said(sync("svc"), 0, "pay  fresh  2 releases");
}

#[test]
fn a_release_from_a_clone_that_is_behind_is_merged_and_sent() {
    let world = world();
    world.git(&["clone", "-q", "pay.git", "bobs"], ".");
    world.machine("bob", "bobs", &["registry", "checkpoint", "--key", &key(&world, "bob")]).exits(0);
    world.edit("7.0.0");
    said(world.release("ana"), 0, "release pay/greeting 7.0.0\n  pushed to ");
    let sent = world.git(&["log", "--format=%s", "main"], "pay.git");
    assert!(sent.contains("release pay/greeting 7.0.0") && sent.contains("checkpoint"), "{sent}");
    assert_eq!(world.git(&["rev-parse", "HEAD"], "pay"), world.git(&["rev-parse", "main"], "pay.git"));
    said(world.polity_in(".", &["outbox"]), 0, "nothing waits");
    said(world.sync(), 0, "pay  fresh  2 releases, 5 new statements");
}
