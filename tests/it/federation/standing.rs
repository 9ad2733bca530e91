//! What becomes of a release after it was locked, who may let it count, and which version number a change needs.

use super::versions::{layered, release};
use super::world::{World, said, world};
use crate::support::Run;
use polity::catalog::trust::{Body, Release, Statement};
use polity::tree::Digest;

/// A service made of `pay/top` on the machine `fresh`.
fn service() -> World {
    let world = layered();
    world.machine("fresh", ".", &["new", "pay/top", "svc", "--defaults", "--no-git"]).exits(0);
    world
}

fn check(world: &World) -> Run {
    world.machine("fresh", "svc", &["check"])
}

#[test]
fn a_locked_release_that_was_taken_back_is_named_or_refused() {
    let world = service();
    check(&world).exits(1);
    world.publish(&["yank", "templates/base", "1.1.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    said(check(&world), 1, "note: pay/base 1.1.0 is locked and was yanked: bad words");
    world.publish(&["revoke", "templates/base", "1.1.0", "--reason", "leaks"]).exits(0);
    world.sync().exits(0);
    let run = check(&world).exits(3);
    assert!(
        run.stderr.contains("error: pay/base 1.1.0 is revoked: leaks") && run.stderr.contains("`break_glass` in the federation file"),
        "{run}"
    );
    let glass = |day: &str| {
        let more = format!("break_glass:\n  - release: pay/base@1.1.0\n    reason: no way round it yet\n    expires: {day}\n");
        world.federate(&more);
    };
    glass("2099-01-31");
    said(check(&world), 1, "note: pay/base 1.1.0 is revoked and used until 2099-01-31: no way round it yet");
    let again = ["new", "pay/top", "again", "--defaults", "--no-git", "--locked", "--lock", "svc/polity.lock"];
    world.machine("fresh", ".", &again).exits(0);
    said(world.machine("fresh", ".", &["new", "pay/base@1.1.0", "x", "--defaults"]), 3, "is revoked");
    glass("2020-01-31");
    said(check(&world), 3, "is revoked: leaks");
}

#[test]
fn a_fresh_machine_inherits_the_memory_of_the_lock() {
    let world = service();
    let old = world.git(&["rev-list", "--max-parents=0", "HEAD"], "pay");
    let first = world.git(&["rev-list", "--reverse", "HEAD", "--", "statements"], "pay").lines().next().unwrap().to_owned();
    assert_ne!(old, first);
    world.git(&["push", "-q", "--force", &world.url(), &format!("{first}:refs/heads/main")], "pay");
    // A machine without memory and without a lock is deceived; beside the lock it is not.
    world.machine("new", ".", &["registry", "sync"]);
    assert!(world.machine("new", ".", &["registry", "list"]).stdout.contains("pay  fresh"));
    said(world.machine("new", "svc", &["check"]), 1, "polity.lock has seen checkpoint 14 of `pay`, and this machine knows 2");
    said(
        world.machine("newer", "svc", &["registry", "sync"]),
        3,
        "serves an older history (rollback): its newest checkpoint is number 2, and polity.lock has seen number 14",
    );
}

#[test]
fn what_is_deprecated_names_its_successor() {
    let world = layered();
    let wrong = world.publish(&["deprecate", "templates/base", "--successor", "base", "--reason", "x"]);
    said(wrong, 2, "`base` is no successor");
    world.publish(&["deprecate", "templates/base", "--successor", "org/ground", "--reason", "moved"]).exits(0);
    world.sync().exits(0);
    let run = world.machine("fresh", ".", &["new", "pay/top", "x", "--defaults", "--no-git"]);
    said(run, 0, "note: pay/base is deprecated in favour of org/ground: moved");
}

#[test]
fn two_people_make_a_release_count() {
    let world = world();
    world.federate("    threshold: 2\n");
    world.edit("7.0.0");
    said(world.release("ana"), 0, "release pay/greeting 7.0.0 (1 of 2 signatures; `polity registry cosign` adds the others)");
    said(world.sync(), 3, "has no checkpoint that counts: 1 of 2 signers agree");
    let cosign = |name: &str| {
        let key = world.repo.path(&format!("keys/{name}"));
        world.polity_in("pay", &["registry", "cosign", "--key", key.to_str().unwrap()])
    };
    said(cosign("ana"), 0, "nothing waits for a signature of yours");
    said(cosign("eve"), 3, "the signature would not count: 1 of 2 signers agree: the key SHA256:");
    let run = cosign("bob").exits(0);
    assert!(run.stdout.contains("release pay/greeting 7.0.0 (by ana@acme)\n"), "{run}");
    said(world.sync(), 0, "pay  fresh  2 releases");
    said(cosign("bob"), 0, "nothing waits for a signature of yours");
    assert!(world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0).stdout.contains("7.0.0"));
}

#[test]
fn a_change_that_breaks_users_needs_a_number_that_says_so() {
    let world = world();
    let manifest = |version: &str, inputs: &str| {
        let text = format!("version: {version}\ndescription: A test\n{inputs}");
        world.write("pay/templates/plain/template.yaml", &text);
        world.write("pay/templates/plain/README.md", "# plain\n");
        world.write("pay/templates/plain/files/plain.md", "plain\n");
        world.write("pay/templates/plain/cases/minimal/answers.yaml", "{}\n");
        world.polity_in("pay", &["template", "test", "templates/plain/", "--accept", "--no-checks"]).exits(0);
        world.commit(version);
        release(&world, "plain")
    };
    manifest("1.0.0", "inputs:\n  port: {type: integer, default: 1}\n").exits(0);
    said(
        manifest("1.0.1", "inputs:\n  gate: {type: integer, default: 1}\n"),
        3,
        "templates/plain 1.0.1 needs another major version than 1.0.0: the input `port` is gone or has another name",
    );
    said(
        manifest("1.0.1", "inputs:\n  port: {type: integer, default: 1}\n  gate: {type: integer, default: 1}\n"),
        3,
        "needs another minor version than 1.0.0: the input `gate` is new",
    );
    manifest("1.1.0", "inputs:\n  port: {type: integer, default: 1}\n  gate: {type: integer, default: 1}\n").exits(0);
    said(manifest("1.2.0", "inputs:\n  port: {type: string, default: a}\n"), 3, "= help: set `version: 2.0.0` in its template.yaml");
    manifest("2.0.0", "inputs:\n  port: {type: string, default: a}\n").exits(0);
    // A machine that never synced compares with what the tag names, and without the tag with nothing.
    manifest("2.0.1", "inputs: {}\n").exits(3);
    std::fs::remove_dir_all(world.repo.path("caches/home")).unwrap();
    said(release(&world, "plain"), 3, "needs another major version than 2.0.0: the input `port` is gone");
    world.git(&["tag", "-d", "templates/plain/2.0.0"], "pay");
    said(release(&world, "plain"), 3, "templates/plain 2.0.0 is not at hand");
    world.polity_in(".", &["registry", "sync"]).exits(0);
    said(release(&world, "plain"), 3, "needs another major version than 2.0.0: the input `port` is gone");
}

#[test]
fn knowledge_past_its_end_is_used_for_a_reason_that_the_lock_records() {
    let world = layered();
    super::offline::age(&world, 100);
    let new = |more: &[&str]| world.machine("fresh", ".", &[&["new", "pay/top", "x", "--defaults", "--no-git"], more].concat());
    said(new(&[]), 3, "without a connection, `--accept-stale REASON` uses it all the same");
    said(new(&["--accept-stale", ""]), 2, "a value is required");
    said(new(&["--accept-stale", "on a ship until May"]), 0, "registries: pay EXPIRED 100d");
    let lock = world.repo.read("x/polity.lock");
    assert_eq!(lock.matches("accepted_stale: on a ship until May").count(), 3, "{lock}");
    assert!(lock.contains("freshness: EXPIRED 100d"), "{lock}");
    let empty = world.machine("never", ".", &["new", "pay/top", "y", "--defaults", "--accept-stale", "x"]);
    said(empty, 3, "was never synced");
}

/// Puts another digest into the entry of `pay/base` in a lock.
fn with_digest(lock: &str, digest: &str) -> String {
    let (before, entry) = lock.split_once("name: pay/base").unwrap();
    let old = digest_of(&format!("name: pay/base{entry}"), "pay/base");
    format!("{before}name: pay/base{}", entry.replacen(&old, digest, 1))
}

/// The digest of a layer's entry in a lock.
fn digest_of(lock: &str, name: &str) -> String {
    let entry = lock.split_once(&format!("name: {name}\n")).unwrap().1;
    entry.lines().find_map(|line| line.trim().strip_prefix("digest: ")).unwrap().to_owned()
}

#[test]
fn a_lock_cannot_let_other_bytes_in() {
    let world = layered();
    // Bytes that the cache holds because they were released as something else.
    world.template("other", "1.1.0", &[], "base.md");
    release(&world, "other").exits(0);
    world.sync().exits(0);
    for (name, dir) in [("pay/top", "svc"), ("pay/other", "other")] {
        world.machine("fresh", ".", &["new", name, dir, "--defaults", "--no-git"]).exits(0);
    }
    let honest = world.repo.read("svc/polity.lock");
    let forged = with_digest(&honest, &digest_of(&world.repo.read("other/polity.lock"), "pay/other"));
    let again = ["new", "pay/top", "again", "--defaults", "--no-git", "--locked", "--lock", "svc/polity.lock"];
    let both = |lock: &str, code: i32, expected: &str| {
        world.write("svc/polity.lock", lock);
        said(world.machine("fresh", ".", &again), code, expected);
        said(check(&world), code, expected);
    };
    let foreign = "error: pay/base 1.1.0 is locked with another digest than the released one";
    both(&forged, 3, foreign);
    world.publish(&["yank", "templates/base", "1.1.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    both(&forged, 3, foreign);
    world.publish(&["revoke", "templates/base", "1.1.0", "--reason", "leaks"]).exits(0);
    world.sync().exits(0);
    world.federate("break_glass:\n  - {release: pay/base@1.1.0, reason: no way round it, expires: 2099-01-31}\n");
    both(&forged, 3, foreign);
    world.write("svc/polity.lock", &honest);
    said(world.machine("fresh", ".", &again), 0, "is revoked and used until 2099-01-31");
}

#[test]
fn a_locked_release_that_is_contradicted_works_in_the_locked_bytes_alone() {
    let world = service();
    let Body::Release(release) = world.statement("bob").body else { panic!() };
    let release = Release { name: "base".to_owned(), version: "1.1.0".to_owned(), tree_digest: Digest::of(b"another"), ..release };
    let second = world.forge(&Statement { body: Body::Release(release), ..world.statement("bob") }, "bob");
    for (name, text) in polity::catalog::trust::files(&second) {
        world.write(&format!("pay/{name}"), &text);
    }
    world.commit("equivocate");
    world.push();
    world.sync().exits(1);
    check(&world).exits(1);
    let forged = with_digest(&world.repo.read("svc/polity.lock"), Digest::of(b"third").as_str());
    world.write("svc/polity.lock", &forged);
    said(check(&world), 3, "error: pay/base 1.1.0 is contradictory (equivocation)");
}

#[test]
fn every_lock_below_the_checked_folder_is_watched() {
    let world = layered();
    for dir in ["mono/a", "mono/b"] {
        world.machine("fresh", ".", &["new", "pay/top", dir, "--defaults", "--no-git"]).exits(0);
    }
    let check = || world.machine("fresh", ".", &["check", "mono"]);
    world.publish(&["yank", "templates/base", "1.1.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    let run = check();
    for root in ["a", "b"] {
        let expected = format!("note: pay/base 1.1.0 is locked and was yanked: bad words (mono/{root}/polity.lock)");
        assert!(run.stderr.contains(&expected), "{run}");
    }
    world.publish(&["revoke", "templates/base", "1.1.0", "--reason", "leaks"]).exits(0);
    world.sync().exits(0);
    said(check(), 3, "error: pay/base 1.1.0 is revoked: leaks (mono/a/polity.lock)");
}

#[test]
fn another_history_than_the_lock_has_seen_is_refused() {
    let world = world();
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "svc", "--defaults", "--no-git"]).exits(0);
    // Who is not listed any more is not believed any more, and nothing of that is hidden.
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("bob")], ""));
    let key = world.repo.path("keys/bob");
    world.polity_in("pay", &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
    said(world.machine("new", "svc", &["registry", "sync"]), 1, "is not listed among the signers");
    world.federate("");
    // Another history with a higher number: it is no older one, and yet not the one that was seen.
    world.replace_statements(&[world.statement("bob")], "bob");
    said(world.machine("newer", "svc", &["registry", "sync"]), 3, "serves another history: it has no checkpoint ");
    world.machine("newer", ".", &["registry", "sync"]);
    said(world.machine("newer", "svc", &["check"]), 1, "polity.lock has seen a checkpoint 2 of `pay` that this machine does not know");
}
