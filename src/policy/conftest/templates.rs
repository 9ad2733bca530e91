//! Texts with expressions in them, `$"at {input.place}"`, which the engine does not know: they become a call that joins their parts. An expression
//! without a value is shown as such, so that the text around it is never lost.

use regorus::Value as Rego;

use super::decimals::Exact;
use super::format;

/// The function that joins the parts of a text.
pub(super) const TEMPLATE: &str = "polity_template";

/// The text of a policy with calls in the place of such texts; lines stay where they are.
pub(super) fn expanded(text: &str) -> String {
    if !text.contains("$\"") && !text.contains("$`") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '`' => literal(rest),
            '$' if rest[1..].starts_with(['"', '`']) => match template(&rest[1..]) {
                Some((call, length)) => {
                    out += &call;
                    rest = &rest[1 + length..];
                    continue;
                }
                None => 1,
            },
            _ => letter.len_utf8(),
        };
        out += &rest[..length];
        rest = &rest[length..];
    }
    out
}

/// How long the text is that begins here, with its quotes.
fn literal(text: &str) -> usize {
    let quote = if text.starts_with('`') { '`' } else { '"' };
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == quote && !escaped || quote == '"' && *letter == '\n';
        escaped = quote == '"' && *letter == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, letter)| at + letter.len_utf8())
}

/// The call for the template that begins here, and how long the template is.
fn template(text: &str) -> Option<(String, usize)> {
    let quote = if text.starts_with('`') { '`' } else { '"' };
    let mut parts = format!("{TEMPLATE}([{quote}");
    let mut at = 1;
    loop {
        let letter = text[at..].chars().next()?;
        at += letter.len_utf8();
        match letter {
            '\\' if text[at..].starts_with('{') => {
                parts.push('{');
                at += 1;
            }
            '\\' if quote == '"' => {
                let escaped = text[at..].chars().next()?;
                parts.extend(['\\', escaped]);
                at += escaped.len_utf8();
            }
            '{' => {
                let length = expression(&text[at..])?;
                let inner = expanded(&text[at..at + length]);
                parts += &format!("{quote}, {{polity_part | polity_part := ({inner})}}, {quote}");
                at += length + 1;
            }
            '\n' if quote == '"' => return None,
            letter if letter == quote => return Some((format!("{parts}{quote}])"), at)),
            letter => parts.push(letter),
        }
    }
}

/// How long the expression is that begins here and ends before a brace.
fn expression(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let rest = &text[at..];
        let letter = rest.chars().next()?;
        at += match letter {
            '"' | '`' => literal(rest),
            '$' if rest[1..].starts_with(['"', '`']) => 1 + template(&rest[1..])?.1,
            '{' | '[' | '(' => {
                depth += 1;
                1
            }
            '}' if depth == 0 => return (!text[..at].trim().is_empty()).then_some(at),
            '}' | ']' | ')' => {
                depth = depth.checked_sub(1)?;
                1
            }
            other => other.len_utf8(),
        };
    }
}

/// The parts of a text in one: texts, and sets with the value of an expression.
pub(super) fn joined(parts: &Rego, exact: &Exact) -> Result<Rego, String> {
    let parts = parts.as_array().map_err(|_| "operand 1 must be array")?;
    let part = |part: &Rego| match part {
        Rego::Set(values) => match values.iter().next() {
            Some(Rego::String(text)) => text.to_string(),
            Some(value) => format::text(value, exact),
            None => "<undefined>".to_owned(),
        },
        Rego::String(text) => text.to_string(),
        other => format::text(other, exact),
    };
    Ok(Rego::from(parts.iter().map(part).collect::<String>().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(expanded(text), expected);
    }

    #[test]
    fn expressions_in_texts_become_parts() {
        check(r#"a := $"x {y} \{z\n""#, r#"a := polity_template(["x ", {polity_part | polity_part := (y)}, " {z\n"])"#);
        check("a := $`x {f(\"}\")}`", "a := polity_template([`x `, {polity_part | polity_part := (f(\"}\"))}, ``])");
        check(
            r#"$"{{"a": [1]}}{$"{b}"}""#,
            r#"polity_template(["", {polity_part | polity_part := ({"a": [1]})}, "", {polity_part | polity_part := (polity_template(["", {polity_part | polity_part := (b)}, ""]))}, ""])"#,
        );
    }

    #[test]
    fn other_texts_stay() {
        for text in ["\"$\\\"{a}\"", "`$\"{a}\"`", "# $\"{a}\"\n", "$\"{a", "$\"{}\"", "$\"a\n{b}\"", "a$b"] {
            check(text, text);
        }
    }
}
