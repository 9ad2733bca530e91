//! `repo.manifests` and `repo.containers`: Kubernetes objects out of YAML, JSON and charts. The items of a list are objects like all others,
//! and each object says where its pod stands, so that no rule has to know lists, formats or kinds of workloads.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use regorus::Value as Rego;

use crate::config::{Document, Node, Step, Value};

use super::evidence::{Parsed, Seen};
use super::helm;
use super::host::{Answer, Session, argument, joined};
use super::purpose::{is_test_data, is_vendored};
use super::repository::lock;
use super::traces::Effect;
use super::value;

/// What is a pod or makes some: Kubernetes' own, and what stands for a Deployment elsewhere.
pub(super) const KINDS: [&str; 11] = [
    "Pod",
    "PodTemplate",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Rollout",
    "DeploymentConfig",
];

const MANIFESTS: &str = "repo.manifests";
const CONTAINERS: &str = "repo.containers";

/// Where a pod has its containers.
const GROUPS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Where an item of a list stands: which document of the file, and the way to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub document: usize,
    pub at: Vec<Step>,
}

/// What rules were told of the objects of a file, by function and by what they call the file. A dozen of them ask for the same.
pub(super) type Told = Mutex<BTreeMap<(&'static str, String), Rego>>;

/// `repo.manifests(pattern)`: every object in the files that a pattern names.
pub(super) fn manifests(session: &Session, values: &[Rego]) -> Answer {
    every(MANIFESTS, session, argument(MANIFESTS, values, 0)?, objects)
}

/// `repo.containers(pattern)`: every container of the pods among these objects, as far as they are of something that runs.
pub(super) fn containers(session: &Session, values: &[Rego]) -> Answer {
    every(CONTAINERS, session, argument(CONTAINERS, values, 0)?, |file, runs, parsed| {
        told(CONTAINERS, file, parsed, || match objects(file, runs, parsed) {
            Rego::Array(rows) if runs => rows.iter().flat_map(in_pod).collect(),
            _ => Vec::new(),
        })
    })
}

/// What `rows` makes of each file that a pattern names.
fn every(function: &'static str, session: &Session, pattern: &str, rows: fn(&str, bool, &Parsed) -> Rego) -> Answer {
    let key = (function, pattern.to_owned(), String::new());
    if let Some(known) = lock(&session.answers).get(&key) {
        return Ok(known.clone());
    }
    // Most JSON is something else, and what others brought along is much of it.
    let wanted = |path: &str| !(helm::is_json(path) && session.named(path, is_vendored));
    let files = session.files(function, &in_any_case(pattern), wanted)?;
    let of_file = |file: &String| {
        session.with_file(file, Some(Seen::Manifests), |evidence| {
            for (path, problem) in helm::unread(&session.repository, evidence.path()) {
                session.miss(file, &path, &problem);
            }
            let parsed = match helm::manifests(&session.repository, evidence, session.turned) {
                // What a test feeds to a parser is often broken on purpose, and nothing runs it.
                Err(problem) if session.named(file, is_test_data) => {
                    let reason = format!("data of a test: {}", problem.diagnostic.title);
                    session.tell(Effect::Skipped(evidence.path().as_str().to_owned(), reason));
                    return Ok(Rego::new_array());
                }
                parsed => parsed?,
            };
            session.ways.fetch_max(parsed.ways.len(), Ordering::Relaxed);
            let runs = session.runs(file);
            if !runs && parsed.values.iter().any(is_object) {
                let aside = if function == CONTAINERS { &session.aside } else { &session.objects_aside };
                lock(aside).insert(file.clone());
            }
            Ok(rows(file, runs, &parsed))
        })
    };
    let found = joined(&files, |file| wanted(file).then(|| of_file(file)))?;
    lock(&session.answers).insert(key, found.clone());
    Ok(found)
}

/// What a function says of a file, made once.
fn told(function: &'static str, file: &str, parsed: &Parsed, make: impl FnOnce() -> Vec<Rego>) -> Rego {
    let key = (function, file.to_owned());
    if let Some(known) = lock(&parsed.told).get(&key) {
        return known.clone();
    }
    let made = Rego::from(make());
    lock(&parsed.told).insert(key, made.clone());
    made
}

/// The objects of a file.
fn objects(file: &str, runs: bool, parsed: &Parsed) -> Rego {
    told(MANIFESTS, file, parsed, || {
        let found = parsed.values.iter().enumerate().filter(|(_, object)| is_object(object));
        found.map(|(index, object)| row(file, runs, index, object)).collect()
    })
}

/// The containers in the pod of an object, each with the object and the way to it. What is no mapping is none.
fn in_pod(object: &Rego) -> Vec<Rego> {
    let (above, spec) = (&object["pod"]["at"], &object["pod"]["spec"]);
    let above = above.as_array().map(|steps| steps.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let of_group = |group: &'static str| {
        let members = spec[group].as_array().map(|members| members.iter().enumerate().collect::<Vec<_>>()).unwrap_or_default();
        let containers = members.into_iter().filter(|(_, container)| matches!(container, Rego::Object(_)));
        let row = |(index, container): (usize, &Rego)| {
            let at = above.iter().cloned().chain([Rego::from(group), Rego::from(index)]).collect::<Vec<_>>();
            value::object([
                ("manifest", object.clone()),
                ("group", Rego::from(group)),
                ("at", Rego::from(at)),
                ("container", container.clone()),
            ])
        };
        containers.map(row).collect::<Vec<_>>()
    };
    GROUPS.into_iter().flat_map(of_group).collect()
}

/// The same pattern, whose ending may be written in small letters or capitals: `POD.YAML` is applied as well.
fn in_any_case(pattern: &str) -> String {
    let Some((stem, ending)) = pattern.rsplit_once('.').filter(|(_, ending)| !ending.contains(['/', '[', '\\'])) else {
        return pattern.to_owned();
    };
    let letter =
        |c: char| if c.is_ascii_alphabetic() { format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase()) } else { c.into() };
    format!("{stem}.{}", ending.chars().map(letter).collect::<String>())
}

