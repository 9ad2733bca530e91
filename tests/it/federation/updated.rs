//! Services of a federation and their updates: the lock also holds policies, and what is known of each release.

use super::world::world;

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
