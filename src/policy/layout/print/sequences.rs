//! Lists of terms, one line or many: items that stood in one line stay in one.

use super::super::Place;
use super::super::syntax::Term;
use super::{NoRoom, Printer, Written, closing_row};

/// Items by the lines in which they stood. The first never begins a new one.
pub(super) fn lines<T>(items: &[T], mut row: usize, row_of: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for (index, item) in items.iter().enumerate() {
        let own = row_of(item);
        if own > row && index > 0 {
            lines.push(&items[start..index]);
            start = index;
        }
        row = own;
    }
    lines.push(&items[start..]);
    lines
}

/// How one item is written.
pub(super) type Write<'w, 'p, T> = &'w dyn Fn(&mut Printer<'p>, &T) -> Written;

/// Items, where they stand, and the row of the bracket that closes them.
pub(super) struct Sequence<'s, T> {
    pub items: &'s [T],
    pub place: Place,
    pub closing: Option<usize>,
    /// The term with which an item begins.
    pub first: fn(&T) -> &Term,
}

impl<'p> Printer<'p> {
    /// Writes items with commas between them.
    pub(super) fn sequence<T>(&mut self, sequence: &Sequence<'_, T>, write: Write<'_, 'p, T>) -> Written {
        let Sequence { items, place, closing, first } = *sequence;
        let lines = lines(items, place.row, |item| first(item).place.row);
        let many = lines.len() > 1 || self.broken_before_first(sequence)?;
        if many {
            self.delay = true;
            self.end_line();
            self.up();
            self.start_line();
        }
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                self.write(",");
                self.end_line();
                self.start_line();
            }
            self.line(line, write)?;
        }
        if many {
            self.write(",");
            self.end_line();
            self.comments_to(closing.unwrap_or(0))?;
            self.down();
            self.start_line();
        }
        Ok(())
    }

    fn line<T>(&mut self, items: &[T], write: Write<'_, 'p, T>) -> Written {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.write(", ");
            }
            write(self, item)?;
        }
        Ok(())
    }

    /// Whether the only line of items begins below the bracket. A comment between the brackets has no room there.
    fn broken_before_first<T>(&self, sequence: &Sequence<'_, T>) -> Result<bool, NoRoom> {
        let Sequence { items, place, closing, first } = *sequence;
        let within = |row: usize| row > place.row && closing.is_some_and(|closing| row < closing);
        if self.pending.iter().any(|comment| within(self.all[*comment].row)) {
            return Err(NoRoom);
        }
        let Some(item) = items.first() else { return Ok(false) };
        // The first text like that of the first item, wherever it stands: so OPA looks for it.
        let all = place.text(self.text);
        Ok(all.find(first(item).place.text(self.text)).is_some_and(|cut| all[..cut].find('\n').is_some_and(|at| at > 0)))
    }

    /// Writes the comments up to a closing bracket.
    pub(super) fn comments_to_closing(&mut self, brackets: (u8, u8), place: Place) -> Written {
        self.comments_to(closing_row(None, brackets, place, self.text).unwrap_or(0))
    }
}
