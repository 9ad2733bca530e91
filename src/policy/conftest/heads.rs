//! Heads that look something up, such as `deny contains sprintf("%s", [c.name])`, with the look-up in the body, where OPA puts it too: what is
//! not there gives one finding less. The engine forgets the other findings of the rule as well, tries no `else`, or ends the run.

use std::collections::HashSet;

use regorus::unstable::{Expr, Literal, Module, Query, Rule, RuleBody, RuleHead};

use super::edit::{self, Edit, Piece};
use super::scopes::{self, closures, expressions, visit};

/// How the names begin that stand in a head for what was moved into its body.
const NAME: &str = "head__";

/// The text with the look-ups moved, when there are any; `is_v1` says whether a body needs the word `if`. Lines stay where they are.
pub(super) fn lifted(module: &Module, text: &str, is_v1: bool) -> Option<String> {
    let mut edits = Vec::new();
    for rule in &module.policy {
        let Rule::Spec { head, bodies, span } = rule.as_ref() else { continue };
        if !may_forget(head, bodies) {
            continue;
        }
        let (own, mut known) = (terms(head), HashSet::new());
        if bodies.iter().all(|body| body.query.stmts.is_empty()) {
            let moved = moved(&own, &known, text, &mut edits);
            if !moved.is_empty() {
                let at = span.end as usize;
                let body = format!("{} {{ {} }}", if is_v1 { " if" } else { "" }, moved.join("; "));
                edits.push(Edit { start: at, end: at, pieces: vec![Piece::Text(body)] });
            }
            continue;
        }
        // Bodies with one head get one head.
        known = bodies.iter().filter(|body| !body.is_else).map(|body| named(head, &body.query)).reduce(|a, b| &a & &b).unwrap_or(known);
        for (index, body) in bodies.iter().enumerate() {
            let Some(end) = ending(text, &body.query) else { continue };
            let is_last = !bodies.get(index + 1).is_some_and(|next| next.is_else);
            if is_last && body.is_else && is_function(head) && !assigned(body).into_iter().any(iterates) {
                continue;
            }
            let moved = match body.is_else {
                true => moved(&assigned(body), &named(head, &body.query), text, &mut edits),
                false => moved(&own, &known, text, &mut edits),
            };
            if !moved.is_empty() {
                edits.extend(end.with(&moved.join("; ")));
            }
        }
    }
    // What is added at the very end stands before something.
    (!edits.is_empty()).then(|| edit::apply(&format!("{text}\n"), edits))
}

/// Whether the engine forgets something when a head has no value, or ends the run. It does not for a function without `else` whose value
/// is looked up in one place, nor for a rule that is evaluated once: those have no value either, and nothing else to say.
fn may_forget(head: &RuleHead, bodies: &[RuleBody]) -> bool {
    if is_function(head) {
        return bodies.iter().any(|body| body.is_else) || terms(head).into_iter().any(iterates);
    }
    let is_partial = matches!(head, RuleHead::Set { .. }) || !scopes::indices(head_name(head)).is_empty();
    let expressions = bodies.iter().flat_map(|body| &body.query.stmts).flat_map(expressions).chain(terms(head));
    let declares =
        |body: &RuleBody| body.query.stmts.iter().any(|one| matches!(one.literal, Literal::SomeVars { .. } | Literal::SomeIn { .. }));
    (is_partial && bodies.len() > 1) || bodies.iter().any(declares) || expressions.into_iter().any(iterates)
}

/// Whether an expression may have more than one value: an index may be a variable that nothing binds.
fn iterates(expression: &Expr) -> bool {
    let mut found = false;
    visit(expression, &mut |part| {
        found |= match part {
            Expr::RefBrack { index, .. } => matches!(index.as_ref(), Expr::Var { .. } | Expr::Array { .. } | Expr::Object { .. }),
            Expr::Call { fcn, .. } => fcn.span().text() == "walk",
            _ => false,
        };
    });
    found
}

fn is_function(head: &RuleHead) -> bool {
    matches!(head, RuleHead::Func { args, .. } if !args.is_empty())
}

