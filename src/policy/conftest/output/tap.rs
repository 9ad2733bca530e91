//! The test anything protocol: one plan, then one line a test.

use super::super::{CheckResult, Tally};
use super::subject;

pub(super) fn render(results: &[CheckResult]) -> String {
    let total = Tally::of(results).total();
    if total == 0 {
        return String::new();
    }
    let mut out = format!("1..{total}\n");
    let mut number = 0;
    for result in results {
        let mut section = |header: &str, status: &str, messages: &mut dyn Iterator<Item = &str>| {
            for (index, message) in messages.enumerate() {
                if index == 0 && !header.is_empty() {
                    out += &format!("# {header}\n");
                }
                number += 1;
                out += &format!("{status} {number} {} {message}\n", subject(result));
            }
        };
        let texts = |found: &'_ [super::super::RuleResult]| found.iter().map(|r| r.message.clone()).collect::<Vec<_>>();
        let (failures, warnings) = (texts(&result.failures), texts(&result.warnings));
        let (exceptions, skipped) = (texts(&result.exceptions), texts(&result.skipped));
        section("", "not ok", &mut failures.iter().map(String::as_str));
        section("warnings", "not ok", &mut warnings.iter().map(String::as_str));
        section("exceptions", "ok", &mut exceptions.iter().map(String::as_str));
        section("skip", "ok", &mut skipped.iter().map(String::as_str));
        section("successes", "ok", &mut std::iter::repeat_n("SUCCESS", result.successes));
    }
    out
}
