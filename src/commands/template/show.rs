//! `polity template show`: what a template is built on, what it asks and which files it has.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::OutputFormat;
use crate::error::{Error, Exit};
use crate::template::{InputSpec, Stack, shown};

use super::{Env, print, shelf};

/// Shows one template.
pub(super) fn show(name: &str, format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (shelf, unit) = shelf::open_here(env, &shelf::here(env)?, name)?;
    let stack = shelf.stack(&unit)?;
    let text = match format {
        OutputFormat::Human => human(&stack),
        OutputFormat::Json => env.document(json(&stack)),
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

fn human(stack: &Stack) -> String {
    let top = stack.top();
    let mut text = format!("{} {}\n{}\n\nlayers, lowest first:\n", top.name, top.file.version, top.file.description);
    for layer in &stack.layers {
        let _ = writeln!(text, "  {} {} ({})", layer.name, layer.file.version, layer.registry);
    }
    text.push_str("\ninputs:\n");
    for spec in &stack.inputs {
        let kind = serde_json::to_value(spec.kind()).unwrap_or_default();
        let default = spec.default().map_or("required".to_owned(), |(_, value)| format!("default {}", shown(value)));
        let when = spec.when().map(|(_, when)| format!(", when {when}")).unwrap_or_default();
        let choices = if spec.choices().is_empty() { String::new() } else { format!(" ({})", spec.choices().join(", ")) };
        let _ = writeln!(text, "  {}: {}{choices}, {default}{when}", spec.name, kind.as_str().unwrap_or_default());
        if let Some(help) = spec.help() {
            let _ = writeln!(text, "      {help}");
        }
    }
    for (title, words) in [("provides", &top.file.provides), ("satisfies", &top.file.satisfies)] {
        if !words.is_empty() {
            let _ = writeln!(text, "\n{title}: {}", words.join(", "));
        }
    }
    text.push_str("\nfiles:\n");
    for (layer, path) in files(stack) {
        let _ = writeln!(text, "  {path} ({layer})");
    }
    text
}

/// The files of all layers by the names they have in the template.
fn files(stack: &Stack) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    for layer in &stack.layers {
        let paths = layer.tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix("files/"));
        files.extend(paths.map(|path| (layer.name.as_str(), path)));
    }
    files.sort_by_key(|(_, path)| *path);
    files
}

fn json(stack: &Stack) -> Value {
    let top = stack.top();
    let layers: Vec<_> = stack
        .layers
        .iter()
        .map(|layer| json!({"name": layer.name, "version": layer.file.version.to_string(), "registry": layer.registry}))
        .collect();
    let files: Vec<_> = files(stack).into_iter().map(|(layer, path)| json!({"path": path, "layer": layer})).collect();
    json!({
        "schema": "polity/template-show/1",
        "name": top.name,
        "version": top.file.version.to_string(),
        "description": top.file.description,
        "abstract": top.file.is_abstract,
        "tier": top.file.tier,
        "language": top.file.language,
        "layers": layers,
        "inputs": stack.inputs.iter().map(input).collect::<Vec<_>>(),
        "provides": top.file.provides,
        "satisfies": top.file.satisfies,
        "files": files,
    })
}

fn input(spec: &InputSpec) -> Value {
    json!({
        "name": spec.name,
        "type": spec.kind(),
        "help": spec.help(),
        "default": spec.default().map(|(_, value)| value),
        "when": spec.when().map(|(_, when)| when),
        "choices": spec.choices(),
    })
}
