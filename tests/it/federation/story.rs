//! The ordinary life of a federation: release, sync, use, take back.

use super::world::{said, world};

#[test]
fn a_release_reaches_another_machine_and_is_used_there() {
    let world = world();
    said(
        world.machine("fresh", ".", &["new", "pay/greeting", "x", "--defaults"]),
        3,
        "namespace `pay` of polity.federation.yaml was never synced",
    );
    let run = world.machine("fresh", ".", &["registry", "sync", "--explain"]).exits(0);
    assert!(run.stdout.starts_with("pay  fresh  1 release, 2 new statements, from file://[ROOT]/pay.git\n"), "{run}");
    for expected in ["+ release pay/greeting ", "+ checkpoint pay 2 (ana@acme, "] {
        assert!(run.stdout.contains(expected), "{run}");
    }
    let run = world.machine("fresh", ".", &["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
    assert!(run.stderr.contains("note: registries: pay fresh\n"), "{run}");
    assert!(!world.repo.files("x").is_empty());
    let run = world.machine("fresh", ".", &["registry", "sync"]).exits(0);
    assert!(run.stdout.contains("0 new statements"), "{run}");
}

#[test]
fn what_is_published_is_what_openssh_verifies() {
    let world = world();
    world.write("signers", &format!("{}\n", world.signer("ana")));
    let files = world.repo.files("pay/statements");
    let signatures: Vec<_> = files.iter().filter(|name| name.ends_with(".sig")).collect();
    assert_eq!((files.len(), signatures.len()), (4, 2), "a release and a checkpoint, each with one signature");
    for signature in signatures {
        let statement = format!("{}.json", signature.split('.').next().unwrap());
        let script = format!(
            "ssh-keygen -Y verify -f signers -I ana@acme -n polity-statement-v1 -s pay/statements/{signature} < pay/statements/{statement}"
        );
        world.run("sh", &["-c", &script], ".");
        let digest = world.run("sha256sum", &[&statement], "pay/statements").stdout;
        assert!(String::from_utf8(digest).unwrap().starts_with(statement.trim_end_matches(".json")), "the name is the digest");
    }
}

#[test]
fn versions_that_were_taken_back_are_not_chosen() {
    let world = world();
    let first = world.repo.read("pay/templates/greeting/template.yaml");
    let first = first.lines().find_map(|l| l.strip_prefix("version: ")).unwrap().to_owned();
    world.edit("7.0.0");
    world.release("bob").exits(0);
    let shown = |world: &super::world::World| {
        world.machine("fresh", ".", &["registry", "sync"]).exits(0);
        world.machine("fresh", ".", &["template", "show", "pay/greeting"])
    };
    assert!(shown(&world).stdout.contains("7.0.0"));
    world.publish(&["yank", "templates/greeting", "7.0.0", "--reason", "breaks"]).exits(0);
    said(world.publish(&["yank", "templates/greeting", "7.0.0", "--reason", "x"]), 2, "templates/greeting 7.0.0 is yanked already: breaks");
    let run = shown(&world).exits(0);
    assert!(run.stdout.contains(&first) && !run.stdout.contains("7.0.0"), "{run}");
    world.publish(&["revoke", "templates/greeting", &first, "--reason", "leaks"]).exits(0);
    said(shown(&world), 3, "pay/greeting 7.0.0 is yanked: breaks");
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified  fresh, 8 statements");
}

#[test]
fn the_gate_lets_only_what_is_ready_through() {
    let world = world();
    let again = world.release("ana");
    said(again, 2, "is released already");
    world.write("pay/templates/greeting/files/new.md", "not committed\n");
    said(world.release("ana"), 2, "templates/greeting has changes that are not committed");
    world.raise("7.0.0");
    said(world.release("ana"), 3, "templates/greeting does not pass its own test");
    world.edit("7.0.0-rc.1");
    said(world.release("eve"), 3, "the statement would not count: 0 of 1 signers agree: the key SHA256:");
    said(world.release("ana"), 0, "release pay/greeting 7.0.0-rc.1\n  pushed to file://");
    world.edit("6.0.0");
    said(world.release("ana"), 0, "release pay/greeting 6.0.0");
    world.edit("6.0.0-beta");
    said(world.release("ana"), 2, "templates/greeting 6.0.0-beta is below 6.0.0, which is released");
    said(world.polity_in("pay", &["registry", "release", "registry.yaml"]), 2, "is no `templates/<id>`, `policies/<id>` or `layers/<id>`");
}

#[test]
fn what_a_template_renders_is_held_to_the_policies() {
    let world = world();
    let statements = world.repo.files("pay/statements");
    // A service that says nobody's name.
    world.edit("7.0.0");
    let run = world.publish(&["release", "templates/greeting"]).exits(3);
    assert!(run.stdout.contains("FAILED pay/greeting default: ") && run.stdout.contains("error[service-without-owner]: "), "{run}");
    assert!(run.stderr.contains("templates/greeting does not pass its own test"), "{run}");
    assert_eq!(world.repo.files("pay/statements"), statements, "nothing is signed");
    // A layer is no service, but keeps what it promises.
    let layer = |id: &str, more: &str| {
        world.template(id, "1.0.0", &[], &format!("{id}.md"));
        let path = format!("pay/templates/{id}/template.yaml");
        world.write(&path, &format!("{}abstract: true\n{more}", world.repo.read(&path)));
        world.commit(id);
        world.publish(&["release", &format!("templates/{id}")])
    };
    layer("modest", "").exits(0);
    said(layer("boastful", "satisfies: [service-without-owner]\n"), 3, "FAILED pay/boastful minimal: 1 finding");
    said(layer("careless", "satisfies: [service-without-onwer]\n"), 3, "did you mean `service-without-owner`?");
    // What stands on the service of the binary is as silent as that.
    world.draft("api", "1.0.0", &["polity/rust-service@1.0.0"], "api.md");
    world.write("pay/templates/api/cases/minimal/answers.yaml", "owner: payments\n");
    world.polity_in("pay", &["template", "test", "templates/api/", "--accept", "--no-checks"]).exits(0);
    world.commit("api");
    said(world.publish(&["release", "templates/api"]), 0, "release pay/api 1.0.0");
    world.template("api", "1.1.0", &["polity/rust-service@1.0.0"], "Dockerfile.debug");
    world.write("pay/templates/api/files/Dockerfile.debug", "FROM debian:latest\n");
    world.write("pay/templates/api/cases/minimal/answers.yaml", "owner: payments\n");
    world.polity_in("pay", &["template", "test", "templates/api/", "--accept", "--no-checks"]).exits(0);
    world.commit("a Dockerfile that runs as root");
    said(world.publish(&["release", "templates/api"]), 3, "error[root-container]: ");
}

#[test]
fn namespaces_are_added_without_touching_the_rest() {
    let world = world();
    let before = world.repo.read("polity.federation.yaml");
    let signer = world.signer("bob");
    let run = world.machine("fresh", ".", &["registry", "add", "web", "../web", "--signer", &signer]).exits(0);
    assert_eq!(run.stdout, "polity.federation.yaml: added `web`; `polity registry sync web` fetches it\n");
    let after = world.repo.read("polity.federation.yaml");
    assert!(before.lines().all(|line| after.contains(line)) && after.contains("  web:\n    url: \"../web\"\n"), "{after}");
    said(world.machine("fresh", ".", &["registry", "add", "web", "x", "--unsigned"]), 2, "has the namespace `web` already");
    said(world.machine("fresh", ".", &["registry", "add", "api", "x", "--signer", "ana nokey"]), 2, "unknown option `nokey`");
    said(world.machine("fresh", ".", &["registry", "add", "Bad Name", "x", "--unsigned"]), 3, "`Bad Name` is not a namespace");
    let list = world.machine("fresh", ".", &["registry", "list"]).exits(0);
    assert!(list.stdout.contains("web  never synced  0 releases  1 of 1 signer  ../web\n"), "{list}");
}

#[test]
fn an_unsigned_registry_is_used_only_when_the_federation_says_so_and_says_so_each_time() {
    let world = world();
    world.write("polity.federation.yaml", "federation: acme\nnamespaces:\n  pay:\n    url: pay\n    signers: none\n");
    said(world.sync(), 0, "has no signers: whoever can write to it decides what it holds");
    let run = world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0);
    assert!(
        run.stderr.contains("note: namespace `pay` has no signers: whoever can write to its registry decides what it holds\n"),
        "{run}"
    );
    said(world.publish(&["checkpoint"]), 3, "namespace `pay` has no signers, so nothing of it can be signed");
}

#[test]
fn a_plain_folder_is_a_registry_too() {
    let world = world();
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), "pay"));
    said(world.sync(), 0, "pay  fresh  1 release, 2 new statements, from pay\n");
    world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0);
}
