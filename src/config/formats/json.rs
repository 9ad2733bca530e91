//! JSON, and JSON with comments: on serde_json, comments blanked beforehand so that places stay.

use serde_json::Value;

/// Reads one JSON text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let read = |text: &str| serde_json::from_str(text).map(whole);
    read(text).or_else(|error| mended(text).and_then(|text| read(&text).ok()).ok_or(error)).map_err(|e| e.to_string())
}

/// The text with the sign for no character in the place of escapes that stand for half of one, as in Go; `None` when there are none.
fn mended(text: &str) -> Option<String> {
    let unit = |at: usize| text.get(at..at + 6)?.strip_prefix("\\u").and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    let mut found = false;
    while let Some(letter) = text[at..].chars().next() {
        let length = match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                (found, at) = (true, at + 6);
                out += "\\ufffd";
                continue;
            }
            Some(_) => 6,
            // What is escaped begins no escape.
            None if letter == '\\' => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            None => letter.len_utf8(),
        };
        out += &text[at..at + length];
        at += length;
    }
    found.then_some(out)
}

/// Reads JSON with `//`, `#` and `/* */` comments.
pub(super) fn parse_with_comments(text: &str) -> Result<Value, String> {
    parse(&blank_comments(text))
}

/// `3.0` and `3` are one number to Go, which reads both as a float.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(ref n) if n.is_f64() => n.as_f64().and_then(super::number).unwrap_or(value),
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(members) => members.into_iter().map(|(k, v)| (k, whole(v))).collect(),
        other => other,
    }
}

fn blank_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if quoted => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            '"' => quoted = !quoted,
            '#' if !quoted => {
                blank_line(&mut rest, &mut out);
                continue;
            }
            '/' if !quoted && rest.peek() == Some(&'/') => {
                blank_line(&mut rest, &mut out);
                continue;
            }
            '/' if !quoted && rest.peek() == Some(&'*') => {
                blank_block(&mut rest, &mut out);
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn blank_line(rest: &mut Rest<'_>, out: &mut String) {
    while rest.next_if(|c| *c != '\n').is_some() {
        out.push(' ');
    }
}

fn blank_block(rest: &mut Rest<'_>, out: &mut String) {
    rest.next();
    let mut star = false;
    for c in rest.by_ref() {
        out.push(if c == '\n' { '\n' } else { ' ' });
        if star && c == '/' {
            return;
        }
        star = c == '*';
    }
}
