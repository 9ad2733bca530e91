//! `sprintf` as OPA has it, which is Go's: a value that does not fit its verb is shown as such, never dropped.
//!
//! The engine's own function fails there, and a message that fails would be a finding that is lost.

use regorus::Value as Rego;

/// A value as Go's formatter gets it from OPA.
enum Argument {
    Int(i64),
    Float(f64),
    Text(String),
}

#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    zero: bool,
    sharp: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
}

/// Formats `values` by `format`.
pub(super) fn sprintf(format: &str, values: &[Rego]) -> String {
    let mut out = String::new();
    let mut arguments = values.iter().map(argument);
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | '0' | '#' | ' ')) {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => verb.space = true,
            }
        }
        verb.width = number(&mut chars);
        if chars.next_if_eq(&'.').is_some() {
            verb.precision = Some(number(&mut chars));
        }
        match chars.next() {
            None => out += "%!(NOVERB)",
            Some('%') => out.push('%'),
            Some(letter) => match arguments.next() {
                None => out += &format!("%!{letter}(MISSING)"),
                Some(value) => out += &pad(&one(letter, &value, &verb), &verb, !matches!(value, Argument::Text(_))),
            },
        }
    }
    let extra: Vec<_> = arguments.map(|value| format!("{}={}", type_name(&value), plain(&value))).collect();
    if extra.is_empty() { out } else { format!("{out}%!(EXTRA {})", extra.join(", ")) }
}

const MAX_WIDTH: usize = 10_000;
/// From here on Go's shortest form of a float has an exponent.
const LARGE: f64 = 1e6;

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> usize {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits.parse().unwrap_or(0).min(MAX_WIDTH)
}

fn argument(value: &Rego) -> Argument {
    match value {
        Rego::String(text) => Argument::Text(text.to_string()),
        Rego::Number(_) => match (value.as_i64(), value.as_f64()) {
            // What arithmetic with fractions gave is whole to OPA as long as Go writes it without an exponent.
            (_, Ok(float)) if float.abs() >= LARGE && value.to_string().contains(['.', 'e']) => Argument::Float(float),
            (Ok(whole), _) => Argument::Int(whole),
            (_, Ok(float)) => Argument::Float(float),
            _ => Argument::Text(value.to_string()),
        },
        other => Argument::Text(text(other)),
    }
}

/// A value in Rego's own notation.
pub(super) fn text(value: &Rego) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Rego::Array(items) => format!("[{}]", list(items.iter().map(text).collect())),
        Rego::Set(items) if items.is_empty() => "set()".to_owned(),
        Rego::Set(items) => format!("{{{}}}", list(items.iter_sorted().map(text).collect())),
        Rego::Object(members) => {
            format!("{{{}}}", list(members.iter_sorted().map(|(key, value)| format!("{}: {}", text(key), text(value))).collect()))
        }
        Rego::String(inner) => serde_json::Value::from(&**inner).to_string(),
        simple => simple.to_string(),
    }
}

