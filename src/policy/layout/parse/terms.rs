//! Terms: operators by their precedence, references, calls, scalars.

use super::super::Place;
use super::super::syntax::{IN, Term, Value, operator};
use super::super::tokens::{Kind, Token};
use super::{Parser, Result};

/// Operators, those that bind least first; `in` binds less than all of them.
const LEVELS: [&[&str]; 5] = [&["==", "!=", "<", ">", "<=", ">="], &["|"], &["&"], &["+", "-"], &["*", "/", "%"]];

impl Parser<'_> {
    /// A term with operators, `in` among them.
    pub(super) fn term(&mut self) -> Result<Term> {
        self.membership(true)
    }

    /// A term in a list, where a comma ends it.
    pub(super) fn item(&mut self) -> Result<Term> {
        self.membership(false)
    }

    fn membership(&mut self, pairs: bool) -> Result<Term> {
        let start = self.token().place.start;
        let mut left = self.level(0)?;
        loop {
            let mut operands = vec![left.clone()];
            let at = self.at;
            if pairs && self.take(",") {
                match self.attempt(|p| p.level(0)) {
                    Some(second) if self.is_word("in") => operands.push(second),
                    _ => self.at = at,
                }
            }
            if !self.is_word("in") {
                return Ok(left);
            }
            let place = self.advance().place;
            operands.push(self.level(0)?);
            let operator = Term { place, value: Value::Var(IN.to_owned()) };
            left = self.call(operator, operands, start);
        }
    }

    fn call(&self, function: Term, operands: Vec<Term>, start: usize) -> Term {
        let place = Place { start, end: self.end(), row: operands[0].place.row };
        Term { place, value: Value::Call(Box::new(function), operands) }
    }

    /// A term with the operators of a level and of those that bind more.
    fn level(&mut self, least: usize) -> Result<Term> {
        let start = self.token().place.start;
        let mut left = self.nested(Self::primary)?;
        while let Some((level, name)) = self.operator().filter(|(level, _)| *level >= least) {
            let place = self.advance().place;
            let right = self.level(level + 1)?;
            left = self.call(Term { place, value: Value::Var(name.to_owned()) }, vec![left, right], start);
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(usize, &'static str)> {
        let Kind::Symbol(symbol) = self.token().kind else { return None };
        let level = LEVELS.iter().position(|symbols| symbols.contains(&symbol))?;
        Some((level, operator(symbol)?))
    }

    /// A term without operators outside of brackets.
    pub(super) fn primary(&mut self) -> Result<Term> {
        let (first, token) = (self.at, self.token());
        if !matches!(token.kind, Kind::Symbol("[" | "{" | "(")) {
            return self.operand(token);
        }
        if let Some(known) = self.known.get(&first).cloned() {
            return known.map(|(term, at)| {
                self.at = at;
                term
            });
        }
        let term = self.operand(token);
        self.known.insert(first, term.clone().map(|term| (term, self.at)));
        term
    }

    fn operand(&mut self, token: Token) -> Result<Term> {
        let term = match token.kind {
            Kind::Number | Kind::Template => self.scalar(String::new()),
            Kind::Quoted | Kind::Raw => self.quoted()?,
            Kind::Symbol("-") => return self.negative(),
            Kind::Symbol(".") => self.fraction()?,
            Kind::Symbol("[") => self.array()?,
            Kind::Symbol("{") => self.braces()?,
            Kind::Symbol("(") => self.parentheses()?,
            Kind::Word if matches!(self.text_of(token), "true" | "false" | "null") && !self.is_head() => self.scalar(String::new()),
            // Outside of heads `contains` is the function.
            Kind::Word if self.is_name() || self.text_of(token) == "contains" => self.name(),
            _ => return self.fail("expected a term"),
        };
        self.reference(term, token.place.start)
    }

    /// A number that begins with a dot.
    fn fraction(&mut self) -> Result<Term> {
        self.advance();
        match self.token() {
            Token { kind: Kind::Number, apart: false, .. } => Ok(self.scalar(".".to_owned())),
            _ => self.fail("expected a number"),
        }
    }

    /// The number or template of this token, after what was before it.
    fn scalar(&mut self, mut before: String) -> Term {
        let token = self.advance();
        let start = token.place.start - before.trim_start_matches('-').len();
        before.push_str(self.text_of(token));
        Term { place: Place { start, ..token.place }, value: Value::Scalar(before) }
    }

    fn negative(&mut self) -> Result<Term> {
        let place = self.advance().place;
        if matches!(self.token().kind, Kind::Number) {
            let Term { place: end, value } = self.scalar("-".to_owned());
            return Ok(Term { place: Place { end: end.end, ..place }, value });
        }
        if !self.is_name() {
            return self.fail("expected a number");
        }
        let start = self.token().place.start;
        let name = self.name();
        let operand = self.reference(name, start)?;
        let minus = Term { place, value: Value::Var("minus".to_owned()) };
        let zero = Term { place, value: Value::Scalar("0".to_owned()) };
        Ok(self.call(minus, vec![zero, operand], place.start))
    }

    pub(super) fn quoted(&mut self) -> Result<Term> {
        let token = self.advance();
        let written = self.text_of(token);
        let inner = &written[1..written.len() - 1];
        let text = match token.kind {
            Kind::Quoted if inner.contains('\\') => match serde_json::from_str(&written.replace('\t', "\\t")) {
                Ok(text) => text,
                Err(_) => return self.fail("illegal string literal"),
            },
            _ => inner.to_owned(),
        };
        Ok(Term { place: token.place, value: Value::Text(text, Some(token.place)) })
    }

    pub(super) fn name(&mut self) -> Term {
        let token = self.advance();
        Term { place: token.place, value: Value::Var(self.text_of(token).to_owned()) }
    }

    fn parentheses(&mut self) -> Result<Term> {
        let start = self.advance().place.start;
        let mut term = self.term()?;
        self.expect(")")?;
        term.place = Place { start, end: self.end(), row: term.place.row };
        Ok(term)
    }

    /// What follows a term without white space: keys and arguments.
    pub(super) fn reference(&mut self, head: Term, start: usize) -> Result<Term> {
        if !self.follows() {
            return Ok(head);
        }
        if matches!(head.value, Value::Scalar(_) | Value::Text(..)) {
            return self.fail("illegal reference");
        }
        // A term in parentheses, or one that is more than a name, is a reference from its last token on.
        let start = if head.name().is_some() { start } else { self.tokens[self.at - 1].place.start };
        self.parts(head, start)
    }

    fn parts(&mut self, head: Term, start: usize) -> Result<Term> {
        let row = head.place.row;
        let mut parts = vec![head];
        let here = |p: &Self| Place { row, start, end: p.end() };
        while self.follows() {
            match self.token().kind {
                Kind::Symbol(".") => {
                    self.advance();
                    let token = self.token();
                    if token.kind != Kind::Word || token.apart {
                        return self.fail("expected a name");
                    }
                    self.advance();
                    parts.push(Term { place: token.place, value: Value::Text(self.text_of(token).to_owned(), None) });
                }
                Kind::Symbol("[") => {
                    self.advance();
                    parts.push(self.term()?);
                    self.expect("]")?;
                }
                _ => {
                    let function = whole(parts, here(self));
                    let term = self.arguments(function, start)?;
                    parts = vec![term];
                }
            }
        }
        let place = here(self);
        Ok(whole(parts, place))
    }

    fn arguments(&mut self, function: Term, start: usize) -> Result<Term> {
        self.advance();
        let arguments = self.list(")")?;
        let place = Place { start, end: self.end(), row: function.place.row };
        let value = match function.name() {
            Some("set") if arguments.is_empty() => Value::Set(Vec::new()),
            _ => Value::Call(Box::new(function), arguments),
        };
        Ok(Term { place, value })
    }

    fn follows(&self) -> bool {
        let Token { kind, apart, .. } = self.token();
        !apart && matches!(kind, Kind::Symbol("." | "[" | "("))
    }

    /// Terms up to a bracket, and the bracket.
    pub(super) fn list(&mut self, end: &str) -> Result<Vec<Term>> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.item()?);
            if !self.take(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }
}

/// A reference, unless it has one part only.
fn whole(mut parts: Vec<Term>, place: Place) -> Term {
    match parts.len() {
        1 => Term { place, value: parts.remove(0).value },
        _ => Term { place, value: Value::Ref(parts) },
    }
}
