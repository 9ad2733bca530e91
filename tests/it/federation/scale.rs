//! Many releases and deep layers in a warm cache: what is taken, and what taking it costs.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use polity::catalog::UnitKind;
use polity::catalog::trust::{Body, Checkpoint, Release, Statement, StatementSet, Timestamp};
use polity::disk::{Cache, Space, SyncRecord};
use polity::tree::{Digest, Mode, RepoPath, Tree};

use super::world::{World, world};

/// A machine `fresh` that knows `layers` templates in `versions` releases each. Every release asks for the two layers below it in its own
/// number, and every one has its checkpoint, as `polity registry release` makes them.
fn warm(layers: u64, versions: u64) -> World {
    let world = world();
    let _ = std::fs::remove_dir_all(world.repo.path("caches/fresh"));
    let cache = Cache::at(world.repo.path("caches/fresh"));
    let (mut set, mut covered, mut last) = (StatementSet::default(), BTreeSet::new(), None::<Digest>);
    for (version, layer) in (0..versions).flat_map(|version| (0..layers).map(move |layer| (version, layer))) {
        let requires: Vec<_> =
            (1..=2).filter(|below| *below <= layer).map(|below| format!("pay/l{}@1.{version}.0", layer - below)).collect();
        let tree_digest = cache.store(&template(layer, version, &requires)).unwrap();
        let name = format!("l{layer}");
        let release = Release { kind: UnitKind::Template, name, version: format!("1.{version}.0"), tree_digest, requires };
        let release = insert(&world, &mut set, Body::Release(release));
        covered.insert(release.clone());
        // Only the digest of the last one is looked at: that one witnesses the others.
        let is_last = (version + 1, layer + 1) == (versions, layers);
        let all = || covered.iter().map(|id| format!("{id}\n")).collect::<String>();
        let statements = Digest::of(if is_last { all() } else { String::new() }.as_bytes());
        let expires = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
        let checkpoint = Checkpoint { previous: last.into_iter().collect(), adds: vec![release], statements, expires };
        let checkpoint = insert(&world, &mut set, Body::Checkpoint(checkpoint));
        covered.insert(checkpoint.clone());
        last = Some(checkpoint);
    }
    let space = Space { federation: "acme".to_owned(), namespace: "pay".to_owned() };
    cache.append(&space, &set, &cache.lock(&space).unwrap()).unwrap();
    let at = Timestamp::from_unix(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs());
    let record =
        SyncRecord { url: world.url(), at, source: world.url(), how: None, tags: Default::default(), units: Vec::new(), checkpoint: None };
    cache.record_sync(&space, &record).unwrap();
    world
}

fn template(layer: u64, version: u64, requires: &[String]) -> Tree {
    let mut tree = Tree::new();
    let manifest = format!("version: 1.{version}.0\ndescription: A layer\nrequires: [{}]\n", requires.join(", "));
    for (path, text) in [("template.yaml", manifest), (&format!("files/l{layer}.md"), format!("l{layer} 1.{version}.0\n"))] {
        tree.insert(RepoPath::new(path).unwrap(), Mode::File, text.into_bytes());
    }
    tree
}

/// Signs what Ana says next, and returns its id.
fn insert(world: &World, set: &mut StatementSet, body: Body) -> Digest {
    let statement = Statement { seq: set.len() as u64 + 1, body, ..world.statement("ana") };
    let signed = world.forge(&statement, "ana");
    let id = Digest::of(signed.text.as_bytes());
    set.insert(signed);
    id
}

#[test]
fn each_layer_is_taken_once_in_the_version_that_is_asked_for() {
    let world = warm(12, 5);
    for (asked, taken) in [("pay/l11@1.3", "1.3.0"), ("pay/l11", "1.4.0")] {
        let run = world.machine("fresh", ".", &["why", asked]).exits(0);
        let rows: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("pay/")).map(str::to_owned).collect();
        assert_eq!(rows, (0..12).map(|layer| format!("pay/l{layer} {taken}")).collect::<Vec<_>>());
    }
    world.machine("fresh", ".", &["registry", "verify"]).exits(0);
}

/// The wall time of whole processes, the best and the middle of `RUNS`. `POLITY_BINARY` names an optimised build.
#[test]
#[ignore = "figures for people: POLITY_BINARY=target/release/polity cargo test --test it -- --ignored --nocapture figures"]
fn figures_of_a_thousand_releases_and_fifty_layers() {
    let world = warm(50, 20);
    let verbs: [&[&str]; 5] = [
        &["--version"],
        &["template", "list"],
        &["why", "pay/l0"],
        &["why", "pay/l49"],
        &["new", "pay/l49", "x", "--defaults", "--dry-run"],
    ];
    for verb in verbs {
        let mut times: Vec<_> = (0..21).map(|_| time(&world, verb)).collect();
        times.sort();
        println!("{:>8.1?} best {:>8.1?} middle  polity {}", times[0], times[times.len() / 2], verb.join(" "));
    }
}

fn time(world: &World, args: &[&str]) -> Duration {
    let binary = std::env::var("POLITY_BINARY").unwrap_or_else(|_| crate::support::binary().to_owned());
    let binary = std::fs::canonicalize(binary).unwrap();
    let mut command = Command::new(binary);
    command.args(args).current_dir(world.repo.root()).env_clear().env("POLITY_CACHE", world.repo.path("caches/fresh"));
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let took = began.elapsed();
    assert!(status.success(), "{args:?}");
    took
}
