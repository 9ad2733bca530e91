//! Lines for people: what was printed, what was found, and the count.

use std::fmt::Write as _;

use super::super::{CheckResult, RuleResult, Tally};
use super::{Style, subject};

const RED: u8 = 31;
const GREEN: u8 = 32;
const YELLOW: u8 = 33;
const BLUE: u8 = 34;
const CYAN: u8 = 36;

pub(super) fn render(results: &[CheckResult], style: Style) -> String {
    let paint = |colour: u8, text: &str| paint(style.colour, colour, text);
    let mut out = String::new();
    for printed in results.iter().flat_map(|result| &result.queries).flat_map(|query| &query.outputs) {
        out += &format!("{}  {printed}\n\n", paint(BLUE, "PRNT "));
    }
    for result in results {
        let mut lines = |word: &str, colour: u8, found: &[RuleResult]| {
            for outcome in found {
                out += &format!("{} {} {}\n", paint(colour, word), subject(result), outcome.message);
            }
        };
        lines("WARN", YELLOW, &result.warnings);
        lines("FAIL", RED, &result.failures);
        if !style.suppress_exceptions {
            lines("EXCP", CYAN, &result.exceptions);
        }
    }
    let tally = Tally::of(results);
    let mut summary = tally.summary();
    if style.show_skipped {
        let _ = write!(summary, ", {} skipped", tally.skipped);
    }
    let colour = match tally {
        Tally { failures: 1.., .. } => RED,
        Tally { warnings: 1.., .. } => YELLOW,
        Tally { exceptions: 1.., .. } => CYAN,
        _ => GREEN,
    };
    out + &format!("\n{}\n", paint(colour, &summary))
}

/// The evaluated lines of every query, for the error stream.
#[must_use]
pub fn traces(results: &[CheckResult], colour: bool) -> String {
    let mut out = String::new();
    for result in results {
        for query in &result.queries {
            let head = format!("file: {} | query: {}", result.file, query.query);
            out += &format!("{}\n", paint(colour, if query.passed { GREEN } else { RED }, &head));
            for line in &query.traces {
                out += &format!("{}  {line}\n", paint(colour, BLUE, "TRAC "));
            }
        }
    }
    out
}

fn paint(colours: bool, colour: u8, text: &str) -> String {
    if colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}
