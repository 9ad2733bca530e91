//! Four verdicts: pass, fail, not applicable with a reason, unknown. Unknown is never a pass.

use super::{check, json, world};

#[track_caller]
fn verdict(folder: &crate::support::Repo, expected: &str, reasons: &[&str]) {
    let report = json(folder, &[]);
    let one = &report["evaluations"][0];
    assert_eq!(one["verdict"], expected, "{report:#}");
    assert_eq!(one["reasons"], serde_json::json!(reasons), "{report:#}");
    assert_eq!(report["verdicts"][expected], 1, "{report:#}");
}

#[test]
fn every_verdict_is_told_apart() {
    verdict(&world().file("a.txt", "good\n"), "pass", &[]);
    verdict(&world().file("a.txt", "bad\n"), "fail", &[]);
    verdict(&world(), "not-applicable", &["there is no text"]);
}

#[test]
#[cfg(unix)]
fn what_cannot_be_read_is_unknown_and_fails_like_the_policy() {
    let folder = world();
    std::os::unix::fs::symlink("nowhere", folder.path("a.txt")).unwrap();
    let folder = folder.file(
        "rules/policies/bad-line/policy.rego",
        "package polity\ndeny contains {\"message\": \"m\"} if repo.text(\"a.txt\") == \"bad\"\n",
    );
    verdict(&folder, "unknown", &["`a.txt`: file was not looked at"]);
    insta::assert_snapshot!(check(&folder, &[]).exits(1), @r"
    exit: 1
    ----- stdout
    error[unreadable-evidence]: file was not looked at
    --> a.txt
     = note: the link leads nowhere
     = note: `bad-line` asked for this file

    1 finding (1 error) in 1 service, 1 policy
    verdicts: 1 unknown
    hidden by `.polityignore`: 3 files; `--vacuity` says by which patterns
    1 entry was not looked at; `--format json` says which and why
    ");
}

#[test]
#[cfg(unix)]
fn what_the_walk_left_out_may_be_there() {
    let folder = world();
    std::os::unix::fs::symlink("nowhere", folder.path("RUNBOOK.md")).unwrap();
    let rule = "package polity\ndeny contains {\"message\": \"m\"} if { repo.exists(\"RUNBOOK.md\"); repo.exists(\"x\") }\n";
    verdict(&folder.file("rules/policies/bad-line/policy.rego", rule), "unknown", &["`RUNBOOK.md`: file was not looked at"]);
}

/// The severities of `unreadable-evidence`, by path, with a policy that looks at every text.
#[cfg(unix)]
fn unread(folder: &crate::support::Repo) -> Vec<String> {
    let report = json(folder, &[]);
    let found = report["findings"].as_array().unwrap().iter().filter(|finding| finding["policy"] == "unreadable-evidence");
    let shown = |f: &serde_json::Value| format!("{} {}", f["severity"].as_str().unwrap(), f["locations"][0]["path"].as_str().unwrap());
    found.map(shown).collect()
}

#[test]
#[cfg(unix)]
fn what_a_pattern_may_have_meant_is_as_grave_as_the_policy() {
    let pipe = |folder: &crate::support::Repo, path: &str| {
        std::fs::create_dir_all(folder.path(path).parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(folder.path(path)).status().unwrap().success());
    };
    let folder = world().file("a.txt", "good\n");
    for path in ["b.txt", "c.md", "testdata/d.txt"] {
        pipe(&folder, path);
    }
    assert_eq!(unread(&folder), ["error b.txt"]);
    let verdict = json(&folder, &[])["evaluations"][0]["verdict"].clone();
    assert_eq!(verdict, "unknown");
    // A layer may make a policy graver or milder, and what it could not see with it.
    let layer = |severity: &str| {
        let text =
            format!("version: 1.0.0\ntitle: t\nlevel: org\nowner: o\nmandatory: [{{policy: acme/bad-line, severity: {severity}}}]\n");
        let folder =
            world().file("rules/layers/floor/layer.yaml", text).file("polity.federation.yaml", "federation: a\nlayers: [acme/floor@1]\n");
        pipe(&folder, "b.txt");
        folder
    };
    assert_eq!(unread(&layer("error")), ["error b.txt"]);
    assert_eq!(unread(&layer("advice")), ["warning b.txt"]);
    check(&layer("advice"), &["--fail-on", "warning"]).exits(1);
}

#[test]
#[cfg(unix)]
fn links_that_lead_nowhere_or_out_are_warnings() {
    use std::os::unix::fs::symlink;
    let outside = world().file("out/a.txt", "bad\n");
    let folder = world().file("deep/real/a.txt", "good\n").file("testdata/a.md", "");
    symlink("nowhere", folder.path("dangling.txt")).unwrap();
    symlink("nowhere", folder.path("dangling.md")).unwrap();
    symlink("nowhere", folder.path("testdata/dangling.txt")).unwrap();
    symlink(outside.path("out"), folder.path("out")).unwrap();
    symlink("deep/real", folder.path("alias")).unwrap();
    assert_eq!(unread(&folder), ["warning dangling.txt", "warning out"]);
    check(&folder, &[]).exits(0);
    check(&folder, &["--fail-on", "warning"]).exits(1);
    let named = super::LINES.replace("**/*.txt", "alias/*.txt");
    assert_eq!(unread(&folder.file("rules/policies/bad-line/policy.rego", named)), ["warning alias"], "a pattern that names the link");
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_named_is_as_grave_as_what_looks_below_it() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = world().file("a.txt", "good\n");
    std::fs::create_dir(folder.root().join(std::ffi::OsStr::from_bytes(b"odd\xff"))).unwrap();
    assert_eq!(unread(&folder), ["error odd\u{fffd}"]);
    let elsewhere = super::LINES.replace("**/*.txt", "src/**/*.txt");
    assert_eq!(unread(&folder.file("rules/policies/bad-line/policy.rego", elsewhere)), Vec::<String>::new());
}

#[test]
fn an_unreadable_description_makes_every_service_policy_unknown() {
    let folder = world().file("polity.yaml", "service: [\n").file("a.txt", "good\n");
    verdict(&folder, "unknown", &["`polity.yaml` does not load"]);
    check(&folder, &[]).exits(1);
}

#[test]
fn a_policy_that_matched_nothing_is_listed() {
    let said = check(&world(), &["--vacuity"]).exits(0).stdout;
    assert!(said.contains("\n1 policy matched no subject:\n  bad-line\n"), "{said}");
    let said = check(&world().file("a.txt", "good\n"), &["--vacuity"]).exits(0).stdout;
    assert!(said.contains("\nevery policy matched a subject\n"), "{said}");
    assert_eq!(json(&world(), &[])["vacuous"], serde_json::json!(["bad-line"]));
}

#[test]
fn a_reason_is_a_text_and_a_broken_rule_is_no_pass() {
    let rule = |body: &str| {
        world().file("rules/policies/bad-line/policy.rego", format!("package polity\ndeny contains x if {{ x := {{}}; false }}\n{body}\n"))
    };
    let said = check(&rule("not_applicable contains 1"), &[]).exits(3).stderr;
    assert!(said.contains("a reason of `not_applicable` is not a text"), "{said}");
    let said = check(&rule("not_applicable := true"), &[]).exits(3).stderr;
    assert!(said.contains("`not_applicable` is not a set"), "{said}");
    check(&rule("not_applicable contains x if x := 1 / 0"), &[]).exits(3);
    check(&rule("not_applicable contains x if x := startswith(1, 2)"), &[]).exits(3);
}

/// The verdict of a policy of the binary and the places of all findings.
fn told(folder: &crate::support::Repo, policy: &str) -> (String, Vec<String>) {
    let run = folder.run(&["check", "--policy", policy, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"));
    let place = |f: &serde_json::Value| {
        let at = &f["locations"][0];
        format!("{} {}:{}", f["policy"].as_str().unwrap(), at["path"].as_str().unwrap(), at["start"]["line"])
    };
    let found = report["findings"].as_array().unwrap().iter().map(place).collect();
    (report["evaluations"][0]["verdict"].as_str().unwrap().to_owned(), found)
}

#[test]
fn a_heredoc_hides_nothing_that_is_not_its_text() {
    let from = "FROM debian:12.1\n";
    let service = || crate::support::repo().file("polity.yaml", "service: {name: o, owner: s}\n");
    let shift = service().file("Dockerfile", format!("{from}RUN echo $((1<<SHIFT))\nUSER 1000\nFROM nginx:latest\nUSER root\n"));
    let (verdict, found) = told(&shift, "root-container");
    assert_eq!((verdict.as_str(), found), ("fail", vec!["root-container Dockerfile:5".to_owned()]));
    let open = service().file("Dockerfile", format!("{from}RUN cat <<EOF\nUSER 1000\nFROM nginx:latest\nUSER root\n"));
    let (verdict, found) = told(&open, "root-container");
    assert_eq!((verdict.as_str(), found), ("unknown", vec!["unreadable-evidence Dockerfile:2".to_owned()]));
}

#[test]
fn a_manifest_that_does_not_parse_is_unknown() {
    let text = "\"apiVersion\": v1\n\"kind\": Pod\n\"metadata\": {name: w, name: w}\n";
    let folder = crate::support::repo().file("polity.yaml", "service: {name: o, owner: s}\n").file("deploy/pod.yaml", text);
    let (verdict, found) = told(&folder, "root-container");
    assert_eq!((verdict.as_str(), found), ("unknown", vec!["unreadable-evidence deploy/pod.yaml:3".to_owned()]));
}

#[test]
fn a_chart_whose_values_cannot_be_had_is_unknown_and_what_it_shows_is_found() {
    let pod = |name: &str, more: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: a\n    image: a:1\n{more}")
    };
    let hardened = "{{- if not .Values.rootful }}\n    securityContext: {runAsNonRoot: true}\n{{- end }}\n";
    let chart = |values: &str| {
        let folder = crate::support::repo().file("polity.yaml", "service: {name: o, owner: s}\n").file("chart/values.yaml", values);
        let folder = folder.file("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
        folder.file("chart/templates/a.yaml", pod("a", hardened))
    };
    assert_eq!(told(&chart("rootful: false\n"), "root-container"), ("pass".to_owned(), Vec::new()));
    assert_eq!(told(&chart("# nothing\n"), "root-container"), ("pass".to_owned(), Vec::new()));
    assert_eq!(told(&chart("rootful: true\n"), "root-container").0, "fail");
    for broken in ["rootful: true\nbroken: [\n", "- rootful\n"] {
        let (verdict, found) = told(&chart(broken), "root-container");
        assert_eq!((verdict.as_str(), found.len()), ("unknown", 1), "{found:?}");
        assert!(found[0].starts_with("unreadable-evidence chart/values.yaml:"), "{found:?}");
    }
    let folder = chart("broken: [\n").file("chart/templates/b.yaml", pod("b", ""));
    let (verdict, found) = told(&folder, "root-container");
    assert_eq!((verdict.as_str(), found.len()), ("fail", 2), "{found:?}");
}
