//! The verbs of Go's formatter, each with the forms that its flags give it.

use num_bigint::BigUint;

use super::{Argument, LARGE};

/// A directive without its letter.
#[derive(Clone, Default)]
pub(super) struct Verb {
    minus: bool,
    plus: bool,
    zero: bool,
    sharp: bool,
    space: bool,
    width: usize,
    pub precision: Option<usize>,
}

impl Verb {
    pub fn flag(&mut self, flag: char) {
        match flag {
            '-' => self.minus = true,
            '+' => self.plus = true,
            '0' => self.zero = true,
            '#' => self.sharp = true,
            _ => self.space = true,
        }
    }

    /// Sets the width; a negative one pads on the right.
    pub fn width(&mut self, width: i64) {
        self.minus |= width < 0;
        self.width = usize::try_from(width.unsigned_abs()).unwrap_or_default();
    }

    /// A value as this verb and its letter show it.
    pub fn show(&self, letter: char, value: &Argument) -> String {
        if letter == 'v' && self.plus {
            // Of `%v` the plus asks for the names of fields, not for a sign.
            return Self { plus: false, ..self.clone() }.show(letter, value);
        }
        let shown = match value {
            _ if letter == 'T' => Some(self.text(type_name(value))),
            Argument::Int(number) => self.whole(letter, *number),
            Argument::Big(digits) => self.big(letter, digits),
            Argument::Float(number) => self.float(letter, *number),
            Argument::Text(text) => self.letters(letter, text),
        };
        let plain = || match value {
            Argument::Float(number) => self.float('v', *number).unwrap_or_default(),
            _ => self.show('v', value),
        };
        shown.unwrap_or_else(|| format!("%!{letter}({}={})", type_name(value), plain()))
    }

    fn whole(&self, letter: char, number: i64) -> Option<String> {
        let character = || u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
        let size = number.unsigned_abs();
        let (digits, prefix) = match letter {
            'v' | 'd' => (size.to_string(), ""),
            'b' => (format!("{size:b}"), "0b"),
            'o' => (format!("{size:o}"), "0"),
            'O' => (format!("{size:o}"), "0o"),
            'x' => (format!("{size:x}"), "0x"),
            'X' => (format!("{size:X}"), "0X"),
            'c' => return Some(self.text(&character().to_string())),
            'q' => return Some(self.text(&format!("'{}'", escaped(character(), '\'')))),
            'U' if self.sharp => return Some(self.text(&format!("U+{number:04X} '{}'", character()))),
            'U' => return Some(self.text(&format!("U+{number:04X}"))),
            _ => return None,
        };
        let prefix = if self.sharp || letter == 'O' { prefix } else { "" };
        let sign = if number < 0 { "-" } else { "" };
        match self.precision {
            Some(0) if number == 0 => Some(" ".repeat(self.width)),
            // A precision is the least number of digits, and takes the place of zeros before them.
            Some(least) => Some(Self { zero: false, ..self.clone() }.signed(&format!("{sign}{prefix}{digits:0>least$}"))),
            None => Some(self.signed(&format!("{sign}{prefix}{digits}"))),
        }
    }

