//! The text that a named template makes, where all that decides its lines is known.

use std::sync::Arc;

use super::action::{Kind, actions};
use super::expression::Expression;
use super::guess::question;
use super::scope::Scope;
use super::value::{HOLE, Value, is_open};

/// The longest text that is made, in bytes.
const MAX_TEXT: usize = 1 << 18;

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Output(Expression),
    /// A variable, what it gets, and whether it is a new one.
    Assign(String, Expression, bool),
    /// The first of several cases whose condition holds; the last one may have none.
    Cases(Vec<Case>),
    /// For each item; the variables that get its key and its value.
    Range(Vec<String>, Expression, Vec<Node>, Vec<Node>),
    /// What cannot be followed.
    Odd,
}

/// One case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The variable that gets what the condition comes to.
    name: Option<String>,
    condition: Option<Expression>,
    /// The text of the condition.
    question: String,
    /// Whether `.` becomes what the condition comes to.
    binds: bool,
    nodes: Vec<Node>,
}

/// Nobody knows what the text is.
pub(super) struct Unsure;

/// Reads a template.
pub(super) fn nodes(text: &str) -> Arc<[Node]> {
    let mut pieces = Vec::new();
    let (mut at, mut trims) = (0, false);
    for action in actions(text) {
        let before = &text[at..action.range.start];
        let before = if trims { before.trim_start() } else { before };
        let before = if action.trims.0 { before.trim_end() } else { before };
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Action(action.kind));
        (at, trims) = (action.range.end, action.trims.1);
    }
    pieces.push(Piece::Text(if trims { text[at..].trim_start() } else { &text[at..] }));
    let mut pieces = pieces.into_iter();
    let mut found = Vec::new();
    // What is closed too often goes on.
    loop {
        let (more, end) = block(&mut pieces, 0);
        found.extend(more);
        if matches!(end, End::Text) {
            return found.into();
        }
    }
}

enum Piece<'a> {
    Text(&'a str),
    Action(Kind<'a>),
}

/// What ends a block.
enum End<'a> {
    Text,
    Here,
    Else(Option<&'a str>),
}

/// The deepest nesting of blocks that is looked into.
const MAX_DEPTH: usize = 64;

/// The nodes up to the end of a block.
fn block<'a>(pieces: &mut std::vec::IntoIter<Piece<'a>>, depth: usize) -> (Vec<Node>, End<'a>) {
    let mut found = Vec::new();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text("") | Piece::Action(Kind::Silent) => {}
            Piece::Text(text) => found.push(Node::Text(text.to_owned())),
            Piece::Action(Kind::End) => return (found, End::Here),
            Piece::Action(Kind::Else(condition)) => return (found, End::Else(condition)),
            Piece::Action(kind) => found.extend(node(kind, pieces, depth)),
        }
    }
    (found, End::Text)
}

/// What an action begins.
fn node<'a>(kind: Kind<'a>, pieces: &mut std::vec::IntoIter<Piece<'a>>, depth: usize) -> Option<Node> {
    let is_block = matches!(kind, Kind::If(_) | Kind::With(_) | Kind::Range(_) | Kind::Define);
    if is_block && depth >= MAX_DEPTH {
        pieces.by_ref().for_each(drop);
        return Some(Node::Odd);
    }
    Some(match kind {
        Kind::If(condition) => cases(condition, false, pieces, depth),
        Kind::With(condition) => cases(condition, true, pieces, depth),
        Kind::Range(source) => {
            let (names, source) = source.split_once(":=").unwrap_or(("", source));
            let names = names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let (items, end) = block(pieces, depth + 1);
            let none = if matches!(end, End::Else(_)) { block(pieces, depth + 1).0 } else { Vec::new() };
            Node::Range(names, Expression::new(source), items, none)
        }
        Kind::Define => {
            block(pieces, depth + 1);
            return None;
        }
        Kind::Assign { name, value, is_new } => Node::Assign(name.to_owned(), Expression::new(value), is_new),
        Kind::Output(expression) => Node::Output(Expression::new(expression)),
        Kind::Jump => Node::Odd,
        Kind::Silent | Kind::End | Kind::Else(_) => return None,
    })
}

fn cases<'a>(condition: &'a str, binds: bool, pieces: &mut std::vec::IntoIter<Piece<'a>>, depth: usize) -> Node {
    let mut found = Vec::new();
    let mut condition = Some(condition);
    loop {
        let (nodes, end) = block(pieces, depth + 1);
        let (name, question) = named(condition.unwrap_or_default());
        found.push(Case {
            name: name.map(str::to_owned),
            condition: condition.map(|_| Expression::new(question)),
            question: question.to_owned(),
            binds: binds && found.is_empty(),
            nodes,
        });
        match end {
            End::Else(next) => condition = next,
            End::Here | End::Text => return Node::Cases(found),
        }
    }
}

