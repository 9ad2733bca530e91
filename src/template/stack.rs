//! The layers of one template, lowest first, and everything they ask together.

use std::collections::BTreeMap;

use crate::config::Step;
use crate::finding::{Diagnostic, Location, SourceText, nearest};
use crate::tree::RepoPath;

use super::check::{is_template, key};
use super::engine::{self, Fault, Place};
use super::input::InputSpec;
use super::manifest::InputKind;
use super::{Layer, TemplateError};

/// Layers in the order of rendering.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The layers, lowest first; the last is the template itself, unless layers were added over it.
    pub layers: Vec<Layer>,
    /// The inputs of all layers in the order of asking.
    pub inputs: Vec<InputSpec>,
    /// The layers that a service added over its template, as they were asked for: `namespace/name`, or with `@1.2` behind it.
    pub extras: Vec<String>,
    /// The name of the template itself, where it is not the last layer: one that a service added may stand on layers of its own.
    pub over: Option<String>,
}

impl Stack {
    /// Puts layers together that are already in order.
    ///
    /// # Errors
    /// [`TemplateError::Template`] when layers disagree on an input or a value, or a template refers to what comes later.
    pub fn new(layers: Vec<Layer>) -> Result<Self, TemplateError> {
        let mut stack = Self { layers, inputs: Vec::new(), extras: Vec::new(), over: None };
        for index in 0..stack.layers.len() {
            stack.add_inputs(index)?;
        }
        stack.check_defaults()?;
        stack.check_values()?;
        stack.check_references()?;
        Ok(stack)
    }

    /// The template itself.
    #[must_use]
    pub fn top(&self) -> &Layer {
        let named = self.over.as_ref().and_then(|name| self.layers.iter().find(|layer| layer.name == *name));
        named.or(self.layers.last()).expect("a stack has at least the template itself")
    }

    /// Says which of the layers a service added over its template `top`.
    #[must_use]
    pub fn with_extras(mut self, top: &str, extras: Vec<String>) -> Self {
        (self.over, self.extras) = (Some(top.to_owned()), extras);
        self
    }

    /// Whether a service added the layer of this name over its template.
    #[must_use]
    pub fn is_extra(&self, name: &str) -> bool {
        self.extras.iter().any(|extra| extra.split('@').next() == Some(name))
    }

    /// The input called `name`.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&InputSpec> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The place in a template's file where a rendering that never ends begins: its first loop, or its first line.
    #[must_use]
    pub fn suspect(&self, shown: &str, label: &str) -> Location {
        let owner = self.layers.iter().find_map(|layer| {
            let path = shown.strip_prefix(&layer.folder)?.strip_prefix('/')?;
            Some((layer, layer.tree.read(&RepoPath::found(path.to_owned())).ok()?))
        });
        let Some((layer, bytes)) = owner else { return Location::file(shown, label) };
        let source = SourceText::new(shown, &*String::from_utf8_lossy(&bytes));
        let [_, block, _] = engine::openings(layer.file.delimiters);
        let is_loop = |at: &usize| source.text()[at + block.len()..].trim_start_matches(['-', ' ']).starts_with("for ");
        let start = source.text().match_indices(block).map(|(at, _)| at).find(is_loop).unwrap_or(0);
        source.location(start..start + block.len().min(source.text().len() - start), label)
    }

    /// The input whose name is nearest to a wrong one.
    pub(super) fn near(&self, wrong: &str) -> Option<&str> {
        nearest(wrong, self.inputs.iter().map(|input| input.name.as_str()))
    }

    /// The input or value whose name is nearest to a wrong one.
    pub(super) fn near_variable(&self, wrong: &str) -> Option<&str> {
        let values = self.layers.iter().flat_map(|layer| layer.file.values.iter().map(|(name, _)| name));
        nearest(wrong, self.inputs.iter().map(|input| input.name.as_str()).chain(values))
    }

    fn add_inputs(&mut self, index: usize) -> Result<(), TemplateError> {
        for (name, input) in self.layers[index].file.inputs.iter() {
            let Some(spec) = self.inputs.iter_mut().find(|spec| spec.name == name) else {
                self.inputs.push(InputSpec { name: name.to_owned(), declared: vec![(index, input.clone())] });
                continue;
            };
            if spec.kind() != input.kind {
                let steps = [key("inputs"), key(name), key("type")];
                let first = self.layers[spec.declared[0].0].at(&steps, "declared here with another type");
                let second = self.layers[index].at(&steps, "restated here");
                return Err(TemplateError::template(
                    Diagnostic::new(format!("layers disagree on the type of `{name}`")).at(second).at(first),
                ));
            }
            spec.declared.push((index, input.clone()));
        }
        Ok(())
    }

