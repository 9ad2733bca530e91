//! Which occurrence of a name belongs to which variable of a body and of the bodies inside it.

use std::collections::{BTreeMap, HashMap, HashSet};

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Span};

use super::super::edit::Edit;
use super::parts::{self, Closure};
use super::{Body, Known};

/// A variable of a body.
pub(super) struct Variable {
    pub name: String,
    /// Whether it belongs to the rule's own body, whose names the head shares.
    pub outermost: bool,
}

/// The variables of a rule's body.
pub(super) struct Names {
    pub variables: Vec<Variable>,
    /// The variable that stands at a place, by the start of the place.
    pub at: BTreeMap<u32, (usize, u32)>,
    /// Mistakes: variables that a body uses before it declares them, or declares and does not use. Line and message.
    pub mistakes: Vec<(u32, String)>,
}

impl Names {
    /// Resolves every name of a body, its head's terms last: they see what the body declares.
    pub fn of(body: &Body<'_>, known: &Known<'_>) -> Self {
        let names = Self { variables: Vec::new(), at: BTreeMap::new(), mistakes: Vec::new() };
        let mut reader = Reader { names, known, frames: vec![Frame::default()], to_use: Vec::new(), undeclared: HashSet::new() };
        for arg in body.args {
            parts::visit(arg, &mut |part| {
                if let Expr::Var { span, .. } = part {
                    reader.argument(span);
                }
            });
        }
        reader.query(body.query);
        body.terms.iter().for_each(|term| reader.expression(term));
        reader.finish()
    }

    /// How many places a variable stands at.
    pub fn places(&self, id: usize) -> usize {
        self.at.values().filter(|(at, _)| *at == id).count()
    }

    /// The variable at a place; `None` for a name that is global.
    pub fn id(&self, span: &Span) -> Option<usize> {
        self.at.get(&span.start).map(|(id, _)| *id)
    }

    /// Every variable between two places.
    pub fn between(&self, start: u32, end: u32) -> HashSet<usize> {
        self.at.range(start..end).map(|(_, (id, _))| *id).collect()
    }

    /// Makes a variable of an outer body one of a body inside it.
    pub fn demote(&mut self, id: usize, closure: &Closure<'_>) {
        let inner = self.variables.len();
        self.variables.push(Variable { name: self.variables[id].name.clone(), outermost: false });
        for (_, (at, _)) in self.at.range_mut(closure.start..closure.end) {
            if *at == id {
                *at = inner;
            }
        }
    }

    /// Gives variables that share a name with another one, or with a rule, names of their own.
    pub fn renamed(&self, known: &Known<'_>, alone: bool, edits: &mut Vec<Edit>) {
        let mut owners: HashMap<&str, HashSet<usize>> = HashMap::new();
        for (id, _) in self.at.values() {
            owners.entry(&self.variables[*id].name).or_default().insert(*id);
        }
        for (start, (id, end)) in &self.at {
            let Variable { name, outermost } = &self.variables[*id];
            let shared = owners.get(name.as_str()).is_some_and(|ids| ids.len() > 1);
            let global = known.names.contains(name);
            if name != "_" && (shared && !outermost || global && (alone || !outermost)) {
                edits.push(Edit::text(*start, *end, format!("{name}__{id}")));
            }
        }
    }
}

/// What one body has declared and what it has only used so far.
#[derive(Default)]
struct Frame {
    declared: HashMap<String, usize>,
    used: HashSet<String>,
}

struct Reader<'a> {
    names: Names,
    known: &'a Known<'a>,
    frames: Vec<Frame>,
    /// What `some x` and `every` declare must be used.
    to_use: Vec<(u32, usize)>,
    /// Variables that come into being by their use.
    undeclared: HashSet<usize>,
}

