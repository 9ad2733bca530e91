//! What a rule names: its own rules, what it looks up, what it calls by another name, and what it replaces.

use std::collections::BTreeMap;
use std::ops::Range;

use regorus::Source;
use regorus::unstable::{AssignOp, Expr, Import, Literal, Module, Parser, Query, Rule, RuleHead, Span};

use crate::finding::SourceText;
use crate::policy::walk::{self, Part, parts};

/// A way through values, part by part; nothing for a part that is computed.
type Path = Vec<Option<String>>;

/// What a rule names.
pub(super) struct Names {
    pub heads: Vec<Head>,
    /// Everything that begins with a name, in the order of the text. Where it has another name for something, it is what that stands for.
    pub references: Vec<Reference>,
    /// What `with` puts somewhere.
    replaced: Vec<Path>,
}

/// The name of a rule, where it stands, and whether it is a function.
pub(super) struct Head {
    pub name: String,
    pub at: usize,
    pub is_function: bool,
}

/// Something that begins with a name.
pub(super) struct Reference {
    /// The name.
    name: String,
    /// What it stands for.
    pub parts: Path,
    pub at: Range<usize>,
}

impl Names {
    /// What the rule in a text names; nothing when it does not parse.
    pub fn of(source: &SourceText) -> Option<Self> {
        let parsed = Source::from_contents(source.path().to_owned(), source.text().to_owned()).ok()?;
        let mut parser = Parser::new(&parsed).ok()?;
        parser.enable_rego_v1().ok()?;
        let module = parser.parse().ok()?;
        let (heads, bound) = (module.policy.iter().filter_map(|rule| head(rule)).collect(), bound(&module));
        let (mut references, mut replaced) = (Vec::new(), Vec::new());
        references.extend(module.imports.iter().filter_map(|import| reference(&import.refr, None)));
        for rule in &module.policy {
            walk::rule(rule, &mut |part| match part {
                Part::Query(query) => {
                    replaced.extend(query.stmts.iter().flat_map(|one| &one.with_mods).map(|modifier| parts(&modifier.refr)));
                }
                Part::Expr(Expr::Call { fcn, params, .. }) if walk::dotted(fcn).is_some_and(|name| name == ["object", "get"]) => {
                    let key = params.get(1).and_then(|key| text(key));
                    references.extend(key.and_then(|key| reference(params.first()?, Some(key))));
                }
                Part::Expr(expression) => references.extend(reference(expression, None)),
            });
        }
        references.iter_mut().for_each(|one| one.parts = meant(std::mem::take(&mut one.parts), &bound));
        replaced.iter_mut().for_each(|path| *path = meant(std::mem::take(path), &bound));
        references.retain(|one| !one.parts.is_empty());
        references.sort_by_key(|one| (one.at.start, std::cmp::Reverse(one.parts.len())));
        Some(Self { heads, references, replaced })
    }

    /// Whether a rule is used by another one, or may be: a name may be computed.
    pub fn uses(&self, rule: &str) -> bool {
        let is_head = |at: usize| self.heads.iter().any(|head| head.at == at);
        self.references.iter().any(|one| match &one.parts[..] {
            [Some(data), Some(package), name, ..] if data == "data" && package == "polity" => {
                name.as_deref().is_none_or(|name| name == rule)
            }
            _ => one.name == rule && !is_head(one.at.start),
        })
    }

    /// Whether `with` puts something at a path, above it or below it.
    pub fn is_replaced(&self, path: &[&str]) -> bool {
        self.replaced.iter().any(|other| other.iter().zip(path).all(|(other, part)| other.as_deref().is_none_or(|other| other == *part)))
    }
}

fn head(rule: &Rule) -> Option<Head> {
    let (refr, is_function) = match rule {
        Rule::Default { refr, .. } => (refr, false),
        Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }, .. } => (refr, false),
        Rule::Spec { head: RuleHead::Func { refr, .. }, .. } => (refr, true),
    };
    let span = root(refr)?;
    Some(Head { name: span.text().to_owned(), at: span.start as usize, is_function })
}

/// What something begins with, when that is a name.
fn root(mut expression: &Expr) -> Option<&Span> {
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = expression {
        expression = refr;
    }
    if let Expr::Var { span, .. } = expression { Some(span) } else { None }
}

fn text(expression: &Expr) -> Option<String> {
    if let Expr::String { span, .. } | Expr::RawString { span, .. } = expression { Some(span.text().to_owned()) } else { None }
}

