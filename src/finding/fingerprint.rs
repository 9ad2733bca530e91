//! What makes a finding the same finding tomorrow: fingerprints that outlive moved lines, reformatted files and reworded messages.
//!
//! Every output and the baseline take them from here, so that no two of them disagree about what is new.

use std::collections::HashMap;

use crate::tree::Digest;

use super::Finding;

/// The hexadecimal digits that a fingerprint keeps of its SHA-256 digest: 128 bits.
const DIGITS: usize = 32;

/// The identity of a finding among all findings of a check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint {
    /// Names this finding: policy, file, anchor, and the ordinal among those that share all three.
    pub id: String,
    /// The same without the file: it survives a rename. It is no identity; two files may hold equal findings.
    pub content: String,
    /// What `content` was before objects were called by their namespace as well, where that is something else: baselines hold it.
    pub former: Option<String>,
}

/// The fingerprint of each finding, in the given order, which must be that of [`Finding::order_key`].
///
/// The anchor is the pointer into the document, where there is one, with the positions of nameless list items left out; they
/// and findings without a pointer are told apart by the text of the line without its white space and quotes; what has neither,
/// by its message. Messages are no part of the other two: a policy may be reworded. Findings that are equal in all of it are
/// numbered in their order, so of two equal ones the last disappears when one is repaired.
#[must_use]
pub fn fingerprints(findings: &[Finding]) -> Vec<Fingerprint> {
    let (mut seen, mut formerly) = (HashMap::with_capacity(findings.len()), HashMap::new());
    let prints = findings.iter().map(|finding| {
        let place = finding.diagnostic.locations.first();
        let path = place.map_or(finding.service.as_str(), |place| &place.path).to_owned();
        let (policy, head) = (finding.policy_name.clone(), place.map_or("", |place| head(&place.pointer)));
        let anchor = anchor(finding, head);
        let ordinal = number(&mut seen, [&policy, &path, &anchor]);
        // Those that were called alike were numbered together.
        let before = self::anchor(finding, &without_namespace(head));
        let before_ordinal = number(&mut formerly, [&policy, &path, &before]);
        let content = digest(&[&policy, &anchor, &ordinal]);
        let former = Some(digest(&[&policy, &before, &before_ordinal])).filter(|former| *former != content);
        Fingerprint { id: digest(&[&policy, &path, &anchor, &ordinal]), content, former }
    });
    prints.collect()
}

/// Which one of those that are equal comes next.
fn number(seen: &mut HashMap<[String; 3], usize>, what: [&str; 3]) -> String {
    seen.entry(what.map(str::to_owned)).and_modify(|n| *n += 1).or_insert(1).to_string()
}

/// What a pointer calls its document, without the number that tells objects of one name apart: it changes with what stands above.
fn head(pointer: &str) -> &str {
    let head = pointer.split_once('#').map_or("", |(head, _)| head);
    match head.rsplit_once('@') {
        Some((name, number)) if is_position(number) => name,
        _ if head == "0" => "",
        _ => head,
    }
}

/// `Pod/web` for `Pod/shop/web`.
fn without_namespace(head: &str) -> String {
    match head.split('/').collect::<Vec<_>>()[..] {
        [kind, _, name] => format!("{kind}/{name}"),
        _ => head.to_owned(),
    }
}

fn digest(parts: &[&str]) -> String {
    // A control character in a part must not make two lists of parts equal: each part is preceded by its length.
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    Digest::of(text.as_bytes()).as_str()[..DIGITS].to_owned()
}

/// What the finding is about, in words that do not change when lines move.
fn anchor(finding: &Finding, head: &str) -> String {
    let Some(place) = finding.diagnostic.locations.first() else { return format!("message {}", finding.diagnostic.title) };
    let line = normal(place.excerpt.lines().next().unwrap_or_default());
    if !place.pointer.is_empty() {
        let whole = || place.pointer.clone();
        let pointer = place.pointer.split_once('#').map_or_else(whole, |(_, rest)| format!("{head}#{rest}"));
        let steps: Vec<_> = pointer.split('/').map(|step| if is_position(step) { "*" } else { step }).collect();
        let pointer = steps.join("/");
        return if steps.contains(&"*") { format!("pointer {pointer} {line}") } else { format!("pointer {pointer}") };
    }
    if line.is_empty() { format!("message {}", finding.diagnostic.title) } else { format!("line {line}") }
}

fn is_position(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit())
}

