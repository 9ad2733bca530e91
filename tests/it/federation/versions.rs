//! Several releases of one template: which one is taken, why, and what a lock binds.

use std::sync::OnceLock;

use super::copies::Copies;
use super::world::{World, said, world};

/// The registry of `pay` with a layer `base` in four versions, and `greeting` on top of one of them; the machine `fresh` has synced.
pub fn layered() -> World {
    static FIRST: OnceLock<Copies> = OnceLock::new();
    FIRST.get_or_init(|| Copies::of(make())).world()
}

fn make() -> World {
    let world = world();
    for version in ["1.0.0", "1.1.0", "1.2.0", "1.3.0-rc.1"] {
        world.template("base", version, &[], "base.md");
        release(&world, "base").exits(0);
    }
    world.template("middle", "1.0.0", &["pay/base@1.1.0"], "middle.md");
    release(&world, "middle").exits(0);
    world.template("top", "1.0.0", &["pay/middle@1.0.0", "pay/base@1.0.0"], "top.md");
    release(&world, "top").exits(0);
    world.sync().exits(0);
    world
}

/// Releases a template as it is committed.
pub fn release(world: &World, id: &str) -> crate::support::Run {
    let key = world.repo.path("keys/ana");
    let folder = format!("templates/{id}");
    world.polity_in("pay", &["registry", "release", &folder, "--no-checks", "--key", key.to_str().unwrap()])
}

/// The layers that a lock names, as `name version`.
fn layers(world: &World, folder: &str) -> Vec<String> {
    let lock: serde_json::Value = serde_yaml::from_str(&world.repo.read(&format!("{folder}/polity.lock"))).unwrap();
    let rows = lock["layers"].as_array().unwrap().iter();
    rows.map(|row| format!("{} {}", row["name"].as_str().unwrap(), row["version"].as_str().unwrap())).collect()
}

fn new(world: &World, template: &str, dir: &str, more: &[&str]) -> crate::support::Run {
    world.machine("fresh", ".", &[&["new", template, dir, "--defaults", "--no-git"], more].concat())
}

#[test]
fn the_highest_minimum_is_taken_and_nothing_newer() {
    let world = layered();
    new(&world, "pay/top", "a", &[]).exits(0);
    assert_eq!(layers(&world, "a"), ["pay/base 1.1.0", "pay/middle 1.0.0", "pay/top 1.0.0"]);
    assert_eq!(world.repo.read("a/base.md"), "base 1.1.0\n");
    // A release that nobody asks for changes nothing.
    world.template("base", "1.4.0", &[], "base.md");
    release(&world, "base").exits(0);
    world.sync().exits(0);
    new(&world, "pay/top", "b", &[]).exits(0);
    assert_eq!(layers(&world, "b"), layers(&world, "a"));
    // Named alone, a template is taken in its newest version, or in the one that is named.
    for (name, expected) in
        [("pay/base", "1.4.0"), ("pay/base@1.2", "1.2.0"), ("pay/base@1", "1.4.0"), ("pay/base@1.3.0-rc.1", "1.3.0-rc.1")]
    {
        let folder = format!("root-{expected}");
        let run = new(&world, name, &folder, &["--dry-run"]).exits(0);
        assert!(run.stdout.contains(&format!("from pay/base {expected}\n")), "{name}: {run}");
    }
    said(new(&world, "pay/base@1.9", "c", &[]), 2, "there is no version `1.9` of `pay/base`");
    said(new(&world, "pay/base@9.0.0", "c", &[]), 2, "= help: there is 1.4.0, 1.2.0, 1.1.0, 1.0.0");
}

#[test]
fn two_majors_of_one_layer_are_an_error_that_shows_both_ways() {
    let world = layered();
    world.template("base", "2.0.0", &[], "base.md");
    release(&world, "base").exits(0);
    world.draft("both", "1.0.0", &["pay/middle@1.0.0", "pay/base@2.0.0"], "both.md");
    world.commit("both");
    // The working copy has one version of each; the registry has all of them.
    said(release(&world, "both"), 3, "layers need different major versions of `pay/base`");
    world.write("both/template.yaml", &world.repo.read("pay/templates/both/template.yaml"));
    world.write("both/files/both.md", "both\n");
    world.sync().exits(0);
    let run = new(&world, "./both", "x", &[]).exits(3);
    for expected in [
        "layers need different major versions of `pay/base`",
        "`local/both 1.0.0` needs 2.0.0",
        "`local/both 1.0.0` → `pay/middle 1.0.0` needs 1.1.0",
        "both/template.yaml:",
    ] {
        assert!(run.stderr.contains(expected), "{expected}\n{run}");
    }
}

