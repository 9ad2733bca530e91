//! nginx's configuration as a tree of directives: `{directives: [{name, parameters, block}]}`.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::{Value, json};

use super::super::document::MAX_DEPTH;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, rest: text.char_indices().peekable() };
    let directives = reader.directives(0)?;
    Ok(json!({"directives": directives}))
}

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

enum Token {
    Word(String),
    Semicolon,
    Open,
    Close,
}

impl Reader<'_> {
    fn directives(&mut self, depth: usize) -> Result<Vec<Value>, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        let mut found = Vec::new();
        let mut words: Vec<String> = Vec::new();
        loop {
            match self.token()? {
                Some(Token::Word(word)) => words.push(word),
                Some(Token::Semicolon) => found.extend(directive(&mut words, None)),
                Some(Token::Open) if words.is_empty() => return Err(self.error("a block without a name")),
                Some(Token::Open) => {
                    let block = json!({"directives": self.directives(depth + 1)?});
                    found.extend(directive(&mut words, Some(block)));
                }
                Some(Token::Close) if depth > 0 && words.is_empty() => return Ok(found),
                Some(Token::Close) => return Err(self.error("unexpected `}`")),
                None if depth == 0 && words.is_empty() => return Ok(found),
                None => return Err(self.error("unexpected end of file")),
            }
        }
    }

    fn token(&mut self) -> Result<Option<Token>, String> {
        loop {
            match self.rest.peek().map(|(_, c)| *c) {
                None => return Ok(None),
                Some('#') => while self.rest.next_if(|(_, c)| *c != '\n').is_some() {},
                Some(c) if c.is_whitespace() => {
                    self.rest.next();
                }
                Some(c @ (';' | '{' | '}')) => {
                    self.rest.next();
                    return Ok(Some(match c {
                        ';' => Token::Semicolon,
                        '{' => Token::Open,
                        _ => Token::Close,
                    }));
                }
                Some(c @ ('"' | '\'')) => return self.quoted(c).map(Some),
                Some(_) => return Ok(Some(self.word())),
            }
        }
    }

    /// Quotes stay part of the parameter, as conftest's library has it.
    fn quoted(&mut self, quote: char) -> Result<Token, String> {
        let mut word = String::new();
        let mut guarded = false;
        word.extend(self.rest.next().map(|(_, c)| c));
        for (_, c) in self.rest.by_ref() {
            word.push(c);
            if c == quote && !guarded {
                return Ok(Token::Word(word));
            }
            guarded = c == '\\' && !guarded;
        }
        Err(self.error("a quote is not closed"))
    }

    fn word(&mut self) -> Token {
        let mut word = String::new();
        while let Some((_, c)) = self.rest.next_if(|(_, c)| !c.is_whitespace() && !matches!(c, ';' | '{' | '}')) {
            word.push(c);
            if c == '\\' {
                word.extend(self.rest.next().map(|(_, c)| c));
            } else if c == '$' && self.rest.next_if(|(_, c)| *c == '{').is_some() {
                word.push('{');
                while let Some((_, c)) = self.rest.next_if(|(_, c)| *c != '}' && *c != '\n') {
                    word.push(c);
                }
                word.extend(self.rest.next_if(|(_, c)| *c == '}').map(|(_, c)| c));
            }
        }
        Token::Word(word)
    }

    fn error(&mut self, message: &str) -> String {
        let at = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        format!("line {}: {message}", self.text[..at].matches('\n').count() + 1)
    }
}

fn directive(words: &mut Vec<String>, block: Option<Value>) -> Option<Value> {
    let mut words = std::mem::take(words).into_iter();
    let mut value = json!({"name": words.next()?});
    let parameters: Vec<_> = words.collect();
    if !parameters.is_empty() {
        value["parameters"] = parameters.into();
    }
    if let Some(block) = block {
        value["block"] = block;
    }
    Some(value)
}
