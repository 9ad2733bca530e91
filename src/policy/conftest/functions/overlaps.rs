//! `regex.globs_match`: whether some text fits two patterns, each of letters, `.`, sets such as `[a-z]`, and `*` and `+` behind one of these.
//!
//! OPA's search does not find every such text: `a\**` and `.` have `a` in common, and the answer is no. Policies were written with its answers, so this
//! is the same search, not a better one.

use std::iter::Peekable;
use std::str::Chars;

use regorus::Value as Rego;

use super::{Failure, Function, text};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[("regex.globs_match", 2, |args, _| {
    let (one, other) = (tokens(text(args, 0)?)?, tokens(text(args, 1)?)?);
    let mut search = Search { steps: MAX_STEPS };
    Ok(Rego::from(search.overlap(&one, &other)?))
})];

/// The longest pattern, in tokens: the search calls itself.
const MAX_TOKENS: usize = 1_000;
/// The most tokens that are compared.
const MAX_STEPS: u64 = 5_000_000;

/// What one letter may be.
#[derive(Clone, PartialEq, Eq)]
enum Letter {
    One(char),
    Any,
    /// One of some ranges.
    Of(Vec<(char, char)>),
}

/// How often a letter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    Star,
    Plus,
}

struct Token {
    letter: Letter,
    times: Times,
}

fn tokens(pattern: &str) -> Result<Vec<Token>, Failure> {
    let mut rest = pattern.chars().peekable();
    let mut found: Vec<Token> = Vec::new();
    while let Some(first) = rest.next() {
        let letter = match first {
            '.' => Letter::Any,
            '[' => Letter::Of(set(&mut rest)?),
            ']' | '*' | '+' => return Err(Failure::from(format!("{pattern}: `{first}` stands behind nothing"))),
            '\\' => Letter::One(rest.next().ok_or("a pattern ends with an escape")?),
            other => Letter::One(other),
        };
        let times = match rest.next_if(|next| matches!(next, '*' | '+')) {
            Some('*') => Times::Star,
            Some(_) => Times::Plus,
            None => Times::Once,
        };
        match found.last_mut() {
            Some(last) if last.times != Times::Once && times != Times::Once && last.letter == letter => {
                let plus = last.times == Times::Plus || times == Times::Plus;
                last.times = if plus { Times::Plus } else { Times::Star };
            }
            _ => found.push(Token { letter, times }),
        }
    }
    if found.len() > MAX_TOKENS {
        return Err(Failure::Unsupported(format!("a pattern has more than {MAX_TOKENS} letters")));
    }
    Ok(found)
}

fn set(rest: &mut Peekable<Chars<'_>>) -> Result<Vec<(char, char)>, Failure> {
    let open = || Failure::from("a set is not closed");
    let (mut ranges, mut before) = (Vec::new(), None);
    loop {
        match rest.next().ok_or_else(open)? {
            ']' => return Ok(ranges),
            '-' => {
                let start = before.take().ok_or("a range has no start")?;
                let end = match rest.next().ok_or_else(open)? {
                    '\\' => rest.next().ok_or_else(open)?,
                    ']' | '-' => return Err("a range has no end".into()),
                    other => other,
                };
                if end < start {
                    return Err("a range ends before it starts".into());
                }
                ranges.push((start, end));
            }
            letter => {
                let letter = if letter == '\\' { rest.next().ok_or_else(open)? } else { letter };
                ranges.push((letter, letter));
                before = Some(letter);
            }
        }
    }
}

/// A search that goes back where it took a wrong way.
struct Search {
    steps: u64,
}

impl Search {
    /// Whether a text fits both patterns. Letters at their ends that stand once are compared first, and all but one of them left out.
    fn overlap(&mut self, one: &[Token], other: &[Token]) -> Result<bool, Failure> {
        let single = |left: &Token, right: &Token| left.times == Times::Once && right.times == Times::Once;
        let mut start = 0;
        while let (Some(left), Some(right)) = (one.get(start), other.get(start))
            && single(left, right)
        {
            if !self.meet(left, right)? {
                return Ok(false);
            }
            start += 1;
        }
        let start = start.saturating_sub(1);
        let (one, other) = (&one[start.min(one.len())..], &other[start.min(other.len())..]);
        let mut left_out = 0;
        for (left, right) in one.iter().rev().zip(other.iter().rev()).take_while(|(left, right)| single(left, right)) {
            if !self.meet(left, right)? {
                return Ok(false);
            }
            left_out += 1;
        }
        let left_out = usize::saturating_sub(left_out, 1);
        self.fit(&one[..one.len() - left_out], &other[..other.len() - left_out])
    }

