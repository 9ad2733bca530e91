//! Java properties as a flat object of texts. References (`${key}`) stay as they are written, but must be well-formed and lead in no
//! circle, as in conftest.

use std::collections::{BTreeMap, HashSet};
use std::iter::Peekable;
use std::str::Chars;

use serde_json::Value;

/// The longest chain of references.
const MAX_REFERENCES: usize = 64;

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
            if key.is_empty() {
                return Err("a value has no key".to_owned());
            }
            values.insert(key, value(&mut rest)?);
        }
    }
    let mut proven = HashSet::new();
    values.keys().try_for_each(|key| prove(key, &mut Vec::new(), &mut proven, &values))?;
    Ok(values.into_iter().map(|(key, value)| (key, Value::String(value))).collect())
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

/// Whether the references of a key's value, and of those that they lead to, are in order; each key is looked at once.
fn prove<'a>(
    key: &'a str,
    path: &mut Vec<&'a str>,
    proven: &mut HashSet<&'a str>,
    values: &'a BTreeMap<String, String>,
) -> Result<(), String> {
    if path.contains(&key) {
        return Err(format!("circular reference to `{key}`"));
    }
    if path.len() > MAX_REFERENCES {
        return Err("expansion too deep".into());
    }
    let Some(mut rest) = values.get(key).filter(|_| !proven.contains(key)).map(String::as_str) else { return Ok(()) };
    path.push(key);
    while let Some((_, behind)) = rest.split_once("${") {
        let (next, after) = behind.split_once('}').ok_or("malformed expression")?;
        prove(next, path, proven, values)?;
        rest = after;
    }
    path.pop();
    proven.insert(key);
    Ok(())
}
