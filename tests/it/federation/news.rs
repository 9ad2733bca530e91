//! Where news comes from: mirrors that each know a part, a place without a name, clocks that disagree.

use polity::catalog::trust::{Statement, Timestamp};

use super::torn::with_web;
use super::world::{said, world};

#[test]
fn of_mirrors_the_newest_history_wins_in_whatever_order_they_are_asked() {
    let world = world();
    world.git(&["clone", "-q", "--bare", "pay.git", "old.git"], ".");
    world.edit("7.0.0");
    world.release("ana").exits(0);
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("new.git")).unwrap();
    let root = world.repo.root().display().to_string();
    for (machine, mirrors) in [("one", ["old", "new"]), ("two", ["new", "old"])] {
        let list = mirrors.map(|name| format!("'file://{root}/{name}.git'")).join(", ");
        world.federate(&format!("    mirrors: [{list}]\n"));
        let run = world.machine(machine, ".", &["registry", "sync"]).exits(0);
        assert!(run.stdout.starts_with("pay  fresh  2 releases, 4 new statements, from file://[ROOT]/new.git\n"), "{run}");
        assert_eq!(run.stdout.contains("refused file://[ROOT]/old.git: serves an older history"), machine == "two", "{run}");
        said(world.machine(machine, ".", &["template", "show", "pay/greeting@7.0.0"]), 0, "7.0.0");
    }
    // The registry itself has the last word.
    std::fs::rename(world.repo.path("new.git"), world.repo.path("pay.git")).unwrap();
    said(world.sync(), 0, "pay  fresh  2 releases, 4 new statements, from file://[ROOT]/pay.git\n");
}

#[test]
fn what_one_mirror_lacks_is_taken_from_the_next() {
    let world = world();
    world.edit("7.0.0");
    world.release("ana").exits(0);
    // The first has all statements, and neither the tag nor the tree of the newest release.
    world.git(&["clone", "-q", "--bare", "pay.git", "poor.git"], ".");
    world.git(&["clone", "-q", "poor.git", "hands"], ".");
    world.git(&["rm", "-q", "-r", "templates"], "hands");
    world.git(&["commit", "-q", "-m", "poor"], "hands");
    world.git(&["push", "-q", "origin", "HEAD:main"], "hands");
    world.git(&["tag", "-d", "templates/greeting/7.0.0"], "poor.git");
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("rich.git")).unwrap();
    let root = world.repo.root().display().to_string();
    world.federate(&format!("    mirrors: ['file://{root}/poor.git']\n"));
    said(world.sync(), 1, "templates/greeting 7.0.0 is not to be had");
    world.federate(&format!("    mirrors: ['file://{root}/poor.git', 'file://{root}/rich.git']\n"));
    said(world.sync(), 0, "pay  fresh  2 releases");
    said(world.machine("fresh", ".", &["template", "show", "pay/greeting"]), 0, "7.0.0");
}

#[test]
fn a_place_that_is_named_alone_is_asked_for_its_own_namespace() {
    let world = with_web();
    let sync = |from: &str| world.machine("fresh", ".", &["registry", "sync", "--from", from]);
    let run = sync("pay").exits(0);
    assert!(run.stdout.starts_with("pay  fresh  1 release, ") && !run.stdout.contains("web"), "{run}");
    said(sync("nowhere"), 4, "cannot reach `nowhere`: ");
    said(sync("keys"), 3, "`keys` does not say whose it is: ");
    world.write("web/registry.yaml", "namespace: weeb\n");
    said(sync("web"), 2, "the federation has no namespace `weeb`");
    said(
        world.machine("fresh", ".", &["registry", "sync", "web", "--from", "pay"]),
        3,
        "is the registry of the namespace `pay`, not of `web`",
    );
}

#[test]
fn a_history_from_the_future_is_named() {
    let world = world();
    let tomorrow = Statement { issued: Timestamp::parse("2098-01-01T00:00:00Z").unwrap(), ..world.statement("ana") };
    world.replace_statements(&[tomorrow], "ana");
    let run = world.sync().exits(1);
    assert!(run.stdout.contains("checkpoint 9 was made on 2098-01-01T00:00:00Z, and this machine's clock says 20"), "{run}");
    assert!(run.stdout.contains("one of the two is wrong, and a freeze may go unnoticed"), "{run}");
}

