//! What the engine's parser reads otherwise than OPA's, put right in the text before it is parsed. Lines stay where they are.

use std::borrow::Cow;
use std::collections::HashSet;

use super::load::RegoVersion;
use super::templates;

/// A text that the parser reads as OPA does, and whether `not` denies all of its expression, by an import that the parser does not see.
pub(super) fn repaired(text: &str, version: RegoVersion) -> (String, bool) {
    // Texts with expressions in them are of version 1 alone.
    let text = if version == RegoVersion::V1 { Cow::Owned(templates::expanded(text)) } else { Cow::Borrowed(text) };
    let (text, whole_not) = imported(&text, version);
    let text = if whole_not { denied(&text) } else { text };
    (repeated(&bodiless(&spaced(&ended(&gathered(text))), version)), whole_not)
}

/// The byte-order mark that some editors put in front of a text.
const MARK: char = '\u{feff}';

/// A text without the mark at its start.
///
/// # Errors
/// A character that no policy may have, with its line. The engine would take the text for ended at one of them, and lose the rules after it.
pub(super) fn legible(text: &str) -> Result<Cow<'_, str>, (usize, &'static str)> {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    if let Some(at) = text.find('\0') {
        return Err((line(at), "illegal null character"));
    }
    if let Some(at) = text.find(MARK) {
        return Err((line(at), "illegal byte-order mark"));
    }
    let lone = |at: usize| text.as_bytes().get(at + 1) != Some(&b'\n');
    if !text.match_indices('\r').any(|(at, _)| lone(at)) {
        return Ok(Cow::Borrowed(text));
    }
    // White space to OPA, a mistake to the engine.
    let code = code(text);
    Ok(text.char_indices().map(|(at, c)| if c == '\r' && code[at] && lone(at) { ' ' } else { c }).collect())
}

