//! Regular expressions of rules, compiled once for a run.
//!
//! The engine keeps compiled expressions too, but hands out copies, and each copy builds its automaton anew: a rule that matches ten
//! thousand paths would build it ten thousand times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use regex::{Regex, RegexBuilder};

use super::repository::lock;

/// The most bytes of a compiled expression of `regex.match`, as in the engine.
const SIZE_LIMIT: usize = 100 * 1024;

/// How `^` and `$` are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Anchors {
    /// They are the ends of a line: the host functions.
    Line,
    /// They are the ends of the text: what Rego defines.
    Text,
}

/// Every expression that a rule has used.
#[derive(Default)]
pub(super) struct Regexes {
    line: Mutex<HashMap<String, Arc<Regex>>>,
    text: Mutex<HashMap<String, Arc<Regex>>>,
}

impl Regexes {
    /// The compiled form of an expression.
    ///
    /// # Errors
    /// The expression's mistake.
    pub(super) fn get(&self, pattern: &str, anchors: Anchors) -> Result<Arc<Regex>, regex::Error> {
        let known = match anchors {
            Anchors::Line => &self.line,
            Anchors::Text => &self.text,
        };
        if let Some(found) = lock(known).get(pattern) {
            return Ok(found.clone());
        }
        let ascii = ascii(pattern);
        let compiled = Arc::new(match anchors {
            Anchors::Line => RegexBuilder::new(&ascii).multi_line(true).crlf(true).build()?,
            Anchors::Text => RegexBuilder::new(&ascii).size_limit(SIZE_LIMIT).build()?,
        });
        lock(known).insert(pattern.to_owned(), compiled.clone());
        Ok(compiled)
    }
}

/// The expression with `\b`, `\d`, `\s` and `\w` for ASCII alone, as in RE2 and so in OPA. The Unicode forms are large automata, and
/// a word boundary of Unicode cannot be decided by a fast one at all.
fn ascii(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len() + 16);
    let mut letters = pattern.chars();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let next = letters.next();
                match next.and_then(|next| escape(next, in_class)) {
                    Some(text) => written.push_str(text),
                    None => written.extend(std::iter::once('\\').chain(next)),
                }
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        written.push(letter);
    }
    written
}

/// What stands for an escape.
fn escape(letter: char, in_class: bool) -> Option<&'static str> {
    match (letter, in_class) {
        ('b', false) => Some(r"(?-u:\b)"),
        ('d', false) => Some("[0-9]"),
        ('d', true) => Some("0-9"),
        ('w', false) => Some("[0-9A-Za-z_]"),
        ('w', true) => Some("0-9A-Za-z_"),
        ('s', false) => Some(r"[\t\n\x0b\f\r ]"),
        ('s', true) => Some(r"\t\n\x0b\f\r "),
        ('S', false) => Some(r"[^\t\n\x0b\f\r ]"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, anchors: Anchors, text: &str, expected: bool) {
        let regexes = Regexes::default();
        assert_eq!(regexes.get(pattern, anchors).unwrap().is_match(text), expected);
        assert!(Arc::ptr_eq(&regexes.get(pattern, anchors).unwrap(), &regexes.get(pattern, anchors).unwrap()));
    }

    #[test]
    fn anchors_are_read_as_asked() {
        check("^b$", Anchors::Line, "a\r\nb\r\nc", true);
        check("^b$", Anchors::Text, "a\nb\nc", false);
        check("^b$", Anchors::Text, "b", true);
    }

    #[test]
    fn classes_are_ascii_as_in_re2() {
        check(r"\bnaïve\b", Anchors::Line, "a naïve one", true);
        check(r"^\w+$", Anchors::Text, "naïve", false);
        check(r"^[\w.-]+$", Anchors::Text, "a_b.c-9", true);
        check(r"^[^\s\]]+\]\s\d$", Anchors::Text, "a] 7", true);
        check(r"^\\d\.$", Anchors::Text, r"\d.", true);
        check(r"^\S+$", Anchors::Text, "é", true);
        check(r"^\s$", Anchors::Text, "\u{a0}", false);
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_refused() {
        let regexes = Regexes::default();
        assert!(regexes.get("(", Anchors::Text).is_err());
        assert!(regexes.get(r"(\pL{100}){100}", Anchors::Text).is_err());
    }
}
