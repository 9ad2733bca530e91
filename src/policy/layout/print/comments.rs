//! Comments: those before a line, the one at its end, and text that is kept as it was for the sake of those within.

use super::super::Place;
use super::{NoRoom, Printer, Written, last_row};

impl Printer<'_> {
    /// Writes the comments above a row, and keeps the one in that row for the end of the line.
    pub(super) fn comments_to(&mut self, row: usize) -> Written {
        if self.pending.is_empty() {
            return Ok(());
        }
        let all = self.all;
        let (before, rest): (Vec<usize>, Vec<usize>) = std::mem::take(&mut self.pending).into_iter().partition(|one| all[*one].row < row);
        let here = rest.iter().copied().rfind(|one| all[*one].row == row);
        self.pending = rest.into_iter().filter(|one| all[*one].row > row).collect();
        self.write_comments(&before);
        if before.last().is_some_and(|last| row - all[*last].row > 1) {
            self.blank_line();
        }
        self.keep_for_end(here)
    }

    /// Keeps a comment for the end of the line.
    fn keep_for_end(&mut self, comment: Option<usize>) -> Written {
        match (comment, self.at_end) {
            (None, _) => Ok(()),
            (Some(_), None) => {
                self.at_end = comment;
                Ok(())
            }
            (Some(_), Some(_)) => {
                self.at_end = None;
                Err(NoRoom)
            }
        }
    }

    fn write_comments(&mut self, comments: &[usize]) {
        let all = self.all;
        let mut in_metadata = false;
        for (index, comment) in comments.iter().enumerate() {
            let comment = &all[*comment];
            if index > 0 {
                let gap = comment.row - all[comments[index - 1]].row;
                if gap > 1 {
                    self.blank_line();
                    in_metadata = false;
                } else if gap == 1 && in_metadata && comment.is_metadata() {
                    self.blank_line();
                }
            }
            in_metadata |= comment.is_metadata();
            self.comment_line(&comment.text);
        }
    }

    fn comment_line(&mut self, text: &str) {
        self.begin();
        self.write(text);
        self.end_line();
    }

    /// Writes the comments that are left.
    pub(super) fn last_comments(&mut self) {
        let all = self.all;
        for comment in std::mem::take(&mut self.pending) {
            self.comment_line(&all[comment].text);
        }
    }

    /// Writes something; what a comment has no room in is written as it was instead, and reported.
    pub(super) fn or_as_it_was(&mut self, place: Place, write: impl FnOnce(&mut Self) -> Written) -> Written {
        let (length, level, pending) = (self.out.len(), self.level, self.pending.clone());
        write(self).inspect_err(|_| {
            self.out.truncate(length);
            self.level = level;
            let rows = place.row..=last_row(place, self.text);
            if self.at_end.is_some_and(|comment| rows.contains(&self.all[comment].row)) {
                self.at_end = None;
            }
            self.pending = pending;
            self.as_it_was(place);
        })
    }

    /// Writes a place as it was, and counts the comments in it as written.
    pub(super) fn as_it_was(&mut self, place: Place) {
        let last = last_row(place, self.text);
        self.write(place.text(self.text));
        let all = self.all;
        let pending = std::mem::take(&mut self.pending);
        for comment in pending {
            let row = all[comment].row;
            if self.on_last_line && row == last {
                self.write(" ");
                self.write(&all[comment].text);
            } else if row >= last {
                self.pending.push(comment);
            }
        }
    }
}
