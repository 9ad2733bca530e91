//! The partition matrix: each way in which a federation can be torn, what still works, how it is marked, and which exit code says so.
//! The registries stand behind real git servers on the loopback interface; a cut is a killed server.

use std::sync::OnceLock;

use polity::catalog::trust::Timestamp;

use super::copies::Copies;
use super::served::{Daemon, serve};
use super::world::{World, said, world};

/// Namespaces `pay` and `web`, each behind a server of its own, synced on the machine `fresh`.
struct Torn {
    world: World,
    pay: Option<Daemon>,
    web: Option<Daemon>,
}

fn torn() -> Torn {
    static FIRST: OnceLock<Copies> = OnceLock::new();
    let world = FIRST.get_or_init(|| Copies::of(with_web())).world();
    let (pay, web) = (serve(&world), serve(&world));
    let torn = Torn { world, pay: Some(pay), web: Some(web) };
    torn.federate();
    torn.sync(0, "web  fresh");
    torn
}

/// The world with a second registry, `web`, that has one template, released by Ana.
fn with_web() -> World {
    let world = world();
    world.git(&["init", "-q", "--bare", "web.git"], ".");
    world.git(&["init", "-q", "web"], ".");
    let entry = format!("  web: {{url: 'file://{}/web.git', signers: ['{}']}}\n", world.repo.root().display(), world.signer("ana"));
    world.federate(&entry);
    world.write("web/registry.yaml", "namespace: web\n");
    world.polity_in("web", &["template", "new", "templates/page"]).exits(0);
    world.git(&["add", "-A"], "web");
    world.git(&["commit", "-q", "-m", "first"], "web");
    let key = world.repo.path("keys/ana");
    world.polity_in("web", &["registry", "release", "templates/page", "--no-checks", "--key", key.to_str().unwrap()]).exits(0);
    world
}

impl Torn {
    fn federate(&self) {
        let port = |daemon: &Option<Daemon>| daemon.as_ref().map_or(1, |daemon| daemon.port);
        let (ana, root) = (self.world.signer("ana"), "git://127.0.0.1");
        let entry = |name: &str, port: u16| format!("  {name}:\n    url: {root}:{port}/{name}.git\n    signers: ['{ana}']\n");
        let text = format!("federation: acme\nnamespaces:\n{}{}", entry("pay", port(&self.pay)), entry("web", port(&self.web)));
        self.world.write("polity.federation.yaml", &text);
    }

