//! Comments that waive one line: `# polity:waive POLICY until=DATE owner=TEAM reason=REASON [ticket=ID] why`.
//!
//! A comment behind code is about its own line, a comment alone about the next line that is not one. What stands in a quoted text is no
//! comment; in prose only what readers do not see is one: a page may show how to write it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::config::{Date, WaiverReason};
use crate::finding::{Diagnostic, Finding, Location, Severity, SourceText, SuppressionKind};

use super::{Covers, Waiver, complaint};
use crate::policy::comments;

/// What begins the words of a waiver, behind a comment sign.
pub(in crate::policy) const MARK: &str = "polity:waive";
/// What begins a comment in the languages that policies look at; one that ends like another stands before it.
const SIGNS: [&str; 6] = ["<!--", "#", "//", "--", ";", "/*"];

/// What begins a comment in prose, where the other signs are headings, rules and text.
const PROSE_SIGNS: [&str; 1] = ["<!--"];
/// The endings of files that hold prose.
const PROSE: [&str; 5] = [".md", ".markdown", ".mdx", ".rst", ".adoc"];
/// What begins and ends an example in prose.
const FENCES: [&str; 2] = ["```", "~~~"];

/// Whether a text may hold waivers.
pub(in crate::policy) fn is_marked(text: &str) -> bool {
    text.contains(MARK)
}

/// The waivers in the comments of a text, and findings about those that cannot be read.
pub(super) fn read(source: &SourceText, root: &str) -> (Vec<Waiver>, Vec<Finding>) {
    let (mut waivers, mut wrong) = (Vec::new(), Vec::new());
    let lines: Vec<&str> = source.text().lines().collect();
    let is_prose = PROSE.iter().any(|ending| source.path().ends_with(ending));
    let signs = if is_prose { PROSE_SIGNS.as_slice() } else { SIGNS.as_slice() };
    let spans = comments::of_file(source.path(), source.text());
    let mut is_example = false;
    for (index, line) in lines.iter().enumerate() {
        is_example ^= is_prose && FENCES.iter().any(|fence| line.trim_start().starts_with(fence));
        let start = source.line(index + 1).map_or(0, |range| range.start);
        let is_comment = |at: usize| !is_example && begins(source.text(), start + at, &spans);
        let Some((before, words)) = comment(line, signs, &is_comment) else { continue };
        let column = line.len() - words.len() - MARK.len();
        let place = source.location(start + column..start + line.trim_end().len(), "");
        let about = if matches!(before.trim(), "" | "{{" | "{{-") { next(&lines, index) } else { index + 1 };
        match parse(words) {
            Ok((policy, given)) => waivers.push(waiver(policy, &given, Covers::Line(source.path().to_owned(), about), root, place)),
            Err(reason) => {
                let diagnostic = Diagnostic::new(reason).at(place).help(
                    "write `polity:waive POLICY until=DATE owner=TEAM reason=REASON why`, with a reason such as `accepted-risk` or `false-positive`",
                );
                wrong.push(complaint("invalid-waiver", Severity::Error, root, diagnostic.note("it waives nothing until it can be read")));
            }
        }
    }
    (waivers, wrong)
}

fn waiver(policy: String, given: &BTreeMap<&str, String>, covers: Covers, root: &str, place: Location) -> Waiver {
    let text = |key: &str| given.get(key).cloned().unwrap_or_default();
    Waiver {
        kind: SuppressionKind::Inline,
        policy,
        covers,
        says: Vec::new(),
        reason: text("reason"),
        because: text(""),
        owner: text("owner"),
        ticket: given.get("ticket").cloned(),
        expires: Date::parse(&text("until")).unwrap_or(Date::of_unix(0)),
        root: root.to_owned(),
        is_above: false,
        place: place.clone(),
        expires_place: place,
    }
}

/// What stands before a waiver's comment, and its words; `is_comment` says whether a comment begins at an offset of the line.
fn comment<'a>(line: &'a str, signs: &[&str], is_comment: &dyn Fn(usize) -> bool) -> Option<(&'a str, &'a str)> {
    line.match_indices(MARK).find_map(|(at, _)| {
        let words = &line[at + MARK.len()..];
        let before = line[..at].trim_end();
        let sign = signs.iter().find(|sign| before.ends_with(**sign))?;
        let before = &before[..before.len() - sign.len()];
        ((words.is_empty() || words.starts_with(char::is_whitespace)) && is_comment(before.len())).then_some((before, words))
    })
}

/// Whether a sign begins a comment, or words of one that stand behind others: what is quoted in it is an example.
fn begins(text: &str, sign: usize, spans: &[Range<usize>]) -> bool {
    let around = spans.iter().find(|span| span.contains(&sign));
    around.is_some_and(|span| text[span.start..sign].trim_start_matches(['{', '-']).chars().next_back().is_none_or(char::is_whitespace))
}

/// The next line that is neither empty nor a comment.
fn next(lines: &[&str], index: usize) -> usize {
    let is_code = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !SIGNS.iter().any(|sign| line.starts_with(sign))
    };
    let rest = lines.iter().enumerate().skip(index + 1);
    rest.filter(|(_, line)| is_code(line)).map(|(i, _)| i + 1).next().unwrap_or(index + 1)
}

/// The policy, and what is given by name; the text is given under the empty name.
fn parse(words: &str) -> Result<(String, BTreeMap<&'static str, String>), String> {
    // Comments of templates end as actions do.
    let words = words.trim().trim_end_matches("-->").trim_end_matches("}}").trim_end_matches([' ', '-']).trim_end_matches("*/").trim();
    let mut words = words.split_whitespace();
    let policy = words.next().ok_or("waiver names no policy")?.to_owned();
    let mut given = BTreeMap::new();
    let mut text: Vec<&str> = Vec::new();
    for word in words {
        let key = word.split_once('=').filter(|_| text.is_empty()).and_then(|(key, value)| {
            let known = ["until", "owner", "reason", "ticket"].into_iter().find(|known| *known == key)?;
            Some((known, value))
        });
        match key {
            Some((key, value)) => {
                if given.insert(key, value.to_owned()).is_some() {
                    return Err(format!("waiver says `{key}` twice"));
                }
            }
            None => text.push(word),
        }
    }
    let until = given.get("until").ok_or("waiver has no end: `until=DATE` is missing")?;
    Date::parse(until).map_err(|error| error.to_string())?;
    let reason = given.get("reason").ok_or("waiver has no reason: `reason=REASON` is missing")?;
    if WaiverReason::parse(reason).is_none() {
        let all: Vec<_> = WaiverReason::ALL.iter().map(|reason| reason.as_str()).collect();
        return Err(format!("`{reason}` is no reason; one of: {}", all.join(", ")));
    }
    if text.is_empty() {
        return Err("waiver does not say why".to_owned());
    }
    given.insert("", text.join(" "));
    Ok((policy, given))
}
