//! `polity template list`: the templates at hand, one a line.

use std::fmt::Write as _;

use serde_json::json;

use crate::catalog::UnitKind;
use crate::cli::OutputFormat;
use crate::error::{Error, Exit};
use crate::template::Layer;

use super::{Env, print, shelf};

/// Lists the templates of all registries.
pub(super) fn list(format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let shelf = shelf::here(env)?;
    let units = shelf.catalog.units(UnitKind::Template)?;
    let layers = units.iter().map(|unit| shelf.layer(unit)).collect::<Result<Vec<_>, _>>()?;
    let text = match format {
        OutputFormat::Human => human(&layers),
        OutputFormat::Json => {
            let rows: Vec<_> = layers.iter().map(row).collect();
            env.document(json!({"schema": "polity/template-list/1", "templates": rows}))
        }
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

fn human(layers: &[Layer]) -> String {
    let width = layers.iter().map(|layer| layer.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for layer in layers {
        let mark = if layer.file.is_abstract { " (layer)" } else { "" };
        let _ = writeln!(text, "{:<width$}  {}  {}{mark}", layer.name, layer.file.version, layer.file.description);
    }
    if layers.is_empty() {
        text.push_str("no templates\n");
    }
    text
}

fn row(layer: &Layer) -> serde_json::Value {
    json!({
        "name": layer.name,
        "version": layer.file.version.to_string(),
        "description": layer.file.description,
        "abstract": layer.file.is_abstract,
        "tier": layer.file.tier,
        "language": layer.file.language,
        "registry": layer.registry,
    })
}
