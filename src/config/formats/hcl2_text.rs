//! The texts of HCL 2: escapes, heredocs and templates, written again as hcl2json writes them.

use serde_json::Value;

use super::hcl2::parse_expression;

/// A template as text: literals with `${` guarded, interpolations as `${…}`, directives in their plain form.
pub(super) fn template(raw: &str, quoted: bool, depth: usize) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = raw;
    while let Some(at) = rest.find(['$', '%', '\\']) {
        let (before, here) = rest.split_at(at);
        out += before;
        if here.starts_with("$${") || here.starts_with("%%{") {
            out += &here[..3];
            rest = &here[3..];
        } else if here.starts_with("${") || here.starts_with("%{") {
            let end = closing(here).ok_or("a template sequence is not closed")?;
            let inner = here[2..end].trim_matches('~').trim();
            if here.starts_with('%') {
                out += &format!("%{{{inner}}}");
            } else {
                out += &part(parse_expression(inner, depth + 1)?, inner);
            }
            rest = &here[end + 1..];
        } else if quoted && here.starts_with('\\') {
            let (c, length) = escaped(here)?;
            out.push(c);
            rest = &here[length..];
        } else {
            out += &here[..1];
            rest = &here[1..];
        }
    }
    Ok(out + rest)
}

/// An expression inside a template, as text.
fn part(value: Value, source: &str) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(_) | Value::Object(_) => format!("${{{source}}}"),
        simple => simple.to_string(),
    }
}

/// The expression of a template that is a single interpolation.
pub(super) fn single(raw: &str) -> Option<&str> {
    let end = closing(raw.strip_prefix("${").map(|_| raw)?)?;
    (end + 1 == raw.len()).then(|| raw[2..end].trim_matches('~').trim())
}

/// Where the sequence that begins a text ends, counted to its `}`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quoted => drop(chars.next()),
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// A label or a key without its escapes.
pub(super) fn decode_escapes(raw: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out += &rest[..at];
        let (c, length) = escaped(&rest[at..])?;
        out.push(c);
        rest = &rest[at + length..];
    }
    Ok(out + rest)
}

/// The character behind a backslash, and how many bytes stand for it.
fn escaped(text: &str) -> Result<(char, usize), String> {
    let next = text[1..].chars().next().ok_or("a backslash ends the text")?;
    let digits = match next {
        'n' => return Ok(('\n', 2)),
        'r' => return Ok(('\r', 2)),
        't' => return Ok(('\t', 2)),
        '"' | '\\' => return Ok((next, 2)),
        'u' => 4,
        'U' => 8,
        _ => return Err(format!("`\\{next}` is no escape sequence")),
    };
    let code = text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
    code.map(|c| (c, 2 + digits)).ok_or_else(|| format!("`\\{next}` wants {digits} hexadecimal digits"))
}

/// The text of a heredoc, and how long it is in the file up to its last line's end.
pub(super) fn heredoc(text: &str) -> Option<(String, usize)> {
    let head = text.strip_prefix("<<")?;
    let (indented, head) = head.strip_prefix('-').map_or((false, head), |head| (true, head));
    let (mark, body) = head.split_once('\n')?;
    let mark = mark.trim();
    if mark.is_empty() || !mark.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return None;
    }
    let start = text.len() - body.len();
    let mut lines = Vec::new();
    let mut at = start;
    for line in body.split_inclusive('\n') {
        if line.trim() == mark {
            let end = at + line.trim_end_matches(['\r', '\n']).len();
            return Some((unindent(&lines, indented), end));
        }
        lines.push(line);
        at += line.len();
    }
    None
}

fn unindent(lines: &[&str], indented: bool) -> String {
    let blanks = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let shared = if indented { filled.map(blanks).min().unwrap_or(0) } else { 0 };
    lines.iter().map(|line| &line[shared.min(blanks(line))..]).collect()
}
