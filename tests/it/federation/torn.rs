//! A federation that can be torn: the namespaces `pay` and `web`, each behind a git server of its own, and services made from `pay`.

use std::sync::OnceLock;

use polity::catalog::trust::Timestamp;

use super::copies::Copies;
use super::served::{Daemon, serve};
use super::world::{World, said, world};
use crate::support::Run;

/// The seconds of a day.
pub const DAY: i64 = 86_400;

/// Namespaces `pay` and `web`, each behind a server of its own, synced on the machine `fresh`.
pub struct Torn {
    pub world: World,
    pub pay: Option<Daemon>,
    pub web: Option<Daemon>,
}

/// The federation with both servers running.
pub fn torn() -> Torn {
    static FIRST: OnceLock<Copies> = OnceLock::new();
    let world = FIRST.get_or_init(|| Copies::of(founded())).world();
    let (pay, web) = (serve(&world), serve(&world));
    let torn = Torn { world, pay: Some(pay), web: Some(web) };
    torn.federate();
    torn.sync(0, "web  fresh");
    torn
}

/// The world with a second registry, `web`, that has one template, with a second release of `pay/greeting`, and with services of the first
/// one: `svc` as it was made, `own` with a line changed, and `born`, which polity did not make.
fn founded() -> World {
    let world = with_web();
    world.polity_in(".", &["registry", "sync"]).exits(0);
    world.polity_in(".", &["new", "pay/greeting", "svc", "--defaults", "--set", "name=svc"]).exits(0);
    world.polity_in(".", &["new", "pay/greeting", "own", "--defaults", "--set", "name=own"]).exits(0);
    world.write("own/README.md", &world.repo.read("own/README.md").replace("Owned", "Kept"));
    world.git(&["init", "-q", "born"], ".");
    world.write("born/own.txt", "mine\n");
    for folder in ["own", "born"] {
        world.git(&["add", "-A"], folder);
        world.git(&["commit", "-q", "-m", "mine"], folder);
    }
    world.write("pay/templates/greeting/files/news.txt", "news\n");
    world.edit("0.2.0");
    world.release("ana").exits(0);
    world
}

/// The world with a second registry, `web`, that has one template, released by Ana.
pub fn with_web() -> World {
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
    /// Writes the federation file with the servers that run; a server that does not run has an address where nobody answers.
    pub fn federate(&self) {
        let port = |daemon: &Option<Daemon>| daemon.as_ref().map_or(1, |daemon| daemon.port);
        let (signers, root) = (format!("'{}', '{}'", self.world.signer("ana"), self.world.signer("bob")), "git://127.0.0.1");
        let entry = |name: &str, port: u16| format!("  {name}:\n    url: {root}:{port}/{name}.git\n    signers: [{signers}]\n");
        let text = format!("federation: acme\nnamespaces:\n{}{}", entry("pay", port(&self.pay)), entry("web", port(&self.web)));
        self.world.write("polity.federation.yaml", &text);
    }

    /// Runs polity on the machine `fresh`.
    pub fn run(&self, args: &[&str]) -> Run {
        self.world.machine("fresh", ".", args)
    }

    /// Syncs, and demands an exit code and a text.
    #[track_caller]
    pub fn sync(&self, code: i32, expected: &str) {
        said(self.world.sync(), code, expected);
    }

    /// Makes the last sync of `pay` as old as so many seconds; negative ones are in the future.
    pub fn age(&self, seconds: i64) {
        let path = "caches/fresh/namespaces/acme/pay/sync.json";
        let mut record: serde_json::Value = serde_json::from_str(&self.world.repo.read(path)).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let at = now.checked_add_signed(-seconds).unwrap();
        record["at"] = Timestamp::from_unix(at).to_string().into();
        self.world.write(path, &record.to_string());
    }
}
