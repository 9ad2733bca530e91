//! A check as JUnit XML: a suite for each service, a case for each policy on it.
//!
//! What does not apply or is waived is skipped, what could not be read is an error: never a pass. Errors fail their case. Warnings and advice do not fail a run of polity, so they do not fail a test either: they are its output.

use std::io::{self, Write};

use crate::finding::{Finding, Severity};

use super::Report;
use super::escape::xml;
use super::scorecard::{Cell, Scorecard, Standing};

/// The most findings that one case spells out.
const SHOWN: usize = 1000;

/// Writes the suites.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let card = Scorecard::new(report);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let all = (0..card.rows.len()).flat_map(|row| card.cells(row)).map(|(_, cell)| cell);
    writeln!(out, "<testsuites name=\"polity\" {} time=\"0\">", Counts::of(all).attributes(false))?;
    for (index, row) in card.rows.iter().enumerate() {
        let name = xml(&row.title);
        let counts = Counts::of(card.cells(index).map(|(_, cell)| cell));
        writeln!(out, "  <testsuite name=\"{name}\" {} time=\"0\">", counts.attributes(true))?;
        for (column, cell) in card.cells(index) {
            write!(out, "    <testcase classname=\"{name}\" name=\"{}\" time=\"0\"", xml(column.id))?;
            case(report, cell, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// How the cases of a suite ended.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        let mut counts = Self::default();
        for cell in cells {
            counts.tests += 1;
            match ending(cell) {
                Ending::Failed => counts.failures += 1,
                Ending::Unread => counts.errors += 1,
                Ending::Skipped => counts.skipped += 1,
                Ending::Passed => {}
            }
        }
        counts
    }

    fn attributes(&self, with_skipped: bool) -> String {
        let text = format!("tests=\"{}\" failures=\"{}\" errors=\"{}\"", self.tests, self.failures, self.errors);
        if with_skipped { format!("{text} skipped=\"{}\"", self.skipped) } else { text }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    Unread,
    Skipped,
}

fn ending(cell: &Cell) -> Ending {
    match cell.standing() {
        Standing::Error => Ending::Failed,
        Standing::Unknown => Ending::Unread,
        Standing::NotApplicable => Ending::Skipped,
        Standing::Pass if cell.suppressed > 0 => Ending::Skipped,
        Standing::Pass | Standing::Advice | Standing::Warning => Ending::Passed,
    }
}

fn case(report: &Report<'_>, cell: &Cell, out: &mut dyn Write) -> io::Result<()> {
    let of = |grave: bool| {
        let all = cell.findings.iter().map(|index| &report.outcome.findings[*index]);
        all.filter(move |finding| (finding.counts() && finding.severity == Severity::Error) == grave)
    };
    let ending = ending(cell);
    if cell.findings.is_empty() && ending == Ending::Passed {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    match ending {
        Ending::Passed => {}
        Ending::Unread => {
            let reason = xml(cell.unknown.as_deref().unwrap_or_default());
            writeln!(out, "      <error type=\"unknown\" message=\"{reason}\"/>")?;
        }
        Ending::Skipped => {
            let waived = || format!("{} waived or known before", cell.suppressed);
            writeln!(out, "      <skipped>{}</skipped>", xml(&cell.not_applicable.clone().unwrap_or_else(waived)))?;
        }
        Ending::Failed => {
            let message = of(true).next().map_or_else(String::new, |first| xml(&first.diagnostic.title));
            write!(out, "      <failure type=\"error\" message=\"{message}\">")?;
            lines(report, of(true), out)?;
            writeln!(out, "</failure>")?;
        }
    }
    if cell.findings.len() > cell.errors {
        write!(out, "      <system-out>")?;
        lines(report, of(false), out)?;
        writeln!(out, "</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}

fn lines<'a>(report: &Report<'_>, findings: impl Iterator<Item = &'a Finding> + Clone, out: &mut dyn Write) -> io::Result<()> {
    for finding in findings.clone().take(SHOWN) {
        let diagnostic = &finding.diagnostic;
        if let Some(place) = diagnostic.locations.first() {
            write!(out, "{}:{}:{}: ", xml(&report.path(place)), place.start.line, place.start.column)?;
        }
        let waived = finding.suppression.as_ref().map_or_else(String::new, |by| format!(" (not counted: {})", by.kind.as_str()));
        write!(out, "{}{waived}: {}", finding.severity.as_str(), xml(&diagnostic.title))?;
        for help in &diagnostic.helps {
            write!(out, "\n  help: {}", xml(help))?;
        }
        writeln!(out)?;
    }
    let more = findings.skip(SHOWN).count();
    if more > 0 { writeln!(out, "and {more} more") } else { Ok(()) }
}