/// Adds the text of nodes.
pub(super) fn render(nodes: &[Node], scope: &mut Scope<'_>, out: &mut String) -> Result<(), Unsure> {
    let count = scope.count();
    for (index, node) in nodes.iter().enumerate() {
        if !scope.step() || out.len() > MAX_TEXT {
            return Err(Unsure);
        }
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Output(expression) => {
                let value = scope.value(expression);
                let is_block = || expression.indent().is_some() || is_alone(out, &nodes[index + 1..]);
                if matches!(value, Value::Unknown | Value::Something) && is_block() {
                    return Err(Unsure);
                }
                out.push_str(&value.print());
            }
            Node::Assign(name, expression, is_new) => {
                let value = scope.value(expression);
                if *is_new {
                    scope.declare(name, value);
                } else {
                    scope.assign(name, value);
                }
            }
            Node::Cases(cases) => first_case(cases, &nodes[index + 1..], scope, out)?,
            Node::Range(names, source, items, none) => {
                let source = scope.value(source);
                each(names, &source, (items, none), scope, out)?;
            }
            Node::Odd => return Err(Unsure),
        }
    }
    scope.forget(count);
    Ok(())
}

fn first_case(cases: &[Case], after: &[Node], scope: &mut Scope<'_>, out: &mut String) -> Result<(), Unsure> {
    let (guesses, mut asked) = (scope.guesses(), None);
    let mut done = Ok(());
    for case in cases {
        let value = case.condition.as_ref().map(|condition| scope.value(condition));
        let holds = match value.as_ref().map_or(Some(true), Value::holds) {
            Some(holds) => holds,
            // A part of a line, such as a name, is simply not known.
            None if !is_alone(out, after) && cases.iter().all(|case| is_inline(&case.nodes)) => {
                out.push(HOLE);
                return Ok(());
            }
            None => guesses.ask(&mut asked, || {
                let (question, is_turned) = question(&case.question);
                (question.to_owned(), is_turned)
            }),
        };
        if holds {
            done = taken(case, value, scope, out);
            break;
        }
    }
    if let Some(mut asked) = asked {
        asked.hides = true;
        guesses.close(asked);
    }
    done
}

/// The text of a case whose condition came to a value.
fn taken(case: &Case, value: Option<Value>, scope: &mut Scope<'_>, out: &mut String) -> Result<(), Unsure> {
    let count = scope.count();
    let value = value.unwrap_or(Value::Null);
    if let Some(name) = &case.name {
        scope.declare(name, value.clone());
    }
    let before = case.binds.then(|| scope.bind(Some(value)));
    let done = render(&case.nodes, scope, out);
    if let Some(dot) = before {
        scope.bind(dot);
    }
    scope.forget(count);
    done
}

/// Whether nodes make a part of a line and change nothing.
fn is_inline(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Text(text) => !text.contains('\n'),
        Node::Output(expression) => expression.indent().is_none(),
        Node::Cases(cases) => cases.iter().all(|case| is_inline(&case.nodes)),
        Node::Assign(..) | Node::Range(..) | Node::Odd => false,
    })
}

/// The variable that a condition names, as in `with $x := .y`, and the condition.
pub(super) fn named(text: &str) -> (Option<&str>, &str) {
    match text.split_once(":=").filter(|_| text.starts_with('$')) {
        Some((name, condition)) => (Some(name.trim()), condition.trim()),
        None => (None, text),
    }
}

/// The key and the value of each item, in the order of Go; `None` where nobody knows.
pub(super) fn items(source: &Value) -> Option<Vec<(Value, Value)>> {
    match source {
        Value::Null => Some(Vec::new()),
        Value::List(items) => Some((0..).map(Value::whole).zip(items.iter().cloned()).collect()),
        Value::Map(members) if !is_open(members) => {
            Some(members.iter().map(|(key, value)| (Value::text(key.as_str()), value.clone())).collect())
        }
        _ => None,
    }
}

fn each(
    names: &[String],
    source: &Value,
    (nodes, none): (&[Node], &[Node]),
    scope: &mut Scope<'_>,
    out: &mut String,
) -> Result<(), Unsure> {
    let items = items(source).ok_or(Unsure)?;
    if items.is_empty() {
        return render(none, scope, out);
    }
    for (key, value) in items {
        let count = scope.count();
        match names {
            [name] => scope.declare(name, value.clone()),
            [first, second] => {
                scope.declare(first, key);
                scope.declare(second, value.clone());
            }
            _ => {}
        }
        let before = scope.bind(Some(value));
        let done = render(nodes, scope, out);
        scope.bind(before);
        scope.forget(count);
        done?;
    }
    Ok(())
}

/// Whether what comes next may be lines of their own.
fn is_alone(out: &str, after: &[Node]) -> bool {
    let line = out.rsplit('\n').next().unwrap_or_default();
    let ends = match after.first() {
        None => true,
        Some(Node::Text(text)) => text.starts_with(['\n', '\r']),
        Some(_) => false,
    };
    let is_all = out.trim().is_empty() && after.is_empty();
    line.trim_matches([' ', '\t']).is_empty() && ends && !is_all && !line.contains(HOLE)
}
