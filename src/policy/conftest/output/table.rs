//! A table with one row a test.

use super::super::{CheckResult, RuleResult};

const HEADS: [&str; 4] = ["RESULT", "FILE", "NAMESPACE", "MESSAGE"];

pub(super) fn render(results: &[CheckResult]) -> String {
    let rows = rows(results);
    if rows.is_empty() {
        return String::new();
    }
    let mut widths = HEADS.map(width);
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.split('\n').map(width).max().unwrap_or(0));
        }
    }
    let rule = |left: char, middle: &str, right: char| {
        let bars: Vec<_> = widths.iter().map(|w| "─".repeat(w + 2)).collect();
        format!("{left}{}{right}\n", bars.join(middle))
    };
    let mut out = rule('┌', "┬", '┐');
    out += &line(&HEADS.map(str::to_owned), &widths, true);
    out += &rule('├', "┼", '┤');
    for row in &rows {
        let cells: Vec<Vec<&str>> = row.iter().map(|cell| cell.split('\n').collect()).collect();
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or(1) {
            let parts: Vec<_> = cells.iter().map(|lines| (*lines.get(at).unwrap_or(&"")).to_owned()).collect();
            out += &line(&parts, &widths, false);
        }
    }
    out + &rule('└', "┴", '┘')
}

fn rows(results: &[CheckResult]) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    for result in results {
        let mut add =
            |word: &str, message: &str| rows.push([word.to_owned(), result.file.clone(), result.namespace.clone(), message.to_owned()]);
        (0..result.successes).for_each(|_| add("success", "SUCCESS"));
        let mut all = |word: &str, found: &[RuleResult]| found.iter().for_each(|outcome| add(word, &outcome.message));
        all("exception", &result.exceptions);
        all("warning", &result.warnings);
        all("skipped", &result.skipped);
        all("failure", &result.failures);
    }
    rows
}

fn line(cells: &[String], widths: &[usize; 4], centred: bool) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, wide)| {
        let space = wide.saturating_sub(width(cell));
        let left = if centred { space / 2 } else { 0 };
        format!(" {}{cell}{} ", " ".repeat(left), " ".repeat(space - left))
    });
    format!("│{}│\n", padded.collect::<Vec<_>>().join("│"))
}

fn width(text: &str) -> usize {
    text.chars().count()
}