/// The text without imports that change nothing or that the parser does not know. It calls what is imported twice an error.
fn imported(text: &str, version: RegoVersion) -> (String, bool) {
    let path = |line: &'_ str| {
        let code = line.split('#').next().unwrap_or_default();
        let path = code.trim().strip_prefix("import")?;
        path.starts_with([' ', '\t']).then(|| path.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let paths: Vec<Option<String>> = text.lines().map(path).collect();
    let has = |wanted: &str| paths.iter().flatten().any(|path| path == wanted);
    let all_known = version == RegoVersion::V1 || has("rego.v1");
    let all_imported = has("future.keywords");
    let mut seen = HashSet::new();
    let mut out = String::with_capacity(text.len());
    for (line, path) in text.split_inclusive('\n').zip(&paths) {
        let needless = path.as_ref().is_some_and(|path| {
            let keyword = path == "future.keywords" || path.starts_with("future.keywords.");
            !seen.insert(path) && !all_known
                || path == "future.keywords.not"
                || keyword && (all_known || all_imported && path != "future.keywords")
        });
        match needless {
            true => out.extend(line.chars().map(|c| if c.is_whitespace() { c } else { ' ' })),
            false => out.push_str(line),
        }
    }
    (out, has("future.keywords.not") || all_imported)
}

/// `not { … }` denies a body once `not` is imported: that it has a solution. The parser would take it for `not` of a set.
fn denied(text: &str) -> String {
    let code = code(text);
    let (mut out, mut open) = (String::with_capacity(text.len()), Vec::new());
    let mut word = (0, 0);
    for (at, c) in text.char_indices() {
        if !code[at] {
            out.push(c);
            continue;
        }
        match c {
            '{' if &text[word.0..word.1] == "not" && text[word.1..at].trim().is_empty() => {
                out.truncate(out.len() - (at - word.0));
                out.push_str("count([true |");
                out.extend(text[word.1..at].chars().filter(|c| *c == '\n'));
                open.push("]) == 0");
            }
            '{' => {
                open.push("}");
                out.push(c);
            }
            '}' => out.push_str(open.pop().unwrap_or("}")),
            _ => out.push(c),
        }
        if c.is_alphanumeric() || matches!(c, '_' | '.') {
            word = if word.1 == at { (word.0, at + c.len_utf8()) } else { (at, at + c.len_utf8()) };
        }
    }
    out
}

/// Imports may stand between rules; the parser wants them before the first one. They go to the end of the package's line.
fn gathered(text: String) -> String {
    let code = code(&text);
    let (mut depth, mut begun, mut start) = (0_usize, false, 0);
    let (mut home, mut late) = (None, Vec::new());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let first = line[indent..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        // Behind the last byte of code stands a comment.
        let written = code[start..start + line.trim_end().len()].iter().rposition(|is_code| *is_code).map_or(0, |at| at + 1);
        let end = start + line.get(..written).unwrap_or_default().trim_end().len();
        if depth == 0 && code.get(start + indent) == Some(&true) {
            match first {
                "" => {}
                "package" if home.is_none() => home = Some(end),
                "import" if begun => late.push((start + indent, end)),
                "import" => {}
                _ => begun = true,
            }
        }
        for (_, c) in line.char_indices().filter(|(at, _)| code[start + at]) {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        start += line.len();
    }
    let Some(home) = home.filter(|_| !late.is_empty()) else { return text };
    let mut out = text.clone();
    for (from, to) in &late {
        out.replace_range(from..to, &" ".repeat(to - from));
    }
    let moved: String = late.iter().map(|(from, to)| format!(" {}", &text[*from..*to])).collect();
    out.insert_str(home, &moved);
    out
}

/// A bracket may stand apart from its rule's name, and a tab in a text; the parser knows neither.
fn spaced(text: &str) -> String {
    let code = code(text);
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut quote = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '"' | '`' if code[at] => quote = if quote == c { ' ' } else { c },
            '\t' if quote == '"' && !code[at] => {
                out.push_str("\\t");
                continue;
            }
            '[' if code[at] && at > 0 && matches!(bytes[at - 1], b' ' | b'\t') => {
                let line = out.rsplit('\n').next().unwrap_or_default();
                let name = line.trim_end();
                if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !OPEN.contains(&name) {
                    out.truncate(out.len() - (line.len() - name.len()));
                }
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Words after which an expression goes on in the next line.
const OPEN: [&str; 9] = ["in", "not", "if", "else", "as", "with", "contains", "every", "some"];

/// `f("x")` as a rule is `f("x") := true`, and in version 0 `s["x"]` is `s["x"] { true }`; the parser wants a body or a value, or takes the
/// second one for a value that only one rule may have.
fn bodiless(text: &str, version: RegoVersion) -> String {
    let code = code(text);
    let (mut depth, mut line_start, mut open) = (0_usize, 0, ' ');
    let mut out = text.to_owned();
    let mut ends = Vec::new();
    for (at, c) in text.char_indices().filter(|(at, _)| code[*at]) {
        match c {
            '\n' => line_start = at + 1,
            '(' | '[' | '{' => {
                if depth == 0 {
                    let name = &text[line_start..at];
                    let longer = |byte| byte == b'.' && c == '(';
                    let head = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || longer(byte));
                    open = if head { c } else { ' ' };
                }
                depth += 1;
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                let rest = match (open, c) {
                    ('(', ')') => " := true",
                    ('[', ']') if version == RegoVersion::V0 => " { true }",
                    _ => continue,
                };
                if depth == 0 && !goes_on(&text[at + 1..]) {
                    ends.push((at + 1, rest));
                }
            }
            _ => {}
        }
    }
    ends.into_iter().rev().for_each(|(at, rest)| out.insert_str(at, rest));
    out
}

/// Whether a value or a body follows.
fn goes_on(rest: &str) -> bool {
    let mut rest = rest.trim_start();
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    let word = &rest[..rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len()];
    matches!(word, "if" | "else" | "contains") || rest.starts_with(['=', ':', '{', '.', '['])
}

/// A parenthesis at the start of a line begins a statement; the parser takes it for the arguments of the name in the line before.
fn ended(text: &str) -> String {
    let code = code(text);
    let bytes = text.as_bytes();
    let mut breaks = Vec::new();
    let mut last = None;
    let mut new_line = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => new_line = true,
            _ if !code[at] || byte.is_ascii_whitespace() => {}
            b'(' if new_line => {
                breaks.extend(last.filter(|last| ends_reference(&text[..=*last])).map(|last: usize| last + 1));
                (last, new_line) = (Some(at), false);
            }
            _ => (last, new_line) = (Some(at), false),
        }
    }
    let mut out = text.to_owned();
    breaks.into_iter().rev().for_each(|at| out.insert(at, ';'));
    out
}

fn ends_reference(before: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = &before[before.trim_end_matches(is_name).len()..];
    before.ends_with(']') || !word.is_empty() && !OPEN.contains(&word)
}

/// `a[x] { … } { … }` is `a[x] { … }` twice, and so is `a contains x if { … } { … }`; the parser knows the short form for rules without elements
/// only. After `else` there is no such form.
fn repeated(text: &str) -> String {
    let code = code(text);
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut start, mut closed) = (0_usize, 0, false);
    let (mut head, mut last) = ("", ' ');
    for (at, c) in text.char_indices() {
        if code[at] && !c.is_whitespace() {
            match c {
                '{' if depth == 0 && closed => {
                    out.push_str(&head.replace('\n', " "));
                    depth += 1;
                }
                '{' | '[' | '(' => {
                    // What follows an equals sign is a value.
                    if depth == 0 && c == '{' {
                        let whole = &text[start..at];
                        head = if last == '=' || !begins_body(whole, &code[start..at]) { "" } else { whole };
                    }
                    depth += 1;
                }
                '}' | ']' | ')' => depth = depth.saturating_sub(1),
                // A rule begins where a line does.
                _ if depth == 0 && text[..at].rsplit('\n').next().is_some_and(str::is_empty) => start = at,
                _ => {}
            }
            closed = c == '}' && depth == 0 && !head.trim().is_empty();
            last = c;
        }
        out.push(c);
    }
    out
}

