//! Without a connection: what is marked, what goes on working, what waits, and how it is reconciled.

use super::world::{World, said, world};

/// Makes the last sync of the fresh machine as long ago as `days`.
pub fn age(world: &World, days: u64) {
    let path = "caches/fresh/namespaces/acme/pay/sync.json";
    let mut record: serde_json::Value = serde_json::from_str(&world.repo.read(path)).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    record["at"] = polity::catalog::trust::Timestamp::from_unix(now - days * 86_400 - 60).to_string().into();
    world.write(path, &record.to_string());
}

#[test]
fn knowledge_is_marked_by_its_age_and_used_up_to_a_limit() {
    let world = world();
    world.sync().exits(0);
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("gone.git")).unwrap();
    let show = || world.machine("fresh", ".", &["template", "show", "pay/greeting"]);
    for (days, mark, usable) in [(0, "fresh", true), (3, "cached 3d", true), (21, "STALE 21d", true), (100, "EXPIRED 100d", false)] {
        age(&world, days);
        let run = show();
        assert_eq!((run.code == 0, run.stderr.contains(&format!("pay {mark}"))), (usable, true), "{days}: {run}");
        let list = world.machine("fresh", ".", &["registry", "list", "--format", "json"]).exits(0);
        let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
        assert_eq!((&list["namespaces"][0]["freshness"], &list["namespaces"][0]["usable"]), (&mark.into(), &usable.into()));
        // Policies of a namespace that cannot be used are missed, not passed over.
        let check = world.machine("fresh", "pay", &["check", "--format", "json"]);
        assert!(!usable || check.stdout.contains(&format!("\"pay\": \"{mark}\"")), "{check}");
        assert_eq!(check.code == 3, !usable, "{days}: {check}");
    }
    said(world.machine("fresh", ".", &["registry", "sync"]), 4, "unreachable file://[ROOT]/pay.git: ");
    said(show(), 3, "error: what is known of the namespace `pay` is too old: EXPIRED 100d");
    std::fs::rename(world.repo.path("gone.git"), world.repo.path("pay.git")).unwrap();
    said(world.machine("fresh", ".", &["registry", "sync"]), 0, "pay  fresh");
    show().exits(0);
}

#[test]
fn what_is_published_offline_waits_and_is_sent_later() {
    let world = world();
    world.edit("7.0.0");
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("gone.git")).unwrap();
    said(world.release("ana"), 0, "release pay/greeting 7.0.0\n  waits in the outbox (git: ");
    said(world.polity_in(".", &["outbox"]), 0, "release pay/greeting 7.0.0  to file://[ROOT]/pay.git\n");
    said(world.polity_in(".", &["outbox", "push"]), 4, "waits: release pay/greeting 7.0.0 (git: ");
    said(world.polity_in(".", &["outbox", "push", "--offline"]), 2, "`--offline` forbids it");
    std::fs::rename(world.repo.path("gone.git"), world.repo.path("pay.git")).unwrap();
    // Meanwhile Bob published from a clone of his own.
    world.git(&["clone", "-q", "pay.git", "bobs"], ".");
    let key = world.repo.path("keys/bob");
    world.machine("bob", "bobs", &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
    said(world.polity_in(".", &["outbox", "push"]), 0, "pushed release pay/greeting 7.0.0 to file://");
    said(world.polity_in(".", &["outbox"]), 0, "nothing waits\n");
    said(world.sync(), 0, "pay  fresh  2 releases, 5 new statements");
}

