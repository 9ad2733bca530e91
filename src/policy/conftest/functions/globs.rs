//! `glob.match` as OPA has it: `*` and `?` stop at the separators, `**` does not, and everything else but `[…]`, `{…}` and `\` is text. The engine
//! lets a `*` at the start go over separators.

use std::iter::Peekable;
use std::str::Chars;

use regorus::Value as Rego;

use super::{Answer, Failure, Function, text};
use crate::policy::patterns;

pub(super) const FUNCTIONS: &[(&str, u8, Function)] =
    &[("glob.match", 3, |args, _| matched(args)), ("glob.quote_meta", 1, |args, _| Ok(Rego::from(quoted(text(args, 0)?).as_str())))];

/// A text as a glob that fits it alone.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '?' | '\\' | '[' | ']' | '{' | '}') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn matched(args: &[Rego]) -> Answer {
    let separators = match &args[1] {
        Rego::Null => String::new(),
        Rego::Array(items) if items.is_empty() => ".".to_owned(),
        Rego::Array(items) => items.iter().map(one).collect::<Result<_, _>>()?,
        _ => return Err("operand 2 must be one of {array, null}".into()),
    };
    let pattern = text(args, 0)?;
    let expression = expression(pattern, &separators).ok_or_else(|| Failure::from(format!("`{pattern}` is no glob")))?;
    let text = text(args, 2)?;
    let matched = patterns::expression(&expression).and_then(|expression| expression.is_match(text));
    Ok(Rego::from(matched.map_err(|_| Failure::Unsupported(format!("the glob `{pattern}` is too large")))?))
}

fn one(separator: &Rego) -> Result<char, Failure> {
    let mut letters = separator.as_string().map_or("", |text| &**text).chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err("operand 2 must be array of single characters".into()),
    }
}

/// The regular expression of a glob; `None` when it is none.
fn expression(glob: &str, separators: &str) -> Option<String> {
    let within = match separators {
        "" => ".".to_owned(),
        _ => format!("[^{}]", separators.chars().map(literal).collect::<String>()),
    };
    let mut out = String::from("^(?s:");
    let mut letters = glob.chars().peekable();
    let mut open = 0_usize;
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => out += ".*",
            '*' => out += &format!("{within}*"),
            '?' => out += &within,
            '\\' => out += &literal(letters.next()?),
            '[' => out += &class(&mut letters)?,
            '{' => {
                open += 1;
                out += "(?:";
            }
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            ',' if open > 0 => out.push('|'),
            other => out += &literal(other),
        }
    }
    (open == 0).then(|| out + ")$")
}

/// What stands in brackets: characters, or one range of them; an exclamation mark denies them.
fn class(letters: &mut Peekable<Chars<'_>>) -> Option<String> {
    let denied = if letters.next_if_eq(&'!').is_some() { "^" } else { "" };
    let first = letters.next().filter(|letter| *letter != ']')?;
    let first = if first == '\\' { letters.next()? } else { first };
    if letters.next_if_eq(&'-').is_some() {
        let last = letters.next()?;
        let is_range = letters.next() == Some(']') && first <= last;
        return is_range.then(|| format!("[{denied}{}-{}]", literal(first), literal(last)));
    }
    let mut all = literal(first);
    loop {
        match letters.next()? {
            ']' => return Some(format!("[{denied}{all}]")),
            '\\' => all += &literal(letters.next()?),
            letter => all += &literal(letter),
        }
    }
}

fn literal(letter: char) -> String {
    format!("\\x{{{:x}}}", u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(glob: &str, separators: &str, text: &str, expected: Option<bool>) {
        let separators = Rego::from_json_str(separators).unwrap();
        let found = (FUNCTIONS[0].2)(&[glob.into(), separators, text.into()], &Setting::default()).ok();
        assert_eq!(found, expected.map(Rego::from), "{glob} on {text}");
    }

    #[test]
    fn stars_stop_at_separators() {
        check("*:x", r#"[":"]"#, "a:b:x", Some(false));
        check("*:x", r#"[":"]"#, "a:x", Some(true));
        check("**:x", r#"[":"]"#, "a:b:x", Some(true));
        check("*.x", "[]", "a.b.x", Some(false));
        check("*", "null", "a/b.c\n", Some(true));
        check("a/**/c", r#"["/"]"#, "a/c", Some(false));
        check("?", r#"["/"]"#, "é", Some(true));
        check("a?c", "[]", "a.c", Some(false));
    }

    #[test]
    fn brackets_and_braces_are_choices() {
        check("{cat,[fr]at,b*}", "[]", "rat", Some(true));
        check("{cat,[fr]at,b*}", "[]", "ba.t", Some(false));
        check("[a-c]x", "[]", "bx", Some(true));
        check("[!a-c]x", "[]", "bx", Some(false));
        check("[^a]x", "[]", "^x", Some(true));
        check("\\*x,}", "[]", "*x,}", Some(true));
        for wrong in ["[", "[]", "[a-cx]", "{a", "a\\"] {
            check(wrong, "[]", "a", None);
        }
        check("a", r#"["ab"]"#, "a", None);
    }
}
