//! What a template shows as a whole: every item of its lists, and each of the ways in which what is not known may turn out.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::config::{Document, Format, Node, Value, parse};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::policy::evidence::{Problem, Weight};

use super::chart::Chart;
use super::fill::fill;
use super::guess::Fork;
use super::mask::{Unknown, mask, puts};
use super::unseen::{self, Unseen};
use super::walk::{Choices, Loop, Script, Way, walk};

/// The most items of lists that are looked at in one template.
const MAX_ITEMS: usize = 32;
/// The most ways in which the conditions of one template are turned; of more, several are turned together.
const MAX_WAYS: usize = 12;

/// What a template shows without being rendered.
pub(super) struct Template {
    pub documents: Vec<Document>,
    /// The other ways in which its conditions may turn out.
    pub ways: Vec<Choices>,
    /// The blocks that are there once for a list that is not known.
    pub open: Vec<Range<usize>>,
    /// What it does not show.
    pub unseen: Vec<Unseen>,
}

/// What a template shows, with its values filled in.
pub(super) fn templated(source: &SourceText, chart: &Chart, choices: &Choices) -> Result<Template, Problem> {
    let view = View { source, chart, script: Script::new(source.text()) };
    let mut shown = view.whole(choices).map_err(|mut diagnostic| {
        diagnostic.title = "chart template cannot be understood without rendering it".to_owned();
        diagnostic.locations = diagnostic.locations.iter().map(|place| relocate(source, place)).collect();
        diagnostic.helps.push("let one action stand for one value, or put the condition on lines of its own".to_owned());
        Problem { weight: Weight::Policy, diagnostic: *diagnostic }
    })?;
    let ways = view.ways(std::mem::take(&mut shown.way.forks));
    Ok(Template { documents: shown.documents, ways, open: shown.way.open, unseen: shown.unseen })
}

/// The documents that a template shows where conditions are turned; `None` where it cannot be understood then.
pub(super) fn turned(source: &SourceText, chart: &Chart, choices: &Choices) -> Option<Vec<Document>> {
    let view = View { source, chart, script: Script::new(source.text()) };
    Some(view.whole(choices).ok()?.documents)
}

/// The same place with the lines of the real file: masks mean nothing to a reader.
fn relocate(source: &SourceText, place: &Location) -> Location {
    source.location(source.offset(place.start)..source.offset(place.end), place.label.clone())
}

struct View<'a> {
    source: &'a SourceText,
    chart: &'a Chart,
    script: Script<'a>,
}

/// What is seen on one way through a template.
struct Shown {
    documents: Vec<Document>,
    way: Way,
    unseen: Vec<Unseen>,
}

impl View<'_> {
    /// The documents with every item of each list.
    fn whole(&self, choices: &Choices) -> Result<Shown, Box<Diagnostic>> {
        let mut shown = self.first(choices)?;
        let loops = std::mem::take(&mut shown.way.loops);
        self.others(choices, loops, &mut shown);
        Ok(shown)
    }

    /// The documents with the chosen item of each list.
    fn first(&self, choices: &Choices) -> Result<Shown, Box<Diagnostic>> {
        let way = walk(&self.script, self.chart, choices);
        let puts = puts(&way);
        let attempt = |unknown| {
            let masked = mask(self.source.text(), &way.blanks, puts.clone(), unknown);
            let documents = parse(&SourceText::new(self.source.path(), masked.text.as_str()), Format::Yaml)?;
            let documents: Vec<_> = documents.into_iter().map(|document| fill(document, &masked)).collect();
            let unseen = unseen::unseen(self.source.text(), &documents, &masked, &self.chart.defines);
            Ok((documents, unseen))
        };
        // A block of unknown text may be keys, items, or a helper that renders nothing at all: then it fits nowhere.
        let (documents, unseen) = attempt(Unknown::Kept).or_else(|first| attempt(Unknown::Dropped).map_err(|_: Box<Diagnostic>| first))?;
        Ok(Shown { documents, way, unseen })
    }

    /// Adds the other items of lists to the documents that show the first one of each.
    fn others(&self, choices: &Choices, mut loops: Vec<Loop>, shown: &mut Shown) {
        let mut known = BTreeSet::new();
        while let Some(Loop { action, body, items, needs }) = loops.pop() {
            for item in 1..items {
                let mut more = Choices { items: needs.clone(), ..choices.clone() };
                more.items.insert(action.start, item);
                if known.len() < MAX_ITEMS && !known.insert(more.items.clone()) {
                    continue;
                }
                match self.first(&more) {
                    Ok(other) if known.contains(&more.items) => {
                        add(&mut shown.documents, other.documents, &body);
                        // Lists inside of this one have other items.
                        loops.extend(other.way.loops.into_iter().filter(|inner| inner.needs.get(&action.start) == Some(&item)));
                        shown.way.forks.extend(other.way.forks);
                        shown.unseen.extend(other.unseen.into_iter().filter(|one| body.contains(&one.range.start)));
                    }
                    _ => {
                        shown.unseen.push(Unseen { lacks: unseen::Lacks::Items, range: action.clone() });
                        break;
                    }
                }
            }
        }
    }

    /// The ways in which conditions may turn out: each one alone, with those that it needs.
    fn ways(&self, mut forks: Vec<Fork>) -> Vec<Choices> {
        let mut ways: Vec<Choices> = Vec::new();
        let mut asked = 0;
        while asked < forks.len() {
            let Fork { key, cases, needs, hides } = forks[asked].clone();
            asked += 1;
            for case in 1..cases {
                let mut way = Choices { cases: needs.clone(), ..Choices::default() };
                way.cases.insert(key.clone(), case);
                if !ways.contains(&way) {
                    // What stands in a case that was not taken has conditions of its own.
                    if hides && ways.len() < MAX_WAYS {
                        forks.extend(walk(&self.script, self.chart, &way).forks);
                    }
                    ways.push(way);
                }
            }
        }
        for (at, more) in ways.split_off(ways.len().min(MAX_WAYS)).into_iter().enumerate() {
            for (key, case) in more.cases {
                ways[at % MAX_WAYS].cases.entry(key).or_insert(case);
            }
        }
        ways
    }
}

/// Adds what stands in `body` to what is there already.
fn add(known: &mut Vec<Document>, others: Vec<Document>, body: &Range<usize>) {
    let mut places = 0..known.len();
    for other in others {
        if is_in(&other, body) {
            known.push(other);
        } else if let Some(same) = places.find(|place| !is_in(&known[*place], body)) {
            beside(&mut known[same], other, body);
        }
    }
}

fn is_in(node: &Node, body: &Range<usize>) -> bool {
    body.contains(&node.span.start)
}

/// Adds what stands in `body` to a node that begins outside of it.
fn beside(known: &mut Node, other: Node, body: &Range<usize>) {
    match (&mut known.value, other.value) {
        (Value::Sequence(items), Value::Sequence(others)) => add(items, others, body),
        (Value::Mapping(members), Value::Mapping(others)) => {
            let mut own: Vec<_> = std::mem::take(members).into_iter().collect();
            for (key, node) in others {
                match own.iter_mut().find(|(same, _)| same.name == key.name) {
                    Some((same, inner)) if same.span == key.span && !body.contains(&key.span.start) => beside(inner, node, body),
                    Some(_) => {}
                    None if body.contains(&key.span.start) => own.push((key, node)),
                    None => {}
                }
            }
            *members = own.into();
        }
        _ => {}
    }
}