fn one(letter: char, value: &Argument, verb: &Verb) -> String {
    let signed = |digits: String| match (digits.starts_with('-'), verb.plus, verb.space) {
        (false, true, _) => format!("+{digits}"),
        (false, false, true) => format!(" {digits}"),
        _ => digits,
    };
    match (letter, value) {
        ('v' | 'd', Argument::Int(number)) => signed(number.to_string()),
        ('b', Argument::Int(number)) => radix(*number, 2, verb.sharp.then_some("0b")),
        ('o', Argument::Int(number)) => radix(*number, 8, verb.sharp.then_some("0")),
        ('x', Argument::Int(number)) => radix(*number, 16, verb.sharp.then_some("0x")),
        ('X', Argument::Int(number)) => radix(*number, 16, verb.sharp.then_some("0x")).to_uppercase(),
        ('c', Argument::Int(number)) => u32::try_from(*number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}').to_string(),
        ('v', Argument::Float(_)) if verb.precision.is_none() => signed(plain(value)),
        ('f' | 'F', Argument::Float(number)) => signed(format!("{number:.*}", verb.precision.unwrap_or(6))),
        ('e', Argument::Float(number)) => signed(exponent(*number, verb.precision.unwrap_or(6))),
        ('g' | 'v', Argument::Float(_)) => signed(plain(value)),
        ('s' | 'v', Argument::Text(text)) => text.chars().take(verb.precision.unwrap_or(usize::MAX)).collect(),
        ('q', Argument::Text(text)) => serde_json::Value::from(text.as_str()).to_string(),
        ('x', Argument::Text(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ('X', Argument::Text(text)) => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
        ('T', _) => type_name(value).to_owned(),
        _ => format!("%!{letter}({}={})", type_name(value), plain(value)),
    }
}

fn type_name(value: &Argument) -> &'static str {
    match value {
        Argument::Int(_) => "int64",
        Argument::Float(_) => "float64",
        Argument::Text(_) => "string",
    }
}

/// A value as `%v` shows it: floats in the shortest form, with an exponent only when very large or small.
fn plain(value: &Argument) -> String {
    match value {
        Argument::Int(number) => number.to_string(),
        Argument::Text(text) => text.clone(),
        Argument::Float(number) => {
            let size = number.abs();
            if size != 0.0 && !(1e-4..LARGE).contains(&size) {
                let short = format!("{number:e}");
                let (mantissa, power) = short.split_once('e').unwrap_or((&short, "0"));
                return format!("{mantissa}e{}", power_text(power));
            }
            number.to_string()
        }
    }
}

fn exponent(number: f64, precision: usize) -> String {
    let short = format!("{number:.precision$e}");
    let (mantissa, power) = short.split_once('e').unwrap_or((&short, "0"));
    format!("{mantissa}e{}", power_text(power))
}

/// Go writes exponents with a sign and two digits.
fn power_text(power: &str) -> String {
    let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
    format!("{sign}{digits:0>2}")
}

fn radix(number: i64, base: u32, prefix: Option<&str>) -> String {
    let size = number.unsigned_abs();
    let digits = match base {
        2 => format!("{size:b}"),
        8 => format!("{size:o}"),
        _ => format!("{size:x}"),
    };
    format!("{}{}{digits}", if number < 0 { "-" } else { "" }, prefix.unwrap_or_default())
}

fn pad(shown: &str, verb: &Verb, number: bool) -> String {
    let missing = verb.width.saturating_sub(shown.chars().count());
    if verb.minus {
        return format!("{shown}{}", " ".repeat(missing));
    }
    if verb.zero && (number || !shown.starts_with("%!")) {
        let (sign, digits) = shown.split_at(usize::from(shown.starts_with(['-', '+'])));
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{shown}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, values: &str, expected: &str) {
        let values = Rego::from_json_str(values).unwrap_or_else(|e| panic!("{values}: {e}"));
        let values: Vec<_> = values.as_array().map(|items| items.iter().cloned().collect()).unwrap_or_default();
        assert_eq!(sprintf(format, &values), expected, "{format}");
    }

    #[test]
    fn verbs_are_those_of_go() {
        check("%s %v %d %q %x %05d|%-3d|%+d", r#"["a", "b", 3, "c", 255, 42, 1, 2]"#, "a b 3 \"c\" ff 00042|1  |+2");
        check("%5.2f|%v|%e", "[1.5, 2.25, 1.5]", " 1.50|2.25|1.500000e+00");
        check("%v %v", r#"[[1, "a", {"k": null}], true]"#, r#"[1, "a", {"k": null}] true"#);
        check("100%%", "[]", "100%");
        check("%v %v %v", "[1234567.5, 1234567, 0.00001]", "1.2345675e+06 1234567 1e-05");
    }

    #[test]
    fn what_does_not_fit_is_shown() {
        check("%d", r#"["x"]"#, "%!d(string=x)");
        check("%s %s", r#"["x"]"#, "x %!s(MISSING)");
        check("%s", r#"["x", 1]"#, "x%!(EXTRA int64=1)");
        check("%s", "[5]", "%!s(int64=5)");
        check("%", "[]", "%!(NOVERB)");
    }

    #[test]
    fn an_empty_set_is_no_object() {
        assert_eq!(text(&Rego::new_set()), "set()");
        assert_eq!(text(&Rego::new_object()), "{}");
    }
}
