//! Java properties as a flat object of texts, with `${key}` expanded from the file itself.
//!
//! Unlike conftest, keys that the file does not set expand to nothing: the environment is not asked, so that a verdict does not
//! depend on the machine.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use serde_json::Value;

const MAX_EXPANSIONS: usize = 64;
const MAX_LENGTH: usize = 1 << 20;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut values = BTreeMap::new();
    let mut rest = text.chars().peekable();
    while let Some(&c) = rest.peek() {
        if c.is_ascii_whitespace() {
            rest.next();
        } else if c == '#' || c == '!' {
            while rest.next_if(|c| !matches!(c, '\n' | '\r')).is_some() {}
        } else {
            let key = key(&mut rest)?;
            values.insert(key, value(&mut rest)?);
        }
    }
    let expanded = values.keys().map(|key| Ok((key.clone(), Value::String(expand(&values[key], &mut vec![key], &values)?))));
    expanded.collect::<Result<_, String>>().map(Value::Object)
}

fn key(rest: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut key = String::new();
    while let Some(c) = rest.next_if(|c| !matches!(c, ' ' | '\u{c}' | '\t' | '\r' | '\n' | ':' | '=')) {
        if c == '\\' { key.push(escaped(rest)?) } else { key.push(c) }
    }
    blanks(rest);
    rest.next_if(|c| matches!(c, ':' | '='));
    blanks(rest);
    Ok(key)
}

fn value(rest: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut value = String::new();
    while let Some(c) = rest.next_if(|c| !matches!(c, '\n' | '\r')) {
        if c != '\\' {
            value.push(c);
        } else if rest.next_if(|c| matches!(c, '\n' | '\r')).is_some() {
            blanks(rest);
        } else {
            value.push(escaped(rest)?);
        }
    }
    Ok(value)
}

fn blanks(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| matches!(c, ' ' | '\u{c}' | '\t')).is_some() {}
}

fn escaped(rest: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    match rest.next().ok_or("premature EOF")? {
        'f' => Ok('\u{c}'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'u' => {
            let digits: String = rest.by_ref().take(4).collect();
            let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4).ok_or("invalid unicode literal")?;
            Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        other => Ok(other),
    }
}

fn expand<'a>(text: &'a str, path: &mut Vec<&'a str>, values: &'a BTreeMap<String, String>) -> Result<String, String> {
    if path.len() > MAX_EXPANSIONS {
        return Err("expansion too deep".into());
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let (key, after) = behind.split_once('}').ok_or("malformed expression")?;
        if path.contains(&key) {
            return Err(format!("circular reference to `{key}`"));
        }
        out += before;
        if let Some(value) = values.get(key) {
            path.push(key);
            out += &expand(value, path, values)?;
            path.pop();
        }
        if out.len() > MAX_LENGTH {
            return Err("expansion is too long".into());
        }
        rest = after;
    }
    Ok(out + rest)
}