#[test]
fn why_tells_who_asks_and_who_signed() {
    let world = layered();
    let run = world.machine("fresh", ".", &["why", "pay/base", "--template", "pay/top"]).exits(0);
    let expected = "pay/base 1.1.0\n  decides 1.1.0: pay/top 1.0.0 → pay/middle 1.0.0\n  also asks for 1.0.0: pay/top 1.0.0\n  released by ana@acme, statement 5, fresh\n";
    assert_eq!(run.stdout, expected);
    let all = world.machine("fresh", ".", &["why", "top"]).exits(0);
    assert!(all.stdout.starts_with("pay/base 1.1.0\n") && all.stdout.contains("pay/top 1.0.0\n  is the template itself\n"), "{all}");
    said(world.machine("fresh", ".", &["why", "pay/bse", "--template", "pay/top"]), 2, "did you mean `pay/base`?");
    new(&world, "pay/top", "a", &[]).exits(0);
    let service = world.machine("fresh", "a", &["why", "base", "--format", "json"]).exits(0);
    let json: serde_json::Value = serde_json::from_str(&service.stdout).unwrap();
    assert_eq!((&json["schema"], &json["locked"]), (&"polity/why/1".into(), &true.into()));
    assert_eq!((&json["layers"][0]["known"]["signer"], &json["layers"][0]["freshness"]), (&"ana@acme".into(), &"fresh".into()));
}

