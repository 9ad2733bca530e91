//! Rules of polity itself, by the same rewriting as those of conftest: what somebody writes in Rego means the same in both.
//!
//! One thing differs: an operator on operands of the wrong kind ends the run, as with OPA's `--strict-builtin-errors`.

use regorus::{Engine, Value as Rego};

use super::annotations::Metadata;
use super::decimals::Exact;
use super::edit::Edit;
use super::functions::{self, Failure, Setting};
use super::load::{RegoFile, RegoVersion};
use super::module::Parsed;
use super::scopes::{self, Globals};
use super::spread::{self, Share};
use super::trials::{Reached, Seen};
use super::{ConftestError, arithmetic, recursion, relations, rewrite};

/// What a module needs for its variables, and its tests for their cases.
type Changes = (Vec<Edit>, Reached);

/// Files of Rego that belong together, each a path and a text, as texts for the engine. Lines stay where they are.
///
/// # Errors
/// The first mistake, as `path:line: code: message`, or as the engine's parser says it.
pub(in crate::policy) fn rewritten(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let file = |(path, text): &(&str, &str)| RegoFile { path: (*path).to_owned(), text: (*text).to_owned() };
    let parsed = files.iter().map(|one| Parsed::plain(&file(one), RegoVersion::V1)).collect::<Result<Vec<_>, _>>().map_err(said)?;
    let globals = Globals::of(&parsed);
    let first = |mistakes: Vec<String>| mistakes.into_iter().next().unwrap_or_default();
    let resolved = parsed.iter().map(|module| scopes::resolve(module, &globals)).collect::<Result<Vec<_>, _>>().map_err(first)?;
    let (edits, uses): (Vec<_>, Vec<_>) = resolved.into_iter().map(|one| ((one.edits, one.reached), one.uses)).unzip();
    let (mut seen, metadata) = (Seen::new(), Metadata::of(&parsed).map_err(said)?);
    let recursive = recursion::recursive(&parsed, &uses);
    if !recursive.is_empty() {
        return Err(first(recursive));
    }
    let text = |(index, ((module, (mut edits, reached)), share)): (usize, ((&Parsed, Changes), Share))| {
        edits.extend(share.edits);
        Ok(rewrite::rewrite(module, index, edits, &mut seen, &reached, &metadata).map_err(said)?.text + &share.tail)
    };
    parsed.iter().zip(edits).zip(spread::shares(&parsed)).enumerate().map(text).collect()
}

/// Gives an engine the functions that rewritten rules call.
pub(in crate::policy) fn install(engine: &mut Engine) -> Result<(), anyhow::Error> {
    for (name, arguments) in arithmetic::FUNCTIONS {
        let function = move |args: Vec<Rego>| match arithmetic::evaluate(name, &args, &Exact::default()) {
            Err(_) if arithmetic::is_question(name) => Ok(Rego::Undefined),
            answer => answer.map_err(|reason| anyhow::anyhow!("error: {reason}")),
        };
        engine.add_extension(name.to_owned(), arguments, Box::new(function))?;
    }
    for (name, arguments, function) in functions::safer() {
        let function = |args: Vec<Rego>| Ok(function(&args, &Setting::default()).unwrap_or(Rego::Undefined));
        engine.add_extension((*name).to_owned(), *arguments, Box::new(function))?;
    }
    for (name, arguments, function) in functions::of_expressions() {
        let function = move |args: Vec<Rego>| {
            function(&args, &Setting::default()).map_err(|failure| match failure {
                Failure::Undefined(reason) | Failure::Unsupported(reason) => anyhow::anyhow!("`{name}`: {reason}"),
            })
        };
        engine.add_extension((*name).to_owned(), *arguments, Box::new(function))?;
    }
    relations::install(engine)
}

fn said(error: ConftestError) -> String {
    match error {
        ConftestError::Parse(message) => message,
        other => other.to_string(),
    }
}
