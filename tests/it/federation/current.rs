//! The policies on a service's tie to its template, `template-drift` and `lagging-layer`, in a federation and with what earlier runs kept.

use polity::config::Date;

use super::versions::{layered, release};
use super::world::{World, said};
use crate::support::Run;

/// The world of layers, and a service `a` of `pay/top` on the machine `fresh`, which locks `pay/base` at 1.1.0.
fn service() -> World {
    let world = layered();
    world.machine("fresh", ".", &["new", "pay/top", "a", "--defaults", "--no-git"]).exits(0);
    world
}

fn check(world: &World, policy: &str, more: &[&str]) -> Run {
    world.machine("fresh", ".", &[&["check", "a", "--policy", policy, "--fail-on", "warning"], more].concat())
}

/// A day so many days from now.
fn day(after: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Date::of_unix(now).plus(after).to_string()
}

#[test]
fn a_layer_lags_by_days_and_by_number() {
    let world = service();
    check(&world, "lagging-layer", &[]).exits(0);
    check(&world, "lagging-layer", &["--today", &day(90)]).exits(0);
    let run = check(&world, "lagging-layer", &["--today", &day(91)]).exits(1);
    for expected in ["warning[lagging-layer]: layer `pay/base` 1.1.0 lags behind 1.2.0\n", " 1.2.0 waits for 91 days, 90 may pass\n"] {
        assert!(run.stdout.contains(expected), "{expected}\n{run}");
    }
    assert!(run.stdout.contains(" --> polity.lock:") && !run.stdout.contains("1.3.0-rc.1"), "{run}");
    // What was kept of earlier runs holds only while the same releases are known.
    for minor in 3..7 {
        world.template("base", &format!("1.{minor}.0"), &[], "base.md");
        release(&world, "base").exits(0);
    }
    check(&world, "lagging-layer", &[]).exits(0);
    world.sync().exits(0);
    check(&world, "lagging-layer", &[]).exits(0);
    world.template("base", "2.0.0", &[], "base.md");
    release(&world, "base").exits(0);
    check(&world, "lagging-layer", &[]).exits(0);
    world.sync().exits(0);
    said(check(&world, "lagging-layer", &[]), 1, "6 newer releases, 5 may be");
    // One that was taken back does not count.
    world.publish(&["yank", "templates/base", "2.0.0", "--reason", "bad words"]).exits(0);
    world.sync().exits(0);
    check(&world, "lagging-layer", &[]).exits(0);
    let simulated = ["policy", "simulate", "lagging-layer", "--on", "a", "--set", "max_releases=1"];
    let run = world.machine("fresh", ".", &simulated).exits(0);
    assert!(run.stdout.contains("fail"), "{run}");
}

#[test]
fn nothing_is_said_of_releases_that_nobody_knows() {
    let world = service();
    world.write("polity.federation.yaml", "federation: acme\n");
    let run = check(&world, "lagging-layer", &["--format", "json"]).exits(0);
    assert!(run.stdout.contains("nothing is known here of the releases of its layers"), "{run}");
}

#[cfg(unix)]
#[test]
fn drift_is_found_again_in_every_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = service();
    let mode = |mode| std::fs::set_permissions(world.repo.path("a/base.md"), std::fs::Permissions::from_mode(mode)).unwrap();
    for _ in 0..2 {
        check(&world, "template-drift", &[]).exits(0);
    }
    world.write("a/base.md", "mine\n");
    for _ in 0..2 {
        said(check(&world, "template-drift", &[]), 1, "warning[template-drift]: managed file `base.md` is not what its template rendered");
    }
    world.write("a/base.md", "base 1.1.0\n");
    check(&world, "template-drift", &[]).exits(0);
    mode(0o755);
    said(check(&world, "template-drift", &[]), 1, "executable now");
    mode(0o644);
    check(&world, "template-drift", &[]).exits(0);
    // A link to the very same bytes is no file of the template's.
    std::fs::rename(world.repo.path("a/base.md"), world.repo.path("a/other.md")).unwrap();
    std::os::unix::fs::symlink("other.md", world.repo.path("a/base.md")).unwrap();
    said(check(&world, "template-drift", &[]), 1, "managed file `base.md` is not what its template rendered");
    std::fs::remove_file(world.repo.path("a/base.md")).unwrap();
    said(check(&world, "template-drift", &[]), 1, "managed file `base.md` is gone");
    let drift = world.machine("fresh", ".", &["drift", "a"]).exits(1);
    assert!(drift.stdout.contains("missing   managed  base.md"), "both say the same: {drift}");
}

#[test]
fn line_ends_that_git_turned_are_no_drift() {
    let world = service();
    check(&world, "template-drift", &[]).exits(0);
    let turned = world.repo.read("a/base.md").replace('\n', "\r\n");
    assert!(turned.contains("\r\n"), "{turned}");
    std::fs::write(world.repo.path("a/base.md"), &turned).unwrap();
    check(&world, "template-drift", &[]).exits(0);
    std::fs::write(world.repo.path("a/base.md"), turned + "mine\r\n").unwrap();
    said(check(&world, "template-drift", &[]), 1, "managed file `base.md` is not what its template rendered");
}
