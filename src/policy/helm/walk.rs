//! The way through a template: which of its blocks are there, what its actions come to, and where it could have gone another way.

use std::collections::BTreeMap;
use std::ops::Range;

use super::action::{Action, Kind, actions};
use super::chart::Chart;
use super::expression::Expression;
use super::guess::{Asked, Fork, Guesses, question};
use super::render::{items, named};
use super::scope::Scope;
use super::value::Value;

/// How a template turns out where that is not known, and which item of a list it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) struct Choices {
    /// The case of each condition that is not known, counted from 0, which is that of conditions that are not named here.
    pub cases: BTreeMap<String, usize>,
    /// The item of each list, by where its action stands; the first one of those that are not named here.
    pub items: BTreeMap<usize, usize>,
}

/// A block that is there for each item of a list.
pub(super) struct Loop {
    /// Where its action stands.
    pub action: Range<usize>,
    pub body: Range<usize>,
    pub items: usize,
    /// The items of other lists in which it stands.
    pub needs: BTreeMap<usize, usize>,
}

/// An action that leaves text behind.
pub(super) struct Output {
    pub range: Range<usize>,
    pub value: Value,
    pub indent: Option<usize>,
}

/// What was met on the way.
#[derive(Default)]
pub(super) struct Way {
    /// The parts of the text that leave nothing behind as they stand.
    pub blanks: Vec<Range<usize>>,
    pub outputs: Vec<Output>,
    pub forks: Vec<Fork>,
    pub loops: Vec<Loop>,
    /// The blocks that are there once for a list that is not known.
    pub open: Vec<Range<usize>>,
}

/// A template that was read once, for all ways through it.
pub(super) struct Script<'a> {
    pub text: &'a str,
    /// Its actions, each with the expression in it.
    steps: Vec<(Action<'a>, Expression)>,
}

impl<'a> Script<'a> {
    pub fn new(text: &'a str) -> Self {
        let steps = actions(text).into_iter().map(|action| {
            let expression = Expression::new(match action.kind {
                Kind::Output(text) | Kind::Assign { value: text, .. } => text,
                Kind::If(text) | Kind::With(text) | Kind::Else(Some(text)) => named(text).1,
                Kind::Range(text) => listed(text).1,
                Kind::Else(None) | Kind::Define | Kind::End | Kind::Jump | Kind::Silent => "",
            });
            (action, expression)
        });
        Self { text, steps: steps.collect() }
    }
}

/// The variables of a loop, and what it goes through.
fn listed(text: &str) -> (&str, &str) {
    let (names, source) = text.split_once(":=").unwrap_or(("", text));
    (names, source.trim())
}

/// Goes through a template.
pub(super) fn walk(script: &Script<'_>, chart: &Chart, choices: &Choices) -> Way {
    let guesses = Guesses::new(choices);
    let scope = Scope::new(chart.root.clone(), &chart.defines, &guesses);
    let mut walker = Walker { scope, guesses: &guesses, stack: Vec::new(), choices, way: Way::default() };
    let (mut before, end) = (0, script.text.len());
    for (action, expression) in &script.steps {
        let shown = walker.are_shown();
        if !shown {
            walker.way.blanks.push(before..action.range.start);
        }
        walker.way.blanks.push(action.range.clone());
        before = action.range.end;
        walker.meet(action, expression, shown);
    }
    if !walker.are_shown() {
        walker.way.blanks.push(before..end);
    }
    // What is never closed goes on to the end.
    while !walker.stack.is_empty() {
        walker.close(&(end..end));
    }
    let way = walker.way;
    Way { forks: guesses.forks(), ..way }
}

/// One open block.
struct Frame {
    /// Whether its text is there.
    shown: bool,
    /// Whether one of its cases was chosen already.
    chosen: bool,
    /// The first of its conditions that is not known.
    fork: Option<Asked>,
    /// The list that it goes through.
    list: Option<(Range<usize>, List)>,
    /// What `.` is outside of it, where it binds it.
    dot: Option<Option<Value>>,
    /// The number of variables outside of it.
    count: usize,
}

#[derive(Clone, Copy)]
enum List {
    /// So many items, and which one is shown.
    Known(usize, usize),
    Unknown,
}

struct Walker<'a> {
    scope: Scope<'a>,
    guesses: &'a Guesses<'a>,
    stack: Vec<Frame>,
    choices: &'a Choices,
    way: Way,
}

