//! Layers from a registry, from the federation and from `polity.yaml`, as `check` and `policy list --effective` show them.

use super::{check, json, manifest, world};
use crate::support::Repo;

const FLOOR: &str = "version: 3.1.0\ntitle: What every service keeps\nlevel: org\nowner: platform\nmandatory:\n  - policy: acme/bad-line\n    severity: warning\n    parameters: {most: 5}\n";

/// A federation whose floor is `acme/baseline`; the policy has a parameter.
fn layered() -> Repo {
    world()
        .file(
            "rules/policies/bad-line/policy.yaml",
            manifest("advice", "parameters: {most: {type: integer, default: 9, order: smaller, help: h}}\n"),
        )
        .file("rules/layers/baseline/layer.yaml", FLOOR)
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/baseline@3]\n")
        .file("a.txt", "bad\n")
}

#[track_caller]
fn severity(folder: &Repo, args: &[&str]) -> String {
    json(folder, args)["findings"][0]["severity"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn a_service_may_tighten_and_never_loosen_what_is_mandatory() {
    assert_eq!(severity(&layered(), &[]), "warning");
    let with = |rules: &str| layered().file("polity.yaml", format!("service: {{name: orders}}\npolicies: {rules}\n"));
    assert_eq!(severity(&with("{default: [{policy: acme/bad-line, severity: error}]}"), &[]), "error");
    assert_eq!(severity(&with("{default: [{policy: acme/bad-line, severity: 'off'}]}"), &[]), "warning");
    let said = check(&layered(), &[]).exits(0).stdout;
    assert!(said.contains("= note: asked for by rules/layers/baseline/layer.yaml:6"), "{said}");
}

#[test]
fn every_value_says_where_it_comes_from() {
    let service =
        "service: {name: orders, owner: pay}\npolicies:\n  mandatory:\n    - policy: acme/bad-line\n      parameters: {most: 3}\n";
    let folder = layered().file("polity.yaml", service);
    let said = folder.polity(["policy", "list", "--effective", "--registry", "rules", "--today", "2026-01-01"]).exits(0).stdout;
    let from = said.find("acme/bad-line").unwrap();
    insta::assert_snapshot!(said[from..].split("\npolity/").next().unwrap(), @r"
    acme/bad-line 1.0.0
      severity          warning           rules/layers/baseline/layer.yaml:6  mandatory
      most              3                 polity.yaml:5  mandatory
      owner             pay
    ");
    let run = folder.polity(["policy", "list", "--effective", "--registry", "rules", "--format", "json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["layers"][0]["name"], "acme/baseline");
}

#[test]
fn paths_that_fit_nothing_are_refused() {
    for path in ["/src/**", "./src/**", "/", "../x", "src//a", "src//"] {
        let run = loosened(&format!("{{policy: acme/bad-line, scope: {{paths: ['{path}']}}}}"), "order: smaller, ").polity([
            "check",
            ".",
            "--registry",
            "rules",
        ]);
        assert_eq!(run.code, 3, "{run}");
        assert!(run.stderr.contains("layer.yaml:6:") && run.stderr.contains(&format!("`{path}` fits no path")), "{run}");
    }
}

#[test]
fn entries_with_paths_are_listed_with_what_they_come_to() {
    let layer = "version: 3.0.0\ntitle: t\nlevel: org\nowner: o\nmandatory:\n  - policy: acme/bad-line\n    severity: error\n    scope: {paths: ['src/**', '*.sh']}\ndefault:\n  - policy: acme/*\n    severity: off\n";
    let folder = layered().file("rules/layers/baseline/layer.yaml", layer).file("src/a.txt", "bad\n");
    let list = ["policy", "list", "--effective", "--registry", "rules", "--today", "2026-01-01"];
    let said = folder.polity(list).exits(0).stdout;
    insta::assert_snapshot!(said[said.find("acme/bad-line").unwrap()..].split("\npolity/").next().unwrap(), @r"
    acme/bad-line 1.0.0
      severity          off               rules/layers/baseline/layer.yaml:10
        in these paths  error             rules/layers/baseline/layer.yaml:6  mandatory
        src/**, *.sh
      most              9                 rules/policies/bad-line/policy.yaml
      owner             o
    ");
    let run = folder.run(&[&list[..], &["--format", "json"]].concat()).exits(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let row = report["policies"].as_array().unwrap().iter().find(|row| row["policy"] == "acme/bad-line").unwrap();
    let origin = "rules/layers/baseline/layer.yaml:6";
    let severity = serde_json::json!({"value": "error", "from": [origin], "mandatory": true});
    let expected = serde_json::json!([{"paths": ["src/**", "*.sh"], "asked_by": origin, "severity": severity, "parameters": {}}]);
    assert_eq!((&row["severity"]["value"], &row["at_paths"]), (&serde_json::json!("off"), &expected));
    assert!(check(&folder, &[]).exits(1).stdout.contains("1 finding (1 error)"), "what the list says is what holds");
}

#[test]
fn demands_that_hold_nowhere_are_not_silent() {
    let with = |list: &str| {
        let layer = format!("version: 3.0.0\ntitle: t\nlevel: org\nowner: o\n{list}:\n  - policy: acme/zz*\n");
        check(&layered().file("rules/layers/baseline/layer.yaml", layer), &[])
    };
    let run = with("mandatory").exits(3);
    assert!(run.stderr.contains("demands policies of which none is at hand: `acme/zz*`") && run.stderr.contains("layer.yaml:6:"), "{run}");
    let run = with("default").exits(0);
    assert!(run.stderr.contains("rules/layers/baseline/layer.yaml:6: no policy at hand fits `acme/zz*`"), "{run}");
    let scoped = FLOOR.replace("most: 5}", "most: 5}\n    scope: {paths: ['src/**']}");
    let run = check(&layered().file("rules/layers/baseline/layer.yaml", scoped), &[]).exits(3);
    assert!(run.stderr.contains("parameters cannot be scoped by paths\n --> rules/layers/baseline/layer.yaml:8:5\n"), "{run}");
}

#[test]
fn a_layer_that_does_not_load_is_an_error_at_its_name() {
    let folder = layered().file("polity.federation.yaml", "federation: acme\nlayers:\n  - acme/baseline@4\n");
    insta::assert_snapshot!(check(&folder, &[]).exits(3), @r"
    exit: 3
    ----- stderr
    error: policy layer `acme/baseline@4` cannot be loaded: version 3.1.0 is at hand, and ^4 was asked for
     --> rules/layers/baseline/layer.yaml:1:1
      |
    1 | version: 3.1.0
      | ^^^^^^^ this version
      |
     ::: polity.federation.yaml:3:5
      |
    3 |   - acme/baseline@4
      |     --------------- named here
    ");
    let said = check(&layered().file("polity.yaml", "service: {name: a}\npolicies: {layers: [acme/basline@3]}\n"), &[]).exits(3).stderr;
    assert!(said.contains("polity.yaml:2:21") && said.contains("did you mean `acme/baseline`?"), "{said}");
    let said = check(&layered().file("rules/layers/baseline/layer.yaml", FLOOR.replace("level", "levl")), &[]).exits(3).stderr;
    assert!(said.contains("cannot be loaded: unknown key `levl`\n --> rules/layers/baseline/layer.yaml:3:1\n"), "{said}");
    let said = check(&layered().file("rules/layers/baseline/layer.yaml", FLOOR.replace("most", "mst")), &[]).exits(3).stderr;
    assert!(said.contains("has no parameter `mst`"), "{said}");
}

#[test]
fn layers_that_disagree_are_an_error_with_both_places() {
    let folder = layered()
        .file("rules/policies/bad-line/policy.yaml", manifest("advice", "parameters: {most: {type: integer, default: 9, help: h}}\n"));
    let folder = folder.file("polity.yaml", "service: {name: a}\npolicies: {default: [{policy: bad-line, parameters: {most: 3}}]}\n");
    let said = check(&folder, &[]).exits(3).stderr;
    assert!(said.contains("layers disagree about `most`") && said.contains("polity.yaml:2:54") && said.contains("layer.yaml:8"), "{said}");
}

/// A rule that finds the lines of a file once they are more than `most`.
const MANY: &str = r#"package polity
deny contains finding if {
	some path in repo.glob("**/*.txt")
	found := repo.matches(path, `bad.*`)
	count(found) > input.parameters.most
	finding := {"message": sprintf("%d bad lines, more than %d", [count(found), input.parameters.most]), "path": path, "line": 1}
}
"#;

/// A policy whose own limit is one bad line, a floor, and a service that would allow a thousand.
fn loosened(floor: &str, order: &str) -> Repo {
    let parameters = format!("parameters: {{most: {{type: integer, default: 1, {order}help: h}}}}\n");
    layered()
        .file("rules/policies/bad-line/policy.yaml", manifest("warning", &parameters))
        .file("rules/policies/bad-line/policy.rego", MANY)
        .file("rules/layers/baseline/layer.yaml", format!("version: 3.0.0\ntitle: t\nlevel: org\nowner: o\nmandatory:\n  - {floor}\n"))
        .file("polity.yaml", "service: {name: orders}\npolicies: {default: [{policy: acme/bad-line, parameters: {most: 1000}}]}\n")
        .file("src/a.txt", "bad\nbad\n")
        .file("doc/a.txt", "bad\nbad\n")
}

/// The files in which something is found.
#[track_caller]
fn found(folder: &Repo) -> Vec<String> {
    let report = json(folder, &[]);
    report["findings"].as_array().unwrap().iter().map(|one| one["locations"][0]["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_mandatory_is_not_loosened_by_a_parameter_that_it_leaves_out() {
    for floor in ["{policy: acme/bad-line}", "{policy: bad-line, since: 2026-01-01}", "{policy: 'acme/*', severity: error}"] {
        let folder = loosened(floor, "order: smaller, ");
        assert_eq!(found(&folder), ["doc/a.txt", "src/a.txt"], "{floor}");
    }
    let folder = loosened("{policy: acme/bad-line}", "order: smaller, ");
    let list = ["policy", "list", "--effective", "--registry", "rules", "--today", "2026-01-01"];
    let said = folder.polity(list).exits(0).stdout;
    let floor =
        "  most              1                 rules/layers/baseline/layer.yaml:6, rules/policies/bad-line/policy.yaml  mandatory\n";
    assert!(said.contains(floor), "{said}");
    let stricter = "service: {name: orders}\npolicies: {default: [{policy: acme/bad-line, parameters: {most: 0}}]}\n";
    let folder = folder.file("polity.yaml", stricter);
    assert!(check(&folder, &[]).exits(0).stdout.contains("more than 0"));
    assert_eq!(found(&loosened("{policy: acme/bad-line, parameters: {most: 1000}}", "order: smaller, ")), Vec::<String>::new());
    let run = check(&loosened("{policy: acme/bad-line}", ""), &[]).exits(3);
    assert!(run.stderr.contains("`acme/baseline` demands the policy and leaves `most` at 1"), "{run}");
    assert!(run.stderr.contains("rules/layers/baseline/layer.yaml:6:") && run.stderr.contains("polity.yaml:2:"), "{run}");
}

#[test]
fn what_is_mandatory_in_some_places_is_not_loosened_there() {
    let folder = loosened("{policy: acme/bad-line, scope: {paths: ['src/**']}}", "order: smaller, ");
    assert_eq!(found(&folder), ["src/a.txt"], "elsewhere the service decides");
    let list = ["policy", "list", "--effective", "--registry", "rules", "--today", "2026-01-01"];
    let said = folder.polity(list).exits(0).stdout;
    insta::assert_snapshot!(said[said.find("acme/bad-line").unwrap()..].split("\npolity/").next().unwrap(), @r"
    acme/bad-line 1.0.0
      severity          warning           rules/policies/bad-line/policy.yaml
        in these paths  warning           rules/layers/baseline/layer.yaml:6  mandatory
        src/**
        most            1                 rules/layers/baseline/layer.yaml:6, rules/policies/bad-line/policy.yaml  mandatory
      most              1000              polity.yaml:2
      owner             platform
    ");
    let service = |tier: &str| {
        let own = "policies: {default: [{policy: acme/bad-line, parameters: {most: 1000}}]}\n";
        let floor = "{policy: acme/bad-line, scope: {tier: [core]}}";
        found(&loosened(floor, "order: smaller, ").file("polity.yaml", format!("service: {{name: o, tier: {tier}}}\n{own}")))
    };
    assert_eq!(service("core"), ["doc/a.txt", "src/a.txt"]);
    assert_eq!(service("edge"), Vec::<String>::new());
}

#[test]
fn a_demand_is_advice_until_its_day() {
    let folder = layered()
        .file("rules/layers/baseline/layer.yaml", FLOOR.replace("severity: warning", "severity: error\n    enforce_after: 2026-06-01"));
    assert_eq!(severity(&folder, &["--today", "2026-05-31"]), "advice");
    assert!(check(&folder, &["--today", "2026-05-31"]).exits(0).stdout.contains("note: error from 2026-06-01 on"));
    assert_eq!(severity(&folder, &["--today", "2026-06-01"]), "error");
    check(&folder, &["--today", "2026-06-31"]).exits(2);
}

#[test]
fn switching_a_layer_off_drops_nothing_another_one_enabled() {
    let team = FLOOR.replace("level: org", "level: team");
    let both = layered()
        .file("rules/layers/strict/layer.yaml", &team)
        .file("polity.yaml", "service: {name: a}\npolicies: {layers: [acme/strict@3]}\n");
    assert_eq!(severity(&both, &[]), "warning");
    assert_eq!(severity(&both.file("polity.federation.yaml", "federation: acme\n"), &[]), "warning");
}

#[test]
fn what_a_layer_switches_off_is_not_applicable_with_the_reason() {
    let off = FLOOR.replace("mandatory:", "default:").replace("severity: warning", "severity: 'off'");
    let report = json(&layered().file("rules/layers/baseline/layer.yaml", off), &[]);
    assert_eq!(report["evaluations"][0]["verdict"], "not-applicable");
    assert_eq!(report["evaluations"][0]["reasons"][0], "switched off by rules/layers/baseline/layer.yaml:6");
}

/// Two services of one repository, and a policy that looks at all of it.
fn both() -> Repo {
    world()
        .file("rules/policies/bad-line/policy.yaml", manifest("warning", "subject: repository\n"))
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/baseline@3]\n")
        .file("polity.yaml", "service: {name: root}\n")
        .file("core/polity.yaml", "service: {name: core, tier: core}\n")
        .file("device/polity.yaml", "service: {name: device, tier: device}\n")
        .file("core/a.txt", "bad\n")
        .file("device/a.txt", "bad\n")
}

#[test]
fn a_policy_of_the_repository_is_graded_for_each_service() {
    let grades = |folder: &Repo| -> Vec<String> {
        let report = json(folder, &[]);
        let one = |f: &serde_json::Value| format!("{} {}", f["service"].as_str().unwrap(), f["severity"].as_str().unwrap());
        report["findings"].as_array().unwrap().iter().map(one).collect()
    };
    let off =
        "version: 1.0.0\ntitle: t\nlevel: org\nowner: o\ndefault: [{policy: acme/bad-line, severity: 'off', scope: {tier: [device]}}]\n";
    let folder = both().file("rules/layers/baseline/layer.yaml", off.replace("version: 1", "version: 3"));
    assert_eq!(grades(&folder), ["core warning"]);
    let own = "service: {name: core, tier: core}\npolicies: {mandatory: [{policy: acme/bad-line, severity: error}]}\n";
    assert_eq!(grades(&folder.file("core/polity.yaml", own)), ["core error"]);
    let floor =
        both().file("rules/layers/baseline/layer.yaml", FLOOR.replace("    parameters: {most: 5}\n", "")).file("core/polity.yaml", own);
    let said = floor.polity(["policy", "list", "--effective", "--registry", "rules", "--today", "2026-01-01"]).exits(0).stdout;
    let from = said.find("acme/bad-line").unwrap();
    assert!(
        said[from..].starts_with("acme/bad-line 1.0.0\n  severity          error             core/polity.yaml:2  mandatory\n"),
        "{said}"
    );
}

#[test]
fn what_a_run_leaves_out_is_known_all_the_same() {
    let layer = FLOOR.replace("acme/bad-line", "local/own").replace("    parameters: {most: 5}\n", "");
    let waiver =
        "policy: local/own\nsubject: {path: a.txt}\nreason: accepted-risk\nbecause: b\nowner: pay\nticket: P-1\nexpires: 2026-12-31\n";
    let folder = world()
        .file("rules/layers/baseline/layer.yaml", layer)
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/baseline@3]\n")
        .file("mine/own/policy.yaml", manifest("error", ""))
        .file("mine/own/policy.rego", super::LINES)
        .file(".polityignore", "rules/\nmine/\n")
        .file("waivers/w.yaml", waiver);
    for more in [["--policy", "acme/bad-line"], ["--skip", "own"]] {
        let args = ["check", "--registry", "rules", "--policies", "mine", "--today", "2026-11-01"];
        let run = folder.run(&[&args[..], &more].concat());
        assert!(run.code <= 1 && !run.stdout.contains("unused-waiver"), "{run}");
    }
}

#[test]
fn skipping_a_policy_is_said() {
    let said = check(&layered(), &["--skip", "bad-line"]).exits(0);
    assert!(said.stderr.contains("policy `bad-line` was skipped"), "{said}");
    assert!(said.stdout.contains("policy `bad-line` was skipped"), "{said}");
    check(&layered(), &["--skip", "bad-lin"]).exits(2);
}

/// Every way in which a layer can fail to load: what stands in its place, how it is named, and what is said with the place.
#[test]
fn a_layer_that_is_named_and_does_not_load_is_an_error_whatever_the_reason() {
    let floor = |from: &str, to: &str| FLOOR.replace(from, to).into_bytes();
    let ways: [(&str, Vec<u8>, &str, &str); 10] = [
        ("baseline@3", b"title: [\n".to_vec(), "layer.yaml:", "file is not valid YAML"),
        ("baseline@3", Vec::new(), "layer.yaml", "file is empty"),
        ("baseline@3", b"\xff\xfe".to_vec(), "rules/layers/baseline/layer.yaml", "cannot be read"),
        ("baseline@3", floor("level", "levl"), "layer.yaml:3:1", "unknown key `levl`"),
        // A layer cannot name others, so none can lead back to itself.
        ("baseline@3", floor("title:", "layers: [acme/baseline@3]\ntitle:"), "layer.yaml:2:1", "unknown key `layers`"),
        ("baseline@3", floor("3.1.0", "three"), "layer.yaml:1:", "unexpected character"),
        ("baseline@3", floor("3.1.0", "2.9.0"), "layer.yaml:1:1", "version 2.9.0 is at hand, and ^3 was asked for"),
        ("baseline@3", floor("acme/bad-line", "acme/bad-lin"), "layer.yaml:6:", "did you mean `acme/bad-line`?"),
        ("baseline@x", FLOOR.as_bytes().to_vec(), "polity.", "`x` is no version"),
        ("basline@3", FLOOR.as_bytes().to_vec(), "polity.", "did you mean `acme/baseline`?"),
    ];
    for (name, text, place, said) in ways {
        for federated in [true, false] {
            let folder = layered().file("rules/layers/baseline/layer.yaml", &text);
            let named = format!("[acme/{name}]");
            let folder = if federated {
                folder.file("polity.federation.yaml", format!("federation: acme\nlayers: {named}\n"))
            } else {
                let own = format!("service: {{name: a}}\npolicies: {{layers: {named}}}\n");
                folder.file("polity.federation.yaml", "federation: acme\n").file("polity.yaml", own)
            };
            let run = check(&folder, &[]).exits(3);
            assert!(run.stdout.is_empty() && run.stderr.contains(said), "{named}: {said} in {run}");
            assert!(run.stderr.lines().any(|line| line.trim_start().starts_with("--> ") && line.contains(place)), "{place} in {run}");
            // Where it is named stands beside the place in the layer, unless the layer loads and does not fit.
            assert!(run.stderr.contains("named here") || said.contains("bad-line"), "{run}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_layer_that_cannot_be_read_is_an_error_too() {
    for make in [
        (|path: &std::path::Path| std::fs::create_dir(path).unwrap()) as fn(&std::path::Path),
        |path| std::os::unix::fs::symlink("gone.yaml", path).unwrap(),
        |path| std::os::unix::fs::symlink("/etc/hostname", path).unwrap(),
    ] {
        let folder = layered();
        let path = folder.path("rules/layers/baseline/layer.yaml");
        std::fs::remove_file(&path).unwrap();
        make(&path);
        let run = check(&folder, &[]);
        assert!([3, 4].contains(&run.code) && run.stdout.is_empty() && run.stderr.contains("baseline"), "{run}");
        assert!(run.stderr.contains("polity.federation.yaml:2:") || run.stderr.contains("layer.yaml"), "{run}");
    }
    let run = layered().run(&["check", "--registry", "no-such-rules"]);
    assert!([2, 3].contains(&run.code) && run.stderr.contains("no-such-rules"), "{run}");
}
