//! What a template leaves to others: objects and workloads of which too little stands in it to be judged.

use std::ops::Range;

use crate::config::{Document, Key, Node, Value};
use crate::policy::kubernetes::{KINDS, above};

use super::TEMPLATED;
use super::define::{Defines, called};
use super::mask::{Gap, Masked};

/// How much of an object cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Lacks {
    /// Everything.
    Object,
    /// Everything but its kind, one of these.
    OfKind(Vec<String>),
    /// What its pod is.
    Pod,
    /// Some of its containers.
    Containers,
    /// What is made of the items of a list.
    Items,
}

/// A part of a file that cannot be seen without rendering the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Unseen {
    /// What is missing.
    pub lacks: Lacks,
    /// The action that stands for it.
    pub range: Range<usize>,
}

impl Unseen {
    /// Whether a rule asks for what is missing, by the words in it.
    pub fn concerns(&self, rule: &str) -> bool {
        let names = |word: &str| rule.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word);
        let names_pods = || names("pod") || names("containers") || names("template");
        match &self.lacks {
            Lacks::Object | Lacks::Items => true,
            Lacks::OfKind(kinds) => kinds.iter().any(|kind| names(kind) || KINDS.contains(&kind.as_str()) && names_pods()),
            Lacks::Pod => names_pods(),
            Lacks::Containers => names("containers"),
        }
    }

    /// What is said about it.
    pub fn title(&self) -> &'static str {
        match self.lacks {
            Lacks::Object | Lacks::OfKind(_) => "object cannot be seen without rendering the chart",
            Lacks::Pod => "pod of a workload cannot be seen without rendering the chart",
            Lacks::Containers => "containers of a workload cannot be seen without rendering the chart",
            Lacks::Items => "items of a list cannot be seen without rendering the chart",
        }
    }
}

/// What cannot be seen in the documents of a template.
pub(super) fn unseen(text: &str, documents: &[Document], masked: &Masked, defines: &Defines) -> Vec<Unseen> {
    let look = |part: Range<usize>| {
        let gaps: Vec<_> = masked.gaps.iter().filter(|gap| part.contains(&gap.range.start)).collect();
        let document = documents.iter().find(|document| part.contains(&document.span.start) && is_there(document));
        let view = View { text, masked: &masked.text, gaps };
        match document {
            Some(object) if let Some(unseen) = view.of_kind(object) => Some(unseen),
            Some(object) if object.get("kind").is_some() && object.get("apiVersion").is_some() => view.of_object(object),
            Some(Node { value: Value::Mapping(_), .. }) | None => view.whole(defines),
            Some(node) if node.as_str() == Some(TEMPLATED) => view.whole(defines),
            Some(_) => None,
        }
    };
    parts(&masked.text).into_iter().filter_map(look).collect()
}

fn is_there(document: &Document) -> bool {
    !matches!(document.value, Value::Null)
}

/// Where each document of a stream stands.
fn parts(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    starts.extend(text.match_indices("\n---").map(|(at, _)| at + 1));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// One document's part of a template.
struct View<'a> {
    text: &'a str,
    masked: &'a str,
    /// The actions in it whose text is not known.
    gaps: Vec<&'a Gap>,
}

