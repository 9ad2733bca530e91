//! Terms: scalars, references, and what surrounds a comment that has no room.

use super::super::syntax::{Term, Value};
use super::{Printer, Written, names};

impl Printer<'_> {
    /// Writes a term; as it was, when a comment in it has no room.
    pub(super) fn term(&mut self, term: &Term) -> Written {
        if self.pending.is_empty() {
            return self.term_in(false, term);
        }
        self.or_as_it_was(term.place, |printer| printer.term_in(false, term))
    }

    /// Writes a term, an operation in parentheses if wanted.
    pub(super) fn term_in(&mut self, mut parentheses: bool, term: &Term) -> Written {
        if self.union_term.is_some_and(|wanted| std::ptr::eq(wanted, term)) {
            self.union_term = None;
            parentheses = true;
        }
        self.comments_to(term.place.row)?;
        self.begin();
        match &term.value {
            Value::Scalar(text) | Value::Var(text) => self.write(text),
            Value::Text(text, written) => match written {
                Some(place) => self.write(place.text(self.text)),
                None => self.write(&names::quoted(text)),
            },
            Value::Ref(parts) => self.reference(parts)?,
            Value::Call(function, operands) => self.call(parentheses, function, operands)?,
            Value::Array(items) => self.list(("[", "]"), items, term.place)?,
            Value::Set(items) if items.is_empty() => {
                self.write("set()");
                self.comments_to_closing((b'(', b')'), term.place)?;
            }
            Value::Set(items) => self.list(("{", "}"), items, term.place)?,
            Value::Object(members) => self.object(members, term.place)?,
            Value::ArrayOf(inner, body) => self.comprehension(("[", "]"), inner, body, term.place)?,
            Value::SetOf(inner, body) => self.comprehension(("{", "}"), inner, body, term.place)?,
            Value::ObjectOf(pair, body) => self.object_comprehension(&pair.0, &pair.1, body, term.place)?,
        }
        self.begin();
        Ok(())
    }

    /// Writes a reference.
    pub(super) fn reference(&mut self, parts: &[Term]) -> Written {
        let [head, path @ ..] = parts else { return Ok(()) };
        let parentheses = matches!(head.value, Value::Call(..)) && self.in_parentheses(head);
        self.term_in(parentheses, head)?;
        for part in path {
            match &part.value {
                Value::Text(text, written) if self.needs_brackets(text, written.is_some()) => {
                    self.write(&format!("[{}]", names::quoted(text)))
                }
                Value::Text(text, _) => self.write(&format!(".{text}")),
                Value::Var(name) => self.write(&format!("[{name}]")),
                _ => {
                    self.write("[");
                    if self.term(part).is_err() {
                        // The bracket is not to become a part of the comment.
                        self.write("\n");
                    }
                    self.write("]");
                }
            }
        }
        Ok(())
    }

    fn needs_brackets(&self, text: &str, written: bool) -> bool {
        !names::is_name(text) || written && self.style.keywords.iter().any(|keyword| keyword == text)
    }

    /// Whether the author put a term in parentheses.
    pub(super) fn in_parentheses(&self, term: &Term) -> bool {
        term.place.text(self.text).starts_with('(')
    }
}