/// A released layer `pay/floor`, a service that is in its federation, and a machine that has synced.
fn floored() -> super::world::World {
    let world = world();
    world.write("pay/layers/floor/layer.yaml", "version: 1.0.0\ntitle: t\nlevel: org\nowner: a\n");
    world.commit("layer");
    world.publish(&["release", "layers/floor", "--no-checks"]).exits(0);
    world.sync().exits(0);
    world.federate("layers: [pay/floor@1]\n");
    world.write("svc/polity.yaml", "service: {name: orders}\n");
    world
}

#[test]
fn a_layer_that_a_registry_cannot_give_is_an_error_at_its_name() {
    let check = |world: &super::world::World, machine: &str| world.machine(machine, ".", &["check", "svc", "--fail-on", "never"]);
    let refused = |world: &super::world::World, machine: &str, said: &str| {
        let run = check(world, machine).exits(3);
        assert!(run.stdout.is_empty() && run.stderr.contains(said) && run.stderr.contains(" polity.federation.yaml:"), "{said} in {run}");
        run
    };
    let world = floored();
    check(&world, "fresh").exits(0);
    // Who has never reached the registry knows no layer; who has goes on without it.
    refused(&world, "other", "namespace `pay` of polity.federation.yaml was never synced");
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("gone.git")).unwrap();
    world.machine("other", ".", &["registry", "sync"]).exits(4);
    refused(&world, "other", "was never synced");
    check(&world, "fresh").exits(0);
    let named = |more: &str, said: &str| {
        world.federate(more);
        let run = refused(&world, "fresh", said);
        assert!(run.stderr.contains("polity.federation.yaml:") && run.stderr.contains("named here"), "{run}");
    };
    named("layers: [pay/flor@1]\n", "did you mean `pay/floor`?");
    named("layers: [pay/floor@2]\n", "version 1.0.0 is at hand, and ^2 was asked for");
    named("    capabilities: [templates]\nlayers: [pay/floor@1]\n", "pay/floor@1` cannot be loaded");
    named("layers: [ship/floor@1]\n", "ship/floor@1` cannot be loaded");
    // What is damaged on this machine counts as absent.
    world.federate("layers: [pay/floor@1]\n");
    let objects = world.repo.path("caches/fresh/objects");
    assert!(objects.is_dir(), "{objects:?}");
    std::fs::remove_dir_all(objects).unwrap();
    refused(&world, "fresh", "pay/floor@1` cannot be loaded");
}

#[test]
fn what_a_sync_keeps_in_the_checked_folder_is_no_evidence() {
    let world = floored();
    let run = |cache: &str, args: &[&str]| {
        let mut command = world.repo.command(args);
        world.repo.finish(command.env("POLITY_CACHE", world.repo.path(cache)))
    };
    let checked = |cache: &str| {
        run(cache, &["registry", "sync"]).exits(0);
        run(cache, &["check", "svc", "--format", "json", "--fail-on", "never"]).exits(0).stdout
    };
    let apart = checked("apart");
    assert_eq!(checked("svc/deep/cache"), apart);
    assert!(world.repo.files("svc").iter().any(|file| file.starts_with("deep/cache/objects/")), "it was written");
}

#[test]
fn a_policy_layer_of_a_namespace_that_is_too_old_is_not_called_unknown() {
    let world = world();
    world.write("pay/layers/floor/layer.yaml", "version: 1.0.0\ntitle: t\nlevel: org\nowner: a\n");
    world.commit("layer");
    world.publish(&["release", "layers/floor", "--no-checks"]).exits(0);
    world.sync().exits(0);
    // A namespace that may bring templates alone is none that a check waits for; the layer names it all the same.
    world.federate("    capabilities: [templates]\nlayers: [pay/floor@1]\n");
    world.write("svc/polity.yaml", "service: {name: orders}\n");
    let check = || world.machine("fresh", ".", &["check", "svc", "--fail-on", "never"]);
    super::offline::age(&world, 100);
    let run = check().exits(3);
    assert!(run.stderr.contains("`pay/floor@1` cannot be loaded: what is known of the namespace `pay` is too old: EXPIRED 100d"), "{run}");
    assert!(run.stderr.contains("= help: run `polity registry sync pay`"), "{run}");
}
