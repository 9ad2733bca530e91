//! Varnish's configuration: backends, access lists and tables as objects and lists. What has statements (`sub`, `director`, `probe`) is
//! refused by its name: half of it would read as all of it.

use serde_json::{Map, Value};

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let mut root = Map::new();
    while let Some(word) = reader.word() {
        match word.as_str() {
            "vcl" | "import" | "include" => reader.skip_statement()?,
            "backend" | "acl" | "table" => {
                let name = reader.word().ok_or_else(|| reader.wrong("a name"))?;
                reader.expect('{')?;
                let value = match word.as_str() {
                    "backend" => reader.members('}', 0)?,
                    "acl" => reader.entries()?,
                    _ => reader.table()?,
                };
                let all = root.entry(word).or_insert_with(|| Value::Object(Map::new()));
                all.as_object_mut().expect("every block has names").insert(name, value);
            }
            other => return Err(format!("line {}: polity reads no `{other}` of VCL", reader.line())),
        }
    }
    if reader.at < tokens.len() { Err(reader.wrong("a block")) } else { Ok(Value::Object(root)) }
}

/// How deep blocks may lie within each other.
const MAX_DEPTH: usize = 32;

#[derive(Debug)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

type Placed = (usize, Token);

fn tokens(text: &str) -> Result<Vec<Placed>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let Some(first) = rest.chars().next() else { return Ok(found) };
        let length = if rest.starts_with('#') || rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").ok_or(format!("line {line}: a comment does not end"))? + 2
        } else if first == '"' {
            let end = rest[1..].find(['"', '\n']).filter(|end| rest[1 + end..].starts_with('"'));
            let end = end.ok_or(format!("line {line}: a text does not end"))?;
            found.push((line, Token::Text(rest[1..=end].to_owned())));
            end + 2
        } else {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            found.push((line, if length == 0 { Token::Sign(first) } else { Token::Word(rest[..length].to_owned()) }));
            length.max(first.len_utf8())
        };
        rest = &rest[length..];
    }
}

struct Reader<'a> {
    tokens: &'a [Placed],
    at: usize,
}

impl Reader<'_> {
    fn line(&self) -> usize {
        self.tokens.get(self.at.saturating_sub(1)).map_or(1, |(line, _)| *line)
    }

    fn wrong(&self, wanted: &str) -> String {
        format!("line {}: {wanted} is missing", self.tokens.get(self.at).map_or_else(|| self.line(), |(line, _)| *line))
    }

    fn word(&mut self) -> Option<String> {
        let Some((_, Token::Word(word))) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        Some(word.clone())
    }

    fn text(&mut self) -> Option<String> {
        let Some((_, Token::Text(text))) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        Some(text.clone())
    }

    fn sign(&mut self, sign: char) -> bool {
        let found = matches!(self.tokens.get(self.at), Some((_, Token::Sign(found))) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(self.wrong(&format!("`{sign}`"))) }
    }

    fn skip_statement(&mut self) -> Result<(), String> {
        while !self.sign(';') {
            if self.at >= self.tokens.len() {
                return Err(self.wrong("`;`"));
            }
            self.at += 1;
        }
        Ok(())
    }

    /// `.name = value;` up to a sign.
    fn members(&mut self, end: char, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("an end to the nesting"));
        }
        let mut members = Map::new();
        while !self.sign(end) {
            let name = self.word().filter(|word| word.starts_with('.')).ok_or_else(|| self.wrong("a `.name`"))?;
            self.expect('=')?;
            let value = if self.sign('{') {
                self.members('}', depth + 1)?
            } else {
                let text = self.text().map(Value::from);
                let value = text.or_else(|| self.word().map(|word| plain(&word))).ok_or_else(|| self.wrong("a value"))?;
                self.expect(';')?;
                value
            };
            self.sign(';');
            members.insert(name.trim_start_matches('.').to_owned(), value);
        }
        Ok(Value::Object(members))
    }

    /// The addresses of an access list, each with its `!` and its mask.
    fn entries(&mut self) -> Result<Value, String> {
        let mut entries = Vec::new();
        while !self.sign('}') {
            let not = if self.sign('!') { "!" } else { "" };
            let address = self.text().ok_or_else(|| self.wrong("an address in quotes"))?;
            let mask = if self.sign('/') { format!("/{}", self.word().ok_or_else(|| self.wrong("a mask"))?) } else { String::new() };
            self.expect(';')?;
            entries.push(Value::from(format!("{not}{address}{mask}")));
        }
        Ok(Value::Array(entries))
    }

    fn table(&mut self) -> Result<Value, String> {
        let mut members = Map::new();
        while !self.sign('}') {
            let key = self.text().ok_or_else(|| self.wrong("a key in quotes"))?;
            self.expect(':')?;
            members.insert(key, self.text().map(Value::from).ok_or_else(|| self.wrong("a text"))?);
            self.sign(',');
        }
        Ok(Value::Object(members))
    }
}

/// Numbers, truth values, and durations by their number alone, as conftest has them; anything else is a text.
fn plain(word: &str) -> Value {
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    match (word, number.parse::<f64>().ok().and_then(super::number)) {
        ("true" | "false", _) => Value::from(word == "true"),
        (_, Some(number)) => number,
        _ => Value::from(word),
    }
}