impl Reader<'_> {
    fn finish(mut self) -> Names {
        for (line, id) in &self.to_use {
            let name = &self.names.variables[*id].name;
            if name != "_" && self.names.places(*id) == 1 {
                self.names.mistakes.push((*line, format!("declared var {name} unused")));
            }
        }
        self.names
    }

    fn query(&mut self, query: &Query) {
        query.stmts.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &LiteralStmt) {
        let values = statement.with_mods.iter().filter(|modifier| !self.known.is_function_for_another(modifier));
        values.for_each(|modifier| self.expression(&modifier.r#as));
        match &statement.literal {
            Literal::SomeVars { vars, .. } => vars.iter().for_each(|name| self.declare_to_use(name)),
            Literal::SomeIn { key, value, collection, .. } => {
                self.expression(collection);
                key.iter().for_each(|key| self.pattern(key));
                self.pattern(value);
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => match expr.as_ref() {
                Expr::AssignExpr { op: AssignOp::ColEq, lhs, rhs, .. } => {
                    self.expression(rhs);
                    self.assigned(lhs);
                    self.pattern(lhs);
                }
                other => self.expression(other),
            },
            Literal::Every { key, value, domain, query, .. } => {
                self.expression(domain);
                self.frames.push(Frame::default());
                key.iter().chain([value]).for_each(|name| self.declare_to_use(name));
                self.query(query);
                self.frames.pop();
            }
        }
    }

    /// Nothing but names can be assigned to.
    fn assigned(&mut self, pattern: &Expr) {
        let kind = match pattern {
            Expr::Array { items, .. } => return items.iter().for_each(|item| self.assigned(item)),
            Expr::Object { fields, .. } => return fields.iter().for_each(|(_, _, value)| self.assigned(value)),
            Expr::String { .. } | Expr::RawString { .. } => "string",
            Expr::Number { .. } => "number",
            Expr::Bool { .. } => "boolean",
            Expr::Null { .. } => "null",
            Expr::Set { .. } => "set",
            Expr::RefDot { .. } | Expr::RefBrack { .. } => "ref",
            Expr::Call { .. } => "call",
            _ => return,
        };
        self.names.mistakes.push((pattern.span().line, format!("cannot assign to {kind}")));
    }

    /// What an assignment declares; the parts of it that are no names are only used.
    fn pattern(&mut self, expression: &Expr) {
        match expression {
            Expr::Var { span, .. } => self.declare(span),
            Expr::Array { items, .. } => items.iter().for_each(|item| self.pattern(item)),
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
                self.expression(key);
                self.pattern(value);
            }),
            other => self.expression(other),
        }
    }

    fn expression(&mut self, expression: &Expr) {
        if let Some(closure) = parts::closure(expression) {
            self.frames.push(Frame::default());
            self.query(closure.query);
            closure.heads.iter().for_each(|head| self.expression(head));
            self.frames.pop();
            return;
        }
        if let Expr::Var { span, .. } = expression {
            self.occurrence(span);
        }
        parts::children(expression).into_iter().for_each(|child| self.expression(child));
    }

    /// An argument may stand several times among the arguments: then they must be equal.
    fn argument(&mut self, span: &Span) {
        match self.frames[0].declared.get(span.text()) {
            Some(id) if span.text() != "_" => self.place(span, *id),
            _ => self.declare(span),
        }
    }

    fn declare_to_use(&mut self, span: &Span) {
        self.declare(span);
        self.to_use.extend(self.names.id(span).map(|id| (span.line, id)));
    }

    fn declare(&mut self, span: &Span) {
        let name = span.text();
        let id = self.fresh(name);
        self.place(span, id);
        if name == "_" {
            return;
        }
        let frame = self.frames.last_mut().expect("a body has a frame");
        if frame.used.contains(name) {
            self.names.mistakes.push((span.line, format!("var {name} referenced above")));
        }
        frame.declared.insert(name.to_owned(), id);
    }

    fn occurrence(&mut self, span: &Span) {
        let name = span.text();
        if name == "_" {
            let id = self.fresh(name);
            self.place(span, id);
            return;
        }
        let declared = self.frames.iter().rev().find_map(|frame| frame.declared.get(name).copied());
        if declared.is_none() && self.known.names.contains(name) {
            return;
        }
        // A name that nobody declares belongs to the whole rule; which body binds it is seen later.
        let id = declared.unwrap_or_else(|| {
            let id = self.fresh(name);
            self.names.variables[id].outermost = true;
            self.undeclared.insert(id);
            self.frames[0].declared.insert(name.to_owned(), id);
            id
        });
        if self.undeclared.contains(&id) {
            self.frames.last_mut().expect("a body has a frame").used.insert(name.to_owned());
        }
        self.place(span, id);
    }

    fn fresh(&mut self, name: &str) -> usize {
        self.names.variables.push(Variable { name: name.to_owned(), outermost: self.frames.len() == 1 });
        self.names.variables.len() - 1
    }

    fn place(&mut self, span: &Span, id: usize) {
        self.names.at.insert(span.start, (id, span.end));
    }
}
