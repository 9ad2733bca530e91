//! What `with` puts in the place of something, as OPA has it: all of it is looked up before anything is replaced, and when it is undefined, so
//! is the statement. The engine looks while it replaces, and takes a rule that it asked then for one that needs no evaluation afterwards.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, WithModifier};

use super::super::edit::{self, Edit, Piece};
use super::Known;
use super::names::Names;
use super::parts;

/// Gives what stands behind `as` to variables before the statement, unless it is known without looking.
pub(super) fn hoisted(query: &Query, statement: &LiteralStmt, names: &Names, known: &Known<'_>, text: &str) -> Vec<Edit> {
    let looked_up: Vec<_> = statement.with_mods.iter().filter(|modifier| is_looked_up(modifier, names, known)).collect();
    let ranged = ranged(statement);
    if looked_up.is_empty() && ranged.is_none() {
        return Vec::new();
    }
    let (start, end) = edit::range(text, statement);
    let bare = edit::is_bare(text, query, statement);
    let mut pieces = vec![Piece::Text(if bare { "{ " } else { "" }.to_owned())];
    let mut edits = Vec::new();
    for modifier in looked_up {
        let (from, to) = edit::extent(&modifier.r#as);
        let name = format!("given__{from}");
        pieces.extend([Piece::Text(format!("{name} := ")), Piece::Copy(from, to), Piece::Text("; ".to_owned())]);
        // It begins a character earlier, so that it is no change to the copy.
        edits.push(Edit { start: from - 1, end: to, pieces: vec![Piece::Copy(from - 1, from), Piece::Text(format!(" {name}"))] });
    }
    match ranged {
        Some((collection, modifiers)) => {
            let (from, to) = edit::place(collection);
            let name = format!("ranged__{from}");
            pieces.extend([
                Piece::Text(format!("{name} := ")),
                Piece::Copy(from, to),
                Piece::Text(" ".to_owned()),
                Piece::Copy(modifiers, end),
            ]);
            pieces.extend([Piece::Text("; ".to_owned()), Piece::Copy(start, from), Piece::Text(name), Piece::Copy(to, modifiers)]);
        }
        None => pieces.push(Piece::Copy(start, end)),
    }
    pieces.push(Piece::Text(if bare { " }" } else { "" }.to_owned()));
    edits.push(Edit { start, end, pieces });
    edits
}

/// What `some … in … with …` ranges over, and where its modifiers begin: the engine would evaluate all later statements with them as well.
fn ranged(statement: &LiteralStmt) -> Option<(&Expr, usize)> {
    let Literal::SomeIn { collection, .. } = &statement.literal else { return None };
    statement.with_mods.first().map(|first| (collection.as_ref(), first.span.start as usize))
}

/// Whether a value is more than constants, variables, and the name of a function.
fn is_looked_up(modifier: &WithModifier, names: &Names, known: &Known<'_>) -> bool {
    !known.is_function_for_another(modifier) && !is_known(&modifier.r#as, names)
}

fn is_known(value: &Expr, names: &Names) -> bool {
    match value {
        Expr::Var { span, .. } => names.id(span).is_some(),
        Expr::Array { .. } | Expr::Set { .. } | Expr::Object { .. } | Expr::UnaryExpr { .. } => {
            parts::children(value).into_iter().all(|child| is_known(child, names))
        }
        Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } => true,
        _ => false,
    }
}
