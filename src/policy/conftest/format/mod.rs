//! `sprintf` as OPA has it, which is Go's: a value that does not fit its verb is shown as such, never dropped.
//!
//! The engine's own function fails there, and a message that fails would be a finding that is lost.

mod verbs;

use std::iter::Peekable;
use std::str::Chars;

use regorus::Value as Rego;
use verbs::Verb;
pub(super) use verbs::shortest;

use super::decimals::Exact;
use super::value::in_order;

/// A value as Go's formatter gets it from OPA.
enum Argument {
    Int(i64),
    /// The digits of a whole number that is too large.
    Big(String),
    Float(f64),
    Text(String),
}

/// Formats `values` by `format`.
pub(super) fn sprintf(format: &str, values: &[Rego], exact: &Exact) -> String {
    let mut printer = Printer {
        arguments: values.iter().map(|value| argument(value, exact)).collect(),
        next: 0,
        reordered: false,
        good_index: true,
        out: String::new(),
    };
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '%' {
            printer.directive(&mut chars);
        } else {
            printer.out.push(c);
        }
    }
    let extra: Vec<_> = printer.arguments.iter().skip(printer.next).map(verbs::typed).collect();
    if extra.is_empty() || printer.reordered { printer.out } else { format!("{}%!(EXTRA {})", printer.out, extra.join(", ")) }
}

/// The widest field; Go has a limit as well.
const MAX_WIDTH: i64 = 10_000;

struct Printer {
    arguments: Vec<Argument>,
    /// The argument that the next verb takes.
    next: usize,
    /// Whether a verb named its argument, so that what is left over is no mistake.
    reordered: bool,
    good_index: bool,
    out: String,
}

type Rest<'a> = Peekable<Chars<'a>>;

impl Printer {
    /// What follows a percent sign.
    fn directive(&mut self, chars: &mut Rest<'_>) {
        let mut verb = Verb::default();
        self.good_index = true;
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | '0' | '#' | ' ')) {
            verb.flag(flag);
        }
        let mut indexed = self.index(chars);
        let digits = chars.peek().is_some_and(char::is_ascii_digit);
        if let Some(width) = self.size(chars, "BADWIDTH") {
            self.good_index &= !(indexed && digits);
            verb.width(width);
            indexed = false;
        }
        if chars.next_if_eq(&'.').is_some() {
            self.good_index &= !indexed;
            indexed = self.index(chars);
            let starred = chars.peek() == Some(&'*');
            verb.precision = match self.size(chars, "BADPREC") {
                Some(size) => usize::try_from(size).ok(),
                None if starred => None,
                None => Some(0),
            };
            indexed &= !starred;
        }
        if !indexed {
            self.index(chars);
        }
        match chars.next() {
            None => self.out += "%!(NOVERB)",
            Some('%') => self.out.push('%'),
            Some(letter) if !self.good_index => self.out += &format!("%!{letter}(BADINDEX)"),
            Some(letter) => match self.arguments.get(self.next) {
                None => self.out += &format!("%!{letter}(MISSING)"),
                Some(value) => {
                    self.out += &verb.show(letter, value);
                    self.next += 1;
                }
            },
        }
    }

    /// The number of an argument in brackets, which the next part of a directive takes.
    fn index(&mut self, chars: &mut Rest<'_>) -> bool {
        if chars.next_if_eq(&'[').is_none() {
            return false;
        }
        self.reordered = true;
        let rest: String = chars.clone().collect();
        let Some((inner, _)) = rest.split_once(']') else {
            self.good_index = false;
            return false;
        };
        chars.nth(inner.chars().count());
        let number = inner.parse::<usize>().ok().filter(|_| inner.bytes().all(|byte| byte.is_ascii_digit()));
        match number.and_then(|number| number.checked_sub(1)).filter(|index| *index < self.arguments.len()) {
            Some(index) => self.next = index,
            None => self.good_index = false,
        }
        number.is_some()
    }

    /// A width or a precision: digits, or a star for the next argument.
    fn size(&mut self, chars: &mut Rest<'_>, wrong: &str) -> Option<i64> {
        if chars.next_if_eq(&'*').is_none() {
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            return digits.parse::<i64>().ok().map(|size| size.min(MAX_WIDTH));
        }
        let size = match self.arguments.get(self.next) {
            Some(Argument::Int(size)) if size.abs() <= MAX_WIDTH => Some(*size),
            _ => None,
        };
        self.next = (self.next + 1).min(self.arguments.len());
        if size.is_none() {
            self.out += &format!("%!({wrong})");
        }
        size
    }
}

/// From here on Go's shortest form of a float has an exponent.
const LARGE: f64 = 1e6;

