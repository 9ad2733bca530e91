//! Calls, operators, equations and references that can never have the right kind of value: OPA refuses them when it compiles.
//!
//! The engine takes them for undefined, and what is undefined never fires. Only kinds are followed (a number, a text, an array …), not
//! what collections hold, and a variable has a kind where its body binds it once: what is not known may be anything.

use std::collections::{HashMap, HashSet};

use regorus::unstable::{ArithOp, AssignOp, BoolOp, Expr, Literal, NodeRef, Query, Rule, RuleHead, Span};

use super::heads;
use super::module::Parsed;
use super::scopes::{Globals, Known};
use super::signatures::{Kinds, Signature};
use crate::policy::walk::{self, Part};

/// Every mismatch, with path and line.
pub(super) fn mismatched(modules: &[Parsed], globals: &Globals) -> Vec<String> {
    let mut rules: HashMap<&str, Rules> = HashMap::new();
    for module in modules {
        learn(module, &globals.within(module), rules.entry(&module.namespace).or_default());
    }
    let mut errors = Vec::new();
    for module in modules {
        let known = globals.within(module);
        for rule in &module.module.policy {
            check(rule, &known, &rules[module.namespace.as_str()], &mut |line, what| {
                errors.push(format!("{}:{line}: rego_type_error: {what}", module.path));
            });
        }
    }
    errors
}

type Complain<'a> = dyn FnMut(u32, String) + 'a;

/// What rules are and functions give, by name: of all kinds that their values are of.
type Rules = HashMap<String, Kinds>;

fn learn(module: &Parsed, known: &Known<'_>, found: &mut Rules) {
    let none = Rules::new();
    let empty = Scope::new(known, &none);
    for rule in &module.module.policy {
        let (refr, kinds) = match rule.as_ref() {
            Rule::Default { refr, value, .. } => (refr, empty.kinds(value)),
            Rule::Spec { head: RuleHead::Set { refr, key, .. }, bodies, .. } => {
                let mut scope = Scope::new(known, &none);
                if let [body] = bodies.as_slice() {
                    scope.bind(&body.query);
                }
                let element = key.as_ref().map_or(Kinds::ANY, |key| scope.kinds(key));
                add(found, elements(root(refr)), element);
                (refr, Kinds::SET)
            }
            Rule::Spec { head: RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. }, bodies, .. } => {
                let assigned: Vec<_> = bodies.iter().map(|body| body.assign.as_ref()).collect();
                // A body without a value of its own has the one of the head, and a head without one is true.
                let plain = assign.is_none() && (assigned.is_empty() || assigned.iter().any(Option::is_none));
                let values =
                    assign.iter().chain(assigned.into_iter().flatten()).map(|assign| empty.kinds(heads::origin(&assign.value, bodies)));
                (refr, values.chain(plain.then_some(Kinds::BOOL)).reduce(Kinds::or).unwrap_or(Kinds::ANY))
            }
        };
        // A longer name says nothing of what its first part is.
        let kinds = if matches!(refr.as_ref(), Expr::Var { .. }) { kinds } else { Kinds::ANY };
        add(found, root(refr).to_owned(), kinds);
    }
}

fn add(found: &mut Rules, name: String, kinds: Kinds) {
    found.entry(name).and_modify(|all| *all = all.or(kinds)).or_insert(kinds);
}

/// The name under which the elements of a set are known.
fn elements(set: &str) -> String {
    format!("{set}[]")
}

fn root(expression: &Expr) -> &str {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => root(refr),
        other => other.span().text(),
    }
}

/// What the names of a body stand for.
struct Scope<'a> {
    known: &'a Known<'a>,
    rules: &'a Rules,
    variables: HashMap<&'a str, Kinds>,
    /// Names that the body or the function gives a meaning of its own.
    declared: HashSet<&'a str>,
    /// Whether `with` may put other values in the place of those of rules.
    mocked: bool,
}

fn check(rule: &Rule, known: &Known<'_>, rules: &Rules, complain: &mut Complain<'_>) {
    let Rule::Spec { head, bodies, .. } = rule else { return };
    let args = if let RuleHead::Func { args, .. } = head { args.as_slice() } else { &[] };
    let mut all = Scope::new(known, rules);
    all.arguments(args);
    for body in bodies {
        all.declare(&body.query);
        let mut scope = Scope::new(known, rules);
        scope.arguments(args);
        scope.bind(&body.query);
        let mut visit = scope.visitor(complain);
        walk::query(&body.query, &mut visit);
        body.assign.iter().for_each(|assign| walk::expr(&assign.value, &mut visit));
        if bodies.len() == 1 {
            walk::head_parts(head, &mut visit);
        }
    }
    if bodies.len() != 1 {
        walk::head_parts(head, &mut all.visitor(complain));
    }
}

impl<'a> Scope<'a> {
    fn new(known: &'a Known<'a>, rules: &'a Rules) -> Self {
        Self { known, rules, variables: HashMap::new(), declared: HashSet::new(), mocked: false }
    }

    fn arguments(&mut self, args: &'a [NodeRef<Expr>]) {
        for arg in args {
            self.pattern(arg);
        }
    }

