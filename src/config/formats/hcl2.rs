//! HCL 2 as objects, in the shape of hcl2json: blocks nest by their labels and always stand in lists, and what is no literal
//! becomes the text `${…}`.
//!
//! Only literals are understood: any other expression is kept as it is written, so no grammar of operators is needed.

use serde_json::{Map, Value};

use super::super::document::MAX_DEPTH;
use super::hcl2_text::{decode_escapes, heredoc, single, template};

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader::new(text, 0);
    let body = reader.body(false)?;
    Ok(Value::Object(body))
}

/// An expression in a template, which ends with its text.
pub(super) fn parse_expression(text: &str, depth: usize) -> Result<Value, String> {
    let mut reader = Reader::new(text, depth);
    reader.blanks(true);
    reader.expression(true)
}

/// Where a text stands in its file.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, depth: usize) -> Self {
        Self { text, at: 0, depth }
    }

    /// Attributes and blocks up to `}` or the end of the file.
    fn body(&mut self, closes: bool) -> Result<Map<String, Value>, String> {
        self.descend()?;
        let (mut blocks, mut attributes) = (Map::new(), Map::new());
        loop {
            self.blanks(true);
            match self.peek() {
                None if !closes => break,
                Some('}') if closes => {
                    self.at += 1;
                    break;
                }
                None => return Err(self.error("a block is not closed")),
                Some(_) => self.item(&mut blocks, &mut attributes)?,
            }
        }
        self.depth -= 1;
        blocks.extend(attributes);
        Ok(blocks)
    }

    /// What stands between the braces of a block: lines, or one attribute on the line of its brace.
    fn block_body(&mut self) -> Result<Map<String, Value>, String> {
        self.blanks(false);
        if matches!(self.peek(), None | Some('\n' | '}')) {
            return self.body(true);
        }
        let mut attributes = Map::new();
        let name = self.name()?;
        if self.peek() != Some('=') {
            return Err(self.error("a block on one line may hold one attribute, and no block"));
        }
        self.attribute(name, &mut attributes)?;
        self.blanks(false);
        if self.peek() != Some('}') {
            return Err(self.error("a block on one line may hold one attribute, and ends on that line"));
        }
        self.at += 1;
        Ok(attributes)
    }

    /// The name of an attribute or a block, and the blanks behind it.
    fn name(&mut self) -> Result<String, String> {
        let name = self.identifier().ok_or_else(|| self.error("expected the name of an attribute or a block"))?;
        self.blanks(false);
        Ok(name)
    }

    /// An attribute from its `=` on.
    fn attribute(&mut self, name: String, attributes: &mut Map<String, Value>) -> Result<(), String> {
        self.at += 1;
        self.blanks(false);
        if attributes.contains_key(&name) {
            return Err(self.error(&format!("attribute `{name}` is set twice")));
        }
        let value = self.expression(false)?;
        attributes.insert(name, value);
        Ok(())
    }

    fn item(&mut self, blocks: &mut Map<String, Value>, attributes: &mut Map<String, Value>) -> Result<(), String> {
        let name = self.name()?;
        if self.peek() == Some('=') {
            self.attribute(name, attributes)?;
            return self.end_of_line("the expression");
        }
        let mut path = vec![name.clone()];
        loop {
            self.blanks(false);
            match self.peek() {
                Some('{') => break,
                Some('"') => {
                    let raw = self.quoted()?;
                    // A label is no template: what guards the beginning of one goes away, and none may begin.
                    let plain = raw.replace("$${", "").replace("%%{", "");
                    if plain.contains("${") || plain.contains("%{") {
                        return Err(self.error("a label cannot have a template in it"));
                    }
                    path.push(decode_escapes(&raw.replace("$${", "${").replace("%%{", "%{"))?);
                }
                _ => path.push(self.identifier().ok_or_else(|| self.error("expected a label or `{`"))?),
            }
        }
        self.at += 1;
        let body = Value::Object(self.block_body()?);
        add_block(blocks, path, body, &name)?;
        self.end_of_line("the block")
    }

    fn end_of_line(&mut self, what: &str) -> Result<(), String> {
        self.blanks(false);
        match self.peek() {
            None | Some('\n') => Ok(()),
            Some(_) => Err(self.error(&format!("expected a new line behind {what}"))),
        }
    }

    /// A value. A line's end ends it unless brackets are open around it.
    fn expression(&mut self, bracketed: bool) -> Result<Value, String> {
        self.descend()?;
        let start = self.at;
        let literal = self.literal()?;
        let end = self.at;
        let value = match literal.filter(|_| self.ends(bracketed)) {
            Some(value) => {
                self.at = end;
                value
            }
            None => {
                self.at = start;
                let source = self.source(bracketed)?;
                Value::String(format!("${{{source}}}"))
            }
        };
        self.depth -= 1;
        Ok(value)
    }

    /// Whether nothing of an expression follows.
    fn ends(&mut self, bracketed: bool) -> bool {
        self.blanks(bracketed);
        matches!(self.peek(), None | Some('\n' | ',' | '}' | ']' | ')'))
    }

    fn literal(&mut self) -> Result<Option<Value>, String> {
        match self.peek() {
            Some('"') => {
                let raw = self.quoted()?;
                self.text_value(raw, true).map(Some)
            }
            Some('<') if self.rest().starts_with("<<") => {
                let (body, length) = heredoc(self.rest()).ok_or_else(|| self.error("a heredoc is not closed"))?;
                self.at += length;
                Ok(Some(Value::String(template(&body, false, self.depth)?)))
            }
            Some('[' | '{') if self.is_for() => Ok(None),
            Some('[') => self.list().map(Some),
            Some('{') => self.object().map(Some),
            Some(c) if c.is_ascii_digit() || c == '-' => Ok(self.number()),
            Some('!') => {
                self.at += 1;
                self.blanks(false);
                Ok(match self.identifier().as_deref() {
                    Some("true") => Some(Value::Bool(false)),
                    Some("false") => Some(Value::Bool(true)),
                    _ => None,
                })
            }
            _ => Ok(match self.identifier().as_deref() {
                Some("true") => Some(Value::Bool(true)),
                Some("false") => Some(Value::Bool(false)),
                Some("null") => Some(Value::Null),
                _ => None,
            }),
        }
    }

    /// `"${x}"` stands for the value itself, not for a text.
    fn text_value(&self, raw: &str, quoted: bool) -> Result<Value, String> {
        match single(raw) {
            Some(inner) => parse_expression(inner, self.depth),
            None => Ok(Value::String(template(raw, quoted, self.depth)?)),
        }
    }

    fn number(&mut self) -> Option<Value> {
        let negative = self.peek() == Some('-');
        if negative {
            self.at += 1;
            self.blanks(false);
        }
        let digits = self.rest();
        let mut end = 0;
        for (at, c) in digits.char_indices() {
            let sign = matches!(c, '+' | '-') && digits[..at].ends_with(['e', 'E']);
            if !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E') || sign) {
                break;
            }
            end = at + 1;
        }
        let word = &digits[..end];
        self.at += end;
        let value = match word.parse::<i64>() {
            Ok(whole) => Value::from(if negative { -whole } else { whole }),
            Err(_) => super::go_float(word).and_then(|v| super::number(if negative { -v.as_f64()? } else { v.as_f64()? }))?,
        };
        Some(value)
    }

    fn list(&mut self) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks(true);
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                Some(',') => self.at += 1,
                None => return Err(self.error("a list is not closed")),
                Some(_) => {
                    items.push(self.expression(true)?);
                    self.blanks(true);
                    if !matches!(self.peek(), Some(',' | ']')) {
                        return Err(self.error("expected `,` or `]`"));
                    }
                }
            }
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        self.at += 1;
        let mut members = Map::new();
        loop {
            self.blanks(true);
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                Some(',') => self.at += 1,
                None => return Err(self.error("an object is not closed")),
                Some(_) => {
                    let key = self.key()?;
                    self.blanks(false);
                    if !matches!(self.peek(), Some('=' | ':')) {
                        return Err(self.error("expected `=` behind a key"));
                    }
                    self.at += 1;
                    self.blanks(true);
                    members.insert(key, self.expression(false)?);
                }
            }
        }
    }

    fn key(&mut self) -> Result<String, String> {
        match self.peek() {
            Some('"') => {
                let raw = self.quoted()?;
                template(raw, true, self.depth)
            }
            Some('(') => {
                let start = self.at;
                self.brackets()?;
                Ok(format!("${{{}}}", &self.text[start..self.at]))
            }
            _ => {
                let rest = self.rest();
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | ':' | ',' | '}' | '{')).unwrap_or(rest.len());
                self.at += end;
                if end == 0 { Err(self.error("expected a key")) } else { Ok(rest[..end].to_owned()) }
            }
        }
    }

    /// The text of an expression up to where it ends.
    fn source(&mut self, bracketed: bool) -> Result<&'a str, String> {
        let start = self.at;
        loop {
            match self.peek() {
                None | Some(',' | '}' | ']' | ')') => break,
                Some('\n') if !bracketed => break,
                Some('#') => break,
                Some('/') if self.rest().starts_with("//") || self.rest().starts_with("/*") => break,
                Some('"') => drop(self.quoted()?),
                Some('(' | '[' | '{') => self.brackets()?,
                Some('=') if self.assigns(start) => return Err(self.error("an argument must begin on a line of its own")),
                Some('\r') if !self.rest().starts_with("\r\n") => return Err(self.error("a carriage return alone ends no line")),
                Some('<') if heredoc(self.rest()).is_some() => self.at += heredoc(self.rest()).map_or(0, |(_, length)| length),
                Some(c) => self.at += c.len_utf8(),
            }
        }
        let source = self.text[start..self.at].trim();
        if source.is_empty() { Err(self.error("expected an expression")) } else { Ok(source) }
    }

    /// Whether the equals sign here is none of `==`, `!=`, `<=`, `>=` and `=>`, in an expression that begins at `start`.
    fn assigns(&self, start: usize) -> bool {
        !self.text[start..self.at].ends_with(['=', '!', '<', '>']) && !self.rest()[1..].starts_with(['=', '>'])
    }

    /// Skips a bracket with everything in it.
    fn brackets(&mut self) -> Result<(), String> {
        let mut open = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.error("a bracket is not closed")),
                Some('"') => drop(self.quoted()?),
                Some('#') => self.blanks(true),
                Some('/') if self.rest().starts_with("//") || self.rest().starts_with("/*") => self.blanks(true),
                Some(c) => {
                    self.at += c.len_utf8();
                    match c {
                        '(' => open.push(')'),
                        '[' => open.push(']'),
                        '{' => open.push('}'),
                        ')' | ']' | '}' if open.pop() != Some(c) => return Err(self.error("a bracket is closed by another")),
                        _ => {}
                    }
                    if open.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// What stands between quotes; quotes inside of `${…}` do not end it.
    fn quoted(&mut self) -> Result<&'a str, String> {
        let start = self.at + 1;
        self.at = start;
        while let Some(c) = self.peek() {
            let rest = self.rest();
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(&self.text[start..self.at - 1]);
                }
                '\\' => self.at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                '$' | '%' if rest.starts_with("$${") || rest.starts_with("%%{") => self.at += 3,
                '$' | '%' if rest[1..].starts_with('{') => {
                    self.at += 1;
                    self.descend()?;
                    self.brackets()?;
                    self.depth -= 1;
                }
                '\n' => break,
                other => self.at += other.len_utf8(),
            }
        }
        Err(self.error("a text is not closed"))
    }

    fn is_for(&self) -> bool {
        let inner = self.rest()[1..].trim_start();
        inner.strip_prefix("for").is_some_and(|rest| rest.starts_with(char::is_whitespace))
    }

    fn identifier(&mut self) -> Option<String> {
        let rest = self.rest();
        let first = rest.chars().next().filter(|c| c.is_alphabetic() || *c == '_')?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len()).max(first.len_utf8());
        self.at += end;
        Some(rest[..end].to_owned())
    }

    /// Skips blanks and comments, and ends of lines when told so.
    fn blanks(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() && (lines || c != '\n'));
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with('#') || trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += length;
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn descend(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.error("nested too deeply")) } else { Ok(()) }
    }

    fn error(&self, message: &str) -> String {
        format!("line {}: {message}", self.text[..self.at].matches('\n').count() + 1)
    }
}

fn add_block(out: &mut Map<String, Value>, mut path: Vec<String>, body: Value, kind: &str) -> Result<(), String> {
    let mixed = || format!("invalid HCL detected for \"{kind}\" block, cannot have blocks with and without labels");
    let key = path.pop().unwrap_or_default();
    let mut target = out;
    for step in path {
        target = target.entry(step).or_insert_with(|| Value::Object(Map::new())).as_object_mut().ok_or_else(mixed)?;
    }
    match target.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(items) => items.push(body),
        _ => return Err(mixed()),
    }
    Ok(())
}
