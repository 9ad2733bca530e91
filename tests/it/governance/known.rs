//! What is known or waived is one finding: not another one at its place, and the same one however its file is written.

use super::baseline::{run, start, written};
use super::since::{committed, git};
use super::{check, world};
use crate::support::Repo;

const FILE: &str = ".polity-baseline.yaml";

/// A deployment whose container has some resources and probes.
fn workload(container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: orders}}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: a@sha256:0\n{container}"
    )
}

fn resources(requests: &str, limits: &str) -> String {
    format!("          resources:\n            requests: {{{requests}}}\n            limits: {{{limits}}}\n")
}

const ALONE: [&str; 5] = ["check", "--registry", "rules", "--format", "json"];

/// How many findings of a policy are new and how many are let be.
fn counts(folder: &Repo, policy: &str, more: &[&str]) -> [usize; 2] {
    let run = folder.run(&[&ALONE[..], more].concat());
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    assert!(!report.to_string().contains("grown-baseline"), "{report}");
    let is_its = |finding: &&serde_json::Value| finding["policy"] == policy;
    let all: Vec<_> = report["findings"].as_array().unwrap().iter().filter(is_its).collect();
    let new = all.iter().filter(|finding| finding["suppression"].is_null()).count();
    [new, all.len() - new]
}

fn limits() -> Repo {
    let on = "service: {name: orders, owner: pay}\npolicies: {default: [{policy: 'polity/*', severity: 'off'}, {policy: polity/workload-without-limits, severity: error}]}\n";
    start().file("a.txt", "good\n").file("polity.yaml", on)
}

#[test]
fn what_is_missed_is_known_one_by_one() {
    let rows = [
        (resources("cpu: 1, memory: 1Gi", ""), [0, 1], "as it was"),
        (resources("memory: 1Gi", "memory: 1Gi"), [1, 0], "another value is missing"),
        (resources("memory: 1Gi", ""), [1, 1], "one more is missing"),
        (resources("cpu: \"1\", memory: '1Gi'", "memory: 1Gi"), [0, 0], "it is repaired"),
        (String::new(), [2, 1], "all of them are missing"),
    ];
    for (now, expected, why) in rows {
        let folder = limits().file("deploy.yaml", workload(&resources("cpu: 1, memory: 1Gi", "")));
        assert_eq!(counts(&folder, "workload-without-limits", &["--baseline", "write"]), [0, 1]);
        let folder = folder.file("deploy.yaml", workload(&now));
        assert_eq!(counts(&folder, "workload-without-limits", &[]), expected, "{why}");
    }
    let folder = limits().file("deploy.yaml", workload(""));
    assert_eq!(counts(&folder, "workload-without-limits", &["--baseline", "write"]), [0, 3]);
    let folder = folder.file("deploy.yaml", workload(&resources("cpu: 1", "")));
    assert_eq!(counts(&folder, "workload-without-limits", &[]), [0, 2], "what is half repaired is no news");
}

/// A rule that says what the file `say.json` tells it to, of the one line of `a.txt` and of a place in `a.yaml`.
const SAYS: &str = r#"package polity

deny contains finding if {
	some text in repo.json("say.json").line
	finding := object.union(text, {"path": "a.txt", "line": 1})
}

deny contains finding if {
	some text in repo.json("say.json").place
	finding := object.union(text, {"path": "a.yaml", "at": ["a", "b"]})
}
"#;

fn saying(what: &str) -> Repo {
    let folder = start().file("rules/policies/bad-line/policy.rego", SAYS).file("a.txt", "bad one\n").file("a.yaml", "a:\n  b: 1\n");
    said(folder, what)
}

fn said(folder: Repo, what: &str) -> Repo {
    let both = format!("{{\"line\": [{what}], \"place\": [{what}]}}");
    folder.file("say.json", both)
}

#[test]
fn another_thing_that_is_said_of_the_same_place_is_new() {
    let says = |text: &str| format!("{{\"message\": \"{text}\"}}");
    let keyed = |key: &str, text: &str| format!("{{\"message\": \"{text}\", \"key\": \"{key}\"}}");
    let rows = [
        (says("no limit"), says("no limit"), [0, 2]),
        (says("no limit"), says("no request"), [2, 0]),
        (says("no limit"), format!("{}, {}", says("no limit"), says("no request")), [2, 2]),
        (format!("{}, {}", says("no limit"), says("no request")), says("no request"), [0, 2]),
        (says("9 of 12 are bad"), says("10.5 of 12 are bad"), [0, 2]),
        (keyed("limit", "no limit"), keyed("limit", "a limit is missing"), [0, 2]),
        (keyed("limit", "no limit"), keyed("request", "no limit"), [2, 0]),
        (keyed("limit", "no limit"), says("no limit"), [2, 0]),
    ];
    for (known, now, expected) in rows {
        let folder = saying(&known);
        let written = counts(&folder, "bad-line", &["--baseline", "write"]);
        assert_eq!(written[0], 0, "{known}");
        git(&folder, &["init", "-q", "-b", "main"]);
        let folder = said(committed(folder, "one"), &now);
        assert_eq!(counts(&folder, "bad-line", &[]), expected, "{known} → {now}");
        assert_eq!(counts(&folder, "bad-line", &["--since", "HEAD"]), expected, "{known} → {now}");
    }
    let run = run(&saying("{\"message\": \"m\", \"key\": \" \"}"), &[]).exits(3);
    assert!(run.stderr.contains("`key` is empty"), "{run}");
}