    /// Notes every name in a pattern; one that was there before has no kind that is certain.
    fn pattern(&mut self, pattern: &'a Expr) {
        let mut names = Vec::new();
        walk::expr(pattern, &mut |part| {
            if let Part::Expr(Expr::Var { span, .. }) = part {
                names.push(span.text());
            }
        });
        names.into_iter().for_each(|name| self.name(name));
    }

    fn name(&mut self, name: &'a str) {
        if !self.declared.insert(name) {
            self.variables.insert(name, Kinds::ANY);
        }
    }

    /// Notes every name that a query or what stands in it declares.
    fn declare(&mut self, query: &'a Query) {
        let mut found: Vec<Declared<'a>> = Vec::new();
        let mut mocked = false;
        walk::query(query, &mut |part| match part {
            Part::Expr(Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. }) => found.push(Declared::Pattern(lhs)),
            Part::Expr(_) => {}
            Part::Query(query) => query.stmts.iter().for_each(|statement| {
                mocked |= statement.with_mods.iter().any(|modifier| root(&modifier.refr) != "input");
                match &statement.literal {
                    Literal::SomeVars { vars, .. } => found.extend(vars.iter().map(Declared::Name)),
                    Literal::SomeIn { key, value, .. } => found.extend(key.iter().chain([value]).map(|expr| Declared::Pattern(expr))),
                    Literal::Every { key, value, .. } => found.extend(key.iter().chain([value]).map(Declared::Name)),
                    Literal::Expr { .. } | Literal::NotExpr { .. } => {}
                }
            }),
        });
        self.mocked |= mocked;
        for one in found {
            match one {
                Declared::Pattern(pattern) => self.pattern(pattern),
                Declared::Name(span) => self.name(span.text()),
            }
        }
    }

    /// Learns the variables of a body: those that a statement of its own binds, and nothing else declares.
    fn bind(&mut self, query: &'a Query) {
        self.declare(query);
        for statement in &query.stmts {
            let Literal::Expr { expr, .. } = &statement.literal else { continue };
            let Expr::AssignExpr { op, lhs, rhs, .. } = expr.as_ref() else { continue };
            let sides = if *op == AssignOp::ColEq { vec![(lhs, rhs)] } else { vec![(lhs, rhs), (rhs, lhs)] };
            for (variable, value) in sides {
                let Expr::Var { span, .. } = variable.as_ref() else { continue };
                let name = span.text();
                let own = *op == AssignOp::ColEq || !self.declared.contains(name);
                if own && name != "_" && !self.known.names.contains(name) && !self.variables.contains_key(name) {
                    let kinds = self.kinds(value);
                    self.variables.insert(name, kinds);
                }
            }
        }
    }

    /// What an expression can be at most.
    fn kinds(&self, expression: &Expr) -> Kinds {
        match expression {
            Expr::String { .. } | Expr::RawString { .. } => Kinds::STRING,
            Expr::Number { .. } | Expr::UnaryExpr { .. } => Kinds::NUMBER,
            Expr::Bool { .. } | Expr::BoolExpr { .. } | Expr::Membership { .. } | Expr::AssignExpr { .. } => Kinds::BOOL,
            Expr::Null { .. } => Kinds::NULL,
            Expr::Array { .. } | Expr::ArrayCompr { .. } => Kinds::ARRAY,
            Expr::Set { .. } | Expr::SetCompr { .. } | Expr::BinExpr { .. } => Kinds::SET,
            Expr::Object { .. } | Expr::ObjectCompr { .. } => Kinds::OBJECT,
            Expr::ArithExpr { op: ArithOp::Sub, .. } => Kinds::NUMBER.or(Kinds::SET),
            Expr::ArithExpr { .. } => Kinds::NUMBER,
            Expr::Call { fcn, params, .. } => match self.signature(fcn) {
                Some((_, signature)) if params.len() == signature.operands().len() => signature.result(),
                None if self.known.own_arity(fcn) == Some(params.len()) => self.rule(fcn.span().text()),
                _ => Kinds::ANY,
            },
            Expr::Var { span, .. } => self.named(span.text()),
            Expr::RefDot { .. } | Expr::RefBrack { .. } => Kinds::ANY,
        }
    }

    /// What the elements of a collection are that is written out.
    fn written(&self, collection: &Expr) -> Option<Kinds> {
        let (Expr::Array { items, .. } | Expr::Set { items, .. }) = collection else { return None };
        items.iter().map(|item| self.kinds(item)).reduce(Kinds::or)
    }

    fn named(&self, name: &str) -> Kinds {
        self.variables.get(name).copied().unwrap_or_else(|| self.rule(name))
    }

    fn rule(&self, name: &str) -> Kinds {
        let hidden = self.mocked || self.declared.contains(name) || self.known.aliases.contains_key(name);
        self.rules.get(name).copied().filter(|_| !hidden).unwrap_or(Kinds::ANY)
    }

    /// The function of OPA that a call names, unless the module gives the name a meaning of its own.
    fn signature(&self, function: &Expr) -> Option<(String, Signature)> {
        let path = walk::dotted(function)?;
        let own = self.known.names.contains(&path[0]) || self.known.own_arity(function).is_some();
        let name = path.join(".");
        Signature::of(&name).filter(|_| !own).map(|signature| (name, signature))
    }

    fn visitor<'s>(&'s self, complain: &'s mut Complain<'_>) -> impl FnMut(Part<'_>) + 's {
        // The names of functions are no references to values.
        let mut functions: HashSet<u32> = HashSet::new();
        move |part| match part {
            Part::Query(query) => query.stmts.iter().for_each(|statement| self.equation(&statement.literal, complain)),
            Part::Expr(Expr::Call { fcn, params, .. }) => {
                functions.insert(fcn.span().start);
                self.call(fcn, params, complain);
            }
            Part::Expr(Expr::ArithExpr { op, lhs, rhs, span, .. }) => {
                let (name, wanted) = arithmetic(op);
                self.operands(name, span.line, [lhs, rhs].map(|side| (side.as_ref(), wanted)), complain);
            }
            Part::Expr(Expr::BinExpr { lhs, rhs, span, .. }) => {
                self.operands("operator on sets", span.line, [lhs, rhs].map(|side| (side.as_ref(), Kinds::SET)), complain);
            }
            Part::Expr(Expr::Membership { key: None, value, collection, span, .. }) => {
                let (value, elements) = (self.kinds(value), self.written(collection));
                // OPA does not look into the negated where whole conditions are.
                if !self.known.whole_not && elements.is_some_and(|elements| !value.meets(elements)) {
                    complain(span.line, format!("match error: left is {value}, which is no element of the collection"));
                }
            }
            Part::Expr(member @ (Expr::RefDot { refr, span, .. } | Expr::RefBrack { refr, span, .. }))
                if !functions.contains(&span.start) =>
            {
                let kinds = self.kinds(refr);
                let texts = match member {
                    Expr::RefBrack { index, .. } => matches!(index.as_ref(), Expr::String { .. } | Expr::RawString { .. }),
                    _ => true,
                };
                let missing = match (refr.as_ref(), kinds) {
                    (_, Kinds::ARRAY) => texts,
                    // A member of a set is asked for by itself.
                    (Expr::Var { span, .. }, Kinds::SET) if !self.variables.contains_key(span.text()) => {
                        texts && !self.rule(&elements(span.text())).meets(Kinds::STRING)
                    }
                    _ => !kinds.meets(Kinds::ARRAY.or(Kinds::OBJECT).or(Kinds::SET)),
                };
                if missing {
                    complain(span.line, format!("undefined ref: {kinds} has no such member"));
                }
            }
            Part::Expr(_) => {}
        }
    }

    /// Two sides that can never be equal.
    fn equation(&self, literal: &Literal, complain: &mut Complain<'_>) {
        let (Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. }) = literal else { return };
        let (lhs, rhs, span) = match expr.as_ref() {
            Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, span, .. } => (lhs, rhs, span),
            Expr::AssignExpr { op, lhs, rhs, span, .. } if *op == AssignOp::Eq || !matches!(lhs.as_ref(), Expr::Var { .. }) => {
                (lhs, rhs, span)
            }
            _ => return,
        };
        let (left, right) = (self.kinds(lhs), self.kinds(rhs));
        if !left.meets(right) {
            complain(span.line, format!("match error: left is {left}, right is {right}"));
        }
    }

    fn call(&self, function: &Expr, params: &[NodeRef<Expr>], complain: &mut Complain<'_>) {
        let line = function.span().line;
        let builtin = self.signature(function);
        let arity = self.known.own_arity(function).or_else(|| builtin.as_ref().map(|(_, signature)| signature.operands().len()));
        let Some(arity) = arity else { return };
        if params.len() != arity && params.len() != arity + 1 {
            let name = walk::dotted(function).unwrap_or_default().join(".");
            return complain(line, format!("{name}: arity mismatch: have {}, want {arity}", params.len()));
        }
        let Some((name, signature)) = builtin else { return };
        let wanted = signature.operands().chain([signature.result()]);
        self.operands(&name, line, params.iter().map(AsRef::as_ref).zip(wanted), complain);
    }

    fn operands<'e>(&self, name: &str, line: u32, pairs: impl IntoIterator<Item = (&'e Expr, Kinds)>, complain: &mut Complain<'_>) {
        for (number, (operand, wanted)) in pairs.into_iter().enumerate() {
            let kinds = self.kinds(operand);
            if !kinds.meets(wanted) {
                complain(line, format!("{name}: invalid argument: operand {} is {kinds}, want {wanted}", number + 1));
            }
        }
    }
}

enum Declared<'a> {
    Pattern(&'a Expr),
    Name(&'a Span),
}

fn arithmetic(op: &ArithOp) -> (&'static str, Kinds) {
    match op {
        ArithOp::Add => ("plus", Kinds::NUMBER),
        ArithOp::Sub => ("minus", Kinds::NUMBER.or(Kinds::SET)),
        ArithOp::Mul => ("mul", Kinds::NUMBER),
        ArithOp::Div => ("div", Kinds::NUMBER),
        ArithOp::Mod => ("rem", Kinds::NUMBER),
    }
}
