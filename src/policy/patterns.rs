//! Expressions and globs of rules and layers, compiled once for the life of the process.
//!
//! The engine keeps compiled expressions too, but hands out copies, and each copy builds its automaton anew: a rule that matches ten
//! thousand paths would build it ten thousand times. What a pattern means depends on nothing but itself, so that a check of a second
//! tree (`--fix`, `--since`, `policy test`, `policy simulate`) finds everything compiled.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};
use regex_automata::meta::{self, Regex as Automaton};
use regex_automata::util::{captures::Captures, syntax};
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use super::re2::{self, Written};
use super::repository::lock;

/// The most bytes of a compiled expression of `regex.match`, as in the engine.
const SIZE_LIMIT: usize = 100 * 1024;
/// The most patterns of a kind that are kept. A rule may make them from data; then all are forgotten and it begins again.
const KEPT: usize = 4096;

static LINES: Known<Regex> = Known(Mutex::new(BTreeMap::new()));
static TEXTS: Known<Expression> = Known(Mutex::new(BTreeMap::new()));
static GLOBS: Known<Glob> = Known(Mutex::new(BTreeMap::new()));

/// The compiled form of an expression of host functions: `^` and `$` are the ends of a line, and what RE2 has not is of use too.
///
/// # Errors
/// The expression's mistake.
pub(super) fn lines(pattern: &str) -> Result<Arc<Regex>, regex::Error> {
    LINES.get(pattern, |pattern| {
        let written = re2::written(pattern).map_or_else(|| pattern.to_owned(), |written| written.text);
        RegexBuilder::new(&written).multi_line(true).crlf(true).build()
    })
}

/// An expression as Rego defines it: `^` and `$` are the ends of the text.
///
/// # Errors
/// The expression's mistake.
pub(super) fn expression(pattern: &str) -> Result<Arc<Expression>, regex::Error> {
    TEXTS.get(pattern, Expression::new)
}

/// An expression in two forms: one that is compiled at once and slow, for the few short texts that most expressions of rules are held against, and one that
/// is fast and takes some twenty times as long to compile, for who asks for more.
pub(super) struct Expression {
    written: Written,
    /// Without groups, each of which costs a place for every state.
    slow: Option<regex_lite::Regex>,
    /// The same with groups.
    grouped: OnceLock<Option<regex_lite::Regex>>,
    /// How many bytes the slow form may still be held against.
    left: AtomicUsize,
    /// The fast form for texts of ASCII, where there is a slow one: without the letters beyond it, it is half as large.
    ascii: OnceLock<Result<Automaton, regex::Error>>,
    fast: OnceLock<Result<Automaton, regex::Error>>,
}