fn head_name(head: &RuleHead) -> &Expr {
    let (RuleHead::Set { refr, .. } | RuleHead::Compr { refr, .. } | RuleHead::Func { refr, .. }) = head;
    refr
}

/// What a head is made of: the parts of its name that are looked up, its key, its value.
fn terms(head: &RuleHead) -> Vec<&Expr> {
    let (refr, own) = match head {
        RuleHead::Set { refr, key, .. } => (refr, key.as_deref()),
        RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => (refr, assign.as_ref().map(|a| a.value.as_ref())),
    };
    scopes::indices(refr).into_iter().chain(own).collect()
}

fn assigned(body: &RuleBody) -> Vec<&Expr> {
    body.assign.iter().map(|assign| assign.value.as_ref()).collect()
}

/// Puts names in the place of the terms that may have no value; the statements that give the names their values.
fn moved(terms: &[&Expr], known: &HashSet<&str>, text: &str, edits: &mut Vec<Edit>) -> Vec<String> {
    let mut statements = Vec::new();
    for term in terms.iter().filter(|term| may_be_undefined(term, known)) {
        let (start, end) = edit::place(term);
        let (name, lines) = (format!("{NAME}{start}"), text[start..end].matches('\n').count());
        statements.push(format!("{name} := {}", flat(term, text)));
        edits.push(Edit { start, end, pieces: vec![Piece::Text(name + &"\n".repeat(lines))] });
    }
    statements
}

/// What stood in a head in the place of a name that was put there.
pub(super) fn origin<'a>(term: &'a Expr, bodies: &'a [RuleBody]) -> &'a Expr {
    let name = term.span().text();
    if !name.starts_with(NAME) {
        return term;
    }
    let statements = bodies.iter().flat_map(|body| &body.query.stmts);
    let mut values = statements.filter_map(|statement| match &statement.literal {
        Literal::Expr { expr, .. } => match expr.as_ref() {
            Expr::AssignExpr { lhs, rhs, .. } if lhs.span().text() == name => Some(rhs.as_ref()),
            _ => None,
        },
        _ => None,
    });
    values.next().unwrap_or(term)
}

/// Whether an expression may have no value, though all that its body names has one. What comprehensions give is always there.
fn may_be_undefined(expression: &Expr, known: &HashSet<&str>) -> bool {
    match expression {
        Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } => false,
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => false,
        Expr::Array { .. } | Expr::Set { .. } | Expr::Object { .. } => {
            scopes::children(expression).into_iter().any(|child| may_be_undefined(child, known))
        }
        Expr::Var { span, .. } => !known.contains(span.text()),
        _ => true,
    }
}

/// The names that a body and the arguments of its function know; another one is that of a rule.
fn named<'a>(head: &'a RuleHead, query: &'a Query) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut see = |part: &'a Expr| {
        if let Expr::Var { span, .. } = part {
            found.insert(span.text());
        }
    };
    if let RuleHead::Func { args, .. } = head {
        args.iter().for_each(|arg| visit(arg, &mut see));
    }
    query.stmts.iter().flat_map(expressions).for_each(|expression| visit(expression, &mut see));
    for statement in &query.stmts {
        if let Literal::SomeVars { vars, .. } = &statement.literal {
            found.extend(vars.iter().map(|name| name.text()));
        }
    }
    found
}

