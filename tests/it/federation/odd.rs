//! Odd machines: a cache that cannot be written, is full, or has a name that shells trip over; line ends that git turned; many at once.

use std::path::Path;

use super::world::{World, said, world};
use crate::support::Run;

/// Runs polity with its cache somewhere else.
fn with_cache(world: &World, cache: &Path, args: &[&str]) -> Run {
    let mut command = world.repo.command(args);
    command.env("POLITY_CACHE", cache);
    world.repo.finish(&mut command)
}

#[test]
fn a_cache_that_cannot_be_made_is_an_empty_one_until_something_is_to_be_kept() {
    let world = world();
    // Nobody can make a folder there, not even root.
    let cache = Path::new("/proc/polity");
    let run = |args: &[&str]| with_cache(&world, cache, args);
    said(run(&["template", "show", "polity/service-base"]), 0, "registries: pay never synced");
    said(run(&["template", "show", "pay/greeting"]), 3, "namespace `pay` of polity.federation.yaml was never synced");
    said(run(&["registry", "list"]), 0, "pay  never synced  0 releases");
    let sync = run(&["registry", "sync"]).exits(4);
    assert!(sync.stderr.starts_with("error: cannot use `/proc/polity/tmp`: "), "{sync}");
    assert_eq!(sync.stdout, "", "nothing is called unreachable");
}

#[test]
fn a_cache_may_have_any_name() {
    let world = world();
    let cache = world.repo.path("ca che/ümläut 'q' \"d\" $x;(y)");
    said(with_cache(&world, &cache, &["registry", "sync"]), 0, "pay  fresh  1 release, 2 new statements");
    said(with_cache(&world, &cache, &["registry", "verify"]), 0, "pay  verified  fresh");
    said(with_cache(&world, &cache, &["template", "show", "pay/greeting"]), 0, "pay/greeting 0.1.0");
}

#[test]
fn line_ends_that_git_turned_are_named_where_they_stop_a_release() {
    let world = world();
    world.raise("7.0.0");
    world.git(&["push", "-q", &world.url(), "HEAD:main"], "pay");
    world.git(&["-c", "core.autocrlf=true", "clone", "-q", "pay.git", "turned"], ".");
    world.git(&["config", "core.autocrlf", "true"], "turned");
    assert!(world.repo.read("turned/templates/greeting/template.yaml").contains("\r\n"));
    let key = world.repo.path("keys/ana");
    let release = ["registry", "release", "templates/greeting", "--no-checks", "--key", key.to_str().unwrap()];
    said(world.machine("home", "turned", &release), 2, "templates/greeting is checked out with other line ends than are committed");
    world.write("turned/templates/greeting/README.md", "# other\r\n");
    said(world.machine("home", "turned", &release), 2, "templates/greeting has changes that are not committed");
}

#[test]
fn publishing_syncing_and_making_services_at_once_lose_nothing() {
    let world = world();
    world.sync().exits(0);
    let key = world.repo.path("keys/ana");
    world.git(&["clone", "-q", "pay.git", "other"], ".");
    std::thread::scope(|scope| {
        for folder in ["pay", "other"] {
            let (world, key) = (&world, &key);
            scope.spawn(move || {
                for _ in 0..3 {
                    world.machine("fresh", folder, &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..3 {
                world.sync().exits(0);
            }
        });
        scope.spawn(|| {
            for name in ["one", "two", "three"] {
                world.machine("fresh", ".", &["new", "pay/greeting", name, "--defaults", "--no-git"]).exits(0);
            }
        });
    });
    world.machine("fresh", ".", &["outbox", "push"]).exits(0);
    said(world.machine("fresh", ".", &["outbox"]), 0, "nothing waits");
    said(world.sync(), 0, "pay  fresh  1 release");
    // Two that were made in one second of the same knowledge are one statement.
    let of = |folder: &str| world.repo.files(folder).into_iter().filter(|name| name.ends_with(".json"));
    let made: std::collections::BTreeSet<_> = of("pay/statements").chain(of("other/statements")).collect();
    assert!(made.len() > 4, "{made:?}");
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, &format!("pay  verified  fresh, {} statements", made.len()));
    said(world.machine("new", ".", &["registry", "sync"]), 0, &format!("pay  fresh  1 release, {} new statements", made.len()));
    world.git(&["fsck", "--strict"], "pay.git");
}
