//! Policies that look around see the repository in a check of a folder of it: what they say of the folder is what they say of it from the root.

use std::collections::BTreeSet;

use serde_json::Value;

use super::since::{committed, git};
use crate::support::{Repo, repo};

const TEAMS: &str = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\nspec: {type: team}\n";
const BOUNDS: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: shop}\nspec: {limits: [{type: Container, default: {cpu: 1, memory: 1Gi}}]}\n";
const POLICIES: [&str; 8] = [
    "unknown-owner",
    "contract-without-breaking-change-gate",
    "unproven-contract",
    "unlocked-dependency",
    "workload-without-network-policy",
    "workload-without-limits",
    "root-container",
    "shared-service-name",
];

/// Two services, and around them what they rest on.
fn organisation() -> Repo {
    organisation_in(repo())
}

fn organisation_in(folder: Repo) -> Repo {
    let mut folder = folder
        .file(".github/workflows/ci.yml", "on: push\njobs: {a: {steps: [{run: make test}]}}\n")
        .file("platform/teams.yaml", TEAMS)
        .file("platform/bounds.yaml", BOUNDS)
        .file("package-lock.json", "{}\n")
        .file("services/deploy/test/Dockerfile", "FROM node:latest\n");
    for name in ["a", "b"] {
        let at = |path: &str| format!("services/{name}/{path}");
        let described = "service: {name: same, owner: nobody-known}\nprovides: [{name: x, kind: openapi, file: api.yaml}]\n";
        let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w, namespace: shop}\nspec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: a, image: 'r/f:1'}]}}}\n";
        folder = folder
            .file(&at("polity.yaml"), described)
            .file(&at("api.yaml"), "openapi: 3.1.0\ninfo: {title: a, version: 1.0.0}\npaths: {}\n")
            .file(&at("package.json"), "{\"dependencies\":{\"a\":\"^1\"},\"scripts\":{\"start\":\"x\"}}\n")
            .file(&at("k8s/d.yaml"), pod)
            .file(&at("k8s/broken.yaml"), "apiVersion: v1\nkind: Pod\na: [\n");
    }
    git(&folder, &["init", "-q"]);
    committed(folder, "one")
}

