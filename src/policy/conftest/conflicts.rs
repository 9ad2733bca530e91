//! Rules of one name that cannot stand beside each other: OPA refuses them when it compiles, the engine takes one of them.

use std::collections::BTreeMap;

use regorus::unstable::{Rule, RuleHead};

use super::module::Parsed;
use crate::policy::walk;

/// What a rule makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Value,
    Set,
    /// With the number of its arguments.
    Function(usize),
}

/// The rules of one name.
struct Named {
    shape: Shape,
    defaults: usize,
    complained: bool,
}

/// Every conflict, with the path and line of the rule that does not fit those before it.
pub(super) fn conflicts(modules: &[Parsed]) -> Vec<String> {
    let mut seen: BTreeMap<String, Named> = BTreeMap::new();
    let mut errors = Vec::new();
    for module in modules {
        for rule in &module.module.policy {
            let (refr, shape, default) = match rule.as_ref() {
                Rule::Default { refr, args, .. } if args.is_empty() => (refr, Shape::Value, true),
                Rule::Default { refr, args, .. } => (refr, Shape::Function(args.len()), true),
                Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } => (refr, Shape::Value, false),
                Rule::Spec { head: RuleHead::Set { refr, .. }, .. } => (refr, Shape::Set, false),
                Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, Shape::Function(args.len()), false),
            };
            let Some(parts) = walk::dotted(refr) else { continue };
            let name = format!("data.{}.{}", module.namespace, parts.join("."));
            let known = seen.entry(name.clone()).or_insert(Named { shape, defaults: 0, complained: false });
            known.defaults += usize::from(default);
            let what = if known.shape == shape { "multiple default" } else { "conflicting" };
            if !known.complained && (known.shape != shape || known.defaults > 1) {
                known.complained = true;
                errors.push(format!("{}:{}: rego_type_error: {what} rules {name} found", module.path, rule.span().line));
            }
        }
    }
    errors
}
