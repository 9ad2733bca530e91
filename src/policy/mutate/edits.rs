//! The small changes to a rule's text that its cases should notice: one condition, one comparison or one constant each.
//!
//! What a finding says is no condition: the texts of its members and of `sprintf` are left alone.

use std::ops::Range;

use regorus::Source;
use regorus::unstable::{AssignOp, BoolOp, Expr, Literal, LiteralStmt, Module, Parser, Query, Rule, RuleHead, Span};

use crate::finding::{Diagnostic, SourceText};

/// A change to a rule's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Where the replaced text begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What stands there instead.
    pub text: String,
    /// What was done, such as ``negate `not x` ``.
    pub does: String,
}

/// What cannot be in a policy, so that it differs from every constant.
const OTHER: &str = "~";
/// The longest part of a rule that a description quotes, in characters.
const QUOTED: usize = 60;

/// Every change to a rule, in the order of its text.
///
/// # Errors
/// A diagnostic when the text is no Rego.
pub(super) fn edits(source: &SourceText) -> Result<Vec<Edit>, Box<Diagnostic>> {
    let module = parse(source).map_err(|error| Box::new(Diagnostic::new(format!("`{}` is no Rego: {error}", source.path()))))?;
    let mut found = Found { text: source.text(), edits: Vec::new() };
    module.policy.iter().for_each(|rule| found.rule(rule));
    found.edits.sort_by(|a, b| (a.start, a.end, &a.text).cmp(&(b.start, b.end, &b.text)));
    // A reference is part of several expressions.
    found.edits.dedup_by(|a, b| (a.start, a.end, &a.text) == (b.start, b.end, &b.text));
    Ok(found.edits)
}

fn parse(source: &SourceText) -> anyhow::Result<Module> {
    let source = Source::from_contents(source.path().to_owned(), source.text().to_owned())?;
    let mut parser = Parser::new(&source)?;
    parser.enable_rego_v1()?;
    parser.parse()
}

struct Found<'a> {
    text: &'a str,
    edits: Vec<Edit>,
}

impl Found<'_> {
    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { value, .. } => self.expr(value, true),
            Rule::Spec { head, bodies, .. } => {
                let (value, decides) = match head {
                    RuleHead::Set { refr, key, .. } => (key.as_ref(), !matches!(refr.span().text(), "deny" | "not_applicable")),
                    RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => (assign.as_ref().map(|one| &one.value), true),
                };
                if let Some(value) = value {
                    self.expr(value, decides);
                }
                for body in bodies {
                    if let Some(assign) = &body.assign {
                        self.expr(&assign.value, true);
                    }
                    self.query(&body.query);
                }
            }
        }
    }

    fn query(&mut self, query: &Query) {
        query.stmts.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &LiteralStmt) {
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { collection, .. } => self.expr(collection, true),
            Literal::Every { span, domain, query, .. } => {
                self.drop(span);
                self.expr(domain, true);
                self.query(query);
            }
            Literal::NotExpr { span, expr } => {
                self.drop(span);
                let inner = self.text[self.whole(expr.span())].to_owned();
                self.put(span, inner, "negate");
                self.expr(expr, true);
            }
            Literal::Expr { span, expr } => {
                // Without what binds its variables the rest of a body means nothing.
                if !matches!(expr.as_ref(), Expr::AssignExpr { .. } | Expr::Bool { .. }) {
                    self.drop(span);
                    let negated = format!("not {}", &self.text[self.whole(span)]);
                    self.put(span, negated, "negate");
                }
                self.expr(expr, true);
            }
        }
    }

    /// `decides` says whether constants of the expression are more than words for people.
    fn expr(&mut self, expr: &Expr, decides: bool) {
        match expr {
            Expr::String { span, .. } | Expr::RawString { span, .. } | Expr::Number { span, .. } | Expr::Bool { span, .. } if decides => {
                self.constant(expr, span);
            }
            Expr::BoolExpr { op, lhs, rhs, .. } => {
                self.comparison(op, lhs, rhs);
                self.expr(lhs, decides);
                self.expr(rhs, decides);
            }
            Expr::Object { fields, .. } => {
                let is_finding = fields.iter().any(|(_, key, _)| key.span().text().trim_matches('"') == "message");
                fields.iter().for_each(|(_, _, value)| self.expr(value, decides && !is_finding));
            }
            Expr::Call { fcn, params, .. } => {
                let decides = decides && !matches!(fcn.span().text(), "sprintf" | "concat");
                params.iter().for_each(|param| self.expr(param, decides));
            }
            Expr::AssignExpr { op: AssignOp::Eq | AssignOp::ColEq, lhs, rhs, .. } => {
                self.expr(lhs, decides);
                self.expr(rhs, decides);
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| self.expr(item, decides)),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term, decides);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key, decides);
                self.expr(value, decides);
                self.query(query);
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr, decides),
            Expr::RefDot { refr, .. } => self.expr(refr, decides),
            Expr::RefBrack { refr, index, .. } => {
                self.expr(refr, decides);
                self.expr(index, decides);
            }
            Expr::BinExpr { lhs, rhs, .. } | Expr::ArithExpr { lhs, rhs, .. } => {
                self.expr(lhs, decides);
                self.expr(rhs, decides);
            }
            Expr::Membership { key, value, collection, .. } => {
                key.iter().chain([value, collection]).for_each(|part| self.expr(part, decides));
            }
            _ => {}
        }
    }

    fn constant(&mut self, expr: &Expr, span: &Span) {
        let other = match expr {
            Expr::Number { value, .. } => value.as_i64().map_or_else(|_| "0".to_owned(), |number| (number + 1).to_string()),
            Expr::Bool { .. } => if span.text() == "true" { "false" } else { "true" }.to_owned(),
            _ if span.text().contains(OTHER) => format!("\"{OTHER}{OTHER}\""),
            _ => format!("\"{OTHER}\""),
        };
        self.put(span, other, "alter");
    }

    fn comparison(&mut self, op: &BoolOp, lhs: &Expr, rhs: &Expr) {
        let (old, new) = match op {
            BoolOp::Eq => ("==", "!="),
            BoolOp::Ne => ("!=", "=="),
            BoolOp::Lt => ("<", "<="),
            BoolOp::Le => ("<=", "<"),
            BoolOp::Gt => (">", ">="),
            BoolOp::Ge => (">=", ">"),
        };
        let (from, to) = (lhs.span().end as usize, rhs.span().start as usize);
        if let Some(at) = self.text.get(from..to).and_then(|between| between.find(old)) {
            let start = from + at;
            self.edits.push(Edit { start, end: start + old.len(), text: new.to_owned(), does: format!("swap `{old}` for `{new}`") });
        }
    }

    fn drop(&mut self, span: &Span) {
        let whole = self.whole(span);
        let does = format!("drop `{}`", quoted(&self.text[whole.clone()]));
        self.edits.push(Edit { start: whole.start, end: whole.end, text: "true".to_owned(), does });
    }

    fn put(&mut self, span: &Span, text: String, verb: &str) {
        let whole = self.whole(span);
        let old = quoted(&self.text[whole.clone()]);
        let does = if verb == "alter" { format!("alter `{old}` to `{text}`") } else { format!("{verb} `{old}`") };
        self.edits.push(Edit { start: whole.start, end: whole.end, text, does });
    }

    /// The text of a span. The parser leaves the quotes of a text at its ends outside.
    fn whole(&self, span: &Span) -> Range<usize> {
        let quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'`'));
        let (bytes, start, end) = (self.text.as_bytes(), span.start as usize, span.end as usize);
        let before = quote(start.checked_sub(1).and_then(|at| bytes.get(at)));
        start - usize::from(before)..end + usize::from(quote(bytes.get(end)))
    }
}

