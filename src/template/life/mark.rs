//! Which line of a template made which line of a result, by marks: a template whose lines carry their numbers is rendered, the marks are
//! read off the result, and what is left must be, byte for byte, what was rendered without them. If it is not, nothing is claimed.

use crate::template::engine::{closings, openings};
use crate::template::{Delimiters, Stack};
use crate::tree::RepoPath;

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// A line of a template's file: which of the marked files, and the line from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The place of the file among those that were marked.
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
}

/// The same layers with marks in some of their files, each given as `namespace/name:path`; `None` when one of them cannot be marked.
#[must_use]
pub fn marked(stack: &Stack, sources: &[String]) -> Option<Stack> {
    let mut stack = stack.clone();
    for (number, source) in sources.iter().enumerate() {
        let (name, path) = source.split_once(':')?;
        let layer = stack.layers.iter_mut().find(|layer| layer.name == name)?;
        let path = RepoPath::found(path.to_owned());
        let mode = layer.tree.get(&path)?.mode;
        let text = String::from_utf8(layer.tree.read(&path).ok()?.to_vec()).ok()?;
        if text.contains([OPEN, CLOSE]) {
            return None;
        }
        layer.write(path, mode, with_marks(&text, number, layer.file.delimiters).into_bytes());
    }
    Some(stack)
}

/// Puts a mark before the first character of every line that is no part of an expression and trims nothing to its left.
fn with_marks(text: &str, file: usize, delimiters: Delimiters) -> String {
    let (opening, closing) = (openings(delimiters), closings(delimiters));
    let mut marked = String::with_capacity(text.len() * 2);
    let mut inside: Option<&str> = None;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let start = line.len() - line.trim_start().len();
        let trims = opening.iter().any(|tag| line[start..].strip_prefix(tag).is_some_and(|rest| rest.starts_with('-')));
        if inside.is_none() && !trims && start < line.len() {
            marked.push_str(&format!("{}{OPEN}{file}.{number}{CLOSE}{}", &line[..start], &line[start..]));
        } else {
            marked.push_str(line);
        }
        let mut rest = line;
        loop {
            match inside {
                Some(end) => match rest.find(end) {
                    Some(at) => (rest, inside) = (&rest[at + end.len()..], None),
                    None => break,
                },
                None => {
                    let next = opening.iter().zip(closing).filter_map(|(tag, end)| Some((rest.find(tag)?, end))).min();
                    let Some((at, end)) = next else { break };
                    (rest, inside) = (&rest[at + 2..], Some(end));
                }
            }
        }
    }
    marked
}

/// Reads the marks off a result; `None` unless what is left is `plain`.
#[must_use]
pub fn read_marks(result: &[u8], plain: &[u8]) -> Option<Vec<Option<Mark>>> {
    let result = std::str::from_utf8(result).ok()?;
    let mut lines = Vec::new();
    let mut last = None;
    for line in result.split_inclusive('\n') {
        let (text, own) = read_line(line)?;
        // A line without a mark that says something belongs to a value of several lines.
        let mark = own.or(if text.trim().is_empty() { None } else { last });
        last = own.or(last);
        lines.push((text, mark));
    }
    let whole = |lines: &[(String, Option<Mark>)]| lines.iter().map(|(text, _)| text.as_str()).collect::<String>();
    if whole(&lines).as_bytes() != plain {
        lines = deduplicated(lines);
    }
    (whole(&lines).as_bytes() == plain).then(|| lines.into_iter().map(|(_, mark)| mark).collect())
}

/// The text of a line without its marks, and the mark that stands nearest before the text.
fn read_line(line: &str) -> Option<(String, Option<Mark>)> {
    let mut parts = line.split(OPEN);
    let mut text = parts.next()?.to_owned();
    let mut mark = None;
    for part in parts {
        let (place, rest) = part.split_once(CLOSE)?;
        let (file, number) = place.split_once('.')?;
        if mark.is_none() || text.trim().is_empty() {
            mark = Some(Mark { file: file.parse().ok()?, line: number.parse().ok()? });
        }
        text.push_str(rest);
    }
    Some((text, mark))
}

/// What the merge of lines keeps: everything of the lowest layer, of the others what is not there yet.
fn deduplicated(lines: Vec<(String, Option<Mark>)>) -> Vec<(String, Option<Mark>)> {
    let mut seen = std::collections::BTreeSet::new();
    let is_lowest = |mark: &Option<Mark>| mark.is_none_or(|mark| mark.file == 0);
    let mut kept = lines;
    kept.retain(|(text, mark)| seen.insert(text.trim_end_matches(['\n', '\r']).to_owned()) || is_lowest(mark));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_where_they_change_nothing() {
        let text = "a\n  {{ b }}\n{%- if c -%}\n{% set d = 1\n %}\n\n{# e\nf #} g\n";
        let marked = with_marks(text, 0, Delimiters::Curly).replace(OPEN, "<").replace(CLOSE, ">");
        assert_eq!(marked, "<0.1>a\n  <0.2>{{ b }}\n{%- if c -%}\n<0.4>{% set d = 1\n %}\n\n<0.7>{# e\nf #} g\n");
    }

    #[test]
    fn nothing_is_claimed_of_another_text() {
        let marked = format!("{OPEN}0.1{CLOSE}a\n{OPEN}0.2{CLOSE}{OPEN}0.3{CLOSE}b\nc\n\n");
        let mark = |line| Some(Mark { file: 0, line });
        assert_eq!(read_marks(marked.as_bytes(), b"a\nb\nc\n\n"), Some(vec![mark(1), mark(3), mark(3), None]));
        assert_eq!(read_marks(marked.as_bytes(), b"a\nB\nc\n\n"), None);
        let merged = format!("{OPEN}0.1{CLOSE}a\n{OPEN}1.1{CLOSE}a\n{OPEN}1.2{CLOSE}b\n");
        assert_eq!(read_marks(merged.as_bytes(), b"a\nb\n"), Some(vec![mark(1), Some(Mark { file: 1, line: 2 })]));
    }
}
