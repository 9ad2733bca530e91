//! Waivers: what they let be, when they end, and which of them are findings themselves.

use super::{check, json, world};
use crate::support::Repo;
use crate::support::repo;

/// A policy that finds every container without a tag, by its pointer.
const IMAGES: &str = r#"package polity

deny contains finding if {
	some file in repo.manifests("**/*.yaml")
	some i, container in file.document.spec.containers
	not contains(container.image, ":")
	finding := {"message": "image has no tag", "path": file.path, "document": file.index, "at": ["spec", "containers", i, "image"]}
}
"#;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\nspec:\n  containers:\n    - name: web\n      image: web\n    - name: db\n      image: db\n";

fn waiver(subject: &str) -> String {
    format!(
        "policy: acme/bad-line\nsubject: {subject}\nreason: accepted-risk\nbecause: the vendor ships no tag\nowner: pay\nticket: PAY-1\nexpires: 2026-12-31\n"
    )
}

fn pods() -> Repo {
    world().file("rules/policies/bad-line/policy.rego", IMAGES).file("pod.yaml", POD)
}

/// Every finding as `policy path:line`, with what lets it be; on a day.
#[track_caller]
fn findings(folder: &Repo, day: &str) -> Vec<String> {
    let report = json(folder, &["--today", day]);
    let one = |finding: &serde_json::Value| {
        let place = &finding["locations"][0];
        let kind = finding["suppression"]["kind"].as_str().map_or(String::new(), |kind| format!(" {kind}"));
        format!("{} {}:{}{kind}", finding["policy"].as_str().unwrap(), place["path"].as_str().unwrap(), place["start"]["line"])
    };
    report["findings"].as_array().unwrap().iter().map(one).collect()
}

const DAY: &str = "2026-11-01";

#[test]
fn one_container_of_two_is_waived_and_stays_visible() {
    let folder = pods().file("waivers/web.yaml", waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}"));
    assert_eq!(findings(&folder, DAY), ["bad-line pod.yaml:7 waiver", "bad-line pod.yaml:9"]);
    let said = check(&folder, &["--today", DAY]).exits(1).stdout;
    assert!(said.contains("1 finding (1 error)") && said.contains("not counted: 1 waived"), "{said}");
    let report = json(&folder, &["--today", DAY]);
    let suppression = &report["findings"][0]["suppression"];
    assert_eq!((suppression["owner"].as_str(), suppression["path"].as_str()), (Some("pay"), Some("waivers/web.yaml")), "{suppression}");
}

#[test]
fn a_waiver_that_names_the_policies_of_two_namespaces_waives_nothing() {
    let folder = world().file("a.txt", "bad\n").file(".polityignore", "rules/\nmore/\n").file("more/registry.yaml", "namespace: beta\n");
    let folder = folder
        .file("more/policies/bad-line/policy.yaml", super::manifest("error", ""))
        .file("more/policies/bad-line/policy.rego", super::LINES)
        .file("waivers/w.yaml", waiver("{path: a.txt, text: bad}").replace("acme/", ""));
    let base = ["check", "--registry", "rules", "--policy", "bad-line", "--today", DAY];
    assert!(folder.run(&base).exits(0).stdout.contains("not counted: 1 waived"));
    let said = folder.run(&[&base[..], &["--registry", "more"]].concat()).exits(1).stdout;
    assert!(said.contains("error[broad-waiver]: waiver of `bad-line` covers more than one policy of this name"), "{said}");
    assert!(said.contains("help: name one of them in full: `acme/bad-line`, `beta/bad-line`") && !said.contains("waived"), "{said}");
}

#[test]
fn the_last_day_counts_and_the_next_one_does_not() {
    let folder = pods().file("waivers/web.yaml", waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}"));
    assert_eq!(findings(&folder, "2026-12-31"), ["bad-line pod.yaml:7 waiver", "bad-line pod.yaml:9"]);
    assert_eq!(findings(&folder, "2027-01-01"), ["bad-line pod.yaml:7", "bad-line pod.yaml:9", "expired-waiver waivers/web.yaml:7"]);
}

