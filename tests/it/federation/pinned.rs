//! Policy layers in `polity.lock`: what a service went by, so that a check can be made again as it was.

use super::versions::release;
use super::world::{World, said, world};
use crate::support::Run;

/// Releases the layer `pay/base`, which grades `pay/no-notes`.
fn layer(world: &World, version: &str, severity: &str) {
    let entry = format!("mandatory:\n  - policy: pay/no-notes\n    severity: {severity}\n");
    world.write("pay/layers/base/layer.yaml", &format!("version: {version}\ntitle: What all keep\nlevel: org\nowner: platform\n{entry}"));
    world.commit(version);
    world.publish(&["release", "layers/base", "--no-checks"]).exits(0);
}

/// A service `a` on the machine `fresh`, in a federation that demands `layers` and with `more` in its own `polity.yaml`.
fn service(layers: &str, more: &str) -> World {
    let world = world();
    world.polity_in("pay", &["policy", "new", "policies/no-notes"]).exits(0);
    world.commit("a policy");
    world.publish(&["release", "policies/no-notes", "--no-checks"]).exits(0);
    layer(&world, "1.0.0", "advice");
    world.draft("top", "1.0.0", &[], "top.md");
    world.write("pay/templates/top/files/polity.yaml", &format!("service: {{name: orders, owner: pay}}\n{more}"));
    world.polity_in("pay", &["template", "test", "templates/top/", "--accept", "--no-checks"]).exits(0);
    world.commit("top");
    release(&world, "top").exits(0);
    world.federate(layers);
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/top", "a", "--defaults"]).exits(0);
    world
}

fn check(world: &World, machine: &str, more: &[&str]) -> Run {
    world.machine(machine, ".", &[&["check", "a", "--policy", "pay/no-notes"], more].concat())
}

#[test]
fn a_check_goes_by_the_newest_layer_and_can_go_by_the_locked_one() {
    for (layers, own) in [("layers: [pay/base@1]\n", ""), ("", "policies:\n  layers: [pay/base@1]\n")] {
        let world = service(layers, own);
        let lock = world.repo.read("a/polity.lock");
        assert!(lock.contains("\npolicy_layers:\n- name: pay/base\n  version: 1.0.0\n"), "{lock}");
        assert!(!check(&world, "fresh", &[]).exits(0).stderr.contains("policy layer"));
        layer(&world, "1.1.0", "error");
        world.sync().exits(0);
        let run = check(&world, "fresh", &[]).exits(1);
        assert!(run.stdout.contains("error[no-notes]"), "{run}");
        let note = "note: policy layer pay/base 1.1.0 is used and 1.0.0 is locked: `polity update` moves the lock, `polity check --locked` goes by it\n";
        assert!(run.stderr.contains(note), "{run}");
        let run = check(&world, "fresh", &["--locked"]).exits(0);
        assert!(run.stdout.contains("advice[no-notes]") && !run.stderr.contains("policy layer"), "{run}");
        said(world.machine("fresh", ".", &["update", "a", "--locked"]), 0, "no difference");
        said(world.machine("fresh", ".", &["update", "a"]), 0, "  changed   polity.lock\n");
        assert!(world.repo.read("a/polity.lock").contains("- name: pay/base\n  version: 1.1.0\n"));
        assert!(!check(&world, "fresh", &[]).exits(1).stderr.contains("policy layer"));
        said(world.machine("fresh", ".", &["update", "a"]), 0, "a is up to date");
    }
}

#[test]
fn what_is_locked_and_not_to_be_had_is_an_error() {
    let world = service("layers: [pay/base@1]\n", "");
    layer(&world, "1.1.0", "error");
    world.sync().exits(0);
    world.publish(&["yank", "layers/base", "1.0.0", "--reason", "too mild"]).exits(0);
    world.sync().exits(0);
    check(&world, "fresh", &["--locked"]).exits(0);
    world.git(&["push", "-q", &world.url(), ":refs/tags/layers/base/1.0.0"], "pay");
    let _ = world.machine("empty", ".", &["registry", "sync"]);
    check(&world, "empty", &[]).exits(1);
    said(check(&world, "empty", &["--locked"]), 3, "pay/base 1.0.0 is locked and not at hand");
    world.publish(&["revoke", "layers/base", "1.0.0", "--reason", "wrong"]).exits(0);
    world.sync().exits(0);
    said(check(&world, "fresh", &["--locked"]), 3, "pay/base 1.0.0 is revoked: wrong");
    // A lock that somebody edited is not taken at its word.
    let lock = world.repo.read("a/polity.lock");
    let start = lock.find("policy_layers:").unwrap();
    let edited = lock[start..].replacen("version: 1.0.0", "version: 1.1.0", 1);
    world.write("a/polity.lock", &format!("{}{edited}", &lock[..start]));
    said(check(&world, "fresh", &["--locked"]), 3, "pay/base 1.1.0 is locked with another digest than the released one");
    std::fs::remove_file(world.repo.path("a/polity.lock")).unwrap();
    said(check(&world, "fresh", &["--locked"]), 2, "there is no polity.lock that could bind");
}

#[test]
fn a_layer_that_cannot_be_had_is_told_of_and_not_locked() {
    let world = service("layers: [pay/base@1]\n", "");
    world.federate("layers: [pay/base@2]\n");
    let run = world.machine("fresh", ".", &["new", "pay/top", "b", "--defaults", "--no-git"]).exits(0);
    assert!(run.stderr.contains("note: policy layer `pay/base@2` cannot be loaded and is not locked: "), "{run}");
    assert!(!world.repo.read("b/polity.lock").contains("policy_layers"));
}
