//! The syntax tree of a policy for its printer: what was written, and where. What a rule means is not looked at.

use super::Place;

/// An expression that has a value.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub place: Place,
    pub value: Value,
}

/// What a term is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A number, `true`, `false` or `null`, or a text with expressions in it, as written.
    Scalar(String),
    /// A text, decoded, and where it was written; a key after a dot was not, and what was moved is written anew.
    Text(String, Option<Place>),
    Var(String),
    /// A head and the keys behind it.
    Ref(Vec<Term>),
    /// An operator or a function, and its operands.
    Call(Box<Term>, Vec<Term>),
    Array(Vec<Term>),
    Set(Vec<Term>),
    Object(Vec<(Term, Term)>),
    ArrayOf(Box<Term>, Vec<Expr>),
    SetOf(Box<Term>, Vec<Expr>),
    ObjectOf(Box<(Term, Term)>, Vec<Expr>),
}

/// A statement of a body.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub place: Place,
    pub negated: bool,
    pub kind: ExprKind,
    pub with: Vec<With>,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Term(Term),
    /// `some x, y`, or with one call of `in`, `some x in xs`.
    Some(Place, Vec<Term>),
    Every(Box<Every>),
    /// What stands in braces after `not`.
    Not(Vec<Expr>),
}

/// `every key, value in domain { body }`.
#[derive(Clone, Debug)]
pub(super) struct Every {
    pub place: Place,
    pub key: Option<Term>,
    pub value: Term,
    pub domain: Term,
    pub body: Vec<Expr>,
}

/// `with target as value`.
#[derive(Clone, Debug)]
pub(super) struct With {
    pub place: Place,
    pub target: Term,
    pub value: Term,
}

/// What a rule defines.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub place: Place,
    pub reference: Vec<Term>,
    pub args: Vec<Term>,
    pub key: Option<Term>,
    pub value: Option<Term>,
    /// Whether nobody wrote the value, so that it is not printed.
    pub implied: bool,
    pub assign: bool,
}

/// A rule, or one `else` of it.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub place: Place,
    pub default: bool,
    pub head: Head,
    /// Empty without a body.
    pub body: Vec<Expr>,
    pub otherwise: Option<Box<Rule>>,
}

/// An import.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub place: Place,
    pub path: Vec<Term>,
    pub alias: Option<String>,
}

/// A policy.
#[derive(Debug)]
pub(super) struct Module {
    /// Where `package` stands.
    pub package: (Place, Vec<Term>),
    pub statements: Vec<Statement>,
}

/// An import or a rule.
#[derive(Debug)]
pub(super) enum Statement {
    Import(Import),
    Rule(Box<Rule>),
}

/// How calls of an operator by its name are written; the parser gives operators these names.
const OPERATORS: [(&str, &str); 15] = [
    ("plus", "+"),
    ("minus", "-"),
    ("mul", "*"),
    ("div", "/"),
    ("rem", "%"),
    ("and", "&"),
    ("or", "|"),
    ("eq", "="),
    ("assign", ":="),
    ("equal", "=="),
    ("neq", "!="),
    ("lt", "<"),
    ("gt", ">"),
    ("lte", "<="),
    ("gte", ">="),
];

/// The name under which `a in b` and `a, b in c` are calls; no policy can write it.
pub(super) const IN: &str = "in";

/// The name of an operator.
pub(super) fn operator(symbol: &str) -> Option<&'static str> {
    OPERATORS.iter().find(|(_, other)| *other == symbol).map(|(name, _)| *name)
}

impl Term {
    /// The symbol of the operator that a function stands for.
    pub fn symbol(&self) -> Option<&'static str> {
        let Value::Var(name) = &self.value else { return None };
        OPERATORS.iter().find(|(other, _)| other == name).map(|(_, symbol)| *symbol)
    }

    /// Whether this is `a | b`, which means something else inside of brackets.
    pub fn is_union(&self) -> bool {
        matches!(&self.value, Value::Call(operator, _) if operator.symbol() == Some("|"))
    }

    /// The name of a plain variable.
    pub fn name(&self) -> Option<&str> {
        match &self.value {
            Value::Var(name) => Some(name),
            _ => None,
        }
    }

    /// What a part of a path names.
    fn key(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text, _) | Value::Var(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is the value `true`.
    pub fn is_true(&self) -> bool {
        matches!(&self.value, Value::Scalar(text) if text == "true")
    }

    /// Whether the value does not depend on variables.
    pub fn is_ground(&self) -> bool {
        match &self.value {
            Value::Scalar(_) | Value::Text(..) => true,
            Value::Array(items) | Value::Set(items) => items.iter().all(Self::is_ground),
            Value::Object(items) => items.iter().all(|(key, value)| key.is_ground() && value.is_ground()),
            Value::Ref(parts) => parts[1..].iter().all(Self::is_ground),
            Value::Call(_, args) => args.iter().all(Self::is_ground),
            _ => false,
        }
    }
}

impl Expr {
    /// The term, when the statement is nothing else.
    pub fn term(&self) -> Option<&Term> {
        match &self.kind {
            ExprKind::Term(term) if !self.negated => Some(term),
            _ => None,
        }
    }
}

impl Import {
    /// The path in names.
    pub fn names(&self) -> Vec<&str> {
        self.path.iter().filter_map(Term::key).collect()
    }

    /// The names with dots between them.
    pub fn dotted(&self) -> String {
        self.names().join(".")
    }
}

impl Rule {
    /// Whether nothing but `true` is the body, so that none is printed.
    pub fn is_constant(&self) -> bool {
        self.otherwise.is_none()
            && match self.body.as_slice() {
                [] => true,
                [only] => only.with.is_empty() && only.term().is_some_and(Term::is_true),
                _ => false,
            }
    }
}