#[test]
fn a_waiver_with_a_mistake_waives_nothing_and_is_a_finding() {
    let with = |text: String| findings(&pods().file("waivers/w.yaml", text), DAY);
    let both = |more: &str| vec!["bad-line pod.yaml:7".to_owned(), "bad-line pod.yaml:9".to_owned(), more.to_owned()];
    let good = waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}");
    assert_eq!(with(good.replace("2026-12-31", "2026-02-30")), both("invalid-waiver waivers/w.yaml:7"));
    assert_eq!(with(good.replace("owner: pay\n", "")), both("ownerless-waiver waivers/w.yaml:1"));
    assert_eq!(with(good.replace("accepted-risk", "lazy")), both("invalid-waiver waivers/w.yaml:3"));
    assert_eq!(with(good.replace("ticket: PAY-1\n", "")), both("invalid-waiver waivers/w.yaml:1"));
    assert_eq!(with(good.replace("name=web", "name=cache")), both("unused-waiver waivers/w.yaml:1"));
    assert_eq!(with(good.replace("acme/bad-line", "acme/bad-lin")), both("unused-waiver waivers/w.yaml:1"));
    assert_eq!(with(waiver("{path: pod.yaml}")), both("broad-waiver waivers/w.yaml:1"));
    assert_eq!(with(waiver("{path: pod.yaml, at: 'Pod/shop#/spec'}")), both("broad-waiver waivers/w.yaml:1"));
    assert_eq!(with(waiver("{path: ../pod.yaml}")), both("invalid-waiver waivers/w.yaml:2"));
    assert_eq!(with("policy: [".to_owned()), both("invalid-waiver waivers/w.yaml:1"));
}

#[test]
fn waivers_are_read_in_folders_and_under_any_spelling_of_the_ending() {
    let text = waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}");
    for path in ["waivers/2026/q4/web.yaml", "waivers/web.yml", "waivers/web.YAML"] {
        let both = ["bad-line pod.yaml:7 waiver", "bad-line pod.yaml:9"];
        assert_eq!(findings(&pods().file(path, &text), DAY), both, "{path}");
    }
    for text in [text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
        assert_eq!(findings(&pods().file("waivers/web.yaml", &text), DAY).len(), 2, "{text:?}");
    }
    let inner = pods().file("svc/polity.yaml", "service: {name: s}\n").file("svc/pod.yaml", POD).file("svc/waivers/a/web.yaml", &text);
    assert!(findings(&inner, DAY).contains(&"bad-line svc/pod.yaml:7 waiver".to_owned()), "the path starts at the service");
    let other = pods().file("waivers/README.md", "# How we waive\n").file("lib/waivers/web.yaml", &text);
    assert_eq!(findings(&other, DAY), ["unused-waiver lib/waivers/web.yaml:1", "bad-line pod.yaml:7", "bad-line pod.yaml:9"]);
}

#[test]
fn a_waiver_that_covers_nothing_is_told_what_there_is() {
    let with = |text: String| check(&pods().file("waivers/w.yaml", text), &["--today", DAY]).exits(1).stdout;
    let said = with(waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=cache'}"));
    assert!(said.contains("help: the policy finds here: `at: \"Pod/shop#/spec/containers/name=db/image\"`"), "{said}");
    let said = with(waiver("{path: pod.yaml}").replace("acme/bad-line", "acme/bad-lin"));
    assert!(
        said.contains("waiver names `acme/bad-lin`, and there is no such policy") && said.contains("did you mean `acme/bad-line`?"),
        "{said}"
    );
}

#[test]
fn the_last_day_ends_everywhere_at_once() {
    let at = |zone: &str, day: i64| {
        let day = std::process::Command::new("date").args(["-u", "-d", &format!("{day} days"), "+%F"]).output().unwrap();
        let day = String::from_utf8(day.stdout).unwrap();
        let text = waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}").replace("2026-12-31", day.trim());
        let folder = pods().file("waivers/web.yaml", text);
        let mut command = folder.command(&["check", "--registry", "rules", "--policy", "acme/bad-line"]);
        folder.finish(command.env("TZ", zone)).exits(1).stdout.contains("1 waived")
    };
    for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        assert_eq!((at(zone, 0), at(zone, -1)), (true, false), "{zone}");
    }
}

