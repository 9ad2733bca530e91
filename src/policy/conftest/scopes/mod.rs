//! Variables as OPA sees them: which occurrence belongs to which declaration, and in which order the statements of a body bind them.
//!
//! The engine takes variables of one name in nested bodies for one, and some orders for unsafe. So statements are put into the order
//! in which OPA evaluates them, and variables that only share a name get names of their own. What OPA calls unsafe is an error here.

mod binding;
mod exact;
mod given;
mod imports;
mod names;
mod open;
mod order;
mod parts;
mod uses;

use std::collections::{BTreeSet, HashMap, HashSet};

use regorus::unstable::{BUILTINS, Expr, Query, Rule, RuleHead, WithModifier};

use super::edit::Edit;
use super::host;
use super::mocks::{self, Mocked};
use super::module::Parsed;
use super::trials::{self, Reached};
use crate::policy::walk;

use names::Names;
use order::Order;
pub(super) use parts::{children, closures, closures_in, expressions, indices, visit};

/// What all modules define: names that are no variables, and how many arguments functions take.
pub(super) struct Globals {
    /// The functions that `with` replaces somewhere.
    pub mocked: Mocked,
    /// Where rules with computed keys stand beside rules of longer names: `p` of `p[k].r` and `p.b.r`.
    open: BTreeSet<Vec<String>>,
    rules: HashMap<String, BTreeSet<String>>,
    arities: HashMap<String, usize>,
}

impl Globals {
    /// Gathers the rules of all modules.
    pub fn of(modules: &[Parsed]) -> Self {
        let mut globals = Self { mocked: Mocked::new(), open: open::of(modules), rules: HashMap::new(), arities: HashMap::new() };
        for module in modules {
            let rules = globals.rules.entry(module.namespace.clone()).or_default();
            for rule in &module.module.policy {
                let (refr, args) = head(rule);
                rules.insert(parts::root(refr).to_owned());
                if let Some(path) = walk::dotted(refr).filter(|_| !args.is_empty()) {
                    globals.arities.insert(format!("data.{}.{}", module.namespace, path.join(".")), args.len());
                }
            }
        }
        let mut mocked = Mocked::new();
        modules.iter().for_each(|module| mocks::targets(module, &globals.within(module), &mut mocked));
        globals.mocked = mocked;
        globals
    }

    /// What is known inside one module.
    pub fn within(&self, module: &Parsed) -> Known<'_> {
        let mut names = self.rules.get(&module.namespace).cloned().unwrap_or_default();
        let mut aliases = HashMap::new();
        for import in &module.module.imports {
            let Some(path) = walk::dotted(&import.refr) else { continue };
            let name = import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| path.last().cloned());
            if let Some(name) = name.filter(|_| matches!(path[0].as_str(), "data" | "input")) {
                names.insert(name.clone());
                aliases.insert(name, path);
            }
        }
        names.extend(["input".to_owned(), "data".to_owned()]);
        let package = walk::dotted(&module.module.package.refr).unwrap_or_default();
        Known {
            names,
            aliases,
            namespace: module.namespace.clone(),
            package,
            arities: &self.arities,
            mocked: &self.mocked,
            open: &self.open,
            whole_not: module.whole_not,
        }
    }
}

/// What is known inside one module.
pub(super) struct Known<'a> {
    /// Rules and imports, `input` and `data`.
    pub names: BTreeSet<String>,
    /// Imports, each with its whole path.
    pub aliases: HashMap<String, Vec<String>>,
    namespace: String,
    /// The names of its package, one by one.
    pub package: Vec<String>,
    arities: &'a HashMap<String, usize>,
    mocked: &'a Mocked,
    open: &'a BTreeSet<Vec<String>>,
    /// Whether what `not` denies is a body of its own.
    pub(super) whole_not: bool,
}

impl Known<'_> {
    /// How many arguments a function takes; one more in a call takes its result.
    fn arity(&self, function: &Expr) -> Option<usize> {
        let builtin = || {
            let name = walk::dotted(function)?.join(".");
            BUILTINS
                .get(name.as_str())
                .map(|builtin| usize::from(builtin.1))
                .or_else(|| host::arity(&name))
                .or_else(|| crate::policy::host::arity(&name))
        };
        self.own_arity(function).or_else(builtin)
    }

    /// Whether a `with` puts a function in the place of another one.
    fn is_function_for_another(&self, modifier: &WithModifier) -> bool {
        self.arity(&modifier.refr).is_some() && self.arity(&modifier.r#as).is_some()
    }

    /// Whether a name is that of a rule or function of the module's package.
    pub fn is_rule(&self, name: &str) -> bool {
        self.names.contains(name) && !self.aliases.contains_key(name) && !matches!(name, "input" | "data")
    }

    /// How many arguments a function takes that policies define.
    pub fn own_arity(&self, function: &Expr) -> Option<usize> {
        self.arities.get(&self.whole(function)?).copied()
    }

    /// The whole name of a function that policies define.
    pub fn whole(&self, function: &Expr) -> Option<String> {
        let path = walk::dotted(function)?;
        let name = path.join(".");
        let aliased = self.aliases.get(&path[0]).map(|start| [start.as_slice(), &path[1..]].concat().join("."));
        let candidates = [Some(format!("data.{}.{name}", self.namespace)), Some(name), aliased];
        candidates.into_iter().flatten().find(|name| self.arities.contains_key(name))
    }

    /// Whether a function that policies define is replaced somewhere.
    fn is_mocked(&self, function: &Expr) -> bool {
        !self.mocked.is_empty() && self.whole(function).is_some_and(|name| self.mocked.contains(&name))
    }
}

