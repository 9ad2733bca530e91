//! Packages, imports, rules and the statements of their bodies.

use super::super::syntax::{Every, Expr, ExprKind, Head, IN, Import, Module, Rule, Statement, Term, Value, With, operator};
use super::super::tokens::Kind;
use super::super::{LayoutError, Place, relocate};
use super::{Parser, Result};

impl Parser<'_> {
    pub(super) fn module(&mut self) -> Result<Module> {
        let place = self.token().place;
        if !self.take_word("package") {
            return self.fail("package expected");
        }
        let package = (place, self.path()?);
        let mut statements = Vec::new();
        while self.token().kind != Kind::End {
            if self.is_word("import") {
                let import = self.import()?;
                self.words.import(&import.dotted());
                statements.push(Statement::Import(import));
                // What was parsed under other keywords may be something else now.
                self.known.clear();
            } else {
                statements.extend(self.rules()?.into_iter().map(|rule| Statement::Rule(Box::new(rule))));
            }
        }
        Ok(Module { package, statements })
    }

    fn path(&mut self) -> Result<Vec<Term>> {
        if self.token().kind != Kind::Word {
            return self.fail("expected a path");
        }
        let start = self.token().place.start;
        let name = self.name();
        match self.reference(name, start)? {
            Term { value: Value::Ref(parts), .. } if parts[1..].iter().all(|part| matches!(part.value, Value::Text(..))) => Ok(parts),
            term if term.name().is_some() => Ok(vec![term]),
            _ => self.fail("expected a path"),
        }
    }

    fn import(&mut self) -> Result<Import> {
        let place = self.advance().place;
        let path = self.path()?;
        if !matches!(path[0].name(), Some("data" | "input" | "future" | "rego")) {
            return Err(LayoutError::Parse { row: place.row, what: "an import begins with data, input, future or rego".to_owned() });
        }
        let alias = if self.take_word("as") {
            if !self.is_name() {
                return self.fail("expected a name");
            }
            let token = self.advance();
            Some(self.text_of(token).to_owned())
        } else {
            None
        };
        Ok(Import { place, path, alias })
    }

    /// A rule, or with more than one body the rules that share its head.
    fn rules(&mut self) -> Result<Vec<Rule>> {
        let place = self.token().place;
        let default = self.take_word("default");
        let (head, contains) = self.head(default)?;
        let mut rule = Rule { place, default, head, body: Vec::new(), otherwise: None };
        if default {
            rule.head.implied = false;
            if rule.head.value.is_none() {
                self.fail("a default rule must have a value")?
            }
            return Ok(vec![rule]);
        }
        let valued = rule.head.value.is_some();
        let with_if = self.take_word("if");
        self.settle(&mut rule, with_if, contains)?;
        match (with_if, self.is("{")) {
            (true, _) => rule.body = self.body_after_if()?,
            (false, true) if self.words.v1 => return self.fail("`if` keyword is required before rule body"),
            (false, true) => rule.body = self.braced()?,
            (false, false) => return self.without_body(rule, valued || contains),
        }
        if self.take_word("else") {
            rule.otherwise = Some(Box::new(self.otherwise(&rule.head)?));
        }
        rule.place = self.until_here(rule.place);
        let mut rules = vec![rule];
        while rules[0].otherwise.is_none() && self.is("{") {
            let start = self.token().place;
            let body = self.braced()?;
            let place = self.until_here(start);
            rules.push(Rule { place, default, head: moved(&rules[0].head, place), body, otherwise: None });
        }
        Ok(rules)
    }

    /// What a head without arguments and with one key is, which its body decides.
    fn settle(&self, rule: &mut Rule, with_if: bool, contains: bool) -> Result<()> {
        let head = &mut rule.head;
        let one_key = !contains && head.args.is_empty() && head.reference.len() == 2;
        if one_key && with_if {
            if !head.reference[1].is_ground() || matches!(head.reference[1].value, Value::Ref(_)) {
                head.key = Some(head.reference[1].clone());
            }
            head.implied = head.value.is_none();
        } else if one_key {
            head.key = Some(head.reference[1].clone());
            if head.value.is_none() {
                if self.words.v1 {
                    return Err(LayoutError::Parse {
                        row: rule.place.row,
                        what: "`contains` keyword is required for partial set rules".to_owned(),
                    });
                }
                head.reference.truncate(1);
            }
        }
        if head.value.is_none() && head.key.is_none() || head.implied {
            head.value = Some(Term { place: head.place, value: Value::Scalar("true".to_owned()) });
        }
        Ok(())
    }

    fn without_body(&self, mut rule: Rule, complete: bool) -> Result<Vec<Rule>> {
        let head = &mut rule.head;
        if !complete {
            if head.args.is_empty() && (self.words.v1 || head.reference.len() == 1 && head.key.is_none()) {
                return self.fail("a rule must have a value or a body");
            }
            head.implied = true;
            if !head.args.is_empty() {
                head.place.end = head.reference[head.reference.len() - 1].place.end;
            }
        }
        rule.place = rule.head.place;
        Ok(vec![rule])
    }

    fn head(&mut self, default: bool) -> Result<(Head, bool)> {
        let start = self.token().place;
        if !self.is_name() {
            return self.fail("expected a rule");
        }
        let name = self.name();
        // White space may be between the name and what follows it.
        let at = self.at;
        self.tokens[at].apart &= !matches!(self.token().kind, Kind::Symbol("." | "[" | "("));
        let (reference, args) = match self.reference(name, start.start)? {
            Term { value: Value::Call(function, args), .. } => (parts(*function), args),
            term => (parts(term), Vec::new()),
        };
        if reference[0].name().is_none() {
            return self.fail("expected the name of a rule");
        }
        let mut head = Head { place: start, reference, args, key: None, value: None, implied: false, assign: false };
        let contains = !default && head.args.is_empty() && self.take_word("contains");
        if contains {
            head.key = Some(self.term()?);
        } else if self.is("=") || self.is(":=") {
            head.assign = self.is(":=");
            self.advance();
            head.value = Some(self.term()?);
        }
        head.place = self.until_here(start);
        Ok((head, contains))
    }

    fn otherwise(&mut self, head: &Head) -> Result<Rule> {
        let place = self.tokens[self.at - 1].place;
        let mut head =
            Head { place, args: Vec::new(), key: None, value: None, implied: false, assign: false, reference: head.reference.clone() };
        if self.is("=") || self.is(":=") {
            head.assign = self.is(":=");
            self.advance();
            head.value = Some(self.term()?);
            head.place = self.until_here(place);
        } else if !self.is("{") && !self.is_word("if") {
            return self.fail("expected a value or a body after `else`");
        }
        // The value stands where its head does: so OPA prints it.
        let value = head.value.take().map_or_else(|| Value::Scalar("true".to_owned()), |term| term.value);
        head.value = Some(Term { place: head.place, value });
        let with_if = self.take_word("if");
        let mut rule = Rule { place, default: false, head, body: Vec::new(), otherwise: None };
        let mut single = false;
        if self.is("{") {
            if self.words.v1 && !with_if {
                return self.fail("`if` keyword is required before rule body");
            }
            rule.body = self.braced()?;
        } else if with_if {
            rule.body = vec![self.statement()?];
            single = true;
        }
        if self.take_word("else") {
            rule.otherwise = Some(Box::new(self.otherwise(&rule.head)?));
        }
        rule.place = self.until_here(place);
        if single {
            relocate::body(&mut rule.body, rule.place);
        }
        Ok(rule)
    }

    /// A body after `if`: one statement, or several in braces. A set in braces is a body.
    fn body_after_if(&mut self) -> Result<Vec<Expr>> {
        let at = self.at;
        let braced = self.is("{");
        match self.statement() {
            Ok(only) if !braced || !matches!(only.term(), Some(Term { value: Value::Set(_), .. })) => Ok(vec![only]),
            Err(error) if !braced => Err(error),
            _ => {
                self.at = at;
                self.braced()
            }
        }
    }

    fn braced(&mut self) -> Result<Vec<Expr>> {
        self.expect("{")?;
        self.body("}")
    }

    /// Statements up to a bracket, and the bracket.
    pub(super) fn body(&mut self, end: &str) -> Result<Vec<Expr>> {
        self.nested(|p| {
            let mut body = Vec::new();
            loop {
                body.push(p.statement()?);
                if p.take(";") {
                    continue;
                }
                if p.take(end) {
                    return Ok(body);
                }
                if !p.token().new_line {
                    return p.fail(&format!("expected a new line, `;` or `{end}`"));
                }
            }
        })
    }

    fn statement(&mut self) -> Result<Expr> {
        let start = self.token().place;
        let negated = self.take_word("not");
        let kind = match () {
            () if negated && self.words.not_bodies && self.is("{") => ExprKind::Not(self.braced()?),
            () if !negated && self.is_word("some") => self.some()?,
            () if !negated && self.is_word("every") => self.every()?,
            () => ExprKind::Term(self.assignment()?),
        };
        let mut with = Vec::new();
        while self.is_word("with") {
            with.push(self.with()?);
        }
        let negated = negated && !matches!(kind, ExprKind::Not(_));
        Ok(Expr { place: self.until_here(start), negated, kind, with })
    }

    fn assignment(&mut self) -> Result<Term> {
        let start = self.token().place.start;
        let left = self.term()?;
        let Some(name) = [":=", "="].iter().find(|symbol| self.is(symbol)).and_then(|symbol| operator(symbol)) else { return Ok(left) };
        let place = self.advance().place;
        let right = self.term()?;
        let place_of_all = Place { start, end: self.end(), row: left.place.row };
        let operator = Term { place, value: Value::Var(name.to_owned()) };
        Ok(Term { place: place_of_all, value: Value::Call(Box::new(operator), vec![left, right]) })
    }

    fn some(&mut self) -> Result<ExprKind> {
        let place = self.advance().place;
        let at = self.at;
        match self.term() {
            Ok(term) if matches!(&term.value, Value::Call(function, _) if function.name() == Some(IN)) => {
                return Ok(ExprKind::Some(place, vec![term]));
            }
            _ => self.at = at,
        }
        let mut names = Vec::new();
        loop {
            if !self.is_name() {
                return self.fail("expected a variable");
            }
            names.push(self.name());
            if !self.take(",") {
                return Ok(ExprKind::Some(place, names));
            }
        }
    }

    fn every(&mut self) -> Result<ExprKind> {
        let place = self.advance().place;
        let Term { value: Value::Call(function, mut operands), .. } = self.term()? else { return self.fail("expected `x in xs`") };
        if function.name() != Some(IN) {
            return self.fail("expected `x in xs`");
        }
        let domain = operands.pop();
        let value = operands.pop();
        let (Some(domain), Some(value)) = (domain, value) else { return self.fail("expected `x in xs`") };
        let body = self.braced()?;
        Ok(ExprKind::Every(Box::new(Every { place, key: operands.pop(), value, domain, body })))
    }

    fn with(&mut self) -> Result<With> {
        let place = self.advance().place;
        if !self.is_name() {
            return self.fail("expected a reference");
        }
        let target = self.primary()?;
        if !self.take_word("as") {
            return self.fail("expected `as`");
        }
        let value = self.term()?;
        Ok(With { place: self.until_here(place), target, value })
    }
}

fn parts(term: Term) -> Vec<Term> {
    match term.value {
        Value::Ref(parts) => parts,
        _ => vec![term],
    }
}

/// A further body of a rule has the head of the first one, written nowhere, above its own place.
fn moved(head: &Head, place: Place) -> Head {
    let mut head = head.clone();
    relocate::head(&mut head, Place { end: place.start, ..place });
    head.implied = head.value.as_ref().is_some_and(Term::is_true);
    head
}
