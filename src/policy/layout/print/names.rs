//! Names and quoted texts, as Go quotes them.

use super::super::syntax::{Term, Value};

/// Whether a text can stand after a dot.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Go has shorter forms for some of these, which Rego does not read.
            c if c.is_control() || c.is_whitespace() && c != ' ' => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}"))
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A term on one line without comments: a key of a head. None where a layout would be needed.
pub(super) fn on_one_line(term: &Term) -> Option<String> {
    match &term.value {
        Value::Scalar(text) | Value::Var(text) => Some(text.clone()),
        Value::Text(text, _) => Some(quoted(text)),
        Value::Ref(parts) => {
            let mut out = on_one_line(parts.first()?)?;
            for part in &parts[1..] {
                out += &match &part.value {
                    Value::Text(text, _) if is_name(text) => format!(".{text}"),
                    _ => format!("[{}]", on_one_line(part)?),
                };
            }
            Some(out)
        }
        Value::Array(items) => Some(format!("[{}]", several(items)?)),
        Value::Call(function, operands) if function.symbol().is_none() && function.name() != Some(super::super::syntax::IN) => {
            Some(format!("{}({})", on_one_line(function)?, several(operands)?))
        }
        _ => None,
    }
}

fn several(terms: &[Term]) -> Option<String> {
    Some(terms.iter().map(on_one_line).collect::<Option<Vec<_>>>()?.join(", "))
}
