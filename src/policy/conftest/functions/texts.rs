//! Functions of texts and numbers that the engine has otherwise than OPA, which has them from Go, or on whose arguments it panics.

use num_bigint::BigUint;
use regorus::Value as Rego;
use semver::Version;

use super::{Answer, Failure, Function, text, whole};
use crate::policy::conftest::arithmetic;
use crate::policy::conftest::decimals::Exact;

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("array.flatten", 1, |args, _| flatten(args)),
    ("count", 1, |args, _| count(&args[0])),
    ("indexof", 2, |args, _| index(text(args, 0)?, text(args, 1)?)),
    ("lower", 1, |args, _| Ok(Rego::from(text(args, 0)?.chars().map(lower).collect::<String>().as_str()))),
    ("numbers.range", 2, |args, _| range(whole(args, 0)?, whole(args, 1)?, 1)),
    ("numbers.range_step", 3, |args, _| range(whole(args, 0)?, whole(args, 1)?, step(args)?)),
    ("semver.compare", 2, |args, _| {
        let order = version(text(args, 0)?)?.cmp_precedence(&version(text(args, 1)?)?);
        Ok(Rego::from(order as i64))
    }),
    ("semver.is_valid", 1, |args, _| Ok(Rego::from(text(args, 0).is_ok_and(|text| version(text).is_ok())))),
    ("strings.count", 2, |args, _| Ok(Rego::from(text(args, 0)?.matches(text(args, 1)?).count() as u64))),
    ("strings.split_n", 3, |args, _| split(text(args, 0)?, text(args, 1)?, whole(args, 2)?)),
    ("strings.replace_n", 2, |args, _| replace(args)),
    ("substring", 3, |args, _| part(text(args, 0)?, whole(args, 1)?, whole(args, 2)?)),
    ("to_number", 1, |args, _| number(&args[0])),
    ("units.parse_bytes", 1, |args, _| bytes(text(args, 0)?)),
    ("upper", 1, |args, _| Ok(Rego::from(text(args, 0)?.chars().map(upper).collect::<String>().as_str()))),
    ("urlquery.decode", 1, |args, _| decode(text(args, 0)?)),
    ("urlquery.encode", 1, |args, _| Ok(Rego::from(encode(text(args, 0)?).as_str()))),
];

/// The longest list of numbers that is made.
const MAX_RANGE: u64 = 1_000_000;

/// The most digits that an exponent has, as in OPA.
const MAX_EXPONENT_DIGITS: usize = 6;

fn flatten(args: &[Rego]) -> Answer {
    let items = args[0].as_array().map_err(|_| Failure::from("operand 1 must be array"))?;
    let parts = items.iter().flat_map(|item| match item {
        Rego::Array(inner) => inner.iter().cloned().collect(),
        other => vec![other.clone()],
    });
    Ok(Rego::from(parts.collect::<Vec<_>>()))
}

/// How many elements a collection has, or characters a text.
fn count(value: &Rego) -> Answer {
    let count = match value {
        Rego::String(text) => text.chars().count(),
        Rego::Array(items) => items.len(),
        Rego::Set(items) => items.len(),
        Rego::Object(members) => members.len(),
        _ => return Err("operand 1 must be one of {array, object, set, string}".into()),
    };
    Ok(Rego::from(count as u64))
}

/// So many characters of a text from one on; all of them for a negative number.
fn part(text: &str, from: i64, length: i64) -> Answer {
    let from = usize::try_from(from).map_err(|_| "negative offset")?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Rego::from(text.chars().skip(from).take(length).collect::<String>().as_str()))
}

/// Where a text begins in another one, counted in characters.
fn index(text: &str, part: &str) -> Answer {
    if part.is_empty() {
        return Err("empty search character".into());
    }
    Ok(text.find(part).map_or(Rego::from(-1_i64), |at| Rego::from(text[..at].chars().count() as u64)))
}

/// One character for one, as in Go.
fn lower(letter: char) -> char {
    match letter {
        'İ' => 'i',
        other => single(other.to_lowercase()).unwrap_or(other),
    }
}

/// The same; Greek letters with an iota below have capitals of their own.
fn upper(letter: char) -> char {
    let capital = match letter {
        '\u{1f80}'..='\u{1faf}' => char::from_u32(u32::from(letter) | 8),
        '\u{1fb3}' => Some('\u{1fbc}'),
        '\u{1fc3}' => Some('\u{1fcc}'),
        '\u{1ff3}' => Some('\u{1ffc}'),
        other => single(other.to_uppercase()),
    };
    capital.unwrap_or(letter)
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// A step that is larger than every whole number in use leads as far as the largest of them.
fn step(args: &[Rego]) -> Result<i64, Failure> {
    let is_beyond = |number: f64| number.fract() == 0.0 && number > i64::MAX as f64;
    whole(args, 2).or_else(|wrong| if args[2].to_string().parse().is_ok_and(is_beyond) { Ok(i64::MAX) } else { Err(wrong) })
}

fn range(from: i64, to: i64, step: i64) -> Answer {
    let step = u64::try_from(step).ok().filter(|step| *step > 0).ok_or("step must be a positive number above zero")?;
    let count = from.abs_diff(to) / step;
    if count >= MAX_RANGE {
        return Err(Failure::Unsupported(format!("more than {MAX_RANGE} numbers are not listed")));
    }
    let sign = if from <= to { 1 } else { -1 };
    let numbers = (0..=count).map(|at| Rego::from(i128::from(from) + sign * i128::from(at) * i128::from(step)));
    Ok(Rego::from(numbers.collect::<Vec<_>>()))
}

/// A version, with or without a `v`.
fn version(text: &str) -> Result<Version, Failure> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).map_err(|error| Failure::from(error.to_string()))
}

