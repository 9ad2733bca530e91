//! The statements of bodies.

use super::super::Place;
use super::super::syntax::{Every, Expr, ExprKind, Term, Value, With};
use super::{Keep, Printer, Written, last_row};

impl Printer<'_> {
    /// Writes statements, one a line.
    pub(super) fn body(&mut self, body: &[Expr]) -> Written {
        if let Some(first) = body.first() {
            self.comments_to(first.place.row)?;
        }
        for (index, expr) in body.iter().enumerate() {
            if index > 0 && expr.place.row > last_row(body[index - 1].place, self.text) + 1 {
                self.blank_line();
            }
            self.start_line();
            // A statement with a comment that had no room was written as it was.
            let _ = self.expr(expr);
            self.end_line();
        }
        Ok(())
    }

    /// Writes a statement.
    pub(super) fn expr(&mut self, expr: &Expr) -> Written {
        match self.keep {
            Keep::Term => self.parts(expr),
            Keep::Statement | Keep::Rule => {
                self.comments_to(expr.place.row)?;
                self.begin();
                // Nothing of it is lost: there is nothing to report.
                let _ = self.or_as_it_was(expr.place, |printer| printer.parts(expr));
                Ok(())
            }
        }
    }

    fn parts(&mut self, expr: &Expr) -> Written {
        let parentheses = self.union_expr.is_some_and(|wanted| std::ptr::eq(wanted, expr));
        if parentheses {
            self.union_expr = None;
        }
        self.comments_to(expr.place.row)?;
        self.begin();
        if expr.negated {
            self.write("not ");
        }
        if parentheses {
            self.write("(");
        }
        self.kind(expr)?;
        if parentheses {
            self.write(")");
        }
        self.modifiers(expr)
    }

    fn kind(&mut self, expr: &Expr) -> Written {
        match &expr.kind {
            ExprKind::Term(term) => match &term.value {
                Value::Call(function, operands) if self.keeps_parentheses(term) => self.call(true, function, operands),
                Value::Call(function, operands) => self.statement_call(function, operands),
                _ => self.term(term),
            },
            ExprKind::Some(place, terms) => self.some(*place, terms),
            ExprKind::Every(every) => self.every(every, expr.place),
            ExprKind::Not(body) => {
                self.comments_to(expr.place.row)?;
                self.write("not ");
                self.mark_union(&body[0]);
                self.write("{");
                let _ = self.inner_body(("{", "}"), body, expr.place.row, expr.place);
                self.close(body.last().is_some_and(|last| last.place.row == expr.place.row));
                Ok(())
            }
        }
    }

    fn every(&mut self, every: &Every, place: Place) -> Written {
        self.comments_to(place.row)?;
        self.write("every ");
        if let Some(key) = &every.key {
            self.term(key)?;
            self.write(", ");
        }
        self.term(&every.value)?;
        self.write(" in ");
        self.term(&every.domain)?;
        self.write(" {");
        let _ = self.inner_body(("{", "}"), &every.body, place.row, place);
        self.close(every.body.len() == 1 && every.body[0].place.row == every.place.row);
        Ok(())
    }

    fn close(&mut self, in_line: bool) {
        self.write(if in_line { " }" } else { "}" });
    }

    fn some(&mut self, place: Place, terms: &[Term]) -> Written {
        self.comments_to(place.row)?;
        self.write("some ");
        let mut row = place.row;
        for (index, term) in terms.iter().enumerate() {
            if let Value::Call(_, operands) = &term.value {
                return self.membership(false, operands);
            }
            if term.place.row > row {
                self.end_line();
                self.start_line();
                self.write("\t");
                row = term.place.row;
            } else if index > 0 {
                self.write(" ");
            }
            self.term(term)?;
            if index + 1 < terms.len() {
                self.write(",");
            }
        }
        Ok(())
    }

    fn modifiers(&mut self, expr: &Expr) -> Written {
        let Some(first) = expr.with.first() else { return Ok(()) };
        // Where the statement ends without them.
        let end = if first.place.start > expr.place.start { first.place.start } else { expr.place.end };
        let own = self.text[expr.place.start..end].trim_end();
        let mut row = expr.place.row + own.matches('\n').count();
        let mut rest = expr.with.as_slice();
        if first.place.row == row {
            self.with(first, false)?;
            rest = &rest[1..];
        }
        let mut indented = false;
        let mut written = Ok(());
        for with in rest {
            let below = with.place.row > row;
            if below {
                if !indented {
                    self.up();
                    indented = true;
                }
                self.end_line();
                self.start_line();
                row = with.place.row;
            }
            written = self.with(with, below);
            if written.is_err() {
                break;
            }
        }
        if indented {
            self.down();
        }
        written
    }

    fn with(&mut self, with: &With, below: bool) -> Written {
        self.comments_to(with.place.row)?;
        self.write(if below { "with " } else { " with " });
        self.term(&with.target)?;
        self.write(" as ");
        // A value with a comment that had no room was written as it was.
        let _ = self.term(&with.value);
        Ok(())
    }

    /// Marks the union of sets that a statement is or begins with: after an opening brace it would be a comprehension.
    pub(super) fn mark_union(&mut self, expr: &Expr) {
        match expr.term() {
            Some(term) if term.is_union() => self.union_expr = Some(std::ptr::from_ref(expr)),
            Some(Term { value: Value::Call(function, operands), .. }) if function.symbol().is_some() => {
                self.union_term = operands.first().filter(|left| left.is_union()).map(std::ptr::from_ref);
            }
            _ => {}
        }
    }
}
