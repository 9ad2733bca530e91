//! What is published and learned apart, behind real git servers on the loopback interface: recorded, reconciled, and usable without any
//! network. The table of situations and verbs is `matrix`.

use super::matrix::VERBS;
use super::served::serve;
use super::torn::{DAY, torn};
use super::world::said;

#[test]
fn knowledge_that_is_too_old_is_used_for_a_reason_that_the_lock_records() {
    let mut torn = torn();
    torn.pay = None;
    torn.sync(4, "unreachable git://127.0.0.1:");
    torn.age(100 * DAY + 3600);
    torn.run(&["new", "pay/greeting", "x", "--defaults", "--no-git", "--accept-stale", "no link"]).exits(0);
    assert!(torn.world.repo.read("x/polity.lock").contains("accepted_stale: no link"));
    torn.pay = Some(serve(&torn.world));
    torn.federate();
    torn.sync(0, "pay  fresh");
    said(torn.run(&["new", "pay/greeting", "y", "--defaults", "--no-git"]), 0, "pay fresh");
}

#[test]
fn a_revocation_comes_by_a_file_and_an_old_mirror_cannot_take_it_back() {
    let mut torn = torn();
    torn.world.git(&["clone", "-q", "--bare", "pay.git", "old.git"], ".");
    let key = torn.world.repo.path("keys/ana");
    let revoke = ["registry", "revoke", "templates/greeting", "0.2.0", "--reason", "leaks", "--no-push", "--key", key.to_str().unwrap()];
    torn.world.polity_in("pay", &revoke).exits(0);
    torn.pay = None;
    torn.sync(4, "unreachable");
    said(torn.run(&["registry", "sync", "pay", "--from", "pay", "--explain"]), 0, "+ revoke pay/greeting 0.2.0: leaks");
    said(torn.run(&["new", "pay/greeting@0.2.0", "y", "--defaults"]), 3, "pay/greeting 0.2.0 is revoked: leaks");
    let old = format!("file://{}/old.git", torn.world.repo.root().display());
    said(torn.run(&["registry", "sync", "pay", "--from", &old]), 3, "serves an older history (rollback)");
    said(torn.run(&["new", "pay/greeting@0.2.0", "y", "--defaults"]), 3, "pay/greeting 0.2.0 is revoked: leaks");
}

#[test]
fn a_clock_that_is_wrong_by_days_is_repaired_by_a_sync() {
    let mut torn = torn();
    for (seconds, mark) in [(-5 * DAY - 3600, "STALE, clock went back 5d"), (30 * DAY + 3600, "STALE 30d")] {
        torn.age(seconds);
        said(torn.run(&["why", "pay/greeting"]), 0, &format!("registries: pay {mark}, web fresh"));
        torn.sync(0, "pay  fresh");
        said(torn.run(&["why", "pay/greeting"]), 0, "registries: pay fresh, web fresh");
    }
    torn.web = None;
    torn.sync(4, "pay  fresh");
}

#[test]
fn what_is_published_apart_is_reconciled() {
    let mut torn = torn();
    torn.pay = None;
    torn.world.edit("7.0.0");
    said(torn.world.release("ana"), 0, "waits in the outbox (git: ");
    torn.pay = Some(serve(&torn.world));
    torn.federate();
    // What waits keeps the address that it was meant for, so the server comes back there or the publisher says where.
    let moved = torn.world.polity_in(".", &["outbox"]).exits(0);
    assert!(moved.stdout.contains("release pay/greeting 7.0.0"), "{moved}");
    let port = moved.stdout.split("127.0.0.1:").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let own = format!("git://127.0.0.1:{}/", torn.pay.as_ref().unwrap().port);
    torn.world.git(&["config", "--global", &format!("url.{own}.insteadOf"), &format!("git://127.0.0.1:{port}/")], ".");
    said(torn.world.polity_in(".", &["outbox", "push"]), 0, "pushed release pay/greeting 7.0.0");
    torn.sync(0, "pay  fresh  3 releases, 2 new statements");
}

/// A namespace of the kernel's without any network, where the machine lets one be made.
#[test]
fn a_warm_cache_needs_no_network_at_all() {
    let torn = torn();
    let can = std::process::Command::new("unshare").args(["-rn", "true"]).status().is_ok_and(|status| status.success());
    if !can {
        assert!(std::env::var_os("CI").is_none(), "`unshare -rn` must work in CI");
        return;
    }
    torn.run(&["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
    let of_network = [
        &["new", "pay/greeting", "sub/x", "--defaults", "--no-git", "--frozen", "--lock", "x/polity.lock"][..],
        &["drift", "x", "--frozen"],
        &["update", "x", "--frozen"],
    ];
    for args in VERBS.iter().map(|(_, args)| *args).chain(of_network) {
        let mut command = std::process::Command::new("unshare");
        command.args(["-rn", crate::support::binary()]).args(args).current_dir(torn.world.repo.root()).env_clear();
        command.env("HOME", torn.world.repo.root()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LLVM_PROFILE_FILE", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("POLITY_CACHE", torn.world.repo.path("caches/fresh")).stdin(std::process::Stdio::null());
        torn.world.repo.finish(&mut command).exits(0);
    }
}