/// A line as it is before and after a formatter ran: without white space, quotes and trailing commas.
fn normal(line: &str) -> String {
    let kept = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\''));
    kept.collect::<String>().trim_end_matches([',', ';']).trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finding::{Diagnostic, Location, Severity, SourceText};

    fn finding(policy: &str, place: Option<Location>) -> Finding {
        let mut diagnostic = Diagnostic::new("message");
        diagnostic.locations.extend(place);
        Finding::new(policy, Severity::Error, "", diagnostic)
    }

    /// A finding about the first line that holds `mark`.
    fn at(path: &str, text: &str, mark: &str, pointer: &str) -> Finding {
        let source = SourceText::new(path, text);
        let start = text.find(mark).unwrap();
        let mut place = source.location(start..start + mark.len(), "");
        place.pointer = pointer.to_owned();
        finding("p", Some(place))
    }

    #[track_caller]
    fn same(a: Finding, b: Finding) {
        assert_eq!(fingerprints(&[a]), fingerprints(&[b]));
    }

    #[track_caller]
    fn different(a: Finding, b: Finding) {
        assert_ne!(fingerprints(&[a])[0].id, fingerprints(&[b])[0].id);
    }

    #[test]
    fn moved_and_reformatted_lines_keep_their_print() {
        same(at("f", "a: 1\n", "a", ""), at("f", "x\n\n   \"a\":   1,\n", "a", ""));
        same(at("f", "a: {b: 1}\n", "b", "/a/b"), at("f", "a:\n  b: 1\n", "b", "/a/b"));
        same(at("f", "s:\n- uses: x@1\n", "uses", "/s/0/uses"), at("f", "s:\n- run: y\n- 'uses': x@1\n", "'uses'", "/s/1/uses"));
        same(finding("p", Some(Location::file("f", "a"))), finding("p", Some(Location::file("f", "b"))));
    }

    #[test]
    fn another_file_policy_place_or_line_is_another_finding() {
        different(at("f", "a: 1\n", "a", ""), at("g", "a: 1\n", "a", ""));
        different(at("f", "a: 1\n", "a", ""), at("f", "a: 2\n", "a", ""));
        different(at("f", "a: 1\n", "a", "/a"), at("f", "a: 1\n", "a", "/b"));
        different(at("f", "- x\n", "x", "/0"), at("f", "- y\n", "y", "/0"));
        different(finding("p", None), finding("q", None));
        let [a, b] = [at("f", "a: 1\n", "a", "/a"), at("g", "a: 1\n", "a", "/a")].map(|one| fingerprints(&[one]).remove(0));
        assert_eq!(a.content, b.content, "a renamed file keeps what its findings are about");
    }

    #[test]
    fn equal_findings_are_numbered() {
        let one = at("f", "a: 1\n", "a", "");
        let all = fingerprints(&[one.clone(), one.clone(), one.clone()]);
        assert!(all[0].id != all[1].id && all[1].id != all[2].id);
        assert_eq!(fingerprints(&[one.clone(), one]), all[..2]);
    }

    #[test]
    fn an_object_is_known_by_its_namespace_and_not_by_its_number() {
        let print = |pointer: &str| fingerprints(&[at("f", "a: 1\n", "a", pointer)]).remove(0);
        assert_eq!(print("Pod/web@2#/a"), print("Pod/web#/a"), "which one it is changes with what stands above");
        assert_eq!(print("0#/a"), print("#/a"));
        assert_ne!(print("Pod/x/web#/a").content, print("Pod/y/web#/a").content);
        assert_eq!(print("Pod/x/web#/a").former, Some(print("Pod/web#/a").content), "older baselines hold this");
        assert_eq!(print("Pod/web#/a").former, None);
    }

    proptest! {
        #[test]
        fn lines_above_change_nothing(above in "([a-z]{0,5}\n){0,20}", lines in proptest::collection::vec("[a-z]{1,4}", 1..6)) {
            let text = lines.join("\n");
            let places = |text: &str, shift: usize| -> Vec<Finding> {
                let source = SourceText::new("f", text);
                let places = (1..=lines.len()).filter_map(|n| source.line(n + shift)).map(|range| source.location(range, ""));
                places.map(|place| finding("p", Some(place))).collect()
            };
            let before = fingerprints(&places(&text, 0));
            let unique: std::collections::HashSet<_> = before.iter().map(|print| &print.id).collect();
            prop_assert_eq!(unique.len(), before.len());
            prop_assert_eq!(fingerprints(&places(&format!("{above}{text}"), above.lines().count())), before);
        }
    }
}
