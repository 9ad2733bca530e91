//! Runs the rules of a namespace on configs and counts as conftest counts: rule bodies times documents.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use regorus::{Engine, Value as Rego};
use serde_json::{Value, json};

use super::host::{Journal, Notes};
use super::load::Policies;
use super::module::{exception_name, is_failure, is_warning};
use super::result::{CheckResult, Location, QueryResult, RuleResult};
use super::value::{elements, members, to_json, to_rego};
use super::{ConftestError, load};
use crate::policy::watch;

/// A config file, parsed. An array stands for several documents.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file, as the user named it.
    pub path: String,
    /// Its value.
    pub value: Value,
}

/// What a check needs to know besides policies and configs.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The namespaces to test.
    pub namespaces: Vec<String>,
    /// The folder the user stands in, for `data.conftest.file`.
    pub folder: String,
}

/// Checks every file on its own; `read` gives its config, which is dropped once it is checked, so that memory does not grow with their number.
///
/// # Errors
/// The first file, in their order, that cannot be read or evaluated: no result is reported then.
pub fn check<T, E>(
    policies: &Policies,
    files: &[T],
    read: impl Fn(&T) -> Result<Config, E> + Sync,
    options: &CheckOptions,
) -> Result<Vec<CheckResult>, E>
where
    T: Sync,
    E: From<ConftestError> + Send,
{
    let run = |evaluator: &mut Result<Evaluator<'_>, ConftestError>, file: &T| {
        let config = read(file)?;
        let evaluator = evaluator.as_mut().map_err(|e| E::from(e.clone()))?;
        let one = |namespace: &String| evaluator.config(namespace, &config, &options.folder).map_err(E::from);
        options.namespaces.iter().map(one).collect::<Result<Vec<_>, E>>()
    };
    // Every piece of work costs an engine.
    let piece = files.len().div_ceil(rayon::current_num_threads() * 4).max(1);
    let found: Vec<_> = files.par_iter().with_min_len(piece).map_init(|| policies.evaluator(), run).collect();
    let mut columns: Vec<_> = found.into_iter().collect::<Result<Vec<_>, E>>()?.into_iter().map(Vec::into_iter).collect();
    let rows = options.namespaces.iter().flat_map(|_| columns.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
    Ok(rows.collect())
}

/// Checks all configs together, as an array of `{path, contents}`.
///
/// # Errors
/// As [`check`].
pub fn check_combined(policies: &Policies, configs: &[Config], options: &CheckOptions) -> Result<Vec<CheckResult>, ConftestError> {
    let value = combine(configs.iter().map(|config| (config.path.as_str(), &config.value)));
    let mut evaluator = policies.evaluator()?;
    let input = to_rego(&value);
    options
        .namespaces
        .iter()
        .map(|namespace| {
            evaluator.announce("Combined", &options.folder);
            evaluator.document(namespace, "Combined", &input)
        })
        .collect()
}

/// The array of `{path, contents}`, sorted by path; every document of a file is an element of its own.
pub(super) fn combine<'a>(configs: impl Iterator<Item = (&'a str, &'a Value)>) -> Value {
    let mut all: Vec<(&str, &Value)> = Vec::new();
    for (path, value) in configs {
        match value {
            Value::Array(documents) => all.extend(documents.iter().map(|document| (path, document))),
            other => all.push((path, other)),
        }
    }
    all.sort_by_key(|(path, _)| *path);
    all.into_iter().map(|(path, contents)| json!({"path": path, "contents": contents})).collect()
}

/// The combined form of configs, as `parse --combine` prints it.
#[must_use]
pub fn combined(configs: &[Config]) -> Value {
    combine(configs.iter().map(|config| (config.path.as_str(), &config.value)))
}

impl Policies {
    /// The value of a rule for an input; null when it is undefined. `data` stands beside the policies' own data.
    ///
    /// # Errors
    /// [`ConftestError`] when the rule cannot be evaluated.
    pub fn evaluate(&self, rule: &str, input: &Value, data: &Value) -> Result<Value, ConftestError> {
        let mut evaluator = self.evaluator()?;
        if data.is_object() {
            evaluator.engine.add_data(to_rego(data)).map_err(|e| ConftestError::Data(e.to_string()))?;
        }
        evaluator.engine.set_input(to_rego(input));
        Ok(to_json(&evaluator.query(rule)?.value))
    }
}