/// A form of an expression.
enum Form<'a> {
    Slow(&'a regex_lite::Regex),
    Fast(&'a Automaton),
}

impl Expression {
    /// The most bytes that a slow form is held against: then it has taken about as long as compiling the fast form does.
    const MOST: usize = 1024;

    fn new(pattern: &str) -> Result<Self, regex::Error> {
        let none = || Regex::new(pattern).err().unwrap_or_else(|| regex::Error::Syntax("RE2 has no such expression".to_owned()));
        let written = re2::written(pattern).ok_or_else(none)?;
        let bare = if is_small(&written) { re2::bare(&written.text) } else { None };
        let slow = bare.and_then(|bare| regex_lite::Regex::new(&bare).ok());
        let left = AtomicUsize::new(Self::MOST);
        let made = Self { written, slow, grouped: OnceLock::new(), left, ascii: OnceLock::new(), fast: OnceLock::new() };
        if made.slow.is_none() {
            made.fast()?;
        }
        Ok(made)
    }

    /// Whether it matches anywhere in a text.
    ///
    /// # Errors
    /// Its mistake.
    pub fn is_match(&self, text: &str) -> Result<bool, regex::Error> {
        Ok(match self.form(text)? {
            Form::Slow(slow) => slow.is_match(text),
            Form::Fast(fast) => fast.is_match(text),
        })
    }

    /// Where it matches in a text, at most so many times.
    ///
    /// # Errors
    /// Its mistake.
    pub fn find(&self, text: &str, most: usize) -> Result<Vec<Range<usize>>, regex::Error> {
        Ok(match self.form(text)? {
            Form::Slow(slow) => slow.find_iter(text).take(most).map(|found| found.range()).collect(),
            Form::Fast(fast) => fast.find_iter(text).take(most).map(|found| found.range()).collect(),
        })
    }

    /// What its groups match in a text each time, at most so many times; the first is the match, and one that has no part in it matches nothing.
    ///
    /// # Errors
    /// Its mistake.
    pub fn groups<'t>(&self, text: &'t str, most: usize) -> Result<Vec<Vec<&'t str>>, regex::Error> {
        Ok(match self.form_with_groups(text)? {
            Form::Slow(slow) => {
                let groups = |found: regex_lite::Captures<'t>| found.iter().map(|group| group.map_or("", |group| group.as_str())).collect();
                slow.captures_iter(text).take(most).map(groups).collect()
            }
            Form::Fast(fast) => {
                let groups = |found: Captures| found.iter().map(|group| group.map_or("", |group| &text[group])).collect();
                fast.captures_iter(text).take(most).map(groups).collect()
            }
        })
    }

    /// A text with something else in the place of each match, in which `$1` and `${name}` stand for groups.
    ///
    /// # Errors
    /// Its mistake.
    pub fn replaced<'t>(&self, text: &'t str, by: &str) -> Result<Cow<'t, str>, regex::Error> {
        Ok(match self.form_with_groups(text)? {
            Form::Slow(slow) => slow.replace_all(text, by),
            Form::Fast(fast) => {
                let (mut replaced, mut from) = (String::new(), 0);
                for found in fast.captures_iter(text) {
                    let Some(whole) = found.get_match() else { continue };
                    replaced.push_str(&text[from..whole.start()]);
                    found.interpolate_string_into(text, by, &mut replaced);
                    from = whole.end();
                }
                if from == 0 && replaced.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(replaced + &text[from..]) }
            }
        })
    }

    /// That there is a fast form.
    ///
    /// # Errors
    /// Its mistake.
    pub fn check(&self) -> Result<(), regex::Error> {
        self.fast().map(drop)
    }

    fn fast(&self) -> Result<&Automaton, regex::Error> {
        self.fast.get_or_init(|| automaton(&self.written.text, true)).as_ref().map_err(Clone::clone)
    }

    /// The slow form, as long as it is not worth the time to compile another. It knows no letters beyond ASCII.
    fn form(&self, text: &str) -> Result<Form<'_>, regex::Error> {
        let Some(slow) = self.slow.as_ref().filter(|_| text.is_ascii()) else { return self.fast().map(Form::Fast) };
        let less = |left: usize| left.checked_sub(text.len() + 1);
        if self.ascii.get().is_none() && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            return Ok(Form::Slow(slow));
        }
        self.ascii.get_or_init(|| automaton(&self.written.text, false)).as_ref().map(Form::Fast).map_err(Clone::clone)
    }

    fn form_with_groups(&self, text: &str) -> Result<Form<'_>, regex::Error> {
        let grouped = || self.grouped.get_or_init(|| regex_lite::Regex::new(&self.written.text).ok()).as_ref();
        match self.form(text)? {
            Form::Slow(_) => grouped().map_or_else(|| self.fast().map(Form::Fast), |slow| Ok(Form::Slow(slow))),
            fast => Ok(fast),
        }
    }
}

/// The fast form of an expression. Texts are too short for a search of letters of it before, which takes most of the time to compile.
fn automaton(expression: &str, is_unicode: bool) -> Result<Automaton, regex::Error> {
    let syntax = syntax::Config::new().unicode(is_unicode).utf8(is_unicode);
    let config =
        meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).auto_prefilter(false).onepass(false).dfa(false).utf8_empty(is_unicode);
    meta::Builder::new().syntax(syntax).configure(config).build(expression).map_err(|error| match error.size_limit() {
        Some(limit) => regex::Error::CompiledTooBig(limit),
        None => regex::Error::Syntax(error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string)),
    })
}

