//! `regex.…` with classes of ASCII, as in RE2 and so in OPA: to the engine `\d` and `\w` are classes of Unicode. Each expression is compiled once.

use std::sync::Arc;

use regex::{Captures, Regex};
use regorus::Value as Rego;

use super::{Answer, Failure, Function, text, whole};
use crate::policy::patterns::{self, Expression};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("regex.find_all_string_submatch_n", 3, |args, _| {
        let (expression, text, most) = (compiled(args, 0)?, text(args, 1)?, most(args, 2)?);
        let Some(found) = expression.may_match(text).map_err(wrong)? else { return Ok(list([].into_iter())) };
        Ok(list(found.captures_iter(text).take(most).map(|captures| groups(&captures))))
    }),
    ("regex.find_n", 3, |args, _| {
        let (expression, text, most) = (compiled(args, 0)?, text(args, 1)?, most(args, 2)?);
        let Some(found) = expression.may_match(text).map_err(wrong)? else { return Ok(list([].into_iter())) };
        Ok(list(found.find_iter(text).take(most).map(|found| Rego::from(found.as_str()))))
    }),
    ("regex.is_valid", 1, |args, _| {
        let is_valid = |pattern: &str| patterns::expression(pattern).is_ok_and(|expression| expression.fast().is_ok());
        Ok(Rego::from(text(args, 0).is_ok_and(is_valid)))
    }),
    ("regex.match", 2, |args, _| Ok(Rego::from(compiled(args, 0)?.is_match(text(args, 1)?).map_err(wrong)?))),
    ("regex.replace", 3, |args, _| {
        let (text, expression, by) = (text(args, 0)?, compiled(args, 1)?, text(args, 2)?);
        let Some(found) = expression.may_match(text).map_err(wrong)? else { return Ok(Rego::from(text)) };
        Ok(Rego::from(&*found.replace_all(text, by)))
    }),
    ("regex.split", 2, |args, _| split(compiled(args, 0)?.fast().map_err(wrong)?, text(args, 1)?)),
    ("regex.template_match", 4, |args, _| {
        let pattern = template(text(args, 0)?, delimiter(args, 2, "start")?, delimiter(args, 3, "end")?)?;
        Ok(Rego::from(expression(&pattern)?.is_match(text(args, 1)?).map_err(wrong)?))
    }),
];

pub(super) fn compiled(args: &[Rego], index: usize) -> Result<Arc<Expression>, Failure> {
    expression(text(args, index)?)
}

fn expression(pattern: &str) -> Result<Arc<Expression>, Failure> {
    patterns::expression(pattern).map_err(|error| match error {
        // OPA may well compile it.
        regex::Error::CompiledTooBig(_) => Failure::Unsupported(format!("the expression `{pattern}` is too large")),
        other => wrong(other),
    })
}

pub(super) fn wrong(error: regex::Error) -> Failure {
    Failure::from(error.to_string())
}

/// A number of matches; a negative one stands for all.
fn most(args: &[Rego], index: usize) -> Result<usize, Failure> {
    Ok(usize::try_from(whole(args, index)?).unwrap_or(usize::MAX))
}

fn list(items: impl Iterator<Item = Rego>) -> Rego {
    Rego::from(items.collect::<Vec<_>>())
}

fn groups(captures: &Captures<'_>) -> Rego {
    list(captures.iter().map(|group| Rego::from(group.map_or("", |group| group.as_str()))))
}

fn delimiter(args: &[Rego], index: usize, name: &str) -> Result<u8, Failure> {
    match text(args, index)?.as_bytes() {
        [one] => Ok(*one),
        _ => Err(format!("{name} delimiter has to be exactly one character").as_str().into()),
    }
}

/// The expression of a text that is meant as it stands but for expressions between delimiters, which may hold delimiters in pairs.
fn template(text: &str, start: u8, end: u8) -> Result<String, Failure> {
    let unbalanced = || Failure::from(format!("unbalanced braces in {text:?}"));
    let (mut pattern, mut depth, mut from) = ("^".to_owned(), 0usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte == start {
            if depth == 0 {
                pattern += &regex::escape(&text[from..at]);
                from = at + 1;
            }
            depth += 1;
        } else if byte == end {
            depth = depth.checked_sub(1).ok_or_else(unbalanced)?;
            if depth == 0 {
                pattern += &format!("({})", &text[from..at]);
                from = at + 1;
            }
        }
    }
    if depth > 0 {
        return Err(unbalanced());
    }
    Ok(pattern + &regex::escape(&text[from..]) + "$")
}

/// What stands between matches; a match of nothing at the start separates nothing, as in Go.
fn split(separator: &Regex, text: &str) -> Answer {
    if text.is_empty() {
        return Ok(list([Rego::from("")].into_iter()));
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in separator.find_iter(text) {
        end = found.start();
        if found.end() != 0 {
            parts.push(Rego::from(&text[start..end]));
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(Rego::from(&text[start..]));
    }
    Ok(Rego::from(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: &str) {
        let found = split(&Regex::new(pattern).unwrap(), text).ok().map(|parts| parts.to_string());
        assert_eq!(found.as_deref(), Some(expected), "{pattern} in {text:?}");
    }

    #[test]
    fn texts_are_split_as_in_go() {
        check(",", "a,b,", r#"["a","b",""]"#);
        check("a*", "baac", r#"["b","c"]"#);
        check(",", "", r#"[""]"#);
        check("x", "abc", r#"["abc"]"#);
    }

    #[test]
    fn templates_are_texts_around_expressions() {
        let pattern = |text: &str| template(text, b'{', b'}').ok();
        assert_eq!(pattern("urn:{.*}:x").as_deref(), Some("^urn:(.*):x$"));
        assert_eq!(pattern("a.{[0-9]{2}}b{.}").as_deref(), Some(r"^a\.([0-9]{2})b(.)$"));
        assert_eq!(pattern("é{é}").as_deref(), Some("^é(é)$"));
        assert_eq!(pattern("").as_deref(), Some("^$"));
        for wrong in ["{", "}", "a}{b", "{{a}"] {
            assert_eq!(pattern(wrong), None, "{wrong}");
        }
        assert_eq!(template("a|.*|b", b'|', b'|').ok(), None, "one that opens and closes only opens");
    }
}
