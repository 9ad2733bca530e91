//! What a check rests on and is lost: a policy or layer that was released and cannot be had, or does not count any more, is an error that
//! names it, for as long as it lasts. It never looks like one that found nothing, and no older version stands in for it.

use std::fs;

use polity::catalog::trust::{Body, Release, files};
use polity::tree::Digest;

use super::world::{World, said, world};
use crate::support::Run;

const QUIET: &str = "service: {name: orders, owner: pay}\npolicies: {default: [{policy: 'polity/*', severity: 'off'}]}\n";

/// Releases a policy `pay/<id>` that finds `<id> <version>` in a service with a file `<id>.txt`.
fn release(world: &World, author: &str, id: &str, version: &str) {
    let folder = format!("policies/{id}");
    if !world.repo.path(&format!("pay/{folder}")).exists() {
        world.polity_in("pay", &["policy", "new", &folder]).exits(0);
    }
    let change = |file: &str, begin: &str, line: &str| {
        let path = format!("pay/{folder}/{file}");
        let text = world.repo.read(&path);
        let old = text.lines().find(|line| line.trim_start().starts_with(begin));
        old.into_iter().for_each(|old| world.write(&path, &text.replace(old, line)));
    };
    change("policy.yaml", "version:", &format!("version: {version}"));
    change("policy.yaml", "title:", &format!("title: {id} is left in"));
    change("policy.yaml", "severity:", "severity: error");
    change("policy.rego", "\"message\":", &format!("\t\t\"message\": \"{id} {version}\","));
    change("policy.rego", "not repo.exists", "\trepo.exists(input.parameters.file)");
    change("policy.yaml", "default:", &format!("    default: {id}.txt"));
    world.write(&format!("pay/{folder}/cases/bad/{id}.txt"), &format!("a case of {id} {version}\n"));
    world.polity_in("pay", &["policy", "test", &folder, "--accept"]).exits(0);
    world.commit(version);
    let key = world.repo.path(&format!("keys/{author}"));
    world.polity_in("pay", &["registry", "release", &folder, "--no-checks", "--key", key.to_str().unwrap()]).exits(0);
}

/// Two released policies, and a machine that has synced.
fn start() -> World {
    let world = world();
    release(&world, "ana", "words", "1.0.0");
    release(&world, "ana", "lines", "1.0.0");
    world.sync().exits(0);
    world.write("svc/polity.yaml", QUIET);
    ["words", "lines"].into_iter().for_each(|id| world.write(&format!("svc/{id}.txt"), ""));
    found(&world, &["lines 1.0.0", "words 1.0.0"]);
    world
}

fn check(world: &World) -> Run {
    world.machine("fresh", ".", &["check", "svc"])
}

/// A check finds exactly this.
#[track_caller]
fn found(world: &World, expected: &[&str]) {
    let run = check(world).exits(1);
    let heads: Vec<_> =
        run.stdout.lines().filter_map(|line| line.strip_prefix("error[")?.split_once("]: ")).map(|(_, text)| text).collect();
    assert_eq!(heads, expected, "{run}");
}

/// A check refuses, also the next time.
#[track_caller]
fn refused(world: &World, expected: &[&str]) {
    for _ in 0..2 {
        let run = check(world).exits(3);
        for text in expected.iter().chain(&["--> polity.federation.yaml:3:3", "polity registry sync pay"]) {
            assert!(run.stdout.is_empty() && run.stderr.contains(text), "`{text}` in {run}");
        }
    }
}

/// The object of the file with this text in the cache of the machine.
fn object(world: &World, text: &str) -> std::path::PathBuf {
    let objects = world.repo.files("caches/fresh/objects");
    let is = |name: &&String| world.repo.read(&format!("caches/fresh/objects/{name}")).contains(text);
    let name = objects.iter().find(is).unwrap_or_else(|| panic!("no object says `{text}`"));
    world.repo.path(&format!("caches/fresh/objects/{name}"))
}

