//! The functions that conftest adds to Rego: `parse_config`, `parse_config_file` and `parse_combined_config_files`.
//!
//! A function that fails is undefined, and its failure is remembered: with `--show-builtin-errors` it ends the run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use regorus::unstable::BUILTINS;
use regorus::{Engine, Value as Rego};
use serde_json::Value;

use crate::config::formats::{Means, Syntax};

use super::check::combine;
use super::decimals::Exact;
use super::format::sprintf;
use super::functions::{self, Failure, Setting};
use super::load::LoadOptions;
use super::output::escape_html;
use super::templates::TEMPLATE;
use super::value::{json_text, to_rego};
use super::{annotations, arithmetic, relations};

/// Reads a file for `parse_config_file`; the error says why it cannot.
pub type ReadFile = Arc<dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync>;

/// What reading config files takes.
#[derive(Clone)]
pub struct Reader {
    /// Reads a file.
    pub read: ReadFile,
    /// What some formats need beside the text.
    pub means: Means,
}

/// What functions complained of, and what tests noted, since it was last taken.
#[derive(Clone)]
pub(super) struct Journal {
    notes: Arc<Mutex<Notes>>,
    /// The results of arithmetic with fractions.
    pub exact: Exact,
}

#[derive(Default)]
pub(super) struct Notes {
    /// Failures of functions.
    pub errors: Vec<String>,
    /// Texts given to `trace`.
    pub traces: Vec<String>,
}

impl Journal {
    /// An empty one.
    pub fn new() -> Self {
        Self { notes: Arc::default(), exact: Exact::keeping() }
    }

    /// Takes what was noted.
    pub fn take(&self) -> Notes {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, add: impl FnOnce(&mut Notes)) {
        add(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Functions of this module that are no functions of OPA, so that a list of allowed functions need not name them.
pub(super) fn is_own(name: &str) -> bool {
    name == "parse_config" || name == TEMPLATE || reads_files(name)
}

/// Whether a function is provided here.
pub(super) fn is_host(name: &str) -> bool {
    is_own(name) || arity(name).is_some()
}

/// How many arguments a function of OPA takes that is provided here.
pub(super) fn arity(name: &str) -> Option<usize> {
    let refused = || REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, arguments)| usize::from(*arguments));
    functions::arity(name).or_else(refused)
}

/// The names of the functions that are provided here.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let refused = REFUSED.iter().map(|(name, _)| *name);
    functions::all().map(|(name, ..)| *name).chain(refused).chain(["parse_config", "parse_config_file", "parse_combined_config_files"])
}

/// The functions of OPA that need nothing of the world outside.
#[must_use]
pub fn offline() -> BTreeSet<String> {
    let own = BUILTINS.keys().copied().chain(names()).chain(annotations::BUILTINS).chain(["print"]);
    own.filter(|name| REFUSED.iter().all(|(refused, _)| name != refused)).map(str::to_owned).collect()
}

/// Whether a function reads files relative to the policy that calls it.
pub(super) fn reads_files(name: &str) -> bool {
    matches!(name, "parse_config_file" | "parse_combined_config_files")
}

/// The name of a file function for the calls of one module.
pub(super) fn file_function(name: &str, module: usize) -> String {
    format!("{name}_of_{module}")
}

/// Functions of OPA that need the world outside: they always fail, so that what depends on them is undefined.
const REFUSED: [(&str, u8); 2] = [("net.lookup_ip_addr", 1), ("http.send", 1)];

