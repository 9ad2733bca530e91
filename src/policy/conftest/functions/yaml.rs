//! `yaml.marshal` in the layout of OPA, which has it from go-yaml version 3: what would be read back as something else stands in quotes.

use std::cmp::Ordering;

use regorus::Value as Rego;
use serde_json::{Map, Value};

use crate::config::formats::is_plain_text;

use super::super::format::shortest;
use super::super::value::to_json;
use super::{Answer, Function};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[("yaml.marshal", 1, |args, _| marshal(&args[0]))];

fn marshal(value: &Rego) -> Answer {
    let mut out = String::new();
    let value = to_json(value);
    if is_block(&value) {
        write(&value, 0, false, &mut out);
    } else {
        out = single(&value, 2) + "\n";
    }
    Ok(Rego::from(out.as_str()))
}

/// Writes a value and ends its last line. A collection behind a key starts a line of its own; one in a list starts on the line of its dash.
fn write(value: &Value, indent: usize, behind_key: bool, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                start(index, indent, behind_key, out);
                out.push('-');
                follow(item, indent, out);
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (index, (key, value)) in sorted(members).into_iter().enumerate() {
                start(index, indent, behind_key, out);
                if !is_simple(key) {
                    out.push_str(&format!("? {}\n{}:", scalar(key, indent + 2), " ".repeat(indent)));
                    follow(value, indent, out);
                    continue;
                }
                out.push_str(&scalar(key, 0));
                out.push(':');
                if is_block(value) {
                    write(value, indent + 2, true, out);
                } else {
                    follow(value, indent, out);
                }
            }
        }
        simple => {
            out.push_str(&single(simple, indent));
            out.push('\n');
        }
    }
}

/// What stands behind a dash, or a simple value behind a key.
fn follow(value: &Value, indent: usize, out: &mut String) {
    out.push(' ');
    write(value, indent + 2, false, out);
}

fn start(index: usize, indent: usize, behind_key: bool, out: &mut String) {
    if index == 0 && behind_key {
        out.push('\n');
    }
    if index > 0 || behind_key {
        out.push_str(&" ".repeat(indent));
    }
}

/// Whether a key stands on one line with its value: others are marked.
fn is_simple(key: &str) -> bool {
    key.len() <= 128 && !key.contains(is_break)
}

/// Whether a value takes lines of its own.
fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

