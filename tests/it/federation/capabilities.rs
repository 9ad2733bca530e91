//! What a federation lets a namespace bring: no way of naming a release goes round it, and no command runs that it did not allow.

use super::world::{World, said, world};

fn limited(capabilities: &str) -> World {
    let world = world();
    world.federate(&format!("    capabilities: {capabilities}\n"));
    world.sync().exits(0);
    world
}

#[test]
fn templates_of_a_namespace_that_may_bring_policies_alone_are_refused_in_every_version() {
    let world = limited("[policies]");
    for name in ["pay/greeting", "pay/greeting@0", "pay/greeting@0.1.0"] {
        let run = world.machine("fresh", ".", &["new", name, "svc", "--defaults", "--no-git"]);
        assert!(run.code != 0 && !world.repo.path("svc").exists(), "{name} {run}");
    }
    said(world.machine("fresh", ".", &["new", "pay/greeting@0.1.0", "svc"]), 2, "namespace `pay` may not bring templates");
    world.federate("");
    world.machine("fresh", ".", &["new", "pay/greeting", "svc", "--defaults", "--no-git"]).exits(0);
    world.federate("    capabilities: [policies]\n");
    let again = ["new", "pay/greeting", "again", "--locked", "--lock", "svc/polity.lock", "--defaults", "--no-git"];
    said(world.machine("fresh", ".", &again), 3, "may not bring templates");
}

#[test]
fn commands_of_a_template_run_only_with_the_capability_for_it() {
    let world = world();
    let mark = world.repo.path("ran");
    let manifest = world.repo.read("pay/templates/greeting/template.yaml").replace("version: 0.1.0", "version: 0.2.0");
    world.write("pay/templates/greeting/template.yaml", &format!("{manifest}\nchecks:\n- [touch, '{}']\n", mark.display()));
    world.polity_in("pay", &["template", "test", "--accept", "--no-checks"]).exits(0);
    world.commit("checks");
    world.release("ana").exits(0);
    world.polity_in("pay", &["template", "test"]).exits(0);
    assert!(std::fs::remove_file(&mark).is_ok(), "the publisher's own checks run");
    world.sync().exits(0);
    let test = || world.machine("fresh", ".", &["template", "test", "pay/greeting"]).exits(0);
    assert!(test().stderr.contains("the checks of pay/greeting are not run"));
    assert!(!mark.exists());
    world.federate("    capabilities: [templates, steps]\n");
    test();
    assert!(mark.exists());
}
