//! Diagnostics as text for people: title, excerpt with labels, next actions, remarks. The look is rustc's.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use rayon::prelude::*;

use crate::error::Error;
use crate::finding::{Diagnostic, Finding, Location, Severity, SuppressionKind};
use crate::policy::{Hidden, Outcome, Verdict};

use super::Report;
use super::escape::shortened;

/// The findings that are laid out at the same time: enough for every core, and a small part of very many.
const AT_ONCE: usize = 1024;

/// The most characters of a title or remark: somebody is to read it.
const LONGEST: usize = 10_000;

/// Whether text carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Text alone.
    Plain,
    /// ANSI colours.
    Coloured,
}

impl Paint {
    /// Coloured when `colour` holds.
    #[must_use]
    pub fn when(colour: bool) -> Self {
        if colour { Self::Coloured } else { Self::Plain }
    }
}

/// Every diagnostic of an operational error; ends with a line break.
#[must_use]
pub fn error(error: &Error, paint: Paint) -> String {
    let texts: Vec<_> = error.diagnostics.iter().map(|diagnostic| render(Level::ERROR, None, diagnostic, paint)).collect();
    texts.join("\n")
}

/// One finding, headed by its severity and the policy's id; ends with a line break.
#[must_use]
pub fn finding(finding: &Finding, paint: Paint) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::INFO.with_name("advice"),
    };
    render(level, Some(&finding.policy), &finding.diagnostic, paint)
}

/// Writes every finding of a check, and a line that sums them up unless `quiet`.
///
/// # Errors
/// What the stream says.
pub fn write(report: &Report<'_>, paint: Paint, quiet: bool, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.outcome;
    let counting: Vec<_> = outcome.findings.iter().filter(|finding| finding.counts()).collect();
    for (number, chunk) in counting.chunks(AT_ONCE).enumerate() {
        // Laying out a finding takes longer than finding it.
        let texts: Vec<_> = chunk.par_iter().map(|one| finding(one, paint)).collect();
        for (index, text) in texts.iter().enumerate() {
            if number + index > 0 {
                out.write_all(b"\n")?;
            }
            out.write_all(text.as_bytes())?;
        }
    }
    if quiet {
        return Ok(());
    }
    let gap = if counting.is_empty() { "" } else { "\n" };
    writeln!(out, "{gap}{}", summary(outcome))?;
    for line in report
        .bar
        .remark(outcome)
        .into_iter()
        .chain(verdicts(outcome))
        .chain(suppressed(outcome))
        .chain(trend(outcome))
        .chain(hidden(outcome))
        .chain(report.skipped.iter().map(|name| format!("policy `{}` was skipped", one_line(name))))
    {
        writeln!(out, "{line}")?;
    }
    if report.outcome.left_out.is_empty() {
        return Ok(());
    }
    let files = count(report.outcome.left_out.len(), "entry was", "entries were");
    writeln!(out, "{files} not looked at; `--format json` says which and why")
}

/// Findings one after the other, with an empty line between them.
#[must_use]
pub fn findings(findings: &[Finding], paint: Paint) -> String {
    findings.iter().map(|one| finding(one, paint)).collect::<Vec<_>>().join("\n")
}

/// One line such as `2 findings (1 error, 1 warning) in 1 service, 16 policies`.
#[must_use]
pub fn summary(outcome: &Outcome) -> String {
    let severities = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Advice, "piece of advice", "pieces of advice"),
    ];
    let counted: Vec<_> = severities
        .into_iter()
        .map(|(severity, one, many)| (outcome.count(severity), one, many))
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
    let found = match outcome.findings.iter().filter(|finding| finding.counts()).count() {
        0 => "no findings".to_owned(),
        number => format!("{} ({})", count(number, "finding", "findings"), counted.join(", ")),
    };
    let place = match outcome.services.as_slice() {
        [only] if !only.described => "a repository without `polity.yaml`".to_owned(),
        services => count(services.iter().filter(|one| !one.is_rest).count(), "service", "services"),
    };
    format!("{found} in {place}, {}", count(outcome.policies, "policy", "policies"))
}

/// What came out for each policy and subject, when it is not only pass or fail.
fn verdicts(outcome: &Outcome) -> Option<String> {
    let all = [Verdict::Pass, Verdict::Fail, Verdict::Unknown, Verdict::NotApplicable];
    let other = outcome.verdicts(Verdict::Unknown) + outcome.verdicts(Verdict::NotApplicable);
    let counted = all.map(|verdict| (outcome.verdicts(verdict), verdict.as_str())).into_iter().filter(|(number, _)| *number > 0);
    let words: Vec<_> = counted.map(|(number, word)| format!("{number} {word}")).collect();
    (other > 0).then(|| format!("verdicts: {}", words.join(", ")))
}