#[test]
fn a_waiver_in_one_file_is_no_waiver_in_another() {
    let folder = pods().file("copy.yaml", POD).file("waivers/w.yaml", waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}"));
    assert_eq!(
        findings(&folder, DAY),
        ["bad-line copy.yaml:7", "bad-line copy.yaml:9", "bad-line pod.yaml:7 waiver", "bad-line pod.yaml:9"]
    );
}

#[test]
fn layers_limit_how_long_a_waiver_lasts() {
    let layer = "version: 1.0.0\ntitle: t\nlevel: org\nowner: o\nmax_waiver: 30d\n";
    let folder = pods()
        .file("rules/layers/floor/layer.yaml", layer)
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/floor@1]\n")
        .file("waivers/w.yaml", waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}"));
    assert_eq!(findings(&folder, "2026-11-30"), ["bad-line pod.yaml:7", "bad-line pod.yaml:9", "long-waiver waivers/w.yaml:7"]);
    assert_eq!(findings(&folder, "2026-12-01"), ["bad-line pod.yaml:7 waiver", "bad-line pod.yaml:9"]);
}

#[test]
fn the_limit_is_that_of_the_service_that_is_waived() {
    let layer = "version: 1.0.0\ntitle: t\nlevel: team\nowner: o\nmax_waiver: 30d\n";
    let subject = |path: &str| waiver(&format!("{{path: {path}, at: 'Pod/shop#/spec/containers/name=web'}}"));
    let folder = world()
        .file("rules/policies/bad-line/policy.rego", IMAGES)
        .file("rules/layers/floor/layer.yaml", layer)
        .file("strict/polity.yaml", "service: {name: s}\npolicies: {layers: [acme/floor@1]}\n")
        .file("strict/pod.yaml", POD.replace("    - name: db\n      image: db\n", ""))
        .file("waivers/w.yaml", subject("strict/pod.yaml"));
    assert_eq!(findings(&folder, DAY), ["bad-line strict/pod.yaml:7", "long-waiver waivers/w.yaml:7"]);
}

#[test]
fn a_comment_waives_its_line() {
    let comment = "# polity:waive bad-line until=2026-12-31 owner=pay reason=accepted-risk ticket=PAY-1 the vendor ships no tag";
    let folder = pods().file("pod.yaml", POD.replace("image: web\n", &format!("image: web  {comment}\n")));
    assert_eq!(findings(&folder, DAY), ["bad-line pod.yaml:7 inline", "bad-line pod.yaml:9"]);
    let above = pods().file("pod.yaml", POD.replace("      image: db\n", &format!("      {comment}\n      image: db\n")));
    assert_eq!(findings(&above, DAY), ["bad-line pod.yaml:7", "bad-line pod.yaml:10 inline"]);
    assert_eq!(findings(&above, "2027-01-01"), ["bad-line pod.yaml:7", "expired-waiver pod.yaml:9", "bad-line pod.yaml:10"]);
    let twice = comment.replace("ticket=", "until=2027-12-31 ticket=");
    let twice = pods().file("pod.yaml", POD.replace("image: web\n", &format!("image: web  {twice}\n")));
    assert_eq!(findings(&twice, DAY), ["bad-line pod.yaml:7", "invalid-waiver pod.yaml:7", "bad-line pod.yaml:9"]);
    let unused = pods().file("pod.yaml", format!("{comment}\n{POD}"));
    assert_eq!(findings(&unused, DAY), ["unused-waiver pod.yaml:1", "bad-line pod.yaml:8", "bad-line pod.yaml:10"]);
}

