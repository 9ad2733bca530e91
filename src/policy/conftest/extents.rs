//! What the names of rules lead through is there, though no rule below it has a value: `limits` is an empty object when all that there is of it
//! is `limits.port := input.port` and there is no port. To the engine it is undefined, and `limits` looked at would be a pass.

use std::collections::BTreeSet;

use regorus::unstable::{Expr, Rule, RuleHead};

use super::edit::{Edit, Piece};
use super::module::Parsed;

/// Adds a rule without solutions below every name that is led through: the engine makes an object of it.
pub(super) fn rewrite(parsed: &Parsed, edits: &mut Vec<Edit>) {
    let led_through: BTreeSet<String> = parsed.module.policy.iter().filter_map(|rule| led_through(rule)).collect();
    let sign = if parsed.is_v1() { ":= polity_value if" } else { "= polity_value" };
    let rule = |name: &String| format!("\n{name}[polity_key] {sign} {{ polity_key := \"\"; polity_value := 1; false }}\n");
    let text: String = led_through.iter().map(rule).collect();
    if !text.is_empty() {
        let end = parsed.text.len();
        edits.push(Edit { start: end, end, pieces: vec![Piece::Text(text)] });
    }
}

/// The names before the first part of a rule's name that is computed, or before the last one.
fn led_through(rule: &Rule) -> Option<String> {
    let (mut refr, is_set) = match rule {
        Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } => (refr.as_ref(), false),
        Rule::Spec { head: RuleHead::Set { refr, .. }, .. } => (refr.as_ref(), true),
        _ => return None,
    };
    let mut parts = Vec::new();
    loop {
        match refr {
            Expr::RefDot { refr: inner, field, .. } => {
                parts.push(Some(format!(".{}", field.0.text())));
                refr = inner;
            }
            Expr::RefBrack { refr: inner, index, .. } => {
                parts.push(match index.as_ref() {
                    Expr::String { span, .. } => Some(format!("[\"{}\"]", span.text())),
                    _ => None,
                });
                refr = inner;
            }
            other => break parts.push(Some(other.span().text().to_owned())),
        }
    }
    parts.reverse();
    let computed = parts.iter().position(Option::is_none);
    // The engine itself sees to sets by name, and to objects of which one part is computed.
    let known = match computed {
        None => is_set || parts.len() == 1,
        Some(at) => !is_set && at + 1 == parts.len(),
    };
    let count = computed.unwrap_or(parts.len() - 1);
    (!known).then(|| parts.into_iter().take(count).flatten().collect())
}
