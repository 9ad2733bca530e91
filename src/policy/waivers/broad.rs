//! How broad a waiver is: it must be about what its findings are about and nothing else, also tomorrow.

use std::collections::BTreeSet;

use crate::finding::{Diagnostic, Finding, Subject};

use super::{Covers, Waiver};

/// What holds several things, each by a name of its own, in the formats that people write. In order.
const NAMED: [&str; 21] = [
    "channels",
    "configs",
    "data",
    "definitions",
    "dependencies",
    "devDependencies",
    "env",
    "environment",
    "jobs",
    "messages",
    "networks",
    "operations",
    "paths",
    "properties",
    "responses",
    "schemas",
    "secrets",
    "services",
    "stringData",
    "variables",
    "volumes",
];

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
        (Some(outer), Some(inner)) => has_item(outer, inner),
        _ => false,
    };
    subjects.iter().any(is_part) || (named.is_whole() && subjects.len() > 1) || are_alike(named, subjects)
}

/// Whether the way from a place to one inside it goes into an item of a list, or to one of several things by its name.
fn has_item(outer: &str, inner: &str) -> bool {
    let outer = outer.trim_end_matches('/');
    let mut above = outer.rsplit(['/', '#']).next().unwrap_or_default();
    inner[outer.len()..].split('/').skip(1).any(|step| {
        let is_one = is_item(step) || NAMED.binary_search(&above).is_ok();
        above = step;
        is_one
    })
}

/// Whether findings below a member of a document's root are about the same thing of several members of that.
fn are_alike(named: &Subject, subjects: &BTreeSet<Subject>) -> bool {
    let Some(outer) = named.at.as_ref().map(|at| at.trim_end_matches('/')) else { return false };
    if outer.rsplit('#').next().is_none_or(|pointer| pointer.matches('/').count() != 1) {
        return false;
    }
    let mut ends = BTreeSet::new();
    let inner = subjects.iter().filter_map(|found| found.at.as_deref()?.get(outer.len() + 1..)?.split_once('/'));
    !inner.map(|(_, end)| end).all(|end| ends.insert(end))
}

/// Whether a step of a pointer is an item of a list: called by name, or by number.
fn is_item(step: &str) -> bool {
    step.contains('=') || (!step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(named: &str, found: &[&str], expected: bool) {
        let at = |pointer: &str| Subject { path: "a.yaml".to_owned(), at: Some(pointer.to_owned()), ..Subject::default() };
        assert_eq!(covers_more(&at(named), &found.iter().map(|pointer| at(pointer)).collect()), expected, "{named} {found:?}");
    }

    #[test]
    fn what_holds_several_named_things_is_no_exact_subject() {
        assert!(NAMED.is_sorted());
        check("#/services", &["#/services/web/image"], true);
        check("#/services/", &["#/services/web"], true);
        check("#/services/web", &["#/services/web/image", "#/services/web/build/image"], false);
        check("#/services/web/image", &["#/services/web/image"], false);
        check("#/jobs", &["#/jobs"], false);
        check("#/components", &["#/components/schemas/Cart"], true);
        check("#/paths/~1carts", &["#/paths/~1carts/get/responses/200"], true);
        check("#/stages", &["#/stages/one/image", "#/stages/two/image"], true);
        check("#/stages", &["#/stages/one/image", "#/stages/two/name"], false);
        let web = "Pod/shop#/spec/containers/name=web";
        let inner = |end: &str| format!("{web}/{end}/httpGet");
        check(web, &[&inner("livenessProbe"), &inner("readinessProbe")], false);
        check("Pod/shop#/spec", &[web], true);
        check("Pod/shop#/spec", &["Pod/shop#/spec/hostNetwork", "Pod/shop#/spec/hostPID"], false);
        check("services", &["services"], false);
    }
}
