//! Where each line of a rendered file comes from, as far as it is certain.

use regex::Regex;

use crate::template::engine::{closings, openings};
use crate::template::{Layer, Stack};
use crate::tree::RepoPath;

use super::mark::{Mark, read_marks};
use super::shape::shaped_by;

/// Where a line of a rendered file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The layer, as `namespace/name`.
    pub layer: String,
    /// The file in the layer.
    pub file: String,
    /// The line there, from 1.
    pub line: usize,
    /// The inputs that shaped it.
    pub inputs: Vec<String>,
}

/// The origin of every line of `plain`, which `stack` renders from `sources`; `None` where it is not certain.
///
/// `marked` is the same file rendered with marks, if that came to an end.
#[must_use]
pub fn trace(stack: &Stack, sources: &[String], plain: &[u8], marked: Option<&[u8]>) -> Vec<Option<Origin>> {
    let files: Vec<_> = sources.iter().filter_map(|source| opened(stack, source)).collect();
    let text = String::from_utf8_lossy(plain);
    let count = text.split_inclusive('\n').count();
    let read = marked.and_then(|marked| read_marks(marked, plain));
    let marks = match &files[..] {
        // A file that is copied byte for byte.
        [(_, _, bytes)] if bytes.as_bytes() == plain => (1..=count).map(|line| Some(Mark { file: 0, line })).collect(),
        _ => read.unwrap_or_else(|| alike(&files, &text)),
    };
    let origin = |mark: &Option<Mark>| {
        let mark = (*mark)?;
        let (layer, file, text) = files.get(mark.file)?;
        let inputs = if file.ends_with(".tera") { shaped_by(stack, layer, text, mark.line) } else { Vec::new() };
        Some(Origin { layer: layer.name.clone(), file: file.clone(), line: mark.line, inputs })
    };
    marks.iter().map(origin).collect()
}

fn opened<'a>(stack: &'a Stack, source: &str) -> Option<(&'a Layer, String, String)> {
    let (name, path) = source.split_once(':')?;
    let layer = stack.layers.iter().find(|layer| layer.name == name)?;
    let bytes = layer.tree.read(&RepoPath::found(path.to_owned())).ok()?;
    Some((layer, path.to_owned(), String::from_utf8(bytes.to_vec()).ok()?))
}

/// Pairs lines where each is the only one that fits the other: a line of a template fits what is equal but for its expressions.
fn alike(files: &[(&Layer, String, String)], text: &str) -> Vec<Option<Mark>> {
    let lines: Vec<_> = text.lines().collect();
    let mut fits: Vec<(Mark, Vec<usize>)> = Vec::new();
    for (file, (layer, _, template)) in files.iter().enumerate() {
        for (line, written) in (1..).zip(template.lines()) {
            let Some(pattern) = pattern(layer, written) else { continue };
            fits.push((Mark { file, line }, (0..lines.len()).filter(|at| pattern.is_match(lines[*at])).collect()));
        }
    }
    let only = |at: usize| {
        let mut fitting = fits.iter().filter(|(_, found)| found.contains(&at));
        match (fitting.next(), fitting.next()) {
            (Some((mark, found)), None) if found.len() == 1 => Some(*mark),
            _ => None,
        }
    };
    (0..text.split_inclusive('\n').count()).map(only).collect()
}

/// What a line of a template may become; `None` for a line that says too little to be known again.
fn pattern(layer: &Layer, written: &str) -> Option<Regex> {
    let ([opening, statement, comment], [closing, ..]) = (openings(layer.file.delimiters), closings(layer.file.delimiters));
    if written.contains(statement) || written.contains(comment) {
        return None;
    }
    let (mut pattern, mut said, mut rest) = ("^".to_owned(), 0, written);
    while let Some((before, after)) = rest.split_once(opening) {
        pattern += &(regex::escape(before) + ".*");
        said += before.trim().len();
        rest = after.split_once(closing)?.1;
    }
    said += rest.trim().len();
    (said >= 3).then(|| Regex::new(&(pattern + &regex::escape(rest) + "$")).ok())?
}
