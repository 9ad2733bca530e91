//! Terms in brackets: arrays, sets, objects, and comprehensions, which come before unions of sets.

use std::collections::HashSet;

use super::super::Place;
use super::super::meaning;
use super::super::syntax::{Term, Value};
use super::{Parser, Result};

impl Parser<'_> {
    pub(super) fn array(&mut self) -> Result<Term> {
        let start = self.advance().place;
        let leading = self.take(",");
        if let Some(value) = (!leading).then(|| self.attempt(Self::array_comprehension)).flatten() {
            return Ok(self.bracketed(start, value));
        }
        let items = self.list("]")?;
        Ok(self.bracketed(start, Value::Array(items)))
    }

    fn bracketed(&self, start: Place, value: Value) -> Term {
        Term { place: self.until_here(start), value }
    }

    fn array_comprehension(&mut self) -> Result<Value> {
        let term = self.nested(Self::primary)?;
        self.expect("|")?;
        let body = self.body("]")?;
        Ok(Value::ArrayOf(Box::new(term), body))
    }

    pub(super) fn braces(&mut self) -> Result<Term> {
        let start = self.advance().place;
        if self.take("}") {
            return Ok(self.bracketed(start, Value::Object(Vec::new())));
        }
        let leading = self.take(",");
        let comprehension = (!leading).then(|| self.attempt(Self::comprehension)).flatten();
        let value = match comprehension {
            Some(value) => value,
            None => self.elements()?,
        };
        Ok(self.bracketed(start, value))
    }

    fn comprehension(&mut self) -> Result<Value> {
        let at = self.at;
        let term = self.nested(Self::primary)?;
        if self.take("|") {
            let body = self.body("}")?;
            return Ok(Value::SetOf(Box::new(term), body));
        }
        // A key may be an operation, a value before the bar may not.
        let key = if self.is(":") {
            term
        } else {
            self.at = at;
            self.item()?
        };
        self.expect(":")?;
        let value = self.nested(Self::primary)?;
        self.expect("|")?;
        let body = self.body("}")?;
        Ok(Value::ObjectOf(Box::new((key, value)), body))
    }

    fn elements(&mut self) -> Result<Value> {
        let first = self.item()?;
        if !self.take(":") {
            let mut items = vec![first];
            if !self.take("}") {
                self.expect(",")?;
                items.extend(self.list("}")?);
            }
            return Ok(Value::Set(different(items)));
        }
        let mut members = vec![(first, self.item()?)];
        while !self.take("}") {
            self.expect(",")?;
            if self.take("}") {
                break;
            }
            let key = self.item()?;
            self.expect(":")?;
            members.push((key, self.item()?));
        }
        Ok(Value::Object(members))
    }
}

/// The elements of a set, each of them once. What has a `_` in it is never twice the same.
fn different(items: Vec<Term>) -> Vec<Term> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| meaning::is_anonymous(item) || seen.insert(meaning::term(item))).collect()
}
