//! Parses a policy for its printer. What the engine's parser forgets (where a text stood in parentheses, which rules share a head) is kept.

mod collections;
mod statements;
mod terms;

use std::collections::HashMap;

use super::syntax::{Module, Term};
use super::tokens::{Comment, Kind, Token, split};
use super::{LayoutError, Place, RegoVersion};

/// How deep terms and bodies may nest.
const MAX_DEPTH: usize = 80;

/// A parsed policy.
pub(super) struct Parsed {
    pub module: Module,
    pub comments: Vec<Comment>,
    /// The keywords that imports added.
    pub imported: Vec<String>,
}

/// Parses a policy.
pub(super) fn parse(text: &str, version: RegoVersion) -> Result<Parsed> {
    let (tokens, comments) = split(text)?;
    let mut parser = Parser { text, tokens, at: 0, depth: 0, words: Words::new(version), known: HashMap::new() };
    let module = parser.module()?;
    Ok(Parsed { module, comments, imported: parser.words.imported })
}

type Result<T> = std::result::Result<T, LayoutError>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    words: Words,
    /// What was parsed in brackets, by the first token, and the token after it: what is tried twice is not parsed twice.
    known: HashMap<usize, Result<(Term, usize)>>,
}

const KEYWORDS: [&str; 11] = ["not", "package", "import", "as", "default", "else", "with", "null", "true", "false", "some"];
const FUTURE: [&str; 4] = ["if", "contains", "in", "every"];

/// The keywords of a version of the language.
pub(super) fn keywords(version: RegoVersion) -> impl Iterator<Item = &'static str> {
    let future: &[&str] = if version == RegoVersion::V1 { &FUTURE } else { &[] };
    KEYWORDS.iter().chain(future).copied()
}

/// Which words are keywords.
struct Words {
    active: Vec<&'static str>,
    /// Whether rules are written as version 1 of the language wants them.
    v1: bool,
    /// Whether braces after `not` are a body.
    not_bodies: bool,
    imported: Vec<String>,
}

impl Words {
    fn new(version: RegoVersion) -> Self {
        Self { active: keywords(version).collect(), v1: version == RegoVersion::V1, not_bodies: false, imported: Vec::new() }
    }

    /// Makes keywords of what an import names.
    fn import(&mut self, path: &str) {
        match path {
            "rego.v1" => {
                self.active.extend(FUTURE);
                self.v1 = true;
            }
            "future.keywords" => {
                self.active.extend(FUTURE);
                self.not_bodies = true;
            }
            "future.keywords.not" => self.not_bodies = true,
            "future.keywords.every" => self.active.extend(["every", "in"]),
            _ => self.active.extend(FUTURE.iter().filter(|word| path == format!("future.keywords.{word}"))),
        }
        if let Some(word) = path.strip_prefix("future.keywords.") {
            self.imported.push(word.to_owned());
        }
    }
}

impl Parser<'_> {
    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn after(&self) -> Token {
        self.tokens[(self.at + 1).min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> Token {
        let token = self.token();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn text_of(&self, token: Token) -> &str {
        token.place.text(self.text)
    }

    /// Where the last token ends.
    fn end(&self) -> usize {
        if self.at == 0 { 0 } else { self.tokens[self.at - 1].place.end }
    }

    /// A place that begins where another one does and ends here.
    fn until_here(&self, start: Place) -> Place {
        Place { end: self.end(), ..start }
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.token().kind, Kind::Symbol(other) if other == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let is = self.is(symbol);
        if is {
            self.advance();
        }
        is
    }

    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.take(symbol) { Ok(()) } else { self.fail(&format!("expected `{symbol}`")) }
    }

    /// Whether the token is a keyword, and not a name before a dot or a bracket.
    fn is_word(&self, word: &str) -> bool {
        self.token().kind == Kind::Word && self.text_of(self.token()) == word && self.words.active.contains(&word) && !self.is_head()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.advance();
        }
        is
    }

    /// Whether the token is a name that a dot or a bracket follows, so that it is a reference, whatever the name.
    fn is_head(&self) -> bool {
        let next = self.after();
        self.token().kind == Kind::Word && !next.apart && matches!(next.kind, Kind::Symbol("." | "["))
    }

    /// Whether the token is a name.
    fn is_name(&self) -> bool {
        self.token().kind == Kind::Word && (self.is_head() || !self.words.active.contains(&self.text_of(self.token())))
    }

    fn fail<T>(&self, what: &str) -> Result<T> {
        let token = self.token();
        let found = if token.kind == Kind::End { "the end" } else { self.text_of(token) };
        Err(LayoutError::Parse { row: token.place.row, what: format!("{what}, found {found}") })
    }

    /// Parses something that may nest.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// What parsing gives, or this place again.
    fn attempt<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        let at = self.at;
        let result = parse(self).ok();
        if result.is_none() {
            self.at = at;
        }
        result
    }
}
