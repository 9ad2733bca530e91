//! Regular expressions of RE2, which is what OPA has, written for the crate `regex`: classes such as `\d` are of ASCII, brackets have no operators,
//! a brace that is no repetition is text, and what RE2 refuses is refused.

use std::iter::Peekable;
use std::str::Chars;

/// An expression in the crate's notation.
pub(super) struct Written {
    /// The expression.
    pub text: String,
    /// No less than the bytes that its compiled form takes.
    pub size: usize,
    /// Whether every engine reads it alike where texts are ASCII.
    pub is_plain: bool,
}

/// What the parts of an expression take in its compiled form, in bytes, as it was measured: `[^a]` 1,004 and each letter more some 60, `.` as much, a class of ASCII 70 to
/// 300, a letter 104, and 240 where case does not matter and it is `k` or `s`.
const WIDE: usize = 1_200;
const NARROW: usize = 300;
const LETTER: usize = 110;

fn size(written: &str) -> usize {
    let bytes = written.as_bytes();
    let parts = bytes.iter().enumerate().map(|(at, byte)| match byte {
        b'.' => WIDE,
        b'[' if bytes.get(at + 1) == Some(&b'^') => WIDE,
        b'[' | b'k' | b's' | b'K' | b'S' => NARROW,
        _ => LETTER,
    });
    parts.sum()
}

/// The crate's notation for an expression; `None` when it is none.
pub(super) fn written(expression: &str) -> Option<Written> {
    let out = String::with_capacity(expression.len() + 16);
    let mut reader = Reader { letters: expression.chars().peekable(), out, repeated: false, last: 0, more: 0, times: 1, is_plain: true };
    while let Some(letter) = reader.letters.next() {
        reader.letter(letter)?;
    }
    let size = (size(&reader.out) + reader.more).saturating_mul(reader.times);
    let is_plain = reader.is_plain && reader.out.is_ascii();
    Some(Written { text: reader.out, size, is_plain })
}

/// The same without names for its groups, which then take no part; nothing where one is called by name.
pub(super) fn bare(written: &str) -> Option<String> {
    let (mut out, mut rest) = (String::with_capacity(written.len() + 16), written.chars());
    while let Some(letter) = rest.next() {
        out.push(letter);
        match letter {
            '\\' => out.extend(rest.next()),
            '(' if rest.as_str().starts_with("?P<") || rest.as_str().starts_with("?<") => return None,
            '(' if !rest.as_str().starts_with('?') => out += "?:",
            _ => {}
        }
    }
    Some(out)
}

/// The most repetitions that RE2 counts.
const MAX_REPEATED: u32 = 1000;

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
    out: String,
    /// Whether the last thing was a repetition, which nothing repeats.
    repeated: bool,
    /// Where the last thing begins.
    last: usize,
    /// What is counted takes so much more, and so many times as much where it is a group.
    more: usize,
    times: usize,
    is_plain: bool,
}

