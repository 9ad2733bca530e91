//! References to what rules with computed keys define together with rules of longer names, such as `p[k].r` and `p.b.r`. Of `p.b.r` the engine
//! evaluates the rules of that very name only; when it does not see where the name goes on, it evaluates all of `p` first, as OPA does.

use std::collections::{BTreeSet, HashSet};

use regorus::unstable::Expr;

use super::super::edit::{self, Edit, Piece};
use super::super::module::Parsed;
use super::super::recursion;
use super::names::Names;
use super::uses::is_variable;
use super::{Body, Known, head};
use crate::policy::walk::{self, Part};

/// The beginnings of names behind which some rules have a computed key and others a name.
pub(super) fn of(modules: &[Parsed]) -> BTreeSet<Vec<String>> {
    let (mut computed, mut named) = (BTreeSet::new(), BTreeSet::new());
    for module in modules {
        let package = walk::dotted(&module.module.package.refr).unwrap_or_default();
        for rule in &module.module.policy {
            let parts = walk::parts(head(rule).0);
            let known = parts.iter().map_while(Clone::clone);
            let path: Vec<String> = package.iter().cloned().chain(known).collect();
            let is_whole = path.len() == package.len() + parts.len();
            if is_whole {
                named.insert(path)
            } else {
                computed.insert(path)
            };
        }
    }
    computed.retain(|start| named.range(start.clone()..).any(|path| path.len() > start.len() && path.starts_with(start)));
    computed
}

/// Hides from the engine how a name goes on behind such a beginning.
pub(super) fn hide(body: &Body<'_>, known: &Known<'_>, names: &Names, edits: &mut Vec<Edit>) {
    if known.open.is_empty() {
        return;
    }
    let mut inner: HashSet<*const Expr> = HashSet::new();
    let mut see = |part: Part<'_>| {
        let Part::Expr(expression @ (Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. })) = part else { return };
        inner.insert(std::ptr::from_ref(refr.as_ref()));
        if inner.contains(&std::ptr::from_ref(expression)) || is_variable(expression, names) {
            return;
        }
        let Some(path) = recursion::absolute(expression, known) else { return };
        let start = known.open.iter().find(|start| path.len() > start.len() && begins(&path, start));
        edits.extend(start.and_then(|start| hidden(expression, path.len() - start.len() - 1)));
    };
    walk::query(body.query, &mut see);
    body.terms.iter().for_each(|term| walk::expr(term, &mut see));
}

fn begins(path: &[Option<String>], start: &[String]) -> bool {
    path.iter().zip(start).all(|(part, name)| part.as_ref() == Some(name))
}

/// The step of a reference that so many others follow, out of the engine's sight.
fn hidden(reference: &Expr, following: usize) -> Option<Edit> {
    match reference {
        Expr::RefDot { refr, field, .. } if following == 0 => {
            let dot = refr.span().end.min(field.0.start - 1);
            Some(Edit::text(dot, field.0.end, format!("[[{:?}][0]]", field.0.text())))
        }
        Expr::RefBrack { index, .. } if following == 0 && matches!(index.as_ref(), Expr::String { .. }) => {
            let (start, end) = edit::place(index);
            Some(Edit { start, end, pieces: vec![Piece::Text("[".to_owned()), Piece::Copy(start, end), Piece::Text("][0]".to_owned())] })
        }
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } if following > 0 => hidden(refr, following - 1),
        _ => None,
    }
}
