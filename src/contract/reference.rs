//! References inside one document: JSON Pointers (RFC 6901) in URI fragments, and chains of references that may loop.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::config::{Node, Step, Value};

/// The most references that may stand in a row before one gives up.
const MAX_CHAIN: usize = 64;
/// Mappings with more keys than this are looked up through an index.
const SMALL: usize = 16;

/// Where a reference leads.
#[derive(Clone, Debug)]
pub(super) enum Target<'a> {
    /// A part of the same document, and the way to it.
    Local(&'a Node, Vec<Step>),
    /// Another document, or a name that only a JSON Schema implementation resolves.
    Elsewhere,
    /// A part of the same document that is not there.
    Missing,
}

/// The document that references lead into.
pub(super) struct References<'a> {
    root: &'a Node,
    /// The members of large mappings, by the mapping's address: a linear search for each of 100,000 references would not end.
    large: RefCell<HashMap<*const Node, HashMap<&'a str, &'a Node>>>,
    /// Which references lead only to references, as far as it was asked: so that a long chain is walked once.
    loops: RefCell<HashMap<*const Node, bool>>,
}

impl<'a> References<'a> {
    pub(super) fn new(root: &'a Node) -> Self {
        Self { root, large: RefCell::default(), loops: RefCell::default() }
    }

    /// Where `reference`, the value of a `$ref`, leads in one step.
    pub(super) fn target(&self, reference: &str) -> Target<'a> {
        let Some(fragment) = reference.strip_prefix('#') else { return Target::Elsewhere };
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return Target::Elsewhere;
        }
        let (mut node, mut steps) = (self.root, Vec::new());
        for token in fragment.split('/').skip(1) {
            let token = unescape(token);
            let next = match &node.value {
                Value::Sequence(items) => token.parse().ok().and_then(|index: usize| Some((items.get(index)?, Step::Index(index)))),
                _ => self.member(node, &token).map(|member| (member, Step::Key(token))),
            };
            let Some((next, step)) = next else { return Target::Missing };
            node = next;
            steps.push(step);
        }
        Target::Local(node, steps)
    }

    /// Follows references from `node` to what is no reference; `None` when the chain loops, breaks or leaves the document.
    pub(super) fn resolve(&self, node: &'a Node) -> Option<&'a Node> {
        self.resolve_with_place(node).map(|(node, _)| node)
    }

    /// Like [`Self::resolve`], with the way to the end of the chain; empty steps stand for `node` itself.
    pub(super) fn resolve_with_place(&self, mut node: &'a Node) -> Option<(&'a Node, Option<Vec<Step>>)> {
        let mut place = None;
        for _ in 0..MAX_CHAIN {
            let Some(reference) = reference_of(node) else { return Some((node, place)) };
            let Target::Local(next, steps) = self.target(reference) else { return None };
            (node, place) = (next, Some(steps));
        }
        None
    }

    /// Whether the chain that starts at `node` never reaches anything but references.
    pub(super) fn loops(&self, mut node: &'a Node) -> bool {
        let mut known = self.loops.borrow_mut();
        let mut chain = Vec::new();
        let verdict = loop {
            if let Some(verdict) = known.get(&std::ptr::from_ref(node)) {
                break *verdict;
            }
            let Some(reference) = reference_of(node) else { break false };
            // Until something else is found, a chain that comes back here loops.
            known.insert(node, true);
            chain.push(std::ptr::from_ref(node));
            let Target::Local(next, _) = self.target(reference) else { break false };
            node = next;
        };
        known.extend(chain.into_iter().map(|link| (link, verdict)));
        verdict
    }

    fn member(&self, node: &'a Node, name: &str) -> Option<&'a Node> {
        let Value::Mapping(entries) = &node.value else { return None };
        if entries.len() <= SMALL {
            return node.get(name);
        }
        let mut large = self.large.borrow_mut();
        let index = large.entry(node).or_insert_with(|| entries.iter().map(|(key, value)| (key.name.as_str(), value)).collect());
        index.get(name).copied()
    }
}

/// The text of a node's `$ref`.
pub(super) fn reference_of(node: &Node) -> Option<&str> {
    node.get("$ref").and_then(Node::as_str)
}

/// Percent-decoding first, then `~1` and `~0` (RFC 6901, section 6).
fn unescape(token: &str) -> String {
    let bytes = token.as_bytes();
    let hex = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).replace("~1", "/").replace("~0", "~")
}
