//! Which functions a policy calls: one that neither it nor the engine defines is an error at load time, as in OPA.
//!
//! The engine itself would notice only when the call is reached, and a call that is never reached reads as a pass.

use std::collections::{BTreeSet, HashMap};

use regorus::unstable::{BUILTINS, Expr, Import, Rule, RuleHead};

use super::load::LoadOptions;
use super::module::Parsed;
use super::{annotations, functions, host};
use crate::finding::nearest;
use crate::policy::walk::{self, Part};

/// Every call of a function that does not exist or is not allowed.
pub(super) fn undefined(modules: &[Parsed], options: &LoadOptions) -> Vec<String> {
    let allowed = options.allowed.as_ref();
    let defined: BTreeSet<String> = modules.iter().flat_map(functions).collect();
    let mut errors = Vec::new();
    for module in modules {
        let aliases = aliases(module);
        for rule in &module.module.policy {
            walk::rule(rule, &mut |part| {
                let Part::Expr(Expr::Call { fcn, .. }) = part else { return };
                let Some(parts) = walk::dotted(fcn) else { return };
                let (name, line) = (parts.join("."), fcn.span().line);
                if !exists(&parts, module, &aliases, &defined, allowed) {
                    let near = allowed
                        .is_none()
                        .then(|| near(&name, module, &defined))
                        .flatten()
                        .map(|near| format!(": did you mean {near}?"))
                        .unwrap_or_default();
                    errors.push(format!("{}:{line}: rego_type_error: undefined function {name}{near}", module.path));
                } else if (options.strict || module.is_v1())
                    && functions::is_deprecated(&name)
                    && !is_defined(&parts, module, &aliases, &defined)
                {
                    let what = "deprecated built-in function calls in expression";
                    errors.push(format!("{}:{line}: rego_type_error: {what}: {name}", module.path));
                }
            });
        }
    }
    errors
}

/// A function that is called almost so.
fn near(name: &str, module: &Parsed, defined: &BTreeSet<String>) -> Option<String> {
    let package = format!("data.{}.", module.namespace);
    let own = defined.iter().filter_map(|name| name.strip_prefix(&package)).map(str::to_owned);
    let all: Vec<String> = BUILTINS.keys().copied().chain(host::names()).map(str::to_owned).chain(own).collect();
    nearest(name, all.iter().map(String::as_str)).map(str::to_owned)
}

fn functions(module: &Parsed) -> Vec<String> {
    let mut found = Vec::new();
    for rule in &module.module.policy {
        let refr = match rule.as_ref() {
            Rule::Spec { head: RuleHead::Func { refr, .. }, .. } => refr,
            Rule::Default { refr, args, .. } if !args.is_empty() => refr,
            _ => continue,
        };
        if let Some(parts) = walk::dotted(refr) {
            found.push(format!("data.{}.{}", module.namespace, parts.join(".")));
        }
    }
    found
}

fn aliases(module: &Parsed) -> HashMap<String, Vec<String>> {
    let alias = |import: &Import| {
        let path = walk::dotted(&import.refr)?;
        let name = import.r#as.as_ref().map_or_else(|| path.last().cloned(), |span| Some(span.text().to_owned()))?;
        Some((name, path))
    };
    module.module.imports.iter().filter_map(alias).collect()
}

fn exists(
    parts: &[String],
    module: &Parsed,
    aliases: &HashMap<String, Vec<String>>,
    defined: &BTreeSet<String>,
    allowed: Option<&BTreeSet<String>>,
) -> bool {
    let name = parts.join(".");
    if is_defined(parts, module, aliases, defined) {
        return true;
    }
    let known = BUILTINS.contains_key(name.as_str()) || name == "print" || host::is_host(&name) || annotations::is_builtin(&name);
    known && allowed.is_none_or(|allowed| allowed.contains(&name) || host::is_own(&name))
}

/// Whether a policy defines the function.
fn is_defined(parts: &[String], module: &Parsed, aliases: &HashMap<String, Vec<String>>, defined: &BTreeSet<String>) -> bool {
    let name = parts.join(".");
    if defined.contains(&format!("data.{}.{name}", module.namespace)) || defined.contains(&name) {
        return true;
    }
    let imported = parts.split_first().and_then(|(first, rest)| Some([aliases.get(first)?.as_slice(), rest].concat().join(".")));
    imported.is_some_and(|path| defined.contains(&path))
}
