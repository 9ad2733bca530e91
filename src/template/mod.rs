//! Templates: from layers and answers to files in memory. Pure: no disk, clock, environment or randomness.
//!
//! [`make`] is the one entry. It is a function over values that can be sent to another process ([`wire`]), because the
//! template engine has no fuel: whoever renders a template of strangers runs it where it can be stopped.

mod answer;
mod cargo;
mod check;
mod engine;
mod filters;
mod idle;
mod input;
mod layer;
pub mod life;
mod limits;
mod make;
mod manifest;
mod merge;
mod paths;
mod record;
mod renames;
mod render;
mod scaffold;
mod snapshot;
mod stack;
pub mod wire;
mod words;

#[cfg(test)]
mod tests;

pub use answer::{Given, given_from_file, given_from_text, missing, shown};
pub use filters::shell_word;
pub use idle::idle_rules;
pub use input::{InputSpec, Question};
pub use layer::{Layer, at_name};
pub use make::{Job, Outcome, Unanswered, Unwanted, make};
pub use manifest::{Delimiters, FileRule, Input, InputKind, Items, Merge, Migration, Ordered, TemplateFile};
pub use record::{answers_digest, record_text};
pub use render::{Move, Rendered, RenderedFile};
pub use scaffold::scaffold;
pub use snapshot::snapshot;
pub use stack::Stack;

use serde::{Deserialize, Serialize};

use crate::config::ConfigError;
use crate::finding::Diagnostic;

/// Why nothing came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum TemplateError {
    /// The template, or one of its layers, is wrong.
    #[error("{}", .0.first().map_or("the template is wrong", |d| d.title.as_str()))]
    Template(Vec<Diagnostic>),
    /// An answer is wrong or missing.
    #[error("{}", .0.first().map_or("an answer is wrong", |d| d.title.as_str()))]
    Answer(Vec<Diagnostic>),
}

impl TemplateError {
    /// A wrong template with one diagnostic.
    #[must_use]
    pub fn template(diagnostic: Diagnostic) -> Self {
        Self::Template(vec![diagnostic])
    }

    /// A wrong answer with one diagnostic.
    #[must_use]
    pub fn answer(diagnostic: Diagnostic) -> Self {
        Self::Answer(vec![diagnostic])
    }
}

impl From<ConfigError> for TemplateError {
    fn from(ConfigError(diagnostic): ConfigError) -> Self {
        Self::template(*diagnostic)
    }
}
