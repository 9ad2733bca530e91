//! Dockerfiles as conftest shows them: one list of `{Cmd, SubCmd, JSON, Flags, Value, Stage}`, comments included.
//!
//! A port of the line parsers of buildkit, as far as their result is visible to a policy.

use serde_json::{Value, json};

use super::super::document::MAX_DEPTH;
use super::dockerfile_words::{flags, name_values, split_whitespace, words};
use super::heredoc::heredocs;

/// Which of the two escape characters a file uses.
pub(super) type Escape = char;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { lines: text.split('\n').collect(), at: 0, escape: '\\', comments: Vec::new(), directives: true };
    let mut commands = Vec::new();
    let mut stages = 0_usize;
    while let Some((line, number)) = reader.instruction() {
        let located = |message: String| format!("dockerfile parse error on line {number}: {message}");
        let node = Node::parse(&line, reader.escape, 0).map_err(located)?;
        check(&node).map_err(located)?;
        if node.command == "from" {
            stages += 1;
        }
        let stage = stages.saturating_sub(1);
        let mut comments = std::mem::take(&mut reader.comments);
        commands.extend(
            comments
                .drain(..)
                .map(|comment| json!({"Cmd": "comment", "SubCmd": "", "JSON": false, "Flags": null, "Value": [comment], "Stage": stage})),
        );
        let shown = node.inner.as_deref().unwrap_or(&node);
        let sub = node.inner.as_ref().map_or("", |inner| inner.original.as_str());
        commands.push(command(&node.command, sub, shown.json, node.flags.as_deref(), &shown.values, stage));
        if matches!(shown.command.as_str(), "add" | "copy" | "run") && !shown.json {
            reader.skip_heredocs(&line).map_err(|message| format!("dockerfile parse error on line {number}: {message}"))?;
        }
    }
    if commands.is_empty() { Err("file with no instructions".into()) } else { Ok(json!([commands])) }
}

fn command(name: &str, sub: &str, json: bool, flags: Option<&[String]>, values: &[String], stage: usize) -> Value {
    // Go writes a slice without elements that was never made as null.
    let values = if values.is_empty() { Value::Null } else { json!(values) };
    json!({"Cmd": name, "SubCmd": sub, "JSON": json, "Flags": flags, "Value": values, "Stage": stage})
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    escape: Escape,
    comments: Vec<String>,
    /// Whether a parser directive may still come.
    directives: bool,
}

impl Reader<'_> {
    /// The next instruction, its continuation lines joined, with the number of its first line.
    fn instruction(&mut self) -> Option<(String, usize)> {
        loop {
            let line = self.lines.get(self.at)?.trim_end_matches('\r').trim_start();
            self.at += 1;
            if let Some(comment) = line.strip_prefix('#') {
                self.comment(comment.trim());
                continue;
            }
            self.directives = false;
            let (first, mut goes_on) = self.continued(line);
            if !goes_on && first.is_empty() {
                continue;
            }
            let number = self.at;
            let mut joined = first;
            while goes_on && self.at < self.lines.len() {
                let next = self.lines[self.at].trim_end_matches('\r');
                self.at += 1;
                if next.trim_start().starts_with('#') || next.trim().is_empty() {
                    continue;
                }
                let (text, more) = self.continued(next);
                joined += &text;
                goes_on = more;
            }
            return Some((joined, number));
        }
    }

    fn comment(&mut self, text: &str) {
        if self.directives {
            if let Some((name, value)) = text.split_once('=').map(|(n, v)| (n.trim().to_lowercase(), v.trim())) {
                if name == "escape" && matches!(value, "`" | "\\") {
                    self.escape = value.chars().next().unwrap_or('\\');
                }
                if matches!(name.as_str(), "escape" | "syntax" | "check") {
                    return;
                }
            }
            self.directives = false;
        }
        if text.is_empty() {
            self.comments.clear();
        } else {
            self.comments.push(text.to_owned());
        }
    }

    /// A line without its continuation character, and whether it had one.
    fn continued(&self, line: &str) -> (String, bool) {
        match line.trim_end_matches([' ', '\t']).strip_suffix(self.escape) {
            Some(rest) if !rest.ends_with(self.escape) => (rest.to_owned(), true),
            _ => (line.to_owned(), false),
        }
    }

    fn skip_heredocs(&mut self, line: &str) -> Result<(), String> {
        for heredoc in heredocs(line, self.escape) {
            self.at += heredoc.length(&self.lines[self.at..]).ok_or("unterminated heredoc")? + 1;
        }
        Ok(())
    }
}