/// Whether a brace after this text, which begins with a rule, opens the rule's first body.
fn begins_body(text: &str, code: &[bool]) -> bool {
    let text: String = text.char_indices().filter(|(at, _)| code[*at]).map(|(_, c)| c).collect();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let has_if = text.split_whitespace().any(|word| word == "if");
    !words.any(|word| word == "else") && (!has_if || text.trim_end().ends_with("if"))
}

/// Which bytes are code: neither in a text nor in a comment. The quotes themselves are.
fn code(text: &str) -> Vec<bool> {
    let bytes = text.as_bytes();
    let mut code = vec![true; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'#' => bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length),
            b'"' => quoted(bytes, at),
            b'`' => bytes[at + 1..].iter().position(|byte| *byte == b'`').map_or(bytes.len(), |length| at + 1 + length),
            _ => {
                at += 1;
                continue;
            }
        };
        let first = if bytes[at] == b'#' { at } else { at + 1 };
        code[first.min(end)..end].fill(false);
        at = if bytes[at] == b'#' { end } else { end + 1 };
    }
    code
}

/// Where the text that begins at a quote ends.
fn quoted(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: RegoVersion, text: &str, expected: &str) {
        assert_eq!(repaired(text, version).0, expected);
    }

    #[test]
    fn imports_that_change_nothing_are_blanked() {
        check(RegoVersion::V1, "import rego.v1\nimport future.keywords.in # x\na", "import rego.v1\n                             \na");
        check(
            RegoVersion::V0,
            "import future.keywords\nimport future.keywords.if\n",
            "import future.keywords\n                         \n",
        );
        check(RegoVersion::V0, "import data.a\nimport data.a\nimport data.a as b\n", "import data.a\n             \nimport data.a as b\n");
        check(RegoVersion::V0, "import future.keywords.in\n", "import future.keywords.in\n");
        for (text, whole) in [("import future.keywords", true), ("import future.keywords.not", true), ("import future.keywords.in", false)]
        {
            assert_eq!(repaired(text, RegoVersion::V1).1, whole, "{text}");
        }
    }

    #[test]
    fn imports_between_rules_stand_before_them() {
        check(
            RegoVersion::V1,
            "package a # x\n\nb := 1\n\nimport data.c # y\nimport data.d as e\n\nf := `\nimport data.g\n`\n",
            "package a import data.c import data.d as e # x\n\nb := 1\n\n              # y\n                  \n\nf := `\nimport data.g\n`\n",
        );
        check(RegoVersion::V1, "package a\n\nimport data.c\n\nb := {\n\t1,\n}\n", "package a\n\nimport data.c\n\nb := {\n\t1,\n}\n");
    }

    #[test]
    fn a_function_that_is_only_a_head_is_true() {
        check(RegoVersion::V1, "f(\"x\") # y\n\nf(2) := 3\na if f(1)", "f(\"x\") := true # y\n\nf(2) := 3\na if f(1)");
        check(RegoVersion::V0, "f(1)\n{ a }\nf(x) = 1 { x(\n) }\nf(2)", "f(1)\n{ a }\nf(x) = 1 { x(\n) }\nf(2) := true");
    }

    #[test]
    fn an_element_that_is_only_a_head_has_a_body() {
        check(
            RegoVersion::V0,
            "s[\"x\"]\ns[{\"a\": [1]}] # y\nt[x] { s[x] }\nu[1] = 2\nv[\n1\n]",
            "s[\"x\"] { true }\ns[{\"a\": [1]}] { true } # y\nt[x] { s[x] }\nu[1] = 2\nv[\n1\n] { true }",
        );
        check(RegoVersion::V1, "a := s[x]\nb[1] := 2", "a := s[x]\nb[1] := 2");
    }

    #[test]
    fn brackets_and_tabs_are_written_as_the_parser_wants_them() {
        check(RegoVersion::V0, "deny [m] { a := [1]; b = `\t[`\n c [d] }", "deny[m] { a := [1]; b = `\t[`\n c [d] }");
        check(RegoVersion::V1, "a := \"x\ty\"\tb", "a := \"x\\ty\"\tb");
    }

    #[test]
    fn a_parenthesis_in_a_new_line_begins_a_statement() {
        check(RegoVersion::V1, "a.b # c(\n (x) > 1", "a.b; # c(\n (x) > 1");
        check(RegoVersion::V1, "x := f(1,\n (2))\ny in\n (z)", "x := f(1,\n (2))\ny in\n (z)");
        check(RegoVersion::V1, "x == \"a\n(\"", "x == \"a\n(\"");
        check(RegoVersion::V1, "l[0]\n\n(a)", "l[0];\n\n(a)");
    }

    #[test]
    fn a_second_body_gets_the_head_again() {
        check(
            RegoVersion::V0,
            "package a\n\nd[{\"m\": x}] {\n a\n} {\n b\n}",
            "package a\n\nd[{\"m\": x}] {\n a\n} d[{\"m\": x}] {\n b\n}",
        );
        check(RegoVersion::V0, "d[x] { y := {1} }\n\ne[x] { x } # {\n{ z }", "d[x] { y := {1} }\n\ne[x] { x } # {\ne[x] { z }");
        check(RegoVersion::V0, "f { a } else = 1 { b }\nx := {}\ng { c }", "f { a } else = 1 { b }\nx := {}\ng { c }");
        check(RegoVersion::V0, "f(x) = {\"a\": x} { b }", "f(x) = {\"a\": x} { b }");
        check(RegoVersion::V1, "d if { a } { b }", "d if { a } d if { b }");
        check(RegoVersion::V1, "d contains x if {\n a\n}\n{\n b\n}", "d contains x if {\n a\n}\nd contains x if {\n b\n}");
        check(RegoVersion::V1, "d if every x in {1} { x }\n{ y }", "d if every x in {1} { x }\n{ y }");
        check(RegoVersion::V0, "f { a } else { b } { c }", "f { a } else { b } { c }");
    }

    #[test]
    fn what_no_policy_may_have_is_named() {
        assert_eq!(legible("\u{feff}package a").as_deref(), Ok("package a"));
        assert_eq!(legible("package a\r\na\rb := \"\r\"").as_deref(), Ok("package a\r\na b := \"\r\""));
        assert_eq!(legible("a\n\0"), Err((2, "illegal null character")));
        assert_eq!(legible("a\n\n# \u{feff}"), Err((3, "illegal byte-order mark")));
    }

    #[test]
    fn broken_texts_are_left_to_the_parser() {
        for text in ["\"", "`", "\"\\", "}{", "#", "{\"a"] {
            repaired(text, RegoVersion::V0);
        }
    }
}
