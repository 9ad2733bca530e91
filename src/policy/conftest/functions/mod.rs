//! Functions of OPA that the engine lacks, or has otherwise than OPA: of networks, times, digests, expressions, and those of old policies.
//!
//! None of them looks at anything but its arguments; the time of the run and its surroundings are told by the caller.

mod digests;
mod documents;
mod expressions;
mod globs;
mod layouts;
mod legacy;
mod networks;
mod overlaps;
mod paths;
mod rendering;
mod schemas;
mod subsets;
mod texts;
mod times;
mod tokens;
mod yaml;
mod zones;

use std::sync::Arc;

use regorus::Value as Rego;
use serde_json::Value;

use super::decimals::Exact;
use super::value::to_rego;

/// Why a function gives nothing.
pub(super) enum Failure {
    /// Its arguments make no sense: it is undefined, as in OPA.
    Undefined(String),
    /// OPA could answer, this program cannot: the run ends.
    Unsupported(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Undefined(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Undefined(message.to_owned())
    }
}

type Answer = Result<Rego, Failure>;

/// What functions know beside their arguments.
#[derive(Clone, Default)]
pub(super) struct Setting {
    /// The time of the run, in nanoseconds since 1970.
    pub now: i64,
    /// The results of arithmetic.
    pub exact: Exact,
    /// What `opa.runtime()` is.
    pub runtime: Arc<Value>,
}

/// A function of its arguments.
pub(super) type Function = fn(&[Rego], &Setting) -> Answer;

/// Functions of what the caller tells.
const TOLD: &[(&str, u8, Function)] = &[("opa.runtime", 0, |_, setting| Ok(to_rego(&setting.runtime)))];

/// Every function with the number of its arguments.
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, u8, Function)> {
    let own = [
        networks::FUNCTIONS,
        times::FUNCTIONS,
        digests::FUNCTIONS,
        documents::FUNCTIONS,
        expressions::FUNCTIONS,
        globs::FUNCTIONS,
        texts::FUNCTIONS,
        tokens::FUNCTIONS,
        tokens::JWT,
        yaml::FUNCTIONS,
        subsets::FUNCTIONS,
        overlaps::FUNCTIONS,
        paths::FUNCTIONS,
        TOLD,
        rendering::FUNCTIONS,
        schemas::FUNCTIONS,
    ];
    own.into_iter().chain([legacy::OPERATORS, legacy::NUMBERS, legacy::DEPRECATED]).flatten()
}

/// Functions on whose arguments the engine panics.
pub(super) fn safer() -> impl Iterator<Item = &'static (&'static str, u8, Function)> {
    all().filter(|(name, ..)| matches!(*name, "strings.count" | "object.subset"))
}

/// Functions of expressions. The engine's own build the automaton of an expression anew for every call, and know classes of Unicode.
pub(super) fn of_expressions() -> impl Iterator<Item = &'static (&'static str, u8, Function)> {
    // `regex.match` is the host's own, which has no value for what is no text.
    expressions::FUNCTIONS.iter().filter(|(name, ..)| *name != "regex.match")
}

/// How many arguments a function takes.
pub(super) fn arity(name: &str) -> Option<usize> {
    all().find(|(known, ..)| *known == name).map(|(_, arguments, _)| usize::from(*arguments))
}

/// Whether version 1 of the language refuses a function.
pub(super) fn is_deprecated(name: &str) -> bool {
    legacy::DEPRECATED.iter().any(|(known, ..)| *known == name)
}

fn text(args: &[Rego], index: usize) -> Result<&str, Failure> {
    let wrong = || Failure::from(format!("operand {} must be string", index + 1));
    args.get(index).and_then(|arg| arg.as_string().ok()).map(|text| &**text).ok_or_else(wrong)
}

fn whole(args: &[Rego], index: usize) -> Result<i64, Failure> {
    let wrong = || Failure::from(format!("operand {} must be integer number", index + 1));
    args.get(index).and_then(|arg| arg.as_i64().ok()).ok_or_else(wrong)
}