    /// What SARIF says of the age of each namespace, in valid SARIF.
    fn notifications(&self) -> Vec<String> {
        let args = ["check", "empty", "--policy", "service-without-runbook", "--format", "sarif"];
        let run = self.world.machine("fresh", ".", &args).exits(0);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        crate::sarif::valid(&crate::sarif::schema(), &report);
        let rows = report["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        let text = |row: &serde_json::Value, pointer: &str| row.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let all = ["/level", "/properties/namespace", "/properties/freshness"];
        rows.iter().map(|row| all.map(|pointer| text(row, pointer)).join(" ")).collect()
    }

    fn sync(&self, code: i32, expected: &str) {
        said(self.world.sync(), code, expected);
    }

    /// Every verb that rests on `pay`: its exit code, and the mark that it shows.
    fn verbs(&self, code: i32, mark: &str) {
        let _ = std::fs::remove_dir_all(self.world.repo.path("x"));
        let verbs: [&[&str]; 4] = [
            &["new", "pay/greeting", "x", "--defaults", "--no-git"],
            &["template", "show", "pay/greeting"],
            &["why", "pay/greeting"],
            &["check", "empty", "--policy", "service-without-runbook"],
        ];
        std::fs::create_dir_all(self.world.repo.path("empty")).unwrap();
        for args in verbs {
            let run = self.world.machine("fresh", ".", args).exits(code);
            // Either among the marks of all, or in the error that says why it cannot be used.
            assert!(run.stderr.contains(&format!("pay {mark}")), "{args:?}: {run}");
        }
        // The other namespace works in every row, and listing never fails.
        self.world.machine("fresh", ".", &["template", "show", "web/page"]).exits(0);
        let list = self.world.machine("fresh", ".", &["registry", "list", "--format", "json"]).exits(0);
        let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
        let row = list["namespaces"].as_array().unwrap().iter().find(|row| row["namespace"] == "pay").unwrap();
        assert_eq!(row["freshness"], mark, "{row}");
    }
}

#[test]
fn all_reachable() {
    let torn = torn();
    torn.verbs(0, "fresh");
    torn.sync(0, "pay  fresh  1 release, 0 new statements");
}

#[test]
fn one_unreachable_by_the_age_of_what_is_known() {
    let mut torn = torn();
    torn.pay = None;
    torn.sync(4, "unreachable git://127.0.0.1:");
    for (days, mark, code) in [(3, "cached 3d", 0), (21, "STALE 21d", 0), (100, "EXPIRED 100d", 3)] {
        super::offline::age(&torn.world, days);
        torn.verbs(code, mark);
        if code == 0 {
            let level = if days > 7 { "warning" } else { "note" };
            assert_eq!(torn.notifications(), [format!("{level} pay {mark}"), "note web fresh".to_owned()]);
        }
    }
    let new = ["new", "pay/greeting", "x", "--defaults", "--no-git", "--accept-stale", "no link"];
    torn.world.machine("fresh", ".", &new).exits(0);
    assert!(torn.world.repo.read("x/polity.lock").contains("accepted_stale: no link"));
    torn.pay = Some(serve(&torn.world));
    torn.federate();
    torn.sync(0, "pay  fresh");
    torn.verbs(0, "fresh");
}

#[test]
fn a_revocation_comes_by_a_file_and_an_old_mirror_cannot_take_it_back() {
    let mut torn = torn();
    torn.world.git(&["clone", "-q", "--bare", "pay.git", "old.git"], ".");
    let key = torn.world.repo.path("keys/ana");
    let revoke = ["registry", "revoke", "templates/greeting", "0.1.0", "--reason", "leaks", "--no-push", "--key", key.to_str().unwrap()];
    torn.world.polity_in("pay", &revoke).exits(0);
    torn.pay = None;
    torn.sync(4, "unreachable");
    torn.verbs(0, "fresh");
    said(
        torn.world.machine("fresh", ".", &["registry", "sync", "pay", "--from", "pay", "--explain"]),
        0,
        "+ revoke pay/greeting 0.1.0: leaks",
    );
    said(torn.world.machine("fresh", ".", &["new", "pay/greeting", "y", "--defaults"]), 3, "pay/greeting 0.1.0 is revoked: leaks");
    let old = format!("file://{}/old.git", torn.world.repo.root().display());
    said(torn.world.machine("fresh", ".", &["registry", "sync", "pay", "--from", &old]), 3, "serves an older history (rollback)");
    said(torn.world.machine("fresh", ".", &["new", "pay/greeting", "y", "--defaults"]), 3, "pay/greeting 0.1.0 is revoked: leaks");
}

#[test]
fn a_clock_that_is_wrong_by_days() {
    let mut torn = torn();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let synced = |at: u64| {
        let path = "caches/fresh/namespaces/acme/pay/sync.json";
        let mut record: serde_json::Value = serde_json::from_str(&torn.world.repo.read(path)).unwrap();
        record["at"] = Timestamp::from_unix(at).to_string().into();
        torn.world.write(path, &record.to_string());
    };
    // The clock was set back: what was synced in its future is as young as can be, and does not get younger.
    synced(now + 5 * 86_400);
    torn.verbs(0, "fresh");
    // The clock runs ahead: the same knowledge looks old, and a sync repairs that.
    synced(now - 30 * 86_400 - 60);
    torn.verbs(0, "STALE 30d");
    torn.sync(0, "pay  fresh");
    torn.verbs(0, "fresh");
    torn.web = None;
    torn.sync(4, "pay  fresh");
}

#[test]
fn what_is_published_apart_is_reconciled() {
    let mut torn = torn();
    torn.pay = None;
    torn.world.edit("7.0.0");
    said(torn.world.release("ana"), 0, "waits in the outbox (git: ");
    torn.verbs(0, "fresh");
    torn.pay = Some(serve(&torn.world));
    torn.federate();
    // What waits keeps the address that it was meant for, so the server comes back there or the publisher says where.
    let moved = torn.world.polity_in(".", &["outbox"]).exits(0);
    assert!(moved.stdout.contains("release pay/greeting 7.0.0"), "{moved}");
    let port = moved.stdout.split("127.0.0.1:").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let own = format!("git://127.0.0.1:{}/", torn.pay.as_ref().unwrap().port);
    torn.world.git(&["config", "--global", &format!("url.{own}.insteadOf"), &format!("git://127.0.0.1:{port}/")], ".");
    said(torn.world.polity_in(".", &["outbox", "push"]), 0, "pushed release pay/greeting 7.0.0");
    torn.sync(0, "pay  fresh  2 releases, 2 new statements");
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
    for args in [
        &["new", "pay/greeting", "x", "--defaults", "--no-git"][..],
        &["why", "pay/greeting"],
        &["new", "pay/greeting", "sub/x", "--defaults", "--no-git", "--frozen", "--lock", "x/polity.lock"],
        &["drift", "x"],
        &["drift", "x", "--frozen"],
        &["update", "x"],
        &["update", "x", "--frozen"],
    ] {
        let mut command = std::process::Command::new("unshare");
        command.args(["-rn", crate::support::binary()]).args(args).current_dir(torn.world.repo.root()).env_clear();
        command.env("HOME", torn.world.repo.root()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LLVM_PROFILE_FILE", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("POLITY_CACHE", torn.world.repo.path("caches/fresh")).stdin(std::process::Stdio::null());
        torn.world.repo.finish(&mut command).exits(0);
    }
}
