//! Workflow commands of GitHub Actions: a group for each file, an annotation for each finding.

use super::super::{CheckResult, Location, RuleResult, Tally};
use super::Style;

pub(super) fn render(results: &[CheckResult], style: Style) -> String {
    let mut out = String::new();
    for result in results {
        let tally = result.tally();
        if style.github_hide_passed && tally.total() == tally.successes {
            continue;
        }
        let (file, namespace) = (&result.file, &result.namespace);
        out += &format!("::group::Testing {file:?} against {} policies in namespace {namespace:?}\n", tally.total());
        let own = Location { file: file.clone(), line: Some(1.into()) };
        let mut all = |level: &str, found: &[RuleResult], prefix: &str| {
            for outcome in found {
                out += &annotations(level, &own, outcome.location.as_ref(), &format!("{prefix}{}", outcome.message));
            }
        };
        all("error", &result.failures, "");
        all("warning", &result.warnings, "");
        all("notice", &result.exceptions, "");
        all("notice", &result.skipped, "Test was skipped: ");
        out += &annotation("notice", &own, &format!("Number of successful checks: {}", result.successes));
        out += "::endgroup::\n";
    }
    out + &Tally::of(results).summary() + "\n"
}

/// A finding whose cause stands in another file is annotated in both.
fn annotations(level: &str, own: &Location, cause: Option<&Location>, message: &str) -> String {
    match cause {
        None => annotation(level, own, message),
        Some(cause) if cause.file == own.file => annotation(level, cause, message),
        Some(cause) => annotation(level, cause, message) + &annotation(level, own, &format!("(ORIGINATING FROM {cause}) {message}")),
    }
}

fn annotation(level: &str, place: &Location, message: &str) -> String {
    let message = message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    format!("::{level} file={},line={}::{message}\n", property(&place.file), place.line())
}

fn property(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C")
}
