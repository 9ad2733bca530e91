//! Texts that stand in YAML documents and are files of their own for whoever reads them: where their lines stand.

use crate::config::Node;
use crate::finding::SourceText;

/// A text whose lines are lines of the file, as they are below `|`.
#[derive(Debug, PartialEq)]
pub(super) struct Block {
    /// The line of the file on which the text begins, counted from 1.
    pub first: usize,
    /// What every line begins with before the text does.
    pub indent: String,
}

impl Block {
    /// Of a text; nothing where its lines are none of the file: in quotes, folded, or called by an alias.
    pub fn of(source: &SourceText, node: &Node) -> Option<Self> {
        let text = node.as_str()?;
        // A span of such a text begins with its first letter.
        let (blank, line) = text.lines().enumerate().find(|(_, line)| !line.is_empty())?;
        let number = source.position(node.span.start).line;
        let indent = source.text()[source.line(number)?].strip_suffix(line)?;
        let first = number.checked_sub(blank)?;
        let opening = &source.text()[source.line(first.checked_sub(1)?)?];
        let is_below = indent.chars().all(|c| c == ' ') && opens(opening);
        is_below.then(|| Self { first, indent: indent.to_owned() })
    }
}

/// Whether a line ends with the sign that every line below it is one of a text, maybe before a comment.
fn opens(line: &str) -> bool {
    let code = line.split_once(" #").map_or(line, |(code, _)| code).trim_end();
    code.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')).ends_with('|')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Format, parse};

    #[track_caller]
    fn check(yaml: &str, expected: Option<(usize, &str)>) {
        let source = SourceText::new("f.yaml", yaml);
        let documents = parse(&source, Format::Yaml).unwrap();
        let block = Block::of(&source, documents[0].get("a").unwrap());
        assert_eq!(block.map(|block| (block.first, block.indent)), expected.map(|(first, indent)| (first, indent.to_owned())), "{yaml}");
    }

    #[test]
    fn lines_below_a_bar_are_lines_of_the_file() {
        check("b: 1\na: |\n  x\n  y\n", Some((3, "  ")));
        check("a: |-  # note\n\n   x\n", Some((2, "   ")));
        check("a: |2\n    x\n", Some((2, "  ")));
        check("a: &name |+\n x\r\n y\r\n", Some((2, " ")));
        check("b:\n- a: |-\n    x\na: |\n x: |\n  y", Some((5, " ")));
        for other in [
            "a: >\n  x\n  y\n",
            "a: >\n  x\n",
            "a:\n  x\n",
            "b: |\n  x\nc: &c x\na:\n  *c\n",
            "a: \"x\\ny\"\n",
            "a: x\n",
            "b: &b |\n  x\na: *b\n",
            "a: |\n",
        ] {
            check(other, None);
        }
    }
}
