//! One file gets one verdict, whichever folder of its repository is named: a check of a folder is the check of its repository, restricted
//! to the folder.

use proptest::prelude::*;

use super::since::git;
use super::{json, manifest, world};
use crate::support::Repo;

const SERVICES: [&str; 3] = ["services/a", "services/a/deep", "services/b"];
const FOLDERS: [&str; 4] = ["services/a", "services/a/src", "services/a/deep", "services/b/src"];
const SHARED: [&str; 6] = ["services/**", "services/a/*", "**/x.txt", "src/**", "x.txt", "services/*/src/**"];
const OWN: [&str; 4] = ["src/**", "x.txt", "services/a/**", "**"];
const SEVERITIES: [&str; 4] = ["off", "advice", "warning", "error"];

/// What one random repository holds.
#[derive(Clone, Debug)]
struct Plan {
    /// Whether git knows its root, or the federation file does.
    is_git: bool,
    /// Lines of the two files of each folder; a line is bad or not.
    lines: Vec<[u8; 2]>,
    /// Scopes of the layer of all, each with a severity.
    shared: Vec<(usize, usize)>,
    /// What a service says itself: which one, the scope, the severity.
    own: Vec<(usize, usize, usize)>,
    /// Waivers: by whom (the root or a service), of which line of which file.
    waivers: Vec<(usize, usize, u8)>,
    /// How many of the files are in the baseline of the repository.
    known: usize,
}

fn plans() -> impl Strategy<Value = Plan> {
    let lines = prop::collection::vec(any::<[u8; 2]>(), FOLDERS.len());
    let shared = prop::collection::vec((0..SHARED.len(), 0..SEVERITIES.len()), 0..3);
    let own = prop::collection::vec((0..SERVICES.len(), 0..OWN.len(), 0..SEVERITIES.len()), 0..3);
    let waivers = prop::collection::vec((0..=SERVICES.len(), 0..FOLDERS.len() * 2, 0..8_u8), 0..5);
    (any::<bool>(), lines, shared, own, waivers, 0..=FOLDERS.len() * 2).prop_map(|(is_git, lines, shared, own, waivers, known)| Plan {
        is_git,
        lines,
        shared,
        own,
        waivers,
        known,
    })
}

fn file(number: usize) -> String {
    format!("{}/{}.txt", FOLDERS[number / 2], ["x", "y"][number % 2])
}

fn entry((pattern, severity): (&str, usize)) -> String {
    format!("  - {{policy: acme/bad-line, severity: '{}', scope: {{paths: ['{pattern}']}}}}\n", SEVERITIES[severity])
}

/// The repository of a plan; files from the number `from` on are written last.
fn repository(plan: &Plan) -> Repo {
    let head = "version: 1.0.0\ntitle: t\nlevel: org\nowner: o\nmandatory: []\ndefault:\n";
    let base = "  - {policy: acme/bad-line, severity: warning}\n";
    let shared: String = plan.shared.iter().map(|(pattern, severity)| entry((SHARED[*pattern], *severity))).collect();
    let mut folder = world()
        .file("rules/policies/bad-line/policy.yaml", manifest("warning", "subject: repository\n"))
        .file("rules/layers/baseline/layer.yaml", format!("{head}{base}{shared}"))
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/baseline@1]\n");
    std::fs::remove_file(folder.path("polity.yaml")).unwrap();
    for (number, root) in SERVICES.iter().enumerate() {
        let said: String = plan.own.iter().filter(|one| one.0 == number).map(|one| entry((OWN[one.1], one.2))).collect();
        let rules = if said.is_empty() { String::new() } else { format!("policies:\n  default:\n{said}") };
        folder = folder.file(&format!("{root}/polity.yaml"), format!("service: {{name: s{number}, owner: pay}}\n{rules}"));
    }
    for (number, (home, about, line)) in plan.waivers.iter().enumerate() {
        let home = if *home == 0 { String::new() } else { format!("{}/", SERVICES[home - 1]) };
        let Some(path) = file(*about).strip_prefix(&home).map(str::to_owned) else { continue };
        let text = format!(
            "policy: acme/bad-line\nsubject: {{path: {path}, text: bad {line}}}\nreason: accepted-risk\nbecause: b\nowner: pay\nticket: T\nexpires: 2026-12-31\n"
        );
        folder = folder.file(&format!("{home}waivers/more/w{number}.yaml"), text);
    }
    folder
}