    /// Whether tokens meet one by one, up to the first that may be repeated.
    fn fit(&mut self, one: &[Token], other: &[Token]) -> Result<bool, Failure> {
        for (at, (left, right)) in one.iter().zip(other).enumerate() {
            match (left.times, right.times) {
                (Times::Once, Times::Once) if !self.meet(left, right)? => return Ok(false),
                (Times::Once, Times::Once) => {}
                (Times::Star, _) => return self.star(&one[at..], &other[at..]),
                (Times::Plus, _) => return self.plus(&one[at..], &other[at..]),
                (Times::Once, Times::Star) => return self.star(&other[at..], &one[at..]),
                (Times::Once, Times::Plus) => return self.plus(&other[at..], &one[at..]),
            }
        }
        Ok(one.len() == other.len())
    }

    /// `one` begins with a token that stands once at least.
    fn plus(&mut self, one: &[Token], other: &[Token]) -> Result<bool, Failure> {
        if !self.meet(&one[0], &other[0])? {
            return Ok(false);
        }
        Ok(self.star(one, &other[1..])? || (other[0].times != Times::Once && self.fit(&one[1..], other)?))
    }

    /// `one` begins with a token that takes what it can of the other tokens.
    fn star(&mut self, one: &[Token], other: &[Token]) -> Result<bool, Failure> {
        for (at, token) in other.iter().enumerate() {
            if let Some(next) = one.get(1)
                && self.meet(token, next)?
                && self.fit(&one[1..], &other[at..])?
            {
                return Ok(true);
            }
            if !self.meet(token, &one[0])? {
                return Ok(false);
            }
        }
        Ok(one.len() == 1)
    }

    fn meet(&mut self, one: &Token, other: &Token) -> Result<bool, Failure> {
        self.steps = self.steps.checked_sub(1).ok_or_else(|| Failure::Unsupported("the patterns take too long".to_owned()))?;
        let among = |letter: &char, ranges: &[(char, char)]| ranges.iter().any(|(from, to)| from <= letter && letter <= to);
        Ok(match (&one.letter, &other.letter) {
            (Letter::Any, _) | (_, Letter::Any) => true,
            (Letter::One(one), Letter::One(other)) => one == other,
            (Letter::One(letter), Letter::Of(ranges)) | (Letter::Of(ranges), Letter::One(letter)) => among(letter, ranges),
            (Letter::Of(one), Letter::Of(other)) => {
                one.iter().any(|(from, to)| other.iter().any(|(start, end)| from <= end && start <= to))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(one: &str, other: &str, expected: Option<bool>) {
        let found = (FUNCTIONS[0].2)(&[one.into(), other.into()], &Setting::default());
        assert_eq!(found.ok(), expected.map(Rego::from), "{one} {other}");
    }

    #[test]
    fn patterns_meet_in_a_text() {
        for (one, other) in [
            ("a.a.", ".b.b"),
            ("s3:Get.*", "s3:.*Object"),
            ("s3:List.*", "s3:List.*"),
            ("pqrs", ".qrs"),
            (".*", "x"),
            ("a\\.b", "a.b"),
            ("[a\\-z]", "-"),
            (".*d", ".*e.*d+"),
            ("", ""),
        ] {
            check(one, other, Some(true));
            check(other, one, Some(true));
        }
        for (one, other) in
            [("[a-z]+", "[0-9]+"), ("s3:Get.*", "s3:List.*"), ("a*", "b*"), ("a", "aa"), ("a\\.b", "axb"), ("", "a"), (".*e", ".*d")]
        {
            check(one, other, Some(false));
            check(other, one, Some(false));
        }
    }

    #[test]
    fn the_answer_may_depend_on_which_pattern_comes_first() {
        // As of OPA 1.21.1.
        check("[a-z]+", "[0-9]*b", Some(false));
        check("[0-9]*b", "[a-z]+", Some(true));
    }

    #[test]
    fn what_is_no_pattern_is_undefined() {
        for wrong in ["*", "a]", "[a", "[z-a]", "[-a]", "[a-]", "a\\", "a**"] {
            check(wrong, "a", None);
        }
        check(&"a".repeat(5_000), &"a".repeat(5_000), None);
    }
}