/// Whether the fast form of an expression surely keeps within [`SIZE_LIMIT`], so that nobody misses its error when it is not compiled.
fn is_small(written: &Written) -> bool {
    written.is_plain && written.size < SIZE_LIMIT
}

/// A glob whose `*` stops at a `/`.
pub(super) struct Glob {
    matcher: GlobMatcher,
    /// What every path that it matches ends with, one of them: nearly every path of a repository is told by that. None where it may end with anything.
    endings: Vec<Vec<u8>>,
}

impl Glob {
    fn new(pattern: &str) -> Result<Self, globset::Error> {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build()?;
        Ok(Self { endings: endings(glob.regex()).unwrap_or_default(), matcher: glob.compile_matcher() })
    }

    /// Whether it matches a path.
    pub fn is_match(&self, path: &str) -> bool {
        let ends = |ending: &Vec<u8>| path.as_bytes().ends_with(ending);
        (self.endings.is_empty() || self.endings.iter().any(ends)) && self.matcher.is_match(path)
    }
}

/// What texts end with that an expression matches as a whole, if that is known.
fn endings(expression: &str) -> Option<Vec<Vec<u8>>> {
    let parsed = regex_syntax::ParserBuilder::new().utf8(false).build().parse(expression).ok()?;
    let found = Extractor::new().kind(ExtractKind::Suffix).extract(&parsed);
    let endings: Vec<_> = found.literals()?.iter().map(|ending| ending.as_bytes().to_vec()).collect();
    endings.iter().all(|ending| !ending.is_empty()).then_some(endings)
}