#[test]
fn a_message_that_names_its_file_survives_a_rename() {
    let rule = super::LINES.replace("\"line is bad\"", "sprintf(\"`%s` has a bad line\", [path])");
    let long: String = (0..40).map(|n| format!("good {n}\n")).collect();
    let folder = start().file("rules/policies/bad-line/policy.rego", rule).file("a.txt", format!("{long}bad\n"));
    assert_eq!(counts(&folder, "bad-line", &["--baseline", "write"]), [0, 1]);
    std::fs::create_dir(folder.path("sub")).unwrap();
    std::fs::rename(folder.path("a.txt"), folder.path("sub/b.txt")).unwrap();
    assert_eq!(counts(&folder, "bad-line", &[]), [0, 1]);
}

/// A baseline as versions wrote it that did not tell what is said of a place, for one place in a file.
fn older(path: &str, print: &str, message: &str) -> String {
    format!(
        "version: 1\nfiles:\n  {path}:\n    sketch: ''\n    findings:\n    - policy: acme/bad-line\n      fingerprint: {print}\n      message: {message}\n"
    )
}

#[test]
fn what_an_older_version_wrote_of_a_place_is_known_by_its_message() {
    let says = |text: &str| saying(&format!("{{\"message\": \"{text}\"}}"));
    let rows = [("a.txt", "6f957bcadb73938d29d5852062972140", "no limit"), ("a.yaml", "bb94475b614264b7b9d43abb3626160c", "no limit")];
    for (path, print, message) in rows {
        let folder = says("no limit").file(FILE, older(path, print, message));
        assert_eq!(counts(&folder, "bad-line", &[]), [1, 1], "{path}");
        git(&folder, &["init", "-q", "-b", "main"]);
        let folder = committed(folder, "one");
        run(&folder, &["--baseline", "write"]);
        assert!(folder.read(FILE).contains(print), "written anew it would be growth");
        let folder = said(folder, "{\"message\": \"no request\"}");
        assert_eq!(counts(&folder, "bad-line", &[]), [2, 0], "{path}");
    }
}

fn waiver(subject: &str, says: &str) -> String {
    format!(
        "policy: acme/bad-line\nsubject: {subject}\n{says}reason: accepted-risk\nbecause: b\nowner: pay\nticket: P-1\nexpires: 2099-01-01\n"
    )
}

#[test]
fn a_waiver_may_be_for_one_thing_that_is_said() {
    let with = |says: &str, now: &str| {
        let folder = saying(now).file("waivers/w.yaml", waiver("{path: a.yaml, at: '#/a/b'}", says));
        counts(&folder, "bad-line", &[])
    };
    let (one, two) = ("{\"message\": \"9 of 12\"}", "{\"message\": \"9 of 12\"}, {\"message\": \"none\", \"key\": \"k\"}");
    assert_eq!(with("", two), [2, 2]);
    assert_eq!(with("says: [10 of 12]\n", one), [1, 1]);
    assert_eq!(with("says: [10 of 12]\n", two), [3, 1]);
    assert_eq!(with("says: [k]\n", two), [3, 1]);
    assert_eq!(with("says: [none, 1 of 2]\n", two), [2, 2]);
    assert_eq!(with("says: [some]\n", two), [4, 0]);
    let folder = saying(one).file("waivers/w.yaml", waiver("{path: a.yaml, at: '#/a/b'}", "says: [some]\n"));
    let said = run(&folder, &[]).exits(1).stdout;
    assert!(said.contains("warning[unused-waiver]") && said.contains("help: the policy says here: \"9 of 12\""), "{said}");
}

