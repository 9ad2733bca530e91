//! What the engine's parser reads otherwise than OPA's, put right in the text before it is parsed. Lines stay where they are.

use super::load::RegoVersion;

/// A text that the parser reads as OPA does, and whether it imports the keyword `not`, which the parser does not know.
pub(super) fn repaired(text: &str, version: RegoVersion) -> (String, bool) {
    let (text, whole_not) = without_not(text);
    let text = ended(&text);
    let text = if version == RegoVersion::V0 { repeated(&text) } else { text };
    (text, whole_not)
}

/// The text with its imports of `future.keywords.not` blanked, and whether there were any.
fn without_not(text: &str) -> (String, bool) {
    let is_import = |line: &str| line.split_whitespace().eq(["import", "future.keywords.not"]);
    if !text.lines().any(is_import) {
        return (text.to_owned(), false);
    }
    let blank = |line: &str| if is_import(line) { line.replace(|c: char| !c.is_whitespace(), " ") } else { line.to_owned() };
    (text.split_inclusive('\n').map(blank).collect(), true)
}

/// Words after which an expression goes on in the next line.
const OPEN: [&str; 9] = ["in", "not", "if", "else", "as", "with", "contains", "every", "some"];

/// A parenthesis at the start of a line begins a statement; the parser takes it for the arguments of the name in the line before.
fn ended(text: &str) -> String {
    let code = code(text);
    let bytes = text.as_bytes();
    let mut breaks = Vec::new();
    let mut last = None;
    let mut new_line = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => new_line = true,
            _ if !code[at] || byte.is_ascii_whitespace() => {}
            b'(' if new_line => {
                breaks.extend(last.filter(|last| ends_reference(&text[..=*last])).map(|last: usize| last + 1));
                (last, new_line) = (Some(at), false);
            }
            _ => (last, new_line) = (Some(at), false),
        }
    }
    let mut out = text.to_owned();
    breaks.into_iter().rev().for_each(|at| out.insert(at, ';'));
    out
}

fn ends_reference(before: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = &before[before.trim_end_matches(is_name).len()..];
    before.ends_with(']') || !word.is_empty() && !OPEN.contains(&word)
}

/// `a[x] { … } { … }` is `a[x] { … }` twice; the parser knows the short form for rules without elements only.
fn repeated(text: &str) -> String {
    let code = code(text);
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut start, mut closed) = (0_usize, 0, false);
    let (mut head, mut last) = ("", ' ');
    for (at, c) in text.char_indices() {
        if code[at] && !c.is_whitespace() {
            match c {
                '{' if depth == 0 && closed => {
                    out.push_str(&head.replace('\n', " "));
                    depth += 1;
                }
                '{' | '[' | '(' => {
                    // What follows an equals sign is a value.
                    if depth == 0 && c == '{' {
                        head = if last == '=' { "" } else { &text[start..at] };
                    }
                    depth += 1;
                }
                '}' | ']' | ')' => depth = depth.saturating_sub(1),
                // A rule begins where a line does.
                _ if depth == 0 && text[..at].rsplit('\n').next().is_some_and(str::is_empty) => start = at,
                _ => {}
            }
            closed = c == '}' && depth == 0 && !head.trim().is_empty();
            last = c;
        }
        out.push(c);
    }
    out
}

/// Which bytes are code: neither in a text nor in a comment. The quotes themselves are.
fn code(text: &str) -> Vec<bool> {
    let bytes = text.as_bytes();
    let mut code = vec![true; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'#' => bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length),
            b'"' => quoted(bytes, at),
            b'`' => bytes[at + 1..].iter().position(|byte| *byte == b'`').map_or(bytes.len(), |length| at + 1 + length),
            _ => {
                at += 1;
                continue;
            }
        };
        let first = if bytes[at] == b'#' { at } else { at + 1 };
        code[first.min(end)..end].fill(false);
        at = if bytes[at] == b'#' { end } else { end + 1 };
    }
    code
}

/// Where the text that begins at a quote ends.
fn quoted(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: RegoVersion, text: &str, expected: &str) {
        assert_eq!(repaired(text, version).0, expected);
    }

    #[test]
    fn a_parenthesis_in_a_new_line_begins_a_statement() {
        check(RegoVersion::V1, "a.b # c(\n (x) > 1", "a.b; # c(\n (x) > 1");
        check(RegoVersion::V1, "x := f(1,\n (2))\ny in\n (z)", "x := f(1,\n (2))\ny in\n (z)");
        check(RegoVersion::V1, "x == \"a\n(\"", "x == \"a\n(\"");
        check(RegoVersion::V1, "l[0]\n\n(a)", "l[0];\n\n(a)");
    }

    #[test]
    fn a_second_body_gets_the_head_again() {
        check(
            RegoVersion::V0,
            "package a\n\nd[{\"m\": x}] {\n a\n} {\n b\n}",
            "package a\n\nd[{\"m\": x}] {\n a\n} d[{\"m\": x}] {\n b\n}",
        );
        check(RegoVersion::V0, "d[x] { y := {1} }\n\ne[x] { x } # {\n{ z }", "d[x] { y := {1} }\n\ne[x] { x } # {\ne[x] { z }");
        check(RegoVersion::V0, "f { a } else = 1 { b }\nx := {}\ng { c }", "f { a } else = 1 { b }\nx := {}\ng { c }");
        check(RegoVersion::V0, "f(x) = {\"a\": x} { b }", "f(x) = {\"a\": x} { b }");
        check(RegoVersion::V1, "d if { a } { b }", "d if { a } { b }");
    }

    #[test]
    fn broken_texts_are_left_to_the_parser() {
        for text in ["\"", "`", "\"\\", "}{", "#", "{\"a"] {
            repaired(text, RegoVersion::V0);
        }
    }
}