impl Walker<'_> {
    fn are_shown(&self) -> bool {
        self.stack.iter().all(|frame| frame.shown)
    }

    fn meet(&mut self, action: &Action<'_>, expression: &Expression, shown: bool) {
        let range = &action.range;
        match action.kind {
            Kind::Output(_) if shown => {
                let value = self.scope.outer(expression);
                self.way.outputs.push(Output { range: range.clone(), value, indent: expression.indent() });
            }
            Kind::Assign { name, is_new, .. } if shown => self.assign(name, expression, is_new),
            Kind::If(_) | Kind::With(_) | Kind::Range(_) if !shown => {
                if let Some(asked) = self.stack.iter_mut().find(|frame| !frame.shown).and_then(|frame| frame.fork.as_mut()) {
                    asked.hides = true;
                }
                self.push(false, true);
            }
            Kind::If(condition) => self.open(condition, expression, false, range),
            Kind::With(condition) => self.open(condition, expression, true, range),
            Kind::Range(source) => self.list(source, expression, range),
            Kind::Define => self.push(false, true),
            Kind::Else(condition) => self.next_case(condition, expression, range.start),
            Kind::End => self.close(range),
            Kind::Output(_) | Kind::Assign { .. } | Kind::Jump | Kind::Silent => {}
        }
    }

    fn push(&mut self, shown: bool, chosen: bool) {
        self.stack.push(Frame { shown, chosen, fork: None, list: None, dot: None, count: self.scope.count() });
    }

    fn assign(&mut self, name: &str, expression: &Expression, is_new: bool) {
        let value = self.scope.outer(expression);
        if is_new {
            return self.scope.declare(name, value);
        }
        let place = self.scope.assign(name, value);
        // Other items may have given it something else since.
        let is_one = |frame: &Frame| matches!(frame.list, None | Some((_, List::Known(1, _))));
        if self.stack.iter().any(|frame| frame.count > place && !is_one(frame)) {
            self.scope.assign(name, Value::Unknown);
        }
    }

    fn open(&mut self, text: &str, expression: &Expression, binds: bool, range: &Range<usize>) {
        let (name, condition) = named(text);
        let value = self.scope.outer(expression);
        self.push(false, false);
        let holds = value.holds().unwrap_or_else(|| self.guess(condition, range.start));
        if let Some(name) = name {
            self.scope.declare(name, value.clone());
        }
        if binds {
            let dot = self.scope.bind(Some(value));
            self.top(|frame| frame.dot = Some(dot));
        }
        self.top(|frame| (frame.shown, frame.chosen) = (holds, holds));
    }

    fn top(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.stack.last_mut() {
            change(frame);
        }
    }

    /// How a condition of the innermost block turns out that is not known.
    fn guess(&mut self, condition: &str, at: usize) -> bool {
        // The same question has the same answer everywhere, as long as it is about nothing that changes.
        let is_fixed = self.scope.is_at_top() && !condition.split('$').skip(1).any(|rest| rest.starts_with(char::is_alphanumeric));
        let Some(frame) = self.stack.last_mut() else { return true };
        self.guesses.ask(&mut frame.fork, || {
            let (question, is_turned) = question(condition);
            if is_fixed { (question.to_owned(), is_turned) } else { (at.to_string(), false) }
        })
    }

    fn list(&mut self, text: &str, expression: &Expression, range: &Range<usize>) {
        let (names, source) = listed(text);
        let value = self.scope.outer(expression);
        let found = items(&value);
        self.push(false, false);
        let (holds, list, (key, item)) = match found {
            None => (self.guess(source, range.start), List::Unknown, (Value::Unknown, Value::Unknown)),
            Some(items) => {
                let chosen = self.choices.items.get(&range.start).copied().unwrap_or_default();
                let pair = items.get(chosen).or(items.first()).cloned().unwrap_or((Value::Null, Value::Null));
                (!items.is_empty(), List::Known(items.len(), chosen), pair)
            }
        };
        let names: Vec<_> = names.split(',').map(str::trim).filter(|name| name.starts_with('$')).collect();
        match names[..] {
            [name] => self.scope.declare(name, item.clone()),
            [first, second] => {
                self.scope.declare(first, key);
                self.scope.declare(second, item.clone());
            }
            _ => {}
        }
        let dot = self.scope.bind(Some(item));
        let range = range.clone();
        self.top(|frame| {
            (frame.shown, frame.chosen) = (holds, holds);
            frame.dot = Some(dot);
            frame.list = Some((range, list));
        });
    }

    /// Turns to the other case of the block that was opened last.
    fn next_case(&mut self, condition: Option<&str>, expression: &Expression, at: usize) {
        let Some(frame) = self.stack.last_mut() else { return };
        if let Some(dot) = frame.dot.take() {
            self.scope.bind(dot);
        }
        let (count, chosen) = (frame.count, frame.chosen);
        frame.shown = false;
        if let Some(asked) = frame.fork.as_mut().filter(|_| chosen && condition.is_some()) {
            asked.hides = true;
        }
        self.scope.forget(count);
        let above = self.stack.len() - 1;
        let is_left = !chosen && self.stack[..above].iter().all(|frame| frame.shown);
        let holds = match condition {
            Some(condition) if is_left => {
                let value = self.scope.outer(expression);
                value.holds().unwrap_or_else(|| self.guess(named(condition).1, at))
            }
            _ => is_left,
        };
        self.top(|frame| {
            frame.shown = holds;
            frame.chosen |= holds;
        });
    }

    fn close(&mut self, end: &Range<usize>) {
        let Some(frame) = self.stack.pop() else { return };
        if let Some(dot) = frame.dot {
            self.scope.bind(dot);
        }
        self.scope.forget(frame.count);
        if let Some(asked) = frame.fork {
            self.guesses.close(asked);
        }
        let Some((action, list)) = frame.list else { return };
        let body = action.end..end.start;
        match list {
            List::Unknown if frame.shown => self.way.open.push(body),
            List::Known(items, _) if items > 1 => {
                let needs = self.stack.iter().filter_map(|outer| match &outer.list {
                    Some((action, List::Known(_, chosen))) if *chosen > 0 => Some((action.start, *chosen)),
                    _ => None,
                });
                let needs = needs.collect();
                self.way.loops.push(Loop { action, body, items, needs });
            }
            _ => {}
        }
    }
}