#[test]
fn a_written_waiver_is_for_what_the_policy_says_today() {
    let folder = saying("{\"message\": \"no limit\"}");
    let words = [
        "waiver",
        "add",
        "acme/bad-line",
        "--registry",
        "rules",
        "--because",
        "why",
        "--owner",
        "pay",
        "--ticket",
        "P-1",
        "--reason",
        "migration",
    ];
    folder.run(&[&words[..], &["--expires", "2099-01-01", "--path", "a.yaml", "--at", "#/a/b"]].concat()).exits(0);
    assert!(folder.read("waivers/bad-line-a-yaml.yaml").contains("says:\n- no limit\n"));
    assert_eq!(counts(&folder, "bad-line", &[]), [1, 1]);
    assert_eq!(counts(&said(folder, "{\"message\": \"no request\"}"), "bad-line", &[]), [2, 0]);
}

/// A rule that finds the value of `spec.cpu` in every object, and every step that says `first`.
const VALUES: &str = r#"package polity

deny contains {"message": "m", "path": m.path, "document": m.index, "at": ["spec", "cpu"]} if {
	some m in repo.manifests("*.yaml")
	m.document.spec.cpu
}

deny contains {"message": "m", "path": "ci.yaml", "at": ["steps", i, "cpu"]} if {
	some i, step in repo.yaml("ci.yaml")[0].steps
	step.cpu
}
"#;

fn pod(name: &str, cpu: &str) -> String {
    format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{{name}}}\nspec: {{{cpu}}}\n")
}

fn values(pods: &[String], steps: &str) -> Repo {
    let folder = start().file("a.txt", "good\n").file("rules/policies/bad-line/policy.rego", VALUES);
    folder.file("pod.yaml", pods.concat()).file("ci.yaml", format!("steps:\n{steps}"))
}

#[test]
fn an_object_that_says_its_namespace_is_the_one_that_was_known() {
    let (plain, named) = (pod("name: web", "cpu: 1"), pod("name: web, namespace: a", "cpu: 1"));
    let rows = [
        (vec![plain.clone()], [0, 1], "as it was"),
        (vec![named.clone()], [0, 1], "it says its namespace"),
        (vec![pod("name: web", ""), named.clone()], [1, 0], "the one that was known is repaired, and another is not"),
        (vec![named.clone(), pod("name: web, namespace: b", "")], [1, 0], "one of two"),
        (vec![named.clone(), pod("name: web, namespace: b", "cpu: 1")], [2, 0], "two of them"),
        (vec![pod("name: other, namespace: a", "cpu: 1")], [1, 0], "another name"),
    ];
    for (pods, expected, why) in rows {
        let known = values(std::slice::from_ref(&plain), "");
        assert_eq!(counts(&known, "bad-line", &["--baseline", "write"]), [0, 1]);
        assert_eq!(counts(&known.file("pod.yaml", pods.concat()), "bad-line", &[]), expected, "baseline: {why}");
        for at in ["Pod/web#/spec", "Pod/web#/spec/cpu"] {
            let waived = values(&pods, "").file("waivers/w.yaml", waiver(&format!("{{path: pod.yaml, at: '{at}'}}"), ""));
            assert_eq!(counts(&waived, "bad-line", &[]), expected, "waiver: {why}");
        }
    }
}

#[test]
fn a_value_that_gets_quotes_is_the_one_that_was_known() {
    let rows = [
        ("- cpu: 1\n", [0, 1]),
        ("- cpu: \"1\"\n", [0, 1]),
        ("- 'cpu': '1'\n", [0, 1]),
        ("- run: x\n- {\"cpu\": \"1\"}\n", [1, 0]),
        ("- cpu: 2\n", [1, 0]),
        ("- cpu: \"2\"\n", [1, 0]),
        ("- cpu: \"1\"\n- cpu: 1\n", [1, 1]),
    ];
    for (steps, expected) in rows {
        let known = values(&[], "- cpu: 1\n");
        assert_eq!(counts(&known, "bad-line", &["--baseline", "write"]), [0, 1]);
        assert_eq!(counts(&known.file("ci.yaml", format!("steps:\n{steps}")), "bad-line", &[]), expected, "baseline: {steps}");
    }
    for text in ["cpu: 1", "cpu: \"1\"", "- cpu: '1'"] {
        let quoted = text.replace('\'', "''");
        for steps in ["- cpu: 1\n", "- cpu: \"1\"\n", "- run: x\n- cpu: '1'\n"] {
            let folder =
                values(&[], steps).file("waivers/w.yaml", waiver(&format!("{{path: ci.yaml, at: '#/steps/0/cpu', text: '{quoted}'}}"), ""));
            assert_eq!(counts(&folder, "bad-line", &[]), [0, 1], "{text} {steps}");
        }
        let folder = values(&[], "- cpu: 2\n")
            .file("waivers/w.yaml", waiver(&format!("{{path: ci.yaml, at: '#/steps/0/cpu', text: '{quoted}'}}"), ""));
        assert_eq!(counts(&folder, "bad-line", &[]), [1, 0], "{text}");
    }
}