/// The policies whose silence means nothing, and what hides files from all of them, one a line.
#[must_use]
pub fn vacuity(names: &[String], outcome: &Outcome) -> String {
    let rows: String = names.iter().map(|name| format!("  {name}\n")).collect();
    let silent = match names.len() {
        0 => "every policy matched a subject\n".to_owned(),
        number => format!("{} matched no subject:\n{rows}", count(number, "policy", "policies")),
    };
    let row = |one: &Hidden| format!("  {}: {} by `{}`\n", one_line(&one.file), count(one.files, "file", "files"), one_line(&one.pattern));
    let rows: String = outcome.hidden.iter().map(row).collect();
    if rows.is_empty() { silent } else { format!("{silent}hidden from every policy:\n{rows}") }
}

/// A stranger's text on one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    masked(text).replace('\n', "\u{2424}")
}

/// How many files policies were not shown.
fn hidden(outcome: &Outcome) -> Option<String> {
    let files: usize = outcome.hidden.iter().map(|one| one.files).sum();
    let homes: BTreeSet<_> = outcome.hidden.iter().map(|one| format!("`{}`", one_line(&one.file))).collect();
    let homes = homes.into_iter().collect::<Vec<_>>().join(", ");
    (files > 0).then(|| format!("hidden by {homes}: {}; `--vacuity` says by which patterns", count(files, "file", "files")))
}

/// How the baseline shrank.
fn trend(outcome: &Outcome) -> Option<String> {
    let points: Vec<_> = outcome.trend.iter().map(|point| format!("{} on {}", point.findings, point.date)).collect();
    let last = points.len().saturating_sub(5);
    (!points.is_empty()).then(|| format!("baseline: {}", points[last..].join(", ")))
}

/// How many findings something lets be.
fn suppressed(outcome: &Outcome) -> Option<String> {
    let kinds = [
        (SuppressionKind::Waiver, "waived"),
        (SuppressionKind::Inline, "waived by a comment"),
        (SuppressionKind::Baseline, "in the baseline"),
        (SuppressionKind::Since, "older than the revision"),
    ];
    let counted = kinds.map(|(kind, word)| (outcome.suppressed(kind), word)).into_iter().filter(|(number, _)| *number > 0);
    let words: Vec<_> = counted.map(|(number, word)| format!("{number} {word}")).collect();
    (!words.is_empty()).then(|| format!("not counted: {}", words.join(", ")))
}

/// A count with its noun in the right number, such as `2 findings`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn render(level: Level<'_>, id: Option<&str>, diagnostic: &Diagnostic, paint: Paint) -> String {
    let title = level.primary_title(untrusted(&diagnostic.title));
    let title = match id {
        Some(id) => title.id(id),
        None => title,
    };
    let mut group = Group::with_title(title);
    for (index, location) in diagnostic.locations.iter().enumerate() {
        group = group.element(place(location, if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context }));
    }
    // A file without text to show has no line that could carry the label.
    let bare = diagnostic.locations.iter().filter(|l| l.excerpt.is_empty() && !l.label.is_empty());
    group = group.elements(diagnostic.helps.iter().map(|help| Level::HELP.message(untrusted(help))));
    group = group.elements(bare.map(|l| Level::NOTE.message(untrusted(&l.label))));
    group = group.elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(untrusted(note))));
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Coloured => Renderer::styled(),
    };
    renderer.render(&[group]) + "\n"
}

/// Text of strangers, of which neither a terminal nor the log of a CI service obeys anything.
fn untrusted(text: &str) -> String {
    let text = masked(text);
    // A CI service reads commands at the beginning of a line, whatever blanks stand before them.
    let is_command = |line: &str| ["::", "##"].iter().any(|mark| line.trim_start().starts_with(mark));
    if !text.contains('\n') {
        return text;
    }
    let lines = text.split('\n').enumerate();
    let lines: Vec<_> = lines.map(|(number, line)| format!("{}{line}", if number > 0 && is_command(line) { "| " } else { "" })).collect();
    lines.join("\n")
}

fn masked(text: &str) -> String {
    harmless(&normalize_untrusted_str(&shortened(text, LONGEST))).into_owned()
}

/// The text without the control characters of ISO/IEC 6429 that are no ASCII, such as U+009B, and without what ends a line for some; the library
/// takes care of the others.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_obeyed = |c| matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}');
    if text.contains(is_obeyed) { text.replace(is_obeyed, "\u{fffd}").into() } else { text.into() }
}

fn place(location: &Location, kind: AnnotationKind) -> Element<'_> {
    // Also the name of a file is a stranger's text, and may have several lines.
    let path = one_line(&location.path);
    if location.excerpt.is_empty() {
        let origin = Origin::path(path);
        return if location.start.line > 1 {
            origin.line(location.start.line).char_column(location.start.column).into()
        } else {
            origin.into()
        };
    }
    let label = (!location.label.is_empty()).then(|| one_line(&location.label));
    let excerpt = harmless(&location.excerpt);
    let annotation = kind.span(range(&excerpt, location)).label(label);
    Snippet::source(excerpt).path(path).line_start(location.start.line).annotation(annotation).into()
}

