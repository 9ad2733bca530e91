//! Calls: operators between their operands, `in`, functions with their arguments.

use super::super::Place;
use super::super::syntax::{IN, Term};
use super::sequences::Sequence;
use super::{Keep, Printer, Written};

impl Printer<'_> {
    /// Writes a call that is a statement of its own: an operator needs no parentheses, nor do its operands but for their own.
    pub(super) fn statement_call(&mut self, function: &Term, operands: &[Term]) -> Written {
        if function.name() == Some(IN) {
            return self.membership(false, operands);
        }
        let Some(symbol) = function.symbol() else { return self.function(function, operands) };
        match operands {
            [left, right] => self.infix(left, symbol, right),
            // An operator called by its name, with a place for its result.
            [left, right, result] if !matches!(symbol, ":=" | "=") => {
                self.term(result)?;
                self.write(" = ");
                self.infix(left, symbol, right)
            }
            _ => self.function(function, operands),
        }
    }

    fn infix(&mut self, left: &Term, symbol: &str, right: &Term) -> Written {
        self.operand(left)?;
        self.write(&format!(" {symbol} "));
        self.operand(right)
    }

    fn operand(&mut self, operand: &Term) -> Written {
        let parentheses = self.keeps_parentheses(operand);
        self.or_as_it_was(operand.place, |printer| printer.term_in(parentheses, operand))
    }

    /// Whether the author's parentheses stay where OPA leaves them out, though what is around them may take the operands.
    pub(super) fn keeps_parentheses(&self, term: &Term) -> bool {
        self.keep != Keep::Term && self.in_parentheses(term)
    }

    /// Writes a call inside of a term.
    pub(super) fn call(&mut self, parentheses: bool, function: &Term, operands: &[Term]) -> Written {
        if function.name() == Some(IN) {
            return self.membership(true, operands);
        }
        let (Some(symbol), [left, right]) = (function.symbol(), operands) else { return self.function(function, operands) };
        if parentheses {
            self.write("(");
        }
        self.term_in(true, left)?;
        self.write(&format!(" {symbol} "));
        self.term_in(true, right)?;
        if parentheses {
            self.write(")");
        }
        Ok(())
    }

    fn function(&mut self, function: &Term, arguments: &[Term]) -> Written {
        self.callee(function)?;
        self.write("(");
        let written = self.arguments(arguments, function.place, None);
        self.write(")");
        written
    }

    fn callee(&mut self, function: &Term) -> Written {
        match &function.value {
            super::super::syntax::Value::Ref(parts) => self.reference(parts),
            _ => self.reference(std::slice::from_ref(function)),
        }
    }

    /// Writes what stands between the parentheses of a call or a head.
    pub(super) fn arguments(&mut self, arguments: &[Term], place: Place, closing: Option<usize>) -> Written {
        let sequence = Sequence { items: arguments, place, closing, first: |term| term };
        self.sequence(&sequence, &|printer, term| {
            let parentheses = term.is_union() && printer.in_parentheses(term);
            printer.surrounded(parentheses, term)
        })
    }

    /// Writes a term, in parentheses if wanted.
    pub(super) fn surrounded(&mut self, parentheses: bool, term: &Term) -> Written {
        if !parentheses {
            return self.term(term);
        }
        self.write("(");
        let written = self.term(term);
        self.write(")");
        written
    }

    /// Writes `a in b` or `a, b in c`.
    pub(super) fn membership(&mut self, parentheses: bool, operands: &[Term]) -> Written {
        let Some((domain, elements)) = operands.split_last() else { return Ok(()) };
        let parentheses = parentheses && elements.len() > 1;
        if parentheses {
            self.write("(");
        }
        let written = self.elements_in(elements, domain);
        if parentheses {
            self.write(")");
        }
        written
    }

    fn elements_in(&mut self, elements: &[Term], domain: &Term) -> Written {
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.write(", ");
            }
            self.term_in(true, element)?;
        }
        self.write(" in ");
        self.term_in(true, domain)
    }
}