impl View<'_> {
    /// An action that may stand for the whole document, or for the keys that make it an object.
    fn whole(&self, defines: &Defines) -> Option<Unseen> {
        let made = |gap: &&Gap| {
            let name = called(&self.text[gap.range.clone()]).filter(|_| gap.column == 0 && gap.alone)?;
            let lacks = defines.kinds(name).map_or(Lacks::Object, Lacks::OfKind);
            (lacks != Lacks::OfKind(Vec::new())).then(|| Unseen { lacks, range: gap.range.clone() })
        };
        self.gaps.iter().find_map(made)
    }

    /// An object of which nobody knows what it is.
    fn of_kind(&self, object: &Node) -> Option<Unseen> {
        let kind = object.get("kind").filter(|kind| kind.as_str().is_some_and(|kind| kind.contains(TEMPLATED)))?;
        Some(Unseen { lacks: Lacks::Object, range: self.near(kind.span.start) })
    }

    fn of_object(&self, object: &Node) -> Option<Unseen> {
        let kind = object.get("kind")?;
        if !KINDS.contains(&kind.as_str()?) {
            return None;
        }
        let (mut node, mut from) = (object, 0);
        for step in above(kind.as_str()?).iter().chain(&["spec"]) {
            (from, node) = match self.member(node, step, from) {
                Ok(inner) => inner?,
                Err(range) => return Some(Unseen { lacks: Lacks::Pod, range }),
            };
        }
        let missing = ["containers", "initContainers"].into_iter().find_map(|list| self.list(node, list, from));
        missing.map(|range| Unseen { lacks: Lacks::Containers, range })
    }

    /// A member that is to be a mapping, and where its key is; the action that stands for it, where it cannot be seen.
    fn member<'n>(&self, node: &'n Node, name: &str, from: usize) -> Result<Option<(usize, &'n Node)>, Range<usize>> {
        let missing = match node.entry(name) {
            Some((key, inner)) if matches!(inner.value, Value::Mapping(_)) => return Ok(Some((key.span.start, inner))),
            Some((_, inner)) if inner.as_str() == Some(TEMPLATED) => Some(self.near(inner.span.start)),
            Some((key, inner)) if matches!(inner.value, Value::Null) => self.below(key),
            Some(_) => None,
            None => self.beside(node, from),
        };
        missing.map_or(Ok(None), Err)
    }

    /// The action that stands for a list of containers or some of them.
    fn list(&self, pod: &Node, name: &str, from: usize) -> Option<Range<usize>> {
        let Some((key, list)) = pod.entry(name) else { return if name == "containers" { self.beside(pod, from) } else { None } };
        match &list.value {
            Value::Sequence(items) => {
                let item = items.iter().find(|item| item.as_str() == Some(TEMPLATED))?;
                Some(self.near(item.span.start))
            }
            Value::String(text) if text == TEMPLATED => Some(self.near(list.span.start)),
            Value::Null => self.below(key),
            _ => None,
        }
    }

    /// The action at a place, or the place.
    fn near(&self, at: usize) -> Range<usize> {
        // A block is put on the first line of its action, at the column that it is indented to.
        let beside = |gap: &&&Gap| self.line(gap.range.start) == self.line(at);
        let found = self.gaps.iter().find(|gap| gap.range.contains(&at)).or_else(|| self.gaps.iter().find(beside));
        // What is made of an action that is known stands where that begins.
        let action = || self.text.get(at..).filter(|rest| rest.starts_with("{{"))?.find("}}");
        found.map_or_else(|| at..action().map_or(at, |end| at + end + 2), |gap| gap.range.clone())
    }

    /// The action that stands behind or below a key without a value, with nothing between them.
    fn below(&self, key: &Key) -> Option<Range<usize>> {
        let first = self.gaps.iter().find(|gap| gap.range.start >= key.span.end)?;
        let between = self.masked.get(key.span.end..first.range.start)?.split_once(':')?.1;
        let is_next = between.lines().all(|line| matches!(line.trim_start().chars().next(), None | Some('#')));
        (is_next && first.column > self.column(key.span.start)).then(|| first.range.clone())
    }

    /// An action that may stand for more members of a mapping, whose own key stands at `from`.
    fn beside(&self, mapping: &Node, from: usize) -> Option<Range<usize>> {
        let Value::Mapping(members) = &mapping.value else { return None };
        let column = members.iter().next().map(|(key, _)| self.column(key.span.start))?;
        let found = self.gaps.iter().find(|gap| gap.column == column && gap.is_block() && gap.range.start >= from);
        found.map(|gap| gap.range.clone())
    }

    /// Where the line of a place begins.
    fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |line| line + 1)
    }

    fn column(&self, at: usize) -> usize {
        at - self.line(at)
    }
}
