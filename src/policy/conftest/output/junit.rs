//! JUnit XML: a suite for each namespace, a case for each test.

use super::super::{CheckResult, RuleResult};
use super::Style;

pub(super) fn render(results: &[CheckResult], style: Style) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>".to_owned();
    let mut namespaces: Vec<&str> = Vec::new();
    for result in results.iter().filter(|result| result.tally().total() > result.exceptions.len()) {
        if !namespaces.contains(&result.namespace.as_str()) {
            namespaces.push(&result.namespace);
        }
    }
    for namespace in &namespaces {
        let members: Vec<_> = results.iter().filter(|result| result.namespace == *namespace).collect();
        out += &suite(namespace, &members, style);
    }
    if !namespaces.is_empty() {
        out.push('\n');
    }
    out + "</testsuites>\n"
}

fn suite(namespace: &str, results: &[&CheckResult], style: Style) -> String {
    let name = escape(&format!("conftest.{namespace}"));
    let failures: usize = results.iter().map(|r| r.warnings.len() + r.failures.len()).sum();
    let tests = failures + results.iter().map(|r| r.skipped.len() + r.successes).sum::<usize>();
    let mut out = format!("\n\t<testsuite tests=\"{tests}\" failures=\"{failures}\" time=\"0.000\" name=\"{name}\">\n");
    out += "\t\t<properties>\n";
    out += &format!("\t\t\t<property name=\"polity.version\" value=\"{}\"></property>\n\t\t</properties>\n", env!("CARGO_PKG_VERSION"));
    for result in results {
        let mut case = |message: &str, inside: &str| {
            let title = title(&result.file, message, style);
            out += &format!("\t\t<testcase classname=\"{name}\" name=\"{title}\" time=\"0.000\">{inside}</testcase>\n");
        };
        let failed =
            |outcome: &RuleResult| format!("\n\t\t\t<failure message=\"Failed\" type=\"\">{}</failure>\n\t\t", escape(&outcome.message));
        result.warnings.iter().chain(&result.failures).for_each(|outcome| case(&outcome.message, &failed(outcome)));
        for outcome in &result.skipped {
            case(&outcome.message, &format!("\n\t\t\t<skipped message=\"{}\"></skipped>\n\t\t", escape(&outcome.message)));
        }
        (0..result.successes).for_each(|_| case("", ""));
    }
    out + "\t</testsuite>"
}

fn title(file: &str, message: &str, style: Style) -> String {
    let first = message.lines().next().unwrap_or_default();
    escape(&if style.junit_hide_message || message.is_empty() { file.to_owned() } else { format!("{file} - {first}") })
}

/// Escapes as Go's XML encoder does; characters that XML cannot hold become the replacement character.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out += "&#34;",
            '\'' => out += "&#39;",
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '\t' => out += "&#x9;",
            '\n' => out += "&#xA;",
            '\r' => out += "&#xD;",
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
