//! How a Dockerfile's line falls into words: quotes, escapes, flags and `name=value` pairs, as buildkit splits them.

use super::dockerfile::Escape;

/// Splits at blanks.
pub(super) fn split_whitespace(rest: &str) -> Vec<String> {
    rest.split(['\t', '\u{b}', '\u{c}', '\r', ' ']).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// Splits at blanks outside of quotes; quotes and escapes stay in the words.
pub(super) fn words(rest: &str, escape: Escape) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if !word.is_empty() {
                found.push(std::mem::take(&mut word));
            }
            continue;
        }
        if c == escape && quote != Some('\'') {
            let Some(next) = chars.next() else { break };
            word.extend([c, next]);
            continue;
        }
        match quote {
            None if matches!(c, '"' | '\'') => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

/// The `--flags` before the arguments, quotes removed, and the rest of the line.
pub(super) fn flags(line: &str, escape: Escape) -> (&str, Vec<String>) {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while rest.starts_with("--") {
        let mut word = String::new();
        let mut quote = None;
        let mut end = rest.len();
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match quote {
                None if c.is_whitespace() => {
                    end = at;
                    break;
                }
                None if matches!(c, '"' | '\'') => quote = Some(c),
                Some(open) if open == c => quote = None,
                _ if c == escape => word.extend(chars.next().map(|(_, c)| c)),
                _ => word.push(c),
            }
        }
        rest = &rest[end..];
        if word == "--" {
            break;
        }
        found.push(word);
        rest = rest.trim_start();
    }
    (rest, found)
}

/// `name value` or `name=value …` as triples of name, value and the sign between them.
pub(super) fn name_values(rest: &str, escape: Escape, instruction: &str) -> Result<Vec<String>, String> {
    let words = words(rest, escape);
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    if !first.contains('=') {
        let instruction = instruction.to_uppercase();
        let blank = |c: char| matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ');
        let (name, value) = rest.split_once(blank).ok_or_else(|| format!("{instruction} must have two arguments"))?;
        return Ok(vec![name.to_owned(), value.trim_start_matches(blank).to_owned(), String::new()]);
    }
    let mut found = Vec::new();
    for word in &words {
        let (name, value) =
            word.split_once('=').ok_or_else(|| format!("Syntax error - can't find = in \"{word}\". Must be of the form: name=value"))?;
        found.extend([name.to_owned(), value.to_owned(), "=".to_owned()]);
    }
    Ok(found)
}