#[test]
fn what_waits_is_sent_as_it_was_published_whatever_is_checked_out_meanwhile() {
    for others in [false, true] {
        let world = world();
        world.edit("7.0.0");
        world.publish(&["release", "templates/greeting", "--no-checks", "--no-push"]).exits(0);
        world.git(&["checkout", "-q", "-b", "secret"], "pay");
        world.write("pay/secret.md", "not for anybody\n");
        world.commit("do not publish");
        let own = world.git(&["rev-parse", "HEAD"], "pay");
        if others {
            world.git(&["clone", "-q", "pay.git", "bobs"], ".");
            let key = world.repo.path("keys/bob");
            world.machine("bob", "bobs", &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
        }
        said(world.polity_in(".", &["outbox", "push"]), 0, "pushed release pay/greeting 7.0.0");
        let sent = world.git(&["log", "--format=%s", "main"], "pay.git");
        assert!(sent.contains("release pay/greeting 7.0.0") && !sent.contains("do not publish"), "{sent}");
        assert_eq!(world.git(&["rev-parse", "HEAD"], "pay"), own, "the branch that is checked out stays as it was");
        said(world.sync(), 0, "pay  fresh  2 releases");
    }
}

#[test]
fn a_sync_sends_what_waits_and_believes_the_registry_that_lacked_it() {
    let world = world();
    world.edit("7.0.0");
    world.polity_in(".", &["registry", "sync"]).exits(0);
    world.publish(&["release", "templates/greeting", "--no-checks", "--no-push"]).exits(0);
    let run = world.polity_in(".", &["registry", "sync"]).exits(0);
    assert!(run.stdout.contains("pay  fresh  2 releases") && run.stdout.contains("pushed release pay/greeting 7.0.0"), "{run}");
    said(world.sync(), 0, "pay  fresh  2 releases");
}

#[test]
fn two_machines_that_met_different_registries_agree_after_they_met_both() {
    let world = world();
    world.git(&["clone", "-q", "--bare", "pay.git", "mirror.git"], ".");
    world.edit("7.0.0");
    world.release("ana").exits(0);
    let mirror = format!("file://{}/mirror.git", world.repo.root().display());
    let key = world.repo.path("keys/bob");
    world.git(&["clone", "-q", "mirror.git", "bobs"], ".");
    let bobs = world.federation(&[&world.signer("ana"), &world.signer("bob")], "").replace(&world.url(), &mirror);
    world.write("bobs/polity.federation.yaml", &bobs);
    world.machine("bob", "bobs", &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
    let statements = |machine: &str| {
        let log = world.repo.read(&format!("caches/{machine}/namespaces/acme/pay/statements.log"));
        let mut lines: Vec<_> = log.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for (machine, order) in [("one", [&world.url(), &mirror]), ("two", [&mirror, &world.url()])] {
        for address in order {
            let run = world.machine(machine, ".", &["registry", "sync", "--from", address]);
            assert!(run.code == 0 || run.stdout.contains("older history"), "{run}");
        }
    }
    assert_eq!(statements("one"), statements("two"));
    assert_eq!(statements("one").len(), 5);
}

#[test]
fn a_revocation_arrives_on_a_stick() {
    let world = world();
    world.sync().exits(0);
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("gone.git")).unwrap();
    let version = world.repo.read("pay/templates/greeting/template.yaml");
    let version = version.lines().find_map(|l| l.strip_prefix("version: ")).unwrap().to_owned();
    world.publish(&["revoke", "templates/greeting", &version, "--reason", "leaks"]).exits(0);
    world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0);
    said(world.machine("fresh", ".", &["registry", "sync", "--from", "pay", "--explain"]), 0, "+ revoke pay/greeting");
    said(world.machine("fresh", ".", &["template", "show", "pay/greeting"]), 3, "is revoked: leaks");
}

#[test]
fn who_publishes_after_news_by_a_stick_publishes_the_news_too() {
    let world = world();
    let version = world.repo.read("pay/templates/greeting/template.yaml");
    let version = version.lines().find_map(|l| l.strip_prefix("version: ")).unwrap().to_owned();
    world.publish(&["revoke", "templates/greeting", &version, "--reason", "leaks", "--no-push"]).exits(0);
    world.git(&["clone", "-q", "pay.git", "bobs"], ".");
    world.machine("bob", ".", &["registry", "sync", "--from", "pay"]).exits(0);
    let key = world.repo.path("keys/bob");
    said(world.machine("bob", "bobs", &["registry", "checkpoint", "--key", key.to_str().unwrap()]), 0, "pushed to");
    said(world.machine("fresh", ".", &["registry", "sync", "--explain"]), 0, "+ revoke pay/greeting");
    said(world.polity_in(".", &["outbox", "push"]), 0, "pushed revoke pay/greeting");
    said(world.sync(), 0, "pay  fresh");
}

#[test]
fn nothing_is_published_from_a_branch_that_nobody_reads() {
    let world = world();
    let refusal = "`wip` is not the default branch of file://[ROOT]/pay.git, which is `main`";
    world.git(&["clone", "-q", "pay.git", "bobs"], ".");
    for folder in ["pay", "bobs"] {
        world.git(&["checkout", "-q", "-b", "wip"], folder);
    }
    world.edit("7.0.0");
    let before = world.repo.files("pay/statements");
    said(world.release("ana"), 2, refusal);
    assert_eq!(world.repo.files("pay/statements"), before, "nothing is written");
    let key = world.repo.path("keys/bob");
    let checkpoint = ["registry", "checkpoint", "--key", key.to_str().unwrap(), "--offline"];
    said(world.machine("bob", "bobs", &checkpoint), 2, refusal);
    // Where nobody could be asked it waits until it was merged.
    world.publish(&["release", "templates/greeting", "--no-checks", "--no-push"]).exits(0);
    said(world.polity_in(".", &["outbox", "push"]), 4, "merge it into refs/heads/main, the registry's default branch");
    assert_eq!(world.git(&["branch", "--list", "wip"], "pay.git"), "");
    world.git(&["push", "-q", &world.url(), "HEAD:refs/heads/main"], "pay");
    said(world.polity_in(".", &["outbox", "push"]), 0, "pushed release pay/greeting 7.0.0");
    said(world.sync(), 0, "pay  fresh  2 releases");
}

#[test]
fn a_damaged_cache_is_noticed_and_mended() {
    let world = world();
    world.sync().exits(0);
    let objects = world.repo.files("caches/fresh/objects");
    for object in &objects {
        let path = world.repo.path(&format!("caches/fresh/objects/{object}"));
        let mut bytes = std::fs::read(&path).unwrap();
        if let Some(first) = bytes.first_mut() {
            *first ^= 1;
        }
        std::fs::write(&path, bytes).unwrap();
    }
    let log = world.repo.path("caches/fresh/namespaces/acme/pay/statements.log");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replacen("ana@acme", "eve@acme", 1)).unwrap();
    said(world.machine("fresh", ".", &["registry", "verify"]), 1, "1 line of the log damaged; `polity registry sync pay` repairs it");
    let said_of = "statements of the namespace `pay` are damaged or missing in the cache";
    said(world.machine("fresh", ".", &["template", "show", "pay/greeting"]), 3, said_of);
    world.machine("fresh", ".", &["registry", "sync"]).exits(0);
    world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0);
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified");
    assert!(!std::fs::read_to_string(&log).unwrap().contains("eve@acme"));
}

