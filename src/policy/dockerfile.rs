//! The instructions of a Dockerfile (Dockerfile reference, format section): continuations, comments, heredocs, the `escape`
//! directive, flags, the exec form, stages. It accepts everything but a heredoc without an end, which hides what follows, and says which
//! instructions there are: a builder judges what else is wrong.

use regorus::Value as Rego;

use crate::config::formats::heredocs;

use super::value::{object, texts};

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its name in upper case.
    pub name: String,
    /// Flags such as `--from=build`, in order.
    pub flags: Vec<String>,
    /// Everything after the flags, continuations joined by spaces, heredocs after a line break.
    pub arguments: String,
    /// The parts of the exec form, such as `["/app", "serve"]`.
    pub json: Option<Vec<String>>,
    /// The first line, counted from 1.
    pub line: usize,
    /// The last line.
    pub end_line: usize,
    /// The stage it belongs to, counted from 0; -1 before the first `FROM`.
    pub stage: i64,
}

/// A heredoc that no line closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclosed {
    /// The line that was to close it.
    pub name: String,
    /// The first line of the instruction, counted from 1.
    pub line: usize,
}

/// Reads every instruction.
///
/// # Errors
/// [`Unclosed`]: nobody knows whether what follows are instructions.
pub fn parse(text: &str) -> Result<Vec<Instruction>, Unclosed> {
    let lines: Vec<_> = text.strip_prefix('\u{feff}').unwrap_or(text).lines().collect();
    let escape = escape_character(&lines);
    let (mut found, mut at, mut stage) = (Vec::new(), 0, -1);
    while at < lines.len() {
        let line = lines[at].trim();
        if line.is_empty() || line.starts_with('#') {
            at += 1;
            continue;
        }
        let first = at;
        let logical = join_continuations(&lines, &mut at, escape);
        let (name, rest) = logical.split_once(char::is_whitespace).unwrap_or((&logical, ""));
        let name = name.to_ascii_uppercase();
        if name == "FROM" {
            stage += 1;
        }
        let (flags, rest) = flags(rest);
        let json = exec_form(rest);
        let mut arguments = rest.to_owned();
        if takes_heredocs(&name, rest) && json.is_none() {
            for heredoc in heredocs(rest, escape) {
                let text = &lines[at..];
                let length = heredoc.length(text).ok_or_else(|| Unclosed { name: heredoc.name.clone(), line: first + 1 })?;
                for line in &text[..length] {
                    arguments.push('\n');
                    arguments.push_str(heredoc.text(line));
                }
                at += length + 1;
            }
        }
        found.push(Instruction { name, flags, arguments, json, line: first + 1, end_line: at, stage });
    }
    Ok(found)
}

/// The instructions as rules see them.
pub(super) fn to_value(instructions: &[Instruction]) -> Rego {
    let rows = instructions.iter().map(|one| {
        object([
            ("instruction", Rego::from(one.name.as_str())),
            ("flags", texts(one.flags.iter().map(String::as_str))),
            ("arguments", Rego::from(one.arguments.as_str())),
            ("json", one.json.as_ref().map_or(Rego::Null, |parts| texts(parts.iter().map(String::as_str)))),
            ("line", Rego::from(one.line)),
            ("end_line", Rego::from(one.end_line)),
            ("stage", Rego::from(one.stage)),
        ])
    });
    Rego::from(rows.collect::<Vec<_>>())
}

