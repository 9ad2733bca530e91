//! INI as an object of sections, by the rules of the Go library ini: keys before the first section belong to none and are left out.

use serde_json::{Map, Value};

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut sections = Map::new();
    let mut current: Option<String> = None;
    let mut count = 0;
    let mut lines = text.lines().enumerate();
    while let Some((index, raw)) = lines.next() {
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let end = rest.rfind(']').ok_or_else(|| format!("line {}: unclosed section", index + 1))?;
            let name = rest[..end].to_owned();
            if name.is_empty() {
                return Err(format!("line {}: empty section name", index + 1));
            }
            count = 0;
            if name != "DEFAULT" {
                sections.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            }
            current = Some(name);
            continue;
        }
        let (mut key, rest) = key(line).ok_or_else(|| format!("line {}: key-value delimiter not found", index + 1))?;
        if key.is_empty() {
            return Err(format!("line {}: empty key name", index + 1));
        }
        if key == "-" {
            // The keys of a list are counted.
            count += 1;
            key = format!("#{count}");
        }
        let value = value(rest, &mut lines.by_ref().map(|(_, l)| l))?;
        if let Some(Value::Object(section)) = current.as_ref().and_then(|name| sections.get_mut(name)) {
            section.insert(key, typed(value));
        }
    }
    Ok(Value::Object(sections))
}

fn key(line: &str) -> Option<(String, &str)> {
    if let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '`')) {
        let end = line[1..].find(quote)? + 1;
        let rest = line[end + 1..].trim_start().strip_prefix(['=', ':'])?;
        return Some((line[1..end].to_owned(), rest));
    }
    let at = line.find(['=', ':'])?;
    Some((line[..at].trim().to_owned(), &line[at + 1..]))
}

fn value(rest: &str, lines: &mut dyn Iterator<Item = &str>) -> Result<String, String> {
    let mut text = rest.trim().to_owned();
    let long = if text.starts_with("\"\"\"") { Some("\"\"\"") } else { text.starts_with('`').then_some("`") };
    if let Some(quote) = long {
        let mut body = text[quote.len()..].to_owned();
        while !body.contains(quote) {
            body.push('\n');
            body += lines.next().ok_or("missing closing quote")?;
        }
        return Ok(body.split(quote).next().unwrap_or_default().to_owned());
    }
    if text.ends_with('\\') {
        while let Some(first) = text.strip_suffix('\\') {
            let first = first.to_owned();
            text = first + lines.next().unwrap_or_default().trim();
        }
        // What goes on in another line keeps its quotes and signs.
        return Ok(text);
    }
    // A comment begins at the first of its signs, in quotes too.
    if let Some(at) = text.find(['#', ';']) {
        text.truncate(at);
        text.truncate(text.trim_end().len());
    }
    let quoted = |q: char| text.len() >= 2 && text.starts_with(q) && text.ends_with(q) && !text[1..text.len() - 1].contains(q);
    if quoted('"') || quoted('\'') { Ok(text[1..text.len() - 1].to_owned()) } else { Ok(text) }
}

fn typed(text: String) -> Value {
    // Single underscores between digits are left out of a number.
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between = |(at, _): (usize, &str)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    let digits = if text.match_indices('_').all(between) { text.replace('_', "") } else { text.clone() };
    super::go_float(&digits).or_else(|| super::go_bool(&text).map(Value::Bool)).unwrap_or(Value::String(text))
}
