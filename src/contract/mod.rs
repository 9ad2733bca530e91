//! Contracts: OpenAPI 3.0, 3.1 and 3.2 documents as a model of operations, and everything that is wrong with a document.
//!
//! A function over one text: references to other files are neither followed nor judged, and nothing is fetched.

mod evidence;
mod model;
mod objects;
mod openapi;
mod other;
mod reference;
mod rules;
mod schema;
mod shape;
mod structure;
#[cfg(test)]
mod tests;

use crate::config::{Format, Node, Step, parse};
use crate::finding::{Diagnostic, Location, SourceText};

pub use evidence::evidence;
pub use model::{Contract, Operation, Parameter, Response};

use shape::Version;

/// A text that is no OpenAPI 3 document at all, so that there is nothing to list problems of.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ContractError {
    /// The text is neither YAML nor JSON.
    #[error("{}", .0.title)]
    Syntax(Box<Diagnostic>),
    /// The text is a document of another kind.
    #[error("document is not an OpenAPI 3 description: {found}")]
    Kind {
        /// What was found instead.
        found: String,
        /// Where it stands.
        place: Box<Location>,
    },
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// States the fact, in lower case without a final period.
    pub message: String,
    /// The way to the part that is wrong, from the root.
    pub at: Vec<Step>,
}

/// Reads an OpenAPI document; its format is that of its file's extension, and YAML for any other.
///
/// # Errors
/// [`ContractError`] when the text does not parse or does not say `openapi: 3.x`. What is wrong inside a document
/// is no error: it is listed in [`Contract::problems`].
pub fn read(source: &SourceText) -> Result<Contract, ContractError> {
    let root = root(source)?;
    match Version::of(&root) {
        Ok(version) => Ok(examine(&root, version)),
        Err(found) => Err(no_openapi(source, root.span_of(&[Step::Key("openapi".to_owned())]), found)),
    }
}

/// The one document of a text.
fn root(source: &SourceText) -> Result<Node, ContractError> {
    let format = if Format::of_path(source.path()) == Some(Format::Json) { Format::Json } else { Format::Yaml };
    let mut documents = parse(source, format).map_err(ContractError::Syntax)?;
    let Some(root) = documents.pop() else { return Err(no_openapi(source, 0..0, "the file is empty".to_owned())) };
    if !documents.is_empty() {
        return Err(no_openapi(source, root.span.start..root.span.start, "the file has more than one document".to_owned()));
    }
    Ok(root)
}

fn no_openapi(source: &SourceText, span: std::ops::Range<usize>, found: String) -> ContractError {
    ContractError::Kind { place: Box::new(source.location(span, found.clone())), found }
}

fn examine(root: &Node, version: Version) -> Contract {
    let references = reference::References::new(root);
    let mut problems = structure::problems(root, &version, &references);
    let operations = model::operations(root, &references);
    rules::problems(&operations, &mut problems);
    Contract { version: version.text, operations, problems: problems.finish() }
}
