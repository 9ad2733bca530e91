//! `regex.…` with classes of ASCII, as in RE2 and so in OPA: to the engine `\d` and `\w` are classes of Unicode. Each expression is compiled once.

use std::ops::Range;
use std::sync::Arc;

use regorus::Value as Rego;

use super::{Failure, Function, text, whole};
use crate::policy::patterns::{self, Expression};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("regex.find_all_string_submatch_n", 3, |args, _| {
        let found = compiled(args, 0)?.groups(text(args, 1)?, most(args, 2)?).map_err(wrong)?;
        Ok(list(found.into_iter().map(|groups| list(groups.into_iter().map(Rego::from)))))
    }),
    ("regex.find_n", 3, |args, _| {
        let (expression, text) = (compiled(args, 0)?, text(args, 1)?);
        Ok(list(expression.find(text, most(args, 2)?).map_err(wrong)?.into_iter().map(|found| Rego::from(&text[found]))))
    }),
    ("regex.is_valid", 1, |args, _| {
        let is_valid = |pattern: &str| patterns::expression(pattern).and_then(|expression| expression.check()).is_ok();
        Ok(Rego::from(text(args, 0).is_ok_and(is_valid)))
    }),
    ("regex.match", 2, |args, _| Ok(Rego::from(compiled(args, 0)?.is_match(text(args, 1)?).map_err(wrong)?))),
    ("regex.replace", 3, |args, _| {
        let (text, expression, by) = (text(args, 0)?, compiled(args, 1)?, text(args, 2)?);
        Ok(Rego::from(&*expression.replaced(text, by).map_err(wrong)?))
    }),
    ("regex.split", 2, |args, _| {
        let (expression, text) = (compiled(args, 0)?, text(args, 1)?);
        Ok(split(&expression.find(text, usize::MAX).map_err(wrong)?, text))
    }),
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
    match error {
        // OPA may well compile it.
        regex::Error::CompiledTooBig(_) => Failure::Unsupported("an expression is too large".to_owned()),
        other => Failure::from(other.to_string()),
    }
}

/// A number of matches; a negative one stands for all.
fn most(args: &[Rego], index: usize) -> Result<usize, Failure> {
    Ok(usize::try_from(whole(args, index)?).unwrap_or(usize::MAX))
}

fn list(items: impl Iterator<Item = Rego>) -> Rego {
    Rego::from(items.collect::<Vec<_>>())
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
fn split(separators: &[Range<usize>], text: &str) -> Rego {
    if text.is_empty() {
        return list([Rego::from("")].into_iter());
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in separators {
        end = found.start;
        if found.end != 0 {
            parts.push(Rego::from(&text[start..end]));
        }
        start = found.end;
    }
    if end != text.len() {
        parts.push(Rego::from(&text[start..]));
    }
    Rego::from(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: &str) {
        let found = patterns::expression(pattern).unwrap().find(text, usize::MAX).unwrap();
        assert_eq!(split(&found, text).to_string(), expected, "{pattern} in {text:?}");
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
