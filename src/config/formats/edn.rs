//! EDN as JSON: maps become objects, vectors arrays, everything else the text that Go prints for it.

use serde_json::{Map, Value};

use super::super::document::MAX_DEPTH;
use super::edn_atom;

/// Reads the first value of a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    match reader.value(0)? {
        Some(form) => Ok(edn_atom::large(text.trim()).map_or_else(|| form.into_json(), |digits| Value::String(digits.to_owned()))),
        None => Err(reader.error("the file has no value")),
    }
}

enum Form {
    Map(Vec<(Form, Form)>),
    List(Vec<Form>),
    Set(Vec<Form>),
    Text(String),
}

impl Form {
    fn into_json(self) -> Value {
        match self {
            Self::Map(entries) => Value::Object(entries.into_iter().map(|(k, v)| (k.print(), v.into_json())).collect::<Map<_, _>>()),
            Self::List(items) => items.into_iter().map(Self::into_json).collect(),
            set @ Self::Set(_) => Value::String(set.print()),
            Self::Text(text) => Value::String(text),
        }
    }

    /// The text that Go's `%v` gives; sets are maps to booleans there.
    fn print(&self) -> String {
        let all = |items: &[Self]| items.iter().map(Self::print).collect::<Vec<_>>();
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => format!("[{}]", all(items).join(" ")),
            Self::Set(items) => {
                let mut items = all(items);
                items.sort();
                format!("map[{}]", items.iter().map(|i| format!("{i}:true")).collect::<Vec<_>>().join(" "))
            }
            Self::Map(entries) => {
                let mut parts: Vec<_> = entries.iter().map(|(k, v)| format!("{}:{}", k.print(), v.print())).collect();
                parts.sort();
                format!("map[{}]", parts.join(" "))
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// The next value; `None` before a closing bracket or the end.
    fn value(&mut self, depth: usize) -> Result<Option<Form>, String> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.skip();
        while self.text[self.at..].starts_with("#_") {
            self.at += 2;
            self.value(depth + 1)?.ok_or_else(|| self.error("nothing to discard"))?;
            self.skip();
        }
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return Ok(None) };
        match first {
            ')' | ']' | '}' => Ok(None),
            '(' | '[' => self.collection(if first == '(' { ')' } else { ']' }, 1, depth).map(|items| Some(Form::List(items))),
            '{' => {
                let items = self.collection('}', 1, depth)?;
                if items.len() % 2 == 1 {
                    return Err(self.error("a map has a key without a value"));
                }
                let mut items = items.into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    entries.push((key, value));
                }
                Ok(Some(Form::Map(entries)))
            }
            '"' => self.string().map(Some),
            '#' if rest.starts_with("#{") => self.collection('}', 2, depth).map(|items| Some(Form::Set(items))),
            '#' => {
                let tag = self.word();
                let value = self.value(depth + 1)?.ok_or_else(|| self.error("a tag without a value"))?.print();
                if tag != "#inst" {
                    return Ok(Some(Form::Text(format!("{tag} {value}"))));
                }
                edn_atom::moment(&value).map(|text| Some(Form::Text(text))).ok_or_else(|| self.error("a date is not in RFC 3339"))
            }
            _ => {
                let word = self.word();
                edn_atom::print(&word).map(|text| Some(Form::Text(text))).map_err(|message| self.error(&message))
            }
        }
    }

    fn collection(&mut self, close: char, opening: usize, depth: usize) -> Result<Vec<Form>, String> {
        self.at += opening;
        let mut items = Vec::new();
        while let Some(item) = self.value(depth + 1)? {
            items.push(item);
        }
        if self.text[self.at..].starts_with(close) {
            self.at += 1;
            Ok(items)
        } else {
            Err(self.error(&format!("expected `{close}`")))
        }
    }

    fn string(&mut self) -> Result<Form, String> {
        let mut out = String::new();
        let mut chars = self.text[self.at + 1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += offset + 2;
                    return Ok(Form::Text(out));
                }
                '\\' => out.push(match chars.next().map(|(_, c)| c) {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(other) => other,
                    None => break,
                }),
                other => out.push(other),
            }
        }
        Err(self.error("a text is not closed"))
    }

    fn word(&mut self) -> String {
        let rest = &self.text[self.at..];
        let ends = |(at, c): (usize, char)| {
            (at > 0 && (c.is_whitespace() || matches!(c, ',' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | ';'))).then_some(at)
        };
        let end = rest.char_indices().find_map(ends).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    fn skip(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with(';') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn error(&self, message: &str) -> String {
        format!("line {}: {message}", self.text[..self.at].matches('\n').count() + 1)
    }
}
