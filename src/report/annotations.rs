//! Findings as GitHub workflow commands, which become annotations on the changed lines.
//!
//! GitHub shows ten of each kind for a step; the gravest come first, and the last line says what is not shown.

use std::io::{self, Write};

use crate::finding::{Finding, Severity};

use super::escape::is_bidi;
use super::{Report, human};

/// The annotations of one kind that GitHub shows for a step.
const SHOWN: usize = 10;
/// The most characters of a message: GitHub cuts annotations at 64 KiB.
const LONGEST: usize = 4000;

/// Writes a command for each finding, and a line that sums up.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (severity, command) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Advice, "notice")] {
        let mut number = 0;
        for finding in report.counting().filter(|finding| finding.severity == severity) {
            writeln!(out, "::{command} {}::{}", properties(report, finding), data(&message(finding)))?;
            number += 1;
        }
        if number > SHOWN {
            writeln!(out, "GitHub shows {SHOWN} of these {number} annotations of the kind {command}")?;
        }
    }
    for text in report.unseen() {
        writeln!(out, "::notice title=not looked at::{}", data(&text))?;
    }
    if let Some(excess) = report.bar.excess(report.outcome) {
        writeln!(out, "::error title=max-warnings::{}", data(&excess))?;
    }
    let remark = report.bar.remark(report.outcome).map_or_else(String::new, |remark| format!("; {remark}"));
    writeln!(out, "{}{remark}", human::summary(report.outcome))
}

fn properties(report: &Report<'_>, finding: &Finding) -> String {
    let mut all = Vec::new();
    if let Some(place) = finding.diagnostic.locations.first() {
        all.push(("file", report.path(place)));
        if !place.excerpt.is_empty() {
            let (start, end) = (place.start, place.end);
            all.extend([("line", start.line.to_string()), ("endLine", end.line.to_string())]);
            // Columns count only within one line.
            if start.line == end.line {
                all.extend([("col", start.column.to_string()), ("endColumn", end.column.max(start.column).to_string())]);
            }
        }
    }
    all.push(("title", finding.policy.clone()));
    all.iter().map(|(name, value)| format!("{name}={}", property(value))).collect::<Vec<_>>().join(",")
}

fn message(finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let label = diagnostic.locations.first().map(|place| place.label.as_str()).filter(|label| !label.is_empty());
    let first = label.map_or_else(|| diagnostic.title.clone(), |label| format!("{}: {label}", diagnostic.title));
    let helps = diagnostic.helps.iter().map(|help| format!("help: {help}"));
    let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
    let text = std::iter::once(first).chain(helps).chain(notes).collect::<Vec<_>>().join("\n");
    super::escape::shortened(&text, LONGEST)
}

/// The escapes of a message, as the toolkit of GitHub's runner makes them. The log is a terminal: what else ends a line, turns letters around or
/// controls becomes U+FFFD.
fn data(text: &str) -> String {
    let is_obeyed = |c: char| (c.is_control() && !matches!(c, '\r' | '\n' | '\t')) || is_bidi(c) || matches!(c, '\u{2028}' | '\u{2029}');
    let text = text.replace(is_obeyed, "\u{fffd}");
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(data("a\u{1b}[31m\tb"), "a\u{fffd}[31m\tb");
        assert_eq!(data("a\u{202e}b\u{2069}c\u{2028}d\u{2029}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(property("a,b:c\n%"), "a%2Cb%3Ac%0A%25");
    }
}