fn argument(value: &Rego, exact: &Exact) -> Argument {
    match value {
        Rego::String(text) => Argument::Text(text.to_string()),
        Rego::Number(number) => {
            let written = value.to_string();
            match (value.as_i64(), value.as_f64()) {
                // What arithmetic with fractions gave is whole to OPA as long as Go writes it without an exponent.
                (_, Ok(float)) if float.abs() >= LARGE && written.contains(['.', 'e']) => Argument::Float(float),
                (Ok(whole), _) => Argument::Int(whole),
                _ if number.is_integer() => Argument::Big(number.format_decimal()),
                (_, Ok(float)) => Argument::Float(exact.kept(value).and_then(|digits| digits.parse().ok()).unwrap_or(float)),
                _ => Argument::Text(written),
            }
        }
        other => Argument::Text(text(other, exact)),
    }
}

/// A value in Rego's own notation.
pub(super) fn text(value: &Rego, exact: &Exact) -> String {
    let list = |items: &mut dyn Iterator<Item = &Rego>| items.map(|item| text(item, exact)).collect::<Vec<_>>().join(", ");
    match value {
        Rego::Array(items) => format!("[{}]", list(&mut items.iter())),
        Rego::Set(items) if items.is_empty() => "set()".to_owned(),
        Rego::Set(items) => format!("{{{}}}", list(&mut in_order(items).into_iter())),
        Rego::Object(members) => {
            let member = |(key, value): (&Rego, &Rego)| format!("{}: {}", text(key, exact), text(value, exact));
            format!("{{{}}}", members.iter_sorted().map(member).collect::<Vec<_>>().join(", "))
        }
        Rego::String(inner) => serde_json::Value::from(&**inner).to_string(),
        Rego::Number(_) => digits(value, exact),
        simple => simple.to_string(),
    }
}

/// A number as OPA writes results of arithmetic and numbers of configs: a fraction is written as Go's `%g` does.
pub(super) fn digits(value: &Rego, exact: &Exact) -> String {
    if let Some(kept) = exact.kept(value) {
        return kept;
    }
    if let Some(number) = value.as_number().ok().filter(|number| number.as_big().is_some()) {
        return number.format_decimal();
    }
    let written = value.to_string();
    match value.as_f64() {
        Ok(float) if written.contains(['.', 'e']) => shortest(float),
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, values: &str, expected: &str) {
        let values = Rego::from_json_str(values).unwrap_or_else(|e| panic!("{values}: {e}"));
        let values: Vec<_> = values.as_array().map(|items| items.iter().cloned().collect()).unwrap_or_default();
        assert_eq!(sprintf(format, &values, &Exact::default()), expected, "{format}");
    }

    #[test]
    fn verbs_are_those_of_go() {
        check("%s %v %d %q %x %05d|%-3d|%+d", r#"["a", "b", 3, "c", 255, 42, 1, 2]"#, "a b 3 \"c\" ff 00042|1  |+2");
        check("%5.2f|%v|%e", "[1.5, 2.25, 1.5]", " 1.50|2.25|1.500000e+00");
        check("%v %v", r#"[[1, "a", {"k": null}], true]"#, r#"[1, "a", {"k": null}] true"#);
        check("100%%", "[]", "100%");
        check("%+v %+d", "[1, 1]", "1 +1");
        check("%v %v %v", "[1234567.5, 1234567, 0.00001]", "1.2345675e+06 1234567 1e-05");
    }

    #[test]
    fn verbs_name_their_arguments_and_sizes() {
        check("%[2]d %[1]s %d", r#"["a", 3]"#, "3 a 3");
        check("%[1]d", "[1, 2]", "1");
        check("%[2]*[1]d|", "[12, 6]", "    12|");
        check("%*d|%-*d|%.*f", "[5, 42, 5, 42, 2, 3.14159]", "   42|42   |3.14");
        check("%[3]d %[x]d %*d", r#"[1, "a"]"#, "%!d(BADINDEX) %!d(BADINDEX) %!d(string=a)");
    }

    #[test]
    fn letters_and_numbers_have_their_forms() {
        check(
            "%U %#U %c %q %O %#x % x %#v",
            r#"[9731, 9731, 9731, 9731, 8, 255, "hi", "a"]"#,
            "U+2603 U+2603 '☃' ☃ '☃' 0o10 0xff 68 69 \"a\"",
        );
        check("%G %.3g %E %g", "[1.5, 1234.5678, 1.5, 1e21]", "1.5 1.23e+03 1.500000E+00 1e+21");
        check("%d %v", "[9223372036854775808, 9223372036854775808]", "9223372036854775808 9223372036854775808");
    }

    #[test]
    fn what_does_not_fit_is_shown() {
        check("%d", r#"["x"]"#, "%!d(string=x)");
        check("%s %s", r#"["x"]"#, "x %!s(MISSING)");
        check("%s", r#"["x", 1]"#, "x%!(EXTRA int64=1)");
        check("%s", "[5]", "%!s(int64=5)");
        check("%", "[]", "%!(NOVERB)");
        check("%.2f|%d", "[1, 1.5]", "%!f(int64=01)|%!d(float64=1.5)");
    }

    #[test]
    fn an_empty_set_is_no_object() {
        assert_eq!(text(&Rego::new_set(), &Exact::default()), "set()");
        assert_eq!(text(&Rego::new_object(), &Exact::default()), "{}");
    }
}