#[test]
fn a_policy_whose_bytes_are_damaged_or_gone_is_an_error_until_a_sync_brings_them() {
    let world = start();
    for (text, file) in [
        ("\"words 1.0.0\"", "policy.rego"),
        ("title: words", "policy.yaml"),
        ("a case of words", "cases/bad/words.txt"),
        ("policy.rego\0", "the list of its files"),
    ] {
        for is_damaged in [true, false] {
            // Nobody but the tests of a policy reads its cases.
            if is_damaged && file.starts_with("cases") {
                continue;
            }
            let objects = world.repo.files("caches/fresh/objects");
            let is = |name: &&String| world.repo.read(&format!("caches/fresh/objects/{name}")).contains(text);
            for name in objects.iter().filter(is) {
                let path = world.repo.path(&format!("caches/fresh/objects/{name}"));
                if is_damaged { fs::write(path, "x").unwrap() } else { fs::remove_file(path).unwrap() }
            }
            refused(&world, &[" 1.0.0 is damaged or missing in the cache", "policy pay/", file]);
            said(world.machine("fresh", ".", &["policy", "list"]), 3, "is damaged or missing in the cache");
            world.sync().exits(0);
            found(&world, &["lines 1.0.0", "words 1.0.0"]);
        }
    }
}

#[test]
fn an_older_version_of_a_policy_or_a_layer_does_not_stand_in_for_the_newest() {
    let world = start();
    release(&world, "ana", "words", "1.1.0");
    for (version, severity) in [("1.0.0", "advice"), ("1.1.0", "error")] {
        let entry = format!("mandatory:\n  - policy: pay/*\n    severity: {severity}\n");
        let text = format!("version: {version}\ntitle: What all keep in {version}\nlevel: org\nowner: platform\n{entry}");
        world.write("pay/layers/base/layer.yaml", &text);
        world.commit(version);
        world.publish(&["release", "layers/base", "--no-checks"]).exits(0);
    }
    world.sync().exits(0);
    found(&world, &["lines 1.0.0", "words 1.1.0"]);
    fs::remove_file(object(&world, "\"words 1.1.0\"")).unwrap();
    refused(&world, &["policy pay/words 1.1.0 is damaged or missing in the cache", "`policy.rego`, objects/"]);
    world.sync().exits(0);
    for name in ["pay/base@1", "pay/base", "base@1.0"] {
        world.federate(&format!("layers: [{name}]\n"));
        found(&world, &["lines 1.0.0", "words 1.1.0"]);
        fs::write(object(&world, "What all keep in 1.1.0"), "x").unwrap();
        for _ in 0..2 {
            let run = check(&world).exits(3);
            assert!(run.stderr.contains(&format!("policy layer `{name}` cannot be loaded")) && run.stdout.is_empty(), "{run}");
            assert!(run.stderr.contains("pay/base 1.1.0 is damaged or missing in the cache"), "{run}");
        }
        world.sync().exits(0);
    }
}

#[test]
fn a_namespace_that_does_not_verify_any_more_is_an_error() {
    let world = start();
    let signers = [world.signer("ana"), world.signer("bob")];
    let two = world.federation(&[&signers[0], &signers[1]], "    threshold: 2\n");
    let other = world.federation(&[&world.signer("eve").replace("eve@acme", "ana@acme")], "");
    for text in [two, other] {
        world.write("polity.federation.yaml", &text);
        refused(&world, &["nothing that the namespace `pay` says counts any more: "]);
        world.sync().exits(3);
        refused(&world, &["nothing that the namespace `pay` says counts any more: "]);
        world.federate("");
        found(&world, &["lines 1.0.0", "words 1.0.0"]);
    }
}

#[test]
fn statements_that_were_lost_are_an_error_until_a_sync_brings_them() {
    let world = start();
    let log = world.repo.path("caches/fresh/namespaces/acme/pay/statements.log");
    let whole = fs::read_to_string(&log).unwrap();
    let lines: Vec<_> = whole.split_inclusive('\n').collect();
    let without = |index: usize| [&lines[..index], &lines[index + 1..]].concat().concat();
    let damaged = |index: usize| without(index) + &lines[index].replacen("ana@acme", "eve@acme", 1);
    let all = (0..lines.len()).flat_map(|index| [without(index), damaged(index)]);
    for text in all.chain([String::new(), whole[..whole.len() - 9].to_owned()]) {
        fs::write(&log, text).unwrap();
        refused(&world, &["statements of the namespace `pay` are damaged or missing in the cache"]);
        world.sync().exits(0);
        found(&world, &["lines 1.0.0", "words 1.0.0"]);
    }
    fs::remove_file(&log).unwrap();
    refused(&world, &["statements of the namespace `pay` are damaged or missing in the cache"]);
}

