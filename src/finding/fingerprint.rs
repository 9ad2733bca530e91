//! What makes a finding the same finding tomorrow: fingerprints that outlive moved lines, reformatted files and reworded messages.
//!
//! Every output and the baseline take them from here, so that no two of them disagree about what is new.

use std::collections::HashMap;

use crate::tree::Digest;

use super::says::{says, says_of};
use super::subject::unquoted;
use super::{Finding, Identity, Location, local, one_blank};

/// The hexadecimal digits that a fingerprint keeps of its SHA-256 digest: 128 bits.
const DIGITS: usize = 32;

/// The identity of a finding among all findings of a check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint {
    /// Names this finding: policy, file, anchor, and the ordinal among those that share all three.
    pub id: String,
    /// The same without the file: it survives a rename. It is no identity; two files may hold equal findings.
    pub content: String,
}

/// How a baseline may call a finding that it was written with before: its policy by another name, its object without the namespace, by the text
/// of its line, and without what is said of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The policy in full, as it was called.
    pub policy: String,
    /// What [`Fingerprint::content`] was.
    pub print: String,
    /// Whether that tells what is said of the place; else the message beside it has to.
    pub is_said: bool,
}

/// What a print is made of: the name of the policy, the pointer of the place, the thing that the rule names there, and what is said of the place.
struct Style<'a> {
    policy: String,
    pointer: &'a str,
    thing: Option<&'a str>,
    words: Words,
}

/// What a print tells of what is said of the place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// The key that the rule gives, else the message.
    Now,
    /// The message, as of a rule that gave no key yet.
    Message,
    Nothing,
}

/// The fingerprint of each finding, in the given order, which must be that of [`Finding::order_key`].
///
/// The anchor is the place and what is said of it. The place is the pointer into the document, where there is one, with the positions of nameless
/// list items left out; they and findings without a pointer are told apart by the thing that the rule names, else by the text of the line without
/// its white space and the quotes around values. What is said is the key that the rule gives, else the message without its numbers and the file's
/// name. Findings that are equal in all of it are numbered in their order, so of two equal ones the last disappears when one is repaired.
#[must_use]
pub fn fingerprints(findings: &[Finding]) -> Vec<Fingerprint> {
    prints(findings, Words::Now)
}

/// The fingerprint of each finding as one of a place, whatever is said of it there: for versions of a policy that say it in other words.
#[must_use]
pub fn places(findings: &[Finding]) -> Vec<String> {
    prints(findings, Words::Nothing).into_iter().map(|print| print.id).collect()
}

/// What equal findings share: the fingerprint of a finding without its number.
#[must_use]
pub fn kind(finding: &Finding) -> String {
    let style = today(finding, Words::Now);
    digest(&[&style.policy, path(finding), &anchor(finding, &style)])
}

fn today(finding: &Finding, words: Words) -> Style<'_> {
    let thing = finding.diagnostic.identity.thing.as_deref();
    Style { policy: finding.policy_name.clone(), pointer: pointer(finding), thing, words }
}

fn prints(findings: &[Finding], words: Words) -> Vec<Fingerprint> {
    let mut seen = HashMap::with_capacity(findings.len());
    let print = |finding: &Finding| {
        let style = today(finding, words);
        let (path, anchor) = (path(finding), anchor(finding, &style));
        let ordinal = number(&mut seen, [&style.policy, path, &anchor]);
        let content = digest(&[&style.policy, &anchor, &ordinal]);
        Fingerprint { id: digest(&[&style.policy, path, &anchor, &ordinal]), content }
    };
    findings.iter().map(print).collect()
}

/// How an older baseline may call each finding. Those that were called alike were numbered together.
#[must_use]
pub fn formers(findings: &[Finding]) -> Vec<Vec<Former>> {
    let mut seen = HashMap::with_capacity(findings.len());
    findings.iter().map(|finding| former(finding, &mut seen)).collect()
}

