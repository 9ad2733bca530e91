//! From a file that somebody improved back to the template that rendered it: changed lines find the lines that made them, and what came
//! from answers becomes an expression again. What cannot be told is left to a person.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::template::engine::{closings, openings};
use crate::template::{Layer, Stack};
use crate::tree::RepoPath;

use super::Origin;

/// Changes to the files of templates.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// The new text of each changed file, by layer and path.
    pub files: BTreeMap<(String, String), String>,
    /// Lines of the improved file (from 1) that need a hand, and why.
    pub by_hand: Vec<(usize, &'static str)>,
    /// Lines in which answers became expressions again, with the input.
    pub answered: Vec<(usize, String)>,
}

/// Lines that go, and lines that come in their place or after a line, by the line of a template.
#[derive(Default)]
struct Edit {
    replaced: BTreeMap<usize, Option<String>>,
    after: BTreeMap<usize, Vec<String>>,
}

/// Works out what the templates must say so that `now` comes out. `answers` are the texts that inputs stand for.
#[must_use]
pub fn propose(stack: &Stack, origins: &[Option<Origin>], rendered: &str, now: &str, answers: &[(String, String)]) -> Proposal {
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(rendered), lines(now));
    let mut work = Work { stack, origins, answers, edits: BTreeMap::new(), proposal: Proposal::default() };
    for op in capture_diff_slices(Algorithm::Patience, &old, &new) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { old_index, old_len, new_index } => (old_index..old_index + old_len).for_each(|at| work.remove(at, new_index)),
            DiffOp::Insert { old_index, new_index, new_len } => work.insert(old_index, new_index, &new[new_index..new_index + new_len]),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let paired = old_len.min(new_len);
                (0..paired)
                    .for_each(|step| work.replace(old_index + step, &old[old_index + step], new_index + step, &new[new_index + step]));
                (old_index + paired..old_index + old_len).for_each(|at| work.remove(at, new_index + paired));
                if new_len > paired {
                    work.insert(old_index + paired, new_index + paired, &new[new_index + paired..new_index + new_len]);
                }
            }
        }
    }
    work.finish()
}

struct Work<'a> {
    stack: &'a Stack,
    origins: &'a [Option<Origin>],
    answers: &'a [(String, String)],
    edits: BTreeMap<(String, String), Edit>,
    proposal: Proposal,
}