#[test]
fn a_newest_version_of_which_two_things_are_said_is_an_error() {
    let world = start();
    release(&world, "ana", "words", "1.1.0");
    for version in ["1.0.0", "1.1.0"] {
        let bobs = world.statement("bob");
        let Body::Release(release) = bobs.body.clone() else { panic!() };
        let kind = polity::catalog::UnitKind::Policy;
        let tree_digest = Digest::of(b"another");
        let body = Body::Release(Release { kind, name: "words".to_owned(), version: version.to_owned(), tree_digest, ..release });
        for (name, text) in files(&world.forge(&polity::catalog::trust::Statement { body, ..bobs }, "bob")) {
            world.write(&format!("pay/{name}"), &text);
        }
        world.commit("contradiction");
        world.push();
        world.sync().exits(1);
        match version {
            // Who has a newer one needs it for nothing.
            "1.0.0" => found(&world, &["lines 1.0.0", "words 1.1.0"]),
            _ => said(check(&world), 3, "pay/words 1.1.0 is contradictory (equivocation)"),
        }
    }
    let taken_back = |version: &str| {
        world.publish(&["revoke", "policies/words", version, "--reason", "two things"]).exits(0);
        world.sync();
    };
    taken_back("1.1.0");
    said(check(&world), 3, "pay/words 1.0.0 is contradictory (equivocation)");
    taken_back("1.0.0");
    found(&world, &["lines 1.0.0"]);
}

#[test]
fn a_release_that_does_not_count_any_more_is_told() {
    let world = start();
    release(&world, "bob", "lines", "1.1.0");
    world.sync().exits(0);
    found(&world, &["lines 1.1.0", "words 1.0.0"]);
    // Bob's checkpoint names what Ana signed; Bob leaves, and what he released is nobody's.
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], ""));
    found(&world, &["lines 1.0.0", "words 1.0.0"]);
    let note = "the release of pay/lines 1.1.0 does not count: bob@acme is not listed; who is listed can release it anew";
    said(check(&world), 1, note);
    // Ana has another key and the old one is not listed any more.
    let anas = world.signer("eve").replace("eve@acme", "ana@acme");
    world.write("polity.federation.yaml", &world.federation(&[&anas, &world.signer("bob")], ""));
    said(check(&world), 1, "the release of pay/words 1.0.0 does not count: 0 of 1 signers agree: the key ");
}

#[test]
fn what_was_synced_in_another_way_counts_for_nothing() {
    let world = start();
    let (file, record) = ("polity.federation.yaml", "caches/fresh/namespaces/acme/pay/sync.json");
    let signed = world.repo.read(file);
    let unsigned = format!("federation: acme\nnamespaces:\n  pay:\n    url: {}\n    signers: none\n", world.url());
    let ways = [
        (&unsigned, "namespace `pay` was synced as signed, and polity.federation.yaml says `signers: none`"),
        (&signed, "namespace `pay` was synced without signers, and polity.federation.yaml names some"),
    ];
    for (text, expected) in ways {
        // Earlier builds did not say how it was.
        let mut before: serde_json::Value = serde_json::from_str(&world.repo.read(record)).unwrap();
        before.as_object_mut().unwrap().remove("how");
        for kept in [world.repo.read(record), before.to_string()] {
            world.write(record, &kept);
            found(&world, &["lines 1.0.0", "words 1.0.0"]);
            let was = world.repo.read(file);
            world.write(file, text);
            said(check(&world), 3, expected);
            said(world.machine("fresh", ".", &["template", "list"]), 0, expected);
            world.write(file, &was);
        }
        world.write(file, text);
        world.sync();
        found(&world, &["lines 1.0.0", "words 1.0.0"]);
    }
}