fn former(finding: &Finding, seen: &mut HashMap<[String; 3], usize>) -> Vec<Former> {
    let alias = finding.diagnostic.locations.first().map_or("", |place| &place.alias);
    let pointers = [pointer(finding), alias].into_iter().enumerate().filter(|(number, pointer)| *number == 0 || !pointer.is_empty());
    let mut found = Vec::new();
    for (number_of_pointer, pointer) in pointers {
        for policy in [Some(finding.policy_name.clone()), local(&finding.policy_name)].into_iter().flatten() {
            for (number_of_words, &(thing, words)) in ways(finding).iter().enumerate() {
                let is_present = number_of_words == 0 && number_of_pointer == 0 && policy == finding.policy_name;
                let style = Style { policy: policy.clone(), pointer, thing, words };
                let anchor = anchor(finding, &style);
                let ordinal = number(seen, [&policy, path(finding), &anchor]);
                if !is_present {
                    let print = digest(&[&policy, &anchor, &ordinal]);
                    found.push(Former { print, policy: policy.clone(), is_said: words != Words::Nothing });
                }
            }
        }
    }
    found
}

/// The things and words that prints of a finding are made of: those of today first, then those of a rule that did not name the thing yet, or gave
/// no key.
fn ways(finding: &Finding) -> Vec<(Option<&str>, Words)> {
    let Identity { thing, key } = &*finding.diagnostic.identity;
    let today = (thing.as_deref(), Words::Now);
    let by_line = thing.is_some().then_some((None, Words::Now));
    let by_message = key.is_some().then_some((None, Words::Message));
    [Some(today), by_line, by_message, Some((None, Words::Nothing))].into_iter().flatten().collect()
}

impl Former {
    /// Whether an entry of a baseline for `path`, with its policy, its print and its message, is what the finding was called before.
    #[must_use]
    pub fn is(&self, finding: &Finding, path: &str, [policy, print, message]: [&str; 3]) -> bool {
        self.policy == policy
            && self.print == print
            && (self.is_said || says_of(message, path) == says_of(&finding.diagnostic.title, self::path(finding)))
    }
}

fn path(finding: &Finding) -> &str {
    finding.diagnostic.locations.first().map_or(finding.service.as_str(), |place| &place.path)
}

fn pointer(finding: &Finding) -> &str {
    finding.diagnostic.locations.first().map_or("", |place| &place.pointer)
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

fn digest(parts: &[&str]) -> String {
    // A control character in a part must not make two lists of parts equal: each part is preceded by its length.
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    Digest::of(text.as_bytes()).as_str()[..DIGITS].to_owned()
}

/// What the finding is about, in words that do not change when lines move.
fn anchor(finding: &Finding, style: &Style<'_>) -> String {
    let place = finding.diagnostic.locations.first();
    let text = || place.map_or_else(String::new, |place| line(place, style.words != Words::Nothing));
    let thing = style.thing.map_or_else(text, |thing| format!("thing {thing}"));
    let about =
        if style.pointer.is_empty() { (!thing.is_empty()).then(|| format!("line {thing}")) } else { Some(at(style.pointer, &thing)) };
    let said = match style.words {
        Words::Now => says(finding),
        Words::Message => says_of(&finding.diagnostic.title, path(finding)),
        Words::Nothing => return about.unwrap_or_else(|| format!("message {}", finding.diagnostic.title)),
    };
    about.map_or_else(|| format!("says {said}"), |about| format!("{about} says {said}"))
}

fn at(pointer: &str, line: &str) -> String {
    let named = pointer.split_once('#').map_or_else(|| pointer.to_owned(), |(_, rest)| format!("{}#{rest}", head(pointer)));
    let steps: Vec<_> = named.split('/').map(|step| if is_position(step) { "*" } else { step }).collect();
    let named = steps.join("/");
    if steps.contains(&"*") { format!("pointer {named} {line}") } else { format!("pointer {named}") }
}

fn is_position(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit())
}