/// The text of a term in one line; of a raw string the lines stay.
fn flat(term: &Expr, text: &str) -> String {
    let (start, end) = edit::place(term);
    if !text[start..end].contains('\n') {
        return text[start..end].to_owned();
    }
    let mut ends = HashSet::new();
    let mut inner = Vec::new();
    scopes::closures_in(term, &mut inner);
    inner.iter().for_each(|closure| separated(closure.query, text, &mut ends));
    let (mut out, mut at) = (String::new(), start);
    while at < end {
        if ends.contains(&at) {
            out.push(';');
        }
        let rest = &text[at..end];
        let length = match rest.as_bytes()[0] {
            b'"' => quoted(rest),
            b'`' => rest[1..].find('`').map_or(rest.len(), |close| close + 2),
            b'#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'\n' => {
                out.push(' ');
                at += 1;
                continue;
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        at += length;
    }
    out
}

/// The ends of statements that only a line break parts from the next one.
fn separated(query: &Query, text: &str, ends: &mut HashSet<usize>) {
    for pair in query.stmts.windows(2) {
        let (end, next) = (edit::range(text, &pair[0]).1, edit::range(text, &pair[1]).0);
        let between = text.get(end..next).unwrap_or_default();
        if between.lines().all(|line| !line.split('#').next().unwrap_or_default().contains(';')) {
            ends.insert(end);
        }
    }
    query.stmts.iter().flat_map(closures).for_each(|closure| separated(closure.query, text, ends));
}

/// The length of the string that a text begins with.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let close = text.bytes().enumerate().skip(1).find(|(_, byte)| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    });
    close.map_or(text.len(), |(at, _)| at + 1)
}

/// Where a body ends, so that a statement can be added.
struct Ending {
    start: usize,
    end: usize,
    /// Whether it is a single statement without braces.
    bare: bool,
}

fn ending(text: &str, query: &Query) -> Option<Ending> {
    let last = query.stmts.last()?;
    let (start, end) = edit::range(text, last);
    let bare = query.span.start == last.span.start && text[..start].trim_end().ends_with("if");
    Some(Ending { start, end, bare })
}

impl Ending {
    fn with(&self, statement: &str) -> Vec<Edit> {
        let insert = |at: usize, text: String| Edit { start: at, end: at, pieces: vec![Piece::Text(text)] };
        match self.bare {
            true => vec![insert(self.start, "{ ".to_owned()), insert(self.end, format!("; {statement} }}"))],
            false => vec![insert(self.end, format!("; {statement}"))],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::policy::conftest::load::{RegoFile, RegoVersion};
    use crate::policy::conftest::module::Parsed;

    /// What is left to lift in a rule: the first line that changes.
    fn left(path: &str, text: &str) -> Option<String> {
        let parsed = Parsed::plain(&RegoFile { path: path.to_owned(), text: text.to_owned() }, RegoVersion::V1).unwrap();
        parsed.text.lines().zip(text.lines()).find(|(new, old)| new != old).map(|(new, _)| new.to_owned())
    }

    #[test]
    fn the_rules_of_the_binary_have_nothing_left_to_lift() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let (mut count, mut found) = (0, Vec::new());
        for folder in std::fs::read_dir(root).unwrap() {
            let path = folder.unwrap().path().join("policy.rego");
            let (shown, text) = (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
            found.extend(left(&shown, &text).map(|line| format!("{shown}: {line}")));
            count += 1;
        }
        assert!(count > 50 && found.is_empty(), "{count}: {}", found.join("\n"));
    }

    #[test]
    fn only_what_the_engine_would_forget_is_lifted() {
        let is_left = |rule: &str| left("p.rego", &format!("package p\n\n{rule}\n")).is_some();
        let forgets = [
            "deny contains m.a if some m in input.all",
            "deny contains input.all[_].a",
            "a[x] contains f(m) if some x, m in input.all",
            "one := m.a if m := input.all[i]",
            "one := v.a if walk(input, [_, v])",
            "f(x) := x.a if x.b\nelse := 1",
            "f(x) := x.a[_]",
            "f(x) := 1 if x.b\nelse := x.a[_] if x.c",
            "f(x) := 1 if x.b\nelse := x.a if x.c\nelse := 2",
        ];
        let holds = [
            "deny contains finding if {\n\tsome m in input.all\n\tfinding := m.a\n}",
            "facts := input.service.facts",
            "first := input.all[0] if input.any",
            "f(x) := x.a",
            "f(x) := x.a if some y in x.b",
            "f(x) := 1 if x.b\nelse := x.a",
            "g := {m.a | some m in input.all}",
        ];
        for rule in forgets {
            assert!(is_left(rule), "{rule}");
        }
        for rule in holds {
            assert!(!is_left(rule), "{rule}");
        }
    }
}
