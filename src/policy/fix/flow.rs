//! Members of collections in brackets: of JSON, with and without comments, and the flow collections of YAML. A comment behind a member
//! stays behind it, or gets a line of its own when the member goes.

use std::ops::Range;

use crate::config::{Format, comments};

use super::lines::line_end;

/// A text, and what its reader passes over.
struct Gaps<'a> {
    text: &'a str,
    comments: Vec<Range<usize>>,
}

impl<'a> Gaps<'a> {
    fn of(text: &'a str, format: Format) -> Self {
        Self { text, comments: comments(text, format).unwrap_or_default() }
    }

    fn comment(&self, at: usize) -> Option<&Range<usize>> {
        self.comments.binary_search_by_key(&at, |comment| comment.start).ok().map(|index| &self.comments[index])
    }

    /// The comma behind blanks and comments.
    fn comma(&self, mut at: usize) -> Option<usize> {
        loop {
            at = self.text.len() - self.text[at..].trim_start().len();
            let Some(comment) = self.comment(at) else { return self.text[at..].starts_with(',').then_some(at) };
            at = comment.end;
        }
    }

    /// The end of the comments that begin on this line with nothing before them.
    fn tail(&self, mut at: usize) -> usize {
        loop {
            let next = self.text.len() - self.text[at..].trim_start_matches([' ', '\t']).len();
            let Some(comment) = self.comment(next) else { return at };
            at = comment.start + self.text[comment.clone()].trim_end().len();
        }
    }

    fn has_comment(&self, range: Range<usize>) -> bool {
        self.comments.iter().any(|comment| range.contains(&comment.start))
    }
}

/// Adds a member behind the last one, in the way of the first: on a line of its own, or on the same. `inside` is what stands between
/// the brackets, `spans` are its members.
pub(super) fn insert(text: &str, format: Format, inside: Range<usize>, spans: &[Range<usize>], member: &str) -> String {
    let gaps = Gaps::of(text, format);
    // What an alias or a merge key brings stands elsewhere.
    let spans: Vec<_> = spans.iter().filter(|span| inside.contains(&span.start)).collect();
    let Some((first, last)) = spans.first().zip(spans.iter().map(|span| span.end).max()) else {
        return insert_alone(&gaps, inside, member);
    };
    let lead = &text[inside.start..first.start];
    let line = lead.rfind('\n').map(|at| &lead[at + 1..]);
    let comma = gaps.comma(last).filter(|at| *at < inside.end);
    if let Some(line) = line {
        let blanks = &line[..line.len() - line.trim_start().len()];
        let tail = gaps.tail(comma.map_or(last, |at| at + 1));
        let (before, after) = if comma.is_some() { ("", ",") } else { (",", "") };
        return format!("{}{before}{}{}{blanks}{member}{after}{}", &text[..last], &text[last..tail], line_end(text), &text[tail..]);
    }
    let between = spans.get(1).and_then(|second| text.get(gaps.comma(first.end)? + 1..second.start));
    let gap = between.filter(|gap| gap.trim_matches([' ', '\t']).is_empty()).unwrap_or(" ");
    match comma {
        Some(at) => format!("{}{gap}{member},{}", &text[..=at], &text[at + 1..]),
        None => format!("{},{gap}{member}{}", &text[..last], &text[last..]),
    }
}

/// Adds the first member: where the bracket has a line of its own, on one too; beside a comment, or behind a merge key of YAML.
fn insert_alone(gaps: &Gaps<'_>, inside: Range<usize>, member: &str) -> String {
    let (text, within) = (gaps.text, &gaps.text[inside.clone()]);
    let end = inside.start + within.trim_end().len();
    let is_blank = within.trim().is_empty();
    if !is_blank && !gaps.has_comment(inside.clone()) {
        return format!("{}, {member}{}", text[..end].trim_end_matches(','), &text[end..]);
    }
    if let Some(newline) = text[end..inside.end].rfind('\n') {
        let closing = end + newline + 1;
        return format!("{}{}  {member}{}{}", &text[..closing], &text[closing..inside.end], line_end(text), &text[closing..]);
    }
    if is_blank {
        return format!("{}{member}{}", &text[..inside.start], &text[inside.end..]);
    }
    format!("{} {member}{}", &text[..end], &text[end..])
}

