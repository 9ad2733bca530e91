//! What is wrong with the migrations of a manifest: names that lead nowhere, versions that never were, changes that change nothing.

use crate::config::Step;
use crate::finding::{Diagnostic, nearest};

use super::Layer;
use super::check::key;

/// Checks the migrations of a manifest.
pub(super) fn migrations(layer: &Layer, found: &mut Vec<Diagnostic>) {
    for (index, migration) in layer.file.migrations.iter().enumerate() {
        let at = |steps: &[Step], label: &str| layer.at(&[&[key("migrations"), Step::Index(index)], steps].concat(), label);
        if migration.version > layer.file.version {
            let diagnostic = Diagnostic::new(format!("migration is of version {}, which is still to come", migration.version));
            found.push(diagnostic.at(at(&[key("version")], "above the template's own version")));
        }
        if migration.inputs.0.is_empty() && migration.files.0.is_empty() {
            found.push(Diagnostic::new("migration says nothing").at(at(&[], "set `inputs` or `files`")));
        }
        for (old, new) in migration.inputs.iter() {
            let steps = [key("inputs"), key(old)];
            if is_input(layer, old) {
                let title = format!("input `{old}` has a new name and its old one");
                found.push(Diagnostic::new(title).at(at(&steps, "an input is still called so")));
            }
            // A name may change again in a later version.
            let is_changed = layer
                .file
                .migrations
                .iter()
                .any(|other| other.inputs.iter().any(|(name, _)| name == new) && other.version >= migration.version);
            if !is_input(layer, new) && !is_changed {
                let near = nearest(new, layer.file.inputs.iter().map(|(name, _)| name)).map(|near| format!("did you mean `{near}`?"));
                let mut diagnostic = Diagnostic::new(format!("input `{old}` is renamed to `{new}`, which is no input"));
                diagnostic.helps.extend(near);
                found.push(diagnostic.at(at(&steps, "no input has this name")));
            }
        }
        for (old, new) in migration.files.iter().filter(|(old, new)| old == new) {
            let title = format!("file `{old}` is moved to `{new}`");
            found.push(Diagnostic::new(title).at(at(&[key("files"), key(old)], "the same path")));
        }
    }
}

fn is_input(layer: &Layer, name: &str) -> bool {
    layer.file.inputs.iter().any(|(input, _)| input == name)
}
