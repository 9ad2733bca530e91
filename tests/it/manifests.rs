//! Every policy sees the same objects, however they are written down: one by one in YAML, in a list, in JSON. And what is shown of a place
//! that is not there.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use polity::contract::ContractError;
use polity::disk::read_folder;
use polity::finding::{Diagnostic, SourceText};
use polity::policy::{Policy, Repository, check};
use polity::tree::{Mode, RepoPath, Tree};
use serde_json::{Value, json};

use crate::support::repo;

/// Kinds that policies judge wherever they stand.
const KINDS: [&str; 19] = [
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Rollout",
    "Secret",
    "Service",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "CiliumNetworkPolicy",
    "AuthorizationPolicy",
    "PrometheusRule",
    "ConfigMap",
    "Group",
];

/// How a rule asks for objects.
const ASKING: [&str; 2] = ["repo.manifests(", "repo.containers("];

fn policies() -> Vec<(Policy, Tree)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut ids: Vec<String> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    ids.sort();
    let load = |id: &String| {
        let tree = read_folder(&root.join(id)).unwrap().tree;
        (Policy::load("polity", id, &format!("policies/{id}"), &tree).unwrap().verbatim(), tree)
    };
    ids.iter().map(load).collect()
}

fn contract(source: &SourceText) -> Result<Value, Box<Diagnostic>> {
    polity::contract::evidence(source).map_err(|error| match error {
        ContractError::Syntax(diagnostic) => diagnostic,
        other => Box::new(Diagnostic::new(other.to_string())),
    })
}

