//! Canonical JSON: the one byte string that stands for a value, so that a signature and a digest have something to hold on to.
//!
//! The format is that of RFC 8785 (JSON Canonicalization Scheme) with one restriction: numbers are integers of at most 53 bits.

use serde_json::{Map, Value};

/// The largest number (RFC 8259 §6: what every implementation agrees on).
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a text is not canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// The text is no JSON at all.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A number has a fraction, an exponent or more than 53 bits.
    #[error("the number {0} is not an integer of at most 53 bits")]
    Number(String),
    /// Another text stands for the same value.
    #[error("not in canonical form (RFC 8785)")]
    Form,
}

/// The canonical text of `value`: no white space, members sorted by their names' UTF-16 code units, the shortest escapes.
///
/// # Errors
/// [`CanonicalError::Number`] for a number that is no integer of at most 53 bits.
pub fn to_canonical(value: &Value) -> Result<String, CanonicalError> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

/// Reads a text that must be canonical.
///
/// # Errors
/// [`CanonicalError`] when it is not; so every value has exactly one accepted text.
pub fn from_canonical(text: &str) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_str(text).map_err(|e| CanonicalError::Syntax(e.to_string()))?;
    if to_canonical(&value)? == text { Ok(value) } else { Err(CanonicalError::Form) }
}

fn write(value: &Value, text: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(b) => text.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => {
            let small = n.as_u64().is_some_and(|n| n <= MAX_INTEGER) || n.as_i64().is_some_and(|n| n.unsigned_abs() <= MAX_INTEGER);
            if !small {
                return Err(CanonicalError::Number(n.to_string()));
            }
            text.push_str(&n.to_string());
        }
        Value::String(s) => string(s, text),
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => object(members, text)?,
    }
    Ok(())
}

fn object(members: &Map<String, Value>, text: &mut String) -> Result<(), CanonicalError> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    text.push('{');
    for (i, (name, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        string(name, text);
        text.push(':');
        write(value, text)?;
    }
    text.push('}');
    Ok(())
}

/// serde_json escapes exactly what RFC 8785 §3.2.2.2 asks for, in the same notation.
fn string(s: &str, text: &mut String) {
    text.push_str(&Value::from(s).to_string());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        // RFC 8785 §3.2.2.2 and §3.2.3.
        assert_eq!(to_canonical(&json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/")).unwrap(), "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
        let names = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let order = to_canonical(&names).unwrap();
        let values: Vec<_> = order.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(values, ['2', '1', '4', '6', '7', '1', '5', '3'], "{order}");
    }

    #[track_caller]
    fn refused(text: &str) {
        assert!(from_canonical(text).is_err(), "{text:?} was accepted");
    }

    #[test]
    fn a_value_has_one_text() {
        for text in ["{}", r#"{"a":1,"b":[true,null,"x"]}"#, "-9007199254740991"] {
            assert_eq!(to_canonical(&from_canonical(text).unwrap()).unwrap(), text);
        }
        for text in ["", " {}", "{}\n", r#"{"a": 1}"#, r#"{"b":1,"a":1}"#, r#"{"a":1,"a":1}"#, r#"{"a":1,"a":2}"#, r#""\u0041""#, r#""\/""#]
        {
            refused(text);
        }
        for text in ["1.0", "1e3", "0.5", "9007199254740992", "-0", "01", "NaN", &"[".repeat(500)] {
            refused(text);
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let number = (-(1i64 << 53) + 1)..(1i64 << 53);
        let leaf =
            prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number.prop_map(Value::from), ".*".prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map(".{0,4}", inner, 0..5).prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in value()) {
            let text = to_canonical(&value).unwrap();
            prop_assert_eq!(from_canonical(&text).unwrap(), value);
        }
    }
}