/// An engine and what its functions noted.
pub(super) struct Evaluator<'a> {
    pub engine: Engine,
    pub journal: Journal,
    pub policies: &'a Policies,
    /// What `data.conftest.file` says, if somebody wants to know.
    pub file: Option<Value>,
}

/// What a query gave.
pub(super) struct Answer {
    pub value: Rego,
    pub outputs: Vec<String>,
    pub traces: Vec<String>,
    pub notes: Notes,
}

impl Evaluator<'_> {
    fn config(&mut self, namespace: &str, config: &Config, folder: &str) -> Result<CheckResult, ConftestError> {
        self.announce(&config.path, folder);
        let Value::Array(documents) = &config.value else {
            return self.document(namespace, &config.path, &to_rego(&config.value));
        };
        let mut all = CheckResult { file: config.path.clone(), namespace: namespace.to_owned(), ..CheckResult::default() };
        for document in documents {
            all.absorb(self.document(namespace, &config.path, &to_rego(document))?);
        }
        Ok(all)
    }

    /// Tells policies which file is checked, by `data.conftest.file`: in each query, because an engine whose data change analyses all
    /// policies anew.
    fn announce(&mut self, path: &str, folder: &str) {
        if !self.policies.wants_file {
            return;
        }
        let full = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
        let (dir, name) = full.rsplit_once('/').unwrap_or(("", &full));
        self.file = Some(json!({"name": name, "dir": clean(dir)}));
    }

    fn document(&mut self, namespace: &str, path: &str, input: &Rego) -> Result<CheckResult, ConftestError> {
        let mut result = CheckResult { file: path.to_owned(), namespace: namespace.to_owned(), ..CheckResult::default() };
        self.journal.exact.clear();
        self.engine.set_input(input.clone());
        let rules = Rules::of(self.policies, namespace);
        let mut successes = 0;
        for rule in &rules.names {
            let exceptions = if rules.exceptions { self.exceptions(namespace, rule, &mut result.queries)? } else { Vec::new() };
            let query = format!("data.{namespace}.{rule}");
            let answer = if rules.functions.contains(rule.as_str()) { Answer::undefined() } else { self.query(&query)? };
            let found = outcomes(&answer.value, &query)?;
            let passed = found.iter().all(|outcome| outcome.message.is_empty());
            result.queries.push(QueryResult { query, passed, traces: answer.traces, outputs: answer.outputs });
            if exceptions.is_empty() {
                for outcome in found {
                    match outcome.message.is_empty() {
                        true => successes += 1,
                        false if is_failure(rule) => result.failures.push(outcome),
                        false => result.warnings.push(outcome),
                    }
                }
            }
            result.exceptions.extend(exceptions);
        }
        let counted = result.failures.len() + result.warnings.len() + result.exceptions.len() + successes;
        result.successes = successes + rules.count.saturating_sub(counted);
        Ok(result)
    }

    /// How often an exception names a rule.
    fn exceptions(&mut self, namespace: &str, rule: &str, queries: &mut Vec<QueryResult>) -> Result<Vec<RuleResult>, ConftestError> {
        let name = exception_name(rule);
        let query = format!("data.{namespace}.exception[_][_] == {}", json!(name));
        let answer = self.query(&format!("data.{namespace}.exception"))?;
        let name = Rego::from(name);
        let lists = members(&answer.value).into_iter();
        let count = lists.map(|list| members(list).into_iter().filter(|item| **item == name).count()).sum();
        queries.push(QueryResult { query: query.clone(), passed: true, traces: answer.traces, outputs: answer.outputs });
        Ok(vec![RuleResult { message: query, ..RuleResult::default() }; count])
    }

    /// Evaluates one rule for the input that was set.
    pub fn query(&mut self, rule: &str) -> Result<Answer, ConftestError> {
        if self.policies.options.tracing {
            self.engine.clear_coverage_data();
        }
        let evaluated = watch::within(self.policies.options.limit, rule, |_| self.evaluated(rule), |_| false);
        let notes = self.journal.take();
        if self.policies.options.builtin_errors && !notes.errors.is_empty() {
            return Err(ConftestError::Builtin(notes.errors.join("; ")));
        }
        let value = evaluated.map_err(|e| ConftestError::Evaluate(e.to_string().trim().to_owned()))?;
        let outputs = self.engine.take_prints().map_err(|e| ConftestError::Evaluate(e.to_string()))?;
        let traces = if self.policies.options.tracing { self.traces()? } else { Vec::new() };
        Ok(Answer { value: self.journal.exact.settled(value), outputs, traces, notes })
    }

    fn evaluated(&mut self, rule: &str) -> Result<Rego, anyhow::Error> {
        let query = match &self.file {
            Some(file) => format!("{rule} with data.conftest.file as {file}"),
            None if self.policies.longer.contains(rule) => rule.to_owned(),
            None => return self.engine.eval_rule(rule.to_owned()),
        };
        let mut found = self.engine.eval_query(query, false)?;
        let value = found.result.pop().and_then(|mut result| result.expressions.pop()).map(|expression| expression.value);
        Ok(value.unwrap_or(Rego::Undefined))
    }

    /// The evaluated lines since the last query, under the rules that they belong to.
    fn traces(&self) -> Result<Vec<String>, ConftestError> {
        let report = self.engine.get_coverage_report().map_err(|e| ConftestError::Evaluate(e.to_string()))?;
        let covered: BTreeMap<_, _> = report.files.into_iter().map(|file| (file.path, file.covered)).collect();
        let mut out = Vec::new();
        for module in &self.policies.modules {
            let Some(lines) = covered.get(&module.path) else { continue };
            let texts: Vec<_> = module.text.lines().collect();
            let mut current = 0;
            for line in lines {
                let rule = module.rules.iter().rfind(|rule| rule.line <= *line && !rule.name.is_empty());
                if let Some(rule) = rule.filter(|rule| rule.line != current) {
                    current = rule.line;
                    out.push(format!("{}:{}: enter data.{}.{}", module.path, rule.line, module.namespace, rule.name));
                }
                let text = texts.get(*line as usize - 1).map_or("", |text| text.trim());
                out.push(format!("{}:{line}: | {text}", module.path));
            }
        }
        Ok(out)
    }
}

