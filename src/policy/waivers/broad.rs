//! How broad a waiver is: it must be about what its findings are about and nothing else, also tomorrow.

use std::collections::BTreeSet;

use crate::finding::{Diagnostic, Finding, Subject};

use super::{Covers, Waiver};

/// What is wrong with the breadth of a waiver that covers some findings.
///
/// A whole file is named only when findings are about it, and a list only together with its item. A pointer that counts says nothing of what
/// stands there, so the text of that is a part of the subject; and lines of one text are as many subjects as there are lines.
pub(super) fn broad(waiver: &Waiver, found: &[&Finding]) -> Option<Diagnostic> {
    let Covers::Subject(named) = &waiver.covers else { return None };
    let policy = &waiver.policy;
    let subjects: BTreeSet<Subject> = found.iter().map(|finding| Subject::of(finding)).collect();
    let say = |title: String| Some(Diagnostic::new(title).at(waiver.place.clone()));
    let each = |diagnostic: Diagnostic| {
        subjects.iter().fold(diagnostic, |diagnostic, subject| diagnostic.help(format!("name the subject: {}", exact(subject))))
    };
    if covers_more(named, &subjects) {
        return say(format!("waiver of `{policy}` covers more than one exact subject")).map(each);
    }
    if named.text.is_none() && subjects.iter().any(Subject::is_pinned) {
        return say(format!("waiver of `{policy}` goes by a position, at which something else may stand tomorrow")).map(each);
    }
    let (lines, times) = (lines(found), named.times.unwrap_or(1));
    if named.at.is_none() && named.text.is_some() && lines != times {
        let of = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let diagnostic = say(format!(
            "waiver of `{policy}` is for {} of this text, and {} found",
            of(times),
            if lines == 1 { "1 is".to_owned() } else { format!("{lines} are") }
        ));
        let help = if lines == 1 { "leave out `times`".to_owned() } else { format!("`times: {lines}` in the subject waives all of them") };
        return diagnostic.map(|diagnostic| diagnostic.help(help).help("a comment `polity:waive` waives its own line alone"));
    }
    None
}

/// How many lines findings begin on.
pub(super) fn lines(found: &[&Finding]) -> usize {
    let places = found.iter().filter_map(|finding| finding.diagnostic.locations.first());
    places.map(|place| (&place.path, place.start.line)).collect::<BTreeSet<_>>().len()
}

/// How a waiver names a subject in its file.
pub(super) fn exact(subject: &Subject) -> String {
    let at = subject.at.as_ref().map(|at| format!("`at: \"{at}\"`"));
    let text = subject.text.as_ref().map(|text| format!("`text: {text:?}`"));
    let named: Vec<_> = at.into_iter().chain(text).collect();
    if named.is_empty() { format!("`path: {:?}`", subject.path) } else { named.join(", ") }
}

/// Whether findings are about a part of what is named, or about several things.
fn covers_more(named: &Subject, subjects: &BTreeSet<Subject>) -> bool {
    let is_part = |found: &Subject| match (&named.at, &found.at) {
        _ if named.is_whole() => !found.is_whole(),
        (Some(outer), Some(inner)) => inner[outer.trim_end_matches('/').len()..].split('/').skip(1).any(is_item),
        _ => false,
    };
    subjects.iter().any(is_part) || (named.is_whole() && subjects.len() > 1)
}

/// Whether a step of a pointer is an item of a list: called by name, or by number.
fn is_item(step: &str) -> bool {
    step.contains('=') || (!step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()))
}
