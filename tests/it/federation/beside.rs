//! A service of a federation with layers of a folder beside it, and results that say what has become of a layer.

use super::world::{World, said, world};

/// Runs polity with the folder `aa` as a registry.
fn with_folder(world: &World, args: &[&str]) -> crate::support::Run {
    world.machine("fresh", ".", &[&["--registry", "aa"], args].concat())
}

/// A template of the registry `aa`, which is a folder.
fn beside(world: &World, id: &str, requires: &str) {
    world.write("aa/registry.yaml", "namespace: aa\n");
    world.write(&format!("aa/templates/{id}/template.yaml"), &format!("version: 1.0.0\ndescription: A test\n{requires}"));
    world.write(&format!("aa/templates/{id}/files/{id}.md"), "some words\n");
}

#[test]
fn a_layer_of_whose_releases_nothing_is_known_stops_no_check() {
    let world = world();
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "svc", "--defaults"]).exits(0);
    beside(&world, "x", "");
    with_folder(&world, &["update", "svc", "--add", "aa/x"]).exits(0);
    assert!(world.repo.read("svc/polity.lock").find("aa/x").unwrap() < world.repo.read("svc/polity.lock").find("pay/greeting").unwrap());
    world.edit("1.5.0");
    world.release("ana").exits(0);
    world.sync().exits(0);
    let strict = ["check", "svc", "--policy", "lagging-layer", "--format", "json"];
    let run = world.machine("fresh", ".", &strict).exits(0);
    assert!(run.stdout.contains("\"pass\": 1"), "{run}");
}

#[test]
fn a_layer_that_requires_the_template_does_not_become_the_template() {
    let world = world();
    beside(&world, "mid", "");
    beside(&world, "other", "");
    beside(&world, "over", "requires: [aa/mid@1.0.0, aa/other@1.0.0]\n");
    with_folder(&world, &["new", "aa/mid", "s", "--defaults"]).exits(0);
    said(with_folder(&world, &["update", "s", "--add", "aa/over"]), 0, "updated s: aa/mid 1.0.0\n");
    assert!(world.repo.read("s/polity.yaml").contains("from: aa/mid\n"), "{}", world.repo.read("s/polity.yaml"));
    world.git(&["commit", "-q", "-a", "-m", "over"], "s");
    said(with_folder(&world, &["update", "s"]), 0, "s is up to date with aa/mid 1.0.0");
    said(with_folder(&world, &["update", "s", "--locked"]), 0, "s is locked to aa/mid 1.0.0");
}

#[test]
fn a_check_for_programs_names_what_became_of_a_layer() {
    let world = world();
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "svc", "--defaults"]).exits(0);
    world.publish(&["yank", "templates/greeting", "0.1.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    let run = world.machine("fresh", ".", &["check", "svc", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let notices = said["notices"].as_array().unwrap_or_else(|| panic!("no notices\n{run}"));
    assert!(
        notices.iter().any(|text| text.as_str().unwrap().starts_with("pay/greeting 0.1.0 is locked and was yanked: bad words")),
        "{run}"
    );
}
