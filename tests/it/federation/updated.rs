//! Services of a federation and their updates: the lock also holds policies, and what is known of each release.

use super::versions::release;
use super::world::{World, said, world};

#[test]
fn a_service_with_locked_policies_is_up_to_date_the_second_time() {
    let world = world();
    world.polity_in("pay", &["policy", "new", "policies/own"]).exits(0);
    world.commit("a policy");
    world.publish(&["release", "policies/own", "--no-checks"]).exits(0);
    world.sync().exits(0);
    let update = |more: &[&str]| world.machine("fresh", ".", &[&["update", "a"], more].concat());
    world.machine("fresh", ".", &["new", "pay/greeting", "a", "--defaults"]).exits(0);
    assert!(world.repo.read("a/polity.lock").contains("\npolicies:\n- name: pay/own\n"), "{}", world.repo.read("a/polity.lock"));
    assert!(update(&[]).exits(0).stdout.starts_with("a is up to date with pay/greeting "));
    world.edit("1.5.0");
    world.release("ana").exits(0);
    world.sync().exits(0);
    assert!(update(&[]).exits(0).stdout.contains("→ 1.5.0\n"));
    assert!(update(&[]).exits(0).stdout.starts_with("a is up to date with pay/greeting 1.5.0\n"));
}

#[test]
fn an_update_tells_that_a_template_is_deprecated() {
    let world = world();
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "a", "--defaults"]).exits(0);
    world.publish(&["deprecate", "templates/greeting", "--successor", "pay/hello", "--reason", "old"]).exits(0);
    world.sync().exits(0);
    let run = world.machine("fresh", ".", &["update", "a", "--dry-run"]).exits(0);
    assert!(run.stderr.contains("note: pay/greeting is deprecated in favour of pay/hello: old\n"), "{run}");
}

/// A service `a` of `pay/top`, which asks for the first of these versions of `pay/lay`; the others were released later.
fn service(versions: &[&str]) -> World {
    let world = world();
    let lay = |version: &str| {
        world.template("lay", version, &[], "lay.md");
        release(&world, "lay").exits(0);
    };
    lay(versions[0]);
    world.template("top", "1.0.0", &[&format!("pay/lay@{}", versions[0])], "top.md");
    release(&world, "top").exits(0);
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/top", "a", "--defaults"]).exits(0);
    versions[1..].iter().for_each(|version| lay(version));
    world.sync().exits(0);
    world
}

#[test]
fn below_the_first_major_another_minor_is_left_and_a_fix_is_taken() {
    let world = service(&["0.1.0", "0.1.1", "0.2.0"]);
    let run = world.machine("fresh", ".", &["update", "a"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/lay 0.1.0 → 0.1.1\n"), "{run}");
}

#[test]
fn a_fix_is_taken_although_there_is_another_major() {
    let world = service(&["1.0.0", "1.1.0", "2.0.0"]);
    let run = world.machine("fresh", ".", &["update", "a"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/lay 1.0.0 → 1.1.0\n"), "{run}");
    assert!(world.machine("fresh", ".", &["update", "a"]).exits(0).stdout.starts_with("a is up to date with pay/top 1.0.0\n"));
}

#[test]
fn a_version_of_the_template_takes_no_layer_back() {
    let world = service(&["1.0.0", "1.1.0"]);
    let update = |more: &[&str]| world.machine("fresh", ".", &[&["update", "a"], more].concat()).exits(0);
    assert!(update(&[]).stdout.contains("  layers: pay/lay 1.0.0 → 1.1.0\n"));
    world.git(&["commit", "-q", "-a", "-m", "update"], "a");
    world.template("top", "1.1.0", &["pay/lay@1.0.0"], "top.md");
    release(&world, "top").exits(0);
    world.sync().exits(0);
    for to in ["1.1.0", "1.1"] {
        let run = update(&["--to", to, "--dry-run"]);
        assert!(run.stdout.starts_with("would update a: pay/top 1.0.0 → 1.1.0\n") && !run.stdout.contains("pay/lay"), "{run}");
    }
}

#[test]
fn a_machine_that_knows_less_does_not_lower_what_the_lock_has_seen() {
    let world = world();
    world.template("lay", "1.0.0", &[], "lay.md");
    release(&world, "lay").exits(0);
    world.machine("behind", ".", &["registry", "sync"]).exits(0);
    world.template("lay", "1.1.0", &[], "lay.md");
    release(&world, "lay").exits(0);
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "a", "--defaults"]).exits(0);
    let checkpoints = || {
        let lock: serde_json::Value = serde_yaml::from_str(&world.repo.read("a/polity.lock")).unwrap();
        let layers = lock["layers"].as_array().unwrap().iter();
        layers.map(|layer| layer["known"]["checkpoint"]["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let [seen] = checkpoints()[..] else { panic!("one layer") };
    let run = world.machine("behind", ".", &["update", "a", "--add", "pay/lay"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/lay 1.0.0 (new)\n"), "{run}");
    assert!(run.stderr.contains(&format!("note: polity.lock has seen checkpoint {seen} of `pay`, and this machine knows ")), "{run}");
    assert_eq!(checkpoints(), [seen, seen]);
}

#[test]
fn what_was_yanked_goes_on_working_where_it_is_locked() {
    let world = service(&["1.1.0"]);
    let take_back = |verb: &str, id: &str, version: &str, reason: &str| {
        world.publish(&[verb, &format!("templates/{id}"), version, "--reason", reason]).exits(0);
        world.sync().exits(0);
    };
    let update = |more: &[&str]| world.machine("fresh", ".", &[&["update", "a"], more].concat());
    world.template("side", "1.0.0", &[], "side.md");
    release(&world, "side").exits(0);
    take_back("yank", "lay", "1.1.0", "bad words");
    let notice = "note: pay/lay 1.1.0 is locked and was yanked: bad words\n";
    said(update(&[]), 0, notice);
    said(update(&["--to", "1.0.0"]), 0, notice);
    let run = update(&["--add", "pay/side"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/side 1.0.0 (new)\n") && run.stderr.contains(notice), "{run}");
    world.git(&["commit", "-q", "-a", "-m", "side"], "a");
    said(world.machine("fresh", ".", &["new", "pay/top", "b", "--defaults"]), 3, "error: pay/lay 1.1.0 is yanked: bad words\n");
    // The template, and a layer that was added.
    take_back("yank", "top", "1.0.0", "worse words");
    take_back("yank", "side", "1.0.0", "other words");
    for more in [&[][..], &["--to", "1.0.0"]] {
        let run = update(more).exits(0);
        let notices = ["pay/top 1.0.0 is locked and was yanked: worse words", "pay/side 1.0.0 is locked and was yanked: other words"];
        assert!(notices.iter().all(|notice| run.stderr.contains(notice)), "{run}");
    }
    take_back("revoke", "lay", "1.1.0", "leaks");
    let run = update(&[]).exits(3);
    assert!(run.stderr.contains("error: pay/lay 1.1.0 is revoked: leaks\n") && run.stderr.contains("lets pay/lay@1.1.0 be used"), "{run}");
    world.federate("break_glass:\n  - release: pay/lay@1.1.0\n    reason: no way round\n    expires: 2099-01-31\n");
    said(update(&[]), 0, "note: pay/lay 1.1.0 is revoked and used until 2099-01-31: no way round\n");
}