impl Work<'_> {
    /// The origin of a rendered line, if its line in the template made no other.
    fn only(&self, at: usize) -> Option<&Origin> {
        let origin = self.origins.get(at)?.as_ref()?;
        let is_same = |other: &&Origin| (&other.layer, &other.file, other.line) == (&origin.layer, &origin.file, origin.line);
        (self.origins.iter().flatten().filter(is_same).count() == 1).then_some(origin)
    }

    fn hand(&mut self, number: usize, why: &'static str) {
        self.proposal.by_hand.push((number + 1, why));
    }

    fn edit(&mut self, origin: &Origin) -> &mut Edit {
        self.edits.entry((origin.layer.clone(), origin.file.clone())).or_default()
    }

    fn remove(&mut self, at: usize, number: usize) {
        match self.only(at).cloned() {
            Some(origin) if !self.written(&origin).contains(self.opening(&origin, 1)) => {
                self.edit(&origin).replaced.insert(origin.line, None);
            }
            Some(_) => self.hand(number, "a line with a statement of the template was removed before it"),
            None => self.hand(number, "a line was removed before it, and it is not certain which line of the template made that"),
        }
    }

    fn insert(&mut self, at: usize, number: usize, new: &[String]) {
        let before = at.checked_sub(1).and_then(|at| self.only(at)).cloned();
        let place = before.map(|origin| (origin.line, origin));
        let place = place.or_else(|| self.only(at).cloned().map(|origin| (origin.line - 1, origin)));
        for (step, line) in new.iter().enumerate() {
            let Some((after, origin)) = &place else {
                self.hand(number + step, "it is not certain where in the template it belongs");
                continue;
            };
            if let Some(line) = self.fresh(origin, number + step, line) {
                self.edit(origin).after.entry(*after).or_default().push(line);
            }
        }
    }

    fn replace(&mut self, at: usize, old: &str, number: usize, new: &str) {
        let Some(origin) = self.only(at).cloned() else {
            return self.hand(number, "it is not certain which line of the template made it");
        };
        let written = self.written(&origin);
        let is_plain = !origin.file.ends_with(".tera") || (0..3).all(|kind| !written.contains(self.opening(&origin, kind)));
        let line = if is_plain {
            self.fresh(&origin, number, new)
        } else {
            let line = self.layer(&origin).and_then(|layer| rewoven(layer, &written, old, new));
            if line.is_none() {
                self.hand(number, "what came from answers is not in it any more");
            }
            line
        };
        if let Some(line) = line {
            self.edit(&origin).replaced.insert(origin.line, Some(line));
        }
    }

    /// A new line for a template: answers in it become expressions.
    fn fresh(&mut self, origin: &Origin, number: usize, line: &str) -> Option<String> {
        let is_template = origin.file.ends_with(".tera");
        if is_template && (0..3).any(|kind| line.contains(self.opening(origin, kind))) {
            self.hand(number, "it holds what means something to the template engine");
            return None;
        }
        let found: Vec<_> = self.answers.iter().filter(|(_, value)| whole_word(line, value).is_some()).cloned().collect();
        if found.is_empty() {
            return Some(line.to_owned());
        }
        let is_clear = found.iter().all(|(_, value)| found.iter().filter(|(_, other)| other.contains(value.as_str())).count() == 1);
        if !is_template || !is_clear {
            self.hand(
                number,
                if is_template { "an answer in it belongs to several inputs" } else { "it holds an answer, and the file is no template" },
            );
            return None;
        }
        let layer = self.layer(origin)?;
        let (open, close) = (openings(layer.file.delimiters)[0], closings(layer.file.delimiters)[0]);
        let mut line = line.to_owned();
        for (name, value) in found {
            let expression = format!("{open} {name} {close}");
            let mut from = 0;
            while let Some(at) = whole_word(&line[from..], &value) {
                line.replace_range(from + at..from + at + value.len(), &expression);
                from += at + expression.len();
            }
            self.proposal.answered.push((number + 1, name));
        }
        Some(line)
    }

    fn layer(&self, origin: &Origin) -> Option<&Layer> {
        self.stack.layers.iter().find(|layer| layer.name == origin.layer)
    }

    fn text(&self, layer: &str, file: &str) -> String {
        let found = self.stack.layers.iter().find(|other| other.name == layer);
        let bytes = found.and_then(|layer| layer.tree.read(&RepoPath::found(file.to_owned())).ok());
        bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn written(&self, origin: &Origin) -> String {
        self.text(&origin.layer, &origin.file).split_inclusive('\n').nth(origin.line - 1).unwrap_or_default().to_owned()
    }

    fn opening(&self, origin: &Origin, kind: usize) -> &'static str {
        self.layer(origin).map_or("{{", |layer| openings(layer.file.delimiters)[kind])
    }

    fn finish(mut self) -> Proposal {
        for ((layer, file), edit) in &self.edits {
            let mut text = String::new();
            let put = |text: &mut String, line: &str| {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(line);
            };
            edit.after.get(&0).into_iter().flatten().for_each(|line| put(&mut text, line));
            for (number, line) in (1..).zip(self.text(layer, file).split_inclusive('\n')) {
                match edit.replaced.get(&number) {
                    Some(Some(new)) => put(&mut text, new),
                    Some(None) => {}
                    None => put(&mut text, line),
                }
                edit.after.get(&number).into_iter().flatten().for_each(|line| put(&mut text, line));
            }
            self.proposal.files.insert((layer.clone(), file.clone()), text);
        }
        self.proposal.by_hand.sort_unstable();
        self.proposal.by_hand.dedup();
        self.proposal
    }
}

/// A line of a template for another rendered line: its expressions stay where their values stand, the text between them is new.
fn rewoven(layer: &Layer, written: &str, old: &str, new: &str) -> Option<String> {
    let ([open, statement, comment], [close, ..]) = (openings(layer.file.delimiters), closings(layer.file.delimiters));
    if written.contains(statement) || written.contains(comment) {
        return None;
    }
    let (mut pattern, mut expressions, mut rest) = ("(?s)^".to_owned(), Vec::new(), written);
    while let Some((before, after)) = rest.split_once(open) {
        let (inner, tail) = after.split_once(close)?;
        pattern += &(regex::escape(before) + "(.*?)");
        expressions.push(format!("{open}{inner}{close}"));
        rest = tail;
    }
    let values = regex::Regex::new(&(pattern + &regex::escape(rest) + "$")).ok()?.captures(old)?;
    let (mut line, mut left) = (String::new(), new);
    for (expression, value) in expressions.iter().zip(values.iter().skip(1)) {
        let value = value?.as_str();
        // Nothing can be found again of an expression that became nothing.
        let (before, after) = left.split_once(value).filter(|_| !value.is_empty())?;
        line += &(before.to_owned() + expression);
        left = after;
    }
    let has_tags = [open, statement, comment].iter().any(|tag| left.contains(tag));
    (!has_tags).then(|| line + left)
}

/// Where a text stands in a line as a word of its own.
fn whole_word(line: &str, word: &str) -> Option<usize> {
    let is_inner = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).map(|(at, _)| at).find(|at| !line[..*at].ends_with(is_inner) && !line[at + word.len()..].starts_with(is_inner))
}
