//! What a repository says to polity: its own files, and the words of waivers and calls in others. A rule that searches for proof of something must not
//! find what was only written down about its policy.

use std::ops::Range;

use crate::config::{BASELINE_FILE, FEDERATION_FILE, LOCK_FILE, SERVICE_FILE};

use super::waivers;

/// The names of files that only polity reads, wherever they stand.
const NAMES: [&str; 7] = [SERVICE_FILE, LOCK_FILE, FEDERATION_FILE, BASELINE_FILE, ".polityignore", "layer.yaml", "registry.yaml"];

/// How the program is called.
const PROGRAM: &str = "polity";

/// The verbs of the program and the word of one to come, behind which a call says what it is about.
const VERBS: [&str; 18] = [
    "contract",
    "new",
    "update",
    "adopt",
    "drift",
    "blame",
    "promote",
    "check",
    "explain",
    "template",
    "policy",
    "why",
    "waiver",
    "conftest",
    "gatekeeper",
    "registry",
    "outbox",
    "demo",
];

/// Whether polity is the only one that reads a file.
pub(super) fn is_own(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_waiver = || folders.split('/').any(|folder| folder == "waivers") && (name.ends_with(".yaml") || name.ends_with(".yml"));
    NAMES.contains(&name) || is_waiver()
}

/// A text without what it says to polity: spaces stand for the name of the policy that asks, for what a waiver says and for what the program is called with.
/// Nothing where `hits` are in no line that says anything of that kind.
pub(super) fn without(text: &str, policy: &str, hits: &[Range<usize>]) -> Option<String> {
    let id = policy.rsplit('/').next().unwrap_or(policy);
    if !is_near(text, id, hits) {
        return None;
    }
    let names = text.match_indices(id).map(|(at, _)| at..at + id.len()).filter(|at| is_word(text, at));
    let waivers = text.match_indices(waivers::MARK).map(|(at, mark)| at + mark.len()..end_of_line(text, at));
    let calls = text.match_indices(PROGRAM).filter_map(|(at, program)| call(text, at + program.len()));
    let said: Vec<_> = names.chain(waivers).chain(calls).collect();
    let mut bytes = text.as_bytes().to_vec();
    for range in said {
        bytes[range].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).ok()
}

/// Whether a line of a hit, or one that goes on in it, speaks of the program or of a policy. The rest of a text, which may be long, is not asked.
fn is_near(text: &str, id: &str, hits: &[Range<usize>]) -> bool {
    let mut seen = 0;
    hits.iter().any(|hit| {
        let end = end_of_line(text, hit.start);
        let line = &text[seen.max(beginning(text, hit.start)).min(end)..end];
        seen = end;
        line.contains(PROGRAM) || line.contains(id)
    })
}

/// Where the line of a place begins, with those before it that end with `\`.
fn beginning(text: &str, mut at: usize) -> usize {
    while let Some(end) = text[..at].rfind('\n') {
        if !text[..end].trim_end_matches('\r').ends_with('\\') {
            return end + 1;
        }
        at = end;
    }
    0
}

/// Whether a name stands for itself, and is no part of a longer one.
fn is_word(text: &str, at: &Range<usize>) -> bool {
    let is_apart = |c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_');
    text[..at.start].chars().next_back().is_none_or(is_apart) && text[at.end..].chars().next().is_none_or(is_apart)
}

fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}

/// What the program is called with, `at` standing behind its name: a verb and all to the end of the command, which may go on in the next line.
fn call(text: &str, at: usize) -> Option<Range<usize>> {
    let words = text[at..].strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']);
    let verb = words.split(|c: char| !c.is_ascii_lowercase()).next()?;
    VERBS.contains(&verb).then_some(())?;
    let mut end = at;
    loop {
        end += text[end..].find(['\n', ';', '|', '&']).unwrap_or(text.len() - end);
        let goes_on = text[end..].starts_with('\n') && text[at..end].trim_end_matches('\r').ends_with('\\');
        if !goes_on {
            return Some(at..end);
        }
        end += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_only_polity_reads_are_its_own() {
        for path in
            ["polity.yaml", "a/polity.lock", "polity.federation.yaml", ".polity-baseline.yaml", "waivers/a.yaml", "a/waivers/b/c.yml"]
        {
            assert!(is_own(path), "{path}");
        }
        for path in ["layers/org/layer.yaml", ".polityignore"] {
            assert!(is_own(path), "{path}");
        }
        for path in ["a.yaml", "waivers.yaml", "src/waivers/main.go", "polity.yaml.md", "my-polity.yaml"] {
            assert!(!is_own(path), "{path}");
        }
    }

    fn hits(text: &str) -> Vec<Range<usize>> {
        text.match_indices("outbox").map(|(at, hit)| at..at + hit.len()).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = without(text, "polity/no-outbox", &hits(text)).unwrap_or_else(|| text.to_owned());
        assert_eq!(said.len(), text.len());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&said), words(expected), "{text}");
    }

    #[test]
    fn what_is_said_to_polity_is_no_evidence() {
        check("with: {skip: no-outbox}", "with: {skip: }");
        check("with: {skip: polity/no-outbox, k: a-no-outbox}", "with: {skip: polity/ , k: a-no-outbox}");
        check("a() // polity:waive x: until outbox\nb()", "a() // polity:waive\nb()");
        check("run: polity check --skip outbox && outbox", "run: polity && outbox");
        check("run: |\n  bin/polity check \\\n   --skip outbox\n  outbox", "run: |\n  bin/polity\n  outbox");
        check("polity waiver add --because 'é outbox'", "polity");
        for text in ["polity contracts outbox", "the polity of outbox", "outbox polity", "no-outboxes"] {
            check(text, text);
        }
        for text in ["outbox", "polity check\noutbox", "outbox\npolity check outpost"] {
            assert_eq!(without(text, "no-outbox", &hits(text)), None, "{text}");
        }
    }
}