#[track_caller]
fn report(folder: &Repo, named: &str, more: &[&str]) -> Value {
    let asked: Vec<_> = POLICIES.iter().flat_map(|policy| ["--policy", *policy]).collect();
    let run = folder.run(&[&["check", named, "--format", "json"], &asked[..], more].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"))
}

/// What counts, by paths of the repository, as far as it lies below `below`.
#[track_caller]
fn findings(report: &Value, named: &str, below: &str) -> BTreeSet<String> {
    let all = report["findings"].as_array().unwrap().iter().filter(|finding| finding["suppression"].is_null());
    let said = |finding: &Value| {
        let path = finding["locations"][0]["path"].as_str().unwrap();
        let path = if named == "." { path.to_owned() } else { format!("{named}/{path}") };
        let part = |key: &str| finding[key].as_str().unwrap().to_owned();
        // What cannot be read elsewhere leaves policies without a verdict, and lies elsewhere.
        (path.starts_with(&format!("{below}/")) && !path.contains("/../"))
            .then(|| [path.clone(), part("policy"), part("severity"), part("message")].join(" "))
    };
    all.filter_map(said).collect()
}

#[test]
fn a_folder_is_judged_as_it_is_from_the_root() {
    let folder = organisation();
    let whole = report(&folder, ".", &[]);
    for named in ["services", "services/a", "services/a/k8s", "services/deploy", "services/deploy/test", "platform"] {
        let part = report(&folder, named, &[]);
        assert_eq!(findings(&part, named, named), findings(&whole, ".", named), "{named}");
    }
    let of_a = findings(&whole, ".", "services/a");
    for policy in ["unknown-owner", "contract-without-breaking-change-gate", "root-container", "shared-service-name", "unreadable-evidence"]
    {
        assert!(of_a.iter().any(|finding| finding.contains(policy)), "{policy}: {of_a:#?}");
    }
    for other in ["limits.memory", "unlocked-dependency", "workload-without-network-policy"] {
        assert!(!of_a.iter().any(|finding| finding.contains(other)), "{other}: {of_a:#?}");
    }
}

#[test]
fn a_folder_that_is_ignored_is_judged_with_its_repository_when_it_is_named() {
    let seen = organisation();
    for rules in [".gitignore", ".polityignore"] {
        let folder = organisation_in(repo().file(rules, "/services/a\n"));
        for named in ["services/a", "services/a/k8s"] {
            for _ in ["cold", "warm"] {
                assert_eq!(
                    findings(&report(&folder, named, &[]), named, named),
                    findings(&report(&seen, named, &[]), named, named),
                    "{rules} {named}"
                );
            }
        }
        assert!(findings(&report(&folder, "services", &[]), "services", "services/a").is_empty(), "{rules}");
        let run = folder.run(&["check", "services/a/k8s", "--policy", "service-without-contract", "--policy", "unproven-contract"]);
        assert!(!run.stdout.contains("0 services") && run.stdout.contains("2 policies"), "{run}");
        // What git ignores is new since any revision; what is only hidden is as old as it is.
        git(&folder, &["add", "-A"]);
        git(&folder, &["commit", "-q", "--allow-empty", "-m", "all"]);
        let since = findings(&report(&folder, "services/a", &["--since", "HEAD"]), "services/a", "services/a");
        assert_eq!(since.iter().any(|finding| finding.contains("unknown-owner")), rules == ".gitignore", "{since:#?}");
        let folder = folder.file("services/a/polity.yaml", "service: {name: same, owner: payments}\n");
        let after = findings(&report(&folder, "services/a", &[]), "services/a", "services/a");
        assert!(
            !after.iter().any(|finding| finding.contains("unknown-owner"))
                && after.iter().any(|finding| finding.contains("shared-service-name")),
            "{after:#?}"
        );
    }
}

#[test]
fn what_is_known_and_waived_from_the_root_is_so_in_a_folder() {
    let folder = organisation();
    let asked: Vec<_> = POLICIES.iter().flat_map(|policy| ["--policy", *policy]).collect();
    let run = |more: &[&str]| folder.run(&[&["check"], more].concat());
    run(&[".", "--baseline", "write"]);
    assert!(
        findings(&report(&folder, "services/a", &[]), "services/a", "services/a")
            .iter()
            .all(|finding| finding.contains("unreadable-evidence"))
    );
    let same = folder.run(&[&["check", "services/a", "--since", "HEAD", "--fail-on", "warning"], &asked[..]].concat());
    assert!(!same.stdout.contains("[unknown-owner]"), "{same}");
    std::fs::remove_file(folder.path("platform/bounds.yaml")).unwrap();
    let since = findings(&report(&folder, "services/a", &["--since", "HEAD"]), "services/a", "services/a");
    assert!(since.iter().any(|finding| finding.contains("limits.memory")), "the LimitRange that stood above is gone: {since:#?}");
    assert!(!since.iter().any(|finding| finding.contains("unknown-owner")), "{since:#?}");
}

#[test]
fn what_changes_elsewhere_is_seen_at_once() {
    let folder = organisation();
    for name in ["a", "b"] {
        std::fs::remove_file(folder.path(&format!("services/{name}/k8s/broken.yaml"))).unwrap();
    }
    let check = || folder.run(&["check", "services/a", "--policy", "unknown-owner"]);
    check().exits(1);
    check().exits(1);
    let folder = folder.file("platform/teams.yaml", TEAMS.replace("payments", "nobody-known"));
    let check = || folder.run(&["check", "services/a", "--policy", "unknown-owner"]);
    check().exits(0);
    std::fs::remove_file(folder.path("platform/teams.yaml")).unwrap();
    assert!(check().exits(0).stdout.contains("not applicable"));
}

#[test]
fn a_repair_in_a_folder_holds_for_a_policy_that_looks_around() {
    let rule = "package polity\n\nwanted := repo.text(\"want.txt\")\n\ndeny contains finding if {\n\tsome path in repo.glob(\"**/level.yaml\")\n\tdocument := repo.yaml(path)[0]\n\tdocument.level != trim_space(wanted)\n\tfinding := {\"message\": \"level is another one\", \"path\": path, \"document\": 0, \"at\": [\"level\"], \"also\": [{\"path\": \"want.txt\", \"line\": 1, \"label\": \"this one\"}], \"fix\": {\"does\": \"set it\", \"safe\": true, \"edits\": [{\"path\": path, \"document\": 0, \"set\": [\"level\"], \"to\": trim_space(wanted)}]}}\n}\n";
    let folder = repo()
        .file("rules/level/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\nsubject: repository\nlooks_around: true\n")
        .file("rules/level/policy.rego", rule)
        .file(".polityignore", "rules/\n")
        .file("want.txt", "high\n")
        .file("s/level.yaml", "level: low\n")
        .file("t/level.yaml", "level: low\n");
    git(&folder, &["init", "-q"]);
    let said = folder.run(&["check", "s", "--policies", "rules", "--policy", "level"]).exits(1).stdout;
    assert!(said.contains("--> level.yaml:1") && said.contains("../want.txt:1") && !said.contains("t/level"), "{said}");
    folder.run(&["check", "s", "--policies", "rules", "--policy", "level", "--fix"]).exits(0);
    assert_eq!((folder.read("s/level.yaml"), folder.read("t/level.yaml")), ("level: high\n".to_owned(), "level: low\n".to_owned()));
}

#[test]
fn a_part_of_an_ignored_service_is_asked_what_the_service_is() {
    let rule = "package polity\n\ndeny contains {\"message\": \"bad\", \"path\": file} if {\n\tsome file in repo.glob(\"**/*.txt\")\n\tnot repo.exists(\"README.md\")\n}\n";
    let folder = repo()
        .file("rules/p/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\nsubject: service\n")
        .file("rules/p/policy.rego", rule)
        .file(".gitignore", "/a\n/rules\n")
        .file("a/polity.yaml", "service: {name: a, owner: t}\n")
        .file("a/src/x.txt", "x\n");
    git(&folder, &["init", "-q"]);
    let check = |named: &str| folder.run(&["check", named, "--policies", "rules", "--policy", "p"]);
    for named in ["a", "a/src"] {
        check(named).exits(1);
    }
    let folder = folder.file("a/README.md", "x\n");
    let check = |named: &str| folder.run(&["check", named, "--policies", "rules", "--policy", "p"]);
    for named in ["a", "a/src"] {
        check(named).exits(0);
    }
}

#[test]
fn a_part_of_what_is_ignored_is_judged_with_the_rest_of_that() {
    let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w, namespace: shop}\nspec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: a, image: {{ .Values.image }}}]}}}\n";
    let bounds = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let with = |ignored: &str| {
        let folder = repo()
            .file(".gitignore", ignored)
            .file("charts/w/Chart.yaml", "apiVersion: v2\nname: w\nversion: 1.0.0\n")
            .file("charts/w/values.yaml", "image: r/f:1\n")
            .file("charts/w/templates/d.yaml", pod)
            .file("services/c/polity.yaml", "service: {name: c, owner: t}\n")
            .file("services/c/k8s/bounds.yaml", bounds)
            .file("services/c/k8s/apps/d.yaml", pod.replace("{{ .Values.image }}", "r/f:1"));
        git(&folder, &["init", "-q"]);
        folder
    };
    let seen = with("");
    for (ignored, named) in [
        ("/charts\n", "charts/w/templates"),
        ("/services/c/k8s\n", "services/c/k8s/apps"),
        ("/services/c/*\n!/services/c/polity.yaml\n", "services/c/k8s/apps"),
    ] {
        let of = |folder: &Repo| findings(&report(folder, named, &[]), named, named);
        assert!(!of(&seen).is_empty(), "{named}");
        assert_eq!(of(&with(ignored)), of(&seen), "{ignored}");
    }
}

