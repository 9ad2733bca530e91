//! Edits of texts by line and column. Line breaks are those of the text, a byte order mark stays the first character, and a comment behind
//! the code of a line stays there.

use std::ops::Range;

use crate::finding::{Position, SourceText};
use crate::tree::RepoPath;

use super::comments::{comments, lost};

const MARK: char = '\u{feff}';

/// Puts text in the place of a line, or of a part of it. `meant` gets the comments that the edit points at: they are its to change.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn replace(
    path: &RepoPath,
    text: &str,
    (line, columns): (usize, Option<(usize, usize)>),
    new: &str,
    meant: &mut Vec<String>,
) -> Result<String, String> {
    let source = SourceText::new(path.as_str(), text);
    let whole = source.line(line).ok_or_else(|| format!("`{path}` has no line {line}"))?;
    let whole = whole.start + mark(&text[whole.clone()])..whole.end;
    let range = columns.map_or(whole.clone(), |(start, end)| {
        let at = |column| source.offset(Position { line, column }).max(whole.start);
        at(start)..at(end).max(at(start))
    });
    let range = without_comment(path.as_str(), text, range, new, meant)?;
    Ok(format!("{}{}{}", &text[..range.start], with_ends(new, text), &text[range.end..]))
}

/// The part of a range that is replaced: a comment behind code stays, unless the new text has it.
fn without_comment(path: &str, text: &str, range: Range<usize>, new: &str, meant: &mut Vec<String>) -> Result<Range<usize>, String> {
    let mut kept = range.clone();
    for comment in comments(path, text).into_iter().filter(|one| one.start < range.end && one.end > range.start) {
        let said = text[comment.clone()].trim_end();
        let code = &text[range.start.min(comment.start)..comment.start];
        if code.trim().is_empty() {
            // The edit begins with the comment or inside of it: that is what it is about.
            meant.push(said.to_owned());
        } else if !new.contains(said) {
            let is_plain = !new.contains('\n') && comments(path, new).is_empty() && comment.end >= range.end;
            if !is_plain {
                return Err(lost(said));
            }
            kept.end = range.start + code.trim_end().len();
        }
    }
    Ok(kept)
}

/// Puts lines below a line; below line 0 is the top.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn insert(path: &RepoPath, text: &str, after: usize, new: &str) -> Result<String, String> {
    let (end, new) = (line_end(text), with_ends(new, text));
    if after == 0 {
        let top = mark(text);
        return Ok(format!("{}{new}{end}{}", &text[..top], &text[top..]));
    }
    let line = SourceText::new(path.as_str(), text).line(after).ok_or_else(|| format!("`{path}` has no line {after}"))?;
    Ok(format!("{}{end}{new}{}", &text[..line.end], &text[line.end..]))
}

/// The bytes of a byte order mark at the beginning of a text.
fn mark(text: &str) -> usize {
    if text.starts_with(MARK) { MARK.len_utf8() } else { 0 }
}

/// The line break that a text uses.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// New text with the line breaks of an old one.
fn with_ends(new: &str, old: &str) -> String {
    new.replace("\r\n", "\n").replace('\n', line_end(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> RepoPath {
        RepoPath::new(name).unwrap()
    }

    #[track_caller]
    fn replaces(name: &str, text: &str, at: (usize, Option<(usize, usize)>), new: &str, expected: Result<&str, &str>) {
        let found = replace(&path(name), text, at, new, &mut Vec::new());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn a_comment_behind_code_stays() {
        replaces("a.yaml", "a: 1 # one\r\nb: 2\r\n", (1, None), "a: 2", Ok("a: 2 # one\r\nb: 2\r\n"));
        replaces("a.toml", "a = 1 # one", (1, None), "a = 2 # one", Ok("a = 2 # one"));
        replaces("a.yaml", "a: 1 # one\n", (1, None), "a: 2 # two", Err("the comment `# one` would be lost"));
        replaces("a.yaml", "a: 1 # one\n", (1, None), "a: 2\nb: 3", Err("the comment `# one` would be lost"));
        replaces("a.yaml", "a: 1 # one\n", (1, Some((4, 5))), "2", Ok("a: 2 # one\n"));
        replaces("a.md", "x <!-- y --> z\n", (1, None), "w", Err("the comment `<!-- y -->` would be lost"));
        replaces("a.yaml", "{{ if a }}b: 1 # one\n", (1, None), "b: 2", Ok("b: 2 # one\n"));
    }

    #[test]
    fn a_comment_that_is_pointed_at_is_changed() {
        replaces("Dockerfile", "# syntax=a\nFROM b\n", (1, None), "# syntax=c", Ok("# syntax=c\nFROM b\n"));
        replaces("a.yaml", "a: 1 # old\n", (1, Some((6, 11))), "# new", Ok("a: 1 # new\n"));
        let mut meant = Vec::new();
        replace(&path("a.yaml"), "a: 1 # old x\n", (1, Some((8, 11))), "new", &mut meant).unwrap();
        assert_eq!(meant, ["# old x"]);
    }

    #[test]
    fn the_byte_order_mark_stays_first_and_lines_end_as_before() {
        replaces("a.txt", "\u{feff}a\r\nb", (1, None), "x\ny", Ok("\u{feff}x\r\ny\r\nb"));
        replaces("a.txt", "\u{feff}ab", (1, Some((1, 3))), "x", Ok("\u{feff}xb"));
        let inserted = |text: &str, after| insert(&path("a.txt"), text, after, "x").unwrap();
        assert_eq!([inserted("\u{feff}a\n", 0), inserted("a", 1), inserted("a\r\nb", 1)], ["\u{feff}x\na\n", "a\nx", "a\r\nx\r\nb"]);
        assert!(insert(&path("a.txt"), "a\n", 9, "x").unwrap_err().contains("no line 9"));
    }
}
