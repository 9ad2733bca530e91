//! Policies and their data, compiled once. Every mistake that OPA finds when it compiles is an error here as well, so that a
//! rule which could not run is never a rule that passed.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, PolicyLengthConfig, Value as Rego};
use serde_json::{Map, Value};

use super::annotations::Metadata;
use super::check::Evaluator;
use super::edit::Edit;
use super::host::{self, Journal, Reader};
use super::module::{Parsed, RuleFact};
use super::scopes::{self, Globals};
use super::trials::{Reached, Seen, Trial};
use super::value::to_rego;
use super::{ConftestError, calls, conflicts, mismatch, mocks, recursion, rewrite, spread, strict};

/// The version of the language that policies are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegoVersion {
    /// Before OPA 1.0: `deny[msg] { … }`.
    V0,
    /// Since OPA 1.0: `deny contains msg if { … }`.
    #[default]
    V1,
}

/// A policy file.
#[derive(Clone, Debug)]
pub struct RegoFile {
    /// Its path, as messages show it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A data file, already parsed.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// Its path, as messages show it.
    pub path: String,
    /// The folders between the path that the user named and the file: the data stands below these keys.
    pub keys: Vec<String>,
    /// The file's value.
    pub value: Value,
}

/// How policies are loaded and evaluated.
#[derive(Clone)]
pub struct LoadOptions {
    /// The version of the language.
    pub version: RegoVersion,
    /// Whether unused variables, arguments and imports are errors.
    pub strict: bool,
    /// The only functions of OPA that policies may call, when that is restricted.
    pub allowed: Option<BTreeSet<String>>,
    /// Whether a failing function ends the run; otherwise what depends on it is undefined.
    pub builtin_errors: bool,
    /// Whether evaluated lines are recorded.
    pub tracing: bool,
    /// How long a single query may take.
    pub limit: Duration,
    /// The time of the run, in nanoseconds since 1970.
    pub now: i64,
    /// What `opa.runtime()` is: the program and the environment that policies may see.
    pub runtime: Value,
    /// Reads files for `parse_config_file`.
    pub reader: Reader,
}

/// A test rule and where it stands.
pub(super) struct TestRule {
    pub path: String,
    pub namespace: String,
    pub trial: Trial,
}

/// What conftest needs to know of a policy file once it is compiled.
pub(super) struct Module {
    pub path: String,
    pub text: String,
    pub namespace: String,
    pub rules: Vec<RuleFact>,
}

/// Compiled policies with their data.
pub struct Policies {
    pub(super) modules: Vec<Module>,
    pub(super) tests: Vec<TestRule>,
    pub(super) options: LoadOptions,
    /// Rules that stand only in longer names, `deny.a` or `deny["a"]`: the engine knows no rule of the short one.
    pub(super) longer: BTreeSet<String>,
    /// Whether a policy may look at `data.conftest`.
    pub(super) wants_file: bool,
    // Cloned for every thread: what was compiled is shared, what is evaluated is not.
    engine: Mutex<Engine>,
}

/// A package of our own: evaluating it makes the engine analyse everything else before the first config is looked at.
const PROBE: (&str, &str) = ("polity-probe.rego", "package polity_conftest_probe\nready := true\n");
const MAX_FILE_BYTES: usize = 64 << 20;
const MAX_LINES: usize = 2_000_000;
const MAX_COLUMNS: u32 = 1 << 20;

impl Policies {
    /// Compiles policies.
    ///
    /// # Errors
    /// [`ConftestError`] for every mistake that OPA's compiler finds, as far as this program knows it.
    pub fn load(files: &[RegoFile], data: &[DataFile], options: LoadOptions) -> Result<Self, ConftestError> {
        let parsed = files.iter().map(|file| Parsed::new(file, options.version)).collect::<Result<Vec<_>, _>>()?;
        let globals = Globals::of(&parsed);
        let edits = judged(&parsed, &globals, &options).map_err(ConftestError::Compile)?;
        let data = merge(data)?;
        let mut engine = empty_engine(&options);
        let mut modules = Vec::new();
        let mut tests = Vec::new();
        let shares = spread::shares(&parsed);
        let (mut seen, metadata) = (Seen::new(), Metadata::of(&parsed)?);
        for (index, ((module, (mut edits, reached)), share)) in parsed.into_iter().zip(edits).zip(shares).enumerate() {
            edits.extend(share.edits);
            mocks::rewrite(&module, &globals.mocked, &mut edits);
            let rewritten = rewrite::rewrite(&module, index, edits, &mut seen, &reached, &metadata)?;
            engine.set_rego_v0(!module.is_v1());
            add(&mut engine, &module.path, rewritten.text + &share.tail)?;
            let test = |trial| TestRule { path: module.path.clone(), namespace: module.namespace.clone(), trial };
            tests.extend(rewritten.trials.into_iter().map(test));
            modules.push(Module { path: module.path, text: module.text, namespace: module.namespace, rules: module.rules });
        }
        engine.set_rego_v0(false);
        if let Some(package) = mocks::package(&globals.mocked) {
            add(&mut engine, "polity-mocked.rego", package)?;
        }
        add(&mut engine, PROBE.0, PROBE.1.to_owned())?;
        engine.add_data(data.clone()).map_err(|e| ConftestError::Data(e.to_string()))?;
        let probed = engine.eval_rule("data.polity_conftest_probe.ready".to_owned());
        probed.map_err(|e| ConftestError::Compile(vec![format!("rego_compile_error: {}", e.to_string().trim())]))?;
        engine.set_enable_coverage(options.tracing);
        let mut longer = longer(&modules);
        let is_longer = |test: &&TestRule| test.trial.cases || test.trial.inner.contains('.');
        longer.extend(tests.iter().filter(is_longer).map(|test| format!("data.{}.{}", test.namespace, test.trial.inner)));
        let wants_file = modules.iter().any(|module| module.text.contains("conftest"));
        Ok(Self { modules, tests, options, longer, wants_file, engine: Mutex::new(engine) })
    }