impl Answer {
    fn undefined() -> Self {
        Self { value: Rego::Undefined, outputs: Vec::new(), traces: Vec::new(), notes: Notes::default() }
    }
}

/// The rules of a namespace that conftest asks.
struct Rules {
    /// Each name once; names that differ only in case count as one, as in conftest.
    names: Vec<String>,
    /// Names that are functions everywhere: asking one gives nothing.
    functions: BTreeSet<String>,
    count: usize,
    exceptions: bool,
}

impl Rules {
    fn of(policies: &Policies, namespace: &str) -> Self {
        let mut rules = Self { names: Vec::new(), functions: BTreeSet::new(), count: 0, exceptions: false };
        let of_namespace = |module: &&load::Module| module.namespace == namespace;
        for rule in policies.modules.iter().filter(of_namespace).flat_map(|module| &module.rules) {
            rules.exceptions |= rule.name == "exception";
            if !is_failure(&rule.name) && !is_warning(&rule.name) {
                continue;
            }
            rules.count += 1;
            if !rules.names.iter().any(|known| known.eq_ignore_ascii_case(&rule.name)) {
                rules.names.push(rule.name.clone());
            }
            if rule.function {
                rules.functions.insert(rule.name.clone());
            }
        }
        rules
    }
}

/// What the value of a rule means: elements of a set or an array are findings, anything else passed.
fn outcomes(value: &Rego, query: &str) -> Result<Vec<RuleResult>, ConftestError> {
    if *value == Rego::Undefined {
        return Ok(Vec::new());
    }
    let Some(found) = elements(value).filter(|found| !found.is_empty()) else { return Ok(vec![RuleResult::default()]) };
    let mut outcomes = Vec::new();
    for element in found {
        let mut outcome = match element {
            Rego::String(text) => RuleResult { message: text.to_string(), ..RuleResult::default() },
            Rego::Object(_) => from_object(&to_json(element))?,
            // conftest looks at texts and objects only.
            _ => continue,
        };
        outcome.metadata.insert("query".to_owned(), Value::from(query));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn from_object(object: &Value) -> Result<RuleResult, ConftestError> {
    let message = object.get("msg").and_then(Value::as_str).ok_or(ConftestError::NoMessage)?.to_owned();
    let location = object.get("_loc").and_then(|place| {
        let file = place.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
        let line = place.get("line").and_then(|line| line.as_number().cloned());
        (!file.is_empty() || line.is_some()).then_some(Location { file, line })
    });
    let members = object.as_object().into_iter().flatten().filter(|(key, _)| !matches!(key.as_str(), "msg" | "_loc"));
    Ok(RuleResult { message, location, metadata: members.map(|(key, value)| (key.clone(), value.clone())).collect() })
}

/// A folder's path without `.` and `..`, as Go cleans it.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
}
