//! What a plain YAML scalar stands for, by the rules of go-yaml version 2 (YAML 1.1 with its own reading of numbers).
//!
//! The rest of polity reads YAML 1.2; policies written for conftest rely on `on` being true and `0644` being octal.

use granit_parser::{ScalarStyle, Tag};
use serde_json::Number;
use ssh_encoding::base64::{Base64, Encoding as _};

use super::super::formats;
use super::Value;

/// Resolves a scalar. A tag that is none of YAML's makes it a text.
pub(super) fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let tag = tag.map(|tag| if tag.handle() == "tag:yaml.org,2002:" { tag.suffix() } else { "str" });
    match tag {
        None if style == ScalarStyle::Plain => resolve(text),
        None | Some("str") => Ok(Value::String(text.to_owned())),
        Some("binary") => binary(text).map(Value::String),
        Some(_) => resolve(text),
    }
}

/// Whether a text is one of the truth values that only version 2 knows.
pub(super) fn is_word(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "y" | "yes" | "on" | "n" | "no" | "off")
}

/// What base64 stands for; bytes that are no text become the sign for that.
fn binary(text: &str) -> Result<String, String> {
    let plain = text.replace(['\n', '\r'], "");
    let bytes = Base64::decode_vec(&plain).map_err(|_| "!!binary value contains invalid base64 data")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Resolves a plain scalar. Dates stay texts; infinite numbers have no JSON form and are an error.
pub(super) fn resolve(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Err(format!("`{text}` has no JSON form"));
        }
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    })
}

fn number(text: &str) -> Option<Number> {
    match text.bytes().next()? {
        b'.' => decimal(text),
        b'+' | b'-' | b'0'..=b'9' => {
            let plain = if text.contains('_') { text.replace('_', "") } else { text.to_owned() };
            integer(&plain).or_else(|| decimal(&plain))
        }
        _ => None,
    }
}

/// `strconv.ParseInt` with base 0: a prefix names the base, a leading zero means octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok().map(|v| if negative { -v } else { v })?;
    i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from)).ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn decimal(text: &str) -> Option<Number> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = body.split_once(['e', 'E']).map_or((body, None), |(m, e)| (m, Some(e)));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        None => digits(mantissa),
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
    };
    let scaled = exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    if !(whole && scaled) {
        return None;
    }
    text.parse::<f64>().ok().filter(|v| v.is_finite()).and_then(json_number)
}

/// A float, or the whole number that it is: JSON does not tell them apart.
fn json_number(value: f64) -> Option<Number> {
    if let serde_json::Value::Number(number) = formats::number(value)? { Some(number) } else { None }
}