/// The byte range of a location inside its own excerpt.
fn range(excerpt: &str, location: &Location) -> std::ops::Range<usize> {
    let start = offset(excerpt, 0, location.start.column);
    let end = offset(excerpt, location.end.line - location.start.line, location.end.column);
    start..end.max(start)
}

fn offset(excerpt: &str, line: usize, column: usize) -> usize {
    let before: Vec<_> = excerpt.split('\n').take(line + 1).collect();
    let Some((last, earlier)) = before.split_last().filter(|(_, earlier)| earlier.len() == line) else { return excerpt.len() };
    let start: usize = earlier.iter().map(|l| l.len() + 1).sum();
    start + last.char_indices().nth(column.saturating_sub(1)).map_or(last.len(), |(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::SourceText;

    fn sample(title: &str) -> Diagnostic {
        let service = SourceText::new("polity.yaml", "service:\r\n  name: ä\r\n");
        let layer = SourceText::new("polity.federation.yaml", "a:\n  - org/baseline@3\n");
        Diagnostic::new(title)
            .at(service.location(0..7, "`owner` is not set here"))
            .at(layer.location(7..21, "required by this policy layer"))
            .help("set `owner` to a team, for example `owner: payments`")
            .note("safe fix available: polity check --fix")
    }

    fn wrap(diagnostic: Diagnostic, severity: Severity) -> Finding {
        Finding::new("service-without-owner", severity, "", diagnostic)
    }

    #[test]
    fn a_finding_shows_its_places() {
        let text = finding(&wrap(sample("service has no owning team"), Severity::Error), Paint::Plain);
        insta::assert_snapshot!(text, @r"
        error[service-without-owner]: service has no owning team
         --> polity.yaml:1:1
          |
        1 | service:
          | ^^^^^^^ `owner` is not set here
          |
         ::: polity.federation.yaml:2:5
          |
        2 |   - org/baseline@3
          |     -------------- required by this policy layer
          |
          = help: set `owner` to a team, for example `owner: payments`
          = note: safe fix available: polity check --fix
        ");
    }

    #[test]
    fn an_error_without_a_place_has_the_same_grammar() {
        let error = super::error(&Error::usage("there is no template `x`").help("did you mean `y`?"), Paint::Plain);
        insta::assert_snapshot!(error, @r"
        error: there is no template `x`
         |
         = help: did you mean `y`?
        ");
    }

    #[test]
    fn a_file_without_text_keeps_its_label() {
        let diagnostic = Diagnostic::new("cannot read the contract").at(Location::file("contract/openapi.yaml", "no such file"));
        insta::assert_snapshot!(finding(&wrap(diagnostic, Severity::Advice), Paint::Plain), @r"
        advice[service-without-owner]: cannot read the contract
        --> contract/openapi.yaml
         = note: no such file
        ");
    }

    #[test]
    fn a_place_may_cover_several_lines_and_more_than_the_excerpt() {
        let source = SourceText::new("f", "äé\nb\nc\nd\ne\nf\ng\nh\n");
        for range in [0..source.text().len(), 2..6, source.text().len()..source.text().len()] {
            let diagnostic = Diagnostic::new("t").at(source.location(range, "here"));
            assert!(finding(&wrap(diagnostic, Severity::Warning), Paint::Plain).contains("--> f:"));
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let source = SourceText::new("f\u{1b}[31m\ng", "a\u{1b}[31m\u{9b}31mb");
        let diagnostic =
            Diagnostic::new("t\u{1b}[0m\u{9b}").at(source.location(0..9, "l\u{1b}[0m\u{85}")).help("h\u{1b}[0m").note("n\u{1b}[0m");
        let shown = finding(&wrap(diagnostic, Severity::Error), Paint::Plain);
        assert!(!shown.contains(['\u{1b}', '\u{85}', '\u{9b}']) && shown.contains("\u{2424}g:1:1"), "{shown}");
        assert!(finding(&wrap(sample("t"), Severity::Error), Paint::Coloured).contains('\u{1b}'));
    }

    #[test]
    fn no_line_of_a_stranger_is_a_command_to_who_reads_the_log() {
        let text = "a\n::stop-commands::tok\n \t##[error]x\nb\u{2028}::c";
        let source = SourceText::new("f", "a\n");
        let shown =
            finding(&wrap(Diagnostic::new(text).at(source.location(0..1, text)).help(text).note(text), Severity::Error), Paint::Plain);
        assert!(shown.lines().all(|line| !["::", "##"].iter().any(|mark| line.trim_start().starts_with(mark))), "{shown}");
        assert!(shown.contains("| ^ a\u{2424}::stop-commands::tok\u{2424}") && shown.contains("\n          b\u{fffd}::c\n"), "{shown}");
        let long = finding(&wrap(Diagnostic::new("x".repeat(1_000_000)), Severity::Error), Paint::Plain);
        assert!(long.len() < 2 * LONGEST && long.contains("x…"));
    }

    #[test]
    fn nouns_have_numbers() {
        assert_eq!((count(1, "file", "files"), count(0, "policy", "policies")), ("1 file".to_owned(), "0 policies".to_owned()));
    }
}
