//! Constraint templates of Gatekeeper, their constraints, and what they say about Kubernetes objects.
//!
//! Nothing here reads a disk or talks to a cluster: the caller brings documents, and the inventory is what it brings.

mod constraint;
mod review;
mod suite;
mod template;
mod verify;

use std::collections::BTreeMap;

use serde_json::Value;

use super::conftest::ConftestError;

pub use constraint::{Action, Constraint};
pub use review::{Inventory, Subject};
pub use suite::{Assertion, Case, Suite, SuiteTest, Wanted};
pub use template::Template;
pub use verify::judge;

/// A parsed document and the file that it stands in.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file, as messages show it.
    pub path: String,
    /// Its text, to find lines in.
    pub text: std::sync::Arc<str>,
    /// The document.
    pub value: Value,
}

impl Document {
    /// A text at the end of a path of members; empty without it.
    fn text_at(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The kind of object it describes.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text_at("/kind")
    }

    /// The group of the API that it belongs to; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.text_at("/apiVersion").split_once('/').map_or("", |(group, _)| group)
    }
}

/// What keeps documents from being judged. None of these is a pass.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GatekeeperError {
    /// A document that is not what it says.
    #[error("{path}: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A template's Rego that does not load or evaluate.
    #[error("{path}: {source}")]
    Rego {
        /// The file.
        path: String,
        /// What is wrong.
        source: ConftestError,
    },
}

impl GatekeeperError {
    pub(super) fn invalid(document: &Document, message: impl Into<String>) -> Self {
        Self::Invalid { path: document.path.clone(), message: message.into() }
    }
}

/// What a constraint says against an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The constraint's kind and name.
    pub constraint: (String, String),
    /// What the constraint wants done.
    pub action: Action,
    /// The message.
    pub message: String,
    /// Whatever else the template returned.
    pub details: Value,
}

/// Templates by the kind of constraint that they define, with the constraints that use them.
#[derive(Default)]
pub struct Rulebook {
    templates: BTreeMap<String, Template>,
    constraints: Vec<Constraint>,
}

impl Rulebook {
    /// Loads templates and constraints; `now` is the time of the run, in nanoseconds since 1970.
    ///
    /// # Errors
    /// A template that does not load, two of one kind, or a constraint that no template defines.
    pub fn new(templates: &[Document], constraints: &[Document], now: i64) -> Result<Self, GatekeeperError> {
        let mut book = Self::default();
        for document in templates {
            let template = Template::read(document, now)?;
            let kind = template.kind.clone();
            if book.templates.insert(kind.clone(), template).is_some() {
                return Err(GatekeeperError::invalid(document, format!("a second template defines `{kind}`")));
            }
        }
        for document in constraints {
            let Some(template) = book.templates.get(document.kind()) else {
                return Err(GatekeeperError::invalid(document, format!("no constraint template defines `{}`", document.kind())));
            };
            book.constraints.push(Constraint::read(document, template)?);
        }
        Ok(book)
    }

    /// What all constraints say against an object, and how many of them apply to it.
    ///
    /// # Errors
    /// Rego that cannot be evaluated, or a constraint that needs what is not known.
    pub fn review(&self, subject: &Subject, inventory: &Inventory) -> Result<(usize, Vec<Violation>), GatekeeperError> {
        let mut applied = 0;
        let mut found = Vec::new();
        for constraint in &self.constraints {
            if constraint.applies(subject, inventory)? {
                applied += 1;
                let template = &self.templates[&constraint.kind];
                found.extend(template.violations(constraint, subject, inventory)?);
            }
        }
        Ok((applied, found))
    }
}
