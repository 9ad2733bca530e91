//! A constraint: which objects it applies to, with which parameters, and what it wants done.

use serde_json::Value;

use super::{Document, GatekeeperError, Inventory, Subject, Template};

/// What a constraint wants done about an object that violates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Refuse it.
    Deny,
    /// Let it in with a warning.
    Warn,
    /// Only record it.
    Dryrun,
}

impl Action {
    /// Its name in a constraint.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Dryrun => "dryrun",
        }
    }
}

/// A constraint.
pub struct Constraint {
    /// Its kind, which a template defines.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it wants done.
    pub action: Action,
    /// Its parameters, complete.
    pub parameters: Value,
    path: String,
    matches: Value,
}

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    /// An action that does not exist, or conditions that are not known: to leave one out would be a pass.
    pub fn read(document: &Document, template: &Template) -> Result<Self, GatekeeperError> {
        let action = match document.text_at("/spec/enforcementAction") {
            "" | "deny" => Action::Deny,
            "warn" => Action::Warn,
            "dryrun" => Action::Dryrun,
            other => return Err(GatekeeperError::invalid(document, format!("unknown `enforcementAction`: {other}"))),
        };
        let matches = document.value.pointer("/spec/match").cloned().unwrap_or_default();
        let unknown = matches.as_object().into_iter().flatten().map(|(name, _)| name).find(|name| !CONDITIONS.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(GatekeeperError::invalid(document, format!("`spec.match.{name}` is not supported")));
        }
        for name in ["labelSelector", "namespaceSelector"] {
            if let Some(selector) = matches.get(name) {
                well_formed(selector).map_err(|wrong| GatekeeperError::invalid(document, format!("`spec.match.{name}`: {wrong}")))?;
            }
        }
        Ok(Self {
            kind: document.kind().to_owned(),
            name: document.text_at("/metadata/name").to_owned(),
            action,
            parameters: template.parameters(document.value.pointer("/spec/parameters")),
            path: document.path.clone(),
            matches,
        })
    }

    /// Whether it applies to an object: every condition holds.
    ///
    /// # Errors
    /// A condition on the labels of a namespace that was not given.
    pub fn applies(&self, subject: &Subject, inventory: &Inventory) -> Result<bool, GatekeeperError> {
        let named = |name: &str| self.matches.get(name).and_then(Value::as_array);
        let place = subject.place();
        let of_kind = named("kinds").is_none_or(|kinds| kinds.iter().any(|kinds| is_of_kind(kinds, subject)));
        let in_scope = match self.matches.get("scope").and_then(Value::as_str) {
            Some("Namespaced") => !subject.namespace.is_empty(),
            Some("Cluster") => subject.namespace.is_empty(),
            _ => true,
        };
        // Objects of the cluster have no namespace that could be left out.
        let inside = place.is_empty() || named("namespaces").is_none_or(|names| any(names, place));
        let outside = place.is_empty() || !named("excludedNamespaces").is_some_and(|names| any(names, place));
        let called = self.matches.get("name").and_then(Value::as_str).is_none_or(|pattern| is_like(pattern, &subject.name));
        let labelled =
            self.matches.get("labelSelector").is_none_or(|selector| subject.label_sets().any(|labels| selects(selector, labels)));
        if !(of_kind && in_scope && inside && outside && called && labelled) {
            return Ok(false);
        }
        let Some(selector) = self.matches.get("namespaceSelector").filter(|_| !place.is_empty()) else { return Ok(true) };
        let own = (subject.kind == "Namespace").then_some(&subject.object);
        let Some(namespace) = own.or_else(|| inventory.namespace(place)) else {
            let message = format!("constraint `{}` asks for labels of the namespace `{place}`, which was not given", self.name);
            return Err(GatekeeperError::Invalid { path: self.path.clone(), message });
        };
        Ok(selects(selector, &namespace["metadata"]["labels"]))
    }
}

const CONDITIONS: [&str; 8] =
    ["kinds", "scope", "namespaces", "excludedNamespaces", "labelSelector", "namespaceSelector", "name", "source"];

fn is_of_kind(kinds: &Value, subject: &Subject) -> bool {
    let among = |name: &str, wanted: &str| {
        kinds.get(name).and_then(Value::as_array).is_none_or(|names| names.iter().any(|name| name == "*" || name == wanted))
    };
    among("apiGroups", &subject.group) && among("kinds", &subject.kind)
}

fn any(patterns: &[Value], name: &str) -> bool {
    patterns.iter().filter_map(Value::as_str).any(|pattern| is_like(pattern, name))
}

/// A `*` at one end or at both stands for anything.
fn is_like(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), Some(_)) => name.contains(end.strip_suffix('*').unwrap_or(end)),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}

/// What is wrong with a label selector, by the rules of `LabelSelectorRequirement` in the API of Kubernetes.
fn well_formed(selector: &Value) -> Result<(), String> {
    let known = ["matchLabels", "matchExpressions"];
    if let Some(name) = selector.as_object().into_iter().flatten().map(|(name, _)| name).find(|name| !known.contains(&name.as_str())) {
        return Err(format!("`{name}` is not supported"));
    }
    let expressions = match selector.get("matchExpressions") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(expressions)) => expressions,
        Some(_) => return Err("`matchExpressions` is no list".to_owned()),
    };
    for (index, expression) in expressions.iter().enumerate() {
        let wrong = |what: String| Err(format!("`matchExpressions[{index}]` {what}"));
        let has_values = expression["values"].as_array().is_some_and(|values| !values.is_empty());
        if expression["key"].as_str().is_none_or(str::is_empty) {
            return wrong("has no `key`".to_owned());
        }
        match expression["operator"].as_str() {
            Some("In" | "NotIn") if !has_values => return wrong("has no `values`".to_owned()),
            Some("Exists" | "DoesNotExist") if has_values => return wrong("has `values`, which its operator does not take".to_owned()),
            Some("In" | "NotIn" | "Exists" | "DoesNotExist") => {}
            _ => return wrong(format!("has the operator {}, not `In`, `NotIn`, `Exists` or `DoesNotExist`", expression["operator"])),
        }
    }
    Ok(())
}

/// A label selector of Kubernetes.
fn selects(selector: &Value, labels: &Value) -> bool {
    let equal =
        selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten().all(|(name, value)| labels.get(name) == Some(value));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    equal && expressions.iter().all(|expression| holds(expression, labels))
}

fn holds(expression: &Value, labels: &Value) -> bool {
    let label = expression["key"].as_str().and_then(|key| labels.get(key));
    let among = || expression["values"].as_array().is_some_and(|values| label.is_some_and(|label| values.contains(label)));
    match expression["operator"].as_str() {
        Some("In") => among(),
        Some("NotIn") => !among(),
        Some("Exists") => label.is_some(),
        Some("DoesNotExist") => label.is_none(),
        _ => false,
    }
}
