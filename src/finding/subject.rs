//! What a finding is about, in words that stay true when lines move: a file, a pointer into a document of it, or the text of a line.
//!
//! Waivers name subjects. No line number is in here.

use serde::{Deserialize, Serialize};

use crate::tree::Digest;

use super::{Finding, Location};

/// The most characters of what stands at a place that are kept; a digest stands for the rest of a longer text.
const PINNED: usize = 80;
/// The hexadecimal digits of that digest.
const DIGITS: usize = 16;

/// The subject of a finding, or of a waiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The file.
    pub path: String,
    /// The pointer into a document of it, such as `Deployment/cart#/spec/template/spec/containers/name=server`; what is inside counts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The line it points at, where there is no pointer; what stands at a pointer that counts anything, such as `steps/0`. Any run of blanks counts
    /// as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many lines of the file have the text, where that is not one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
}

impl Subject {
    /// What a finding is about: its first place.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let Some(place) = finding.diagnostic.locations.first() else { return Self::default() };
        let at = Some(place.pointer.clone()).filter(|pointer| !pointer.is_empty());
        let text = Some(if at.is_none() { line(place) } else { place.standing.clone() }).filter(|text| !text.is_empty());
        Self { path: place.path.clone(), at, text, times: None }
    }

    /// Whether a finding is about this subject: of what stands at a pointer the whole line may be named as well.
    #[must_use]
    pub fn fits(&self, finding: &Finding) -> bool {
        let found = Self::of(finding);
        let whole = finding.diagnostic.locations.first().filter(|place| !place.pointer.is_empty()).map(line);
        let whole = whole.filter(|line| line.contains(found.text.as_deref().unwrap_or_default()));
        self.covers(&found) || whole.is_some_and(|line| self.covers(&Self { text: Some(line), ..found }))
    }

    /// This subject with the numbers that a finding has now, where what stands at a counted place tells what is meant: items come and go above it.
    #[must_use]
    pub fn moved(&self, finding: &Finding) -> Option<Self> {
        let ((head, outer), found) = (self.at.as_ref().filter(|_| self.text.is_some())?.split_once('#')?, Self::of(finding));
        let (other, inner) = found.at.as_ref()?.split_once('#')?;
        let (outer, inner): (Vec<_>, Vec<_>) = (outer.trim_end_matches('/').split('/').collect(), inner.split('/').collect());
        let is_number = |step: &str| !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
        let is_same = outer.iter().zip(&inner).all(|(a, b)| a == b || (is_number(a) && is_number(b)));
        let at = (head == other && outer.len() <= inner.len() && is_same).then(|| format!("{head}#{}", inner[..outer.len()].join("/")))?;
        Some(Self { at: Some(at), ..self.clone() }).filter(|moved| moved.fits(finding))
    }

    /// This subject as it is called since its object says its namespace.
    #[must_use]
    pub fn spaced(&self, finding: &Finding) -> Option<Self> {
        let place = finding.diagnostic.locations.first()?;
        let ((head, rest), (alias, _), (now, _)) =
            (self.at.as_ref()?.split_once('#')?, place.alias.split_once('#')?, place.pointer.split_once('#')?);
        (head == alias).then(|| Self { at: Some(format!("{now}#{rest}")), ..self.clone() })
    }

    /// Whether this subject is the other one or contains it: `containers/name=web` covers what is inside that container.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let says = |text: &String| other.text.as_ref().is_some_and(|other| is_same(other, text));
        self.path == other.path
            && match (&self.at, &self.text) {
                (Some(at), text) => other.at.as_deref().is_some_and(|inner| leads_to(at, inner)) && text.as_ref().is_none_or(says),
                (None, Some(text)) => other.at.is_none() && says(text),
                (None, None) => true,
            }
    }

    /// Whether it names a file and nothing in it, or a document as a whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.at.as_deref().map_or(self.text.is_none(), |at| at.ends_with('#') || at.ends_with("#/"))
    }

    /// Whether its pointer alone does not tell what it is about.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.at.is_some() && self.text.is_some()
    }
}

fn line(place: &Location) -> String {
    one_blank(place.excerpt.lines().next().unwrap_or_default())
}

/// What stands at a place, as one line that is no other's: of a long text its beginning and its digest.
#[must_use]
pub fn pinned(text: &str) -> String {
    let line = one_blank(text);
    match line.char_indices().nth(PINNED) {
        Some((cut, _)) => format!("{}… {}", line[..cut].trim_end(), &Digest::of(unquoted(&line).as_bytes()).as_str()[..DIGITS]),
        // A place where nothing stands must not look like one that counts nothing.
        None if line.is_empty() => "~".to_owned(),
        None => line,
    }
}

/// Whether two texts are the same but for white space and the quotes around values.
fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (unquoted(&one_blank(a)), unquoted(&one_blank(b)));
    let rest = |text: &str| text.rsplit_once("… ").map(|(_, digest)| digest.to_owned()).filter(|digest| digest.len() == DIGITS);
    a == b || rest(&a).is_some_and(|digest| rest(&b) == Some(digest))
}

