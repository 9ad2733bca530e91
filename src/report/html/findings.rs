//! The findings of the page, by service and policy, as many as a browser can bear.

use std::io::{self, Write};

use crate::finding::Finding;
use crate::report::Report;
use crate::report::escape::{html_message, shortened, xml};
use crate::report::human::count;
use crate::report::scorecard::{Cell, Scorecard};

/// The most findings of one policy on one service, and of the whole page, that are spelled out.
const OF_A_CELL: usize = 200;
const OF_ALL: usize = 5000;
/// The most characters of a message.
const LONGEST: usize = 1000;

/// Writes every finding below the heading that its cell links to.
pub(super) fn write(report: &Report<'_>, card: &Scorecard<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.outcome.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2 id=\"findings\">Findings</h2>")?;
    let mut left = OF_ALL;
    for (index, row) in card.rows.iter().enumerate() {
        for (at, column) in card.columns.iter().enumerate() {
            if let Some(cell) = card.cell(index, at).filter(|cell| !cell.findings.is_empty()) {
                writeln!(out, "<h3 id=\"f-{index}-{at}\">{}: {}</h3>", xml(&row.title), xml(column.id))?;
                left -= list(report, cell, left, out)?;
            }
        }
    }
    Ok(())
}

/// Writes the findings of a cell, and returns how many were spelled out.
fn list(report: &Report<'_>, cell: &Cell, left: usize, out: &mut dyn Write) -> io::Result<usize> {
    let shown = cell.findings.len().min(OF_A_CELL).min(left);
    writeln!(out, "<ul class=\"said\">")?;
    for index in cell.findings.iter().take(shown) {
        finding(report, &report.outcome.findings[*index], out)?;
    }
    if cell.findings.len() > shown {
        let more = count(cell.findings.len() - shown, "more finding", "more findings");
        writeln!(out, "<li>{more}; <code>polity check --format json</code> has all</li>")?;
    }
    writeln!(out, "</ul>")?;
    Ok(shown)
}

fn finding(report: &Report<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let diagnostic = &finding.diagnostic;
    let severity = finding.severity.as_str();
    write!(out, "<li><span class=\"tag {severity}\">{severity}</span> {}", html_message(&shortened(&diagnostic.title, LONGEST)))?;
    if let Some(by) = &finding.suppression {
        let until = by.expires.as_ref().map_or_else(String::new, |day| format!(" until {}", xml(day)));
        let because = if by.because.is_empty() { String::new() } else { format!(": {}", xml(&shortened(&by.because, LONGEST))) };
        write!(out, " <span class=\"tag none\">not counted</span><p>{}{until}{because}</p>", by.kind.as_str())?;
    }
    if let Some(place) = diagnostic.locations.first() {
        let path = xml(&report.path(place));
        let line = if place.excerpt.is_empty() { String::new() } else { format!(":{}:{}", place.start.line, place.start.column) };
        write!(out, "<p><code>{path}{line}</code> {}</p>", html_message(&shortened(&place.label, LONGEST)))?;
        if !place.excerpt.is_empty() {
            write!(out, "<pre>{}</pre>", xml(&place.excerpt))?;
        }
    }
    for (word, text) in diagnostic.helps.iter().map(|text| ("help", text)).chain(diagnostic.notes.iter().map(|text| ("note", text))) {
        write!(out, "<p>{word}: {}</p>", html_message(&shortened(text, LONGEST)))?;
    }
    writeln!(out, "</li>")
}