impl Reader<'_> {
    fn letter(&mut self, letter: char) -> Option<()> {
        let repeated = std::mem::take(&mut self.repeated);
        if !matches!(letter, '*' | '+' | '?' | '{') {
            self.last = self.out.len();
        }
        match letter {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.group()?,
            '*' | '+' | '?' => self.repeat(&letter.to_string(), repeated)?,
            '{' => match self.count()? {
                Some(count) => self.repeat(&count, repeated)?,
                None => self.out += "\\{",
            },
            '}' => self.out += "\\}",
            other => self.out.push(other),
        }
        Some(())
    }

    fn repeat(&mut self, operator: &str, repeated: bool) -> Option<()> {
        // Flags are nothing that could be repeated.
        let group = self.out.rfind('(').map_or("", |at| &self.out[at..]);
        let is_flags = group.strip_prefix("(?").and_then(|flags| flags.strip_suffix(')'));
        if repeated || is_flags.is_some_and(|flags| flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U' | '-'))) {
            return None;
        }
        self.out += operator;
        self.out.extend(self.letters.next_if_eq(&'?'));
        self.repeated = true;
        Some(())
    }

    /// `{2}`, `{2,}` or `{2,3}` after its brace; anything else is text.
    #[expect(clippy::option_option, reason = "an expression that is none is something else than no repetition")]
    fn count(&mut self) -> Option<Option<String>> {
        let rest: String = self.letters.clone().take_while(|letter| *letter != '}').collect();
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (least, most) = rest.split_once(',').map_or((rest.as_str(), None), |(least, most)| (least, Some(most)));
        let closed = self.letters.clone().nth(rest.chars().count()) == Some('}');
        if !closed || !number(least) || most.is_some_and(|most| !most.is_empty() && !number(most)) {
            return Some(None);
        }
        let times = |text: &str| text.parse().ok().filter(|times: &u32| *times <= MAX_REPEATED);
        let lowest = times(least)?;
        if most.filter(|most| !most.is_empty()).is_some_and(|most| times(most).is_none_or(|most| most < lowest)) {
            return None;
        }
        self.letters.nth(rest.chars().count());
        let highest = most.and_then(times).map_or(lowest + 1, |most| most.max(1)) as usize;
        match &self.out[self.last..] {
            group if group.ends_with(')') => self.times = self.times.saturating_mul(highest),
            one => self.more = self.more.saturating_add(size(one).saturating_mul(highest)),
        }
        Some(Some(format!("{{{rest}}}")))
    }

    /// A group, with the flags that RE2 has.
    fn group(&mut self) -> Option<()> {
        let rest: String = self.letters.clone().take(2).collect();
        let named = rest.starts_with("?P") || rest.starts_with("?<");
        if rest.starts_with('?') && !named {
            let flags: String = self.letters.clone().skip(1).take_while(|letter| !matches!(letter, ':' | ')')).collect();
            if !flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U' | '-')) {
                return None;
            }
        }
        self.out.push('(');
        self.out.extend(self.letters.next_if_eq(&'?'));
        Some(())
    }

    fn escape(&mut self) -> Option<()> {
        let letter = self.letters.next()?;
        match letter {
            'Q' => {
                self.is_plain = false;
                let rest: String = self.letters.clone().collect();
                let (text, _) = rest.split_once("\\E").unwrap_or((&rest, ""));
                self.out += &regex::escape(text);
                let length = text.chars().count() + if text.len() < rest.len() { 2 } else { 0 };
                self.letters.by_ref().take(length).for_each(drop);
            }
            'E' => self.is_plain = false,
            'b' => self.out += r"(?-u:\b)",
            'B' => self.out += r"(?-u:\B)",
            'A' | 'z' => self.out.extend(['\\', letter]),
            'p' | 'P' => self.property(letter),
            _ => match perl(letter) {
                Some(class) => self.out += class,
                None => {
                    let one = self.character(letter)?;
                    self.is_plain &= one.is_ascii();
                    self.out += &literal(one);
                }
            },
        }
        Some(())
    }

    fn property(&mut self, letter: char) {
        self.is_plain = false;
        self.out.extend(['\\', letter]);
        let braced = self.letters.peek() == Some(&'{');
        for next in self.letters.by_ref() {
            self.out.push(next);
            if !braced || next == '}' {
                break;
            }
        }
    }

    /// The character that an escape stands for.
    fn character(&mut self, letter: char) -> Option<char> {
        let octal = |letter: &char| ('0'..='7').contains(letter);
        match letter {
            'a' => Some('\x07'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            'x' => {
                let braced = self.letters.next_if_eq(&'{').is_some();
                let digits: String = match braced {
                    true => self.letters.by_ref().take_while(|letter| *letter != '}').collect(),
                    false => self.letters.by_ref().take(2).collect(),
                };
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?).filter(|_| braced || digits.len() == 2)
            }
            '0'..='7' => {
                // A single digit would be a reference to a group.
                if letter != '0' && !self.letters.peek().is_some_and(octal) {
                    return None;
                }
                let mut digits = String::from(letter);
                while digits.len() < 3
                    && let Some(digit) = self.letters.next_if(octal)
                {
                    digits.push(digit);
                }
                char::from_u32(u32::from_str_radix(&digits, 8).ok()?)
            }
            other => Some(other).filter(|other| other.is_ascii() && !other.is_ascii_alphanumeric()),
        }
    }

    /// A class after its bracket.
    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        self.out.extend(self.letters.next_if_eq(&'^'));
        let mut first = true;
        loop {
            let letter = self.letters.next()?;
            match letter {
                ']' if !first => break,
                '[' if self.letters.peek() == Some(&':') => self.named()?,
                '\\' if matches!(self.letters.peek(), Some('p' | 'P')) => {
                    let letter = self.letters.next()?;
                    self.property(letter);
                }
                '\\' if self.letters.peek().copied().and_then(perl).is_some() => {
                    let class = perl(self.letters.next()?)?;
                    // What is not the opposite of others needs no brackets of its own.
                    self.out +=
                        class.strip_prefix('[').filter(|inner| !inner.starts_with('^')).map_or(class, |inner| inner.trim_end_matches(']'));
                }
                letter => self.range(letter)?,
            }
            first = false;
        }
        self.out.push(']');
        Some(())
    }

    /// `[:alpha:]`; a bracket with a colon that does not end so is text.
    fn named(&mut self) -> Option<()> {
        let rest: String = self.letters.clone().collect();
        let Some((name, _)) = rest.split_once(":]") else {
            self.out += &literal('[');
            return Some(());
        };
        // Where case does not matter, engines differ about those that name one.
        self.is_plain = false;
        const NAMES: [&str; 14] =
            ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"];
        let known = NAMES.contains(&name.trim_start_matches(':').trim_start_matches('^'));
        self.out += &format!("[{name}:]");
        self.letters.by_ref().take(name.chars().count() + 2).for_each(drop);
        known.then_some(())
    }

    /// A character of a class, or a range of them.
    fn range(&mut self, letter: char) -> Option<()> {
        let low = self.member(letter)?;
        self.out += &literal(low);
        self.is_plain &= low.is_ascii() && low != '`';
        let mut ahead = self.letters.clone();
        if ahead.next() == Some('-') && ahead.next().is_some_and(|next| next != ']') {
            self.letters.next();
            let letter = self.letters.next()?;
            let high = self.member(letter).filter(|high| low <= *high)?;
            self.out += &format!("-{}", literal(high));
            // Nor do they agree about ranges over letters of both cases.
            let is_of = |kind: fn(&char) -> bool| kind(&low) && kind(&high);
            self.is_plain &= is_of(char::is_ascii_lowercase) || is_of(char::is_ascii_uppercase) || is_of(char::is_ascii_digit);
        }
        Some(())
    }

    fn member(&mut self, letter: char) -> Option<char> {
        match letter {
            '\\' => {
                let escaped = self.letters.next()?;
                self.character(escaped)
            }
            other => Some(other),
        }
    }
}