    /// A whole number that is too large for others, in its own base.
    fn big(&self, letter: char, digits: &str) -> Option<String> {
        let (base, prefix) = match letter {
            'd' | 'v' | 's' => return Some(self.signed(digits)),
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'O' => (8, "0o"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => return None,
        };
        let sign = if digits.starts_with('-') { "-" } else { "" };
        let prefix = if self.sharp || letter == 'O' { prefix } else { "" };
        let shown = BigUint::parse_bytes(digits.trim_start_matches('-').as_bytes(), 10)?.to_str_radix(base);
        let shown = if letter == 'X' { shown.to_uppercase() } else { shown };
        Some(self.signed(&format!("{sign}{prefix}{shown}")))
    }

    fn float(&self, letter: char, number: f64) -> Option<String> {
        let shown = match (letter, self.precision) {
            ('f' | 'F', precision) => format!("{number:.*}", precision.unwrap_or(6)),
            ('e', precision) => exponent(number, Some(precision.unwrap_or(6))),
            ('E', precision) => exponent(number, Some(precision.unwrap_or(6))).to_uppercase(),
            ('g' | 'v', None) => shortest(number),
            ('g' | 'v', Some(precision)) => rounded(number, precision),
            ('G', None) => shortest(number).to_uppercase(),
            ('G', Some(precision)) => rounded(number, precision).to_uppercase(),
            _ => return None,
        };
        Some(self.signed(&shown))
    }

    fn letters(&self, letter: char, text: &str) -> Option<String> {
        let quoted = |text: &str| format!("\"{}\"", text.chars().map(|letter| escaped(letter, '"')).collect::<String>());
        let cut = |text: &str| text.chars().take(self.precision.unwrap_or(usize::MAX)).collect::<String>();
        match letter {
            'v' if self.sharp => Some(self.text(&quoted(text))),
            's' | 'v' => Some(self.text(&cut(text))),
            'q' => Some(self.text(&quoted(&cut(text)))),
            'x' | 'X' => {
                let bytes: Vec<String> =
                    text.bytes().take(self.precision.unwrap_or(usize::MAX)).map(|byte| format!("{byte:02x}")).collect();
                let prefix = if self.sharp && !bytes.is_empty() { "0x" } else { "" };
                let between = if self.space { format!(" {prefix}") } else { String::new() };
                let shown = format!("{prefix}{}", bytes.join(&between));
                Some(self.text(&if letter == 'X' { shown.to_uppercase() } else { shown }))
            }
            _ => None,
        }
    }

    /// A number with the sign that the flags want; zeros stand between the sign and the digits.
    fn signed(&self, shown: &str) -> String {
        let sign = match (shown.starts_with('-'), self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        let digits = shown.trim_start_matches('-');
        if self.zero && !self.minus {
            return format!("{sign}{}{digits}", "0".repeat(self.missing(sign.len() + digits.len())));
        }
        self.text(&format!("{sign}{digits}"))
    }

    fn text(&self, shown: &str) -> String {
        let missing = self.missing(shown.chars().count());
        match (self.minus, self.zero) {
            (true, _) => format!("{shown}{}", " ".repeat(missing)),
            (false, true) => format!("{}{shown}", "0".repeat(missing)),
            (false, false) => format!("{}{shown}", " ".repeat(missing)),
        }
    }

    fn missing(&self, length: usize) -> usize {
        self.width.saturating_sub(length)
    }
}

fn type_name(value: &Argument) -> &'static str {
    match value {
        Argument::Int(_) => "int64",
        Argument::Big(_) => "*big.Int",
        Argument::Float(_) => "float64",
        Argument::Text(_) => "string",
    }
}

/// A character as Go quotes it; what cannot be printed by its number.
fn escaped(letter: char, quote: char) -> String {
    let number = u32::from(letter);
    match letter {
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\\' => "\\\\".to_owned(),
        _ if letter == quote => format!("\\{quote}"),
        ' '..='~' => letter.to_string(),
        '\0'..='\u{7f}' => format!("\\x{number:02x}"),
        // Controls, spaces, marks of direction, and what Unicode leaves to others.
        '\u{80}'..='\u{a0}'
        | '\u{ad}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}'
        | '\u{3000}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' => format!("\\u{number:04x}"),
        '\u{e0000}'.. => format!("\\U{number:08x}"),
        _ => letter.to_string(),
    }
}

/// A value that no verb took.
pub(super) fn typed(value: &Argument) -> String {
    format!("{}={}", type_name(value), Verb::default().show('v', value))
}

/// A float in its shortest form, with an exponent only when very large or small.
pub(in crate::policy::conftest) fn shortest(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-4..LARGE).contains(&size) { exponent(number, None) } else { number.to_string() }
}

/// A float with so many digits at most.
fn rounded(number: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let scientific = format!("{number:.*e}", precision - 1);
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or_default();
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let whole = usize::try_from(power + 1).unwrap_or_default();
    // A whole number without an exponent is as long as its digits.
    let most = if precision > digits && digits >= whole { digits } else { precision };
    if power < -4 || power >= i32::try_from(most).unwrap_or(i32::MAX) {
        return format!("{mantissa}e{}", power_text(&power.to_string()));
    }
    format!("{number:.*}", usize::try_from(i32::try_from(digits).unwrap_or_default() - 1 - power).unwrap_or_default())
}

fn exponent(number: f64, precision: Option<usize>) -> String {
    let short = precision.map_or_else(|| format!("{number:e}"), |precision| format!("{number:.precision$e}"));
    let (mantissa, power) = short.split_once('e').unwrap_or((&short, "0"));
    format!("{mantissa}e{}", power_text(power))
}

/// Go writes exponents with a sign and two digits.
fn power_text(power: &str) -> String {
    let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
    format!("{sign}{digits:0>2}")
}