#[test]
fn a_repair_in_a_folder_does_no_harm_elsewhere() {
    let policy = "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\nsubject: repository\nlooks_around: true\n";
    let [old, new] = ["old", "new"].map(|mode| format!("repo.yaml(\"a/c.yaml\")[0].mode == \"{mode}\""));
    let fix =
        "\"fix\": {\"does\": \"set it\", \"safe\": true, \"edits\": [{\"path\": \"a/c.yaml\", \"set\": [\"mode\"], \"to\": \"new\"}]}";
    let folder = repo()
        .file("rules/p/policy.yaml", policy)
        .file(
            "rules/p/policy.rego",
            format!("package polity\n\ndeny contains {{\"message\": \"m\", \"path\": \"a/c.yaml\", \"at\": [\"mode\"], {fix}}} if {old}\n"),
        )
        .file("rules/q/policy.yaml", policy)
        .file("rules/q/policy.rego", format!("package polity\n\ndeny contains {{\"message\": \"b cannot\", \"path\": \"b/x\"}} if {new}\n"))
        .file(".polityignore", "/rules/\n")
        .file("a/c.yaml", "mode: old\n")
        .file("b/x", "x\n");
    git(&folder, &["init", "-q"]);
    let said = folder.run(&["check", "a", "--policies", "rules", "--policy", "p", "--policy", "q", "--fix"]).exits(1);
    assert!(said.stderr.contains("not repaired p: c.yaml: `q` would say ../b/x:1: b cannot"), "{said}");
    assert_eq!(folder.read("a/c.yaml"), "mode: old\n");
    // What ends there excuses nothing that begins.
    let other = format!(
        "package polity\n\ndeny contains {{\"message\": \"b can\", \"path\": \"b/x\"}} if {old}\n\ndeny contains {{\"message\": \"b cannot\", \"path\": \"b/x\"}} if {new}\n"
    );
    let folder = folder.file("rules/q/policy.rego", other);
    let said = folder.run(&["check", "a", "--policies", "rules", "--policy", "p", "--policy", "q", "--fix"]).exits(1);
    assert!(said.stderr.contains("`q` would say ../b/x:1: b cannot") && folder.read("a/c.yaml") == "mode: old\n", "{said}");
    // What was found there before may be told in other words.
    let counted = format!(
        "package polity\n\ndeny contains {{\"message\": sprintf(\"%d old\", [n]), \"path\": \"b/x\"}} if n := count([1 | {old}]) + 1\n"
    );
    let folder = folder.file("rules/q/policy.rego", counted);
    let said = folder.run(&["check", "a", "--policies", "rules", "--policy", "p", "--policy", "q", "--fix"]).exits(0);
    assert!(said.stderr.contains("repaired p") && folder.read("a/c.yaml") == "mode: new\n", "{said}");
}