/// The name of a rule and its arguments.
fn head(rule: &Rule) -> (&Expr, &[regorus::unstable::NodeRef<Expr>]) {
    match rule {
        Rule::Default { refr, args, .. } => (refr, args),
        Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, args),
        Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }, .. } => (refr, &[]),
    }
}

/// What is known of a module once its variables are.
#[derive(Default)]
pub(super) struct Resolved {
    /// The changes that it needs.
    pub edits: Vec<Edit>,
    /// What its rules look at.
    pub uses: Vec<Use>,
    /// What its tests need until their cases are known.
    pub reached: Reached,
}

/// Something below `data` that a rule looks at.
pub(super) struct Use {
    /// The number of the rule in its module.
    pub rule: usize,
    /// The names that lead there; what is computed may be any name.
    pub path: Vec<Option<String>>,
}

/// The changes that a module needs, or everything that OPA's compiler says about its variables.
pub(super) fn resolve(parsed: &Parsed, globals: &Globals) -> Result<Resolved, Vec<String>> {
    let known = globals.within(parsed);
    let mut found = Resolved::default();
    let mut errors = Vec::new();
    for (number, rule) in parsed.module.policy.iter().enumerate() {
        let Rule::Spec { head: head_, bodies, .. } = rule.as_ref() else { continue };
        let args = head(rule).1;
        let own = own_terms(head_);
        let mut previous: Option<&Query> = None;
        for body in bodies {
            // What the head says belongs to the first body, and to those that stand beside it; an `else` has a value of its own.
            let mut terms = if body.is_else { Vec::new() } else { own.clone() };
            terms.extend(body.assign.as_ref().map(|assign| assign.value.as_ref()));
            let scope = Body { rule: number, args, query: &body.query, terms, alone: bodies.len() == 1 };
            one(parsed, &known, &scope, &mut found, &mut errors);
            previous = Some(&body.query);
        }
        if previous.is_none() {
            let empty = Query { span: rule.span().clone(), stmts: Vec::new(), qidx: 0 };
            one(parsed, &known, &Body { rule: number, args, query: &empty, terms: own, alone: true }, &mut found, &mut errors);
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// A body with what the rule's head takes and gives.
struct Body<'a> {
    /// The number of the rule in its module.
    rule: usize,
    args: &'a [regorus::unstable::NodeRef<Expr>],
    query: &'a Query,
    terms: Vec<&'a Expr>,
    /// Whether the head belongs to no other body, so that its variables can have other names.
    alone: bool,
}

fn one(parsed: &Parsed, known: &Known<'_>, body: &Body<'_>, found: &mut Resolved, errors: &mut Vec<String>) {
    let located = |line: u32, message: &str| format!("{}:{line}: {message}", parsed.path);
    let mut names = Names::of(body, known);
    if !names.mistakes.is_empty() {
        errors.extend(names.mistakes.iter().map(|(line, mistake)| located(*line, &format!("rego_compile_error: {mistake}"))));
        return;
    }
    let mut order = Order { names: &mut names, known, text: &parsed.text, edits: Vec::new() };
    let steps = match order.body(body) {
        Ok(steps) => steps,
        Err((line, name)) => {
            errors.push(located(line, &format!("rego_unsafe_var_error: var {name} is unsafe")));
            return;
        }
    };
    found.edits.append(&mut order.edits);
    found.reached.extend(reached(parsed, body, &steps, &names));
    names.renamed(known, body.alone, &mut found.edits);
    imports::expand(body, known, &names, &mut found.edits);
    open::hide(body, known, &names, &mut found.edits);
    uses::gather(body, known, &names, &mut found.uses);
}

/// How many of the statements of a test's body, in their order, bind what the name of its case is made of.
fn reached(parsed: &Parsed, body: &Body<'_>, steps: &[HashSet<usize>], names: &Names) -> Option<(usize, usize)> {
    let mut needed = HashSet::new();
    trials::computed(&parsed.module.policy[body.rule]).into_iter().for_each(|part| binding::variables(part, names, &mut needed));
    let count = steps.iter().position(|bound| needed.is_subset(bound))?;
    Some((body.rule, count))
}

/// What a head computes: the keys in its name, its element, its value.
fn own_terms(head: &RuleHead) -> Vec<&Expr> {
    let (refr, rest): (_, Vec<&Expr>) = match head {
        RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
            (refr, assign.iter().map(|assign| assign.value.as_ref()).collect())
        }
        RuleHead::Set { refr, key, .. } => (refr, key.iter().map(AsRef::as_ref).collect()),
    };
    let mut terms = parts::indices(refr);
    terms.extend(rest);
    terms
}
