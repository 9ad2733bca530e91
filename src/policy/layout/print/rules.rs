//! Packages, imports and rules.

use std::collections::HashMap;

use super::super::Place;
use super::super::syntax::{Expr, Head, Import, Module, Rule, Statement, Term, Value};
use super::{Keep, NoRoom, Printer, Written, closing_row, last_row, names};

impl Printer<'_> {
    /// Writes a policy.
    pub(super) fn module(&mut self, module: &Module) {
        let (place, path) = &module.package;
        // Nothing is kept for the end of a line yet: there is room.
        let _ = self.comments_to(place.row);
        self.start_line();
        self.write("package ");
        let _ = self.reference(path);
        self.blank_line();
        let mut rest = module.statements.as_slice();
        while !rest.is_empty() {
            let imports: Vec<&Import> =
                rest.iter().map_while(|one| if let Statement::Import(import) = one { Some(import) } else { None }).collect();
            rest = &rest[imports.len()..];
            self.imports(&imports);
            let rules: Vec<&Rule> =
                rest.iter().map_while(|one| if let Statement::Rule(rule) = one { Some(&**rule) } else { None }).collect();
            rest = &rest[rules.len()..];
            self.rules(&rules);
        }
        self.last_comments();
    }

    fn imports(&mut self, imports: &[&Import]) {
        let mut behind: HashMap<usize, usize> = HashMap::new();
        let all = self.all;
        self.pending.retain(|comment| {
            let row = all[*comment].row;
            let here = imports.iter().any(|import| import.place.row == row);
            if here {
                behind.insert(row, *comment);
            }
            !here
        });
        let mut start = 0;
        for index in 0..imports.len() {
            if imports.get(index + 1).is_some_and(|next| next.place.row <= imports[index].place.row + 1) {
                continue;
            }
            self.import_group(&imports[start..=index], &behind);
            start = index + 1;
        }
    }

    /// Writes imports between which no line was empty, by their names.
    fn import_group(&mut self, imports: &[&Import], behind: &HashMap<usize, usize>) {
        let _ = self.comments_to(imports[0].place.row);
        let mut sorted = imports.to_vec();
        sorted.sort_by_key(|import| (import.names(), import.alias.clone().unwrap_or_default()));
        for import in sorted {
            self.start_line();
            self.write("import ");
            let _ = self.reference(&import.path);
            if let Some(alias) = &import.alias {
                self.write(&format!(" as {alias}"));
            }
            if let Some(comment) = behind.get(&import.place.row) {
                self.write(&format!(" {}", self.all[*comment].text));
            }
            self.end_line();
        }
        self.blank_line();
    }

    fn rules(&mut self, rules: &[&Rule]) {
        for (index, rule) in rules.iter().enumerate() {
            // Comments without room are written where the next ones are.
            let kept = self.kept_rule(rule);
            let _ = self.comments_to(rule.place.row);
            if let Some(place) = kept {
                self.start_line();
                self.on_last_line = true;
                let _ = self.or_as_it_was(place, |_| Err(NoRoom));
            } else {
                let _ = self.rule(rule, false);
            }
            let adjacent = |next: &&Rule| self.is_one_line(next) && next.place.row == rule.place.row + 1;
            if !(self.is_one_line(rule) && rules.get(index + 1).is_some_and(adjacent)) {
                self.blank_line();
            }
        }
    }

    /// Where a rule stands that is written as it was, because comments are in it.
    fn kept_rule(&self, rule: &Rule) -> Option<Place> {
        let place = Place { end: rule.place.end.max(rule.head.place.end), ..rule.place };
        let rows = place.row..last_row(place, self.text);
        let commented = self.pending.iter().any(|comment| rows.contains(&self.all[*comment].row));
        (self.keep == Keep::Rule && commented).then_some(place)
    }

    /// Whether a rule may stand below another one without an empty line.
    fn is_one_line(&self, rule: &Rule) -> bool {
        rule.body.len() <= 1
            && !rule.default
            && rule.otherwise.is_none()
            && !matches!(rule.body.first().and_then(Expr::term), Some(Term { value: Value::Set(_), .. }))
            && self.uses_if(rule)
    }

    fn uses_if(&self, rule: &Rule) -> bool {
        (self.style.v1 || self.style.ifs) && (self.style.contains || rule.head.value.is_some())
    }

    fn rule(&mut self, rule: &Rule, is_else: bool) -> Written {
        if !is_else {
            self.start_line();
        }
        if rule.default {
            self.write("default ");
        }
        let constant = rule.is_constant();
        self.on_last_line = constant;
        let head = match self.keep {
            Keep::Term => self.head(&rule.head, rule.default, constant, is_else),
            Keep::Statement | Keep::Rule => {
                // Nothing of it is lost: there is nothing to report.
                let _ = self.or_as_it_was(rule.head.place, |printer| printer.head(&rule.head, rule.default, constant, is_else));
                Ok(())
            }
        };
        if constant {
            self.end_line();
            return Ok(());
        }
        self.on_last_line = true;
        let uses_if = self.uses_if(rule);
        if uses_if {
            self.write(" if");
            if self.stays_in_line(rule) {
                self.write(" ");
                // A statement with a comment that had no room was written as it was.
                let _ = self.expr(&rule.body[0]);
                self.end_line();
                return self.otherwise(rule);
            }
        }
        if head.is_err() && !self.pending.is_empty() {
            self.write(" { ");
        } else {
            self.write(" {");
            self.end_line();
        }
        if uses_if && !is_else {
            self.mark_union(&rule.body[0]);
        }
        self.up();
        let _ = self.body(&rule.body);
        let past = match (&rule.head.args[..], &rule.head.key) {
            ([_, ..], _) => Some((b'(', b')')),
            ([], Some(_)) => Some((b'[', b']')),
            _ => None,
        };
        self.comments_to(closing_row(past, (b'{', b'}'), rule.place, self.text).unwrap_or(0))?;
        self.down();
        self.start_line();
        self.write("}");
        self.otherwise(rule)
    }

    /// Whether the only statement of a body stays behind `if`. The braces of a set would become those of a body.
    fn stays_in_line(&self, rule: &Rule) -> bool {
        let [only] = rule.body.as_slice() else { return false };
        only.place.row == last_row(rule.head.place, self.text) && !matches!(only.term(), Some(Term { value: Value::Set(_), .. }))
    }

    fn otherwise(&mut self, rule: &Rule) -> Written {
        let Some(otherwise) = &rule.otherwise else { return Ok(()) };
        let own = rule.place.text(self.text);
        let line = otherwise.place.row.checked_sub(rule.place.row).filter(|row| *row > 0).and_then(|row| own.split('\n').nth(row));
        let in_line = line.is_some_and(|line| !line.trim().starts_with("else"));
        let comment_above =
            self.at_end.is_some() || self.pending.first().is_some_and(|comment| self.all[*comment].row < otherwise.place.row);
        if in_line && !comment_above {
            self.write(" ");
        } else {
            self.blank_line();
            self.start_line();
        }
        self.comments_to(otherwise.place.row)?;
        if comment_above && !in_line {
            self.start_line();
        }
        self.rule(otherwise, true)
    }

    fn head(&mut self, head: &Head, default: bool, constant: bool, is_else: bool) -> Written {
        if is_else {
            self.comments_to(head.place.row)?;
            self.begin();
            self.write("else");
        } else if self.kept_head(head) {
            self.as_it_was(head.place);
            return Ok(());
        } else {
            self.head_name(head)?;
        }
        if !head.args.is_empty() {
            self.write("(");
            let closing = closing_row(None, (b'(', b')'), head.place, self.text);
            let written = self.arguments(&head.args, head.place, closing);
            self.write(")");
            written?;
        }
        let Some(value) = &head.value else { return self.head_key(head) };
        if head.key.is_none() && value.is_true() && !constant && !default {
            return Ok(());
        }
        let spelled_out = self.style.v1 && constant && head.key.is_none() && head.args.is_empty();
        if head.implied && value.is_true() && !spelled_out {
            return Ok(());
        }
        self.write(if head.assign || self.style.v1 { " := " } else { " = " });
        self.term(value)
    }

    /// The key of a head that is written in brackets on one line.
    fn short_key<'h>(&self, head: &'h Head) -> Option<&'h Term> {
        match head.reference.as_slice() {
            [_, key] if !self.style.references => Some(key),
            _ => None,
        }
    }

    /// Whether a head is written as it was: it has a comment or a collection in its key.
    fn kept_head(&self, head: &Head) -> bool {
        let commented = |key: &Term| self.pending.first().is_some_and(|comment| self.all[*comment].row == key.place.row);
        self.short_key(head).is_some_and(|key| commented(key) || names::on_one_line(key).is_none())
    }

    fn head_name(&mut self, head: &Head) -> Written {
        let Some(key) = self.short_key(head).and_then(names::on_one_line) else { return self.reference(&head.reference) };
        self.write(&format!("{}[{key}]", head.reference[0].name().unwrap_or_default()));
        Ok(())
    }

    fn head_key(&mut self, head: &Head) -> Written {
        let Some(key) = &head.key else { return Ok(()) };
        if self.style.contains {
            self.write(" contains ");
            return self.term(key);
        }
        self.write("[");
        self.term(key)?;
        self.write("]");
        Ok(())
    }
}