#[test]
fn a_folder_that_is_left_out_for_its_name_is_so_when_it_is_named() {
    let folder = repo()
        .file("polity.yaml", "service: {name: a, owner: b}\n")
        .file("deploy/test/Dockerfile", "FROM node:latest\n")
        .file("vendor/acme/k.txt", "k: AKIAZ3MHGQ5XK7NPLWQR\n")
        .file("testing/runner/polity.yaml", "service: {name: c, owner: b}\n")
        .file("testing/runner/Dockerfile", "FROM node:latest\n");
    git(&folder, &["init", "-q"]);
    let check = |named: &str| folder.run(&["check", named, "--policy", "root-container", "--policy", "committed-secret"]);
    for named in ["deploy", "deploy/test", "vendor", "vendor/acme"] {
        check(named).exits(0);
    }
    for named in ["testing", "testing/runner", "."] {
        assert!(check(named).exits(1).stdout.contains("1 error"), "a service counts, whatever it is called");
    }
}

#[test]
fn a_part_of_a_service_is_judged_with_the_service() {
    let policy = "client-call-without-limits";
    let folder = repo()
        .file("a/polity.yaml", "service: {name: a, owner: t}\n")
        .file("a/src/main.js", "const axios = require(\"axios\");\naxios.get(\"http://orders/api\")\n")
        .file("a/docs/x.md", "");
    git(&folder, &["init", "-q"]);
    let said = |named: &str, policy: &str| {
        let run = folder.run(&["check", named, "--policy", policy, "--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"));
        let (verdict, reason) = (&report["evaluations"][0]["verdict"], &report["evaluations"][0]["reasons"][0]);
        let places: Vec<_> = report["findings"].as_array().unwrap().iter().map(|one| one["locations"][0]["path"].clone()).collect();
        (verdict.clone(), reason.clone(), serde_json::json!(places), report["evaluations"].as_array().unwrap().len())
    };
    assert_eq!(said("a/src", policy), ("fail".into(), Value::Null, serde_json::json!(["main.js"]), 1));
    let elsewhere = Value::from("what it finds of the service lies outside of this folder");
    assert_eq!(said("a/docs", policy), ("not-applicable".into(), elsewhere.clone(), serde_json::json!([]), 1));
    assert_eq!(said("a/src", "service-without-runbook").1, elsewhere, "its description is no part of the folder");

    // What the baseline of the repository knows is known, whatever the message calls its file.
    let folder = folder.file("a/web/deep/package.json", "{\"dependencies\":{\"a\":\"^1\"},\"scripts\":{\"start\":\"x\"}}\n");
    folder.polity(["check", "--baseline", "write"]).exits(0);
    for named in ["a", "a/web", "a/web/deep", "a/src"] {
        let run = folder.polity(["check", named, "--max-warnings", "0", "--skip", "service-without-owner"]).exits(0);
        assert!(run.stdout.contains("no findings") && run.stdout.contains("in the baseline"), "{named}: {run}");
    }
}

