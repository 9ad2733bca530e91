//! Where the files of a template go: rendered names, safe paths, and no two files in one place.

use std::collections::BTreeMap;

use tera::{Context, Tera};

use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::tree::RepoPath;

use super::check::key;
use super::engine::{self, Place};
use super::layer::at_name;
use super::limits::MAX_DEPTH;
use super::{Layer, Stack, TemplateError};

/// The longest rendered path that is looked at, in bytes.
const MAX_PATH: usize = 4096;

/// Renders the path of a file of the template. `None` when a component renders to nothing: the file is left out.
///
/// `name` is the path below `files/` without the suffix that is not kept; `origin` the file's own path.
pub(super) fn target(
    stack: &Stack,
    layer: &Layer,
    tera: &Tera,
    context: &Context,
    origin: &RepoPath,
    name: &str,
) -> Result<Option<RepoPath>, TemplateError> {
    let mut components = Vec::new();
    for component in name.split('/') {
        let text = if is_dynamic(layer, component) {
            engine::render_text(tera, component, context, MAX_PATH).map_err(|fault| path_fault(layer, origin, component, &fault))?
        } else {
            component.to_owned()
        };
        if text.is_empty() {
            return Ok(None);
        }
        components.push(text);
    }
    let text = components.join("/");
    let depth = text.split('/').count();
    if depth > MAX_DEPTH {
        return Err(refused(
            stack,
            context,
            layer,
            origin,
            &text,
            "path is nested too deeply",
            &format!("{depth} levels, more than {MAX_DEPTH}"),
        ));
    }
    match RepoPath::new(text.clone()) {
        Ok(path) => Ok(Some(path)),
        Err(error) => Err(refused(stack, context, layer, origin, &text, &shorten(&error.to_string()), "this file would be written there")),
    }
}

fn is_dynamic(layer: &Layer, component: &str) -> bool {
    engine::openings(layer.file.delimiters).iter().any(|opening| component.contains(opening))
}

fn path_fault(layer: &Layer, origin: &RepoPath, component: &str, fault: &engine::Fault) -> TemplateError {
    // The name of the file is the text that is wrong, so the excerpt is the name.
    let shown = layer.shown(origin.as_str());
    let source = SourceText::new(shown, origin.as_str().to_owned());
    let start = origin.as_str().find(component).unwrap_or(0);
    let range = match &fault.place {
        Place::Bytes(range) => start + range.start..start + range.end,
        _ => start..start + component.len(),
    };
    let mut diagnostic = Diagnostic::new("file name cannot be rendered").at(source.location(range, &fault.message));
    diagnostic.notes.clone_from(&fault.notes);
    TemplateError::template(diagnostic)
}

/// An unsafe path is the answer's fault when an answer brought the part that is refused.
fn refused(stack: &Stack, context: &Context, layer: &Layer, origin: &RepoPath, text: &str, title: &str, label: &str) -> TemplateError {
    let diagnostic = Diagnostic::new(title).at(layer.at_name(origin.as_str(), label));
    let guilty = stack.inputs.iter().find(|spec| {
        let value = context.get(&spec.name).and_then(tera::Value::as_str).unwrap_or_default();
        value.len() > 1 && text.contains(value) && !origin.as_str().contains(value) && RepoPath::new(value).is_err()
            || value.len() > 255 && text.contains(value)
            || value.contains('/') && text.contains(value)
    });
    let Some(spec) = guilty else { return TemplateError::template(diagnostic) };
    let input = stack.layers[spec.declared[0].0].at(&[key("inputs"), key(&spec.name)], "the answer for this input is part of the path");
    TemplateError::answer(diagnostic.at(input).help(format!("give another value for `{}`", spec.name)))
}

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Where a file came from, for the diagnostics of a collision.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The layer's folder as diagnostics show it.
    pub(super) folder: String,
    /// The file's path in the template.
    pub(super) path: String,
    /// The layer's name.
    pub(super) layer: String,
}

impl Origin {
    /// The place of the file by its name.
    pub(super) fn at(&self, label: impl Into<String>) -> Location {
        at_name(&self.folder, &self.path, label)
    }
}

/// Refuses a path in the place of a file that polity writes itself. A layer may write `polity.yaml`, but no other spelling of it.
pub(super) fn unclaimed(path: &RepoPath, origin: &Origin) -> Result<(), TemplateError> {
    let first = path.as_str().split('/').next().unwrap_or_default();
    let key = RepoPath::found(first.to_owned()).collision_key();
    let Some(own) = [LOCK_FILE, SERVICE_FILE].into_iter().find(|own| RepoPath::found((*own).to_owned()).collision_key() == key) else {
        return Ok(());
    };
    if own == SERVICE_FILE && path.as_str() == SERVICE_FILE {
        return Ok(());
    }
    let title = if path.as_str() == own {
        format!("`{own}` is written by polity alone")
    } else {
        format!("path `{path}` takes the place of `{own}`, which polity writes")
    };
    Err(TemplateError::template(Diagnostic::new(title).at(origin.at("this layer writes it"))))
}

/// Refuses paths that some file systems take for one, and a file where another needs a folder.
pub(super) fn distinct<'a>(files: impl Iterator<Item = (&'a RepoPath, &'a Origin)>) -> Result<(), TemplateError> {
    let mut taken: BTreeMap<String, (&str, bool, &Origin)> = BTreeMap::new();
    for (path, origin) in files {
        let text = path.as_str();
        let ends = text.match_indices('/').map(|(i, _)| (i, true)).chain([(text.len(), false)]);
        for (end, is_folder) in ends {
            let prefix = &text[..end];
            let key = RepoPath::found(prefix.to_owned()).collision_key();
            match taken.get(&key) {
                Some((spelled, was_folder, first)) if *spelled != prefix || *was_folder != is_folder => {
                    return Err(collision(prefix, origin, spelled, first));
                }
                _ => taken.insert(key, (prefix, is_folder, origin)),
            };
        }
    }
    Ok(())
}

fn collision(path: &str, origin: &Origin, other: &str, first: &Origin) -> TemplateError {
    let title = if path == other {
        format!("`{path}` is a file and a folder")
    } else {
        format!("paths `{other}` and `{path}` are one on some file systems")
    };
    let second = origin.at(format!("makes `{path}`"));
    let first = first.at(format!("makes `{other}`"));
    TemplateError::template(Diagnostic::new(title).at(second).at(first))
}
