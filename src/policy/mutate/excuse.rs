//! Comments by which the author of a rule says that no case can notice a change of a line: `# polity:equivalent REASON`, at the end
//! of the line or on a line of its own above it.

use crate::finding::{Diagnostic, SourceText};

/// What such a comment begins with.
const MARK: &str = "# polity:equivalent";

/// A line whose changes are excused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// The line of the rule that it speaks of, from 1.
    pub line: usize,
    /// The line that it stands on.
    pub at: usize,
    /// Why no case can notice a change.
    pub reason: String,
    /// Whether a change lived that it excuses.
    pub used: bool,
}

/// The excuses of a rule.
pub(super) fn read(source: &SourceText) -> Vec<Excuse> {
    let mut found = Vec::new();
    let lines: Vec<&str> = source.text().lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((before, reason)) = line.split_once(MARK) else { continue };
        let next = (index + 1..lines.len()).find(|next| !lines[*next].trim_start().starts_with('#')).unwrap_or(index);
        let line = if before.trim().is_empty() { next } else { index } + 1;
        found.push(Excuse { line, at: index + 1, reason: reason.trim().to_owned(), used: false });
    }
    found
}

/// The reason why a change of a line is excused; the excuse is used from then on.
pub(super) fn for_line(excuses: &mut [Excuse], line: usize) -> Option<String> {
    let excuse = excuses.iter_mut().find(|excuse| excuse.line == line && !excuse.reason.is_empty())?;
    excuse.used = true;
    Some(excuse.reason.clone())
}

/// Excuses without a reason, and those that excuse nothing.
pub(super) fn stray(source: &SourceText, excuses: &[Excuse]) -> Vec<Diagnostic> {
    let stray = excuses.iter().filter(|excuse| !excuse.used);
    let diagnostic = |excuse: &Excuse| {
        let title = if excuse.reason.is_empty() { "equivalence has no reason" } else { "every change of this line is noticed by a case" };
        let range = source.line(excuse.at).unwrap_or(0..0);
        Diagnostic::new(title).at(source.location(range, "remove this comment, or say why no case can notice a change"))
    };
    stray.map(diagnostic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_speaks_of_its_line_or_of_the_next() {
        let text =
            "package polity\n# polity:equivalent above\n# more\na := 1\nb := 2 # polity:equivalent beside\n# polity:equivalent\nc := 3\n";
        let source = SourceText::new("policy.rego", text);
        let mut excuses = read(&source);
        let lines: Vec<_> = excuses.iter().map(|excuse| (excuse.line, excuse.reason.as_str())).collect();
        assert_eq!(lines, [(4, "above"), (5, "beside"), (7, "")]);
        assert_eq!(for_line(&mut excuses, 4).as_deref(), Some("above"));
        assert_eq!(for_line(&mut excuses, 7), None, "no reason is no excuse");
        let said: Vec<_> = stray(&source, &excuses).into_iter().map(|d| d.title).collect();
        assert_eq!(said, ["every change of this line is noticed by a case", "equivalence has no reason"]);
    }
}
