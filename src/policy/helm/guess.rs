//! Conditions that nobody knows: how each of them turns out, and which there are.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::walk::Choices;

/// A condition that is not known.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    pub key: String,
    /// How many cases there are.
    pub cases: usize,
    /// The other conditions that must turn out as they do for this one to be asked.
    pub needs: BTreeMap<String, usize>,
    /// Whether there may be more conditions in the cases that were not taken.
    pub hides: bool,
}

/// A block with a condition that is not known.
pub(super) struct Asked {
    key: String,
    /// Whether it is asked for the opposite of what was asked first.
    is_turned: bool,
    /// How many of its conditions were not known so far.
    count: usize,
    pub hides: bool,
}

/// What was guessed in one template.
pub(super) struct Guesses<'a> {
    choices: &'a Choices,
    forks: RefCell<Vec<Fork>>,
    /// Whether each condition was asked for the opposite when it was asked first: that one holds in its first case.
    opposite: RefCell<BTreeMap<String, bool>>,
    /// The open blocks, and the case that each of them has.
    open: RefCell<Vec<(String, usize)>>,
    /// How many nodes of named templates the action at hand has taken.
    pub steps: Cell<usize>,
}

impl<'a> Guesses<'a> {
    pub fn new(choices: &'a Choices) -> Self {
        Self { choices, forks: RefCell::default(), opposite: RefCell::default(), open: RefCell::default(), steps: Cell::new(0) }
    }

    /// How the next condition of a block turns out; `key` tells it from all others, and whether it is asked for the opposite.
    pub fn ask(&self, asked: &mut Option<Asked>, key: impl FnOnce() -> (String, bool)) -> bool {
        let asked = asked.get_or_insert_with(|| {
            let (key, is_opposite) = key();
            let is_turned = *self.opposite.borrow_mut().entry(key.clone()).or_insert(is_opposite) != is_opposite;
            let case = self.case(&key);
            self.open.borrow_mut().push((key.clone(), case));
            Asked { key, is_turned, count: 0, hides: false }
        });
        let case = match asked.count {
            case @ (0 | 1) if asked.is_turned => 1 - case,
            case => case,
        };
        asked.count += 1;
        self.case(&asked.key) == case
    }

    fn case(&self, key: &str) -> usize {
        self.choices.cases.get(key).copied().unwrap_or_default()
    }

    /// A block ends.
    pub fn close(&self, asked: Asked) {
        let mut open = self.open.borrow_mut();
        open.pop();
        let needs = open.iter().filter(|(key, case)| *case > 0 && *key != asked.key).cloned().collect();
        let cases = asked.count + 1;
        let mut forks = self.forks.borrow_mut();
        match forks.iter_mut().find(|fork| fork.key == asked.key && fork.needs == needs) {
            Some(same) => {
                same.cases = same.cases.max(cases);
                same.hides |= asked.hides;
            }
            None => forks.push(Fork { key: asked.key, cases, needs, hides: asked.hides }),
        }
    }

    /// The conditions that were not known.
    pub fn forks(self) -> Vec<Fork> {
        self.forks.into_inner()
    }
}

/// The question that a condition asks, and whether it is for the opposite.
pub(super) fn question(condition: &str) -> (&str, bool) {
    let is_bare = |text: &str| !text.contains(char::is_whitespace);
    let is_inner = |text: &str| text.starts_with('(') && text.find(')') == Some(text.len() - 1);
    match condition.strip_prefix("not ").map(str::trim) {
        Some(rest) if is_bare(rest) => (rest, true),
        Some(rest) if is_inner(rest) => (&rest[1..rest.len() - 1], true),
        _ => (condition, false),
    }
}