fn literal(letter: char) -> String {
    match letter {
        letter if letter.is_alphanumeric() => letter.to_string(),
        letter => format!("\\x{{{:x}}}", u32::from(letter)),
    }
}

/// The classes that have a letter. A class in a class is their union, so that one form serves inside and outside of brackets.
fn perl(letter: char) -> Option<&'static str> {
    match letter {
        'd' => Some("[0-9]"),
        'D' => Some("[^0-9]"),
        'w' => Some("[0-9A-Za-z_]"),
        'W' => Some("[^0-9A-Za-z_]"),
        's' => Some(r"[\t\n\f\r ]"),
        'S' => Some(r"[^\t\n\f\r ]"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[track_caller]
    fn check(expression: &str, text: &str, expected: Option<bool>) {
        let found = written(expression).and_then(|written| Regex::new(&written.text).ok()).map(|compiled| compiled.is_match(text));
        assert_eq!(found, expected, "{expression} on {text:?}: {:?}", written(expression).map(|written| written.text));
    }

    #[test]
    fn braces_that_repeat_nothing_are_text() {
        check("^a{,3}$", "a{,3}", Some(true));
        check("^a{2$", "a{2", Some(true));
        check("^{}$", "{}", Some(true));
        check("^a{2,3}$", "aaa", Some(true));
        check("^a{2,}?$", "aaa", Some(true));
        for wrong in ["a{1001}", "a{3,2}", "a**", "x{2}{3}", "a+??", "a*{2}"] {
            check(wrong, "a", None);
        }
    }

    #[test]
    fn classes_have_no_operators() {
        check("^[+--]+$", "+,-", Some(true));
        check("^[a&&b]+$", "a&b", Some(true));
        check("^[a~~b]+$", "a~b", Some(true));
        check("^[[a]+$", "[a", Some(true));
        check("^[]a]+$", "]a", Some(true));
        check("^[^]a]$", "b", Some(true));
        check(r"^[\d-x]+$", "7-x", Some(true));
        check(r"^[\w.-]+$", "a_b.c-9", Some(true));
        check(r"^[\]\\\-]+$", r"]\-", Some(true));
        check("^[[:alpha:][:^digit:]]+$", "a-", Some(true));
        check(r"^[\p{Greek}\x41-\x{43}]+$", "αB", Some(true));
        for wrong in ["[a--b]", "[z-a]", "[[:foo:]]", r"[\b]", "[a"] {
            check(wrong, "a", None);
        }
    }

    #[test]
    fn groups_that_nobody_asks_for_take_no_part() {
        for (written, expected) in [
            ("(a)(?:b)(?i)((c))", Some("(?:a)(?:b)(?i)(?:(?:c))")),
            (r"\(a\\(b", Some(r"\(a\\(?:b")),
            ("(?P<n>a)", None),
            ("(?<n>a)", None),
            ("é", Some("é")),
        ] {
            assert_eq!(bare(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn escapes_are_those_of_re2() {
        check(r"^\141\x41\x{42}\0$", "aAB\0", Some(true));
        check(r"^\<\-\/\ \_$", "<-/ _", Some(true));
        check(r"^\Qa.b\E\d\Q+", "a.b7+", Some(true));
        check(r"\Aab\z", "ab", Some(true));
        check(r"\bnaïve\b", "a naïve one", Some(true));
        check(r"^\w+$", "naïve", Some(false));
        check(r"^\pN\PL$", "5-", Some(true));
        for wrong in [r"\1", r"\8", r"\u0041", r"\Z", r"\h", r"\é", r"\C", "a\\", r"\x4"] {
            check(wrong, "a", None);
        }
    }

    #[test]
    fn groups_have_the_flags_of_re2() {
        check("(?i)A(?s:.)(?U)b+", "a\nb", Some(true));
        check("(?P<n>a)(?<m>b)(?:c)", "abc", Some(true));
        check("a(?:b)*(?i:c)+", "aC", Some(true));
        for wrong in ["(?x)a b", "(?u)a", "(?=a)", "(a", "a(?i)*b", "(a)(?i)?b", "a(?s-i){3}"] {
            check(wrong, "a", None);
        }
    }
}