/// The first line of a place as it is before and after a formatter ran: without white space, trailing commas and the quotes around values, and with
/// one kind of quotes elsewhere. Older prints have no quotes at all, whatever those mean there.
fn line(place: &Location, is_said: bool) -> String {
    let line = place.excerpt.lines().next().unwrap_or_default();
    let line = if is_said { unquoted(&one_blank(line)).replace('\'', "\"") } else { line.replace(['"', '\''], "") };
    let kept = line.chars().filter(|c| !c.is_whitespace());
    kept.collect::<String>().trim_end_matches([',', ';']).trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finding::{Diagnostic, Severity, SourceText};

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
    }

    #[test]
    fn what_a_baseline_may_have_called_a_finding() {
        let named = |policy: &str, pointer: &str, alias: &str| {
            let mut finding = Finding { policy_name: policy.to_owned(), ..at("f", "a: 1\n", "a", pointer) };
            finding.diagnostic.locations[0].alias = alias.to_owned();
            finding
        };
        let called = |finding: &Finding| formers(std::slice::from_ref(finding)).remove(0);
        let print = |policy: &str, pointer: &str| fingerprints(&[named(policy, pointer, "")]).remove(0).content;
        let spaced = called(&named("acme/p", "Pod/x/web#/a", "Pod/web#/a"));
        assert!(spaced.iter().any(|former| former.is_said && former.print == print("acme/p", "Pod/web#/a")));
        let local = called(&named("./r/p", "Pod/web#/a", ""));
        assert!(local.iter().any(|former| former.is_said && former.policy == "local/p" && former.print == print("local/p", "Pod/web#/a")));
        assert_eq!((spaced.len(), local.len(), called(&named("acme/p", "Pod/web#/a", "")).len()), (3, 3, 1));
        let one = named("acme/p", "#/a", "");
        let is = |message: &str| called(&one)[0].is(&one, "f", ["acme/p", &called(&one)[0].print, message]);
        assert!(is("message") && !is("another"), "what is said is a part of it, also where the print does not tell");
    }

    #[test]
    fn the_thing_that_a_rule_names_stands_for_its_line() {
        let about = |line: &str, pointer: &str, thing: Option<&str>| {
            let mut finding = at("f", &format!("{line}\n"), line, pointer);
            finding.diagnostic.identity.thing = thing.map(Into::into);
            finding
        };
        for pointer in ["", "/s/0/uses"] {
            same(about("uses: a@1", pointer, Some("a")), about("uses: a@2", pointer, Some("a")));
            different(about("uses: a@1", pointer, Some("a")), about("uses: a@1", pointer, Some("b")));
            different(about("a", pointer, Some("a")), about("a", pointer, None));
            let before = &fingerprints(&[about("uses: a@1", pointer, None)])[0].content;
            let known = formers(&[about("uses: a@1", pointer, Some("a"))]).remove(0);
            assert!(known.iter().any(|former| former.is_said && former.print == *before), "a list from before the rule named it");
            let mut keyed = about("uses: a@1", pointer, Some("a"));
            keyed.diagnostic.identity.key = Some("k".into());
            assert!(formers(&[keyed]).remove(0).iter().any(|former| former.is_said && former.print == *before), "or gave a key");
        }
    }

    #[test]
    fn another_thing_that_is_said_of_a_place_is_another_finding() {
        let says = |title: &str, key: Option<&str>| {
            let mut finding = at("f", "a: 1\n", "a", "/a");
            finding.diagnostic.title = title.to_owned();
            finding.diagnostic.identity.key = key.map(Into::into);
            finding
        };
        different(says("no limit", None), says("no request", None));
        different(says("no limit", Some("a")), says("no limit", Some("b")));
        same(says("9 of 12", None), says("10 of 12", None));
        same(says("no limit", Some("a")), says("a limit is missing", Some("a")));
        let both = [says("no limit", None), says("no request", None)];
        assert_eq!(places(&both[..1]), places(&both[1..]), "whatever is said of it");
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
