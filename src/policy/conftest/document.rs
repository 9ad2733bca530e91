//! A page about policies, from their annotations: packages and rules as headings, with what their authors wrote about them.

use gotmpl::Value as Filled;
use serde_json::Value;

use super::annotations::Annotations;
use super::load::{RegoFile, RegoVersion};
use super::module::Parsed;
use super::rendered::{list, object, of_json, render, text};
use super::{ConftestError, rewrite};

/// The page of those who bring no template; the same as conftest's.
const PAGE: &str = include_str!("document.md.tmpl");

/// Describes policies, package by package, by a template of Go's `text/template`; nothing when nothing is annotated.
///
/// # Errors
/// [`ConftestError::Parse`] for a policy, [`ConftestError::Template`] for the template.
pub fn document(files: &[RegoFile], version: RegoVersion, template: Option<&str>) -> Result<Option<String>, ConftestError> {
    let mut sections: Vec<(Vec<String>, Value)> = Vec::new();
    for file in files {
        let parsed = Parsed::new(file, version)?;
        let annotations = Annotations::read(&parsed).map_err(ConftestError::Parse)?;
        sections.extend(annotations.package_level());
        for rule in &parsed.module.policy {
            sections.extend(annotations.above(rewrite::head_name(rule), rule.span().line as usize));
        }
    }
    if sections.is_empty() {
        return Ok(None);
    }
    sections.sort_by(|(one, _), (other, _)| one.cmp(other));
    let depths = depths(sections.iter().map(|(path, _)| path.len()));
    let filled = sections.iter().zip(depths).map(|((path, annotations), depth)| section(path, annotations, depth));
    render(template.unwrap_or(PAGE), list(filled)).map(Some).map_err(ConftestError::Template)
}

/// How deep each heading is. No heading is more than one deeper than the one before it.
fn depths(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let (mut offset, mut current, mut found) = (1, 0, Vec::new());
    for (index, length) in lengths.enumerate() {
        let depth = (length + 1).saturating_sub(offset);
        if index == 0 && depth > 1 {
            // The page is about a package within others.
            offset = depth;
        }
        current = depth.min(current + 1);
        found.push(current);
    }
    found
}

/// What a template knows of a package or a rule, by conftest's names.
fn section(path: &[String], annotations: &Value, depth: usize) -> Filled {
    let own = |name: &str| annotations.get(name).and_then(Value::as_str).unwrap_or_default();
    let all = |name: &str| annotations.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named = |item: &Value, name: &str| text(item.get(name).and_then(Value::as_str).unwrap_or_default());
    let people = all("authors").iter().map(|author| object([("Name", named(author, "name")), ("Email", named(author, "email"))]));
    let resources = all("related_resources")
        .iter()
        .map(|resource| object([("Ref", named(resource, "ref")), ("Description", named(resource, "description"))]));
    let annotated = object([
        ("Scope", text(own("scope"))),
        ("Title", text(own("title"))),
        ("Description", text(own("description"))),
        ("Entrypoint", Filled::Bool(annotations.get("entrypoint").and_then(Value::as_bool) == Some(true))),
        ("Organizations", list(all("organizations").iter().map(of_json))),
        ("Authors", list(people)),
        ("RelatedResources", list(resources)),
        ("Custom", annotations.get("custom").map_or_else(|| object([]), of_json)),
    ]);
    object([
        ("RegoPackageName", text(&path.join("."))),
        ("Depth", Filled::Int(i64::try_from(depth).unwrap_or_default())),
        ("MarkdownHeading", text(&"#".repeat(depth))),
        ("Annotations", annotated),
    ])
}
