//! Texts with positions: from byte offsets to lines and columns, and the excerpt that a report shows.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// The most lines an excerpt keeps, so that a finding never holds a whole file.
const EXCERPT_LINES: usize = 6;
/// The most characters of one line an excerpt keeps.
const EXCERPT_COLUMNS: usize = 400;
/// The bytes between two places whose characters are counted beforehand.
const BLOCK: usize = 1024;

/// A place in a text; both numbers start at 1, columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A labelled range of a file, with the lines it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file, relative to the folder the user named.
    pub path: String,
    /// The first character.
    pub start: Position,
    /// The position after the last character.
    pub end: Position,
    /// The lines from `start.line` on, at most six, each cut at 400 characters.
    pub excerpt: String,
    /// What is to be seen there; may be empty.
    pub label: String,
    /// The path into the document, such as `Deployment/cart#/spec/replicas`; empty for a place that is a line of text.
    #[serde(default)]
    pub pointer: String,
    /// What stands there, as [`pinned`](super::pinned) gives it, when the path counts anything: the path alone does not tell one thing from another
    /// that comes to its place.
    #[serde(default)]
    pub standing: String,
    /// The path by which it was called before its object said its namespace; empty where the file has another object of that name.
    #[serde(default)]
    pub alias: String,
}

impl Location {
    /// The whole of a file that has no text to show (missing, binary, unreadable).
    #[must_use]
    pub fn file(path: impl Into<String>, label: impl Into<String>) -> Self {
        let origin = Position { line: 1, column: 1 };
        Self {
            path: path.into(),
            start: origin,
            end: origin,
            excerpt: String::new(),
            label: label.into(),
            pointer: String::new(),
            standing: String::new(),
            alias: String::new(),
        }
    }
}

/// A named text that knows where its lines start, once somebody asks: most texts are only read.
#[derive(Clone, Debug)]
pub struct SourceText {
    path: Arc<str>,
    text: Arc<str>,
    index: Arc<OnceLock<Index>>,
}

#[derive(Debug)]
struct Index {
    line_starts: Box<[usize]>,
    /// The characters before every block of bytes; `None` for a text of ASCII, where a byte is a character.
    blocks: Option<Box<[usize]>>,
}

impl Index {
    fn of(text: &str) -> Self {
        let after_newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Self { line_starts: std::iter::once(0).chain(after_newlines).collect(), blocks: (!text.is_ascii()).then(|| blocks(text)) }
    }
}

impl SourceText {
    /// `text`, which stands in the file `path`.
    #[must_use]
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), index: Arc::default() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.text))
    }

    /// The file's name as users see it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of lines; a line break at the end begins none.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.index().line_starts.len() - usize::from(self.text.is_empty() || self.text.ends_with('\n'))
    }

    /// The line and column of a byte offset; an offset past the end or inside a character is moved back.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line = self.index().line_starts.partition_point(|start| *start <= offset);
        let start = self.index().line_starts[line - 1];
        Position { line, column: self.characters(offset) - self.characters(start) + 1 }
    }

    /// The byte range of a line (1-based) without its line break; `None` past the end.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.index().line_starts.get(line.checked_sub(1)?)?;
        let end = self.index().line_starts.get(line).copied().unwrap_or(self.text.len());
        Some(start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }

    /// The byte offset of a position; columns past the end of the line stop there.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let Some(line) = self.line(position.line) else { return self.text.len() };
        let Some(blocks) = &self.index().blocks else { return line.end.min(line.start.saturating_add(position.column.saturating_sub(1))) };
        let wanted = self.characters(line.start).saturating_add(position.column.saturating_sub(1));
        let block = blocks.partition_point(|before| *before <= wanted).saturating_sub(1);
        // The block of a column past the end of the line begins past it, too.
        let from = self.floor(block * BLOCK).clamp(line.start, line.end);
        let mut chars = self.text[from..line.end].char_indices();
        chars.nth(wanted - self.characters(from)).map_or(line.end, |(i, _)| from + i)
    }

    /// The labelled location of a byte range.
    #[must_use]
    pub fn location(&self, range: Range<usize>, label: impl Into<String>) -> Location {
        let start = self.position(range.start);
        let end = self.position(range.end.max(range.start));
        let lines = (start.line..=end.line).take(EXCERPT_LINES).filter_map(|n| self.line(n));
        let excerpt = lines.map(|l| self.text[l].chars().take(EXCERPT_COLUMNS).collect::<String>()).collect::<Vec<_>>();
        let (pointer, standing, alias) = (String::new(), String::new(), String::new());
        Location { path: self.path.to_string(), start, end, excerpt: excerpt.join("\n"), label: label.into(), pointer, standing, alias }
    }

    /// The number of characters before an offset that is no part of one. A line of a megabyte is as quick as a short one.
    fn characters(&self, offset: usize) -> usize {
        let Some(blocks) = &self.index().blocks else { return offset };
        let block = offset / BLOCK;
        blocks[block] + characters(&self.text.as_bytes()[block * BLOCK..offset])
    }

    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// The characters that begin before each block.
fn blocks(text: &str) -> Box<[usize]> {
    let mut before = 0;
    let counted = text.as_bytes().chunks(BLOCK).map(|block| {
        before += characters(block);
        before
    });
    std::iter::once(0).chain(counted).collect()
}

/// The characters that begin in these bytes: every byte of UTF-8 but those that continue one.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn positions_count_characters_and_survive_crlf() {
        let source = SourceText::new("f", "é=1\r\nx\r\n");
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(6), Position { line: 2, column: 1 });
        assert_eq!(source.line(1), Some(0..4));
        assert_eq!(source.line(9), None);
        assert_eq!(["", "a", "a\n", "a\n\nb"].map(|text| SourceText::new("f", text).lines()), [0, 1, 1, 3]);
    }

    #[test]
    fn an_excerpt_is_bounded() {
        let source = SourceText::new("f", "x".repeat(10_000) + &"\ny".repeat(100));
        let location = source.location(0..source.text().len(), "");
        assert_eq!(location.excerpt.lines().count(), EXCERPT_LINES);
        assert!(location.excerpt.len() < 500);
    }

    proptest! {
        #[test]
        fn offset_is_the_inverse_of_position(text in "(\\PC|\n){0,60}", at in 0usize..80) {
            let source = SourceText::new("f", text);
            let offset = source.floor(at);
            prop_assert_eq!(source.offset(source.position(offset)), offset);
        }

        #[test]
        fn a_column_past_its_line_stops_there(lines in proptest::collection::vec("[aé🦀]{0,700}", 1..4), past in 0usize..3000, ends in 0usize..2) {
            let text = lines.join("\n") + &"\n".repeat(ends);
            let source = SourceText::new("f", text);
            for (number, line) in (1..).zip(&lines).filter(|(number, _)| *number <= source.lines()) {
                let end = source.line(number).unwrap().end;
                let columns = [line.chars().count() + 1 + past, usize::MAX];
                prop_assert_eq!(columns.map(|column| source.offset(Position { line: number, column })), [end; 2]);
            }
        }

        #[test]
        fn columns_are_counted_in_characters_however_long_a_line_is(lines in proptest::collection::vec("[aé€🦀]{0,900}", 1..4), at in 0usize..9000) {
            let text = lines.join("\n");
            let source = SourceText::new("f", text.as_str());
            let offset = source.floor(at);
            let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
            let expected = Position { line: text[..offset].matches('\n').count() + 1, column: text[start..offset].chars().count() + 1 };
            prop_assert_eq!(source.position(offset), expected);
            prop_assert_eq!(source.offset(expected), offset);
        }
    }
}
