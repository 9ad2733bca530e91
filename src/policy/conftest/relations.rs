//! `walk(x)` as OPA has it: one pair of path and value after the other, wherever the call stands. The engine knows `walk(x, [path, value])`
//! only; of a call with one argument it makes nothing, and a rule with one would be a pass. In the same way `k, v in x` is of sets too, whose
//! elements are their own keys; the engine finds no pair in a set.

use regorus::unstable::Expr;
use regorus::{Engine, Value as Rego};

use super::edit::{self, Edit, Piece};
use super::module::Parsed;
use crate::policy::walk::{self, Part};

/// The function that gives all pairs of a value.
const PAIRS: &str = "polity_pairs";

/// The function that says whether a collection has a value under a key.
const HAS: &str = "polity_has";

/// Makes an element of all pairs of every call with one argument, and a call of every `k, v in x`.
pub(super) fn rewrite(parsed: &Parsed, edits: &mut Vec<Edit>) {
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| {
            if let Part::Expr(expr @ Expr::Membership { key: Some(key), value, collection, .. }) = part {
                let (start, end) = edit::extent(expr);
                let mut pieces = vec![Piece::Text(format!("{HAS}("))];
                for (operand, ending) in [(key, ", "), (value, ", "), (collection, ")")] {
                    let (from, to) = edit::extent(operand);
                    pieces.extend([Piece::Copy(from, to), Piece::Text(ending.to_owned())]);
                }
                edits.push(Edit { start, end, pieces });
                return;
            }
            let Part::Expr(expr @ Expr::Call { fcn, params, .. }) = part else { return };
            let ([subject], Expr::Var { span, .. }) = (params.as_slice(), fcn.as_ref()) else { return };
            if span.text() != "walk" {
                return;
            }
            let ((start, end), (from, to)) = (edit::place(expr), edit::place(subject));
            edits.push(Edit { start, end, pieces: pair((from, to)).into() });
        });
    }
}

/// One of the pairs of what stands in a range.
pub(super) fn pair((from, to): (usize, usize)) -> [Piece; 3] {
    [Piece::Text(format!("{PAIRS}(")), Piece::Copy(from, to), Piece::Text(")[_]".to_owned())]
}

/// Gives an engine the functions.
pub(super) fn install(engine: &mut Engine) -> Result<(), anyhow::Error> {
    engine.add_extension(HAS.to_owned(), 3, Box::new(|args: Vec<Rego>| Ok(Rego::from(has(&args)))))?;
    engine.add_extension(PAIRS.to_owned(), 1, Box::new(|args: Vec<Rego>| Ok(args.first().map_or(Rego::Undefined, pairs))))
}

fn has(args: &[Rego]) -> bool {
    let [key, value, collection] = args else { return false };
    match collection {
        Rego::Array(items) => {
            let at = key.as_i64().ok().and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| items.get(at)).is_some_and(|item| item == value)
        }
        Rego::Set(items) => key == value && items.contains(value),
        Rego::Object(members) => members.get(key).is_some_and(|member| member == value),
        _ => false,
    }
}

/// Every pair of a path and the value there, the whole value first.
fn pairs(value: &Rego) -> Rego {
    let mut found = Vec::new();
    visit(value, &mut Vec::new(), &mut found);
    Rego::from(found)
}

fn visit(value: &Rego, path: &mut Vec<Rego>, found: &mut Vec<Rego>) {
    found.push(Rego::from(vec![Rego::from(path.clone()), value.clone()]));
    let mut inner = |key: Rego, value: &Rego| {
        path.push(key);
        visit(value, path, found);
        path.pop();
    };
    match value {
        Rego::Array(items) => items.iter().enumerate().for_each(|(index, item)| inner(Rego::from(index as u64), item)),
        Rego::Set(items) => items.iter().for_each(|item| inner(item.clone(), item)),
        Rego::Object(members) => members.iter().for_each(|(key, value)| inner(key.clone(), value)),
        _ => {}
    }
}
