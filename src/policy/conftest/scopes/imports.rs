//! Imported names, written as the paths that they stand for: by a name the engine asks for all of a package, and a package that asks for
//! itself in this way is undefined to it, or a cycle. By its path one rule is asked for.

use regorus::unstable::Expr;

use super::super::edit::Edit;
use super::names::Names;
use super::{Body, Known};
use crate::policy::walk::{self, Part};

/// Puts paths in the place of imported names that no variable hides.
pub(super) fn expand(body: &Body<'_>, known: &Known<'_>, names: &Names, edits: &mut Vec<Edit>) {
    let mut see = |part: Part<'_>| match part {
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

/// A rule of the same package, in whose place `with` puts something, by its path.
fn own(target: &Expr, known: &Known<'_>, names: &Names) -> Option<Edit> {
    let mut root = target;
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = root {
        root = refr;
    }
    let Expr::Var { span, .. } = root else { return None };
    let rule = known.is_rule(span.text()) && known.own_arity(target).is_none() && names.id(span).is_none();
    rule.then(|| Edit::text(span.start, span.start, format!("data.{}.", known.namespace)))
}

fn reference(path: &[String]) -> String {
    let is_name = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    let parts = path[1..].iter().map(|part| if is_name(part) { format!(".{part}") } else { format!("[{part:?}]") });
    std::iter::once(path[0].clone()).chain(parts).collect()
}
