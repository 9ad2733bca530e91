//! Templates of Go's `text/template`, filled with JSON: those of `strings.render_template`, and those of pages about policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::{Template, Value as Filled};
use serde_json::Value;

/// Fills a template.
///
/// # Errors
/// One line: a template that does not parse, or whose actions do not fit the value.
pub(super) fn render(template: &str, value: Filled) -> Result<String, String> {
    balanced(template)?;
    let one_line = |error: &dyn std::fmt::Display| error.to_string().replace('\n', " ");
    let parsed = Template::new("template").parse(template).map_err(|error| one_line(&error))?;
    parsed.execute_to_string(&value).map_err(|error| one_line(&error))
}

/// Whether every block has its end: `gotmpl` takes the end of the text for the end of all.
fn balanced(template: &str) -> Result<(), String> {
    let (mut open, mut rest) = (0_usize, template);
    while let Some(at) = rest.find("{{") {
        rest = &rest[at + 2..];
        let action = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        if action.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            continue;
        }
        let word = action.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        match word {
            "if" | "range" | "with" | "define" | "block" => open += 1,
            "else" | "end" if open == 0 => return Err(format!("unexpected {{{{{word}}}}}")),
            "end" => open -= 1,
            _ => {}
        }
        rest = &rest[action_length(rest)..];
    }
    if open == 0 { Ok(()) } else { Err("unexpected EOF".to_owned()) }
}

/// How long an action is, with its brackets; those in texts are none.
fn action_length(rest: &str) -> usize {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in rest.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some('"' | '\'') if c == '\\' => escaped = true,
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            None if rest[at..].starts_with("}}") => return at + 2,
            None => {}
        }
    }
    rest.len()
}

/// A text.
pub(super) fn text(text: &str) -> Filled {
    Filled::String(Arc::from(text))
}

/// A list.
pub(super) fn list(items: impl Iterator<Item = Filled>) -> Filled {
    Filled::List(items.collect())
}

/// An object.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Filled)>) -> Filled {
    Filled::Map(Arc::new(members.into_iter().map(|(key, value)| (Arc::from(key), value)).collect::<BTreeMap<_, _>>()))
}

/// JSON as a template of OPA sees it: numbers are texts of digits, as Go's `json.Number` is.
pub(super) fn of_json(value: &Value) -> Filled {
    match value {
        Value::Null => Filled::Nil,
        Value::Bool(truth) => Filled::Bool(*truth),
        Value::Number(number) => text(&number.to_string()),
        Value::String(inner) => text(inner),
        Value::Array(items) => list(items.iter().map(of_json)),
        Value::Object(members) => object(members.iter().map(|(key, value)| (key.as_str(), of_json(value)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_end() {
        let fill = |template: &str| render(template, of_json(&serde_json::json!({"a": "x", "l": ["p", "q"], "t": true})));
        for (template, expected) in [
            ("{{range .l}}{{.}},{{else}}none{{end}}", "p,q,"),
            ("{{if .t}}a{{else if .a}}b{{end}}", "a"),
            ("{{/* {{end}} */}}{{ \"}} {{end}}\" }}{{- /* {{if}} */ -}} x", "}} {{end}}x"),
            ("{{define \"q\"}}[{{.}}]{{end}}{{template \"q\" .a}} }}{{.none}}", "[x] }}<no value>"),
        ] {
            assert_eq!(fill(template).as_deref(), Ok(expected), "{template}");
        }
        for wrong in [
            "{{range .l}}x",
            "{{if .t}}{{else}}",
            "{{define \"q\"}}x",
            "{{end}}",
            "{{else}}",
            "{{- end }}",
            "{{range .",
            "{{.a",
            "{{nothing .a}}",
        ] {
            assert!(fill(wrong).is_err(), "{wrong}");
        }
    }
}