/// The compiled form of a glob.
///
/// # Errors
/// The glob's mistake.
pub(super) fn glob(pattern: &str) -> Result<Arc<Glob>, globset::Error> {
    GLOBS.get(pattern, Glob::new)
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
    use proptest::strategy::Strategy;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        let one = Expression::new(pattern).unwrap();
        one.left.store(usize::MAX, Ordering::Relaxed);
        let slow = one.is_match(text).unwrap();
        one.left.store(0, Ordering::Relaxed);
        let said =
            [slow, one.is_match(text).unwrap(), one.fast().unwrap().is_match(text), Regex::new(&one.written.text).unwrap().is_match(text)];
        assert_eq!(said, [expected; 4], "{pattern} on {text:?}");
    }

    #[test]
    fn anchors_are_read_as_asked() {
        assert!(lines("^b$").unwrap().is_match("a\r\nb\r\nc"));
        check("^b$", "a\nb\nc", false);
        check("^b$", "b", true);
    }

    #[test]
    fn classes_are_ascii_as_in_re2() {
        assert!(lines(r"\bnaïve\b").unwrap().is_match("a naïve one"));
        check(r"^\w+$", "naïve", false);
        check(r"^[\w.-]+$", "a_b.c-9", true);
        check(r"^[^\s\]]+\]\s\d$", "a] 7", true);
        check(r"^\\d\.$", r"\d.", true);
        check(r"^\S+$", "é", true);
        check(r"^\s$", "\u{a0}", false);
        check(r"^\s$", "\x0b", false);
        check(r"^\D$", "\u{663}", true);
        check(r"^\D$", "3", false);
        check(r"^\W+$", "éß", true);
        check(r"^\W$", "e", false);
        check(r"^[\W\d]+$", "é7", true);
        check(r"^[\W\d]+$", "a", false);
        check(r"^[^\D]+$", "42", true);
        check(r"^[\w-.]+$", "a-b.c", true);
        check(r"^[[:alpha:]\d]+$", "a7", true);
        check(r"a\Bb", "ab", true);
        check(r"é\Bb", "éb", false);
        check(r"^\Qa.b\E\d\Q+", "a.b7+", true);
        check(r"^\Qa.b\E", "axb", false);
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_refused() {
        for pattern in ["(", r"(\pL{100}){100}", r"[\b]"] {
            assert!(expression(pattern).is_err(), "{pattern}");
        }
        assert!(glob("a[").is_err());
    }

    /// Expressions of all that RE2 has, and some that are none.
    fn expressions() -> impl Strategy<Value = String> {
        let parts = [
            "a",
            "b",
            "K",
            "s",
            "x",
            "_",
            " ",
            "7",
            ".",
            "^",
            "$",
            "",
            "[a-f]",
            "[^a-f]",
            "[A-f]",
            "[Z-a]",
            "[^Z-b]",
            "[k-s]",
            "[^K]",
            "[ks_`]",
            "[[:upper:]]",
            "[[:^lower:]_]",
            "[^[:alpha:]]",
            "[!-~]",
            "[.-]",
            "[]a]",
            r"[\w.]",
            r"[\W\d]",
            r"[^\s]",
            r"\d",
            r"\D",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            r"\b",
            r"\B",
            r"\A",
            r"\z",
            r"\x41",
            r"\x{212a}",
            r"[\x{80}-\x{ffff}]",
            r"\n",
            r"\.",
            r"\Qa.\E",
            r"\E",
            "(?i)",
            "(?s)",
            "(?m)",
            "(?U)",
            "(?-i)",
            "{",
            "}",
            "é",
            r"\pL",
        ];
        let leaf = proptest::sample::select(parts.to_vec()).prop_map(str::to_owned);
        leaf.prop_recursive(4, 24, 4, |inner| {
            let group = proptest::sample::select(vec!["(", "(?:", "(?i:", "(?s:", "(?m:", "(?U:", "(?P<n>", "(?i-s:"]);
            let repeat = proptest::sample::select(vec!["*", "+", "?", "*?", "+?", "??", "{2}", "{0,3}", "{1,}", "{0}", "{2,3}?"]);
            proptest::prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(|all| all.concat()),
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one}|{other}")),
                (group, inner.clone()).prop_map(|(open, one)| format!("{open}{one})")),
                (inner, repeat).prop_map(|(one, times)| format!("{one}{times}")),
            ]
        })
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(1_000))]
        #[test]
        fn all_forms_match_the_same(pattern in expressions(), texts in proptest::collection::vec("[abckKsSxXzZ7_` .!\n\r-]{0,12}", 6)) {
            if let Some(slow) = Expression::new(&pattern).ok().filter(|one| one.slow.is_some()) {
                let ascii = Expression { left: AtomicUsize::new(0), ..Expression::new(&pattern).unwrap() };
                let fast = Expression { slow: None, ..Expression::new(&pattern).unwrap() };
                let other = RegexBuilder::new(&slow.written.text).size_limit(SIZE_LIMIT).build().unwrap_or_else(|error| panic!("{pattern}: {error}"));
                let said = |one: &Expression, text: &str| {
                    let found = (one.is_match(text), one.find(text, 9), one.groups(text, 9), one.replaced(text, "<$0$1>"));
                    (found.0.unwrap(), found.1.unwrap(), format!("{:?}", found.2.unwrap()), found.3.unwrap().into_owned())
                };
                let expected = |text: &str| {
                    let groups = |found: regex::Captures<'_>| found.iter().map(|group| group.map_or("", |group| &text[group.range()]).to_owned()).collect::<Vec<_>>();
                    (
                        other.is_match(text),
                        other.find_iter(text).take(9).map(|found| found.range()).collect::<Vec<_>>(),
                        format!("{:?}", other.captures_iter(text).take(9).map(groups).collect::<Vec<_>>()),
                        other.replace_all(text, "<$0$1>").into_owned(),
                    )
                };
                for (text, one) in texts.iter().flat_map(|text| [&slow, &ascii, &fast].map(|one| (text, one))) {
                    proptest::prop_assert_eq!(said(one, text), expected(text), "{} on {:?}", pattern, text);
                }
                proptest::prop_assert!(slow.ascii.get().is_none() && ascii.ascii.get().is_some() && fast.fast.get().is_some() && ascii.fast.get().is_none());
                // Letters beyond ASCII are for one form alone, whichever was asked before.
                for text in texts.iter().map(|text| format!("{text}é\u{212a}{text}")) {
                    proptest::prop_assert_eq!(said(&ascii, &text), expected(&text), "{} on {:?}", pattern, text);
                }
            }
        }
    }

    #[test]
    fn what_has_a_slow_form_has_a_fast_one() {
        let parts = [
            "a",
            "[^a]",
            ".",
            "(?i:k)",
            "(?i:ks)",
            r"\W",
            r"[^\W\d]",
            "(?i:[^k])",
            "(|a)",
            "[^acegikmoqsuwy]",
            "a?",
            "(?:ab|cd)+",
            "(?i:[ks])",
            "^",
            "()",
        ];
        for part in parts {
            let small = |times: &usize| re2::written(&part.repeat(*times)).is_some_and(|written| is_small(&written));
            let most = (1..4_000).take_while(small).last().unwrap();
            let fast = |pattern: &str| Expression::new(pattern).unwrap().fast().is_ok();
            assert!(fast(&part.repeat(most)), "{most} times {part}");
            for times in [2, 10, 40, 300] {
                let counted = Expression::new(&format!("(?:{part}){{{times}}}"));
                assert!(counted.is_ok_and(|one| one.fast().is_ok()) || times > 40, "{times} times {part}");
            }
        }
        for counted in ["(a{100}){100}", "((a{30}){30}){30}", ".{200}"] {
            assert!(expression(counted).is_err(), "{counted}");
        }
    }

    #[test]
    fn the_slow_form_is_held_against_few_texts() {
        let one = Expression::new("b$").unwrap();
        assert!(!one.is_match("a").unwrap() && one.ascii.get().is_none() && one.fast.get().is_none());
        assert!(!one.is_match("é").unwrap() && one.fast.get().is_some(), "it knows no letters beyond ASCII");
        let one = Expression::new("b$").unwrap();
        let ended = (0..).find(|_| !one.is_match("aaaa").unwrap() && one.ascii.get().is_some());
        assert_eq!((ended, one.fast.get().is_some()), (Some(Expression::MOST / 5), false));
        let one = Expression::new("b$").unwrap();
        assert!(one.is_match(&("a".repeat(Expression::MOST) + "b")).unwrap() && one.ascii.get().is_some());
    }

    #[test]
    fn a_star_stops_at_a_slash() {
        for (pattern, path, expected) in [("*.txt", "a.txt", true), ("*.txt", "b/a.txt", false), ("**/*.txt", "b/a.txt", true)] {
            assert_eq!(glob(pattern).unwrap().is_match(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn what_a_glob_ends_with_is_known() {
        let endings = |pattern: &str| {
            let found = Glob::new(pattern).unwrap().endings;
            found.into_iter().map(|ending| String::from_utf8(ending).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(endings("**/*.{yaml,yml,json}"), [".yaml", ".yml", ".json"]);
        assert_eq!(endings("{scripts/*.sh,make/*.mk}"), [".sh", ".mk"]);
        assert_eq!(endings("**/é/*.txt"), [".txt"]);
        for pattern in ["**", "docs/*", "**/*.{sh,*}", "a{b,}*"] {
            assert_eq!(endings(pattern), [""; 0], "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_glob_matches_as_without_its_endings(
            parts in proptest::collection::vec(proptest::sample::select(vec!["a", "b", ".y", "/", "**/", "/**", "*", "?", "{a,b.y}", "{a/*,**/b}", "{,a}", "[ab]", "[!a]", "é"]), 1..6),
            paths in proptest::collection::vec("([abé]|\\.y){1,3}(/([ab]|\\.y){1,3}){0,2}", 12),
        ) {
            if let Ok(glob) = Glob::new(&parts.concat()) {
                for path in &paths {
                    proptest::prop_assert_eq!(glob.is_match(path), glob.matcher.is_match(path), "{} on {}", parts.concat(), path);
                }
            }
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