#[test]
fn a_partial_run_calls_no_waiver_unused() {
    let other = waiver("{path: pod.yaml}").replace("acme/bad-line", "service-without-owner");
    let folder = pods().file("waivers/w.yaml", other);
    assert_eq!(findings(&folder, DAY), ["bad-line pod.yaml:7", "bad-line pod.yaml:9"], "that policy was not evaluated");
    let run = folder.polity(["check", "--registry", "rules", "--format", "json", "--today", DAY]);
    assert!(run.stdout.contains("\"unused-waiver\""), "{run}");
}

#[test]
fn what_the_engine_finds_is_described_as_what_it_is() {
    let folder = pods().file("waivers/web.yaml", waiver("{path: pod.yaml, at: 'Pod/shop#/spec/containers/name=web'}"));
    let said = check(&folder, &["--today", "2027-01-01", "--format", "sarif"]).exits(1).stdout;
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let rules = report["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "expired-waiver").unwrap();
    assert_eq!(rule["shortDescription"]["text"], "a waiver is past its last day");
    assert_eq!(folder.polity(["explain", "expired-waiver"]).exits(0).stdout, "expired-waiver: a waiver is past its last day\n");
    folder.polity(["explain", "expired-waivers"]).exits(2);
}

#[test]
fn a_page_that_shows_a_comment_does_not_fail_the_list() {
    let folder = repo()
        .file("polity.yaml", "service: {name: a}\n")
        .file("docs/guide.md", "Write `# polity:waive POLICY until=DATE`:\n\n```yaml\n# polity:waive p\n```\n");
    assert_eq!(folder.polity(["waiver", "list"]).exits(0).stdout, "0 waivers\n");
    let folder = folder.file("deploy.yaml", "# polity:waive p\na: 1\n");
    assert!(folder.polity(["waiver", "list"]).exits(1).stdout.contains("unreadable: "));
}

/// A rule that finds every step without a version, by its pointer.
const STEPS: &str = r#"package polity

deny contains finding if {
	some path in repo.glob("ci/*.yaml")
	some i, step in repo.yaml(path)[0].steps
	not contains(step.uses, "@")
	finding := {"message": "step has no version", "path": path, "at": ["steps", i, "uses"]}
}
"#;

fn steps(list: &str) -> Repo {
    world().file("rules/policies/bad-line/policy.rego", STEPS).file("ci/a.yaml", format!("steps:\n{list}"))
}

#[test]
fn a_position_is_waived_only_together_with_what_stands_there() {
    let one = "- uses: first\n- uses: pinned@1\n";
    let alone = waiver("{path: ci/a.yaml, at: '#/steps/0'}");
    let folder = steps(one).file("waivers/w.yaml", &alone);
    assert_eq!(findings(&folder, DAY), ["bad-line ci/a.yaml:2", "broad-waiver waivers/w.yaml:1"]);
    let said = check(&folder, &["--today", DAY]).exits(1).stdout;
    assert!(said.contains("help: name the subject: `at: \"#/steps/0/uses\"`, `text: \"uses: first\"`"), "{said}");
    for (at, text) in [("#/steps/0", "uses: first"), ("#/steps/0/uses", "uses:   first"), ("#/steps/0", "- uses: first")] {
        let named = waiver(&format!("{{path: ci/a.yaml, at: '{at}', text: '{text}'}}"));
        let folder = steps(one).file("waivers/w.yaml", &named);
        assert_eq!(findings(&folder, DAY), ["bad-line ci/a.yaml:2 waiver"], "{at} {text}");
        let folder = steps("- uses: another\n- uses: pinned@1\n").file("waivers/w.yaml", &named);
        assert_eq!(findings(&folder, DAY), ["bad-line ci/a.yaml:2", "unused-waiver waivers/w.yaml:1"], "{at} {text}");
    }
}

#[test]
fn an_item_that_moved_is_known_by_its_text_when_it_is_the_only_one() {
    let named = waiver("{path: ci/a.yaml, at: '#/steps/0/uses', text: 'uses: first'}");
    let with = |items: &str| findings(&steps(items).file("waivers/w.yaml", &named), DAY);
    let pinned: String = (0..12).map(|n| format!("- uses: pinned@{n}\n")).collect();
    assert_eq!(with(&format!("{pinned}- uses: first\n")), ["bad-line ci/a.yaml:14 waiver"]);
    assert_eq!(with("- uses: other\n- uses: first\n"), ["bad-line ci/a.yaml:2", "bad-line ci/a.yaml:3 waiver"]);
    assert_eq!(with("- uses: first\n- uses: first\n"), ["bad-line ci/a.yaml:2 waiver", "bad-line ci/a.yaml:3"]);
    let two = with("- uses: p@1\n- uses: first\n- uses: first\n");
    assert_eq!(two, ["bad-line ci/a.yaml:3", "bad-line ci/a.yaml:4", "unused-waiver waivers/w.yaml:1"]);
}

#[test]
fn what_stands_at_a_position_is_all_of_it() {
    let rule = STEPS.replace(r#", "at": ["steps", i, "uses"]"#, r#", "at": ["steps", i]"#);
    let text = |script: &str| format!("steps:\n- uses: first\n  with: {{a: 1}}\n  run: |\n    {script}\n- uses: p@1\n");
    let folder = steps("").file("rules/policies/bad-line/policy.rego", rule).file("ci/a.yaml", text("make"));
    let named = "{path: ci/a.yaml, at: '#/steps/0', text: 'uses: first with: {a: 1} run: | make'}";
    let folder = folder.file("waivers/w.yaml", waiver(named));
    assert_eq!(findings(&folder, DAY), ["bad-line ci/a.yaml:2 waiver"], "{}", check(&folder, &["--today", DAY]).stdout);
    let folder = folder.file("ci/a.yaml", text("make more"));
    assert_eq!(findings(&folder, DAY), ["bad-line ci/a.yaml:2", "unused-waiver waivers/w.yaml:1"]);
}

#[test]
fn objects_of_one_name_are_waived_one_by_one() {
    let pod = |namespace: &str, image: &str| {
        let head = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web{namespace}}}\n");
        format!("{head}spec:\n  containers:\n    - name: web\n      image: {image}\n")
    };
    let at = |folder: Repo, name: &str| {
        let folder = folder.file("waivers/w.yaml", waiver(&format!("{{path: pod.yaml, at: '{name}#/spec/containers/name=web'}}")));
        findings(&folder, DAY)
    };
    let spaces = || pods().file("pod.yaml", format!("{}---\n{}", pod(", namespace: a", "x"), pod(", namespace: b", "y")));
    assert_eq!(at(spaces(), "Pod/a/web"), ["bad-line pod.yaml:7 waiver", "bad-line pod.yaml:15"]);
    assert_eq!(at(spaces(), "Pod/web"), ["bad-line pod.yaml:7", "bad-line pod.yaml:15", "unused-waiver waivers/w.yaml:1"]);
    let alone = || pods().file("pod.yaml", pod("", "x"));
    assert_eq!(at(alone(), "Pod/web"), ["bad-line pod.yaml:7 waiver"]);
    let twice = || pods().file("pod.yaml", format!("{}---\n{}", pod("", "x"), pod("", "y")));
    assert_eq!(at(twice(), "Pod/web"), ["bad-line pod.yaml:7", "bad-line pod.yaml:15", "unused-waiver waivers/w.yaml:1"]);
    assert_eq!(at(twice(), "Pod/web@1"), ["bad-line pod.yaml:7", "bad-line pod.yaml:15", "broad-waiver waivers/w.yaml:1"]);
    let second = waiver("{path: pod.yaml, at: 'Pod/web@2#/spec/containers/name=web', text: 'image: y'}");
    assert_eq!(findings(&twice().file("waivers/w.yaml", second), DAY), ["bad-line pod.yaml:7", "bad-line pod.yaml:15 waiver"]);
    let item = |image: &str| {
        format!("- {{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {{containers: [{{name: web, image: {image}}}]}}}}\n")
    };
    let list = || pods().file("pod.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{}{}", item("x"), item("y")));
    assert_eq!(at(list(), "Pod/web"), ["bad-line pod.yaml:4", "bad-line pod.yaml:5", "unused-waiver waivers/w.yaml:1"]);
    let whole = waiver("{path: pod.yaml}");
    let rule = IMAGES.replace(r#""at": ["spec", "containers", i, "image"]"#, r#""at": []"#);
    let folder = spaces().file("rules/policies/bad-line/policy.rego", rule).file("waivers/w.yaml", whole);
    assert_eq!(findings(&folder, DAY), ["bad-line pod.yaml:1", "bad-line pod.yaml:9", "broad-waiver waivers/w.yaml:1"]);
}

