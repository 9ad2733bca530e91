//! The `template:` record in `polity.yaml`, taken out before a merge and put in again after it: it changes with every update, and
//! must conflict with nothing that a person wrote beside it.
//!
//! The text is taken by lines, not parsed: between the two there may be conflict markers in it.

/// The line that stands for the record.
const KEY: &str = "template:";

/// The text with the record folded into its first line.
#[must_use]
pub fn fold(text: &str) -> String {
    let Some((start, end)) = block(text) else { return text.to_owned() };
    format!("{}{KEY}{}{}", &text[..start], line_end(text), &text[end..])
}

/// The folded text with the record of `rendered`. Comments that stood in the record of `before` are kept at its end.
#[must_use]
pub fn unfold(folded: &str, rendered: &str, before: Option<&str>) -> String {
    let end = line_end(folded);
    let record = |text: &str| block(text).map(|(start, end)| text[start..end].to_owned());
    let mut new = record(rendered).unwrap_or_default();
    if let Some(old) = before.and_then(record) {
        let comments = old.lines().filter(|line| line.trim_start().starts_with('#'));
        comments.for_each(|line| new.push_str(&format!("{line}\n")));
    }
    let new = if end == "\n" { new } else { new.replace("\r\n", "\n").replace('\n', end) };
    let mut text = String::with_capacity(folded.len() + new.len());
    let mut found = false;
    for line in folded.split_inclusive('\n') {
        if line.trim_end() == KEY {
            found = true;
            text.push_str(&new);
        } else {
            text.push_str(line);
        }
    }
    if !found && !new.is_empty() {
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
        let blank = if text.is_empty() { "" } else { end };
        text.push_str(&format!("{gap}{blank}{new}"));
    }
    text
}

/// The lines of the record, if there is one.
#[must_use]
pub fn recorded(text: &str) -> Option<&str> {
    block(text).map(|(start, end)| &text[start..end])
}

/// Whether a merge left its marks in the record.
#[must_use]
pub fn is_torn(text: &str) -> bool {
    let is_mark = |line: &str| ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark));
    let below = text.lines().skip_while(|line| line.trim_end() != KEY && !line.starts_with("template: ")).skip(1);
    let mut inside = below.take_while(|line| line.starts_with([' ', '\t']) || line.trim().is_empty() || is_mark(line));
    inside.any(is_mark)
}

/// The bytes of the record: its key at the start of a line, and the lines that are indented below it.
fn block(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    let mut start = None;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let begins = at;
        at += line.len();
        match start {
            None if line.trim_end() == KEY || line.starts_with("template: ") => (start, end) = (Some(begins), at),
            None => {}
            Some(_) if line.starts_with([' ', '\t']) && !line.trim().is_empty() => end = at,
            Some(_) if line.trim().is_empty() => {}
            Some(_) => break,
        }
    }
    start.map(|start| (start, end))
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "a: 1\n\ntemplate:\n  from: pay/go\n  version: 2.0.0\n";

    #[track_caller]
    fn check(before: &str, folded: &str, after: &str) {
        assert_eq!(fold(before), folded);
        assert_eq!(unfold(folded, NEW, Some(before)), after);
    }

    #[test]
    fn the_record_is_replaced_and_nothing_else() {
        let record = "template:\n  from: pay/go\n  version: 2.0.0\n";
        check("a: 1\n\ntemplate:\n  from: x\n", "a: 1\n\ntemplate:\n", &format!("a: 1\n\n{record}"));
        check(
            "template:\n  from: x\n\n  answers:\n    n: 1\n\n# mine\nb: 2\n",
            "template:\n\n# mine\nb: 2\n",
            &format!("{record}\n# mine\nb: 2\n"),
        );
        check("template: {from: x}\nb: 2", "template:\nb: 2", &format!("{record}b: 2"));
        check("a: 1", "a: 1", &format!("a: 1\n\n{record}"));
        check("", "", record);
        check("a: 1\r\ntemplate:\r\n  from: x\r\n", "a: 1\r\ntemplate:\r\n", &format!("a: 1\r\n{}", record.replace('\n', "\r\n")));
        check("template:\n  # why\n  from: x\n", "template:\n", &format!("{record}  # why\n"));
    }

    #[test]
    fn marks_in_the_record_are_told_from_marks_elsewhere() {
        let record = "template:\n  from: x\n  answers:\n    n: 1\n";
        let torn = record.replace("    n: 1\n", "<<<<<<< a\n    n: 1\n=======\n    n: 2\n>>>>>>> b\n");
        assert!(is_torn(&torn) && is_torn(&format!("a: 1\n\n{torn}b: 2\n")) && !is_torn(record));
        assert!(!is_torn(&format!("<<<<<<< a\na: 1\n=======\na: 2\n>>>>>>> b\n\n{record}")));
        assert!(!is_torn(&format!("{record}b:\n<<<<<<< a\n  c: 1\n=======\n  c: 2\n>>>>>>> b\n")));
        assert!(is_torn("<<<<<<< a\nx: 1\ntemplate:\n  from: x\n=======\ntemplate:\n  from: y\n>>>>>>> b\n"));
        assert_eq!(recorded(&format!("a: 1\n{record}\nb: 2\n")), Some(record));
    }
}
