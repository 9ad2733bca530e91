//! Comments that waive one line: `# polity:waive POLICY until=DATE owner=TEAM reason=REASON [ticket=ID] why`.
//!
//! A comment behind code is about its own line, a comment alone about the next line that is not one. In prose only what readers do
//! not see is a comment: a page may show how to write one.

use std::collections::BTreeMap;

use crate::config::{Date, WaiverReason};
use crate::finding::{Diagnostic, Finding, Severity, SourceText, SuppressionKind};

use super::{Covers, Waiver, complaint};

/// What begins the words of a waiver, behind a comment sign.
const MARK: &str = "polity:waive";
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
    let mut is_example = false;
    for (index, line) in lines.iter().enumerate() {
        is_example ^= is_prose && FENCES.iter().any(|fence| line.trim_start().starts_with(fence));
        let Some((before, words)) = comment(line, signs).filter(|_| !is_example) else { continue };
        let number = index + 1;
        let column = line.len() - words.len() - MARK.len();
        let start = source.line(number).map_or(0, |range| range.start);
        let place = source.location(start + column..start + line.trim_end().len(), "");
        let about = if before.trim().is_empty() { next(&lines, index) } else { number };
        match parse(words) {
            Ok((policy, given)) => {
                let text = |key: &str| given.get(key).cloned().unwrap_or_default();
                waivers.push(Waiver {
                    kind: SuppressionKind::Inline,
                    policy,
                    covers: Covers::Line(source.path().to_owned(), about),
                    reason: text("reason"),
                    because: text(""),
                    owner: text("owner"),
                    ticket: given.get("ticket").cloned(),
                    expires: Date::parse(&text("until")).unwrap_or(Date::of_unix(0)),
                    root: root.to_owned(),
                    is_above: false,
                    place: place.clone(),
                    expires_place: place,
                });
            }
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

/// What stands before a waiver's comment, and its words.
fn comment<'a>(line: &'a str, signs: &[&str]) -> Option<(&'a str, &'a str)> {
    let at = line.find(MARK)?;
    let words = &line[at + MARK.len()..];
    if !words.is_empty() && !words.starts_with(char::is_whitespace) {
        return None;
    }
    let before = line[..at].trim_end();
    let sign = signs.iter().find(|sign| before.ends_with(**sign))?;
    Some((&before[..before.len() - sign.len()], words))
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
    let words = words.trim().trim_end_matches("-->").trim_end_matches("*/").trim();
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
                given.insert(key, value.to_owned());
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
