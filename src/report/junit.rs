//! A check as JUnit XML: a suite for each service, a case for each policy on it.
//!
//! A case fails when a finding of it fails the run, and one fails if and only if the run does. Other findings are the output of their case.
//! What does not apply or is waived is skipped, and so is what could not be read, unless the run fails for that: it is no pass.

use std::io::{self, Write};

use crate::finding::Finding;

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
    let all = (0..card.rows.len()).flat_map(|row| card.cells(row)).map(|(_, cell)| ending(cell, &card));
    let counts = Counts::of(all.chain(most(report)));
    writeln!(out, "<testsuites name=\"polity\" {} time=\"0\">", counts.attributes(false))?;
    for (index, row) in card.rows.iter().enumerate() {
        let name = xml(&row.title);
        let counts = Counts::of(card.cells(index).map(|(_, cell)| ending(cell, &card)));
        writeln!(out, "  <testsuite name=\"{name}\" {} time=\"0\">", counts.attributes(true))?;
        for (column, cell) in card.cells(index) {
            write!(out, "    <testcase classname=\"{name}\" name=\"{}\" time=\"0\"", xml(column.id))?;
            case(report, cell, ending(cell, &card), out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    warnings(report, out)?;
    unseen(report, out)?;
    writeln!(out, "</testsuites>")
}

/// How the case of `--max-warnings` ended, if there is one.
fn most(report: &Report<'_>) -> Option<Ending> {
    report.bar.most_warnings?;
    Some(if report.bar.excess(report.outcome).is_some() { Ending::Failed } else { Ending::Passed })
}

/// A suite for the number of warnings, which is no policy's and no service's.
fn warnings(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(ending) = most(report) else { return Ok(()) };
    writeln!(out, "  <testsuite name=\"polity\" {} time=\"0\">", Counts::of([ending].into_iter()).attributes(true))?;
    write!(out, "    <testcase classname=\"polity\" name=\"max-warnings\" time=\"0\"")?;
    match report.bar.excess(report.outcome) {
        None => writeln!(out, "/>")?,
        Some(excess) => writeln!(out, ">\n      <failure type=\"warning\" message=\"{}\"/>\n    </testcase>", xml(&excess))?,
    }
    writeln!(out, "  </testsuite>")
}

/// A suite without cases that says what the check did not look at.
fn unseen(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<_> = report.unseen().collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "  <testsuite name=\"not looked at\" {} time=\"0\">", Counts::default().attributes(true))?;
    writeln!(out, "    <system-out>{}</system-out>\n  </testsuite>", xml(&all.join("\n")))
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
    fn of(endings: impl Iterator<Item = Ending>) -> Self {
        let mut counts = Self::default();
        for ending in endings {
            counts.tests += 1;
            match ending {
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

fn ending(cell: &Cell, card: &Scorecard<'_>) -> Ending {
    match cell.standing() {
        _ if cell.failing > 0 => Ending::Failed,
        _ if cell.unknown.is_some() => {
            if card.unread_fails {
                Ending::Unread
            } else {
                Ending::Skipped
            }
        }
        Standing::NotApplicable => Ending::Skipped,
        Standing::Pass if cell.suppressed > 0 => Ending::Skipped,
        _ => Ending::Passed,
    }
}

fn case(report: &Report<'_>, cell: &Cell, ending: Ending, out: &mut dyn Write) -> io::Result<()> {
    let of = |fails: bool| {
        let all = cell.findings.iter().map(|index| &report.outcome.findings[*index]);
        all.filter(move |finding| report.bar.is_hit_by(finding) == fails)
    };
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
            let unknown = cell.unknown.as_ref().map(|reason| format!("unknown: {reason}"));
            let waived = || format!("{} waived or known before", cell.suppressed);
            writeln!(out, "      <skipped>{}</skipped>", xml(&unknown.or(cell.not_applicable.clone()).unwrap_or_else(waived)))?;
        }
        Ending::Failed => {
            let gravest = of(true).rev().max_by_key(|one| one.severity);
            let (kind, message) = gravest.map_or_else(Default::default, |one| (one.severity.as_str(), xml(&one.diagnostic.title)));
            write!(out, "      <failure type=\"{kind}\" message=\"{message}\">")?;
            lines(report, of(true), out)?;
            writeln!(out, "</failure>")?;
        }
    }
    if cell.findings.len() > cell.failing {
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
