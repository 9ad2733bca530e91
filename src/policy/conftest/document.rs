//! A page about policies, from their annotations: packages and rules as headings, with what their authors wrote about them.

use serde_json::Value;

use super::annotations::Annotations;
use super::load::{RegoFile, RegoVersion};
use super::module::Parsed;
use super::{ConftestError, rewrite};

/// Describes policies in Markdown, package by package; empty when nothing is annotated.
///
/// # Errors
/// [`ConftestError::Parse`].
pub fn document(files: &[RegoFile], version: RegoVersion) -> Result<String, ConftestError> {
    let mut sections: Vec<(Vec<String>, Value)> = Vec::new();
    for file in files {
        let parsed = Parsed::new(file, version)?;
        let annotations = Annotations::read(&parsed).map_err(ConftestError::Parse)?;
        sections.extend(annotations.package_level());
        for rule in &parsed.module.policy {
            sections.extend(annotations.above(rewrite::head_name(rule), rule.span().line as usize));
        }
    }
    sections.sort_by(|(one, _), (other, _)| one.cmp(other));
    let first = sections.first().map_or(0, |(path, _)| path.len());
    Ok(sections.iter().map(|(path, annotations)| section(path, annotations, path.len().saturating_sub(first) + 1)).collect())
}

/// The deepest heading that Markdown has.
const MAX_HEADING: usize = 6;

fn section(path: &[String], annotations: &Value, depth: usize) -> String {
    let text = |name: &str| annotations.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let title = Some(text("title")).filter(|title| !title.is_empty()).map(|title| format!(": {title}")).unwrap_or_default();
    let mut out = format!("{} `{}`{title}\n\n", "#".repeat(depth.min(MAX_HEADING)), path.join("."));
    if !text("description").is_empty() {
        out += &format!("{}\n\n", text("description"));
    }
    let resources = annotations.get("related_resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for resource in resources {
        let about = resource.get("description").and_then(Value::as_str).map(|about| format!(": {about}")).unwrap_or_default();
        out += &format!("- <{}>{about}\n", resource.get("ref").and_then(Value::as_str).unwrap_or_default());
    }
    if !resources.is_empty() {
        out.push('\n');
    }
    out
}
