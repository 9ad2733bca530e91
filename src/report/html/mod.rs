//! A check as one HTML page that needs nothing else: a scorecard of services and policies, and the findings behind it.
//!
//! The page reads without JavaScript and sorts with it. Its security policy allows this one style and this one script.

mod findings;
mod tables;
mod trend;

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::finding::Severity;

use super::Report;
use super::escape::xml;
use super::human::summary;
use super::scorecard::{Cell, Scorecard, Standing};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Writes the page.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let card = Scorecard::new(report);
    head(out)?;
    tiles(report, &card, out)?;
    writeln!(out, "</header>\n<main>")?;
    tables::matrix(&card, out)?;
    trend::write(&report.history, out)?;
    tables::owners(&card, out)?;
    tables::policies(&card, out)?;
    findings::write(report, &card, out)?;
    writeln!(out, "</main>")?;
    writeln!(out, "<footer><p>polity {}; {}</p></footer>", env!("CARGO_PKG_VERSION"), summary(report.outcome))?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn head(out: &mut dyn Write) -> io::Result<()> {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        fingerprint(STYLE),
        fingerprint(SCRIPT)
    );
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>polity scorecard</title>")?;
    writeln!(out, "<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Scorecard</h1>")
}

fn tiles(report: &Report<'_>, card: &Scorecard<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (held, judged) = (0..card.rows.len()).map(|row| card.held(row)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let waived = report.outcome.findings.iter().filter(|finding| !finding.counts()).count();
    let remark = report.bar.remark(report.outcome).map_or_else(String::new, |remark| format!("; {remark}"));
    writeln!(out, "<p class=\"sum\">{}{}</p>", xml(&summary(report.outcome)), xml(&remark))?;
    for text in report.unseen() {
        writeln!(out, "<p>{}</p>", xml(&text))?;
    }
    writeln!(out, "<ul class=\"tiles\">")?;
    let count = |severity| report.outcome.count(severity);
    let tiles = [
        (percent(held, judged), "held"),
        (count(Severity::Error).to_string(), "errors"),
        (count(Severity::Warning).to_string(), "warnings"),
        (count(Severity::Advice).to_string(), "pieces of advice"),
        (waived.to_string(), "not counted"),
        (report.outcome.services.iter().filter(|one| !one.is_rest).count().to_string(), "services"),
        (report.policies.len().to_string(), "policies"),
    ];
    for (number, what) in tiles {
        writeln!(out, "<li><b>{number}</b> {what}</li>")?;
    }
    writeln!(out, "</ul>")
}

/// How much of `all` is `some`, rounded down: 100 % means all of it.
fn percent(some: usize, all: usize) -> String {
    (some * 100).checked_div(all).map_or_else(|| "–".to_owned(), |number| format!("{number} %"))
}

/// The class of a cell, the sign that it shows, and the words for who does not see it.
fn mark(cell: &Cell) -> (&'static str, String, String) {
    let words: Vec<_> = [(cell.errors, "error", "errors"), (cell.warnings, "warning", "warnings"), (cell.advice, "advice", "advice")]
        .into_iter()
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, one, many)| super::human::count(number, one, many))
        .collect();
    let words = words.join(", ");
    match cell.standing() {
        Standing::Pass if cell.suppressed > 0 => ("none", format!("{} w", cell.suppressed), format!("{} not counted", cell.suppressed)),
        Standing::Pass => ("pass", "✓".to_owned(), "held".to_owned()),
        Standing::NotApplicable => ("none", "n/a".to_owned(), cell.not_applicable.clone().unwrap_or_default()),
        Standing::Unknown => ("unknown", "?".to_owned(), cell.unknown.clone().unwrap_or_default()),
        Standing::Advice => ("advice", cell.counting().to_string(), words),
        Standing::Warning => ("warning", cell.counting().to_string(), words),
        Standing::Error => ("error", cell.counting().to_string(), words),
    }
}

/// A source as a Content Security Policy names it (CSP level 3, section 2.3.1).
fn fingerprint(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let value = (number >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= three.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_hundred_percent_is_all_of_it() {
        assert_eq!((percent(999, 1000), percent(3, 3), percent(0, 0)), ("99 %".to_owned(), "100 %".to_owned(), "–".to_owned()));
    }

    #[test]
    fn style_and_script_end_where_they_should() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
    }
}
