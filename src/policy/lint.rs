//! What a rule must not even mention: a verdict depends on nothing but the repository, so clock, chance, network and the
//! environment of the process are refused when the rule is loaded.

use crate::finding::{Diagnostic, SourceText, nearest};

use super::host;

/// Names that a rule may not use, with the reason.
const REFUSED: [(&str, &str); 12] = [
    ("rand.", "a verdict may not depend on chance"),
    ("time.", "a verdict may not depend on the clock"),
    ("uuid.", "a verdict may not depend on chance"),
    ("http.", "a verdict may not depend on the network"),
    ("net.", "a verdict may not depend on the network"),
    ("bits.", "a shifted number may fill the memory"),
    ("json.patch", "a copied value may fill the memory"),
    ("opa.", "a verdict may not depend on the machine"),
    ("rego.", "the engine gives rules no view of themselves"),
    ("io.jwt.", "the engine has no cryptography"),
    ("print", "a rule says everything in its findings"),
    ("trace", "a rule says everything in its findings"),
];

/// The deepest nesting of brackets. The engine's parser recurses into them, and tries some of them twice at each level.
const MAX_NESTING: usize = 24;

/// The first mention of something that a rule may not use.
pub(super) fn forbidden(source: &SourceText) -> Option<Diagnostic> {
    if let Some(at) = too_deep(source.text()) {
        let diagnostic = Diagnostic::new(format!("rule is nested more than {MAX_NESTING} brackets deep"));
        return Some(diagnostic.at(source.location(at..at + 1, "this one is too many")));
    }
    for (start, name) in names(source.text()) {
        let at = start..start + name.len();
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| is_use(source.text(), &at, name, refused)) {
            let diagnostic = Diagnostic::new(format!("`{name}` is not available to policies")).at(source.location(at, *reason));
            return Some(diagnostic.help("rules read the repository through `repo.…` and `input`"));
        }
        let is_meant = followed_by_call(source.text(), at.end) || is_replaced(source.text(), at.start);
        if name.starts_with("repo.") && is_meant && !host::names().any(|known| known == name) {
            let diagnostic = Diagnostic::new(format!("there is no function `{name}`")).at(source.location(at, "not a host function"));
            let help = nearest(name, host::names()).map_or_else(
                || format!("the functions are: {}", host::names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Some(diagnostic.help(help));
        }
    }
    None
}

/// `package rego.v1` and `import rego.v1` are no calls; a variable may be called `trace`.
fn is_use(text: &str, at: &std::ops::Range<usize>, name: &str, refused: &str) -> bool {
    match refused.strip_suffix('.') {
        Some(_) => name.starts_with(refused) && name != "rego.v1",
        None => name == refused && followed_by_call(text, at.end),
    }
}

fn followed_by_call(text: &str, end: usize) -> bool {
    text[end..].starts_with('(')
}

/// Whether `with` puts something in the place of the name that begins here.
fn is_replaced(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end();
    before.len() < start && before.strip_suffix("with").is_some_and(|rest| rest.ends_with(|c: char| c.is_whitespace() || ")]}".contains(c)))
}

/// The bracket that nests too deeply.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    code(text).find_map(|(at, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth > MAX_NESTING).then_some(at)
    })
}

/// Every byte outside of texts and comments, with its offset.
fn code(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = *bytes.get(at)?;
            match byte {
                b'#' => at = text[at..].find('\n').map_or(bytes.len(), |i| at + i),
                b'"' => at = after_quoted(bytes, at),
                b'`' => at = text[at + 1..].find('`').map_or(bytes.len(), |i| at + i + 2),
                _ => {
                    at += 1;
                    return Some((at - 1, byte));
                }
            }
        }
    })
}

/// Every dotted name outside of texts and comments, with its byte offset.
pub(super) fn names(text: &str) -> Vec<(usize, &str)> {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
    let (mut found, mut end) = (Vec::new(), 0);
    for (at, byte) in code(text) {
        if at < end || !(byte.is_ascii_alphabetic() || byte == b'_') {
            continue;
        }
        end = text.as_bytes()[at..].iter().position(|b| !is_part(*b)).map_or(text.len(), |i| at + i);
        // What follows a dot or a closing bracket is a member of something else.
        if at == 0 || text.as_bytes()[at - 1] != b'.' {
            found.push((at, &text[at..end]));
        }
    }
    found
}

fn after_quoted(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = forbidden(&SourceText::new("policy.rego", text));
        let said = found.map(|d| format!("{}:{}: {}", d.locations[0].start.line, d.locations[0].start.column, d.title));
        assert_eq!(said.as_deref(), expected);
    }

    #[test]
    fn the_world_is_refused() {
        check("x := rand.intn(\"a\", 3)", Some("1:6: `rand.intn` is not available to policies"));
        check("x if {\n  time.now_ns() > 3\n}", Some("2:3: `time.now_ns` is not available to policies"));
        check("x := bits.lsh(1, 1000000000)", Some("1:6: `bits.lsh` is not available to policies"));
        check("x := http.send({})", Some("1:6: `http.send` is not available to policies"));
        check("x if { print(1) }", Some("1:8: `print` is not available to policies"));
        check("x if f with f as rand.intn", Some("1:18: `rand.intn` is not available to policies"));
        check("x := repo.txt(\"a\")", Some("1:6: there is no function `repo.txt`"));
    }

    #[test]
    fn nesting_is_bounded() {
        check(&format!("x := {}1{}", "[".repeat(25), "]".repeat(25)), Some("1:30: rule is nested more than 24 brackets deep"));
        check(&format!("x := {}1{}", "[".repeat(24), "]".repeat(24)), None);
        check(&format!("x := \"{}\" # {}", "(".repeat(99), "{".repeat(99)), None);
    }

    #[test]
    fn words_in_texts_comments_and_members_are_harmless() {
        check(
            "import rego.v1\n# time.now_ns()\nx := \"rand.intn(\\\" 1)\"\ny := `print(1)`\nz := input.time.x\ntrace := 1\nw := a[0].time.now",
            None,
        );
        check("\"never closed \\", None);
    }
}
