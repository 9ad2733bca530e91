//! Functions that several files of a package define. The engine evaluates all of their bodies as if they stood in one of the files, with
//! its imports, and so takes what is defined for undefined. Here every other file's share gets a name of its own, and one file leads to it.
//! A function that has nothing but a default becomes one that always has this value: the engine would not let `with` replace it.
//! In the same way a function whose arguments are objects with certain keys is led to only by objects that have no others.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Expr, NodeRef, Rule, RuleHead};

use super::arithmetic::EXACTLY;
use super::edit::{Edit, Piece};
use super::module::Parsed;
use super::shapes::{has_object, shape};
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
    start: usize,
    name: &'a Expr,
    args: &'a [NodeRef<Expr>],
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
    for (index, definition) in functions.values().filter_map(|files| only_default(files)) {
        let end = definition.name.span().start as usize;
        shares[index].edits.push(Edit { start: definition.start, end, pieces: Vec::new() });
    }
    let mut suffixes = BTreeSet::new();
    for ((_, name), files) in functions.iter().filter(|(_, files)| files.len() > 1) {
        // The default holds when no file has a value.
        let with_default = files.iter().find(|(_, definitions)| definitions.iter().any(|one| one.default));
        let Some((home, _)) = with_default.or(files.first_key_value()) else { continue };
        suffixes.extend(files.keys().filter(|index| *index != home).map(|index| (*index, name.clone())));
        for (index, definitions) in files.iter().filter(|(index, _)| *index != home) {
            let suffix = in_file(*index);
            let ends = definitions.iter().map(|one| one.name.span().end as usize);
            shares[*index].edits.extend(ends.map(|end| Edit { start: end, end, pieces: vec![Piece::Text(suffix.clone())] }));
            let arguments: Vec<_> = (0..definitions[0].args.len()).map(|number| format!("polity_argument_{number}")).collect();
            let arguments = arguments.join(", ");
            shares[*home].tail += &format!("\n{name}({arguments}) := {name}{suffix}({arguments})\n");
        }
    }
    for (index, (module, share)) in parsed.iter().zip(&mut shares).enumerate() {
        for (number, definition) in module.module.policy.iter().filter_map(|rule| definition(rule)).enumerate() {
            let name = walk::dotted(definition.name).unwrap_or_default().join(".");
            let own = if suffixes.contains(&(index, name.clone())) { name + &in_file(index) } else { name };
            shaped(module, &definition, &own, number, share);
        }
    }
    shares
}

/// The default of a function that has nothing else.
fn only_default<'a, 'b>(files: &'b BTreeMap<usize, Vec<Definition<'a>>>) -> Option<(usize, &'b Definition<'a>)> {
    let mut all = files.iter().flat_map(|(index, definitions)| definitions.iter().map(move |one| (*index, one)));
    all.next().filter(|(_, first)| first.default && all.next().is_none())
}

fn in_file(index: usize) -> String {
    format!("_in_file_{index}")
}

/// Gives a definition another name and leads to it by way of the shapes of its arguments.
fn shaped(module: &Parsed, definition: &Definition<'_>, name: &str, number: usize, share: &mut Share) {
    if definition.default || !definition.args.iter().any(|arg| has_object(arg)) {
        return;
    }
    let end = definition.name.span().end as usize;
    share.edits.push(Edit { start: end, end, pieces: vec![Piece::Text(format!("_shaped_{number}"))] });
    let names: Vec<_> = (0..definition.args.len()).map(|number| format!("polity_argument_{number}")).collect();
    let values = names.iter().zip(definition.args).map(|(name, arg)| {
        if !has_object(arg) {
            return name.clone();
        }
        let mut pieces = Vec::new();
        shape(arg, &mut pieces);
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Copy(start, end) => module.text[*start..*end].to_owned(),
        };
        format!("{EXACTLY}({name}, {})", pieces.iter().map(text).collect::<String>())
    });
    let values = values.collect::<Vec<_>>().join(", ");
    share.tail += &format!("\n{name}({}) := {name}_shaped_{number}({values})\n", names.join(", "));
}

fn definition(rule: &Rule) -> Option<Definition<'_>> {
    let (name, args, default) = match rule {
        Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, args, false),
        Rule::Default { refr, args, .. } => (refr, args, true),
        Rule::Spec { .. } => return None,
    };
    (!args.is_empty()).then_some(Definition { start: rule.span().start as usize, name, args, default })
}