/// A line of a document without the quotes around whole values and keys, which say nothing where the value reads the same without them.
pub(super) fn unquoted(line: &str) -> String {
    let mut kept = String::new();
    // What stands before the first character of some files is no part of its line.
    let mut rest = line.trim_start_matches('\u{feff}');
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(at);
        kept.push_str(before);
        let inner = quoted[1..].find(&quoted[..1]).map(|end| &quoted[1..=end]);
        let after = inner.map_or("", |inner| &quoted[inner.len() + 2..]);
        let inner = inner.filter(|inner| is_plain(inner) && is_value(&kept, after));
        kept.push_str(inner.unwrap_or(&quoted[..1]));
        rest = if inner.is_some() { after } else { &quoted[1..] };
    }
    kept + rest
}

/// Whether a text reads the same without quotes.
fn is_plain(inner: &str) -> bool {
    !inner.is_empty() && inner.trim() == inner && !inner.contains(['"', '\'', '\\', '#', '{', '}', '[', ']', ',']) && !inner.contains(": ")
}

/// Whether what stands between two texts is a whole value or key, and no part of one.
fn is_value(before: &str, after: &str) -> bool {
    let opens = before.is_empty() || ["- ", ": ", "[", "{"].iter().any(|sign| before.ends_with(sign));
    let closes = after.is_empty() || after.starts_with([',', ']', '}', ':', ';']);
    (opens && (closes || after.starts_with(' '))) || (closes && [", ", ",", ":"].iter().any(|sign| before.ends_with(sign)))
}

/// A text with every run of white space as one blank, and none at the ends.
#[must_use]
pub fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a pointer is another one or its beginning, up to the border of a step.
fn leads_to(outer: &str, inner: &str) -> bool {
    let outer = outer.trim_end_matches('/');
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || outer.ends_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pointer: &str) -> Subject {
        Subject { at: Some(pointer.to_owned()), path: "a.yaml".to_owned(), ..Subject::default() }
    }

    #[test]
    fn a_subject_covers_what_is_inside_it_and_no_more() {
        assert!(at("D/a#/containers/name=web").covers(&at("D/a#/containers/name=web/image")));
        assert!(at("#/containers/name=web").covers(&at("#/containers/name=web")));
        assert!(!at("#/containers/name=web").covers(&at("#/containers/name=web2/image")));
        assert!(!at("#/spec").covers(&at("#/specs")));
        assert!(!at("D/a#/spec").covers(&at("D/b#/spec")), "documents are told apart");
        assert!(at("D/a#").covers(&at("D/a#/spec")) && at("D/a#").is_whole());
        assert!(!at("#/spec").covers(&Subject { path: "a.yaml".to_owned(), ..Subject::default() }));
        assert!(!Subject { path: "b.yaml".to_owned(), ..at("#/spec") }.covers(&at("#/spec")));
    }

    #[test]
    fn a_line_is_covered_by_its_text_however_it_is_laid_out() {
        let line = |text: &str| Subject { path: "Dockerfile".to_owned(), text: Some(text.to_owned()), ..Subject::default() };
        assert!(line("FROM   debian").covers(&line("FROM debian")));
        assert!(!line("FROM debian").covers(&line("FROM debian:12")));
    }

    #[test]
    fn quotes_around_a_value_say_nothing_and_others_do() {
        let long = |value: &str| pinned(&format!("{}value: {value}", "run: make ".repeat(12)));
        for (a, b) in [
            ("cpu: 1", "cpu: \"1\""),
            ("cpu: 1", "\u{feff}cpu: 1"),
            ("- uses: a@1", "- 'uses': \"a@1\""),
            ("[sh, -c]", "['sh', \"-c\"]"),
            ("{a:b,c:d}", "{\"a\":\"b\",\"c\":\"d\"}"),
            ("a: b c: d", "a: 'b' c: d"),
            (long("1").as_str(), long("'1'").as_str()),
        ] {
            assert!(is_same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("rm $X", "rm \"$X\""),
            ("run: echo a b", "run: echo 'a' b"),
            ("cpu:", "cpu: ''"),
            ("a: b # c", "a: 'b # c'"),
            ("cpu: 1", "cpu: '2'"),
            ("echo a, b c", "echo a, 'b' c"),
            (long("1").as_str(), long("2").as_str()),
        ] {
            assert!(!is_same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn what_stands_at_a_position_is_a_part_of_the_subject() {
        let standing = |pointer: &str, text: &str| Subject { text: Some(text.to_owned()), ..at(pointer) };
        assert!(standing("#/steps/0", "uses:  a@1").covers(&standing("#/steps/0/uses", "uses: a@1")));
        assert!(!standing("#/steps/0", "uses: a@1").covers(&standing("#/steps/0/uses", "uses: b@1")));
        assert!(!standing("#/steps/0", "uses: a@1").covers(&at("#/steps/name=x/uses")));
        assert!(at("#/steps/0").covers(&standing("#/steps/0/uses", "uses: a@1")), "whoever asks says that this is too broad");
        let [a, b] = ["a", "b"].map(|end| pinned(&format!("{}{end}", "run ".repeat(40))));
        assert!(a != b && a.len() < 120 && a.starts_with("run run"), "{a} {b}");
        assert_eq!((pinned(" - a\n   b "), pinned("\n")), ("- a b".to_owned(), "~".to_owned()));
    }
}
