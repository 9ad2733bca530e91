//! Environment files (`KEY=value`) as a flat object of texts, by the rules of the Go library gotenv.
//!
//! `$NAME` is replaced by what the file itself set before; the environment is not asked, so that a verdict does not depend on
//! the machine. Unknown names become nothing.

use serde_json::{Map, Value};

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut values = Map::new();
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = normal.split('\n');
    while let Some(first) = lines.next() {
        let line = first.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut entry = line.to_owned();
        if let Some(quote) = open_quote(line) {
            loop {
                let next = lines.next().ok_or("missing quotes")?;
                entry.push('\n');
                entry += next;
                match next.rfind(quote) {
                    Some(at) if at > 0 && next.as_bytes()[at - 1] == b'\\' => {}
                    Some(_) => break,
                    None => {}
                }
            }
        }
        set(&entry, &mut values)?;
    }
    Ok(Value::Object(values))
}

fn delimiter(line: &str) -> Option<usize> {
    line.find('=').or_else(|| line.find(':'))
}

/// The quote that a value opens and does not close on its line.
fn open_quote(line: &str) -> Option<char> {
    let value = line.get(delimiter(line).filter(|at| *at > 0)? + 1..)?.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    match value[1..].trim().rfind(quote) {
        Some(at) if value.as_bytes().get(at) != Some(&b'\\') => None,
        _ => Some(quote),
    }
}

fn set(entry: &str, values: &mut Map<String, Value>) -> Result<(), String> {
    let wrong = || format!("line `{}` doesn't match format", entry.trim());
    let body = entry.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(entry).trim_start();
    let Some(at) = delimiter(body) else {
        // `export NAME` alone declares a name that must have been set.
        return if entry.starts_with("export") && values.contains_key(body.trim()) { Ok(()) } else { Err(wrong()) };
    };
    let key = body[..at].trim();
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
        return Err(wrong());
    }
    let behind = &body[at + 1..];
    let is_colon = body[at..].starts_with(':');
    if is_colon && (key.len() != at || !behind.starts_with([' ', '\t'])) {
        // The colon stands at the name, and a blank behind it.
        return Err(wrong());
    }
    let raw = behind.trim();
    let value = match raw.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = quoted(raw, quote).unwrap_or_else(|| without_quotes(without_comment(raw), quote));
            if quote == '\'' { inner.to_owned() } else { expand(&unescape(inner), values) }
        }
        _ => expand(without_comment(raw), values),
    };
    values.insert(key.to_owned(), Value::String(value));
    Ok(())
}

/// What stands between quotes, when nothing but a comment follows them.
fn quoted(raw: &str, quote: char) -> Option<&str> {
    let end = closing(raw, quote)?;
    let rest = raw[end + 1..].trim_start();
    (rest.is_empty() || rest.starts_with('#')).then(|| &raw[1..end])
}

/// A value with something behind its quotes: only a quote at either end is taken off.
fn without_quotes(raw: &str, quote: char) -> &str {
    raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(raw)
}

/// The quote that ends a quoted value: the first one that no backslash guards.
fn closing(raw: &str, quote: char) -> Option<usize> {
    let mut guarded = false;
    raw.char_indices().skip(1).find_map(|(at, c)| {
        let ends = c == quote && !guarded;
        guarded = c == '\\' && !guarded;
        ends.then_some(at)
    })
}

/// A value without quotes ends at the first `#`, whatever is before it.
fn without_comment(raw: &str) -> &str {
    raw.split('#').next().unwrap_or_default().trim_end()
}

/// Newlines for `\n` and `\r`; any other guarded character stands for itself, except `$`, which stays guarded.
fn unescape(text: &str) -> String {
    let text = text.replace("\\n", "\n").replace("\\r", "\r");
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.peek().is_some_and(|next| *next != '$') {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

fn expand(text: &str, values: &Map<String, Value>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        if let Some(before) = before.strip_suffix('\\') {
            out += before;
            out.push('$');
            rest = behind;
            continue;
        }
        out += before;
        let braced = behind.strip_prefix('{');
        let name_text = braced.unwrap_or(behind);
        let length = name_text.bytes().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_').count();
        if length == 0 {
            out.push('$');
            rest = behind;
            continue;
        }
        out += values.get(&name_text[..length]).and_then(Value::as_str).unwrap_or_default();
        rest = &name_text[length..];
        if braced.is_some() {
            rest = rest.strip_prefix('}').unwrap_or(rest);
        }
    }
    out + rest
}
