//! What `drift`, `blame` and `promote` say of layers that their owners took back, and what `update` keeps of a version that was asked for.

use super::offline::age;
use super::versions::layered;
use super::world::{World, said};
use crate::support::Run;

/// The world of layers with a service `a` of `pay/top` on the machine `fresh`, which locks `pay/base` at 1.1.0.
fn service() -> World {
    let world = layered();
    world.machine("fresh", ".", &["new", "pay/top", "a", "--defaults"]).exits(0);
    world
}

fn json(run: Run) -> serde_json::Value {
    serde_json::from_str(&run.exits(0).stdout).unwrap()
}

#[test]
fn drift_and_blame_mark_what_was_taken_back_and_how_old_that_is() {
    let world = service();
    let run = |args: &[&str]| world.machine("fresh", ".", args);
    said(run(&["drift", "a"]), 0, "a from pay/top 1.0.0\n  known    pay fresh\n  managed  0 of 3 files drifted");
    said(run(&["blame", "a/base.md:1"]), 0, "  layer     pay/base 1.1.0\n  line      base.md:1\n  known     fresh\n  signed by ana@acme\n");
    for (verb, word) in [("yank", "yanked"), ("revoke", "revoked")] {
        world.publish(&[verb, "templates/base", "1.1.0", "--reason", "bad words"]).exits(0);
        world.sync().exits(0);
        age(&world, 3);
        let text = format!("a from pay/top 1.0.0\n  layer    pay/base 1.1.0 is {word}: bad words\n  known    pay cached 3d\n  managed");
        said(run(&["drift", "a"]), 0, &text);
        let drift = json(run(&["drift", "a", "--format", "json"]));
        let base =
            serde_json::json!({"name": "pay/base", "version": "1.1.0", "standing": word, "reason": "bad words", "freshness": "cached 3d"});
        assert_eq!(drift["layers"][0], base);
        assert_eq!((&drift["layers"][1]["standing"], &drift["layers"][1]["reason"]), (&"released".into(), &serde_json::Value::Null));
        let blame = run(&["blame", "a/base.md:1"]).exits(0);
        assert!(blame.stdout.contains(&format!("  standing  {word}: bad words\n  known     cached 3d\n")), "{blame}");
        said(run(&["blame", "a/base.md"]), 0, &format!("pay/base 1.1.0 ({word}) "));
        let lines = json(run(&["blame", "a/base.md", "--format", "json"]));
        // Which line of a revoked layer it was nobody can tell: its bytes are not read.
        let told = if verb == "yank" { &lines["lines"][0] } else { &lines["lines"][0]["layers"][0] };
        assert_eq!((&told["layer"], &told["standing"], &told["freshness"]), (&"pay/base".into(), &word.into(), &"cached 3d".into()));
    }
    age(&world, 21);
    said(run(&["drift", "a"]), 0, "  known    pay STALE 21d\n");
    world.write("polity.federation.yaml", "federation: [\n");
    let run = run(&["drift", "a"]).exits(0);
    assert!(run.stderr.contains("note: nobody knows what has become of the layers: ") && !run.stdout.contains("known"), "{run}");
}

#[test]
fn a_checkout_of_a_namespace_of_the_federation_gets_the_branch() {
    let world = service();
    world.write("a/base.md", "base 1.1.0\nand more\n");
    let run = world.machine("fresh", ".", &["--registry", "pay", "promote", "a/base.md"]).exits(2);
    assert!(run.stderr.contains("`templates/base/files/base.md` has changed there, and the change does not fit"), "{run}");
    world.write("a/base.md", "base 1.1.0\n");
    world.write("a/middle.md", "middle 1.0.0\nand more\n");
    let run = world.machine("fresh", ".", &["--registry", "pay", "promote", "a/middle.md"]).exits(0);
    assert!(run.stdout.ends_with("committed to the branch polity/promote-middle-md in pay\n"), "{run}");
    let text = world.git(&["show", "polity/promote-middle-md:templates/middle/files/middle.md"], "pay");
    assert_eq!(text, "middle 1.0.0\nand more");
}

#[test]
fn a_version_that_was_asked_for_is_kept_until_somebody_asks_otherwise() {
    let world = layered();
    world.machine("fresh", ".", &["new", "pay/greeting", "a", "--defaults"]).exits(0);
    let update = |more: &[&str]| {
        let run = world.machine("fresh", ".", &[&["update", "a"], more].concat());
        if run.code == 0 {
            world.git(&["add", "-A"], "a");
            world.git(&["commit", "-q", "--allow-empty", "-m", "update"], "a");
        }
        run
    };
    said(update(&["--add", "base@1.1"]), 0, "  layers: pay/base 1.1.0 (new)\n");
    assert!(world.repo.read("a/polity.yaml").contains("  layers:\n  - pay/base@1.1\n"), "{}", world.repo.read("a/polity.yaml"));
    said(update(&[]), 0, "a is up to date with pay/greeting ");
    said(update(&["--locked"]), 0, "no difference");
    said(world.machine("fresh", "a", &["why", "base"]), 0, "was added to the service with `polity update --add`");
    let run = update(&["--add", "pay/middle", "--add", "pay/base@1.0"]).exits(3);
    assert!(run.stderr.contains("`pay/base` 1.1.0 or newer within the same major version is not at hand, only 1.0.0\n"), "{run}");
    assert!(run.stderr.contains("help: the layer was added as `@1.0`; `--add pay/base` takes the newest from now on\n"), "{run}");
    said(update(&["--add", "pay/base@1.0.0"]), 0, "  layers: pay/base 1.1.0 → 1.0.0\n");
    said(update(&["--add", "pay/base"]), 0, "  layers: pay/base 1.0.0 → 1.2.0\n");
    assert!(world.repo.read("a/polity.yaml").contains("  layers:\n  - pay/base\n"));
    said(update(&["--add", "pay/base"]), 2, "the service has the layer `pay/base` already");
}

#[test]
fn every_result_for_programs_says_how_old_the_knowledge_is() {
    let world = service();
    world.write("born/own.txt", "mine\n");
    let verbs: &[&[&str]] = &[
        &["new", "pay/top", "made", "--defaults", "--no-git", "--dry-run"],
        &["update", "a", "--dry-run"],
        &["update", "a", "--locked"],
        &["adopt", "pay/top", "born", "--defaults", "--dry-run"],
        &["drift", "a"],
        &["blame", "a/base.md"],
        &["why", "pay/top"],
        &["template", "list"],
        &["template", "show", "pay/top"],
    ];
    for args in verbs {
        let said = json(world.machine("fresh", ".", &[args, &["--format", "json"][..]].concat()));
        assert_eq!(said["registries"]["pay"], "fresh", "{args:?}: {said}");
    }
    world.publish(&["yank", "templates/base", "1.1.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    let said = json(world.machine("fresh", ".", &["update", "a", "--locked", "--format", "json"]));
    assert_eq!(said["notices"], serde_json::json!(["pay/base 1.1.0 is locked and was yanked: bad words"]));
}
