//! The partition matrix: each way in which a federation can be torn, what still works, how it is marked, and which exit code says so.
//! The registries stand behind real git servers on the loopback interface; a cut is a killed server. What is published apart is in
//! `partition`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use polity::catalog::trust::{Body, Release, Statement, files};
use polity::tree::Digest;

use super::torn::{DAY, Torn, torn};
use crate::support::Run;

/// Every verb that rests on what is known of `pay`, with the head of its column. `web` is about the other namespace.
pub const VERBS: [(&str, &[&str]); 16] = [
    ("new", &["new", "pay/greeting", "made", "--defaults", "--no-git", "--dry-run"]),
    ("why", &["why", "pay/greeting"]),
    ("show", &["template", "show", "pay/greeting"]),
    ("exact", &["template", "show", "pay/greeting@0.2.0"]),
    ("list", &["template", "list"]),
    ("check", &["check", "svc", "--policy", "service-without-runbook", "--fail-on", "never"]),
    ("update", &["update", "svc", "--dry-run"]),
    ("locked", &["update", "svc", "--locked"]),
    ("drift", &["drift", "svc"]),
    ("proof", &["drift", "svc", "--locked"]),
    ("blame", &["blame", "own/README.md:3"]),
    ("promote", &["promote", "own/README.md", "--diff"]),
    ("adopt", &["adopt", "pay/greeting", "born", "--defaults", "--dry-run"]),
    ("state", &["registry", "list"]),
    ("verify", &["registry", "verify", "pay"]),
    ("web", &["template", "show", "web/page"]),
];

/// What each verb does in each situation: its exit code, with a star where it says how old the knowledge of `pay` is. The mark is the same in
/// human and JSON output; SARIF has a level besides.
const MATRIX: &str = "\
situation                    sync new why show exact list check update locked drift proof blame promote adopt state verify web sarif    mark
all reachable                0    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  note:    fresh
cut, known for 3 days        4    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  note:    cached 3d
cut, known for 21 days       4    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  warning: STALE 21d
cut, known for 100 days      4    3*  3*  3*   3*    0*   3*    3*     3*     0*    3*    0*    3*      3*    0*    0*     0*           EXPIRED 100d
the same, --accept-stale     4    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  warning: EXPIRED 100d
cut, never synced            4    3*  3*  3*   3*    0*   3*    3*     3*     0*    3*    0*    3*      3*    0*    0*     0*           never synced
a server that never answers  4    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  note:    fresh
revoked, told by a file      0    0*  0*  0*   0*    0*   3*    0*     3*     0*    3*    0*    3*      0*    0*    0*     0*           fresh
0.1.0 is contradicted        1    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    1      0*  note:    fresh
0.2.0 is contradicted        1    0*  0*  0*   3*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    1      0*  note:    fresh
rollback                     3    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  note:    cached 2h
freeze                       3    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  note:    cached 2h
the clock went back 5 days   4    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  warning: STALE, clock went back 5d
the clock is 30 days ahead   4    0*  0*  0*   0*    0*   0*    0*     0*     0*    0*    0*    0*      0*    0*    0*     0*  warning: STALE 30d
";

/// The rows that every run of the tests makes; `POLITY_MATRIX=all` makes all of them.
const ALWAYS: [&str; 6] = [
    "all reachable",
    "cut, known for 21 days",
    "cut, known for 100 days",
    "revoked, told by a file",
    "rollback",
    "the clock went back 5 days",
];