fn write(folder: Repo, plan: &Plan, numbers: std::ops::Range<usize>) -> Repo {
    numbers.fold(folder, |folder, number| {
        let bits = plan.lines[number / 2][number % 2];
        let lines: String = (0..8).map(|line| format!("{} {line}\n", if bits >> line & 1 == 1 { "bad" } else { "good" })).collect();
        folder.file(&file(number), lines)
    })
}

/// Everything that is said of the files below a folder, with paths from there.
fn said(folder: &Repo, checked: &str, below: &str) -> Vec<String> {
    let report = json(folder, &[checked, "--today", "2026-11-01", "--no-cache"]);
    let one = |finding: &serde_json::Value| {
        let place = &finding["locations"][0];
        let path = place["path"].as_str()?.strip_prefix(below)?.trim_start_matches('/').to_owned();
        let is_rule = finding["policy"] == "bad-line";
        let lets = &finding["suppression"]["kind"];
        is_rule.then(|| format!("{path}:{} {} {} {lets}", place["start"]["line"], finding["severity"], finding["fingerprint"].is_string()))
    };
    report["findings"].as_array().unwrap_or_else(|| panic!("{report}")).iter().filter_map(one).collect()
}

fn runs() -> u32 {
    std::env::var("POLITY_FUZZ").ok().and_then(|number| number.parse().ok()).map_or(8, |number: u32| number.div_ceil(30))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: runs(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_check_of_a_folder_is_that_of_its_repository_restricted_to_it(plan in plans()) {
        let folder = write(repository(&plan), &plan, 0..plan.known);
        if plan.is_git {
            git(&folder, &["init", "-q"]);
        }
        if plan.known > 0 {
            folder.run(&["check", "--registry", "rules", "--baseline", "write", "--today", "2026-10-01", "--fail-on", "never"]).exits(0);
        }
        let folder = write(folder, &plan, plan.known..FOLDERS.len() * 2);
        for checked in SERVICES.into_iter().chain(["services", "services/a/src"]) {
            let (here, whole) = (said(&folder, checked, ""), said(&folder, ".", checked));
            prop_assert_eq!(here, whole, "{}", checked);
        }
    }
}

#[test]
fn a_waiver_above_says_nothing_of_itself_and_where_it_stands() {
    let waiver = |path: &str, until: &str| {
        format!(
            "policy: acme/bad-line\nsubject: {{path: {path}, text: bad}}\nreason: accepted-risk\nbecause: b\nowner: pay\nticket: T\nexpires: {until}\n"
        )
    };
    let folder = world()
        .file("services/a/polity.yaml", "service: {name: a, owner: pay}\n")
        .file("services/a/x.txt", "bad\n")
        .file("services/a/y.txt", "bad\n")
        .file("waivers/x.yaml", waiver("services/a/x.txt", "2026-12-31"))
        .file("waivers/y.yaml", waiver("services/a/y.txt", "2026-01-01"))
        .file("waivers/gone.yaml", waiver("services/a/gone.txt", "2026-12-31"));
    git(&folder, &["init", "-q"]);
    let report = json(&folder, &["services/a", "--today", "2026-11-01"]);
    let suppressed = |number: usize| report["findings"][number]["suppression"]["path"].as_str().map(str::to_owned);
    assert_eq!(report["findings"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!((suppressed(0), suppressed(1)), (Some("../../waivers/x.yaml".to_owned()), None));
    let told = json(&folder, &["--today", "2026-11-01"]).to_string();
    assert!(told.contains("expired-waiver") && told.contains("unused-waiver"), "{told}");
}