#[test]
fn a_part_of_a_chart_is_read_with_the_chart() {
    let template = "{{- if .Values.a.create }}\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: {{ .Values.a.image }}}]}\n{{- end }}\n";
    let mut folder = repo()
        .file("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n")
        .file("chart/values.yaml", "a: {create: true, image: 'r/x:latest'}\n")
        .file("chart/templates/a.yaml", template);
    git(&folder, &["init", "-q"]);
    for (path, text) in [("other/a.txt", ""), ("other/polity.yaml", "service: {name: other, owner: t}\n")] {
        folder = folder.file(path, text);
        let whole = report(&folder, ".", &["--policy", "unpinned-image"]);
        let part = report(&folder, "chart/templates", &["--policy", "unpinned-image"]);
        let expected = findings(&whole, ".", "chart/templates");
        assert_eq!(findings(&part, "chart/templates", "chart/templates"), expected);
        assert!(
            expected.iter().any(|one| one.contains("root-container")) && !expected.iter().any(|one| one.contains("unreadable")),
            "{expected:#?}"
        );
    }
}

#[test]
fn a_mistake_elsewhere_ends_a_check_that_has_to_look_around() {
    let described = "service: {name: same, owner: t}\n";
    let folder = repo()
        .file("a/polity.yaml", described)
        .file("a/src/x.go", "")
        .file("b/polity.yaml", format!("{described}policies: {{mandatory: [{{policy: nope}}]}}\n"));
    git(&folder, &["init", "-q"]);
    let check = || folder.run(&["check", "a", "--policy", "shared-service-name"]);
    let said = check().exits(3);
    assert!(said.stderr.contains("b/polity.yaml:2") && said.stderr.contains("policies look around"), "{said}");
    folder.run(&["check", "a", "--policy", "committed-secret"]).exits(0);
    std::fs::create_dir(folder.path("docs")).unwrap();
    folder.run(&["check", "docs", "--policy", "committed-secret"]).exits(0);
    std::fs::write(folder.path("b/polity.yaml"), described).unwrap();
    check().exits(1);
}