/// The items of all lists in the documents of a file, each with what a rule sees of it.
pub(super) fn items(documents: &[Document]) -> Vec<(Item, Rego)> {
    let mut found = Vec::new();
    for (document, root) in documents.iter().enumerate() {
        unfold(root, &Item { document, at: Vec::new() }, &mut found);
    }
    found
}

fn unfold(list: &Node, place: &Item, found: &mut Vec<(Item, Rego)>) {
    let (Some(kind), Some(Value::Sequence(items))) = (kind_of_items(list), list.get("items").map(|items| &items.value)) else { return };
    for (index, item) in items.iter().enumerate() {
        let steps = [Step::Key("items".to_owned()), Step::Index(index)];
        let inner = Item { document: place.document, at: place.at.iter().cloned().chain(steps).collect() };
        unfold(item, &inner, found);
        found.push((inner, typed(item, kind, list)));
    }
}

/// What the items of a list are that do not say so themselves: `Deployment` in a `DeploymentList`, nothing in a `List`.
fn kind_of_items(list: &Node) -> Option<&str> {
    list.get("apiVersion")?;
    list.get("kind")?.as_str()?.strip_suffix("List")
}

/// An item as a rule sees it.
fn typed(item: &Node, kind: &str, list: &Node) -> Rego {
    let seen = value::from_node(item);
    let (Ok(members), false) = (seen.as_object(), kind.is_empty() || item.get("kind").is_some()) else { return seen };
    let mut members = members.clone();
    members.insert(Rego::from("kind"), Rego::from(kind));
    members.insert(Rego::from("apiVersion"), list.get("apiVersion").map_or(Rego::Null, value::from_node));
    Rego::from(members)
}

/// Whether a document is an object that Kubernetes would take. A list is none: its items are.
fn is_object(document: &Rego) -> bool {
    let is_list = text(document, "kind").is_some_and(|kind| kind.ends_with("List")) && matches!(document["items"], Rego::Array(_));
    document.as_object().is_ok_and(|members| ["apiVersion", "kind"].iter().all(|key| members.get(&Rego::from(*key)).is_some())) && !is_list
}

fn row(path: &str, runs: bool, index: usize, object: &Rego) -> Rego {
    let row = [("path", Rego::from(path)), ("runs", Rego::from(runs)), ("index", Rego::from(index)), ("document", object.clone())];
    match pod(object) {
        None => value::object(row),
        Some(pod) => {
            let [path, runs, index, document] = row;
            value::object([path, runs, index, document, ("pod", pod)])
        }
    }
}

/// The way to the pod in an object of a kind.
pub(super) fn above(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pod" => &[],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        "PodTemplate" => &["template"],
        _ => &["spec", "template"],
    }
}

/// The pod of an object that is one or makes some: where it stands, what it says, and whether it is meant to end.
fn pod(object: &Rego) -> Option<Rego> {
    let kind = text(object, "kind")?;
    let above = above(kind);
    let template = above.iter().fold(object, |value, key| &value[*key]);
    let spec = &template["spec"];
    // What else has a template may be of an operator that means something of its own by it.
    if !KINDS.contains(&kind) || !matches!(spec, Rego::Object(_)) {
        return None;
    }
    let ends = matches!(kind, "Job" | "CronJob") || matches!(text(spec, "restartPolicy"), Some("Never" | "OnFailure"));
    let at = above.iter().copied().chain(["spec"]);
    let metadata = match &template["metadata"] {
        Rego::Undefined => value::object([]),
        metadata => metadata.clone(),
    };
    Some(value::object([("at", value::texts(at)), ("spec", spec.clone()), ("metadata", metadata), ("ends", Rego::from(ends))]))
}

fn text<'a>(value: &'a Rego, key: &str) -> Option<&'a str> {
    match &value[key] {
        Rego::String(text) => Some(text),
        _ => None,
    }
}