    /// Every namespace, each once, in the order of the files.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for module in &self.modules {
            if !found.iter().any(|known| known.eq_ignore_ascii_case(&module.namespace)) {
                found.push(module.namespace.clone());
            }
        }
        found
    }

    /// The namespaces that a user asked for: patterns choose among those that exist, plain names stand as they are.
    ///
    /// # Errors
    /// [`ConftestError::Pattern`].
    pub fn select(&self, wanted: &[String]) -> Result<Vec<String>, ConftestError> {
        if !wanted.iter().any(|pattern| pattern.contains(['*', '?', '['])) {
            return Ok(wanted.to_vec());
        }
        self.matching(wanted)
    }

    /// The namespaces that match one of the patterns.
    ///
    /// # Errors
    /// [`ConftestError::Pattern`].
    pub fn matching(&self, patterns: &[String]) -> Result<Vec<String>, ConftestError> {
        let mut set = globset::GlobSetBuilder::new();
        for pattern in patterns {
            // A namespace has no slashes, and dots are ordinary, so `*` spans them.
            set.add(globset::Glob::new(pattern).map_err(|_| ConftestError::Pattern(pattern.clone()))?);
        }
        let set = set.build().map_err(|_| ConftestError::Pattern(patterns.join(",")))?;
        Ok(self.namespaces().into_iter().filter(|namespace| set.is_match(namespace)).collect())
    }

    /// An engine of one's own to evaluate with.
    pub(super) fn evaluator(&self) -> Result<Evaluator<'_>, ConftestError> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let journal = Journal::new();
        let paths: Vec<_> = self.modules.iter().map(|module| module.path.as_str()).collect();
        host::install(&mut engine, &paths, &self.options, &journal).map_err(|e| ConftestError::Evaluate(e.to_string()))?;
        Ok(Evaluator { engine, journal, policies: self, file: None })
    }
}

/// The changes that each module needs and what its tests do, or everything that OPA's compiler would say.
fn judged(modules: &[Parsed], globals: &Globals, options: &LoadOptions) -> Result<Vec<(Vec<Edit>, Reached)>, Vec<String>> {
    let mut errors = calls::undefined(modules, options);
    errors.extend(conflicts::conflicts(modules));
    if options.strict {
        errors.extend(modules.iter().flat_map(strict::check));
    }
    errors.extend(mismatch::mismatched(modules, globals));
    let (mut edits, mut uses) = (Vec::new(), Vec::new());
    for module in modules {
        match scopes::resolve(module, globals) {
            Ok(found) => {
                edits.push((found.edits, found.reached));
                uses.push(found.uses);
            }
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() {
        errors.extend(recursion::recursive(modules, &uses));
    }
    if errors.is_empty() { Ok(edits) } else { Err(errors) }
}

/// Rules that stand only in longer names.
fn longer(modules: &[Module]) -> BTreeSet<String> {
    let named = |module: &Module, rule: &RuleFact| format!("data.{}.{}", module.namespace, rule.name);
    let every = || modules.iter().flat_map(|module| module.rules.iter().map(move |rule| (rule, named(module, rule))));
    let whole: BTreeSet<_> = every().filter(|(rule, _)| rule.at.is_some()).map(|(_, name)| name).collect();
    every().map(|(_, name)| name).filter(|name| !whole.contains(name)).collect()
}

fn empty_engine(options: &LoadOptions) -> Engine {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(options.builtin_errors);
    engine.set_gather_prints(true);
    let bound = |n: usize| std::num::NonZeroUsize::new(n).unwrap_or(std::num::NonZeroUsize::MIN);
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::new(MAX_COLUMNS).unwrap_or(NonZeroU32::MIN),
        max_file_bytes: bound(MAX_FILE_BYTES),
        max_lines: bound(MAX_LINES),
    });
    let check_interval = NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: options.limit, check_interval });
    engine
}

fn add(engine: &mut Engine, path: &str, text: String) -> Result<(), ConftestError> {
    let added = engine.add_policy(path.to_owned(), text);
    added.map(drop).map_err(|e| ConftestError::Parse(format!("{path}: rego_parse_error: {}", e.to_string().trim())))
}

/// Data files merge object by object; two values for one key are an error.
fn merge(files: &[DataFile]) -> Result<Rego, ConftestError> {
    let mut root = Map::new();
    for file in files {
        let mut value = file.value.clone();
        for key in file.keys.iter().rev() {
            value = Value::Object(Map::from_iter([(key.clone(), value)]));
        }
        let Value::Object(members) = value else {
            return Err(ConftestError::Data(format!("{}: document must be of type object", file.path)));
        };
        merge_into(&mut root, members, &file.path)?;
    }
    Ok(to_rego(&Value::Object(root)))
}

fn merge_into(target: &mut Map<String, Value>, members: Map<String, Value>, path: &str) -> Result<(), ConftestError> {
    for (key, value) in members {
        match (target.get_mut(&key), value) {
            (None, value) => {
                target.insert(key, value);
            }
            (Some(Value::Object(old)), Value::Object(new)) => merge_into(old, new, path)?,
            (Some(_), _) => return Err(ConftestError::Data(format!("{path}: merge error at `{key}`"))),
        }
    }
    Ok(())
}
