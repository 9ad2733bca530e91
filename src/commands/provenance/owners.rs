//! The layers that made one file, where others of the service are not at hand.

use serde_json::Value;

use semver::Version;

use crate::template::{Layer, Stack};
use crate::tree::{Mode, RepoPath, Tree};

use super::super::{Env, shelf};
use super::service::Service;

/// The layers that made a file, as they were locked, with nothing but its sources in them. What layers that are not at hand ask is asked by
/// one that stands for them, so that the recorded answers count.
pub(super) fn alone(env: &Env<'_>, service: &Service, path: &RepoPath) -> Option<Stack> {
    let shelf = shelf::shelf(env).ok()?;
    let sources: Vec<_> = service.lock.files.get(path)?.from.iter().filter_map(|source| source.split_once(':')).collect();
    let mut layers: Vec<Layer> = Vec::new();
    for (maker, _) in &sources {
        if layers.iter().any(|layer| layer.name == *maker) {
            continue;
        }
        let locked = service.lock.layer(maker)?;
        let whole = shelf.locked_layer(locked, &Version::parse(&locked.version).ok()?).ok()?;
        let is_wanted = |file: &str| file == "template.yaml" || sources.contains(&(*maker, file));
        layers.push(Layer::load(maker, &whole.registry, &whole.folder, whole.tree.only(is_wanted)).ok()?);
    }
    layers.insert(0, stand_in(service, &layers)?);
    Stack::new(layers).ok()
}

/// A layer that asks what was answered and none of these layers asks.
fn stand_in(service: &Service, layers: &[Layer]) -> Option<Layer> {
    let is_asked = |name: &str| layers.iter().any(|layer| layer.file.inputs.iter().any(|(input, _)| input == name));
    let kind = |value: &Value| match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "integer",
        Value::Array(_) => "list",
        _ => "string",
    };
    let open = service.record.answers.iter().filter(|(name, _)| !is_asked(name));
    let inputs: String = open.map(|(name, value)| format!("\n  {name}: {{type: {}}}", kind(value))).collect();
    let inputs = if inputs.is_empty() { "{}".to_owned() } else { inputs };
    let mut tree = Tree::new();
    let text = format!("version: 0.0.0\ndescription: What other layers ask\nabstract: true\ninputs: {inputs}\n");
    tree.insert(RepoPath::found("template.yaml".to_owned()), Mode::File, text.into_bytes());
    Layer::load("local/answers", "local", "local/answers", tree).ok()
}