/// Gives an engine the functions; `modules` are the paths of the policies in the order of their rewriting.
pub(super) fn install(engine: &mut Engine, modules: &[&str], options: &LoadOptions, journal: &Journal) -> Result<(), anyhow::Error> {
    let reader = &options.reader;
    let (log, means) = (journal.clone(), reader.means.clone());
    let function = move |args: Vec<Rego>| Ok(answer("parse_config", parse_config(&args, &means), &log));
    engine.add_extension("parse_config".to_owned(), 2, Box::new(function))?;
    let log = journal.clone();
    let trace = move |args: Vec<Rego>| {
        log.note(|notes| notes.traces.extend(args.first().map(|text| text.to_string())));
        Ok(Rego::from(true))
    };
    engine.add_extension("trace".to_owned(), 1, Box::new(trace))?;
    let log = journal.clone();
    let function = move |args: Vec<Rego>| Ok(answer("sprintf", format_values(&args, &log.exact), &log));
    engine.add_extension("sprintf".to_owned(), 2, Box::new(function))?;
    // Go escapes what could end a script in a page; the engine does not.
    let exact = journal.exact.clone();
    let marshal =
        move |args: Vec<Rego>| Ok(args.first().map_or(Rego::Undefined, |value| Rego::from(escape_html(&json_text(value, &exact)))));
    engine.add_extension("json.marshal".to_owned(), 1, Box::new(marshal))?;
    relations::install(engine)?;
    for (name, arguments) in arithmetic::FUNCTIONS {
        let log = journal.clone();
        let function = move |args: Vec<Rego>| Ok(answer(name, arithmetic::evaluate(name, &args, &log.exact), &log));
        engine.add_extension(name.to_owned(), arguments, Box::new(function))?;
    }
    for (name, arguments) in REFUSED {
        let log = journal.clone();
        let function = move |_: Vec<Rego>| Ok(answer(name, Err("policies cannot use the network".to_owned()), &log));
        engine.add_extension(name.to_owned(), arguments, Box::new(function))?;
    }
    let runtime = Arc::new(options.runtime.clone());
    for (name, arguments, function) in functions::all() {
        let (log, setting) = (journal.clone(), Setting { now: options.now, exact: journal.exact.clone(), runtime: runtime.clone() });
        let function = move |args: Vec<Rego>| match function(&args, &setting) {
            Ok(value) => Ok(value),
            Err(Failure::Undefined(message)) => Ok(answer(name, Err(message), &log)),
            Err(Failure::Unsupported(message)) => Err(anyhow::anyhow!("{name}: {message}")),
        };
        engine.add_extension((*name).to_owned(), *arguments, Box::new(function))?;
    }
    for (index, path) in modules.iter().enumerate() {
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let (files, log, base) = (reader.clone(), journal.clone(), folder.clone());
        let function = move |args: Vec<Rego>| Ok(answer("parse_config_file", parse_file(&args, &base, &files), &log));
        engine.add_extension(file_function("parse_config_file", index), 1, Box::new(function))?;
        let (files, log) = (reader.clone(), journal.clone());
        let function = move |args: Vec<Rego>| Ok(answer("parse_combined_config_files", parse_combined(&args, &folder, &files), &log));
        engine.add_extension(file_function("parse_combined_config_files", index), 1, Box::new(function))?;
    }
    Ok(())
}

fn answer(name: &str, result: Result<Rego, String>, journal: &Journal) -> Rego {
    result.unwrap_or_else(|message| {
        journal.note(|notes| notes.errors.push(format!("{name}: {message}")));
        Rego::Undefined
    })
}

fn text(args: &[Rego], index: usize) -> Result<&str, String> {
    let wrong = || "decode args: argument is not a string".to_owned();
    args.get(index).and_then(|arg| arg.as_string().ok()).map(|text| &**text).ok_or_else(wrong)
}

fn format_values(args: &[Rego], exact: &Exact) -> Result<Rego, String> {
    let values = args.get(1).and_then(|values| values.as_array().ok()).ok_or("operand 2 must be array")?;
    let values: Vec<_> = values.iter().cloned().collect();
    Ok(Rego::from(sprintf(text(args, 0)?, &values, exact).as_str()))
}

fn parse_config(args: &[Rego], means: &Means) -> Result<Rego, String> {
    let syntax = Syntax::named(text(args, 0)?).map_err(|e| format!("create config parser: {e}"))?;
    let parsed = syntax.parse_with("", text(args, 1)?.as_bytes(), means).map_err(|e| format!("unmarshal config: {e}"))?;
    Ok(to_rego(&parsed))
}

fn parse_file(args: &[Rego], folder: &str, reader: &Reader) -> Result<Rego, String> {
    let path = format!("{folder}{}", text(args, 0)?);
    file(&path, reader).map(|value| to_rego(&value))
}

fn parse_combined(args: &[Rego], folder: &str, reader: &Reader) -> Result<Rego, String> {
    let paths = args.first().and_then(|arg| arg.as_array().ok()).ok_or("decode args: argument is not an array")?;
    let mut configs = Vec::new();
    for path in paths.iter() {
        let path = path.as_string().map_err(|_| "decode args: a path is not a string")?;
        let path = format!("{folder}{path}");
        let value = file(&path, reader)?;
        configs.push((path, value));
    }
    Ok(to_rego(&combine(configs.iter().map(|(path, value)| (path.as_str(), value)))))
}

fn file(path: &str, reader: &Reader) -> Result<Value, String> {
    let syntax = Syntax::of_path(path).map_err(|e| format!("create config parser: {e}"))?;
    let bytes = (reader.read)(path).map_err(|e| format!("read config file {path}: {e}"))?;
    syntax.parse_with(path, &bytes, &reader.means).map_err(|e| format!("unmarshal config: {e}"))
}