    /// An answer must satisfy every layer that declares its input, and so must a default that follows from nothing.
    fn check_defaults(&self) -> Result<(), TemplateError> {
        for spec in &self.inputs {
            let at = |layer: usize, part: Option<&str>, label: &str| {
                let steps: Vec<_> = ["inputs", &spec.name].into_iter().chain(part).map(key).collect();
                self.layers[layer].at(&steps, label)
            };
            if let (InputKind::Choice, [(first, _), .., (last, _)]) = (spec.kind(), spec.declared.as_slice())
                && spec.choices().is_empty()
            {
                let diagnostic = Diagnostic::new(format!("layers leave nothing to choose from for `{}`", spec.name));
                let diagnostic =
                    diagnostic.at(at(*last, Some("choices"), "restated here")).at(at(*first, Some("choices"), "declared here"));
                return Err(TemplateError::template(diagnostic));
            }
            let Some((layer, default)) = spec.default().filter(|(_, default)| !is_template(default)) else { continue };
            let Some((objector, why)) = spec.problem(default) else { continue };
            let diagnostic =
                Diagnostic::new(format!("default of `{}` is not a valid answer", spec.name)).at(at(layer, Some("default"), &why));
            let diagnostic = diagnostic.at(at(objector, None, "this layer objects"));
            return Err(TemplateError::template(diagnostic.help("restate the default where the input is restated")));
        }
        Ok(())
    }

    fn check_values(&self) -> Result<(), TemplateError> {
        let mut seen: BTreeMap<&str, &Layer> = BTreeMap::new();
        for layer in &self.layers {
            for (name, _) in layer.file.values.iter() {
                let at = |layer: &Layer, label: &str| layer.at(&[key("values"), key(name)], label);
                if let Some(first) = seen.insert(name, layer) {
                    let diagnostic = Diagnostic::new(format!("two layers derive the value `{name}`"));
                    return Err(TemplateError::template(diagnostic.at(at(layer, "derived again here")).at(at(first, "derived here"))));
                }
                if let Some(spec) = self.input(name) {
                    let input = self.layers[spec.declared[0].0].at(&[key("inputs"), key(name)], "an input of this name");
                    let diagnostic = Diagnostic::new(format!("`{name}` is an input of one layer and a value of another"));
                    return Err(TemplateError::template(diagnostic.at(at(layer, "derived here")).at(input)));
                }
            }
        }
        Ok(())
    }

    /// Conditions and defaults may mention earlier inputs only, values all inputs and earlier values.
    fn check_references(&self) -> Result<(), TemplateError> {
        let mut known: Vec<&str> = Vec::new();
        for spec in &self.inputs {
            for (layer, input) in &spec.declared {
                let layer = &self.layers[*layer];
                if let Some(when) = &input.when {
                    self.refers(layer, &[key("inputs"), key(&spec.name), key("when")], &format!("{{{{ {when} }}}}"), when, &known)?;
                }
                if let Some(serde_json::Value::String(default)) = &input.default {
                    let with_folder = [&known[..], &["folder"]].concat();
                    self.refers(layer, &[key("inputs"), key(&spec.name), key("default")], default, default, &with_folder)?;
                }
            }
            known.push(&spec.name);
        }
        for layer in &self.layers {
            for (name, text) in layer.file.values.iter() {
                self.refers(layer, &[key("values"), key(name)], text, text, &known)?;
                known.push(name);
            }
        }
        self.check_rules(&known)
    }

    /// A condition on files may mention everything; of what nothing has, it may ask whether it is defined.
    fn check_rules(&self, known: &[&str]) -> Result<(), TemplateError> {
        for layer in &self.layers {
            for (index, rule) in layer.file.files.iter().enumerate() {
                let Some(when) = &rule.when else { continue };
                let known = [known, &asked(when)].concat();
                self.refers(layer, &[key("files"), Step::Index(index), key("when")], &format!("{{{{ {when} }}}}"), when, &known)?;
            }
        }
        Ok(())
    }

    fn refers(&self, layer: &Layer, steps: &[Step], template: &str, written: &str, known: &[&str]) -> Result<(), TemplateError> {
        let names = engine::variables(template).map_err(|fault| expression_fault(layer, steps, written, &fault, template))?;
        let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
        let inside = written.find(name.as_str()).map(|start| start..start + name.len());
        let later = self.input(name).is_some() || self.layers.iter().any(|l| l.file.values.iter().any(|(value, _)| value == name));
        let label = if later { "comes later, or is not known here" } else { "nothing has this name" };
        let diagnostic = Diagnostic::new(format!("`{name}` is not known here")).at(layer.at_value(steps, written, inside, label));
        let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let otherwise = if later { "only earlier inputs can be used" } else { "declare it below `inputs` or `values`" };
        Err(TemplateError::template(diagnostic.help(near.unwrap_or_else(|| otherwise.to_owned()))))
    }
}

/// The names of which an expression asks whether they are defined.
fn asked(expression: &str) -> Vec<&str> {
    let words: Vec<_> = expression.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    let asks = |after: &[&str]| matches!(after, ["is", "defined" | "undefined", ..] | ["is", "not", "defined" | "undefined", ..]);
    words.iter().enumerate().filter(|(index, _)| asks(&words[index + 1..])).map(|(_, word)| *word).collect()
}

/// A fault in an expression of a manifest. `template` is what the engine saw of the text `written` in the file.
pub(super) fn expression_fault(layer: &Layer, steps: &[Step], written: &str, fault: &Fault, template: &str) -> TemplateError {
    let shift = template.find(written).unwrap_or(0);
    let inside = match &fault.place {
        Place::Bytes(range) => {
            Some(range.start.saturating_sub(shift).min(written.len())..range.end.saturating_sub(shift).min(written.len()))
        }
        _ => None,
    };
    let at = layer.at_value(steps, written, inside, &fault.message);
    let mut diagnostic = Diagnostic::new("expression cannot be evaluated").at(at);
    diagnostic.notes.clone_from(&fault.notes);
    TemplateError::template(diagnostic)
}
