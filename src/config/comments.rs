//! The comments of a text: what a reader of values passes over, and who edits the text must not lose.

use std::ops::Range;

use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use toml_edit::Document;

use super::json::without_mark;
use super::{Format, yaml};

/// Where the comments of a text stand, with their signs, in the order of the text. Comments that JSON does not allow are found too.
/// Nothing for a text that does not parse.
#[must_use]
pub fn comments(text: &str, format: Format) -> Option<Vec<Range<usize>>> {
    match format {
        Format::Yaml => yaml::comments(text),
        Format::Json => json(text),
        Format::Toml => Document::parse(text).is_ok().then(|| toml(text)),
    }
}

fn json(text: &str) -> Option<Vec<Range<usize>>> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let text = without_mark(text);
    let parsed = parse_to_ast(&text, &collect, &ParseOptions::default()).ok()?;
    let all = parsed.comments.iter().flat_map(|comments| comments.values()).flat_map(|comments| comments.iter());
    let mut found: Vec<_> = all.map(|comment| comment.range().start..comment.range().end).collect();
    // A comment between two tokens is kept with both.
    found.sort_unstable_by_key(|range| range.start);
    found.dedup();
    Some(found)
}

/// The comments of a text that is TOML: a sign outside of strings begins one.
fn toml(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = text[at..].find(['"', '\'', '#']) {
        let start = at + next;
        at = match text.as_bytes()[start] {
            b'#' => {
                let end = text[start..].find('\n').map_or(text.len(), |end| start + end);
                found.push(start..end - usize::from(text[..end].ends_with('\r')));
                end
            }
            _ => string(text, start),
        };
    }
    found
}

/// The offset behind a string of TOML.
fn string(text: &str, start: usize) -> usize {
    let quote = &text[start..=start];
    let mark = if text[start..].starts_with(&quote.repeat(3)) { quote.repeat(3) } else { quote.to_owned() };
    let mut at = start + mark.len();
    while at < text.len() && !text[at..].starts_with(&mark) {
        let escaped = if quote == "\"" && text[at..].starts_with('\\') { 1 } else { 0 };
        at += text[at..].chars().take(1 + escaped).map(char::len_utf8).sum::<usize>();
    }
    // Up to two quotes may stand before the three that end a text of several lines.
    at += mark.len();
    while mark.len() == 3 && text.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
        at += 1;
    }
    at.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, format: Format, expected: &[&str]) {
        let found = comments(text, format).unwrap();
        assert_eq!(found.into_iter().map(|range| &text[range]).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_what_a_reader_passes_over_is_a_comment() {
        check("\u{feff}# a\r\nb: 'x # y' # c é\nd: |\n  # e\nf: [1, # g\n 2]\n# i", Format::Yaml, &["# a", "# c é", "# g", "# i"]);
        check("\u{feff}{} // é", Format::Json, &["// é"]);
        check("// a\n{\"b\": \"// c\", /* d\n */ \"e\": 1} // f", Format::Json, &["// a", "/* d\n */", "// f"]);
        let toml = "# a\r\nb = 'x # y' # c\nd = \"\"\"\n# e \\\"\"\"\"\" # f\n\"#g\" = '''# h''''' # i\n[k] # é";
        check(toml, Format::Toml, &["# a", "# c", "# f", "# i", "# é"]);
    }

    #[test]
    fn of_a_text_that_does_not_parse_nothing_is_said() {
        assert_eq!(comments("a: [ # b\n", Format::Yaml), None);
        assert_eq!(comments("{ // b\n", Format::Json), None);
        assert_eq!(comments("a = # b\n", Format::Toml), None);
    }
}