/// The objects of a file, when they are all that it holds.
fn objects(tree: &Tree, path: &RepoPath) -> Option<Vec<Value>> {
    let is_yaml = path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml");
    if !is_yaml || path.as_str().contains("templates/") {
        return None;
    }
    let bytes = tree.read(path).unwrap();
    let text = std::str::from_utf8(&bytes).ok()?;
    let documents =
        serde_yaml::Deserializer::from_str(text).map(serde::Deserialize::deserialize).collect::<Result<Vec<Value>, _>>().ok()?;
    let is_object = |one: &Value| one["apiVersion"].is_string() && one["kind"].as_str().is_some_and(|kind| KINDS.contains(&kind));
    (!documents.is_empty() && documents.iter().all(is_object)).then_some(documents)
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

/// The same repository with its objects written down in another way.
fn rewritten(tree: &Tree, name: impl Fn(&str) -> String, text: impl Fn(&[Value]) -> String) -> (Tree, usize) {
    let (mut other, mut count) = (Tree::new(), 0);
    for (path, entry) in tree.iter() {
        match objects(tree, path) {
            Some(found) => {
                count += found.len();
                other.insert(RepoPath::found(name(path.as_str())), Mode::File, text(&found).into_bytes());
            }
            None => drop(other.insert(path.clone(), entry.mode, tree.read(path).unwrap())),
        }
    }
    (other, count)
}

/// What is said, and of what: the place in the object, not in the text.
fn said(policies: &[Policy], tree: Tree) -> BTreeSet<String> {
    let outcome = check(policies, &Arc::new(Repository::new(tree, Vec::new())), contract);
    let outcome =
        outcome.unwrap_or_else(|errors| panic!("{:?}", errors.into_iter().map(|e| e.into_diagnostic().title).collect::<Vec<_>>()));
    let one = |finding: &polity::finding::Finding| {
        let place = finding.diagnostic.locations.first();
        // The numbers of objects that have no name differ.
        let mut pointer = place.map_or("", |place| place.pointer.split_once('#').map_or("", |(_, rest)| rest.trim_start_matches('/')));
        while let Some((_, rest)) = pointer.strip_prefix("items/").and_then(|rest| rest.split_once('/')) {
            pointer = rest;
        }
        let stem = place.map_or("", |place| place.path.rsplit_once('.').map_or(&*place.path, |(stem, _)| stem));
        format!("{} {} {stem} {pointer}", finding.policy, finding.diagnostic.title)
    };
    outcome.findings.iter().map(one).collect()
}

#[test]
fn a_list_and_json_hide_nothing_from_any_policy() {
    let all = policies();
    let (rules, trees): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    // Rules that search texts find in JSON what they find in JSON.
    let looks_at_objects = |rule: &Policy| ASKING.iter().any(|call| rule.rego().text().contains(call));
    let rules: Vec<_> = rules.into_iter().filter(looks_at_objects).collect();
    assert!(rules.len() > 8, "{}", rules.len());
    let mut objects = 0;
    for tree in trees {
        let mut cases: Vec<String> =
            tree.iter().filter_map(|(path, _)| Some(path.as_str().strip_prefix("cases/")?.split_once('/')?.0.to_owned())).collect();
        cases.dedup();
        for case in cases {
            let tree = tree.subtree(&format!("cases/{case}"));
            let expected = said(&rules, tree.clone());
            let same = |path: &str| path.to_owned();
            let as_json = |path: &str| format!("{}.json", path.rsplit_once('.').unwrap().0);
            let nested = |found: &[Value]| serde_yaml::to_string(&list(&[list(found)])).unwrap();
            let (listed, count) = rewritten(&tree, same, nested);
            if count == 0 {
                continue;
            }
            objects += count;
            assert_eq!(said(&rules, listed), expected, "in lists: {case}");
            let (written, _) = rewritten(&tree, as_json, |found| list(found).to_string());
            assert_eq!(said(&rules, written), expected, "in JSON: {case}");
        }
    }
    assert!(objects > 100, "{objects}");
}

#[test]
fn the_policies_that_look_at_objects_look_at_json_too() {
    for (policy, tree) in policies() {
        let bytes = tree.read(&RepoPath::found("policy.rego".to_owned())).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        for call in ASKING.iter().flat_map(|call| text.split(call).skip(1)) {
            assert!(call.split_once(')').unwrap().0.ends_with(".{yaml,yml,json}\""), "{}: {call}", policy.id);
        }
    }
}

#[test]
fn the_containers_of_all_pods_that_run_have_a_place() {
    let rule = r#"package polity

deny contains {"message": sprintf("%s of %s", [one.container.name, one.manifest.document.kind]), "path": one.manifest.path, "document": one.manifest.index, "at": one.at} if {
	some one in repo.containers("**/*.{yaml,json}")
	one.group == one.at[count(one.at) - 2]
	one.manifest.runs
}

deny contains {"message": "lies aside", "path": m.path, "document": m.index} if {
	some m in repo.manifests("**/*.{yaml,json}")
	not m.runs
}
"#;
    let job =
        "---\napiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c}, 7, ~]}}}}}\n";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {
        "containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}], "ephemeralContainers": [{"name": "e"}]}});
    let odd = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": {"name": "x"}, "initContainers": "<templated>"}});
    let other = json!({"apiVersion": "v1", "kind": "Service", "spec": {"containers": [{"name": "x"}]}});
    let folder = repo()
        .file("rules/found/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
        .file("rules/found/policy.rego", rule)
        .file("jobs.yaml", format!("a: 1\n{job}"))
        .file("list.json", list(&[pod.clone(), odd, other]).to_string())
        .file("examples/pod.json", pod.to_string());
    let run = folder.run(&["check", "--policies", "rules", "--policy", "found", "--format", "json"]).exits(1);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let place = |one: &Value| format!("{} {}", one["message"].as_str().unwrap(), one["locations"][0]["pointer"].as_str().unwrap());
    let found: Vec<_> = report["findings"].as_array().unwrap().iter().map(place).collect();
    assert_eq!(
        found,
        [
            "lies aside ",
            "c of CronJob 1#/spec/jobTemplate/spec/template/spec/containers/name=c",
            "a of Pod #/items/0/spec/containers/name=a",
            "b of Pod #/items/0/spec/containers/name=b",
            "i of Pod #/items/0/spec/initContainers/name=i",
            "e of Pod #/items/0/spec/ephemeralContainers/name=e",
        ]
    );
}

#[test]
fn a_resource_may_have_dots_in_its_name() {
    let wanted = "service: {name: a}\npolicies:\n  mandatory:\n    - policy: polity/workload-without-limits\n      parameters: {resources: [limits.nvidia.com/gpu]}\n";
    let set = "requests: {cpu: 1, memory: 1Gi}, limits: {memory: 1Gi, nvidia.com/gpu: 1}";
    let pod = |resources: &str| {
        let container = format!("{{name: c, image: a, resources: {{{resources}}}}}");
        format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{container}]}}\n")
    };
    let folder = repo().file("polity.yaml", wanted).file("pod.yaml", pod(set));
    folder.polity(["check", "--policy", "workload-without-limits"]).exits(0);
    let folder = folder.file("pod.yaml", pod(&set.replace(", nvidia.com/gpu: 1", "")));
    let said = folder.polity(["check", "--policy", "workload-without-limits"]).exits(1).stdout;
    assert!(said.contains("container `c` sets no `limits.nvidia.com/gpu`"), "{said}");
}

