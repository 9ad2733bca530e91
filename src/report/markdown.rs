//! A check as Markdown for a comment on a pull request: a scorecard, and the findings as far as they fit.
//!
//! GitHub refuses comments of more than 65,536 characters. File names and messages are text here, never markup, mentions or links.

use std::io::{self, Write};

use crate::finding::{Finding, Severity};
use crate::policy::Verdict;

use super::escape::{markdown, markdown_code, shortened};
use super::human::{count, summary};
use super::scorecard::Scorecard;
use super::{Report, human};

/// The most characters of the whole text; counted in bytes, so there are never more.
const LIMIT: usize = 65_536;
/// What is left free for the closing lines.
const RESERVE: usize = 512;
/// The most characters of a name or a message; what is longer is cut.
const LONGEST: usize = 300;
/// The most lines about what the check did not look at.
const UNSEEN: usize = 20;
/// The most services in the table.
const ROWS: usize = 100;

/// Writes the comment.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text(report).as_bytes())
}

fn text(report: &Report<'_>) -> String {
    let card = Scorecard::new(report);
    // A comment that a later run replaces is found by its first line.
    let mut text = format!("<!-- polity-check -->\n## polity: {}\n\n", headline(report));
    text += &table(&card);
    text += &unseen(report);
    let (mut shown, mut open) = (0, None);
    for finding in by_severity(report) {
        let mut item = String::new();
        if open != Some(finding.severity) {
            item += if open.is_some() { "\n</details>\n\n" } else { "\n" };
            item += &heading(report, finding.severity);
        }
        item += &line(report, finding);
        if text.len() + item.len() > LIMIT - RESERVE {
            break;
        }
        (shown, open) = (shown + 1, Some(finding.severity));
        text += &item;
    }
    if open.is_some() {
        text += "\n</details>\n";
    }
    let more = report.counting().count() - shown;
    if more > 0 {
        text += &format!("\n{} not shown: this comment is full.\n", count(more, "more finding is", "more findings are"));
    }
    text + &format!("\n<sub>{}; `polity explain ID` says why a policy exists.</sub>\n", summary(report.outcome))
}

fn headline(report: &Report<'_>) -> String {
    let (outcome, unknown) = (report.outcome, report.outcome.verdicts(Verdict::Unknown));
    let found = match (outcome.count(Severity::Error), report.counting().count()) {
        (0, 0) if unknown > 0 => format!("no findings, and {}", count(unknown, "verdict is unknown", "verdicts are unknown")),
        (0, 0) => "nothing to complain about".to_owned(),
        (0, _) => "no errors".to_owned(),
        (errors, _) => human::count(errors, "error", "errors"),
    };
    report.bar.remark(outcome).map_or_else(|| found.clone(), |remark| format!("{found}; {remark}"))
}

fn table(card: &Scorecard<'_>) -> String {
    let mut text = "| service | owner | policies held | errors | warnings | advice | waived |\n|---|---|--:|--:|--:|--:|--:|\n".to_owned();
    for (index, row) in card.rows.iter().enumerate().take(ROWS) {
        let (held, judged) = card.held(index);
        let sum = |of: fn(&super::scorecard::Cell) -> usize| card.cells(index).map(|(_, cell)| of(cell)).sum::<usize>();
        let (title, owner) = (shortened(&row.title, 60), shortened(row.owner.unwrap_or("–"), 60));
        text += &format!(
            "| {} | {} | {held} of {judged} | {} | {} | {} | {} |\n",
            markdown_code(&title),
            markdown(&owner),
            sum(|cell| cell.errors),
            sum(|cell| cell.warnings),
            sum(|cell| cell.advice),
            sum(|cell| cell.suppressed),
        );
    }
    if card.rows.len() > ROWS {
        text += &format!("\n{} not shown.\n", count(card.rows.len() - ROWS, "more service is", "more services are"));
    }
    text
}

/// What the check did not look at, as far as a few lines go.
fn unseen(report: &Report<'_>) -> String {
    let all: Vec<_> = report.unseen().collect();
    if all.is_empty() {
        return String::new();
    }
    let lines = all.iter().take(UNSEEN).map(|one| format!("- {}\n", markdown(&shortened(one, LONGEST)))).collect::<String>();
    let more = if all.len() > UNSEEN { format!("- and {} more\n", all.len() - UNSEEN) } else { String::new() };
    format!("\n{lines}{more}")
}

fn by_severity<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Finding> {
    let order = [Severity::Error, Severity::Warning, Severity::Advice];
    let all = report.counting();
    order.into_iter().flat_map(move |severity| all.clone().filter(move |finding| finding.severity == severity))
}

fn heading(report: &Report<'_>, severity: Severity) -> String {
    let number = report.outcome.count(severity);
    let (open, title) = match severity {
        Severity::Error => (" open", count(number, "error", "errors")),
        Severity::Warning => ("", count(number, "warning", "warnings")),
        Severity::Advice => ("", count(number, "piece of advice", "pieces of advice")),
    };
    format!("<details{open}><summary>{title}</summary>\n\n")
}

fn line(report: &Report<'_>, finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let place = diagnostic.locations.first().map_or_else(String::new, |place| {
        let path = shortened(&report.path(place), LONGEST);
        let shown = if place.excerpt.is_empty() { path } else { format!("{path}:{}", place.start.line) };
        format!("{} ", markdown_code(&shown))
    });
    let help = diagnostic.helps.first().map_or_else(String::new, |help| format!("; {}", markdown(&shortened(help, LONGEST))));
    let title = markdown(&shortened(&diagnostic.title, LONGEST));
    format!("- {place}**{}**: {title}{help}\n", markdown(&finding.policy))
}
