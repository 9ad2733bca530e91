//! What a finding says of its place: what tells it from another finding of the same policy there.

use super::{Finding, one_blank};

/// The key that the rule gives, else the message without what changes by itself.
#[must_use]
pub fn says(finding: &Finding) -> String {
    let path = finding.diagnostic.locations.first().map_or("", |place| &place.path);
    finding.diagnostic.identity.key.as_ref().map_or_else(|| says_of(&finding.diagnostic.title, path), |key| format!("key {key}"))
}

/// Whether a finding says a thing, in the words of its message or of its key.
#[must_use]
pub fn is_said(finding: &Finding, text: &str) -> bool {
    let path = finding.diagnostic.locations.first().map_or("", |place| &place.path);
    finding.diagnostic.identity.key.as_deref() == Some(text) || says_of(text, path) == says_of(&finding.diagnostic.title, path)
}

/// A message about something in a file, without its numbers and without the file's name: the one may change by itself, the other with a rename.
pub(super) fn says_of(message: &str, path: &str) -> String {
    let mut text = message.to_owned();
    // The message may have the path from a service's folder, or the last name of it.
    for name in ends(path).filter(|name| !name.is_empty()) {
        text = called(&text, name, "");
    }
    numberless(&one_blank(&text))
}

/// A message that calls a file by its path or by the end of that, as one that calls it by the path from a folder above it, which is an end of the path.
#[must_use]
pub fn seen_from(message: &str, path: &str, here: &str) -> String {
    ends(path).take_while(|name| name.len() > here.len()).fold(message.to_owned(), |text, name| called(&text, name, here))
}

/// A path, and what is left of it without its first folders, to its last name.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1)).map(|start| &path[start..])
}

/// A text with another name in the place of one, where that stands alone.
fn called(text: &str, name: &str, other: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_alone = !before.chars().next_back().or(kept.chars().next_back()).is_some_and(is_part) && !after.starts_with(is_part);
        kept.push_str(before);
        kept.push_str(if is_alone { other } else { name });
        rest = after;
    }
    kept + rest
}

/// A text with one sign for each number, also one with several parts, such as `1.25.3`.
fn numberless(text: &str) -> String {
    let mut kept = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_ascii_digit() {
            kept.push(c);
            continue;
        }
        kept.push('#');
        while let Some(next) = chars.peek().copied() {
            let mut ahead = chars.clone();
            ahead.next();
            let joins = matches!(next, '.' | ',') && ahead.peek().is_some_and(char::is_ascii_digit);
            if !next.is_ascii_digit() && !joins {
                break;
            }
            chars.next();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_the_path_from_the_folder() {
        for message in ["`s/web/a.json` is", "`web/a.json` is", "`a.json` is"] {
            assert_eq!(seen_from(message, "s/web/a.json", "a.json"), "`a.json` is", "{message}");
        }
        assert_eq!(seen_from("b/s/a and s/a/c and s/a", "s/a", "a"), "b/s/a and s/a/c and a", "others are called as they were");
    }

    #[test]
    fn numbers_and_the_name_of_the_file_are_no_part_of_it() {
        let same = [
            ("9 lines", "10 lines", "a"),
            ("image `a:1.25.3` is not pinned", "image `a:1.26` is not pinned", "pod.yaml"),
            ("file `svc/a.yaml` is empty", "file `` is empty", "svc/a.yaml"),
            ("a.yaml is  empty", " is empty", "svc/a.yaml"),
        ];
        for (a, b, path) in same {
            assert_eq!(says_of(a, path), says_of(b, path), "{a}");
        }
        let different = [("sets no `limits.memory`", "sets no `requests.cpu`"), ("`x/a.yaml` is lost", "`y/a.yaml` is lost"), ("v1", "w1")];
        for (a, b) in different {
            assert_ne!(says_of(a, "a.yaml"), says_of(b, "a.yaml"), "{a}");
        }
    }
}