fn single(value: &Value, indent: usize) -> String {
    match value {
        Value::String(text) => scalar(text, indent),
        Value::Number(number) => match (number.is_f64(), number.as_f64()) {
            (true, Some(float)) => shortest(float),
            _ => number.to_string(),
        },
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

/// A text in the first of go-yaml's styles that it may have: plain, in single quotes, in double quotes, or as a block.
fn scalar(text: &str, indent: usize) -> String {
    let facts = Facts::of(text);
    if text.contains('\n') {
        return if facts.block { block(text, indent) } else { double(text) };
    }
    if !is_plain_text(text) || !facts.single {
        return double(text);
    }
    if facts.plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// The styles that a text may have.
struct Facts {
    plain: bool,
    single: bool,
    block: bool,
}

impl Facts {
    fn of(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let at = |index: usize| letters.get(index).copied();
        let blank = |letter: Option<char>| letter.is_none_or(|letter| matches!(letter, ' ' | '\t') || is_break(letter));
        let indicator = |index: usize, letter: char| match (index, letter) {
            (0, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
            (0, '?' | '-') | (_, ':') => at(index + 1).is_none_or(|next| matches!(next, ' ' | '\t')),
            (_, '#') => blank(at(index - 1)),
            _ => false,
        };
        let pairs = || letters.windows(2);
        let special = letters.iter().any(|letter| *letter != '\t' && !is_printable(*letter));
        let space_break = pairs().any(|pair| pair[0] == ' ' && is_break(pair[1]));
        let break_space = pairs().any(|pair| is_break(pair[0]) && pair[1] == ' ');
        let edges = [letters.first(), letters.last()].into_iter().flatten().any(|letter| *letter == ' ' || is_break(*letter));
        let indicated = text.starts_with("---") || text.starts_with("...") || letters.iter().enumerate().any(|(i, c)| indicator(i, *c));
        let single = !(special || space_break || break_space || text.contains('\t'));
        Self {
            plain: single && !edges && !indicated && !letters.iter().copied().any(is_break),
            single,
            block: !special && !space_break && letters.last() != Some(&' '),
        }
    }
}

fn is_break(letter: char) -> bool {
    matches!(letter, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What go-yaml prints as it is.
fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            letter if is_printable(letter) => out.push(letter),
            letter => out.push_str(&match u32::from(letter) {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            }),
        }
    }
    out.push('"');
    out
}

/// A block that keeps its breaks, without the last one.
fn block(text: &str, indent: usize) -> String {
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let chomp = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    let mut out = format!("|{hint}{chomp}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out
}

/// The members in go-yaml's order, where `a2` stands before `a10`.
fn sorted(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = members.iter().collect();
    all.sort_by(|(left, _), (right, _)| order(left, right));
    all
}

fn order(left: &str, right: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let Some(at) = left.iter().zip(&right).position(|(one, other)| one != other) else { return left.len().cmp(&right.len()) };
    let (one, other) = (left[at], right[at]);
    let in_number = at > 0 && left[at - 1].is_numeric();
    match (one.is_alphabetic(), other.is_alphabetic()) {
        (true, true) => one.cmp(&other),
        // Behind digits letters come first, elsewhere last.
        (true, false) => {
            if in_number {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (false, true) => {
            if in_number {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (false, false) => {
            let zeros_count = (one == '0' || other == '0') && left[..at].iter().rev().take_while(|c| c.is_numeric()).any(|c| *c != '0');
            let number = |letters: &[char]| {
                let digits = letters[at..].iter().take_while(|c| c.is_numeric());
                digits.fold((u128::from(zeros_count), 0_usize), |(value, count), digit| {
                    (value.wrapping_mul(10).wrapping_add(digit.to_digit(10).unwrap_or_default().into()), count + 1)
                })
            };
            number(&left).cmp(&number(&right)).then(one.cmp(&other))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let value = Rego::from_json_str(json).unwrap();
        let found = (FUNCTIONS[0].2)(&[value], &Setting::default()).ok();
        assert_eq!(found, Some(Rego::from(expected)), "{json}");
    }

    #[test]
    fn collections_are_indented() {
        check(
            r#"{"b": {"c": [1, [2, 3], {"d": 4, "e": 5}]}, "a": []}"#,
            "a: []\nb:\n  c:\n    - 1\n    - - 2\n      - 3\n    - d: 4\n      e: 5\n",
        );
        check(r#"{"a10": 1, "a2": 2, "a": {}, "B": null, "1a": true}"#, "1a: true\nB: null\na: {}\na2: 2\na10: 1\n");
        check("[1.5, 1234567.5, 1e21, -3]", "- 1.5\n- 1.2345675e+06\n- 1e+21\n- -3\n");
        check(r#"{"a\nb": {"c": 1}}"#, "? |-\n  a\n  b\n: c: 1\n");
    }

    #[test]
    fn what_would_be_read_as_something_else_has_quotes() {
        for text in
            ["yes", "on", "y", "N", "1", "1.5", "0x1f", "1_000", "null", "", "true", "2024-01-01", "12:30:45", "1e3", ".inf", "0644"]
        {
            check(&Value::from(text).to_string(), &format!("\"{text}\"\n"));
        }
        for text in ["a", "it's", "a:b", "-x", "a#c", "0x", "http://x.y/z?a=b&c=d#e", "é", "1.2.3"] {
            check(&Value::from(text).to_string(), &format!("{text}\n"));
        }
        for text in [" a", "a: b", "- x", "#c", "a #c", "[x]", "*a", "---", "`b", "%p"] {
            check(&Value::from(text).to_string(), &format!("'{text}'\n"));
        }
        check(r#"["'q'", "a\tb", "\u0001", "😀"]"#, "- '''q'''\n- \"a\\tb\"\n- \"\\x01\"\n- \"\\U0001F600\"\n");
    }

    #[test]
    fn several_lines_are_a_block() {
        check(
            r#"{"a": "x\ny", "b": "x\ny\n", "c": "x\n\n", "d": " x\ny"}"#,
            "a: |-\n  x\n  y\nb: |\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\n",
        );
        check(r#""a\nb""#, "|-\n  a\n  b\n");
        check(r#""a \nb""#, "\"a \\nb\"\n");
    }
}