/// The first parts of a text, or for a negative number the last ones.
fn split(text: &str, delimiter: &str, count: i64) -> Answer {
    let parts: Vec<String> = match delimiter {
        "" => text.chars().map(String::from).collect(),
        _ => text.split(delimiter).map(str::to_owned).collect(),
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    let chosen = if count < 0 { &parts[parts.len() - wanted..] } else { &parts[..wanted] };
    Ok(Rego::from(chosen.iter().map(|part| Rego::from(part.as_str())).collect::<Vec<_>>()))
}

/// Puts texts in the place of others, in one pass: at each place the first of them, in their order, that stands there.
fn replace(args: &[Rego]) -> Answer {
    let patterns = args[0].as_object().map_err(|_| Failure::from("operand 1 must be object"))?;
    let wrong = |_| Failure::from("operand 1 must be object of strings");
    let text_of = |value: &Rego| value.as_string().map(|text| text.to_string()).map_err(wrong);
    let mut pairs = patterns.iter().map(|(old, new)| Ok((text_of(old)?, text_of(new)?))).collect::<Result<Vec<_>, Failure>>()?;
    pairs.sort();
    let (mut rest, mut out, mut was_empty) = (text(args, 1)?, String::new(), false);
    loop {
        let found = pairs.iter().find(|(old, _)| rest.starts_with(old.as_str()) && !(was_empty && old.is_empty()));
        was_empty = found.is_some_and(|(old, _)| old.is_empty());
        if let Some((old, new)) = found {
            out += new;
            rest = &rest[old.len()..];
            continue;
        }
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { return Ok(Rego::from(out.as_str())) };
        out.push(letter);
        rest = letters.as_str();
    }
}

fn number(value: &Rego) -> Answer {
    match value {
        Rego::Null => Ok(Rego::from(0_i64)),
        Rego::Bool(truth) => Ok(Rego::from(i64::from(*truth))),
        Rego::Number(_) => Ok(value.clone()),
        Rego::String(text) => {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
            let finite = text.parse::<f64>().is_ok_and(f64::is_finite);
            let read = Rego::from_numeric_string(text.trim_start_matches('+')).ok();
            read.filter(|_| plain && finite).ok_or_else(|| format!("`{text}` is no number").into())
        }
        _ => Err("operand 1 must be one of {null, boolean, number, string}".into()),
    }
}

/// `10KiB`, `1.5mb`: bytes, without their fraction.
fn bytes(amount: &str) -> Answer {
    let amount = amount.to_lowercase().replace('"', "");
    if let Some(amount) = amount.strip_prefix('-') {
        return Ok(arithmetic::evaluate(arithmetic::MINUS, &[Rego::from(0), bytes(amount)?], &Exact::default())?);
    }
    let (number, exponent, unit) = amount_of(&amount)?;
    let (letter, base) = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('i')) {
        Some(letter) => (letter, 1024_u64),
        None => (unit.strip_suffix('b').unwrap_or(unit), 1000),
    };
    let power = ["", "k", "m", "g", "t", "p", "e"].iter().position(|known| *known == letter).filter(|power| *power > 0 || unit.is_empty());
    let power = power.ok_or_else(|| format!("byte unit {unit} not recognized"))?;
    let unit = base.pow(u32::try_from(power).unwrap_or_default());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}").parse::<BigUint>().map_err(|_| "could not parse byte amount to a number")?;
    let shift = exponent - i32::try_from(fraction.len()).map_err(|_| "could not parse byte amount to a number")?;
    let power = BigUint::from(10_u32).pow(shift.unsigned_abs());
    let total = if shift < 0 { digits * unit / power } else { digits * unit * power };
    Rego::from_numeric_string(&total.to_string()).map_err(|error| Failure::from(error.to_string()))
}

/// A lower-case amount as its number, the exponent of ten and its unit: the `e` of `1e3kb` begins an exponent, that of `5eb` a unit.
fn amount_of(amount: &str) -> Result<(&str, i32, &str), Failure> {
    let end = amount.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(amount.len());
    let (number, rest) = amount.split_at(end);
    let exponent = rest.strip_prefix('e').unwrap_or_default();
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Ok((number, 0, rest));
    }
    let signed = &exponent[..exponent.len() - digits.len() + length];
    let power = signed.parse::<i32>().ok().filter(|_| length <= MAX_EXPONENT_DIGITS).ok_or("exponent too large")?;
    if power.abs() > 10_000 {
        return Err(Failure::Unsupported(format!("`{amount}` has too many digits")));
    }
    Ok((number, power, &digits[length..]))
}

