//! What a repair must not lose: the comments of a file. A comment that the repair itself points at is the repair's to change.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::config::{Format, comments as of_format};

/// The most characters of a comment that a reason repeats.
const SHOWN: usize = 60;

/// Where the comments of a file stand, in the order of its text; none in a language of which nothing is known.
pub(super) fn comments(path: &str, text: &str) -> Vec<Range<usize>> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match Format::of_path(path) {
        Some(Format::Json) => of_format(text, Format::Json).unwrap_or_default(),
        // A template of a chart is YAML only once it is rendered.
        Some(format) => of_format(text, format).unwrap_or_else(|| of_lines(text, false)),
        None if extension == "json5" => of_format(text, Format::Json).unwrap_or_default(),
        None if matches!(extension, "md" | "markdown" | "html") => of_prose(text),
        None if is_dockerfile(path) => of_lines(text, true),
        None => Vec::new(),
    }
}

/// Whether a file is a Dockerfile by its name.
pub(super) fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.starts_with("dockerfile") || name.starts_with("containerfile") || name.ends_with(".dockerfile")
}

/// What stands behind a `#` that begins a line or, unless it must begin one, a word.
fn of_lines(text: &str, whole: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let begins = |at: usize| {
            let before = body[..at].trim_start_matches('\u{feff}');
            if whole { before.trim().is_empty() } else { before.is_empty() || before.ends_with([' ', '\t']) }
        };
        if let Some((at, _)) = body.match_indices('#').find(|(at, _)| begins(*at)) {
            found.push(start + at..start + body.len());
        }
        start += line.len();
    }
    found
}

/// The comments of Markdown and HTML.
fn of_prose(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = text[at..].find("<!--") {
        let start = at + next;
        at = text[start..].find("-->").map_or(text.len(), |end| start + end + 3);
        found.push(start..at);
    }
    found
}

/// How often each comment stands in a text.
fn counted<'a>(text: &'a str, ranges: &[Range<usize>]) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for range in ranges {
        *counts.entry(text[range.clone()].trim_end()).or_default() += 1;
    }
    counts
}

/// Holds a new text against an old one: every comment is still there, as often as before, but for those that the repair points at.
///
/// # Errors
/// The first comment that is lost.
pub(super) fn kept(path: &str, old: &str, new: &str, meant: &[String]) -> Result<(), String> {
    let (before, after) = (comments(path, old), comments(path, new));
    let (before, after) = (counted(old, &before), counted(new, &after));
    for (comment, number) in before {
        let meant = meant.iter().filter(|text| text.as_str() == comment).count();
        if after.get(comment).copied().unwrap_or_default() + meant < number {
            return Err(lost(comment));
        }
    }
    Ok(())
}

/// The reason for which a repair that would lose a comment is not made.
pub(super) fn lost(comment: &str) -> String {
    let first = comment.lines().next().unwrap_or_default();
    let cut = first.char_indices().nth(SHOWN).map_or(first.len(), |(at, _)| at);
    let more = if cut < comment.len() { " …" } else { "" };
    format!("the comment `{}{more}` would be lost", &first[..cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = comments(path, text);
        assert_eq!(found.into_iter().map(|range| &text[range]).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn each_language_has_its_own() {
        check("a/Dockerfile.dev", "# syntax=x\nRUN a # b\n  # c\r\n", &["# syntax=x", "# c"]);
        check("a.md", "# head\n<!-- a\nb -->\n<!-- c", &["<!-- a\nb -->", "<!-- c"]);
        check("t.yaml", "{{- if x }} # a\nb: c#d\n{{ end }}\n# e\n", &["# a", "# e"]);
        check("a.jsonc", "{ // a\n \"b\": 1,\n}", &["// a"]);
        check("a.sh", "# a\n", &[]);
    }

    #[test]
    fn what_is_lost_is_named() {
        let kept = |old, new, meant: &[&str]| kept("a.yaml", old, new, &meant.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(kept("a: 1 # x\n", "b: 2\n# x\n", &[]), Ok(()));
        assert_eq!(kept("# x\n# x\n", "# x\n", &[]), Err("the comment `# x` would be lost".to_owned()));
        assert_eq!(kept("# x\n# x\n", "# x\n", &["# x"]), Ok(()));
        assert_eq!(lost(&format!("# {}", "é".repeat(90))), format!("the comment `# {} …` would be lost", "é".repeat(58)));
    }
}
