//! A repository of one template, which stands at its root: released, synced, used, updated and withdrawn as any other.

use super::world::{World, said, world};
use crate::support::Run;

/// The world with a repository `solo` of one template, `solo/tool`.
fn solo() -> World {
    let world = world();
    world.git(&["init", "-q", "--bare", "solo.git"], ".");
    world.git(&["init", "-q", "solo"], ".");
    let url = format!("file://{}/solo.git", world.repo.root().display());
    world.federate(&format!("  solo: {{url: '{url}', signers: ['{}']}}\n", world.signer("ana")));
    world.write("solo/registry.yaml", "namespace: solo\ntemplate: tool\n");
    world.write("solo/README.md", "# tool\n");
    world.write("solo/cases/minimal/answers.yaml", "{}\n");
    version(&world, "1.0.0");
    world
}

/// Writes and commits a version.
fn version(world: &World, version: &str) {
    world.write("solo/template.yaml", &format!("version: {version}\ndescription: A tool\n"));
    world.write("solo/files/tool.md", &format!("tool {version}\n"));
    world.polity_in("solo", &["template", "test", ".", "--accept", "--no-checks"]).exits(0);
    world.git(&["add", "-A"], "solo");
    world.git(&["commit", "-q", "-m", version], "solo");
}

fn publish(world: &World, args: &[&str]) -> Run {
    let key = world.repo.path("keys/ana");
    world.polity_in("solo", &[&["registry"], args, &["--key", key.to_str().unwrap()]].concat())
}

fn fresh(world: &World, args: &[&str]) -> Run {
    world.machine("fresh", ".", args)
}

#[test]
fn one_template_lives_as_any_other() {
    let world = solo();
    said(publish(&world, &["release", ".", "--no-checks"]), 0, "release solo/tool 1.0.0");
    said(publish(&world, &["release", ".", "--no-checks"]), 2, "templates/tool 1.0.0 is released already");
    said(world.sync(), 0, "solo  fresh  1 release, 2 new statements");
    fresh(&world, &["new", "solo/tool", "x", "--defaults"]).exits(0);
    assert_eq!(world.repo.files("x"), ["polity.lock", "polity.yaml", "tool.md"]);
    version(&world, "1.1.0");
    publish(&world, &["release", ".", "--no-checks"]).exits(0);
    world.sync().exits(0);
    said(fresh(&world, &["update", "x"]), 0, "updated x: solo/tool 1.0.0 → 1.1.0");
    assert_eq!(world.repo.read("x/tool.md"), "tool 1.1.0\n");
    said(fresh(&world, &["drift", "x", "--locked"]), 0, "managed  0 of 1 file drifted");
    publish(&world, &["yank", ".", "1.1.0", "--reason", "blunt"]).exits(0);
    world.sync().exits(0);
    said(fresh(&world, &["new", "solo/tool", "y", "--defaults", "--dry-run"]), 0, "from solo/tool 1.0.0");
    fresh(&world, &["registry", "verify"]).exits(0);
}

#[test]
fn its_folder_is_a_registry_and_a_template() {
    let world = solo();
    for (dir, args) in [("a", &["--registry", "solo", "new", "solo/tool"][..]), ("b", &["new", "./solo"]), ("c", &["new", "solo/"])] {
        fresh(&world, &[args, &[dir, "--defaults", "--no-git"]].concat()).exits(0);
        assert!(world.repo.read(&format!("{dir}/polity.lock")).contains("name: solo/tool\n"), "{dir}");
        assert_eq!(world.repo.files(dir), ["polity.lock", "polity.yaml", "tool.md"]);
    }
    said(world.polity_in("solo", &["template", "test", "--no-checks"]), 0, "ok solo/tool minimal (3 files)");
    world.write("solo/template.yaml", "version: 1.0.0\ndescriptoin: A tool\n");
    said(world.polity_in("solo", &["template", "test", "."]), 3, " --> ./template.yaml:2:1");
    said(world.machine("fresh", ".", &["new", "./solo", "d"]), 3, " --> ./solo/template.yaml:2:1");
    said(world.publish(&["release", "."]), 2, "a repository of one template names it in its registry.yaml: `template: <id>`");
}

#[test]
fn what_grows_into_a_registry_of_several_keeps_its_old_releases() {
    let world = solo();
    publish(&world, &["release", ".", "--no-checks"]).exits(0);
    std::fs::create_dir_all(world.repo.path("solo/templates/tool")).unwrap();
    world.git(&["mv", "template.yaml", "files", "cases", "README.md", "templates/tool/"], "solo");
    world.write("solo/registry.yaml", "namespace: solo\n");
    world.write("solo/templates/tool/template.yaml", "version: 1.0.1\ndescription: A tool\n");
    world.polity_in("solo", &["template", "test", "templates/tool/", "--accept", "--no-checks"]).exits(0);
    world.git(&["add", "-A"], "solo");
    world.git(&["commit", "-q", "-m", "several"], "solo");
    publish(&world, &["release", "templates/tool", "--no-checks"]).exits(0);
    said(world.sync(), 0, "solo  fresh  2 releases, 4 new statements");
    for version in ["1.0.0", "1.0.1"] {
        fresh(&world, &["new", &format!("solo/tool@{version}"), version, "--defaults", "--no-git"]).exits(0);
    }
}
