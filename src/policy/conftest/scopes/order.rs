//! The order in which the statements of a body can be evaluated: each after those that bind what it needs, else as they stand.

use std::collections::HashSet;

use regorus::unstable::{Expr, Literal, LiteralStmt, Query};

use super::super::edit::{self, Edit, Piece};
use super::names::Names;
use super::parts::{self, Closure};
use super::{Body, Known, binding, exact, given};

type Ids = HashSet<usize>;

/// A variable that nothing binds: its line and its name.
type Unsafe = (u32, String);

/// Orders the bodies of a rule.
pub(super) struct Order<'a, 'n> {
    pub names: &'n mut Names,
    pub known: &'a Known<'a>,
    pub text: &'a str,
    pub edits: Vec<Edit>,
}

impl Order<'_, '_> {
    /// Orders a rule's body; its arguments are bound from the start. What is bound before it and after each statement, in their new order.
    pub fn body(&mut self, body: &Body<'_>) -> Result<Vec<Ids>, Unsafe> {
        let mut bound = Ids::new();
        for arg in body.args {
            binding::variables(arg, self.names, &mut bound);
        }
        self.query(body.query, &body.terms, bound)
    }

    /// Orders a body whose surroundings bind `bound`, then looks at what it gives.
    fn query(&mut self, query: &Query, heads: &[&Expr], mut bound: Ids) -> Result<Vec<Ids>, Unsafe> {
        let mut visible = bound.clone();
        for statement in &query.stmts {
            visible.extend(binding::used(statement, self.names));
        }
        heads.iter().for_each(|head| binding::variables(head, self.names, &mut visible));
        let inside: Vec<Vec<Closure<'_>>> = query.stmts.iter().map(parts::closures).collect();
        let mut inside_heads = Vec::new();
        heads.iter().for_each(|head| parts::closures_in(head, &mut inside_heads));
        inside.iter().flatten().chain(&inside_heads).for_each(|closure| self.separate(closure, &visible));

        let given = bound.clone();
        let mut derived = Ids::new();
        let mut steps = vec![bound.clone()];
        let mut before = Vec::new();
        let mut waiting: Vec<usize> = (0..query.stmts.len()).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let can_be_next = |whole_not: bool| {
                waiting.iter().position(|index| {
                    binding::after(&query.stmts[*index], &bound, self.names, self.known, whole_not)
                        .is_some_and(|after| self.needs(&inside[*index], &visible).is_subset(&after))
                })
            };
            // What a `not` could bind for itself may be what another statement binds.
            let ready = can_be_next(false).or_else(|| can_be_next(self.known.whole_not));
            let Some(position) = ready else {
                let Some(given) = self.given_by(heads, &mut bound) else {
                    return Err(self.missing(query, &waiting, &inside, &visible, &bound));
                };
                before.push(given);
                continue;
            };
            let index = waiting.remove(position);
            self.edits.extend(self.preceded(query, &query.stmts[index], std::mem::take(&mut before)));
            self.edits.extend(binding::declared(&query.stmts[index], &bound, self.names, self.text));
            self.edits.extend(exact::exact(&query.stmts[index], &bound, self.names, self.known));
            self.edits.extend(given::hoisted(query, &query.stmts[index], self.names, self.known, self.text));
            let after =
                binding::after(&query.stmts[index], &bound, self.names, self.known, self.known.whole_not).unwrap_or_else(|| bound.clone());
            self.look_up(&query.stmts[index], &bound, &derived);
            let mut used = binding::used(&query.stmts[index], self.names);
            used.extend(self.needs(&inside[index], &visible));
            if used.iter().any(|id| bound.contains(id) && !given.contains(id)) {
                derived.extend(after.difference(&bound));
            }
            bound = after;
            steps.push(bound.clone());
            order.push(index);
            inside[index].iter().try_for_each(|closure| self.closure(closure, &bound))?;
        }
        self.moves(query, &order);
        self.heads(heads, &inside_heads, bound)?;
        Ok(steps)
    }

    /// Where the first reference stands in what a body gives that binds a variable: OPA looks it up in the body, so that statements may wait for it,
    /// as the `not` of `[all[i] | not known[all[i]]]` does.
    fn given_by(&self, heads: &[&Expr], bound: &mut Ids) -> Option<(usize, usize)> {
        let known = bound.len();
        let mut found = None;
        for head in heads {
            parts::visit(head, &mut |part| {
                if found.is_none() && matches!(part, Expr::RefBrack { .. }) {
                    binding::references(part, self.names, bound);
                    found = (bound.len() > known).then(|| edit::extent(part));
                }
            });
        }
        found.filter(|(start, end)| !self.text[*start..*end].contains('\n'))
    }

    /// References that are looked up before a statement.
    fn preceded(&self, query: &Query, statement: &LiteralStmt, references: Vec<(usize, usize)>) -> Option<Edit> {
        references.first()?;
        let (start, end) = edit::range(self.text, statement);
        let (open, close) = if edit::is_bare(self.text, query, statement) { ("{ ", " }") } else { ("", "") };
        let mut pieces = vec![Piece::Text(open.to_owned())];
        for (from, to) in references {
            pieces.extend([Piece::Text(format!("given__{from} := ")), Piece::Copy(from, to), Piece::Text("; ".to_owned())]);
        }
        pieces.extend([Piece::Copy(start, end), Piece::Text(close.to_owned())]);
        Some(Edit { start, end, pieces })
    }

    /// An index that is bound is what is looked up. The engine takes a variable in brackets for one that the statement may bind, and when that
    /// variable comes from another one it evaluates the statement first: `not s[x]` would then ask for any element. So it gets no variable to see.
    fn look_up(&mut self, statement: &LiteralStmt, bound: &Ids, derived: &Ids) {
        for expression in parts::expressions(statement) {
            parts::visit(expression, &mut |part| {
                let Expr::RefBrack { index, .. } = part else { return };
                for name in parts::pattern(index) {
                    if self.names.id(name).is_some_and(|id| bound.contains(&id) && derived.contains(&id)) {
                        let (start, end) = (name.start as usize, name.end as usize);
                        let pieces = vec![Piece::Text("[".to_owned()), Piece::Copy(start, end), Piece::Text("][0]".to_owned())];
                        self.edits.push(Edit { start, end, pieces });
                    }
                }
            });
        }
    }

    /// What a body gives may bind indices of its own.
    fn heads(&mut self, heads: &[&Expr], inside: &[Closure<'_>], mut bound: Ids) -> Result<(), Unsafe> {
        heads.iter().for_each(|head| binding::references(head, self.names, &mut bound));
        for head in heads {
            let mut needed = Ids::new();
            binding::variables(head, self.names, &mut needed);
            if let Some(id) = needed.difference(&bound).min() {
                return Err((head.span().line, self.names.variables[*id].name.clone()));
            }
        }
        inside.iter().try_for_each(|closure| self.closure(closure, &bound))
    }

    fn closure(&mut self, closure: &Closure<'_>, bound: &Ids) -> Result<(), Unsafe> {
        let mut bound = bound.clone();
        bound.extend(closure.declares.iter().filter_map(|span| self.names.id(span)));
        self.query(closure.query, &closure.heads, bound).map(drop)
    }

    /// A variable that only bodies inside this one mention is one of each of them.
    fn separate(&mut self, closure: &Closure<'_>, visible: &Ids) {
        let within = self.names.between(closure.start, closure.end);
        let mut shared: Vec<usize> = within.into_iter().filter(|id| !visible.contains(id) && self.outside(*id, closure)).collect();
        shared.sort_unstable();
        shared.into_iter().for_each(|id| self.names.demote(id, closure));
    }

    fn outside(&self, id: usize, closure: &Closure<'_>) -> bool {
        let elsewhere = |(start, (at, _)): (&u32, &(usize, u32))| *at == id && !(closure.start..closure.end).contains(start);
        self.names.at.iter().any(elsewhere)
    }

    /// What the bodies inside a statement need of this one.
    fn needs(&self, inside: &[Closure<'_>], visible: &Ids) -> Ids {
        inside.iter().flat_map(|closure| self.names.between(closure.start, closure.end)).filter(|id| visible.contains(id)).collect()
    }

    fn missing(&self, query: &Query, waiting: &[usize], inside: &[Vec<Closure<'_>>], visible: &Ids, bound: &Ids) -> Unsafe {
        let candidates = waiting.iter().map(|index| {
            let statement = &query.stmts[*index];
            let mut needed = binding::used(statement, self.names);
            needed.extend(self.needs(&inside[*index], visible));
            (statement.span.line, needed.difference(bound).min().copied())
        });
        let found = candidates.into_iter().find_map(|(line, id)| Some((line, self.names.variables[id?].name.clone())));
        found.unwrap_or((query.span.line, "_".to_owned()))
    }

    /// Writes statements in another order, each in the place of the one that stood there.
    fn moves(&mut self, query: &Query, order: &[usize]) {
        for (place, index) in order.iter().enumerate().filter(|(place, index)| place != *index) {
            let (start, end) = edit::range(self.text, &query.stmts[place]);
            let (from, to) = edit::range(self.text, &query.stmts[*index]);
            self.edits.push(Edit { start, end, pieces: vec![Piece::Copy(from, to)] });
        }
        // Names are unique by now. The engine would call a variable that is bound before its declaration declared twice.
        for statement in &query.stmts {
            let Literal::SomeVars { vars, .. } = &statement.literal else { continue };
            if vars.iter().all(|name| !self.known.names.contains(name.text())) {
                let (start, end) = edit::range(self.text, statement);
                self.edits.push(Edit { start, end, pieces: vec![Piece::Text("true".to_owned())] });
            }
        }
    }
}