#[test]
fn a_yanked_version_is_not_chosen_anew_and_stays_where_it_is_locked() {
    let world = layered();
    new(&world, "pay/top", "a", &[]).exits(0);
    world.publish(&["yank", "templates/base", "1.1.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    new(&world, "pay/top", "b", &[]).exits(0);
    assert_eq!(layers(&world, "b")[0], "pay/base 1.2.0", "the next that will do");
    let again = new(&world, "pay/top", "c", &["--locked", "--lock", "a/polity.lock"]).exits(0);
    assert!(again.stderr.contains("pay/base 1.1.0 is locked and was yanked: bad words"), "{again}");
    assert_eq!(world.repo.read("a/polity.lock"), world.repo.read("c/polity.lock"));
    said(new(&world, "pay/base@1.1.0", "d", &[]), 3, "pay/base 1.1.0 is yanked: bad words");
    world.publish(&["revoke", "templates/base", "1.1.0", "--reason", "leaks"]).exits(0);
    world.sync().exits(0);
    said(new(&world, "pay/top", "e", &["--locked", "--lock", "a/polity.lock"]), 3, "pay/base 1.1.0 is revoked: leaks");
}

#[test]
fn an_update_leaves_a_layer_that_its_owner_took_back() {
    let world = layered();
    world.machine("fresh", ".", &["new", "pay/top", "a", "--defaults"]).exits(0);
    let update = || world.machine("fresh", ".", &["update", "a"]).exits(0);
    assert!(update().stdout.contains("pay/base 1.1.0 → 1.2.0"));
    world.git(&["commit", "-q", "-a", "-m", "update"], "a");
    for (verb, word) in [("yank", "was yanked"), ("revoke", "is revoked")] {
        world.publish(&[verb, "templates/base", "1.2.0", "--reason", "bad words"]).exits(0);
        world.sync().exits(0);
        let run = update();
        assert!(run.stdout.contains("pay/base 1.2.0 → 1.1.0"), "{run}");
        assert!(run.stderr.contains(&format!("note: pay/base 1.2.0 {word}, so 1.1.0 is taken\n")), "{run}");
        world.machine("fresh", ".", &["update", "a", "--abort"]).exits(0);
    }
}

#[test]
fn a_lock_binds_to_the_byte_and_any_difference_is_an_error() {
    let world = layered();
    new(&world, "pay/top", "a", &[]).exits(0);
    // What came later does not matter, and neither does a machine without a connection.
    world.template("base", "1.4.0", &[], "base.md");
    release(&world, "base").exits(0);
    world.sync().exits(0);
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("gone.git")).unwrap();
    new(&world, "pay/top", "b", &["--frozen", "--lock", "a/polity.lock"]).exits(0);
    for file in world.repo.files("a") {
        assert_eq!(world.repo.read(&format!("a/{file}")), world.repo.read(&format!("b/{file}")), "{file}");
    }
    let lock = world.repo.read("a/polity.lock");
    world.write("lock", &lock.replacen("version: 1.1.0", "version: 1.2.0", 1));
    said(
        new(&world, "pay/top", "c", &["--locked", "--lock", "lock"]),
        3,
        "pay/base 1.2.0 is locked with another digest than the released one",
    );
    let answers = lock.lines().find(|l| l.starts_with("answers: ")).unwrap();
    world.write("lock", &lock.replace(answers, &format!("answers: {}", "a".repeat(64))));
    said(new(&world, "pay/top", "c", &["--locked", "--lock", "lock"]), 3, "= note: the answers are others");
    said(new(&world, "pay/greeting", "c", &["--locked", "--lock", "a/polity.lock"]), 3, "`pay/greeting` is not locked");
    said(new(&world, "pay/top", "c", &["--locked"]), 2, "there is no polity.lock in `c`");
    assert!(!world.repo.path("c").exists());
}

#[test]
fn a_template_that_may_not_be_chosen_is_made_from_its_lock_alone() {
    let world = layered();
    new(&world, "pay/top", "a", &[]).exits(0);
    world.publish(&["yank", "templates/top", "1.0.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    for name in ["pay/top", "pay/top@1"] {
        said(new(&world, name, "x", &[]), if name.contains('@') { 2 } else { 3 }, "pay/top");
    }
    said(new(&world, "pay/top", "x", &[]), 3, "pay/top 1.0.0 is yanked: bad words");
    for (dir, name) in ["pay/top", "top", "top@1"].into_iter().enumerate() {
        let run = new(&world, name, &format!("b{dir}"), &["--locked", "--lock", "a/polity.lock"]);
        said(run, 0, "note: pay/top 1.0.0 is locked and was yanked: bad words");
    }
    world.machine("fresh", "a", &["why", "base"]).exits(0);
    said(world.machine("fresh", "a", &["blame", "top.md"]), 0, "pay/top");
    world.publish(&["revoke", "templates/top", "1.0.0", "--reason", "leaks"]).exits(0);
    world.sync().exits(0);
    said(new(&world, "pay/top", "x", &[]), 3, "pay/top 1.0.0 is revoked: leaks");
    said(new(&world, "pay/top", "x", &["--locked", "--lock", "a/polity.lock"]), 3, "pay/top 1.0.0 is revoked: leaks");
}

#[test]
fn two_releases_of_a_policy_are_compared_by_what_they_find() {
    let world = world();
    world.polity_in("pay", &["policy", "new", "policies/no-notes"]).exits(0);
    let manifest = world.repo.read("pay/policies/no-notes/policy.yaml");
    for (version, severity) in [("1.0.0", "warning"), ("2.0.0", "error")] {
        let text = manifest.replace("version: 0.1.0", &format!("version: {version}")).replace("warning", severity);
        world.write("pay/policies/no-notes/policy.yaml", &text);
        world.polity_in("pay", &["policy", "test", "policies/no-notes", "--accept"]).exits(0);
        world.commit(version);
        world.publish(&["release", "policies/no-notes"]).exits(0);
    }
    world.sync().exits(0);
    world.write("orders/polity.yaml", "service: {name: orders}\n");
    let diff = |new: &str| world.machine("fresh", ".", &["policy", "diff", "pay/no-notes@1.0.0", new, "--on", "orders"]);
    let run = diff("pay/no-notes@2.0.0").exits(0);
    assert!(
        run.stdout.contains("~ orders: error: service has no notes (polity.yaml:1:1), was warning")
            && run.stdout.ends_with("1.0.0 to 2.0.0 says so\n"),
        "{run}"
    );
    said(diff("pay/no-notes@1.5.0"), 3, "pay/no-notes 1.5.0 is not known here");
}
