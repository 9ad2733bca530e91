//! Rules of polity itself, by the same rewriting as those of conftest: what somebody writes in Rego means the same in both.
//!
//! One thing differs: an operator on operands of the wrong kind ends the run, as with OPA's `--strict-builtin-errors`.

use regorus::{Engine, Value as Rego};

use super::load::{RegoFile, RegoVersion};
use super::module::Parsed;
use super::scopes::{self, Globals};
use super::{ConftestError, arithmetic, relations, rewrite};

/// Files of Rego that belong together, each a path and a text, as texts for the engine. Lines stay where they are.
///
/// # Errors
/// The first mistake, as `path:line: code: message`, or as the engine's parser says it.
pub(in crate::policy) fn rewritten(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let file = |(path, text): &(&str, &str)| RegoFile { path: (*path).to_owned(), text: (*text).to_owned() };
    let parsed = files.iter().map(|one| Parsed::plain(&file(one), RegoVersion::V1)).collect::<Result<Vec<_>, _>>().map_err(said)?;
    let globals = Globals::of(&parsed);
    let text = |(index, module): (usize, &Parsed)| {
        let edits = scopes::resolve(module, &globals).map_err(|mistakes| mistakes.into_iter().next().unwrap_or_default())?;
        Ok(rewrite::rewrite(module, index, edits).map_err(said)?.text)
    };
    parsed.iter().enumerate().map(text).collect()
}

/// Gives an engine the functions that rewritten rules call.
pub(in crate::policy) fn install(engine: &mut Engine) -> Result<(), anyhow::Error> {
    for (name, arguments) in arithmetic::FUNCTIONS {
        let function = move |args: Vec<Rego>| match arithmetic::evaluate(name, &args) {
            Err(_) if arithmetic::is_question(name) => Ok(Rego::Undefined),
            answer => answer.map_err(|reason| anyhow::anyhow!("error: {reason}")),
        };
        engine.add_extension(name.to_owned(), arguments, Box::new(function))?;
    }
    relations::install(engine)
}

fn said(error: ConftestError) -> String {
    match error {
        ConftestError::Parse(message) => message,
        other => other.to_string(),
    }
}
