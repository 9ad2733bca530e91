//! Imported names, written as the paths that they stand for: by a name the engine asks for all of a package, and a package that asks for
//! itself in this way is undefined to it, or a cycle. By its path one rule is asked for.

use regorus::unstable::{Expr, Span};

use super::super::edit::Edit;
use super::names::Names;
use super::{Body, Known};
use crate::policy::walk::{self, Part};

/// Puts paths in the place of imported names that no variable hides.
pub(super) fn expand(body: &Body<'_>, known: &Known<'_>, names: &Names, edits: &mut Vec<Edit>) {
    let mut see = |part: Part<'_>| match part {
        Part::Expr(Expr::Call { fcn, .. }) if known.is_mocked(fcn) => edits.extend(prefixed(fcn, known)),
        Part::Expr(Expr::Var { span, .. }) => {
            let path = known.aliases.get(span.text()).filter(|_| names.id(span).is_none());
            edits.extend(path.map(|path| Edit::text(span.start, span.end, reference(path))));
        }
        Part::Query(query) => {
            let targets = query.stmts.iter().flat_map(|statement| &statement.with_mods);
            edits.extend(targets.filter_map(|modifier| own(&modifier.refr, known, names)));
        }
        Part::Expr(_) => {}
    };
    walk::query(body.query, &mut see);
    body.terms.iter().for_each(|term| walk::expr(term, &mut see));
}

/// A rule or a function of the same package, in whose place `with` puts something, by its path.
fn own(target: &Expr, known: &Known<'_>, names: &Names) -> Option<Edit> {
    let is_variable = root(target).is_some_and(|span| names.id(span).is_some());
    if is_variable { None } else { prefixed(target, known) }
}

/// What belongs to the package itself, by its path.
fn prefixed(reference: &Expr, known: &Known<'_>) -> Option<Edit> {
    let span = root(reference).filter(|span| known.is_rule(span.text()))?;
    Some(Edit::text(span.start, span.start, format!("data.{}.", known.namespace)))
}

fn root(mut reference: &Expr) -> Option<&Span> {
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = reference {
        reference = refr;
    }
    if let Expr::Var { span, .. } = reference { Some(span) } else { None }
}

fn reference(path: &[String]) -> String {
    let is_name = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    let parts = path[1..].iter().map(|part| if is_name(part) { format!(".{part}") } else { format!("[{part:?}]") });
    std::iter::once(path[0].clone()).chain(parts).collect()
}
