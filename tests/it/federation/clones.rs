//! A colleague's clone: what was rendered is found in the history of the branch, whatever became of the old releases.

use super::versions::release;
use super::world::{World, said, world};
use crate::support::Run;

const OLD: &str = "one\n2\n3\n4\n5\n6\n7\n8\nnine\n";

/// Releases `pay/lines` with this text in its only file.
fn lines(world: &World, version: &str, text: &str) {
    world.draft("lines", version, &[], "lines.md");
    world.write("pay/templates/lines/files/lines.md", text);
    world.polity_in("pay", &["template", "test", "templates/lines/", "--accept", "--no-checks"]).exits(0);
    world.commit(version);
    release(world, "lines").exits(0);
}

/// A service `a` of `pay/lines` 1.0.0 with an edit, updated to 1.1.0 with another one; `more` is written before that is committed.
fn service(more: &[(&str, &str)]) -> World {
    let world = world();
    lines(&world, "1.0.0", OLD);
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/lines", "a", "--defaults"]).exits(0);
    edit(&world, "5", "five");
    world.git(&["commit", "-q", "-a", "-m", "ours"], "a");
    lines(&world, "1.1.0", &OLD.replace("one", "uno"));
    world.sync().exits(0);
    update(&world, "fresh", "a").exits(0);
    more.iter().for_each(|(from, to)| edit(&world, from, to));
    world.git(&["commit", "-q", "-a", "-m", "1.1.0"], "a");
    world
}

fn edit(world: &World, from: &str, to: &str) {
    let text = world.repo.read("a/lines.md");
    assert!(text.contains(from), "{text}");
    world.write("a/lines.md", &text.replace(from, to));
}

fn update(world: &World, machine: &str, folder: &str) -> Run {
    world.machine(machine, ".", &["update", folder])
}

/// A clone on a machine that finds nothing but the newest release.
fn cloned(world: &World, versions: &[&str], newest: &str, text: &str) {
    world.git(&["init", "-q", "--bare", "a.git"], ".");
    world.git(&["push", "-q", "../a.git", "HEAD:refs/heads/main"], "a");
    lines(world, newest, text);
    for version in versions {
        world.git(&["push", "-q", &world.url(), &format!(":refs/tags/templates/lines/{version}")], "pay");
    }
    let url = format!("file://{}/a.git", world.repo.root().display());
    world.git(&["clone", "-q", &url, "b"], ".");
    said(world.machine("empty", ".", &["registry", "sync"]), 1, "is not to be had");
    assert!(!world.machine("empty", ".", &["why", "pay/lines@1.0.0"]).stdout.contains("1.0.0"));
}

#[test]
fn a_clone_is_updated_from_a_release_that_is_gone() {
    let world = world();
    lines(&world, "1.0.0", OLD);
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/lines", "a", "--defaults"]).exits(0);
    edit(&world, "5", "five");
    world.git(&["commit", "-q", "-a", "-m", "ours"], "a");
    cloned(&world, &["1.0.0"], "1.1.0", &OLD.replace("one", "uno"));
    said(update(&world, "empty", "b"), 0, "updated b: pay/lines 1.0.0 → 1.1.0\n");
    assert_eq!(world.repo.read("b/lines.md"), OLD.replace("one", "uno").replace('5', "five"));
}

#[test]
fn what_an_update_merged_with_edits_is_worked_out_from_the_history() {
    for more in [&[][..], &[("7", "seven"), ("3", "three")]] {
        let world = service(more);
        cloned(&world, &["1.0.0", "1.1.0"], "1.2.0", &OLD.replace("one", "uno").replace("nine", "nove"));
        assert!(world.git(&["for-each-ref", "refs/polity"], "b").is_empty());
        let diff = world.machine("empty", ".", &["drift", "b", "--diff"]).exits(1);
        assert!(diff.stdout.contains("-5\n+five\n"), "{diff}");
        said(update(&world, "empty", "b"), 0, "updated b: pay/lines 1.1.0 → 1.2.0\n");
        let mine = more.iter().fold(OLD.replace('5', "five"), |text, (from, to)| text.replace(from, to));
        assert_eq!(world.repo.read("b/lines.md"), mine.replace("one", "uno").replace("nine", "nove"));
    }
}

#[test]
fn what_nobody_can_tell_any_more_is_named() {
    let world = service(&[("uno\n", "uno, solved by hand\n")]);
    cloned(&world, &["1.0.0", "1.1.0"], "1.2.0", &OLD.replace("one", "uno").replace("nine", "nove"));
    let run = update(&world, "empty", "b").exits(3);
    assert!(run.stderr.contains("what pay/lines 1.1.0 rendered is not at hand for `lines.md`\n"), "{run}");
    assert!(
        run.stderr.contains("git push origin refs/polity/pristine") && run.stderr.contains("git fetch origin refs/polity/pristine"),
        "{run}"
    );
    // Who made the last update has it.
    world.git(&["push", "-q", "../a.git", "refs/polity/pristine"], "a");
    world.git(&["fetch", "-q", "origin", "refs/polity/pristine"], "b");
    said(update(&world, "empty", "b"), 0, "updated b: pay/lines 1.1.0 → 1.2.0\n");
    assert!(world.repo.read("b/lines.md").starts_with("uno, solved by hand\n"));
}

#[test]
fn a_service_in_a_larger_repository_keeps_what_was_rendered() {
    let world = world();
    lines(&world, "1.0.0", OLD);
    world.sync().exits(0);
    world.write("mono/README.md", "all\n");
    world.git(&["init", "-q"], "mono");
    world.machine("fresh", "mono", &["new", "pay/lines", "svc", "--defaults"]).exits(0);
    let text = world.repo.read("mono/svc/lines.md").replace('5', "five");
    world.write("mono/svc/lines.md", &text);
    world.git(&["add", "-A"], "mono");
    world.git(&["commit", "-q", "-m", "all"], "mono");
    assert_eq!(world.git(&["show", "refs/polity/pristine:lines.md"], "mono"), OLD.trim_end());
    lines(&world, "1.1.0", &OLD.replace("one", "uno"));
    world.git(&["push", "-q", &world.url(), ":refs/tags/templates/lines/1.0.0"], "pay");
    said(world.machine("empty", ".", &["registry", "sync"]), 1, "is not to be had");
    said(update(&world, "empty", "mono/svc"), 0, "updated svc: pay/lines 1.0.0 → 1.1.0\n");
    assert_eq!(world.repo.read("mono/svc/lines.md"), OLD.replace("one", "uno").replace('5', "five"));
}