#[test]
fn what_is_unknown_around_a_folder_keeps_what_its_baseline_knows() {
    let described = "service: {name: same, owner: t}\n";
    let folder = repo().file("a/polity.yaml", described).file("b/polity.yaml", described);
    git(&folder, &["init", "-q"]);
    folder.polity(["check", "a", "--baseline", "write"]).exits(0);
    let folder = committed(folder, "one");
    let kept = std::fs::read_to_string(folder.path("a/.polity-baseline.yaml")).unwrap();
    assert!(kept.contains("shared-service-name"), "{kept}");
    for other in [
        "service: [\n",
        "<<<<<<< HEAD\nservice: {name: same}\n=======\n>>>>>>> x\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
    ] {
        std::fs::write(folder.path("b/polity.yaml"), other).unwrap();
        let run = folder.polity(["check", "a", "--fail-on", "error"]);
        assert!(!run.stdout.contains("stale-baseline"), "{run}");
        assert!(run.code == 1 && run.stdout.contains("error[unreadable-evidence]") && run.stdout.contains("--> ../b/polity.yaml"), "{run}");
        let waiver = "policy: polity/shared-service-name\nsubject: {path: polity.yaml, at: '#/service/name'}\nreason: migration\nbecause: b\nowner: pay\nticket: T\nexpires: 2026-12-31\n";
        std::fs::create_dir_all(folder.path("a/waivers")).unwrap();
        std::fs::write(folder.path("a/waivers/w.yaml"), waiver).unwrap();
        for named in ["a", "."] {
            let run = folder.polity(["check", named, "--today", "2026-12-01"]);
            assert!(!run.stdout.contains("unused-waiver"), "{named}: {run}");
        }
        std::fs::remove_dir_all(folder.path("a/waivers")).unwrap();
        folder.polity(["check", "a", "--baseline", "shrink"]);
        assert_eq!(std::fs::read_to_string(folder.path("a/.polity-baseline.yaml")).unwrap(), kept, "{other}");
    }
    std::fs::write(folder.path("b/polity.yaml"), "service: {name: other, owner: t}\n").unwrap();
    assert!(folder.polity(["check", "a"]).stdout.contains("stale-baseline"), "it is known again");
}

#[test]
fn a_manifest_elsewhere_that_cannot_be_read_is_told_where_it_stands() {
    let folder = repo().file("a/polity.yaml", "service: {name: a, owner: t}\n").file("b/k8s/x.yaml", "apiVersion: v1\nkind: Pod\na: [\n");
    git(&folder, &["init", "-q"]);
    let run = |named: &str| folder.polity(["check", named, "--policy", "root-container"]);
    assert!(run(".").exits(1).stdout.contains("unreadable-evidence"));
    assert!(run("a").exits(0).stdout.contains("1 unknown"));
}

#[test]
fn what_is_known_of_a_file_stays_while_it_cannot_be_understood() {
    let server = "import grpc\nfrom concurrent import futures\n\ndef serve():\n    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))\n    server.start()\n\nserve()\n";
    let folder = repo().file("a/polity.yaml", "service: {name: a, owner: t}\n").file("a/server.py", server);
    let folder = folder.file("a/Dockerfile", "FROM python:3\nCOPY server.py /\nCMD [\"python\", \"/server.py\"]\n");
    git(&folder, &["init", "-q"]);
    folder.polity(["check", "--baseline", "write"]).exits(0);
    let folder = committed(folder, "one");
    let kept = std::fs::read_to_string(folder.path(".polity-baseline.yaml")).unwrap();
    std::fs::write(folder.path("a/polity.yaml"), "service: {name: a, owner: t}\n<<<<<<< HEAD\n").unwrap();
    folder.polity(["check", "--baseline", "shrink"]);
    assert_eq!(std::fs::read_to_string(folder.path(".polity-baseline.yaml")).unwrap(), kept);
}

#[test]
fn a_waiver_written_in_a_folder_is_held_to_what_its_check_says() {
    let folder = organisation();
    let run = |words: &[&str]| folder.finish(folder.command(words).current_dir(folder.path("services/a")));
    let words =
        ["waiver", "add", "unknown-owner", "--path", "polity.yaml", "--at", "#/service/owner", "--because", "why", "--owner", "payments"];
    let more = ["--ticket", "P-1", "--reason", "migration", "--expires", "2026-02-01", "--today", "2026-01-01"];
    let said = run(&[&words[..], &more].concat()).exits(0);
    assert!(!said.stderr.contains("finds nothing"), "the teams stand elsewhere: {said}");
    let said = run(&["check", "--policy", "unknown-owner", "--today", "2026-01-02"]);
    assert!(said.stdout.contains("1 waived"), "{said}");
}
