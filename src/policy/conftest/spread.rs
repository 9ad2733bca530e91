//! Functions that several files of a package define. The engine evaluates all of their bodies as if they stood in one of the files, with
//! its imports, and so takes what is defined for undefined. Here every other file's share gets a name of its own, and one file leads to it.

use std::collections::BTreeMap;

use regorus::unstable::{Expr, Rule, RuleHead};

use super::edit::{Edit, Piece};
use super::module::Parsed;
use crate::policy::walk;

/// What becomes of one file.
#[derive(Default)]
pub(super) struct Share {
    pub edits: Vec<Edit>,
    /// What its text ends with.
    pub tail: String,
}

/// A function as one rule defines it.
struct Definition<'a> {
    name: &'a Expr,
    arity: usize,
    default: bool,
}

/// The shares of all files, in their order.
pub(super) fn shares(parsed: &[Parsed]) -> Vec<Share> {
    let mut shares: Vec<Share> = parsed.iter().map(|_| Share::default()).collect();
    let mut functions: BTreeMap<(&str, String), BTreeMap<usize, Vec<Definition<'_>>>> = BTreeMap::new();
    for (index, module) in parsed.iter().enumerate() {
        for definition in module.module.policy.iter().filter_map(|rule| definition(rule)) {
            let name = walk::dotted(definition.name).unwrap_or_default().join(".");
            functions.entry((&module.namespace, name)).or_default().entry(index).or_default().push(definition);
        }
    }
    for ((_, name), files) in functions.iter().filter(|(_, files)| files.len() > 1) {
        // The default holds when no file has a value.
        let with_default = files.iter().find(|(_, definitions)| definitions.iter().any(|one| one.default));
        let Some((home, _)) = with_default.or(files.first_key_value()) else { continue };
        for (index, definitions) in files.iter().filter(|(index, _)| *index != home) {
            let suffix = format!("_in_file_{index}");
            let ends = definitions.iter().map(|one| one.name.span().end as usize);
            shares[*index].edits.extend(ends.map(|end| Edit { start: end, end, pieces: vec![Piece::Text(suffix.clone())] }));
            let arguments: Vec<_> = (0..definitions[0].arity).map(|number| format!("polity_argument_{number}")).collect();
            let arguments = arguments.join(", ");
            shares[*home].tail += &format!("\n{name}({arguments}) := {name}{suffix}({arguments})\n");
        }
    }
    shares
}

fn definition(rule: &Rule) -> Option<Definition<'_>> {
    let (name, args, default) = match rule {
        Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, args, false),
        Rule::Default { refr, args, .. } => (refr, args, true),
        Rule::Spec { .. } => return None,
    };
    (!args.is_empty()).then_some(Definition { name, arity: args.len(), default })
}
