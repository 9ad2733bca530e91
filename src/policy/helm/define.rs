//! The named templates of a chart, which may make whole objects elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use regex::Regex;

use super::action::{Kind, actions};
use super::render::{Node, nodes};
use super::{KIND, regex};

/// How deep named templates are followed into each other.
const MAX_DEPTH: usize = 8;

/// The name that an action calls a template by.
static CALL: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?-u:\b)(?:include|template)[ \t]+["`]([^"`]+)["`]"#));

/// The same, where the action may be a block of its own in the lines of a template.
static CALLS: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(?m)^[ \t]*\{\{-?[ \t]*(?:include|template)[ \t]+["`]([^"`]+)["`](?:[^\n}]*indent[ \t]+([1-9]))?"#));

/// A kind that is written out.
static KINDS: LazyLock<Regex> = LazyLock::new(|| regex(r#"\A[ \t\r\n{\[,]?["']?kind["']?[ \t]*:[ \t]*["']?([A-Za-z]+)"#));

/// Named templates: their texts by their names.
#[derive(Debug, Default)]
pub(super) struct Defines(BTreeMap<String, Define>);

/// A named template.
#[derive(Debug)]
struct Define {
    text: String,
    /// The same, once somebody calls it.
    nodes: OnceLock<Arc<[Node]>>,
}

impl Defines {
    /// Adds those of a text; the first of several with one name stays.
    pub fn add(&mut self, text: &str) {
        if !text.contains("define") {
            return;
        }
        let (mut open, mut depth): (Option<(String, usize, usize)>, usize) = (None, 0);
        for action in actions(text) {
            match action.kind {
                Kind::Define if open.is_none() => {
                    let name = text[action.range.clone()].split(['"', '`']).nth(1).unwrap_or_default();
                    let blank =
                        if action.trims.1 { text[action.range.end..].len() - text[action.range.end..].trim_start().len() } else { 0 };
                    open = Some((name.to_owned(), action.range.end + blank, depth));
                    depth += 1;
                }
                Kind::If(_) | Kind::With(_) | Kind::Range(_) | Kind::Define => depth += 1,
                Kind::End => {
                    depth = depth.saturating_sub(1);
                    if let Some((name, start, _)) = open.take_if(|(_, _, outside)| *outside == depth) {
                        let body = text.get(start..action.range.start).unwrap_or_default();
                        let text = if action.trims.0 { body.trim_end() } else { body }.to_owned();
                        self.0.entry(name).or_insert_with(|| Define { text, nodes: OnceLock::new() });
                    }
                }
                _ => {}
            }
        }
    }

    /// The parts of a template of this name.
    pub fn nodes(&self, name: &str) -> Option<Arc<[Node]>> {
        let define = self.0.get(name)?;
        Some(define.nodes.get_or_init(|| nodes(&define.text)).clone())
    }

    /// The kinds of the objects that a template of this name may make; `None` where nobody knows.
    pub fn kinds(&self, name: &str) -> Option<Vec<String>> {
        let mut kinds = Vec::new();
        self.collect(name, &mut vec![name], &mut kinds).then_some(kinds)
    }

    /// Adds the kinds that stand in a template and in those that it calls; whether all of them are known.
    fn collect<'t>(&'t self, name: &str, above: &mut Vec<&'t str>, kinds: &mut Vec<String>) -> bool {
        let Some(Define { text, .. }) = self.0.get(name) else { return false };
        // What stands deeper is the kind of something that an object names, as long as there is another one.
        let all: Vec<_> = KIND.find_iter(text).map(|found| (is_first(text, found.start()), found.start())).collect();
        let of_object: Vec<_> = all.iter().filter(|(first, _)| *first || all.iter().all(|(first, _)| !first)).collect();
        let mut written: Vec<_> = of_object.iter().filter_map(|(_, at)| Some(KINDS.captures(&text[*at..])?[1].to_owned())).collect();
        let is_known = written.len() == of_object.len();
        kinds.append(&mut written);
        // What is indented is a part of an object.
        let called = CALLS.captures_iter(text).filter(|found| found.get(2).is_none()).filter_map(|found| Some(found.get(1)?.as_str()));
        is_known
            && called.into_iter().all(|inner| {
                if above.contains(&inner) {
                    return true;
                }
                above.push(inner);
                let known = above.len() <= MAX_DEPTH && self.collect(inner, above, kinds);
                above.pop();
                known
            })
    }
}

/// The name of the template that an action calls.
pub(super) fn called(action: &str) -> Option<&str> {
    Some(CALL.captures(action)?.get(1)?.as_str())
}

/// Whether a key that is found at a place is the first thing on its line.
fn is_first(text: &str, at: usize) -> bool {
    text[at..].starts_with('\n') || ((at == 0 || text[..at].ends_with('\n')) && !text[at..].starts_with([' ', '\t']))
}