fn reference(expression: &Expr, key: Option<String>) -> Option<Reference> {
    let root = root(expression)?;
    let (name, at) = (root.text().to_owned(), root.start as usize..expression.span().end as usize);
    Some(Reference { name, parts: parts(expression).into_iter().chain(key.map(Some)).collect(), at })
}

/// What each name that the rule gives away stands for, once for each time: nothing when that is no way through `input` or `data`.
type Bound = BTreeMap<String, Vec<Option<Path>>>;

/// A path by its first name. One that the rule gave to something else leads nowhere that is known.
fn meant(path: Path, bound: &Bound) -> Path {
    let Some(given) = path.first().and_then(Option::as_ref).and_then(|first| bound.get(first)) else { return path };
    match &given[..] {
        [Some(start)] => start.iter().cloned().chain(path.into_iter().skip(1)).collect(),
        // The name of a rule is what it is called by.
        _ if !matches!(path[0].as_deref(), Some("data" | "input")) => path,
        _ => Vec::new(),
    }
}

fn bound(module: &Module) -> Bound {
    let mut bound = Bound::new();
    module.imports.iter().for_each(|import| bind_import(import, &mut bound));
    for rule in &module.policy {
        bind_head(rule, &mut bound);
        walk::rule(rule, &mut |part| match part {
            Part::Query(query) => bind_query(query, &mut bound),
            Part::Expr(Expr::AssignExpr { lhs, rhs, op: AssignOp::ColEq, .. }) => bind(lhs, Some(rhs.as_ref()), &mut bound),
            // Both sides may bind names.
            Part::Expr(Expr::AssignExpr { lhs, rhs, .. }) => [lhs, rhs].into_iter().for_each(|side| bind(side, None, &mut bound)),
            Part::Expr(_) => {}
        });
    }
    bound
}

fn bind_import(import: &Import, bound: &mut Bound) {
    let path = parts(&import.refr);
    let last = path.last().cloned().flatten();
    if let Some(name) = import.r#as.as_ref().map(|name| name.text().to_owned()).or(last).filter(|name| name != "input" && name != "data") {
        bound.entry(name).or_default().push(is_given(&path).then_some(path));
    }
}

fn bind_head(rule: &Rule, bound: &mut Bound) {
    let Rule::Spec { head, bodies, .. } = rule else { return };
    match head {
        RuleHead::Compr { refr, assign, .. } => {
            let is_plain = bodies.iter().all(|body| body.assign.is_none() && body.query.stmts.is_empty());
            bind(refr, assign.as_ref().map(|assign| assign.value.as_ref()).filter(|_| is_plain), bound);
        }
        RuleHead::Set { refr, .. } => bind(refr, None, bound),
        RuleHead::Func { refr, args, .. } => {
            bind(refr, None, bound);
            args.iter().for_each(|arg| bind(arg, None, bound));
        }
    }
}

fn bind_query(query: &Query, bound: &mut Bound) {
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => vars.iter().for_each(|name| bind_name(name, None, bound)),
            Literal::SomeIn { key, value, .. } => key.iter().chain([value]).for_each(|pattern| bind(pattern, None, bound)),
            Literal::Every { key, value, .. } => key.iter().chain([value]).for_each(|name| bind_name(name, None, bound)),
            // What a call gives back may be its last argument.
            Literal::Expr { expr, .. } => {
                if let Expr::Call { params, .. } = expr.as_ref() {
                    params.last().filter(|last| !is_given(&parts(last))).iter().for_each(|last| bind(last, None, bound));
                }
            }
            Literal::NotExpr { .. } => {}
        }
    }
}

/// Binds the names in a pattern, to a value when it is one name.
fn bind(pattern: &Expr, value: Option<&Expr>, bound: &mut Bound) {
    match pattern {
        Expr::Var { span, .. } => bind_name(span, value.map(parts).filter(is_given), bound),
        Expr::Array { items, .. } => items.iter().for_each(|item| bind(item, None, bound)),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| bind(value, None, bound)),
        _ => {}
    }
}

fn bind_name(name: &Span, to: Option<Path>, bound: &mut Bound) {
    bound.entry(name.text().to_owned()).or_default().push(to);
}

/// Whether something leads through what a rule is given.
fn is_given(path: &Path) -> bool {
    matches!(path.first().and_then(Option::as_deref), Some("input" | "data"))
}