type Situation = (&'static str, fn(&mut Torn) -> Row);

const SITUATIONS: [Situation; 14] = [
    ("all reachable", |torn| torn.synced("fresh")),
    ("cut, known for 3 days", |torn| torn.cut(3 * DAY + 3600, "cached 3d")),
    ("cut, known for 21 days", |torn| torn.cut(21 * DAY + 3600, "STALE 21d")),
    ("cut, known for 100 days", |torn| torn.cut(100 * DAY + 3600, "EXPIRED 100d")),
    ("the same, --accept-stale", |torn| Row { accept: true, ..torn.cut(100 * DAY + 3600, "EXPIRED 100d") }),
    ("cut, never synced", |torn| {
        std::fs::remove_dir_all(torn.world.repo.path("caches/fresh/namespaces/acme/pay")).unwrap();
        torn.cut(0, "never synced")
    }),
    ("a server that never answers", |torn| {
        let port = torn.pay.take().unwrap().port;
        let silent = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        let row = Row { sync: torn.run(&["registry", "sync", "--timeout", "1"]), ..torn.row("fresh") };
        drop(silent);
        row
    }),
    ("revoked, told by a file", |torn| {
        torn.pay = None;
        torn.world.publish(&["revoke", "templates/greeting", "0.1.0", "--reason", "leaks", "--no-push"]).exits(0);
        Row { sync: torn.run(&["registry", "sync", "--from", "pay"]), ..torn.row("fresh") }
    }),
    ("0.1.0 is contradicted", |torn| torn.contradicted("0.1.0")),
    ("0.2.0 is contradicted", |torn| torn.contradicted("0.2.0")),
    ("rollback", |torn| {
        torn.world.publish(&["checkpoint"]).exits(0);
        torn.sync(0, "pay  fresh");
        torn.world.git(&["update-ref", "refs/heads/main", "refs/heads/main~1"], "pay.git");
        torn.age(2 * 3600);
        torn.synced("cached 2h")
    }),
    ("freeze", |torn| {
        torn.world.publish(&["checkpoint", "--valid", "1s"]).exits(0);
        torn.age(2 * 3600);
        std::thread::sleep(std::time::Duration::from_millis(2100));
        torn.synced("cached 2h")
    }),
    ("the clock went back 5 days", |torn| torn.cut(-5 * DAY - 3600, "STALE, clock went back 5d")),
    ("the clock is 30 days ahead", |torn| torn.cut(30 * DAY + 3600, "STALE 30d")),
];

/// A row of the matrix before the verbs were run.
struct Row {
    sync: Run,
    mark: &'static str,
    accept: bool,
}

impl Torn {
    fn row(&self, mark: &'static str) -> Row {
        let sync = Run { code: 0, stdout: String::new(), stderr: String::new() };
        Row { sync, mark, accept: false }
    }

    fn synced(&self, mark: &'static str) -> Row {
        Row { sync: self.world.sync(), ..self.row(mark) }
    }

    /// Kills the server of `pay`; what is known of it becomes as old as that.
    fn cut(&mut self, seconds: i64, mark: &'static str) -> Row {
        self.pay = None;
        let row = self.synced(mark);
        if mark != "never synced" {
            self.age(seconds);
        }
        row
    }

    /// Bob says that a version is another tree than Ana said.
    fn contradicted(&self, version: &str) -> Row {
        let bobs = self.world.statement("bob");
        let Body::Release(release) = bobs.body.clone() else { panic!() };
        let body = Body::Release(Release { version: version.to_owned(), tree_digest: Digest::of(b"another"), ..release });
        for (name, text) in files(&self.world.forge(&Statement { body, ..bobs }, "bob")) {
            self.world.write(&format!("pay/{name}"), &text);
        }
        self.world.commit("contradict");
        self.world.push();
        self.synced("fresh")
    }

    /// The words with which a check marks `pay`: in JSON, and the level and words of SARIF, which is valid; nothing when it does not run.
    fn reports(&self, more: &[&str]) -> [String; 2] {
        let report = |format: &str| {
            let check = ["check", "svc", "--policy", "service-without-runbook", "--fail-on", "never", "--format", format];
            let run = self.run(&[&check, more].concat());
            (run.code == 0).then(|| serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap())
        };
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let json = report("json").map(|report| text(&report["registries"]["pay"]));
        let sarif = report("sarif").map(|report| {
            crate::sarif::valid(&crate::sarif::schema(), &report);
            let rows = report["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
            let row = rows.iter().find(|row| row["properties"]["namespace"] == "pay").unwrap();
            format!("{}: {}", text(&row["level"]), text(&row["properties"]["freshness"]))
        });
        [json, sarif].map(Option::unwrap_or_default)
    }

    /// A row of the matrix: the exit code of `sync` and of every verb, with a star where the verb says how old the knowledge is.
    fn line(&self, name: &str, row: &Row) -> String {
        let more: &[&str] = if row.accept { &["--accept-stale", "no link"] } else { &[] };
        let mut line = format!("{name:<28} {:<4}", row.sync.code);
        for (head, args) in VERBS {
            let run = self.run(&[args, more].concat());
            let said = run.to_string();
            let marks = [
                format!("pay {}", row.mark),
                format!("pay  {}", row.mark),
                format!("pay  verified  {}", row.mark),
                format!("`pay` is too old: {}", row.mark),
                format!("`pay` of polity.federation.yaml was {}", row.mark),
            ];
            let cell = format!("{}{}", run.code, if marks.iter().any(|mark| said.contains(mark)) { "*" } else { "" });
            line += &format!(" {cell:<0$}", head.len());
        }
        let [json, sarif] = self.reports(more);
        assert!(json.is_empty() || json == row.mark, "{name}: {json}");
        // What JSON and people are told is one text; SARIF has a level besides.
        let level = sarif.strip_suffix(row.mark).unwrap_or(&sarif);
        format!("{line} {:<9}{}", level, row.mark)
    }
}

#[test]
fn the_matrix() {
    let is_all = std::env::var_os("POLITY_MATRIX").is_some_and(|value| value == "all");
    let chosen: Vec<_> = SITUATIONS.iter().filter(|(name, _)| is_all || ALWAYS.contains(name)).collect();
    let (rows, next) = (Mutex::new(vec![String::new(); chosen.len()]), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, tear)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut torn = torn();
                    let row = tear(&mut torn);
                    let line = torn.line(name, &row);
                    let index = chosen.iter().position(|(other, _)| other == name).unwrap();
                    rows.lock().unwrap()[index] = line;
                }
            });
        }
    });
    let heads: Vec<_> = VERBS.iter().map(|(head, _)| *head).collect();
    let head = format!("{:<28} sync {} sarif    mark", "situation", heads.join(" "));
    let made = [vec![head], rows.into_inner().unwrap()].concat();
    let is_made = |line: &&str| is_all || line.starts_with("situation ") || ALWAYS.iter().any(|name| line.starts_with(&format!("{name} ")));
    let expected: Vec<_> = MATRIX.lines().filter(is_made).collect();
    assert_eq!(made.join("\n"), expected.join("\n"), "\n{}", made.join("\n"));
}