fn encode(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

fn decode(text: &str) -> Answer {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.push(value.ok_or_else(|| format!("invalid URL escape in {text:?}"))?);
                rest = &after[2..];
            }
            other => out.push(*other),
        }
    }
    Ok(Rego::from(String::from_utf8_lossy(&out).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(name: &str, args: &str, expected: Option<&str>) {
        let (_, _, function) = FUNCTIONS.iter().find(|(known, ..)| *known == name).unwrap();
        let args: Vec<_> = Rego::from_json_str(args).unwrap().as_array().unwrap().iter().cloned().collect();
        assert_eq!(function(&args, &Setting::default()).ok().map(|value| value.to_string()).as_deref(), expected, "{name}{args:?}");
    }

    #[test]
    fn letters_are_changed_one_by_one() {
        check("upper", r#"["straße ﬁ ŉ ᾳ aé"]"#, Some(r#""STRAßE ﬁ ŉ ᾼ AÉ""#));
        check("lower", r#"["ΑΣ İ ÀK"]"#, Some(r#""ας i àk""#.replace('ς', "σ").as_str()));
    }

    #[test]
    fn parts_are_counted_and_replaced_in_one_pass() {
        check("strings.count", r#"["aaa", "aa"]"#, Some("1"));
        check("strings.count", r#"["é", ""]"#, Some("2"));
        check("strings.replace_n", r#"[{"a": "b", "b": "c"}, "ab"]"#, Some(r#""bc""#));
        check("strings.replace_n", r#"[{"a": "", "ab": "x"}, "abab"]"#, Some(r#""bb""#));
        check("strings.replace_n", r#"[{"": "x"}, "ab"]"#, Some(r#""xaxbx""#));
        check("indexof", r#"["héllo", "l"]"#, Some("2"));
        check("indexof", r#"["a", "b"]"#, Some("-1"));
        check("indexof", r#"["a", ""]"#, None);
    }

    #[test]
    fn numbers_are_read_without_what_surrounds_them() {
        for (text, expected) in
            [("1.5", Some("1.5")), ("+2", Some("2")), ("007", Some("7")), (" 1", None), ("1 ", None), ("1e999", None), ("", None)]
        {
            check("to_number", &format!("[{text:?}]"), expected);
        }
        check("to_number", "[null]", Some("0"));
        check("to_number", "[[1]]", None);
        for (text, expected) in [
            ("1.5", Some("1")),
            ("10KiB", Some("10240")),
            ("1.5mb", Some("1500000")),
            ("1b", None),
            ("x", None),
            ("", None),
            ("1e3KB", Some("1000000")),
            ("1e-2KB", Some("10")),
            ("3.2E2MiB", Some("335544320")),
            ("5E", Some("5000000000000000000")),
            ("2EiB", Some("2305843009213693952")),
            ("1e", Some("1000000000000000000")),
            ("1e1000000", None),
        ] {
            check("units.parse_bytes", &format!("[{text:?}]"), expected);
        }
    }

    #[test]
    fn lists_and_queries() {
        check("semver.is_valid", r#"["v1.0.0-rc.1"]"#, Some("true"));
        check("semver.is_valid", r#"["vv1.0.0"]"#, Some("false"));
        check("semver.is_valid", "[1]", Some("false"));
        check("semver.compare", r#"["v1.0.0+a", "1.0.0+b"]"#, Some("0"));
        check("semver.compare", r#"["1.0.0-rc.1", "1.0.0"]"#, Some("-1"));
        check("semver.compare", r#"["1.0", "1.0.0"]"#, None);
        check("numbers.range", "[1, 3]", Some("[1,2,3]"));
        check("numbers.range", "[2, 0]", Some("[2,1,0]"));
        check("numbers.range", "[1, 1764547200000000000]", None);
        check("numbers.range_step", "[1, 10, 3]", Some("[1,4,7,10]"));
        check("numbers.range_step", "[3, 1, 1]", Some("[3,2,1]"));
        check("numbers.range_step", "[1, 10, 0]", None);
        check("numbers.range_step", "[0, 9000000000, 1]", None);
        check("numbers.range_step", "[0, 10, 99999999999999999999]", Some("[0]"));
        for (arguments, expected) in [
            (r#"["a.b.c", ".", 2]"#, r#"["a","b"]"#),
            (r#"["a.b.c", ".", -2]"#, r#"["b","c"]"#),
            (r#"["a.b.c", ".", 9]"#, r#"["a","b","c"]"#),
            (r#"["a.b.c", ".", 0]"#, "[]"),
            (r#"["aé", "", -1]"#, r#"["é"]"#),
        ] {
            check("strings.split_n", arguments, Some(expected));
        }
        check("array.flatten", "[[1, [2, [3]]]]", Some("[1,2,[3]]"));
        check("urlquery.encode", r#"["a b&é~*"]"#, Some(r#""a+b%26%C3%A9~%2A""#));
        check("urlquery.decode", r#"["a+b%26"]"#, Some(r#""a b&""#));
        check("urlquery.decode", r#"["%zz"]"#, None);
    }
}