#[test]
fn lines_of_one_text_are_as_many_subjects() {
    let with = |text: &str, subject: &str| findings(&world().file("a.txt", text).file("waivers/w.yaml", waiver(subject)), DAY);
    let one = "{path: a.txt, text: bad}";
    assert_eq!(with("bad\n", one), ["bad-line a.txt:1 waiver"]);
    assert_eq!(with("bad\nbad\n", one), ["bad-line a.txt:1", "bad-line a.txt:2", "broad-waiver waivers/w.yaml:1"]);
    let two = "{path: a.txt, text: bad, times: 2}";
    assert_eq!(with("bad\nbad\n", two), ["bad-line a.txt:1 waiver", "bad-line a.txt:2 waiver"]);
    assert_eq!(with("bad\nbad\nbad\n", two)[3], "broad-waiver waivers/w.yaml:1");
    assert_eq!(with("bad\n", two), ["bad-line a.txt:1", "broad-waiver waivers/w.yaml:1"]);
    assert_eq!(with("bad\n", "{path: a.txt, times: 2}"), ["bad-line a.txt:1", "invalid-waiver waivers/w.yaml:2"]);
    let folder = world().file("a.txt", "bad\nbad\n").file("waivers/w.yaml", waiver(one));
    let said = check(&folder, &["--today", DAY]).exits(1).stdout;
    assert!(said.contains("waiver of `acme/bad-line` is for 1 line of this text, and 2 are found"), "{said}");
    assert!(said.contains("help: `times: 2` in the subject waives all of them"), "{said}");
}

#[test]
fn what_holds_named_things_is_no_subject_for_one_of_them() {
    let services = |names: &[&str]| {
        let each: String = names.iter().map(|name| format!("  {name}:\n    image: {name}:latest\n")).collect();
        format!("services:\n{each}")
    };
    let with = |at: &str, names: &[&str]| {
        let text = waiver(&format!("{{path: compose.yaml, at: '{at}'}}")).replace("acme/bad-line", "polity/unpinned-image");
        let folder = crate::support::repo().file("polity.yaml", "service: {name: s, owner: o}\n").file("compose.yaml", services(names));
        let said = folder.file("waivers/w.yaml", text).run(&["check", "--policy", "unpinned-image", "--today", DAY]).stdout;
        (said.contains("[broad-waiver]"), said.contains("not counted: 1 waived"))
    };
    assert_eq!(with("#/services", &["web"]), (true, false));
    assert_eq!(with("#/services", &["web", "db"]), (true, false));
    assert_eq!(with("#/services/web", &["web", "db"]), (false, true));
    assert_eq!(with("#/services/web/image", &["web"]), (false, true));
}