struct Node {
    command: String,
    original: String,
    /// `None` when nothing at all stands behind the instruction.
    flags: Option<Vec<String>>,
    values: Vec<String>,
    json: bool,
    inner: Option<Box<Node>>,
}

impl Node {
    fn parse(line: &str, escape: Escape, depth: usize) -> Result<Self, String> {
        let line = line.trim();
        let at = line.find([' ', '\t', '\u{b}', '\u{c}', '\r']).unwrap_or(line.len());
        let (original, rest) = (line[..at].to_owned(), line[at..].trim_start());
        let is_bare = rest.is_empty();
        let (rest, flags) = flags(rest, escape);
        let flags = (!is_bare).then_some(flags);
        let rest = rest.trim();
        let command = original.to_lowercase();
        let mut node = Self { command, original, flags, values: Vec::new(), json: false, inner: None };
        match node.command.as_str() {
            "add" | "copy" | "volume" => node.json_or(rest, split_whitespace)?,
            "cmd" | "entrypoint" | "run" | "shell" => node.json_or(rest, |rest| vec![rest.to_owned()])?,
            "arg" => node.values = words(rest, escape),
            "env" | "label" => node.values = name_values(rest, escape, &node.original)?,
            "expose" | "from" => node.values = split_whitespace(rest),
            "healthcheck" => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (kind, command) = (rest[..end].to_owned(), rest[end..].trim_start());
                node.json_or(command, |rest| vec![rest.to_owned()])?;
                node.values.insert(0, kind);
            }
            "onbuild" if depth >= MAX_DEPTH => return Err(format!("instructions nested deeper than {MAX_DEPTH} levels")),
            "onbuild" if !rest.is_empty() => node.inner = Some(Box::new(Self::parse(rest, escape, depth + 1)?)),
            "maintainer" | "stopsignal" | "user" | "workdir" => node.values = vec![rest.to_owned()],
            _ => {}
        }
        node.values.retain(|value| !value.is_empty() || node.command == "env" || node.command == "label");
        Ok(node)
    }

    fn json_or(&mut self, rest: &str, otherwise: impl Fn(&str) -> Vec<String>) -> Result<(), String> {
        match rest.starts_with('[').then(|| serde_json::from_str::<Vec<Value>>(rest)) {
            Some(Ok(items)) => {
                let texts: Option<Vec<_>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                self.values = texts.ok_or("when using JSON array syntax, arrays must be comprised of strings only")?;
                self.json = true;
            }
            _ => self.values = otherwise(rest),
        }
        Ok(())
    }
}

/// The instructions that builders know (Dockerfile reference, overview).
pub const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// What buildkit refuses before a policy sees it.
fn check(node: &Node) -> Result<(), String> {
    let name = node.original.chars().take(80).collect::<String>().to_uppercase();
    if !INSTRUCTIONS.iter().any(|known| known.eq_ignore_ascii_case(&node.command)) {
        return Err(format!("unknown instruction: {name}"));
    }
    let count = node.values.len();
    match node.command.as_str() {
        "from" if !(count == 1 || count == 3 && node.values[1].eq_ignore_ascii_case("as")) => {
            Err("FROM requires either one or three arguments".into())
        }
        "add" | "copy" if count < 2 => Err(format!("{name} requires at least two arguments, but only one was provided")),
        "onbuild" => match node.inner.as_ref().map(|inner| inner.command.as_str()) {
            None => Err("ONBUILD requires at least one argument".into()),
            Some("onbuild") => Err("chaining ONBUILD via `ONBUILD ONBUILD` is not allowed".into()),
            Some(inner @ ("from" | "maintainer")) => Err(format!("{} is not allowed as an ONBUILD trigger", inner.to_uppercase())),
            Some(_) => Ok(()),
        },
        "cmd" | "entrypoint" | "healthcheck" | "shell" | "run" => Ok(()),
        _ if count == 0 => Err(format!("{name} requires at least one argument")),
        _ => Ok(()),
    }
}
