//! Functions that a `with` replaces. The engine replaces calls by the name that the `with` has, in every package, and of the functions of this program
//! none. So those that policies define are called and replaced by their whole names, and those of this program by way of a package that leads to them.

use std::collections::BTreeSet;

use regorus::unstable::{BUILTINS, Expr};

use super::edit::{self, Edit, Piece};
use super::host;
use super::module::Parsed;
use super::scopes::Known;
use crate::policy::walk::{self, Part};

/// The package that leads to functions of this program.
const PACKAGE: &str = "polity_mocked";

/// The functions that some `with` replaces, by their whole names.
pub(super) type Mocked = BTreeSet<String>;

/// Everything that a module replaces, functions or not.
pub(super) fn targets(module: &Parsed, known: &Known<'_>, found: &mut Mocked) {
    for rule in &module.module.policy {
        walk::rule(rule, &mut |part| {
            let Part::Query(query) = part else { return };
            for modifier in query.stmts.iter().flat_map(|statement| &statement.with_mods) {
                found.extend(known.whole(&modifier.refr));
                found.extend(of_program(&modifier.refr));
            }
        });
    }
}

/// A function of this program that the engine does not have.
fn of_program(function: &Expr) -> Option<String> {
    let name = walk::dotted(function)?.join(".");
    (host::arity(&name).is_some() && !BUILTINS.contains_key(name.as_str())).then_some(name)
}

/// Leads calls and replacements of functions of this program through the package.
pub(super) fn rewrite(parsed: &Parsed, mocked: &Mocked, edits: &mut Vec<Edit>) {
    if mocked.is_empty() {
        return;
    }
    let replaced = |function: &Expr| of_program(function).filter(|name| mocked.contains(name));
    for rule in &parsed.module.policy {
        walk::rule(rule, &mut |part| match part {
            Part::Expr(call @ Expr::Call { fcn, params, .. }) => {
                let Some(name) = replaced(fcn) else { return };
                let (start, end) = edit::place(fcn);
                match params.is_empty() {
                    true => {
                        let (start, end) = edit::place(call);
                        edits.push(Edit { start, end, pieces: vec![Piece::Text(format!("{}(0)", path(&name)))] });
                    }
                    false => edits.push(Edit { start, end, pieces: vec![Piece::Text(path(&name))] }),
                }
            }
            Part::Query(query) => {
                for modifier in query.stmts.iter().flat_map(|statement| &statement.with_mods) {
                    let Some(name) = replaced(&modifier.refr) else { continue };
                    let (start, end) = edit::place(&modifier.refr);
                    edits.push(Edit { start, end, pieces: vec![Piece::Text(path(&name))] });
                }
            }
            Part::Expr(_) => {}
        });
    }
}

fn path(name: &str) -> String {
    format!("data.{PACKAGE}.{}", name.replace('.', "_"))
}

/// The package, when anything is led through it.
pub(super) fn package(mocked: &Mocked) -> Option<String> {
    let function = |name: &String| {
        let arity = host::arity(name)?;
        let arguments: Vec<_> = (0..arity).map(|number| format!("argument_{number}")).collect();
        let taken = if arity == 0 { "_".to_owned() } else { arguments.join(", ") };
        Some(format!("{}({taken}) := {name}({})\n", name.replace('.', "_"), arguments.join(", ")))
    };
    let functions: String = mocked.iter().filter(|name| !name.starts_with("data.")).filter_map(function).collect();
    (!functions.is_empty()).then(|| format!("package {PACKAGE}\n{functions}"))
}
