//! The shape of a pattern with objects in it, and what has it. An array stands for the parts of an array, a set with one array in it for the pairs of keys
//! and parts of an object, `null` for anything.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value as Rego;
use regorus::unstable::Expr;

use super::edit::{self, Piece};

/// Whether a pattern takes an object apart.
pub(super) fn has_object(pattern: &Expr) -> bool {
    match pattern {
        Expr::Array { items, .. } => items.iter().any(|item| has_object(item)),
        Expr::Object { .. } => true,
        _ => false,
    }
}

/// The shape of a pattern, as Rego.
pub(super) fn shape(pattern: &Expr, pieces: &mut Vec<Piece>) {
    let text = |pieces: &mut Vec<Piece>, text: &str| pieces.push(Piece::Text(text.to_owned()));
    match pattern {
        Expr::Array { items, .. } if has_object(pattern) => {
            text(pieces, "[");
            for item in items {
                shape(item, pieces);
                text(pieces, ", ");
            }
            text(pieces, "]");
        }
        Expr::Object { fields, .. } => {
            text(pieces, "{[");
            for (_, key, part) in fields {
                let (start, end) = edit::place(key);
                text(pieces, "[");
                pieces.push(Piece::Copy(start, end));
                text(pieces, ", ");
                shape(part, pieces);
                text(pieces, "], ");
            }
            text(pieces, "]}");
        }
        _ => text(pieces, "null"),
    }
}

/// Whether a value has a shape.
pub(super) fn fits(value: &Rego, shape: &Rego) -> bool {
    match (shape, value) {
        (Rego::Array(parts), Rego::Array(items)) => {
            parts.len() == items.len() && items.iter().zip(parts.iter()).all(|(item, part)| fits(item, part))
        }
        (Rego::Set(pairs), Rego::Object(members)) => {
            let pairs = pairs.iter().next().and_then(|pairs| pairs.as_array().ok());
            let has = |pair: &Rego| {
                let pair = pair.as_array().ok()?;
                let (key, part) = (pair.get(0)?, pair.get(1)?);
                Some(members.get(key).is_some_and(|member| fits(member, part)))
            };
            pairs.is_some_and(|pairs| pairs.len() == members.len() && pairs.iter().all(|pair| has(pair) == Some(true)))
        }
        (Rego::Null, _) => true,
        _ => false,
    }
}

/// A collection in which nothing has another shape. What has one leaves its place empty, so that the others keep theirs.
pub(super) fn fitting(collection: &Rego, shape: &Rego) -> Rego {
    let kept = |item: &Rego| if fits(item, shape) { item.clone() } else { Rego::Null };
    match collection {
        Rego::Array(items) => Rego::from(items.iter().map(kept).collect::<Vec<_>>()),
        Rego::Set(items) => Rego::from(items.iter().filter(|item| fits(item, shape)).cloned().collect::<BTreeSet<_>>()),
        Rego::Object(members) => Rego::from(members.iter().map(|(key, member)| (key.clone(), kept(member))).collect::<BTreeMap<_, _>>()),
        other => other.clone(),
    }
}
