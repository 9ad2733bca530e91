//! HCL 1 as objects, in the shape of HashiCorp's first decoder: every object but the outermost stands in a list.

use serde_json::{Map, Value};

use super::super::document::MAX_DEPTH;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    let members = reader.members(None, 0)?;
    Ok(Value::Object(members))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Keys with their values, up to `close` or the end of the file.
    fn members(&mut self, close: Option<char>, depth: usize) -> Result<Map<String, Value>, String> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        let mut members = Map::new();
        loop {
            self.skip();
            match (self.peek(), close) {
                (None, None) => return Ok(members),
                (None, Some(_)) => return Err(self.error("object is not closed")),
                (Some(c), Some(end)) if c == end => {
                    self.at += 1;
                    return Ok(members);
                }
                _ => {
                    let (keys, value) = self.item(depth)?;
                    add(&mut members, keys, value);
                    self.skip();
                    self.at += usize::from(self.peek() == Some(','));
                }
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<(Vec<String>, Value), String> {
        let mut keys = vec![self.key()?];
        loop {
            self.skip();
            match self.peek() {
                Some('=') => {
                    self.at += 1;
                    self.skip();
                    return Ok((keys, self.value(depth, false)?));
                }
                Some('{') => {
                    self.at += 1;
                    let inner = self.members(Some('}'), depth + 1)?;
                    return Ok((keys, Value::Array(vec![Value::Object(inner)])));
                }
                Some(_) => keys.push(self.key()?),
                None => return Err(self.error("key has no value")),
            }
        }
    }

    fn key(&mut self) -> Result<String, String> {
        if self.peek() == Some('"') {
            return self.string();
        }
        let word = self.word(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if is_name { Ok(word) } else { Err(self.error("expected a key")) }
    }

    fn value(&mut self, depth: usize, in_list: bool) -> Result<Value, String> {
        match self.peek() {
            Some('"') => self.string().map(Value::String),
            Some('{') => {
                self.at += 1;
                let object = Value::Object(self.members(Some('}'), depth + 1)?);
                Ok(if in_list { object } else { Value::Array(vec![object]) })
            }
            Some('[') => self.list(depth + 1),
            Some('<') if self.text[self.at..].starts_with("<<") => self.heredoc().map(Value::String),
            _ => {
                let word = self.word(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'));
                match word.as_str() {
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    whole if is_whole(whole) => whole_number(whole).map(Value::from).ok_or_else(|| self.error("value out of range")),
                    number => super::go_float(number).ok_or_else(|| self.error("expected a value")),
                }
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.at += 1;
        let (mut items, mut needs_comma) = (Vec::new(), false);
        loop {
            self.skip();
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                Some(',') => {
                    self.at += 1;
                    needs_comma = false;
                }
                Some(_) if needs_comma => return Err(self.error("expected a comma or the end of the list")),
                None => return Err(self.error("list is not closed")),
                Some(first) => {
                    items.push(self.value(depth, true)?);
                    // HashiCorp's decoder asks for no comma behind a list.
                    needs_comma = first != '[';
                }
            }
        }
    }

    /// A quoted text; quotes inside of `${…}` do not end it.
    fn string(&mut self) -> Result<String, String> {
        let mut out = String::new();
        let mut braces = 0_usize;
        let mut chars = self.text[self.at + 1..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' if braces == 0 => {
                    self.at += offset + 2;
                    return Ok(out);
                }
                '$' if chars.peek().is_some_and(|(_, c)| *c == '{') => {
                    braces += 1;
                    chars.next();
                    out += "${";
                }
                '{' if braces > 0 => {
                    braces += 1;
                    out.push(c);
                }
                '}' if braces > 0 => {
                    braces -= 1;
                    out.push(c);
                }
                '\\' if braces == 0 => {
                    let guarded = &self.text[self.at + 1 + offset + 1..];
                    let (read, length) = escaped(guarded).ok_or_else(|| self.error("illegal escape"))?;
                    out.push(read);
                    let end = offset + 1 + length;
                    while chars.next_if(|(at, _)| *at < end).is_some() {}
                }
                '\n' if braces == 0 => break,
                other => out.push(other),
            }
        }
        Err(self.error("text is not closed"))
    }

    fn heredoc(&mut self) -> Result<String, String> {
        self.at += 2;
        let indented = self.peek() == Some('-');
        self.at += usize::from(indented);
        let (mark, rest) = self.text[self.at..].split_once('\n').ok_or_else(|| self.error("heredoc is not closed"))?;
        let (mark, start) = (mark.trim(), self.text.len() - rest.len());
        let mut lines = Vec::new();
        let mut at = start;
        for line in rest.split_inclusive('\n') {
            at += line.len();
            if line.trim() == mark {
                self.at = at - usize::from(line.ends_with('\n'));
                return Ok(unindent(&lines, indented));
            }
            lines.push(line);
        }
        Err(self.error("heredoc is not closed"))
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> String {
        let rest = &self.text[self.at..];
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let comment = if trimmed.starts_with('#') || trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += comment;
        }
    }

    fn error(&self, message: &str) -> String {
        format!("line {}: {message}", self.text[..self.at].matches('\n').count() + 1)
    }
}

/// What a text behind a backslash begins with, and its length.
fn escaped(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let simple = match first {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '"' => first,
        '0'..='7' => return code(text, 0, 3, 8),
        'x' => return code(text, 1, 2, 16),
        'u' => return code(text, 1, 4, 16),
        'U' => return code(text, 1, 8, 16),
        _ => return None,
    };
    Some((simple, 1))
}

fn code(text: &str, from: usize, digits: usize, radix: u32) -> Option<(char, usize)> {
    let digits_text = text.get(from..from + digits)?;
    let value = u32::from_str_radix(digits_text, radix).ok()?;
    Some((char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER), from + digits))
}

fn unindent(lines: &[&str], indented: bool) -> String {
    let blanks = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = if indented { lines.iter().map(blanks).min().unwrap_or(0) } else { 0 };
    lines.iter().map(|line| &line[shared.min(line.len())..]).collect()
}

/// Hangs a value below its keys; what is there already becomes a list of both.
fn add(members: &mut Map<String, Value>, mut keys: Vec<String>, value: Value) {
    let first = keys.remove(0);
    let nested = keys.into_iter().rev().fold(value, |value, key| Value::Array(vec![Value::Object(Map::from_iter([(key, value)]))]));
    match (members.get_mut(&first), nested) {
        (Some(Value::Array(old)), Value::Array(new)) => old.extend(new),
        (_, nested) => {
            members.insert(first, nested);
        }
    }
}

fn is_whole(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// A decimal, hexadecimal (`0x1f`) or octal (`017`) number.
fn whole_number(word: &str) -> Option<i64> {
    let (sign, digits) = word.strip_prefix('-').map_or(("", word), |digits| ("-", digits));
    let (digits, radix) = match digits.get(..2) {
        Some("0x" | "0X") => (&digits[2..], 16),
        Some(_) if digits.starts_with('0') => (&digits[1..], 8),
        _ => (digits, 10),
    };
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}
