//! Answers of an old version as answers to a new one: renamed where the template says so, left out where nobody asks any more.

use semver::Version;
use serde_json::{Map, Value};

use crate::config::Lock;
use crate::template::Stack;

/// The old answers as far as the new version wants them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carried {
    /// The answers.
    pub given: Map<String, Value>,
    /// Inputs with a new name: the old one and the new one.
    pub renamed: Vec<(String, String)>,
    /// Inputs that are gone, with what was answered.
    pub removed: Vec<(String, Value)>,
}

/// Carries answers over from the locked versions to those of the stack.
///
/// A renamed input whose new name has an answer already keeps that one.
#[must_use]
pub fn carry(stack: &Stack, lock: &Lock, answers: &Map<String, Value>) -> Carried {
    let mut carried = Carried { given: answers.clone(), ..Carried::default() };
    for layer in &stack.layers {
        let Some(old) = lock.layer(&layer.name).and_then(|locked| Version::parse(&locked.version).ok()) else { continue };
        let mut steps: Vec<_> = layer.file.migrations.iter().filter(|m| m.version > old && m.version <= layer.file.version).collect();
        steps.sort_by(|a, b| a.version.cmp(&b.version));
        for (from, to) in steps.iter().flat_map(|step| step.inputs.iter()) {
            if let Some(value) = carried.given.shift_remove(from) {
                carried.given.entry(to.clone()).or_insert(value);
                carried.renamed.push((from.to_owned(), to.clone()));
            }
        }
    }
    let gone: Vec<_> = carried.given.keys().filter(|name| stack.input(name).is_none()).cloned().collect();
    for name in gone {
        carried.removed.extend(carried.given.shift_remove(&name).map(|value| (name, value)));
    }
    carried
}