#[test]
fn releases_whose_bytes_are_gone_are_not_verified() {
    let world = world();
    world.edit("7.0.0");
    world.release("ana").exits(0);
    world.sync().exits(0);
    let verify = || world.machine("fresh", ".", &["registry", "verify"]);
    said(verify(), 0, "pay  verified");
    let objects = world.repo.path("caches/fresh/objects");
    std::fs::remove_dir_all(&objects).unwrap();
    let run = verify().exits(1);
    for version in ["0.1.0", "7.0.0"] {
        assert!(run.stdout.contains(&format!("  templates/greeting {version}: its tree ")), "{run}");
    }
    assert!(run.stdout.starts_with("pay  NOT VERIFIED"), "{run}");
    world.sync().exits(0);
    said(verify(), 0, "pay  verified");
    let lost = polity::tree::Digest::of(world.repo.read("pay/templates/greeting/template.yaml").as_bytes());
    std::fs::remove_file(world.repo.path("caches/fresh").join(polity::disk::object_name(&lost))).unwrap();
    said(verify(), 1, "templates/greeting 7.0.0: `template.yaml`: ");
}

/// How often something is killed; `POLITY_KILLS` asks for more.
fn kills() -> u64 {
    std::env::var("POLITY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

/// Starts polity in a folder and kills it after a while.
fn killed(world: &World, machine: &str, folder: &str, args: &[&str], after: std::time::Duration) {
    let null = std::process::Stdio::null;
    let mut command = world.repo.command(args);
    command.current_dir(world.repo.path(folder)).env("POLITY_CACHE", world.repo.path(&format!("caches/{machine}")));
    let mut child = command.stdout(null()).stderr(null()).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_sync_that_is_killed_at_any_moment_is_made_up_for() {
    let world = world();
    for step in 0..kills() {
        killed(&world, &format!("killed-{}", step % 4), ".", &["registry", "sync"], std::time::Duration::from_millis(step * 7 % 130));
    }
    for step in 0..4 {
        let machine = format!("killed-{step}");
        said(world.machine(&machine, ".", &["registry", "sync"]), 0, "pay  fresh  1 release");
        said(world.machine(&machine, ".", &["registry", "verify"]), 0, "pay  verified  fresh, 2 statements");
        world.machine(&machine, ".", &["template", "show", "pay/greeting"]).exits(0);
    }
}

#[test]
fn a_release_that_is_killed_at_any_moment_is_finished_by_the_next() {
    let world = world();
    let key = world.repo.path("keys/ana");
    let release = ["registry", "release", "templates/greeting", "--no-checks", "--key", key.to_str().unwrap()];
    let count = kills() / 2;
    for step in 0..count {
        world.edit(&format!("7.{step}.0"));
        killed(&world, "home", "pay", &release, std::time::Duration::from_millis(step * 37 % 400));
        // A git that was started goes on for a moment.
        let finished = (0..50).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(40));
            let run = world.polity_in("pay", &release);
            assert!(run.code == 0 || run.code == 4 || run.stderr.contains("is released already"), "{run}");
            run.code != 4
        });
        assert!(finished, "step {step}");
    }
    world.polity_in(".", &["outbox", "push"]).exits(0);
    said(world.sync(), 0, &format!("pay  fresh  {} releases", count + 1));
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified  fresh");
    world.git(&["fsck", "--strict"], "pay");
}

#[test]
fn many_syncs_at_once_share_one_cache() {
    let world = world();
    std::thread::scope(|scope| {
        let syncs: Vec<_> = (0..4).map(|_| scope.spawn(|| world.sync())).collect();
        for sync in syncs {
            sync.join().unwrap().exits(0);
        }
    });
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified  fresh, 2 statements");
    let log = world.repo.read("caches/fresh/namespaces/acme/pay/statements.log");
    assert_eq!(log.lines().count(), 2, "nothing is written twice");
}