/// Removes a member, with its comma and the lines that it has to itself.
pub(super) fn remove(text: &str, format: Format, spans: &[Range<usize>], index: usize) -> String {
    let gaps = Gaps::of(text, format);
    let span = spans[index].clone();
    let own = gaps.comma(span.end);
    let end = own.map_or(span.end, |at| at + 1);
    // The last member takes the comma before it along.
    let before = index.checked_sub(1).filter(|_| own.is_none()).and_then(|one| gaps.comma(spans[one].end));
    let (start, tail) = (text[..span.start].rfind('\n').map(|at| at + 1), gaps.tail(end));
    let behind = text[tail..].trim_start_matches([' ', '\t']);
    let start =
        start.filter(|start| text[*start..span.start].trim().is_empty() && (behind.starts_with('\n') || behind.starts_with("\r\n")));
    let cut = match (start, spans.get(index + 1)) {
        (Some(_), _) if tail > end => span.start..text.len() - text[end..].trim_start().len(),
        (Some(start), _) => start..text.len() - behind.len() + behind.find('\n').map_or(0, |at| at + 1),
        (None, Some(next)) if own.is_some() && !gaps.has_comment(end..next.start) => span.start..next.start,
        (None, _) if own.is_some() => span.start..text.len() - text[end..].trim_start_matches([' ', '\t']).len(),
        (None, _) => match before {
            Some(comma) if !gaps.has_comment(comma..span.start) => comma..span.end,
            _ => span,
        },
    };
    let comma = before.filter(|at| *at < cut.start).map_or(cut.start..cut.start, |at| at..at + 1);
    format!("{}{}{}", &text[..comma.start], &text[comma.end..cut.start], &text[cut.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The spans of the digits of a text, which are its members.
    fn digits(text: &str) -> Vec<Range<usize>> {
        text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at..at + 1).collect()
    }

    #[track_caller]
    fn inserts(text: &str, expected: &str) {
        let inside = text.find('[').unwrap() + 1..text.rfind(']').unwrap();
        assert_eq!(insert(text, Format::Json, inside, &digits(text), "9"), expected);
    }

    #[track_caller]
    fn removes(text: &str, index: usize, expected: &str) {
        assert_eq!(remove(text, Format::Json, &digits(text), index), expected);
    }

    #[test]
    fn a_new_member_stands_as_the_others_do() {
        inserts("[]", "[9]");
        inserts("[ ]", "[9]");
        inserts("\t[\n\t]", "\t[\n\t  9\n\t]");
        inserts("[1]", "[1, 9]");
        inserts("[1,2]", "[1,2,9]");
        inserts("[ 1, 2, ]", "[ 1, 2, 9, ]");
        inserts("[\n  1, // one\n  2 // two\n]", "[\n  1, // one\n  2, // two\n  9\n]");
        inserts("[\r\n\t1, // one\r\n\t// end\r\n]\r\n", "[\r\n\t1, // one\r\n\t9,\r\n\t// end\r\n]\r\n");
        inserts("[\n  /* a */ 1\n]", "[\n  /* a */ 1,\n  9\n]");
        inserts("[ /* a */ ]", "[ /* a */ 9 ]");
        inserts("[\n  // a\n]", "[\n  // a\n  9\n]");
    }

    #[test]
    fn a_member_goes_with_its_comma_and_without_comments() {
        removes("[1,2,3]", 0, "[2,3]");
        removes("[1, 2, 3]", 2, "[1, 2]");
        removes("[ 1, /* b */ 2 ]", 0, "[ /* b */ 2 ]");
        removes("[ 1, /* b */ 2 ]", 1, "[ 1 /* b */  ]");
        removes("[1]", 0, "[]");
        removes("[\n  // a\n  1, // one\n  2\n]", 0, "[\n  // a\n  // one\n  2\n]");
        removes("[\r\n  1, // one\r\n  2 // two\r\n]", 1, "[\r\n  1 // one\r\n  // two\r\n]");
        removes("[\n  1,\n  2,\n]", 1, "[\n  1,\n]");
        removes("[\n  1\n]", 0, "[\n]");
        removes("[1,\n 2]", 0, "[2]");
        removes("[1,\n 2]", 1, "[1]");
    }
}
