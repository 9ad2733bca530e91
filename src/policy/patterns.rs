//! Expressions and globs of rules and layers, compiled once for the life of the process.
//!
//! The engine keeps compiled expressions too, but hands out copies, and each copy builds its automaton anew: a rule that matches ten
//! thousand paths would build it ten thousand times. What a pattern means depends on nothing but itself, so that a check of a second
//! tree (`--fix`, `--since`, `policy test`, `policy simulate`) finds everything compiled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};

use super::re2;
use super::repository::lock;

/// The most bytes of a compiled expression of `regex.match`, as in the engine.
const SIZE_LIMIT: usize = 100 * 1024;
/// The most patterns of a kind that are kept. A rule may make them from data; then all are forgotten and it begins again.
const KEPT: usize = 4096;

static LINES: Known<Regex> = Known(Mutex::new(BTreeMap::new()));
static TEXTS: Known<Regex> = Known(Mutex::new(BTreeMap::new()));
static GLOBS: Known<GlobMatcher> = Known(Mutex::new(BTreeMap::new()));

/// How `^` and `$` are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchors {
    /// They are the ends of a line: the host functions.
    Line,
    /// They are the ends of the text: what Rego defines.
    Text,
}

/// The compiled form of an expression.
///
/// # Errors
/// The expression's mistake.
pub(super) fn regex(pattern: &str, anchors: Anchors) -> Result<Arc<Regex>, regex::Error> {
    match anchors {
        // What RE2 has not is of use in rules too.
        Anchors::Line => LINES.get(pattern, |pattern| {
            let written = re2::written(pattern).unwrap_or_else(|| pattern.to_owned());
            RegexBuilder::new(&written).multi_line(true).crlf(true).build()
        }),
        Anchors::Text => TEXTS.get(pattern, |pattern| match re2::written(pattern) {
            Some(written) => RegexBuilder::new(&written).size_limit(SIZE_LIMIT).build(),
            None => Err(Regex::new(pattern).err().unwrap_or_else(|| regex::Error::Syntax("RE2 has no such expression".to_owned()))),
        }),
    }
}

/// The compiled form of a glob whose `*` stops at a `/`.
///
/// # Errors
/// The glob's mistake.
pub(super) fn glob(pattern: &str) -> Result<Arc<GlobMatcher>, globset::Error> {
    GLOBS.get(pattern, |pattern| Ok(GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher()))
}

/// What was compiled, by how it is written.
struct Known<T>(Mutex<BTreeMap<String, Arc<T>>>);

impl<T> Known<T> {
    fn get<E>(&self, pattern: &str, compile: impl FnOnce(&str) -> Result<T, E>) -> Result<Arc<T>, E> {
        if let Some(found) = lock(&self.0).get(pattern) {
            return Ok(found.clone());
        }
        // Two threads may compile the same at the same time; waiting for each other would cost as much.
        let compiled = Arc::new(compile(pattern)?);
        let mut known = lock(&self.0);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(pattern.to_owned(), compiled.clone());
        Ok(compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, anchors: Anchors, text: &str, expected: bool) {
        assert_eq!(regex(pattern, anchors).unwrap().is_match(text), expected, "{pattern} on {text:?}");
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
        check(r"^\s$", Anchors::Text, "\x0b", false);
        check(r"^\D$", Anchors::Text, "\u{663}", true);
        check(r"^\D$", Anchors::Text, "3", false);
        check(r"^\W+$", Anchors::Text, "éß", true);
        check(r"^\W$", Anchors::Text, "e", false);
        check(r"^[\W\d]+$", Anchors::Text, "é7", true);
        check(r"^[\W\d]+$", Anchors::Text, "a", false);
        check(r"^[^\D]+$", Anchors::Text, "42", true);
        check(r"^[\w-.]+$", Anchors::Text, "a-b.c", true);
        check(r"^[[:alpha:]\d]+$", Anchors::Text, "a7", true);
        check(r"a\Bb", Anchors::Text, "ab", true);
        check(r"é\Bb", Anchors::Text, "éb", false);
        check(r"^\Qa.b\E\d\Q+", Anchors::Text, "a.b7+", true);
        check(r"^\Qa.b\E", Anchors::Text, "axb", false);
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_refused() {
        for pattern in ["(", r"(\pL{100}){100}", r"[\b]"] {
            assert!(regex(pattern, Anchors::Text).is_err(), "{pattern}");
        }
        assert!(glob("a[").is_err());
    }

    #[test]
    fn a_star_stops_at_a_slash() {
        for (pattern, path, expected) in [("*.txt", "a.txt", true), ("*.txt", "b/a.txt", false), ("**/*.txt", "b/a.txt", true)] {
            assert_eq!(glob(pattern).unwrap().is_match(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn what_is_known_is_compiled_once_and_never_without_bound() {
        let known: Known<String> = Known(Mutex::default());
        let get = |pattern: &str| known.get(pattern, |pattern| Ok::<_, ()>(pattern.to_owned())).unwrap();
        assert!(Arc::ptr_eq(&get("a"), &get("a")));
        assert!(known.get("b", |_| Err::<String, _>("wrong")).is_err() && known.get("b", |b| Ok::<_, ()>(b.to_owned())).is_ok());
        for number in 0..3 * KEPT {
            get(&number.to_string());
        }
        assert!(lock(&known.0).len() <= KEPT);
        assert_eq!(*get("a"), "a");
    }
}