/// The beginning of a text on one line.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(QUOTED).collect();
    // A back quote inside would end the quotation.
    let short = short.replace('`', "'");
    if short.chars().count() < line.chars().count() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let text = format!("package polity\n\n{body}\n");
        let found = edits(&SourceText::new("policy.rego", text.as_str())).unwrap();
        let applied = |edit: &Edit| format!("{}{}{}", &text[..edit.start], edit.text, &text[edit.end..]);
        let lines: Vec<String> = found.iter().map(|edit| applied(edit)["package polity\n\n".len()..].trim_end().to_owned()).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn conditions_are_negated_and_dropped() {
        check("a if input.x", &["a if not input.x", "a if true"]);
        check("a if not input.x", &["a if input.x", "a if true"]);
        check(
            "a if not input.x == \"y\"",
            &["a if input.x == \"y\"", "a if true", "a if not input.x != \"y\"", "a if not input.x == \"~\""],
        );
        check("a if { x := input.x; x }", &["a if { x := input.x; not x }", "a if { x := input.x; true }"]);
        check("a if every x in input.y { x }", &["a if true", "a if every x in input.y { not x }", "a if every x in input.y { true }"]);
    }

    #[test]
    fn comparisons_and_constants_change() {
        check("a if (input.x) < 3", &["a if not (input.x) < 3", "a if true", "a if (input.x) <= 3", "a if (input.x) < 4"]);
        check("a := {\"b\", `c`}", &["a := {\"~\", `c`}", "a := {\"b\", \"~\"}"]);
        check("default a := false", &["default a := true"]);
    }

    #[test]
    fn what_a_finding_says_is_no_condition() {
        check("deny contains {\"message\": \"m\"} if { x := {\"message\": sprintf(\"%v\", [1])} }", &[]);
        check(
            "deny contains {\"message\": m} if some m in [n | n := input[\"k\"]]",
            &["deny contains {\"message\": m} if some m in [n | n := input[\"~\"]]"],
        );
    }

    #[test]
    fn a_text_that_is_no_rego_is_an_error() {
        assert!(edits(&SourceText::new("policy.rego", "package polity\n\na if {")).is_err());
    }
}