/// Parser directives stand before everything else, one a line: `# escape=` and a backquote changes the escape character.
fn escape_character(lines: &[&str]) -> char {
    for line in lines {
        let Some(comment) = line.trim().strip_prefix('#') else { break };
        let Some((name, value)) = comment.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// One instruction over its lines, without comments between them; `at` moves behind it.
fn join_continuations(lines: &[&str], at: &mut usize, escape: char) -> String {
    let mut logical = String::new();
    let mut goes_on = true;
    while goes_on && *at < lines.len() {
        let line = lines[*at].trim();
        *at += 1;
        // Empty lines inside an instruction are deprecated but accepted by the builder.
        if !logical.is_empty() && (line.starts_with('#') || line.is_empty()) {
            continue;
        }
        let part = line.strip_suffix(escape);
        goes_on = part.is_some();
        if !logical.is_empty() {
            logical.push(' ');
        }
        logical.push_str(part.unwrap_or(line).trim());
        if goes_on && logical.is_empty() {
            logical.push(' ');
        }
    }
    logical.trim().to_owned()
}

/// Leading `--name=value` words, and what follows them.
fn flags(text: &str) -> (Vec<String>, &str) {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while rest.starts_with("--") {
        let (flag, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        found.push(flag.to_owned());
        rest = after.trim_start();
    }
    (found, rest)
}

/// The exec form is a JSON array of texts; anything else is the shell form.
fn exec_form(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') { serde_json::from_str(text).ok() } else { None }
}

/// `ONBUILD` takes what its own instruction does.
fn takes_heredocs(name: &str, rest: &str) -> bool {
    let name = if name == "ONBUILD" { rest.split_whitespace().next().unwrap_or_default() } else { name };
    ["RUN", "COPY", "ADD"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let said: Vec<_> = parse(text)
            .unwrap()
            .into_iter()
            .map(|i| {
                let json = i.json.map(|parts| format!(" {parts:?}")).unwrap_or_default();
                format!("{}-{} #{} {} {:?} {}{json}", i.line, i.end_line, i.stage, i.name, i.flags, i.arguments)
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn instructions_have_stages_flags_and_forms() {
        check(
            "ARG V=1\nfrom --platform=linux/amd64 rust:1 AS build\nCOPY --from=a --chown=1:1 x y\n\nFROM scratch\nENTRYPOINT [\"/a\", \"b\"]\nCMD [oops\n",
            &[
                "1-1 #-1 ARG [] V=1",
                "2-2 #0 FROM [\"--platform=linux/amd64\"] rust:1 AS build",
                "3-3 #0 COPY [\"--from=a\", \"--chown=1:1\"] x y",
                "5-5 #1 FROM [] scratch",
                "6-6 #1 ENTRYPOINT [] [\"/a\", \"b\"] [\"/a\", \"b\"]",
                "7-7 #1 CMD [] [oops",
            ],
        );
    }

    #[test]
    fn an_instruction_may_cover_several_lines() {
        check("RUN a \\\n  # a comment\n\n  && b \\\r\n  && c\nUSER 1\n", &["1-5 #-1 RUN [] a && b && c", "6-6 #-1 USER [] 1"]);
        check("# escape=`\nRUN a `\n b\nRUN c \\\nUSER 1", &["2-3 #-1 RUN [] a b", "4-4 #-1 RUN [] c \\", "5-5 #-1 USER [] 1"]);
        check("RUN a \\", &["1-1 #-1 RUN [] a"]);
    }

    #[test]
    fn heredocs_belong_to_their_instruction() {
        check("RUN <<EOF cat\nUSER root\nEOF\nUSER 1\n", &["1-3 #-1 RUN [] <<EOF cat\nUSER root", "4-4 #-1 USER [] 1"]);
        check("COPY <<-'A' <<B /x/\n\tin a\n\tA\nin b\nB\n", &["1-5 #-1 COPY [] <<-'A' <<B /x/\nin a\nin b"]);
        check("RUN cat <<< text\nUSER 1\n", &["1-1 #-1 RUN [] cat <<< text", "2-2 #-1 USER [] 1"]);
        check("ONBUILD RUN <<EOF\nUSER root\nEOF\nUSER 1\n", &["1-3 #-1 ONBUILD [] RUN <<EOF\nUSER root", "4-4 #-1 USER [] 1"]);
    }

    #[test]
    fn a_shift_and_a_text_in_quotes_open_nothing() {
        for line in ["echo $((1<<SHIFT))", "echo \"<<EOF\"", "sh -c 'cat <<EOF > x'", "x=$((a << b))", "a<<EOF", "cat <\\<EOF"] {
            check(&format!("RUN {line}\nUSER 1\n"), &[&format!("1-1 #-1 RUN [] {line}"), "2-2 #-1 USER [] 1"]);
        }
    }

    #[test]
    fn a_heredoc_that_nothing_closes_is_told() {
        let open = |text: &str| parse(text).unwrap_err();
        assert_eq!(open("FROM a\nRUN <<EOF\nnever closed\nUSER root\n"), Unclosed { name: "EOF".to_owned(), line: 2 });
        assert_eq!(open("COPY <<A <<B /x/\nA\n B\n"), Unclosed { name: "B".to_owned(), line: 1 });
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "([A-Z ]{0,5}|\\\\|\n|#|<<-?E|E\n|`|\\[|\"|\r\n|\\PC){0,40}") {
            for instruction in parse(&text).unwrap_or_default() {
                prop_assert!(instruction.line <= instruction.end_line && instruction.end_line <= text.lines().count());
            }
        }
    }
}
