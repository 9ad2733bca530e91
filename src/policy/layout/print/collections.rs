//! Arrays, sets, objects and comprehensions.

use super::super::Place;
use super::super::syntax::{Expr, Term, Value};
use super::sequences::{Sequence, lines};
use super::{Printer, Written, closing_row};

/// The brackets of a collection.
pub(super) type Brackets = (&'static str, &'static str);

fn bytes((open, close): Brackets) -> (u8, u8) {
    (open.as_bytes()[0], close.as_bytes()[0])
}

impl Printer<'_> {
    /// Writes an array or a set.
    pub(super) fn list(&mut self, brackets: Brackets, items: &[Term], place: Place) -> Written {
        let closing = closing_row(None, bytes(brackets), place, self.text);
        let sequence = Sequence { items, place, closing, first: |term| term };
        self.between(brackets, |printer| printer.sequence(&sequence, &|printer, term| printer.surrounded(term.is_union(), term)))
    }

    /// Writes an object.
    pub(super) fn object(&mut self, members: &[(Term, Term)], place: Place) -> Written {
        let brackets = ("{", "}");
        let closing = closing_row(None, bytes(brackets), place, self.text);
        let sequence = Sequence { items: members, place, closing, first: |(key, _)| key };
        self.between(brackets, |printer| {
            printer.sequence(&sequence, &|printer, (key, value)| {
                printer.surrounded(key.is_union(), key)?;
                printer.write(": ");
                printer.surrounded(value.is_union(), value)
            })
        })
    }

    fn between(&mut self, (open, close): Brackets, inner: impl FnOnce(&mut Self) -> Written) -> Written {
        self.write(open);
        let written = inner(self);
        self.write(close);
        written
    }

    /// Writes a comprehension of an array or a set.
    pub(super) fn comprehension(&mut self, brackets: Brackets, term: &Term, body: &[Expr], place: Place) -> Written {
        self.between(brackets, |printer| printer.comprehended(brackets, term, body, place))
    }

    /// Writes a comprehension of an object: key and value are in one line.
    pub(super) fn object_comprehension(&mut self, key: &Term, value: &Term, body: &[Expr], place: Place) -> Written {
        let mut value = value.clone();
        value.place.row = place.row;
        self.between(("{", "}"), |printer| {
            printer.surrounded(key.is_union(), key)?;
            printer.write(": ");
            printer.comprehended(("{", "}"), &value, body, place)
        })
    }

    fn comprehended(&mut self, brackets: Brackets, term: &Term, body: &[Expr], place: Place) -> Written {
        if term.place.row > place.row {
            self.end_line();
            self.start_line();
        }
        let parentheses = matches!(term.value, Value::Call(..)) && (term.is_union() || self.in_parentheses(term));
        self.term_in(parentheses, term)?;
        self.write(" |");
        self.inner_body(brackets, body, term.place.row, place)
    }

    /// Writes the body of a comprehension, of `every` or of `not`, in the line of `row` if it stood there.
    pub(super) fn inner_body(&mut self, brackets: Brackets, body: &[Expr], row: usize, place: Place) -> Written {
        let many = body.first().is_some_and(|first| first.place.row > row) || lines(body, row, |expr| expr.place.row).len() > 1;
        if many {
            self.end_line();
            self.up();
            let written = self.body(body).and_then(|()| self.comments_to_closing(bytes(brackets), place));
            self.down();
            self.start_line();
            return written;
        }
        self.write(" ");
        for (index, expr) in body.iter().enumerate() {
            if index > 0 {
                self.write("; ");
            }
            self.expr(expr)?;
        }
        self.comments_to_closing(bytes(brackets), place)
    }
}