#[test]
fn an_item_of_a_list_is_repaired_where_it_stands() {
    let pod = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n  - apiVersion: v1\n    kind: Pod\n    metadata: {name: p}\n    spec:\n      containers:\n        - name: c\n          image: a\n";
    let folder = repo().file("pod.yaml", pod).file("other.yaml", format!("apiVersion: v1\nkind: ConfigMap\n---\n{pod}"));
    folder.polity(["check", "--policy", "root-container", "--fix", "--unsafe"]).exits(0);
    let repaired = "          image: a\n          securityContext:\n            runAsNonRoot: true\n";
    assert!(folder.read("pod.yaml").ends_with(repaired), "{}", folder.read("pod.yaml"));
    assert!(folder.read("other.yaml").ends_with(repaired), "{}", folder.read("other.yaml"));
}

#[test]
fn a_waiver_names_an_item_of_a_list_as_it_names_a_document() {
    let pod = |indent: &str| {
        let lines = ["apiVersion: v1", "kind: Pod", "metadata: {name: p}", "spec:", "  containers:", "    - {name: c, image: a}"];
        lines.map(|line| format!("{indent}{line}\n")).concat()
    };
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  -\n{}", pod("    "));
    let pointers = [pod(""), list].map(|text| {
        let run = repo().file("p.yaml", text).polity(["check", "--policy", "root-container", "--format", "json"]).exits(1);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        report["findings"][0]["locations"][0]["pointer"].as_str().unwrap().to_owned()
    });
    assert_eq!(pointers, ["Pod/p#/spec/containers/name=c/name", "Pod/p#/spec/containers/name=c/name"]);
}

#[test]
fn json_that_is_no_object_is_nobodys_business() {
    let folder = repo()
        .file("package.json", r#"{"kind": "List", "items": [}"#)
        .file("schema.json", r#"{"properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}"#)
        .file("node_modules/x/pod.json", r#"{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "image": "a"}]}}"#);
    folder.polity(["check", "--policy", "root-container"]).exits(0);
    let broken = folder.file("deploy.json", r#"{"apiVersion": "v1", "kind": "Pod", "spec": }"#);
    let said = broken.polity(["check", "--policy", "root-container"]).exits(1).stdout;
    assert!(said.contains("error[unreadable-evidence]") && said.contains("deploy.json:1"), "{said}");
}

#[test]
fn a_line_that_is_not_there_is_shown_at_the_nearest_one() {
    let rule = |line: &str| {
        format!("package polity\n\ndeny contains {{\"message\": \"found\", \"path\": \"a.txt\", \"line\": {line}, \"label\": \"here\"}}\n")
    };
    for (line, text, shown) in [
        ("0", "one\ntwo\n", "a.txt:1:1"),
        ("9", "one\ntwo\n", "a.txt:2:1"),
        ("3", "one\ntwo\n", "a.txt:2:1"),
        ("2", "one\ntwo\n", "a.txt:2:1"),
    ] {
        let folder = repo()
            .file("rules/registry.yaml", "namespace: acme\n")
            .file("rules/policies/found/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
            .file("rules/policies/found/policy.rego", rule(line))
            .file("a.txt", text);
        let run = folder.polity(["check", "--registry", "rules", "--policy", "acme/found"]).exits(1);
        assert!(run.stdout.contains(shown) && run.stdout.contains("here"), "{line}: {run}");
        let run = folder.file("a.txt", "").polity(["check", "--registry", "rules", "--policy", "acme/found"]).exits(1);
        assert!(run.stdout.contains("a.txt") && run.stdout.contains("here"), "{line} of nothing: {run}");
        let folder = repo().file("rules/registry.yaml", "namespace: acme\n").file("a.txt", text);
        let folder = folder.file("rules/policies/found/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n");
        folder
            .file("rules/policies/found/policy.rego", rule("-1"))
            .polity(["check", "--registry", "rules", "--policy", "acme/found"])
            .exits(3);
    }
}

#[test]
fn a_network_policy_whose_rules_are_null_is_judged() {
    let of = |kind: &str, spec: &str| format!("---\napiVersion: x/v1\nkind: {kind}\nmetadata: {{name: n}}\nspec: {{{spec}}}\n");
    let text = [
        of("NetworkPolicy", "podSelector: {matchLabels: {app: a}}, ingress: null"),
        of("NetworkPolicy", "podSelector: {matchLabels: {app: b}}, ingress: [{from: null}]"),
        of("CiliumNetworkPolicy", "endpointSelector: {matchLabels: {app: c}}, ingress: null"),
        of("AuthorizationPolicy", "selector: {matchLabels: {app: d}}, rules: null"),
    ];
    let run = repo().file("np.yaml", text.concat()).run(&["check", "--policy", "workload-without-network-policy"]);
    assert!(run.exits(0).stdout.contains("1 not applicable"));
}