#[test]
fn what_is_written_in_a_text_waives_nothing() {
    let line = "# polity:waive bad-line until=2099-01-01 owner=pay reason=accepted-risk why";
    let rule = super::LINES.replace("**/*.txt", "**/{*.sh,*.py,*.yaml,Dockerfile}").replace("bad.*", "evil.*");
    let rows = [
        ("run.sh", format!("{line}\nevil\n"), 0),
        ("run.sh", format!("cat <<EOF\n{line}\nevil\nEOF\n"), 1),
        ("run.sh", format!("x='{line}'\nevil\n"), 1),
        ("a.py", format!("evil()  {line}\n"), 0),
        ("a.py", format!("x = \"\"\"\n{line}\nevil\n\"\"\"\n"), 1),
        ("a.py", format!("evil = '{line}'\n"), 1),
        ("a.yaml", format!("a: |\n  {line}\n  evil\n"), 1),
        ("a.yaml", format!("a: \"x\n  {line}\n  evil\"\n"), 1),
        ("a.yaml", format!("a: evil {line}\n"), 0),
        ("a.yaml", format!("{{{{ if x }}}}\na: |\n  {line}\n  evil\n"), 1),
        ("Dockerfile", format!("RUN <<EOF\n{line}\nevil\nEOF\n"), 1),
        ("Dockerfile", format!("{line}\nRUN evil\n"), 0),
        ("Dockerfile", format!("RUN evil {line}\n"), 1),
    ];
    for (path, text, expected) in rows {
        let folder = world().file("rules/policies/bad-line/policy.rego", &rule).file(path, &text);
        let said = check(&folder, &[]).stdout;
        assert_eq!(said.matches("error[bad-line]").count(), expected, "{path}: {text}\n{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_list_that_is_a_link_is_refused() {
    let folder = written();
    std::fs::rename(folder.path(FILE), folder.path("known.yaml")).unwrap();
    std::os::unix::fs::symlink("known.yaml", folder.path(FILE)).unwrap();
    for more in [&[][..], &["--baseline", "write"], &["--baseline", "shrink"]] {
        let said = run(&folder, more).exits(3).stderr;
        assert!(said.contains("`.polity-baseline.yaml` is a link, and no commit tells whether what it leads to grew"), "{said}");
        assert!(folder.path(FILE).is_symlink());
    }
    run(&folder, &["--baseline", "ignore"]).exits(1);
}

#[test]
fn a_second_list_is_refused_where_it_was_put_by_hand() {
    let inner = || written().file("inner/polity.yaml", "service: {name: inner, owner: pay}\n").file("inner/b.txt", "bad three\n");
    let check = |folder: &Repo, more: &[&str]| folder.run(&[&["check", "inner", "--registry", "rules"], more].concat());
    let folder = inner();
    git(&folder, &["init", "-q", "-b", "main"]);
    let folder = committed(folder, "one");
    let text = folder.read(FILE).replace("a.txt", "b.txt");
    let folder = folder.file(&format!("inner/{FILE}"), &text);
    for more in [&[][..], &["--baseline", "shrink"], &["--baseline", "write"], &["--since", "HEAD"]] {
        let said = check(&folder, more).exits(3).stderr;
        assert!(said.contains("is a second list: the repository has a baseline, `../.polity-baseline.yaml`"), "{said}");
    }
    check(&folder, &["--baseline", "ignore"]).exits(1);
    git(&folder, &["rm", "-q", FILE]);
    let folder = committed(folder, "the first list is gone");
    assert!(check(&folder, &[]).exits(3).stderr.contains("is a second list"), "the commits have it");
    std::fs::remove_file(folder.path(&format!("inner/{FILE}"))).unwrap();
    check(&folder, &["--baseline", "write"]).exits(2);
    // Nor does a list of a folder between the two let another one be.
    let between = inner().file("inner/deep/polity.yaml", "service: {name: deep, owner: pay}\n").file("inner/deep/c.txt", "bad four\n");
    std::fs::rename(between.path(FILE), between.path(&format!("inner/{FILE}"))).unwrap();
    let text = between.read(&format!("inner/{FILE}"));
    let between = between.file(&format!("inner/deep/{FILE}"), text.replace("a.txt", "c.txt"));
    git(&between, &["init", "-q", "-b", "main"]);
    let said = between.run(&["check", "inner/deep", "--registry", "rules"]).exits(3).stderr;
    assert!(said.contains("`../.polity-baseline.yaml`"), "{said}");
    // A list of a folder alone is one.
    let alone = inner();
    std::fs::remove_file(alone.path(FILE)).unwrap();
    git(&alone, &["init", "-q", "-b", "main"]);
    check(&alone, &["--baseline", "write"]).exits(0);
    let alone = committed(alone, "one");
    check(&alone, &[]).exits(0);
}
