//! The tokens and comments of a policy, with their places. Which words are keywords is the parser's to know: imports decide.

use super::{LayoutError, Place};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A number without its sign.
    Number,
    /// A text in quotes.
    Quoted,
    /// A text in backquotes.
    Raw,
    /// A text with expressions in it, from the dollar sign to its end.
    Template,
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the policy.
    End,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub place: Place,
    /// Whether white space or a comment is right before it.
    pub apart: bool,
    /// Whether it is the first of its line.
    pub new_line: bool,
}

/// A comment without the white space at its end.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub row: usize,
    /// Whether it begins its line without an indent.
    pub at_margin: bool,
    pub text: String,
}

impl Comment {
    /// Whether annotations begin here.
    pub fn is_metadata(&self) -> bool {
        self.at_margin && self.text[1..].trim_start().starts_with("METADATA")
    }
}

/// Longer symbols first.
const SYMBOLS: [&str; 26] =
    [":=", "==", ">=", "<=", "!=", "[", "]", "{", "}", "(", ")", ",", ":", "+", "-", "*", "/", "%", "&", "|", "=", ">", "<", ";", ".", "$"];

/// Splits a policy into tokens, the last of which is [`Kind::End`], and comments.
pub(super) fn split(text: &str) -> Result<(Vec<Token>, Vec<Comment>), LayoutError> {
    let mut scanner = Scanner { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, row: 1, line: 0 };
    let (mut tokens, mut comments) = (Vec::new(), Vec::new());
    loop {
        let (from, row) = (scanner.at, scanner.row);
        scanner.blank(&mut comments);
        let (apart, new_line) = (scanner.at > from, scanner.row > row);
        let token = scanner.token(apart, new_line)?;
        tokens.push(token);
        if token.kind == Kind::End {
            return Ok((tokens, comments));
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    row: usize,
    /// Where the line begins.
    line: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Steps over white space and comments.
    fn blank(&mut self, comments: &mut Vec<Comment>) {
        loop {
            match self.rest().bytes().next() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n') => self.newline(),
                Some(b'#') => {
                    let length = self.rest().find('\n').unwrap_or(self.rest().len());
                    let text = self.rest()[..length].trim_end().to_owned();
                    comments.push(Comment { row: self.row, at_margin: self.at == self.line, text });
                    self.at += length;
                }
                _ => return,
            }
        }
    }

    fn newline(&mut self) {
        self.at += 1;
        self.row += 1;
        self.line = self.at;
    }

    fn token(&mut self, apart: bool, new_line: bool) -> Result<Token, LayoutError> {
        let (start, row) = (self.at, self.row);
        let kind = match self.rest().bytes().next() {
            None => Kind::End,
            Some(b'"') => self.quoted()?,
            Some(b'`') => self.raw()?,
            Some(b'$') => self.template()?,
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.run(Kind::Word, |b| b.is_ascii_alphanumeric() || b == b'_'),
            Some(byte) if byte.is_ascii_digit() => self.number()?,
            Some(_) => {
                let found = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol));
                let symbol = found.ok_or_else(|| self.wrong("illegal token"))?;
                self.at += symbol.len();
                Kind::Symbol(symbol)
            }
        };
        Ok(Token { kind, place: Place { row, start, end: self.at }, apart, new_line })
    }

    fn run(&mut self, kind: Kind, belongs: fn(u8) -> bool) -> Kind {
        self.at += self.rest().bytes().take_while(|byte| belongs(*byte)).count();
        kind
    }

    fn number(&mut self) -> Result<Kind, LayoutError> {
        self.run(Kind::Number, |byte| byte.is_ascii_digit());
        if self.rest().starts_with('.') {
            self.at += 1;
            self.digits()?;
        }
        if self.rest().starts_with(['e', 'E']) {
            self.at += 1;
            self.at += usize::from(self.rest().starts_with(['+', '-']));
            self.digits()?;
        }
        match self.rest().bytes().next() {
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => Err(self.wrong("illegal number format")),
            _ => Ok(Kind::Number),
        }
    }

    fn digits(&mut self) -> Result<(), LayoutError> {
        let before = self.at;
        self.run(Kind::Number, |byte| byte.is_ascii_digit());
        if self.at > before { Ok(()) } else { Err(self.wrong("illegal number format")) }
    }

    fn quoted(&mut self) -> Result<Kind, LayoutError> {
        self.at += 1;
        loop {
            match self.rest().chars().next() {
                None | Some('\n') => return Err(self.wrong("non-terminated string")),
                Some('"') => break,
                Some('\\') if self.rest().len() > 1 => self.at += 2,
                Some(c) => self.at += c.len_utf8(),
            }
            if !self.text.is_char_boundary(self.at) {
                return Err(self.wrong("illegal escape sequence"));
            }
        }
        self.at += 1;
        Ok(Kind::Quoted)
    }

    fn raw(&mut self) -> Result<Kind, LayoutError> {
        self.at += 1;
        while !self.rest().starts_with('`') {
            self.step()?;
        }
        self.at += 1;
        Ok(Kind::Raw)
    }

    fn step(&mut self) -> Result<(), LayoutError> {
        match self.rest().chars().next() {
            None => return Err(self.wrong("non-terminated string")),
            Some('\n') => self.newline(),
            Some(c) => self.at += c.len_utf8(),
        }
        Ok(())
    }

    /// A text with expressions in it: its end is not inside of them.
    fn template(&mut self) -> Result<Kind, LayoutError> {
        self.at += 1;
        let quote = self.rest().chars().next().filter(|c| matches!(c, '"' | '`')).ok_or_else(|| self.wrong("illegal $ character"))?;
        self.at += 1;
        loop {
            match self.rest().chars().next() {
                Some(c) if c == quote => break,
                Some('\\') => {
                    self.step()?;
                    self.step()?;
                }
                Some('{') => self.expression()?,
                Some('\n') if quote == '"' => return Err(self.wrong("non-terminated string")),
                _ => self.step()?,
            }
        }
        self.at += 1;
        Ok(Kind::Template)
    }

    fn expression(&mut self) -> Result<(), LayoutError> {
        let mut depth = 0_usize;
        loop {
            match self.rest().chars().next() {
                Some('{') => depth += 1,
                Some('}') if depth == 1 => break,
                Some('}') => depth -= 1,
                // Comments in there would have to be told from those outside.
                Some('#') => return Err(self.wrong("a comment in a template string is not supported")),
                Some('"' | '`' | '$') => {
                    self.token(false, false)?;
                    continue;
                }
                _ => {}
            }
            self.step()?;
        }
        self.step()
    }

    fn wrong(&self, what: &str) -> LayoutError {
        LayoutError::Parse { row: self.row, what: what.to_owned() }
    }
}
