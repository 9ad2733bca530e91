//! The federation file of an organisation: named once, used from anywhere, brought up to date by each sync.

use super::world::{World, said, world};
use crate::support::Run;

/// The world with its federation file, and the signers of it, in a repository `org.git` alone.
fn org() -> World {
    let world = world();
    world.git(&["init", "-q", "--bare", "org.git"], ".");
    world.git(&["init", "-q", "org"], ".");
    let text = world.repo.read("polity.federation.yaml");
    std::fs::remove_file(world.repo.path("polity.federation.yaml")).unwrap();
    let head = text.split("    signers:").next().unwrap();
    publish(&world, &format!("{head}    signers: {{file: signers/pay}}\n"), &world.signer("ana"));
    world
}

fn url(world: &World) -> String {
    format!("file://{}/org.git", world.repo.root().display())
}

fn publish(world: &World, federation: &str, signers: &str) {
    world.write("org/polity.federation.yaml", federation);
    world.write("org/signers/pay", &format!("{signers}\n"));
    world.git(&["add", "-A"], "org");
    world.git(&["commit", "-q", "-m", "federation"], "org");
    world.git(&["push", "-q", &url(world), "HEAD:refs/heads/main"], "org");
}

fn fresh(world: &World, args: &[&str]) -> Run {
    world.machine("fresh", "elsewhere", args)
}

#[test]
fn it_is_named_once_and_found_from_anywhere() {
    let world = org();
    std::fs::create_dir(world.repo.path("elsewhere")).unwrap();
    said(fresh(&world, &["registry", "list"]), 3, "there is no polity.federation.yaml here or above");
    said(fresh(&world, &["registry", "add", "--org", &url(&world)]), 0, "the federation `acme` with 1 namespace comes from file://");
    said(fresh(&world, &["registry", "sync"]), 0, "pay  fresh  1 release, 2 new statements");
    fresh(&world, &["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
    // Deleting the cache costs a sync, not the choice.
    std::fs::remove_dir_all(world.repo.path("caches/fresh")).unwrap();
    said(fresh(&world, &["registry", "sync"]), 0, "pay  fresh  1 release, 2 new statements");
    // A nearer file goes before it, and what is added makes one.
    said(fresh(&world, &["registry", "add", "web", "../web", "--unsigned", "--name", "own"]), 0, "polity.federation.yaml: added `web`");
    let list = fresh(&world, &["registry", "list"]).exits(0);
    assert!(list.stdout.starts_with("web  never synced") && !list.stdout.contains("pay"), "{list}");
}

#[test]
fn a_sync_brings_it_up_to_date_and_a_broken_one_changes_nothing() {
    let world = org();
    std::fs::create_dir(world.repo.path("elsewhere")).unwrap();
    fresh(&world, &["registry", "add", "--org", &url(&world)]).exits(0);
    fresh(&world, &["registry", "sync"]).exits(0);
    // Ana left: what she signed does not count any more.
    let text = world.repo.read("org/polity.federation.yaml");
    publish(&world, &text, &world.signer("bob"));
    let run = fresh(&world, &["registry", "sync"]).exits(3);
    assert!(run.stdout.starts_with("the federation file of file://[ROOT]/org.git is another one than before\n"), "{run}");
    assert!(run.stdout.contains("has no checkpoint that counts"), "{run}");
    publish(&world, &text, &world.signer("ana"));
    fresh(&world, &["registry", "sync"]).exits(0);
    for (broken, why) in [
        (text.replace("federation: acme", "federatoin: acme"), "unknown key `federatoin`"),
        (text.replace(&world.url(), "../pay"), "`../pay` in the federation file of an organisation leads nowhere from here"),
        (text.replace("signers/pay", "signers/none"), "it has no `signers/none`"),
        (text.replace("signers/pay", "../pay"), "`../pay`: "),
    ] {
        publish(&world, &broken, &world.signer("ana"));
        let run = fresh(&world, &["registry", "sync"]).exits(4);
        assert!(run.stdout.contains("the federation file stays as it was: ") && run.stdout.contains(why), "{why}\n{run}");
        assert!(run.stdout.contains("pay  fresh"), "{run}");
        said(fresh(&world, &["registry", "add", "--org", &url(&world)]), if why.contains("nowhere") { 3 } else { 4 }, why);
    }
    std::fs::remove_dir_all(world.repo.path("org.git")).unwrap();
    said(fresh(&world, &["registry", "sync"]), 4, "the federation file stays as it was: file://[ROOT]/org.git: git: ");
    let json = fresh(&world, &["registry", "sync", "--format", "json"]).exits(4);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(json["org"]["failure"].is_string() && json["org"]["changed"].is_null(), "{json}");
    fresh(&world, &["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
}

#[test]
fn it_is_one_or_the_other() {
    let world = org();
    std::fs::create_dir(world.repo.path("elsewhere")).unwrap();
    said(fresh(&world, &["registry", "add"]), 2, "required");
    said(fresh(&world, &["registry", "add", "pay", "x", "--org", "y"]), 2, "cannot be used with");
    said(fresh(&world, &["--offline", "registry", "add", "--org", &url(&world)]), 2, "needs the network");
    said(fresh(&world, &["registry", "add", "--org", "static+https://h/x"]), 4, "plain files have no federation file");
    said(fresh(&world, &["registry", "add", "--org", "ext::sh -c id"]), 2, "would make git run a command");
    said(fresh(&world, &["registry", "add", "--org", "../org"]), 0, "comes from ");
    fresh(&world, &["registry", "sync"]).exits(0);
}

#[test]
fn a_damaged_choice_is_not_as_if_there_were_none() {
    let world = org();
    std::fs::create_dir(world.repo.path("elsewhere")).unwrap();
    fresh(&world, &["registry", "add", "--org", &url(&world)]).exits(0);
    fresh(&world, &["registry", "sync"]).exits(0);
    let mut files = world.repo.files("");
    files.retain(|path| path.ends_with("org/current.json"));
    assert_eq!(files.len(), 1, "{files:?}");
    let file = world.repo.path(&files[0]);
    for damaged in ["", "half", "{}"] {
        std::fs::write(&file, damaged).unwrap();
        let run = fresh(&world, &["check", "."]).exits(4);
        assert!(run.stderr.contains("current.json"), "{run}");
    }
    fresh(&world, &["registry", "add", "--org", &url(&world)]).exits(0);
    fresh(&world, &["check", "."]).exits(1);
}
