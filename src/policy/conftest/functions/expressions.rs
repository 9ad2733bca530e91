//! `regex.…` with classes of ASCII, as in RE2 and so in OPA: to the engine `\d` and `\w` are classes of Unicode. Each expression is compiled once.

use std::sync::Arc;

use regex::{Captures, Regex};
use regorus::Value as Rego;

use super::{Answer, Failure, Function, text, whole};
use crate::policy::patterns::{self, Anchors};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("regex.find_all_string_submatch_n", 3, |args, _| {
        let found = compiled(args, 0)?;
        Ok(list(found.captures_iter(text(args, 1)?).take(most(args, 2)?).map(|captures| groups(&captures))))
    }),
    ("regex.find_n", 3, |args, _| {
        let found = compiled(args, 0)?;
        Ok(list(found.find_iter(text(args, 1)?).take(most(args, 2)?).map(|found| Rego::from(found.as_str()))))
    }),
    ("regex.is_valid", 1, |args, _| Ok(Rego::from(text(args, 0).is_ok_and(|pattern| patterns::regex(pattern, Anchors::Text).is_ok())))),
    ("regex.match", 2, |args, _| Ok(Rego::from(compiled(args, 0)?.is_match(text(args, 1)?)))),
    ("regex.replace", 3, |args, _| Ok(Rego::from(&*compiled(args, 1)?.replace_all(text(args, 0)?, text(args, 2)?)))),
    ("regex.split", 2, |args, _| split(&*compiled(args, 0)?, text(args, 1)?)),
];

pub(super) fn compiled(args: &[Rego], index: usize) -> Result<Arc<Regex>, Failure> {
    let pattern = text(args, index)?;
    patterns::regex(pattern, Anchors::Text).map_err(|error| match error {
        // OPA may well compile it.
        regex::Error::CompiledTooBig(_) => Failure::Unsupported(format!("the expression `{pattern}` is too large")),
        other => Failure::from(other.to_string()),
    })
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
}
